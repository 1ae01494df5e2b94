//! Twiddles of the kernels of the CPU: those that the kernels have which made them, whatever kernels they
//! are handed to later.

use super::{ntt::NttDomain, CpuKernels};
use crate::engine::ScalarField;

#[cfg(avx512)]
use super::avx512::ntt::Domain;

/// Twiddles of one size, of one set of kernels.
#[derive(Debug)]
pub struct CpuTables<F>(Kind<F>);

#[derive(Debug)]
enum Kind<F> {
    Portable(NttDomain<F>),
    #[cfg(avx512)]
    Avx512(Domain),
}

impl<F: ScalarField> CpuTables<F> {
    /// For columns of 2^k, `k` at most the field's two-adicity; portable ones where `kernels` have no others.
    pub(super) fn new(kernels: CpuKernels, k: u32) -> Self {
        Self(match kernels {
            #[cfg(avx512)]
            CpuKernels::Avx512 if Domain::is_for::<F>(k) => Kind::Avx512(Domain::new(k)),
            _ => Kind::Portable(NttDomain::new(k)),
        })
    }

    /// The generator of the domain.
    pub fn omega(&self) -> F {
        match &self.0 {
            Kind::Portable(domain) => domain.omega(),
            #[cfg(avx512)]
            Kind::Avx512(domain) => domain.omega(),
        }
    }

    /// The domain's size, 2^k.
    pub fn n(&self) -> usize {
        match &self.0 {
            Kind::Portable(domain) => domain.n(),
            #[cfg(avx512)]
            Kind::Avx512(domain) => domain.n(),
        }
    }

    pub(super) fn forward(&self, columns: &mut [&mut [F]]) {
        match &self.0 {
            Kind::Portable(domain) => domain.forward_batch(columns),
            #[cfg(avx512)]
            Kind::Avx512(domain) => domain.forward(columns),
        }
    }

    pub(super) fn inverse(&self, columns: &mut [&mut [F]]) {
        match &self.0 {
            Kind::Portable(domain) => domain.inverse_batch(columns),
            #[cfg(avx512)]
            Kind::Avx512(domain) => domain.inverse(columns),
        }
    }

    pub(super) fn coset_forward(&self, columns: &mut [(&[F], &mut [F])], shift: F) {
        match &self.0 {
            Kind::Portable(domain) => domain.coset_forward_batch(columns, shift),
            #[cfg(avx512)]
            Kind::Avx512(domain) => domain.coset_forward(columns, shift),
        }
    }

    pub(super) fn coset_forward_in_place(&self, columns: &mut [&mut [F]], shift: F) {
        match &self.0 {
            Kind::Portable(domain) => domain.coset_forward_in_place_batch(columns, shift),
            #[cfg(avx512)]
            Kind::Avx512(domain) => domain.coset_forward_in_place(columns, shift),
        }
    }

    pub(super) fn coset_inverse(&self, columns: &mut [&mut [F]], shift: F) {
        match &self.0 {
            Kind::Portable(domain) => domain.coset_inverse_batch(columns, shift),
            #[cfg(avx512)]
            Kind::Avx512(domain) => domain.coset_inverse(columns, shift),
        }
    }
}

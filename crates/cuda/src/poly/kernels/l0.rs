//! `l0.cu`: the first Lagrange polynomial on a coset.

use halo2_offload_kernels::signatures::poly_l0::LOG_THREADS;

use super::{
    holds,
    inverse::{config, shared_bytes, work},
    MUL,
};
use crate::{
    buffer::{DeviceSlice, DeviceSliceMut},
    context::Context,
    entry_points,
    error::CudaError,
    field::ScalarField,
    kernel::{EntryPoint, Kernel},
    work::Work,
};

entry_points!(poly_l0);

#[derive(Debug)]
pub(in crate::poly) struct L0(Kernel<PolyL0>);

impl L0 {
    pub(super) fn load(context: &Context, max_run: u32) -> Result<Self, CudaError> {
        let function = PolyL0::load(context)?;
        Ok(Self(function.with_shared_bytes(shared_bytes(max_run))?))
    }

    /// `omega_powers` are omega^(2^j).
    pub(in crate::poly) fn launch(
        &self,
        context: &Context,
        out: DeviceSliceMut<'_, ScalarField>,
        run: u32,
        omega_powers: DeviceSlice<'_, ScalarField>,
        shift: ScalarField,
        scale: ScalarField,
    ) -> Result<Work, CudaError> {
        let n = out.len() as u64;
        let bits = u64::BITS - n.leading_zeros();
        let powers = bits.max(LOG_THREADS + 1);
        holds("l_0", omega_powers.len(), u64::from(powers))?;
        // SAFETY: the kernel writes and reads the n values, in a grid with a place for each, with the
        // shared memory of the contract; it reads a power for each bit of an index below n, and that of
        // its step.
        unsafe {
            self.0.launch(
                context,
                config(n, run),
                (&out, &n, &run, &omega_powers, &shift, &scale),
            )?;
        }
        let threads = n.div_ceil(u64::from(run));
        Ok(work(n, run)
            + Work {
                multiplications: MUL * n + threads * u64::from(bits) * MUL / 2,
                ..Work::default()
            })
    }
}

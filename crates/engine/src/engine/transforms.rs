//! Transforms: columns from one basis to another.

use ff::Field;
use halo2_offload_engine_derive::operations;

use super::{Columns, EngineColumn, EngineDomain, Scalar};
use crate::{
    basis::{Coeff, Coset, LagrangeCoeff},
    error::EngineError,
    label::Label,
};

/// The domain H of size n = 2^k, with what an engine made for it once (twiddles).
#[derive(Clone, Debug)]
pub struct Domain<F, T> {
    /// log2 of the number of rows.
    pub k: u32,
    /// A primitive n-th root of unity: row i stands for omega^i.
    pub omega: F,
    /// What the engine needs to transform columns of this size.
    pub tables: T,
}

impl<F, T> Domain<F, T> {
    /// The number of rows.
    pub fn n(&self) -> usize {
        1 << self.k
    }
}

/// Number-theoretic transforms over H and its cosets.
#[operations]
pub trait Transforms: Columns {
    /// The domain of size 2^k. Makes the twiddles: n/2 multiplications.
    fn domain(&self, k: u32) -> Result<EngineDomain<Self>, EngineError>;

    /// Values on H to coefficients: an inverse NTT each, n/2 log n multiplications.
    fn interpolate(
        &self,
        domain: &EngineDomain<Self>,
        columns: Vec<EngineColumn<Self, LagrangeCoeff>>,
    ) -> Result<Vec<EngineColumn<Self, Coeff>>, EngineError>;

    /// Coefficients to values on H: a forward NTT each.
    fn tabulate(
        &self,
        domain: &EngineDomain<Self>,
        columns: &[&EngineColumn<Self, Coeff>],
    ) -> Result<Vec<EngineColumn<Self, LagrangeCoeff>>, EngineError>;

    /// Coefficients to values on the coset shift * H: a coset NTT each.
    fn extend(
        &self,
        domain: &EngineDomain<Self>,
        shift: Scalar<Self>,
        columns: &[&EngineColumn<Self, Coeff>],
    ) -> Result<Vec<EngineColumn<Self, Coset>>, EngineError>;

    /// A column of which only the first values on H are given, the others being zero, on the coset
    /// shift * H: public values, which are few. An inverse NTT and a coset NTT, unless the engine has
    /// something better.
    fn extend_values(
        &self,
        domain: &EngineDomain<Self>,
        shift: Scalar<Self>,
        label: Label,
        values: &[Scalar<Self>],
    ) -> Result<EngineColumn<Self, Coset>, EngineError> {
        extend_by_transforms(self, domain, shift, label, values)
    }

    /// Values on the coset shift * H to coefficients: an inverse coset NTT.
    fn interpolate_coset(
        &self,
        domain: &EngineDomain<Self>,
        shift: Scalar<Self>,
        column: EngineColumn<Self, Coset>,
    ) -> Result<EngineColumn<Self, Coeff>, EngineError>;

    /// l_0(X) = (X^n - 1) / (n (X - 1)), the first Lagrange polynomial, on the coset shift * H.
    /// The others are its rotations: l_j(X) = l_0(omega^(-j) X).
    fn extend_l0(
        &self,
        domain: &EngineDomain<Self>,
        shift: Scalar<Self>,
    ) -> Result<EngineColumn<Self, Coset>, EngineError>;
}

/// [`Transforms::extend_values`], for any number of values.
pub(crate) fn extend_by_transforms<E: Transforms>(
    engine: &E,
    domain: &EngineDomain<E>,
    shift: Scalar<E>,
    label: Label,
    values: &[Scalar<E>],
) -> Result<EngineColumn<E, Coset>, EngineError> {
    let n = domain.n();
    let column = engine.upload(label, n, || {
        let mut column = values.to_vec();
        column.resize(n, Scalar::<E>::ZERO);
        column
    })?;
    let coefficients = engine.interpolate(domain, vec![column])?;
    let mut extended = engine.extend(domain, shift, &[&coefficients[0]])?;
    Ok(extended.swap_remove(0))
}

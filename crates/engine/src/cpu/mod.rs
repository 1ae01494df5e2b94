//! The CPU primitives: multi-scalar multiplication and NTT on rayon, portable Rust.
//!
//! Vector units plug in here: another [`MsmAccel`] or [`NttAccel`] beside these two.

use std::borrow::Cow;

use crate::{
    accel::{MsmAccel, NttAccel},
    curve::MsmCurve,
    engine::ScalarField,
    error::EngineError,
    process,
};

pub mod msm;
pub mod ntt;

/// Multi-scalar multiplication by [`msm::msm_batch`].
#[derive(Clone, Copy, Debug, Default)]
pub struct CpuMsm;

impl<C: MsmCurve> MsmAccel<C> for CpuMsm {
    type Bases<'h> = Cow<'h, [C]>;

    fn name(&self) -> String {
        "cpu".into()
    }

    fn load<'h>(&self, bases: Cow<'h, [C]>) -> Result<Self::Bases<'h>, EngineError> {
        Ok(bases)
    }

    fn msm(
        &self,
        bases: &Self::Bases<'_>,
        columns: &[&[C::ScalarExt]],
    ) -> Result<Vec<C::CurveExt>, EngineError> {
        let Some(length) = columns.iter().map(|column| column.len()).max() else {
            return Ok(Vec::new());
        };
        if length > bases.len() {
            return Err(EngineError::Length {
                operation: "msm",
                what: "the base set",
                expected: length,
                actual: bases.len(),
            });
        }
        process::enter()?;
        Ok(msm::msm_batch(columns, bases))
    }
}

/// Number-theoretic transform by [`ntt::NttDomain`].
#[derive(Clone, Copy, Debug, Default)]
pub struct CpuNtt;

impl<F: ScalarField> NttAccel<F> for CpuNtt {
    type Tables = ntt::NttDomain<F>;

    fn name(&self) -> String {
        "cpu".into()
    }

    fn tables(&self, k: u32) -> Result<(F, Self::Tables), EngineError> {
        if k > F::S {
            return Err(EngineError::DomainTooLarge { k, max_k: F::S });
        }
        process::enter()?;
        let tables = ntt::NttDomain::new(k);
        Ok((tables.omega(), tables))
    }

    fn forward(&self, tables: &Self::Tables, columns: &mut [&mut [F]]) -> Result<(), EngineError> {
        process::enter()?;
        tables.forward_batch(columns);
        Ok(())
    }

    fn inverse(&self, tables: &Self::Tables, columns: &mut [&mut [F]]) -> Result<(), EngineError> {
        process::enter()?;
        tables.inverse_batch(columns);
        Ok(())
    }

    fn coset_forward(
        &self,
        tables: &Self::Tables,
        columns: &mut [(&[F], &mut [F])],
        shift: F,
    ) -> Result<(), EngineError> {
        process::enter()?;
        tables.coset_forward_batch(columns, shift);
        Ok(())
    }

    fn coset_inverse(
        &self,
        tables: &Self::Tables,
        columns: &mut [&mut [F]],
        shift: F,
    ) -> Result<(), EngineError> {
        process::enter()?;
        for column in columns {
            tables.coset_inverse(column, shift);
        }
        Ok(())
    }
}

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
        check_columns("ntt", tables.n(), columns)?;
        tables.forward_batch(columns);
        Ok(())
    }

    fn inverse(&self, tables: &Self::Tables, columns: &mut [&mut [F]]) -> Result<(), EngineError> {
        process::enter()?;
        check_columns("inverse ntt", tables.n(), columns)?;
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
        for (coefficients, out) in columns.iter() {
            for column in [*coefficients, &**out] {
                EngineError::check_length("coset ntt", "a column", tables.n(), column.len())?;
            }
        }
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
        check_columns("inverse coset ntt", tables.n(), columns)?;
        for column in columns {
            tables.coset_inverse(column, shift);
        }
        Ok(())
    }
}

fn check_columns<F>(
    operation: &'static str,
    n: usize,
    columns: &[&mut [F]],
) -> Result<(), EngineError> {
    columns
        .iter()
        .try_for_each(|column| EngineError::check_length(operation, "a column", n, column.len()))
}

#[cfg(test)]
mod tests {
    use super::*;
    use halo2curves::bn256::Fr;

    #[test]
    fn columns_of_another_length_are_an_error() {
        let (_, tables) = NttAccel::<Fr>::tables(&CpuNtt, 3).expect("a small domain");
        let shift = Fr::from(5);
        for length in [0, 1, 7, 9, 16] {
            let mut right = vec![Fr::one(); 8];
            let mut wrong = vec![Fr::one(); length];
            let mut columns = [&mut right[..], &mut wrong[..]];
            for result in [
                CpuNtt.forward(&tables, &mut columns),
                CpuNtt.inverse(&tables, &mut columns),
                CpuNtt.coset_inverse(&tables, &mut columns, shift),
            ] {
                let error = result.expect_err("a column is too short or too long");
                let text = format!("a column has {length} elements, 8 are needed");
                assert!(error.to_string().contains(&text), "{error}");
            }
            let mut right = vec![Fr::one(); 8];
            let mut wrong = vec![Fr::one(); length];
            let input = wrong.clone();
            let out = vec![Fr::one(); 8];
            assert!(CpuNtt
                .coset_forward(&tables, &mut [(&input, &mut right)], shift)
                .is_err());
            assert!(CpuNtt
                .coset_forward(&tables, &mut [(&out, &mut wrong)], shift)
                .is_err());
        }
        assert!(NttAccel::<Fr>::tables(&CpuNtt, 29).is_err());
    }
}

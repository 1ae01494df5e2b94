//! Accelerators as an outsider would first write them: textbook algorithms, one thread.

use std::borrow::Cow;

use ff::{Field, PrimeField};
use group::Group;

use crate::{
    accel::{MsmAccel, NttAccel},
    curve::MsmCurve,
    engine::ScalarField,
    error::EngineError,
};

/// Multi-scalar multiplication bit by bit, for all scalars at once.
pub(super) struct NaiveMsm;

impl<C: MsmCurve<ScalarExt: ScalarField>> MsmAccel<C> for NaiveMsm {
    type Bases<'h> = Cow<'h, [C]>;

    fn name(&self) -> String {
        "naive".into()
    }

    fn load<'h>(&self, bases: Cow<'h, [C]>) -> Result<Self::Bases<'h>, EngineError> {
        Ok(bases)
    }

    fn msm(
        &self,
        bases: &Self::Bases<'_>,
        columns: &[&[C::ScalarExt]],
    ) -> Result<Vec<C::CurveExt>, EngineError> {
        let one_column = |scalars: &&[C::ScalarExt]| {
            if scalars.len() > bases.len() {
                EngineError::check_length("msm", "the base set", scalars.len(), bases.len())?;
            }
            let digits: Vec<_> = scalars.iter().map(PrimeField::to_repr).collect();
            let mut sum = C::CurveExt::identity();
            for bit in (0..C::ScalarExt::NUM_BITS as usize).rev() {
                sum = sum.double();
                for (digits, base) in digits.iter().zip(bases.iter()) {
                    if digits.as_ref()[bit / 8] >> (bit % 8) & 1 == 1 {
                        sum += base.to_curve();
                    }
                }
            }
            Ok(sum)
        };
        columns.iter().map(one_column).collect()
    }
}

/// The recursion p(X) = even(X^2) + X odd(X^2).
pub(super) struct NaiveNtt;

fn transform<F: Field>(coefficients: &[F], omega: F) -> Vec<F> {
    if coefficients.len() == 1 {
        return coefficients.to_vec();
    }
    let half = |first| {
        let half: Vec<F> = coefficients
            .iter()
            .copied()
            .skip(first)
            .step_by(2)
            .collect();
        transform(&half, omega.square())
    };
    let (even, odd) = (half(0), half(1));
    let (mut low, mut high) = (Vec::new(), Vec::new());
    let mut power = F::ONE;
    for (even, odd) in even.into_iter().zip(odd) {
        low.push(even + power * odd);
        high.push(even - power * odd);
        power *= omega;
    }
    low.append(&mut high);
    low
}

/// value_i <- value_i * first * ratio^i.
fn scale<F: Field>(values: &mut [F], first: F, ratio: F) {
    let mut power = first;
    for value in values {
        *value *= power;
        power *= ratio;
    }
}

fn inverse<F: Field>(value: F) -> F {
    value.invert().expect("it is not zero")
}

impl<F: ScalarField> NttAccel<F> for NaiveNtt {
    type Tables = F;

    fn name(&self) -> String {
        "naive".into()
    }

    fn tables(&self, k: u32) -> Result<(F, F), EngineError> {
        if k > F::S {
            return Err(EngineError::DomainTooLarge { k, max_k: F::S });
        }
        let omega = F::ROOT_OF_UNITY.pow_vartime([1 << (F::S - k)]);
        Ok((omega, omega))
    }

    fn forward(&self, omega: &F, columns: &mut [&mut [F]]) -> Result<(), EngineError> {
        for column in columns {
            column.copy_from_slice(&transform(column, *omega));
        }
        Ok(())
    }

    fn inverse(&self, omega: &F, columns: &mut [&mut [F]]) -> Result<(), EngineError> {
        self.coset_inverse(omega, columns, F::ONE)
    }

    fn coset_forward(
        &self,
        omega: &F,
        columns: &mut [(&[F], &mut [F])],
        shift: F,
    ) -> Result<(), EngineError> {
        for (coefficients, out) in columns {
            let mut scaled = coefficients.to_vec();
            scale(&mut scaled, F::ONE, shift);
            out.copy_from_slice(&transform(&scaled, *omega));
        }
        Ok(())
    }

    fn coset_inverse(
        &self,
        omega: &F,
        columns: &mut [&mut [F]],
        shift: F,
    ) -> Result<(), EngineError> {
        for column in columns {
            let mut coefficients = transform(column, inverse(*omega));
            let n = F::from(coefficients.len() as u64);
            scale(&mut coefficients, inverse(n), inverse(shift));
            column.copy_from_slice(&coefficients);
        }
        Ok(())
    }
}

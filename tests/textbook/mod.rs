//! An engine with primitives that are not ours: the multi-scalar multiplication that halo2's own
//! provers call, and the NTT of textbooks.

use ff::{Field, PrimeField};
use halo2_axiom::halo2curves::{
    bn256::{Fr, G1Affine, G1},
    msm::msm_best,
};
use halo2_offload::engine::{
    CpuKernels, EngineError, HostEngine, HybridEngine, MsmAccel, NttAccel,
};
use std::borrow::Cow;

pub type TextbookEngine = HybridEngine<'static, G1Affine, HostMsm, TextbookNtt>;

pub fn engine() -> TextbookEngine {
    HostEngine::of(CpuKernels::Portable, HostMsm, TextbookNtt)
}

pub struct HostMsm;

impl MsmAccel<G1Affine> for HostMsm {
    type Bases<'h> = Vec<G1Affine>;

    fn name(&self) -> String {
        "halo2curves".into()
    }

    fn load<'h>(&self, bases: Cow<'h, [G1Affine]>) -> Result<Vec<G1Affine>, EngineError> {
        Ok(bases.into_owned())
    }

    fn msm(&self, bases: &Vec<G1Affine>, columns: &[&[Fr]]) -> Result<Vec<G1>, EngineError> {
        let msm = |column: &&[Fr]| msm_best(column, &bases[..column.len()]);
        Ok(columns.iter().map(msm).collect())
    }
}

pub struct TextbookNtt;

impl NttAccel<Fr> for TextbookNtt {
    /// A root of unity of order n.
    type Tables = Fr;

    fn name(&self) -> String {
        "textbook".into()
    }

    fn tables(&self, k: u32) -> Result<(Fr, Fr), EngineError> {
        let squarings = 0..Fr::S - k;
        let omega = squarings.fold(Fr::ROOT_OF_UNITY, |root, _| root.square());
        Ok((omega, omega))
    }

    fn forward(&self, omega: &Fr, columns: &mut [&mut [Fr]]) -> Result<(), EngineError> {
        columns.iter_mut().for_each(|column| ntt(column, *omega));
        Ok(())
    }

    fn inverse(&self, omega: &Fr, columns: &mut [&mut [Fr]]) -> Result<(), EngineError> {
        for column in columns {
            ntt(column, invert(*omega));
            scale(column, invert(Fr::from(column.len() as u64)), Fr::ONE);
        }
        Ok(())
    }

    fn coset_forward(
        &self,
        omega: &Fr,
        columns: &mut [(&[Fr], &mut [Fr])],
        shift: Fr,
    ) -> Result<(), EngineError> {
        for (coefficients, values) in columns {
            values.copy_from_slice(coefficients);
            scale(values, Fr::ONE, shift);
            ntt(values, *omega);
        }
        Ok(())
    }

    fn coset_inverse(
        &self,
        omega: &Fr,
        columns: &mut [&mut [Fr]],
        shift: Fr,
    ) -> Result<(), EngineError> {
        self.inverse(omega, columns)?;
        columns
            .iter_mut()
            .for_each(|column| scale(column, Fr::ONE, invert(shift)));
        Ok(())
    }
}

/// a_i <- sum_j a_j omega^(ij): even and odd coefficients apart.
fn ntt(values: &mut [Fr], omega: Fr) {
    if values.len() == 1 {
        return;
    }
    let mut even: Vec<Fr> = values.iter().step_by(2).copied().collect();
    let mut odd: Vec<Fr> = values.iter().skip(1).step_by(2).copied().collect();
    ntt(&mut even, omega.square());
    ntt(&mut odd, omega.square());
    let (low, high) = values.split_at_mut(even.len());
    let mut twiddle = Fr::ONE;
    for (((low, high), even), odd) in low.iter_mut().zip(high).zip(even).zip(odd) {
        *low = even + twiddle * odd;
        *high = even - twiddle * odd;
        twiddle *= omega;
    }
}

/// a_i <- factor * ratio^i a_i
fn scale(values: &mut [Fr], mut factor: Fr, ratio: Fr) {
    for value in values {
        *value *= factor;
        factor *= ratio;
    }
}

fn invert(value: Fr) -> Fr {
    value
        .invert()
        .expect("neither roots of unity nor powers of two are zero")
}

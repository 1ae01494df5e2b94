//! The powers that an inverse on a coset ends with.

use halo2curves::bn256::Fr;
use rayon::prelude::*;

use super::{twiddles::raised, Constant, Factor, Value};
use crate::cpu::{
    avx512::{modulus::Words, words::LANES},
    ntt::descent::in_parallel,
};

/// Elements that have their powers of one table.
const RUN: usize = 1 << 9;

/// Factors of consecutive elements of a column.
pub(super) struct Powers {
    first: Fr,
    /// base^RUN, and its squares.
    runs: Vec<Fr>,
    /// base^0 .. base^{RUN - 1}.
    run: Vec<Factor>,
}

impl Powers {
    /// first base^i for element i, for columns of 2^k.
    #[target_feature(enable = "avx512f,avx512ifma,avx512vbmi2")]
    pub(super) fn new(k: u32, base: Fr, first: Fr) -> Self {
        let mut run = Vec::with_capacity(RUN / LANES);
        let mut power = Fr::from(16);
        for _ in 0..RUN / LANES {
            let eight: [Words; LANES] = std::array::from_fn(|_| {
                let words = super::twiddles::element_words(&[power])[0];
                power *= base;
                words
            });
            run.push(Value::load(&eight).factors());
        }
        let square = |power: &Fr| Some(power.square());
        let squares = std::iter::successors(Some(base), square).take(k as usize);
        let runs = squares.skip(RUN.ilog2() as usize).collect();
        Self { first, runs, run }
    }

    /// Multiplies each element by its factor.
    pub(super) fn scale(&self, values: &mut [Words]) {
        let scale = |(i, values): (usize, &mut [Words])| {
            let bits = (0..).zip(&self.runs).filter(|(bit, _)| i >> bit & 1 == 1);
            let first = bits.fold(self.first, |first, (_, power)| first * power);
            // SAFETY: who has powers has the instructions.
            unsafe { self.scale_run(first, values) }
        };
        if in_parallel(values.len()) {
            values.par_chunks_mut(RUN).enumerate().for_each(scale);
        } else {
            values.chunks_mut(RUN).enumerate().for_each(scale);
        }
    }

    #[target_feature(enable = "avx512f,avx512ifma,avx512vbmi2")]
    fn scale_run(&self, first: Fr, values: &mut [Words]) {
        let first = Constant::new(Value::splat(&raised(first)));
        let (eights, _) = values.as_chunks_mut::<LANES>();
        for (eight, power) in eights.iter_mut().zip(&self.run) {
            let power = Value::load(eight).factors().product(power);
            power.factors().times(&first).store(eight);
        }
    }
}

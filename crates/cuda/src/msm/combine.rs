//! From the points that the device leaves to the sums: the end of the work, on the host.

use crate::field::Projective;
use group::Group;
use rayon::prelude::*;

use super::{
    kernels::Xyzz,
    plan::{Pass, FOLD_RESULTS, LOG_FOLD_THREADS},
};

/// The sums of a pass's columns, of what it has left.
///
/// The weighted sum of a bucket set is, as `fold.cu` leaves it and with L = log_run, L' the same of
/// the second level, W = log2 of a block's threads:
///
/// ```text
/// A + 2^L sum_l 2^l O_l + 2^(L + W) (A' - T' + 2^L' sum_l 2^l O'_l)
/// ```
///
/// where the dashed points are those of the blocks' sums, whose weights are one too high. Each point
/// goes to the power of two that it counts, those of set s 2^(width s) times as much, and one Horner's
/// scheme serves all.
pub(super) fn sums(pass: &Pass, results: &[Xyzz]) -> Vec<Projective> {
    let sets = pass.windows.sets as usize;
    results
        .par_chunks_exact(sets * FOLD_RESULTS)
        .map(|of_a_column| {
            let mut terms = BitSums::default();
            for (set, points) in of_a_column.chunks_exact(FOLD_RESULTS).enumerate() {
                let lowest = set * pass.windows.width as usize;
                for (point, (exponent, negated)) in points.iter().zip(weights(pass)) {
                    let point = projective(point);
                    let point = if negated { -point } else { point };
                    terms.add(lowest + exponent as usize, point);
                }
            }
            terms.value()
        })
        .collect()
}

/// The power of two that each of a set's points counts, and whether it is subtracted.
fn weights(pass: &Pass) -> impl Iterator<Item = (u32, bool)> {
    let low = pass.log_run;
    let high = low + LOG_FOLD_THREADS;
    let bits = |from: u32| (from..from + LOG_FOLD_THREADS).map(|exponent| (exponent, false));
    std::iter::once((0, false))
        .chain(bits(low))
        .chain([(high, false), (high, true)])
        .chain(bits(high + pass.log_slice_run()))
}

/// A sum of terms `2^l S_l`.
#[derive(Default)]
struct BitSums(Vec<Projective>);

impl BitSums {
    fn add(&mut self, exponent: usize, point: Projective) {
        if bool::from(point.is_identity()) {
            return;
        }
        if self.0.len() <= exponent {
            self.0.resize(exponent + 1, Projective::identity());
        }
        self.0[exponent] += point;
    }

    fn value(self) -> Projective {
        let terms = self.0.into_iter().rev();
        terms.fold(Projective::identity(), |sum, term| sum.double() + term)
    }
}

/// From X / ZZ, Y / ZZZ to a common denominator.
fn projective([x, y, zz, zzz]: &Xyzz) -> Projective {
    Projective {
        x: x * zzz,
        y: y * zz,
        z: zz * zzz,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::field::{Affine, BaseField, ScalarField};
    use crate::msm::{
        plan::{Plan, Table},
        policy::Policy,
    };
    use ff::Field;
    use group::Curve;

    fn xyzz(point: Projective) -> Xyzz {
        let Affine { x, y } = point.to_affine();
        let z = if bool::from(point.is_identity()) {
            BaseField::ZERO
        } else {
            BaseField::from(7)
        };
        let (zz, zzz) = (z.square(), z.square() * z);
        [x * zz, y * zzz, zz, zzz]
    }

    #[test]
    fn coordinates() {
        let point = Projective::generator() * ScalarField::from(5);
        assert_eq!(projective(&xyzz(point)), point);
        assert_eq!(
            projective(&xyzz(Projective::identity())),
            Projective::identity()
        );
    }

    /// The device's part by the definition, on buckets that hold small multiples of the generator.
    #[test]
    fn weighted_sums_of_any_shape() {
        let table = Table::bases_alone(1 << 12);
        for (width, fold_threads) in [(1, 1), (4, 1), (9, 64), (11, 1 << 20), (13, 1), (14, 4000)] {
            let policy = Policy {
                max_width: width,
                fold_threads,
                ..Policy::h100()
            };
            let mut plan = Plan::new(&table, &[1 << 12], &policy);
            let pass = &mut plan.passes[0];
            pass.windows.sets = 1;
            let buckets: Vec<u64> = (0..1u64 << pass.windows.log_buckets())
                .map(|i| i * i % 1009)
                .collect();
            let results = fold(pass, &buckets);
            let results: Vec<Xyzz> = results
                .into_iter()
                .map(|sum| xyzz(Projective::generator() * ScalarField::from(sum)))
                .collect();
            let expected: u64 = (1..)
                .zip(&buckets)
                .map(|(weight, bucket)| weight * bucket)
                .sum();
            assert_eq!(
                sums(pass, &results)[0],
                Projective::generator() * ScalarField::from(expected),
                "{width} bits"
            );
        }
    }

    /// `fold.cu` on integers.
    fn fold(pass: &Pass, buckets: &[u64]) -> Vec<u64> {
        let blocks: Vec<[u64; 9]> = buckets
            .chunks(1 << (pass.log_run + LOG_FOLD_THREADS))
            .map(|block| fold_block(block, pass.log_run))
            .collect();
        assert_eq!(blocks.len(), pass.fold_blocks as usize);
        let part = |index: usize| -> Vec<u64> { blocks.iter().map(|block| block[index]).collect() };
        let mut results = vec![part(0).iter().sum()];
        results.extend((2..9).map(|index| part(index).iter().sum::<u64>()));
        results.extend(fold_block(&part(1), pass.log_slice_run()));
        results
    }

    fn fold_block(points: &[u64], log_run: u32) -> [u64; 9] {
        let runs: Vec<&[u64]> = points.chunks(1 << log_run).collect();
        let sum = |run: &[u64]| run.iter().sum::<u64>();
        let weighted = |run: &&[u64]| (1..).zip(run.iter()).map(|(w, b)| w * b).sum::<u64>();
        assert!(runs.len() <= 128);
        std::array::from_fn(|part| match part {
            0 => runs.iter().map(weighted).sum(),
            1 => sum(points),
            _ => (0..)
                .zip(&runs)
                .filter(|(i, _)| i >> (part - 2) & 1 == 1)
                .map(|(_, run)| sum(run))
                .sum(),
        })
    }
}

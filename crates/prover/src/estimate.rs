//! What a proof takes, from the shape of its circuit: the prover's own walk through its stages, on an
//! engine without data.

use halo2_offload_engine::{CommitmentCurve, Counting, Estimate, OperationTally, Tally};
use std::collections::BTreeMap;

use crate::{
    account::{Account, AccountMeter},
    circuit::CompiledCircuit,
    error::ProverError,
    meter::Stage,
    stages::Multiopen,
    walk::{walk, Walk},
};

/// What one proof of one circuit takes.
#[derive(Clone, Debug)]
pub struct Estimation {
    /// Bytes of the loaded key: SRS, twiddles, columns.
    pub key_bytes: u64,
    /// The most bytes that are in memory at once, key included.
    pub peak_bytes: u64,
    /// The stage in which that is.
    pub peak_stage: Stage,
    /// What each stage takes, in the order of [`Stage::ALL`].
    pub stages: Vec<StageEstimate>,
    /// The whole account.
    pub tally: Tally,
}

/// What one stage takes.
#[derive(Clone, Debug)]
pub struct StageEstimate {
    /// The stage.
    pub stage: Stage,
    /// Operations by name.
    pub operations: BTreeMap<&'static str, OperationTally>,
}

/// Estimates a proof of `circuit` on the CPU with so many threads. `cell_bytes` is what the frontend
/// keeps of each advice cell during synthesis.
pub fn estimate<C: CommitmentCurve>(
    circuit: &CompiledCircuit<C::ScalarExt>,
    multiopen: Multiopen,
    threads: usize,
    cell_bytes: usize,
) -> Result<Estimation, ProverError> {
    let engine = Estimate::<C>::new(threads);
    let counting = engine.kernels();
    let mut meter = AccountMeter::new(Operations(counting));
    let mut beside = BesideColumns {
        counting,
        scalar_bytes: size_of::<C::ScalarExt>(),
        cell_bytes,
        key_bytes: 0,
    };
    walk(&engine, circuit, multiopen, &mut beside, &mut meter)?;
    let tally = counting.tally();
    Ok(Estimation {
        key_bytes: beside.key_bytes,
        peak_bytes: tally.peak_bytes,
        peak_stage: meter.peak_stage(),
        stages: meter
            .spent()
            .map(|(stage, operations)| StageEstimate {
                stage,
                operations: operations.unwrap_or_default(),
            })
            .to_vec(),
        tally,
    })
}

/// What is in memory beside columns.
struct BesideColumns<'a> {
    counting: &'a Counting,
    scalar_bytes: usize,
    cell_bytes: usize,
    key_bytes: u64,
}

impl Walk for BesideColumns<'_> {
    fn loaded(&mut self) {
        self.key_bytes = self.counting.tally().held_bytes;
    }

    fn synthesized(&mut self, rows: usize, columns: usize) {
        // Cells are larger than the columns they become, so that the sum falls from here on.
        let column = rows * self.scalar_bytes;
        let cells = rows * self.cell_bytes * columns;
        drop(self.counting.hold((cells + column) as u64));
    }
}

/// The operations that are counted.
struct Operations<'a>(&'a Counting);

impl Account for Operations<'_> {
    type Reading = Tally;
    type Spent = BTreeMap<&'static str, OperationTally>;

    fn read(&self) -> Tally {
        self.0.tally()
    }

    fn add(&self, sum: &mut Option<Self::Spent>, from: &Tally, to: &Tally) {
        let sum = sum.get_or_insert_default();
        for (name, tally) in &to.operations {
            let before = from.operations.get(name).copied().unwrap_or_default();
            if tally.calls > before.calls {
                let sum = sum.entry(name).or_default();
                sum.calls += tally.calls - before.calls;
                sum.multiplications += tally.multiplications - before.multiplications;
            }
        }
    }

    fn peak_bytes(&self, tally: &Tally) -> u64 {
        tally.peak_bytes
    }

    fn host_work(&self, operation: &'static str, multiplications: u64) {
        self.0.count(operation, multiplications);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::circuit::{ColumnKind, ColumnRef, Expression, Names, Query};
    use halo2_offload_engine::halo2curves::bn256::{Fr, G1Affine};

    /// a * b - c on every row, with copies among the three.
    fn circuit(k: u32) -> CompiledCircuit<Fr> {
        let advice = |index| ColumnRef {
            kind: ColumnKind::Advice,
            index,
        };
        CompiledCircuit {
            k,
            degree: 3,
            blinding_factors: 5,
            fixed_columns: 1,
            advice_phases: vec![0; 3],
            instance_columns: 0,
            challenge_phases: Vec::new(),
            expressions: vec![
                Expression::Column(advice(0), 0),
                Expression::Column(advice(1), 0),
                Expression::Product(0, 1),
            ],
            gates: vec![2],
            lookups: Vec::new(),
            permutation: (0..3).map(advice).collect(),
            advice_queries: (0..3)
                .map(|column| Query {
                    column,
                    rotation: 0,
                })
                .collect(),
            fixed_queries: Vec::new(),
            constants: Vec::new(),
            names: Names::default(),
            transcript_repr: Fr::from(1),
        }
    }

    #[test]
    fn a_proof_is_walked_through() {
        let k = 16;
        let column = 32u64 << k;
        for multiopen in [Multiopen::Shplonk, Multiopen::Gwc] {
            let estimation = estimate::<G1Affine>(&circuit(k), multiopen, 2, 72).unwrap();
            // SRS, twiddles, one fixed and three permutation columns.
            assert_eq!(estimation.key_bytes, 4 * column + column / 2 + 4 * column);
            assert!(estimation.peak_bytes > estimation.key_bytes + 6 * column);
            // The key's four columns and the one that checks the SRS; three advice columns. The blinding
            // polynomial is made where it is, twice.
            assert_eq!(estimation.tally.uploaded_bytes, 8 * column);
            assert_eq!(estimation.tally.operations["expand_seed"].calls, 2);
            // Three that check the key; 3 advice, 3 products, the blinding polynomial, 2 pieces, and the
            // openings.
            let commits = estimation.tally.operations["commit"];
            assert_eq!(
                commits.calls,
                3 + 9
                    + if multiopen == Multiopen::Shplonk {
                        2
                    } else {
                        3
                    }
            );
            let multiplications: u64 = estimation
                .stages
                .iter()
                .flat_map(|stage| stage.operations.values())
                .map(|operation| operation.multiplications)
                .sum();
            // What loading the key took is in no stage: the twiddles, and the checks, which combine four
            // columns, transform one and commit to three.
            let (half, log_n) = (1u64 << (k - 1), u64::from(k));
            let checks = 8 * half + log_n * half + 3 * (commits.multiplications / commits.calls);
            assert_eq!(
                multiplications + half + checks,
                estimation.tally.multiplications()
            );
        }
    }

    #[test]
    fn memory_grows_with_the_rows() {
        let peak = |k| {
            let estimation = estimate::<G1Affine>(&circuit(k), Multiopen::Shplonk, 1, 72).unwrap();
            estimation.peak_bytes as f64
        };
        let ratio = peak(19) / peak(18);
        assert!((1.9..2.05).contains(&ratio), "{ratio}");
    }
}

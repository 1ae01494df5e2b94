//! The shapes of OpenVM's last two proofs, which are made with halo2-base's builder.
//!
//! | workload | k | advice | fixed | instance | lookups | permutation | degree |
//! |---|---|---|---|---|---|---|---|
//! | `openvm-outer` | any | 2 | 3 | 1 | 1 | 4 | 4 |
//! | `openvm-wrapper` | any | 1 | 4 | 1 | 1 | 3 | 5 |
//!
//! The outer circuit verifies a STARK over BabyBear, the wrapper the outer circuit's proof. Both
//! range check in a table of 2^(k-1) rows, and fill one column to its last rows with what such
//! circuits mostly do: authentication paths (rounds of x^5 and a matrix, selects; two in five
//! cells), and products in another field by limbs that are range checked. One cell in nine is
//! looked up at k = 20, more at smaller k, where a limb is of fewer bits.
//!
//! # What halo2-base makes of a single gate column
//!
//! OpenVM's parameters for the outer circuit are one gate column, one lookup column, one column of
//! constants. Given these, halo2-base 0.5.5 makes no lookup column: it switches the lookup on in
//! the gate column by a selector, which is the wrapper's shape, of degree 5. The outer circuit here
//! has its lookup column nevertheless ([`circuit`]). OpenVM's own has it as well, if its builder counts
//! columns as halo2-base does: the 26.8 million cells and 1.25 million lookups that it counts (commit
//! `353de1c`) would be four gate columns and one lookup column at k = 23. That is our reckoning.

mod babybear;
mod circuit;
mod outer;
mod path;
mod wrapper;

pub(crate) use outer::Outer;
pub(crate) use wrapper::Wrapper;

use halo2_axiom::halo2curves::bn256::Fr;
use halo2_base::{
    gates::{circuit::builder::BaseCircuitBuilder, GateChip, GateInstructions},
    AssignedValue,
};

use crate::{
    base::{BaseCircuit, Program, UNUSABLE_ROWS},
    catalogue::WorkloadInfo,
};

pub(crate) const OUTER_NAME: &str = "openvm-outer";
pub(crate) const WRAPPER_NAME: &str = "openvm-wrapper";

pub(crate) const OUTER: WorkloadInfo = WorkloadInfo {
    name: OUTER_NAME,
    summary: "the shape of OpenVM's STARK verifier: one gate column, one lookup column, a range \
              table of 2^(k-1) rows; degree 4, all rows filled",
    min_k: 11,
    default_k: 23,
    degree: 4,
    real: false,
};

pub(crate) const WRAPPER: WorkloadInfo = WorkloadInfo {
    name: WRAPPER_NAME,
    summary: "the shape of OpenVM's last proof, for the EVM: one advice column with a lookup \
              switched by a selector, a range table of 2^(k-1) rows; degree 5, all rows filled",
    min_k: 10,
    default_k: 22,
    degree: 5,
    real: false,
};

/// Cells of a multiply-add.
const MULTIPLY_ADD_CELLS: usize = 4;

/// A verifier, some steps long.
pub(crate) trait Verifier: Send + Sync {
    /// The circuit that holds it.
    type Circuit: BaseCircuit;

    /// The bits of the range table.
    fn lookup_bits(&self) -> usize;

    /// Takes that many steps, and returns the values that are public. Each step takes as many
    /// cells as any other.
    fn verify(&self, builder: &mut BaseCircuitBuilder<Fr>, steps: usize) -> Vec<AssignedValue<Fr>>;
}

/// A verifier with as many steps as one column of 2^k rows holds; a chain of multiply-adds takes
/// the rows that are left.
pub(crate) struct OneColumn<V> {
    verifier: V,
    steps: usize,
    multiply_adds: usize,
}

impl<V: Verifier> OneColumn<V> {
    pub(crate) fn new(k: u32, verifier: V) -> Self {
        let [none, one] = [0, 1].map(|steps| {
            let mut builder = BaseCircuitBuilder::new(true);
            builder.set_lookup_bits(verifier.lookup_bits());
            verifier.verify(&mut builder, steps);
            builder.main(0).advice.len()
        });
        // halo2-base goes on in the next column when only one row is left.
        let rows = (1 << k) - UNUSABLE_ROWS - 1 - none;
        let step = one - none;
        Self {
            verifier,
            steps: rows / step,
            multiply_adds: rows % step / MULTIPLY_ADD_CELLS,
        }
    }
}

impl<V: Verifier> Program for OneColumn<V> {
    type Circuit = V::Circuit;

    fn lookup_bits(&self) -> Option<usize> {
        Some(self.verifier.lookup_bits())
    }

    fn run(&self, builder: &mut BaseCircuitBuilder<Fr>) -> Vec<AssignedValue<Fr>> {
        let public = self.verifier.verify(builder, self.steps);
        let context = builder.main(0);
        let gate = GateChip::default();
        let mut x = public[0];
        for _ in 0..self.multiply_adds {
            x = gate.mul_add(context, x, x, public[1]);
        }
        public
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// What of 2^k rows the gate column fills, and the lookups would.
    fn filled(k: u32, program: impl Program) -> [f64; 2] {
        let mut builder = BaseCircuitBuilder::new(true);
        builder.set_lookup_bits(k as usize - 1);
        program.run(&mut builder);
        let lookups = builder.statistics().total_lookup_advice_per_phase[0];
        let cells = builder.main(0).advice.len();
        [cells, lookups].map(|rows| rows as f64 / f64::from(1 << k))
    }

    #[test]
    fn columns_are_full() {
        for k in [12, 16, 20] {
            for [gate, lookup] in [filled(k, Outer::new(k, 1)), filled(k, Wrapper::new(k, 1))] {
                assert!(gate > 0.99, "{gate} of the gate column at k = {k}");
                assert!(lookup > 0.1, "{lookup} of the lookup column at k = {k}");
            }
        }
    }

    #[test]
    fn the_smallest_hold_a_step() {
        for (info, steps) in [
            (OUTER, (|k| Outer::new(k, 1).steps) as fn(u32) -> usize),
            (WRAPPER, |k| Wrapper::new(k, 1).steps),
        ] {
            assert_eq!(steps(info.min_k - 1), 0, "{}", info.name);
            assert!(steps(info.min_k) > 0, "{}", info.name);
        }
    }
}

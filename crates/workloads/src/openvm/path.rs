//! Authentication paths in a tree over BN254's scalar field.

use ff::Field;
use halo2_axiom::halo2curves::bn256::Fr;
use halo2_base::{
    gates::{GateChip, GateInstructions},
    AssignedValue, Context,
    QuantumCell::{Constant, Existing},
};
use rand_core::RngCore;
use std::array;

use crate::draw;

const WIDTH: usize = 3;

/// Rounds of Poseidon's kind: x^5 everywhere, constants, a matrix. The constants are random and
/// the rounds few, so this hashes nothing; it takes the cells that a hash does.
const ROUNDS: usize = 4;

pub(crate) struct Path {
    constants: [[Fr; WIDTH]; ROUNDS],
    matrix: [[Fr; WIDTH]; WIDTH],
}

impl Path {
    pub(crate) fn new() -> Self {
        let mut rng = draw::structure();
        let mut row = || array::from_fn(|_| Fr::random(&mut rng));
        Self {
            constants: array::from_fn(|_| row()),
            matrix: array::from_fn(|_| row()),
        }
    }

    /// From a node to the one above it, by a sibling on a side that the witness draws.
    pub(crate) fn climb(
        &self,
        context: &mut Context<Fr>,
        gate: &GateChip<Fr>,
        node: AssignedValue<Fr>,
        mut rng: impl RngCore,
    ) -> AssignedValue<Fr> {
        let sibling = context.load_witness(Fr::random(&mut rng));
        let side = context.load_witness(Fr::from(u64::from(rng.next_u32() & 1)));
        gate.assert_bit(context, side);
        let left = gate.select(context, sibling, node, side);
        let right = gate.select(context, node, sibling, side);
        let mut state = [left, right, side];
        for constants in &self.constants {
            for (x, constant) in state.iter_mut().zip(constants) {
                let square = gate.mul(context, *x, *x);
                let fourth = gate.mul(context, square, square);
                *x = gate.mul_add(context, fourth, *x, Constant(*constant));
            }
            state = self
                .matrix
                .map(|row| gate.inner_product(context, state.map(Existing), row.map(Constant)));
        }
        state[0]
    }
}

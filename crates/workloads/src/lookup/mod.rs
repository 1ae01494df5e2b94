//! A quantised neural network in the shape of EZKL's circuits: many lookups, small values.
//!
//! | k | advice | fixed | instance | lookups | permutation | degree |
//! |---|---|---|---|---|---|---|
//! | below 18 | 6 | 12 | 1 | 4 | 8 | 5 |
//! | 18 and up | 6 | 16 | 1 | 6 | 8 | 5 |
//!
//! Fully connected layers of 32 neurons, two neurons side by side. A neuron is 32 rows of
//! products and running sums, one that adds its bias (a constant of the key), one that divides
//! by the scale (its remainder looked up in a range table) and one that looks its activation up
//! in a table of inputs and outputs. Inputs of a layer are copies of the outputs of the one
//! before. Below k = 18 all layers apply relu; from there on, relu and a sigmoid in turns.
//!
//! What EZKL's circuits have and this one therefore has: signed values of 16 bits and less,
//! negative ones as p - x; lookups switched by selectors, off in most rows, so that the looked
//! up columns are mostly one default; a permutation over all advice, one fixed and the instance
//! column; degree 5, out of a lookup with inputs of degree 2.

mod circuit;
mod columns;
mod network;

use halo2_axiom::{halo2curves::bn256::Fr, plonk::Circuit};

use self::{
    circuit::{LookupCircuit, NEURON_ROWS},
    columns::{LookupShape, LANES},
    network::{Activation, Network},
};
use crate::{catalogue::WorkloadInfo, draw, Workload};

pub(crate) const NAME: &str = "lookup";

pub(crate) const INFO: WorkloadInfo = WorkloadInfo {
    name: NAME,
    summary: "a quantised neural network in EZKL's shape: 6 advice columns of small signed \
              values, 4 lookups (6 from k = 18 on), degree 5, all rows filled",
    min_k: 9,
    default_k: 16,
    degree: 5,
    real: false,
};

/// How many of the last outputs are public.
const PUBLIC: usize = 8;

/// From this k on there are two activations, as in the larger of EZKL's circuits.
const TWO_ACTIVATIONS_K: u32 = 18;

/// The network that fills 2^k rows.
pub(crate) struct LookupWorkload {
    network: Network,
    seed: u64,
}

impl LookupWorkload {
    pub(crate) fn new(k: u32, seed: u64) -> Self {
        let activations: &[_] = if k < TWO_ACTIVATIONS_K {
            &[Activation::Relu]
        } else {
            &[Activation::Relu, Activation::Sigmoid]
        };
        Self::with_activations(k, seed, activations)
    }

    fn with_activations(k: u32, seed: u64, activations: &'static [Activation]) -> Self {
        // Tables have at most 2^16 rows, and must fit: values are below 2^15.
        let half = 1 << (k - 2).min(15);
        let shape = LookupShape { half, activations };
        let rows = draw::usable_rows::<LookupCircuit>(k, shape);
        let neurons = rows / NEURON_ROWS * LANES;
        Self {
            network: Network::new(neurons, half, activations),
            seed,
        }
    }
}

impl Workload for LookupWorkload {
    type Circuit = LookupCircuit;

    fn keygen_circuit(&self) -> LookupCircuit {
        self.circuit().without_witnesses()
    }

    fn circuit(&self) -> LookupCircuit {
        LookupCircuit {
            network: self.network.clone(),
            evaluation: Some(self.network.evaluate(self.seed)),
        }
    }

    fn instances(&self) -> Vec<Vec<Fr>> {
        let evaluation = self.network.evaluate(self.seed);
        let outputs = &evaluation.outputs[self.network.neurons - PUBLIC..];
        vec![outputs.iter().copied().map(integer).collect()]
    }
}

/// An integer as a field element: negative ones wrap around the modulus.
fn integer(x: i64) -> Fr {
    let magnitude = Fr::from(x.unsigned_abs());
    if x < 0 {
        -magnitude
    } else {
        magnitude
    }
}

#[cfg(test)]
mod tests {
    use halo2_axiom::dev::MockProver;

    use super::*;

    #[test]
    fn two_activations_are_satisfied() {
        let activations = &[Activation::Relu, Activation::Sigmoid];
        let workload = LookupWorkload::with_activations(12, 3, activations);
        let prover = MockProver::run(12, &workload.circuit(), workload.instances());
        assert_eq!(prover.expect("synthesis").verify(), Ok(()));
    }

    #[test]
    fn values_stay_in_range_and_alive() {
        let workload = LookupWorkload::new(14, 3);
        let outputs = workload.network.evaluate(3).outputs;
        let half = workload.network.half;
        assert!(outputs.iter().all(|x| (-half..half).contains(x)));
        let last = &outputs[outputs.len() - network::WIDTH..];
        assert!(last.iter().any(|&x| x > half / 8));
    }
}

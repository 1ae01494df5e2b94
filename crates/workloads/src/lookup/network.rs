//! The quantised network that the circuit proves: integers only, so that every machine agrees.

use rand_core::RngCore;

use crate::draw;

/// Neurons of a layer, and the inputs of each: layers are fully connected.
pub(super) const WIDTH: usize = 32;

/// What a sum of products is divided by, to bring it back to the scale of its inputs.
pub(super) const SCALE: i64 = 1 << 7;

/// A function that is looked up.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Activation {
    Relu,
    /// The S-curve (1 + x / (1 + |x|)) / 2.
    Sigmoid,
}

impl Activation {
    /// The function at `x`, where table inputs lie in `-half..half`. Outputs do too.
    pub(super) fn apply(self, x: i64, half: i64) -> i64 {
        match self {
            Self::Relu => x.max(0),
            Self::Sigmoid => half / 2 + (half / 2) * x / (half / 8 + x.abs()),
        }
    }
}

/// How large the network is: decided by the number of rows, not by the seed.
#[derive(Clone, Debug)]
pub(super) struct Network {
    /// Neurons, layer after layer; the last layer may be cut short.
    pub(super) neurons: usize,
    /// Activations take inputs in `-half..half`.
    pub(super) half: i64,
    /// What layers apply, in turns.
    pub(super) activations: &'static [Activation],
    /// One bias per neuron: public, part of the key.
    pub(super) biases: Vec<i64>,
}

impl Network {
    pub(super) fn new(neurons: usize, half: i64, activations: &'static [Activation]) -> Self {
        let mut rng = draw::structure();
        let biases = (0..neurons).map(|_| signed(&mut rng, half)).collect();
        Self {
            neurons,
            half,
            activations,
            biases,
        }
    }

    pub(super) fn activation(&self, neuron: usize) -> Activation {
        self.activations[neuron / WIDTH % self.activations.len()]
    }

    /// Draws inputs and weights, and evaluates.
    ///
    /// A weight whose product would carry the sum out of the activation table's range has its
    /// sign turned; then the sum stays within the range, because |weight| < SCALE.
    pub(super) fn evaluate(&self, seed: u64) -> Evaluation {
        let mut rng = draw::witness(seed);
        let limit = SCALE * self.half - 1;
        let inputs: Vec<_> = (0..WIDTH)
            .map(|_| signed(&mut rng, self.half / 4))
            .collect();
        let mut evaluation = Evaluation {
            inputs,
            weights: Vec::with_capacity(self.neurons * WIDTH),
            outputs: Vec::with_capacity(self.neurons),
        };
        for neuron in 0..self.neurons {
            let mut sum = self.biases[neuron];
            for input in 0..WIDTH {
                let value = evaluation.input(neuron, input);
                let mut weight = signed(&mut rng, SCALE);
                if (sum + weight * value).abs() > limit {
                    weight = -weight;
                }
                sum += weight * value;
                evaluation.weights.push(weight);
            }
            let output = self
                .activation(neuron)
                .apply(sum.div_euclid(SCALE), self.half);
            evaluation.outputs.push(output);
        }
        evaluation
    }
}

/// The values of a network, from which all others follow.
#[derive(Clone, Debug)]
pub(super) struct Evaluation {
    inputs: Vec<i64>,
    weights: Vec<i64>,
    pub(super) outputs: Vec<i64>,
}

impl Evaluation {
    /// What neuron `neuron` reads at place `input`.
    pub(super) fn input(&self, neuron: usize, input: usize) -> i64 {
        match neuron / WIDTH {
            0 => self.inputs[input],
            layer => self.outputs[(layer - 1) * WIDTH + input],
        }
    }

    pub(super) fn weight(&self, neuron: usize, input: usize) -> i64 {
        self.weights[neuron * WIDTH + input]
    }
}

/// An integer in `-bound < x < bound`.
fn signed(rng: &mut impl RngCore, bound: i64) -> i64 {
    let span = 2 * bound as u64 - 1;
    (rng.next_u64() % span) as i64 - (bound - 1)
}

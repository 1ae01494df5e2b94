//! A chain of Poseidon hashes, h' = H(h, m), out of halo2-base's chip.
//!
//! | advice | fixed | instance | lookups | permutation | degree |
//! |---|---|---|---|---|---|
//! | 8 | 9 | 1 | 0 | 10 | 3 |
//!
//! Poseidon over BN254's scalar field: width 3, rate 2, 8 full and 57 partial rounds, two
//! permutations a hash. The chain is as long as eight columns allow; its head and tail are
//! public, the messages m are not.

use ff::Field;
use halo2_axiom::halo2curves::bn256::Fr;
use halo2_base::{
    gates::{circuit::builder::BaseCircuitBuilder, GateChip},
    poseidon::hasher::{spec::OptimizedPoseidonSpec, PoseidonHasher},
    AssignedValue, Context,
};

use crate::{
    base::{Program, UNUSABLE_ROWS},
    catalogue::WorkloadInfo,
    draw,
};

pub(crate) const NAME: &str = "poseidon";

pub(crate) const INFO: WorkloadInfo = WorkloadInfo {
    name: NAME,
    summary: "a chain of Poseidon hashes out of halo2-base, as long as 8 advice columns allow: \
              degree 3, no lookups",
    min_k: 11,
    default_k: 16,
    degree: 3,
    real: true,
};

const COLUMNS: usize = 8;

const WIDTH: usize = 3;
const RATE: usize = 2;
const FULL_ROUNDS: usize = 8;
const PARTIAL_ROUNDS: usize = 57;

type Spec = OptimizedPoseidonSpec<Fr, WIDTH, RATE>;

pub(crate) struct Poseidon {
    spec: Spec,
    hashes: usize,
    seed: u64,
}

impl Poseidon {
    pub(crate) fn new(k: u32, seed: u64) -> Self {
        let mut poseidon = Self {
            spec: Spec::new::<FULL_ROUNDS, PARTIAL_ROUNDS, 0>(),
            hashes: 0,
            seed,
        };
        let [none, one] = [0, 1].map(|hashes| {
            poseidon.hashes = hashes;
            let mut builder = BaseCircuitBuilder::new(true);
            poseidon.run(&mut builder);
            builder.main(0).advice.len()
        });
        // A fold repeats a cell and may lose up to three.
        let rows = (1 << k) - UNUSABLE_ROWS - 4;
        poseidon.hashes = (COLUMNS * rows - none) / (one - none);
        poseidon
    }
}

impl Program for Poseidon {
    type Circuit = BaseCircuitBuilder<Fr>;

    fn lookup_bits(&self) -> Option<usize> {
        None
    }

    fn run(&self, builder: &mut BaseCircuitBuilder<Fr>) -> Vec<AssignedValue<Fr>> {
        let gate = GateChip::default();
        let context: &mut Context<Fr> = builder.main(0);
        let mut rng = draw::witness(self.seed);
        let mut hasher = PoseidonHasher::new(self.spec.clone());
        hasher.initialize_consts(context, &gate);

        let head = context.load_witness(Fr::random(&mut rng));
        let mut tail = head;
        for _ in 0..self.hashes {
            let message = context.load_witness(Fr::random(&mut rng));
            tail = hasher.hash_fix_len_array(context, &gate, &[tail, message]);
        }
        vec![head, tail]
    }
}

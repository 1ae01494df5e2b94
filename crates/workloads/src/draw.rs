//! Where numbers come from: two streams that never mix, so that the keys do not see the seed.

use halo2_axiom::{
    halo2curves::bn256::Fr,
    plonk::{Circuit, ConstraintSystem},
};
use rand_chacha::ChaCha20Rng;
use rand_core::SeedableRng;

/// The stream that lays out the circuit: coefficients, constants, which cells are copied.
pub(crate) fn structure() -> ChaCha20Rng {
    ChaCha20Rng::from_seed(*b"halo2-offload workload structure")
}

/// The stream that makes the witness.
pub(crate) fn witness(seed: u64) -> ChaCha20Rng {
    ChaCha20Rng::seed_from_u64(seed)
}

/// The rows that a circuit of 2^k rows may fill: the rest blinds its columns.
pub(crate) fn usable_rows<C: Circuit<Fr>>(k: u32, params: C::Params) -> usize {
    let mut cs = ConstraintSystem::default();
    C::configure_with_params(&mut cs, params);
    (1 << k) - (cs.blinding_factors() + 1)
}

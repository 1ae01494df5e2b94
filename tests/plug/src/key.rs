//! Keys.

use halo2_base::halo2_proofs::{
    halo2curves::bn256::{Bn256, Fr, G1Affine},
    plonk::{Circuit, ProvingKey},
    poly::kzg::commitment::ParamsKZG,
};
use rand::{rngs::StdRng, SeedableRng};
use snark_verifier_sdk::gen_pk;

/// The key of a circuit, with its SRS.
pub struct Key {
    pub params: ParamsKZG<Bn256>,
    pub pk: ProvingKey<G1Affine>,
}

impl Key {
    /// With an SRS that is good for tests alone, as anybody knows its secret.
    pub fn new(k: u32, circuit: &impl Circuit<Fr>) -> Self {
        Self::with(ParamsKZG::setup(k, StdRng::seed_from_u64(0)), circuit)
    }

    pub fn with(params: ParamsKZG<Bn256>, circuit: &impl Circuit<Fr>) -> Self {
        let pk = gen_pk(&params, circuit, None);
        Self { params, pk }
    }
}

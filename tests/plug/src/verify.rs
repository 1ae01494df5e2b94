//! snark-verifier's word on proofs, on the CPU. The generators ask halo2-axiom's verifier themselves.

use halo2_base::halo2_proofs::{
    halo2curves::bn256::{Bn256, Fr, G1Affine},
    poly::commitment::ParamsProver,
};
use snark_verifier_sdk::{
    halo2::{NativeKzgAccumulationScheme, PoseidonTranscript, POSEIDON_SPEC},
    snark_verifier::{
        pcs::{kzg::KzgDecidingKey, AccumulationDecider},
        system::halo2::{compile, transcript::evm::EvmTranscript, Config},
        util::transcript::TranscriptRead,
        verifier::{plonk::PlonkProtocol, SnarkVerifier},
    },
    NativeLoader, PlonkVerifier, Snark,
};

use crate::key::Key;

/// A way to open commitments, of which there are two.
pub trait Opening:
    NativeKzgAccumulationScheme
    + AccumulationDecider<G1Affine, NativeLoader, DecidingKey = KzgDecidingKey<Bn256>>
{
}

impl<T> Opening for T where
    T: NativeKzgAccumulationScheme
        + AccumulationDecider<G1Affine, NativeLoader, DecidingKey = KzgDecidingKey<Bn256>>
{
}

/// Verifies a proof with its protocol.
pub fn snark<A: Opening>(key: &Key, snark: &Snark) {
    let transcript =
        PoseidonTranscript::<NativeLoader, _>::from_spec(snark.proof(), POSEIDON_SPEC.clone());
    verify::<A>(key, &snark.protocol, &snark.instances, transcript);
}

/// Verifies a proof by its key.
pub fn native<A: Opening>(key: &Key, instances: &[Vec<Fr>], proof: &[u8]) {
    let transcript = PoseidonTranscript::<NativeLoader, _>::from_spec(proof, POSEIDON_SPEC.clone());
    verify::<A>(key, &protocol(key, instances), instances, transcript);
}

/// Verifies a proof that is for the EVM.
pub fn evm<A: Opening>(key: &Key, instances: &[Vec<Fr>], proof: &[u8]) {
    let transcript = EvmTranscript::<_, NativeLoader, _, _>::new(proof);
    verify::<A>(key, &protocol(key, instances), instances, transcript);
}

fn protocol(key: &Key, instances: &[Vec<Fr>]) -> PlonkProtocol<G1Affine> {
    let lengths = instances.iter().map(Vec::len).collect();
    let config = Config::kzg().with_num_instance(lengths);
    compile(&key.params, key.pk.get_vk(), config)
}

fn verify<A: Opening>(
    key: &Key,
    protocol: &PlonkProtocol<G1Affine>,
    instances: &[Vec<Fr>],
    mut transcript: impl TranscriptRead<G1Affine, NativeLoader>,
) {
    let params = &key.params;
    let deciding = KzgDecidingKey::from((params.get_g()[0], params.g2(), params.s_g2()));
    let proof = PlonkVerifier::<A>::read_proof(&deciding, protocol, instances, &mut transcript);
    let proof = proof.expect("a proof");
    PlonkVerifier::<A>::verify(&deciding, protocol, instances, &proof).expect("it verifies");
}

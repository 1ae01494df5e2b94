//! The stock prover proves every workload, with keys made from another seed's circuit.

mod stock;

use halo2_axiom::{
    halo2curves::bn256::{Bn256, G1Affine},
    plonk::ProvingKey,
    poly::kzg::commitment::ParamsKZG,
};
use halo2_offload_workloads::{visit, Visitor, Workload};

struct Keygen<'a> {
    params: &'a ParamsKZG<Bn256>,
}

impl Visitor for Keygen<'_> {
    type Output = ProvingKey<G1Affine>;

    fn visit<W: Workload>(self, workload: W) -> Self::Output {
        stock::keygen(self.params, &workload.keygen_circuit())
    }
}

struct Prove<'a> {
    params: &'a ParamsKZG<Bn256>,
    pk: &'a ProvingKey<G1Affine>,
}

impl Visitor for Prove<'_> {
    /// The commitments to the advice columns, compressed: what a proof begins with.
    type Output = Vec<u8>;

    fn visit<W: Workload>(self, workload: W) -> Self::Output {
        let vk = self.pk.get_vk();
        let instances = workload.instances();
        let proof = stock::prove(self.params, self.pk, workload.circuit(), &instances);
        assert!(stock::verifies(self.params, vk, &proof, &instances));

        let mut wrong = instances.clone();
        wrong[0].swap(0, 1);
        assert!(!stock::verifies(self.params, vk, &proof, &wrong));
        proof[..32 * vk.cs().num_advice_columns()].to_vec()
    }
}

/// Proves the workload once for each seed, all with one key.
fn prove<const N: usize>(name: &str, k: u32, seeds: [u64; N]) -> [Vec<u8>; N] {
    let params = &stock::params(k);
    let pk = &visit(name, k, 0, Keygen { params }).expect("workload");
    seeds.map(|seed| visit(name, k, seed, Prove { params, pk }).expect("workload"))
}

/// Also, workloads made apart from the same seed have the same witness, those from different
/// seeds do not.
fn prove_and_repeat(name: &str, k: u32) {
    let [one, same, other] = prove(name, k, [1, 1, 2]);
    assert_eq!(one, same);
    assert_ne!(one, other);
}

#[test]
fn plonk() {
    prove_and_repeat("plonk", 8);
}

#[test]
fn lookup() {
    prove_and_repeat("lookup", 10);
}

#[test]
fn poseidon() {
    prove_and_repeat("poseidon", 11);
}

#[test]
fn wide() {
    prove_and_repeat("wide", 5);
}

#[test]
fn openvm_outer() {
    prove_and_repeat("openvm-outer", 11);
}

#[test]
fn openvm_wrapper() {
    prove_and_repeat("openvm-wrapper", 10);
}

#[test]
fn ecdsa() {
    prove("ecdsa", 14, [1]);
}

#[test]
#[ignore = "minutes"]
fn ecdsa_in_one_column() {
    prove_and_repeat("ecdsa", 19);
}

#[test]
#[ignore = "minutes"]
fn pairing() {
    prove_and_repeat("pairing", 16);
}

#[test]
#[ignore = "minutes"]
fn lookup_with_two_activations() {
    prove_and_repeat("lookup", 18);
}

//! The stock prover proves every workload; keys and proofs follow from name, k and seed.

mod stock;

use halo2_offload_workloads::{visit, Visitor, Workload};

/// What the stock prover makes of a workload.
struct Outcome {
    vk: Vec<u8>,
    /// The compressed commitments to the advice columns: what a proof begins with.
    advice: Vec<u8>,
}

struct Prove {
    k: u32,
}

impl Visitor for Prove {
    type Output = Outcome;

    fn visit<W: Workload>(self, workload: W) -> Outcome {
        let params = stock::params(self.k);
        let pk = stock::keygen(&params, &workload.keygen_circuit());
        let instances = workload.instances();
        let proof = stock::prove(&params, &pk, workload.circuit(), &instances);
        assert!(stock::verifies(&params, pk.get_vk(), &proof, &instances));

        let mut wrong = instances.clone();
        wrong[0].swap(0, 1);
        assert!(!stock::verifies(&params, pk.get_vk(), &proof, &wrong));

        let advice_bytes = 32 * pk.get_vk().cs().num_advice_columns();
        Outcome {
            vk: pk
                .get_vk()
                .to_bytes(halo2_axiom::SerdeFormat::RawBytesUnchecked),
            advice: proof[..advice_bytes].to_vec(),
        }
    }
}

/// Two workloads made apart from the same seed agree; another seed has the same key, and
/// another witness.
fn proves(name: &str, k: u32) {
    let [one, same, other] =
        [1, 1, 2].map(|seed| visit(name, k, seed, Prove { k }).expect("workload"));
    assert_eq!(one.vk, same.vk);
    assert_eq!(one.vk, other.vk);
    assert_eq!(one.advice, same.advice);
    assert_ne!(one.advice, other.advice);
}

#[test]
fn plonk() {
    proves("plonk", 8);
}

#[test]
fn lookup() {
    proves("lookup", 10);
}

//! Our proofs have the bytes of the stock prover's, once that is made a function of its RNG.
//!
//! These tests run with a halo2-axiom in which the two choices that 0.5.3 leaves to chance are made
//! as ours are (`stock_bytes.patch`; `scripts/deterministic-stock.sh` lays it out, and `.ci/run` runs them).

use halo2_axiom::{
    halo2curves::bn256::{Bn256, Fr},
    plonk::{create_proof_from_advice, Circuit, Error},
    poly::kzg::commitment::KZGCommitmentScheme,
    transcript::TranscriptWriterBuffer,
};
use halo2_offload::{
    engine::{suite::cpu_kernels, CpuKernels},
    CpuEngine, ResidentKey,
};
use halo2_offload_workloads::{visit, Visitor, Workload};
use proptest::{prelude::*, test_runner::Config};
use std::sync::Once;

mod random_systems;
mod zoo;

use random_systems::shapes;
use zoo::{
    proving::{Blake2b, Gwc, Hash, Keccak256, Opening, Poseidon, Prepared, Shplonk},
    witness_rng, zoo, Specimen,
};

/// Without the patch this fails, and what the other tests find would mean nothing.
#[test]
fn the_stock_prover_is_deterministic() {
    assert_patched();
}

fn assert_patched() {
    static CHECKED: Once = Once::new();
    CHECKED.call_once(|| {
        let prepared = zoo::lookups::a_table().prepare();
        let [first, second] = [(); 2].map(|_| prepared.stock_bytes::<Shplonk, Blake2b>(1).unwrap());
        assert!(
            first == second,
            "halo2-axiom is not patched: run these tests as .ci/run does"
        );
    });
}

zoo!(has_stock_bytes);

fn has_stock_bytes<C: Circuit<Fr>>(specimen: Specimen<C>) {
    assert_patched();
    let prepared = specimen.prepare();
    same_bytes::<Shplonk, Blake2b, C>(&prepared);
    same_bytes::<Shplonk, Keccak256, C>(&prepared);
    same_bytes::<Shplonk, Poseidon, C>(&prepared);
    same_bytes::<Gwc, Blake2b, C>(&prepared);
    same_bytes::<Gwc, Keccak256, C>(&prepared);
    same_bytes::<Gwc, Poseidon, C>(&prepared);
}

/// The stock prover, the drop-in and resident keys with all kernels of the CPU make the same proof, or none
/// makes one.
fn same_bytes<O: Opening, H: Hash, C: Circuit<Fr>>(prepared: &Prepared<C>) {
    if !prepared.specimen.stock_proves {
        return;
    }
    let resident_keys: Vec<_> = cpu_kernels()
        .map(|kernels| {
            let engine = CpuEngine::with_kernels(kernels);
            let key = prepared.load(&engine);
            (kernels, engine, key)
        })
        .collect();
    for seed in 0..2 {
        let stock = prepared.stock_bytes::<O, H>(seed);
        let drop_in = prepared.drop_in_bytes::<O, H>(seed);
        let resident = resident_keys.iter().map(|(kernels, engine, key)| {
            (*kernels, prepared.resident::<O, H, _>(engine, key, seed))
        });
        let stock = match stock {
            Ok(proof) => proof,
            Err(error) => {
                // The quotient of a circuit without constraints is zero, and the point at infinity
                // cannot be written.
                assert!(matches!(error, Error::Transcript(_)), "{error}");
                assert_eq!(drop_in.unwrap_err().to_string(), error.to_string());
                resident.for_each(|(_, proof)| drop(proof.unwrap_err()));
                return;
            }
        };
        let differs = "is not the stock prover's proof";
        if prepared.has_advice() {
            let from_advice = stock_from_advice::<O, H, C>(prepared, seed);
            assert!(stock == from_advice);
            let ours = prepared.drop_in_from_advice::<O, H>(seed).unwrap();
            assert!(stock == ours, "what is made of advice columns {differs}");
        }
        assert!(stock == drop_in.unwrap(), "the drop-in's {differs}");
        for (kernels, proof) in resident {
            let proof = proof.unwrap();
            assert!(
                stock == proof,
                "a resident key's, {kernels} kernels, {differs}"
            );
        }
        assert_eq!(
            prepared.verify::<O, H>(&stock).is_ok(),
            prepared.specimen.stock_verifies()
        );
    }
}

/// halo2-axiom's proof of the advice columns of the one circuit.
fn stock_from_advice<O: Opening, H: Hash, C: Circuit<Fr>>(
    prepared: &Prepared<C>,
    seed: u64,
) -> Vec<u8> {
    let mut transcript = H::Write::init(Vec::new());
    let proven =
        prepared.with_instances(|instances| {
            create_proof_from_advice::<
                KZGCommitmentScheme<Bn256>,
                O::Prover,
                H::Challenge,
                _,
                H::Write,
            >(
                prepared.params,
                &prepared.pk,
                instances[0],
                prepared.advice(),
                witness_rng(seed),
                &mut transcript,
            )
        });
    proven.unwrap();
    transcript.finalize()
}

proptest! {
    #![proptest_config(Config { cases: 48, failure_persistence: None, ..Config::default() })]

    #[test]
    fn random_systems_have_stock_bytes(shape in shapes()) {
        assert_patched();
        let prepared = shape.specimen().prepare();
        same_bytes::<Shplonk, Blake2b, _>(&prepared);
        same_bytes::<Gwc, Keccak256, _>(&prepared);
    }
}

/// Compares a workload's proofs.
struct Compare {
    k: u32,
}

impl Visitor for Compare {
    type Output = ();

    fn visit<W: Workload>(self, workload: W) {
        assert_patched();
        // halo2-base's circuits are consumed by synthesis: each proof gets its own.
        let specimen = |circuit| Specimen::with_instances(self.k, circuit, workload.instances());
        let pk = specimen(workload.keygen_circuit()).prepare().pk;
        let prepare = || Prepared {
            pk: pk.clone(),
            params: zoo::proving::srs(self.k),
            specimen: specimen(workload.circuit()),
        };
        let stock = prepare().stock_bytes::<Shplonk, Blake2b>(1).unwrap();
        let ours = prepare().drop_in_bytes::<Shplonk, Blake2b>(1).unwrap();
        assert!(stock == ours);
        for kernels in cpu_kernels().filter(|kernels| *kernels != CpuKernels::default()) {
            let (prepared, engine) = (prepare(), CpuEngine::with_kernels(kernels));
            let key = prepared.load(&engine);
            let ours = prepared.resident::<Shplonk, Blake2b, _>(&engine, &key, 1);
            assert!(stock == ours.unwrap(), "{kernels} kernels");
        }
        prepare().verify::<Shplonk, Blake2b>(&ours).unwrap();
    }
}

macro_rules! workloads {
    ($($workload:ident: $k:literal),* $(,)?) => {
        mod a_workload_has_stock_bytes {
            $(#[test]
            fn $workload() {
                let name = stringify!($workload);
                super::visit(name, $k, 3, super::Compare { k: $k }).unwrap();
            })*
        }
    };
}
workloads! {
    plonk: 10,
    lookup: 12,
    poseidon: 11,
    wide: 9,
}

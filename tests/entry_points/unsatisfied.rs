//! Witnesses that do not satisfy the circuit: refused, or as with stock.

use halo2_axiom::halo2curves::bn256::G1Affine;
use halo2_offload::{cuda::CudaEngine, engine::Engine, CpuEngine, ResidentKey, Unsatisfied};
use halo2_offload_cuda_emulator::Config;

use crate::{
    resident::{machine, open},
    zoo::{
        lookups::{self, Squares},
        proving::{Blake2b, Gwc, Opening, Prepared, Shplonk},
    },
};

fn missing() -> Prepared<Squares> {
    let mut prepared = lookups::a_table().prepare();
    prepared.specimen.circuits[0].miss();
    prepared
}

/// A lookup that misses is an error, which says where; and where that is asked for a proof that no verifier
/// accepts, on every engine.
fn refused_or_as_stock<O: Opening, E: Engine<Curve = G1Affine>>(
    engine: &E,
    prepared: &Prepared<Squares>,
) {
    let key = ResidentKey::load(engine, prepared.params, &prepared.pk).unwrap();
    let refused = prepared.resident::<O, Blake2b, _>(engine, &key, 1);
    let message = refused.unwrap_err().to_string();
    for part in [
        "lookup 0 (\"",
        "of circuit 0 has an input that is not in the table",
    ] {
        assert!(message.contains(part), "{message:?} lacks {part:?}");
    }

    let key = key.unsatisfied(Unsatisfied::AsStock);
    let proof = prepared.resident::<O, Blake2b, _>(engine, &key, 1).unwrap();
    assert!(prepared.verify::<O, Blake2b>(&proof).is_err());
    assert_eq!(
        proof.len(),
        prepared.stock_bytes::<O, Blake2b>(1).unwrap().len()
    );

    // What satisfies the circuit is proven as ever.
    let good = lookups::a_table().prepare();
    let proof = good.resident::<O, Blake2b, _>(engine, &key, 1).unwrap();
    assert!(proof == good.drop_in_bytes::<O, Blake2b>(1).unwrap());
}

#[test]
fn a_lookup_that_misses_is_refused_or_as_stock() {
    let prepared = missing();
    refused_or_as_stock::<Shplonk, _>(&CpuEngine::new(), &prepared);
    refused_or_as_stock::<Gwc, _>(&CpuEngine::new(), &prepared);
    // The stock prover notices nothing either.
    let stock = prepared.stock_bytes::<Shplonk, Blake2b>(1).unwrap();
    assert!(prepared.verify::<Shplonk, Blake2b>(&stock).is_err());
    assert!(prepared.drop_in_bytes::<Shplonk, Blake2b>(1).is_err());
}

#[test]
fn a_lookup_that_misses_is_refused_or_as_stock_on_a_device() {
    let machine = machine(Config::default());
    {
        let engine = CudaEngine::new(open()).unwrap();
        refused_or_as_stock::<Shplonk, _>(&engine, &missing());
    }
    machine.assert_clean();
}

//! Whole proofs on an emulated device, every column there from upload to opening: the CPU engine's
//! bytes, with the emulator's checks on, in any amount of memory.

use halo2_axiom::{
    halo2curves::bn256::{Fr, G1Affine},
    plonk::Circuit,
};
use halo2_offload::{
    cuda::{CudaEngine, KernelImage, Options, Place, Placement},
    engine::{Checked, Engine},
    CpuEngine, ResidentKey,
};
use halo2_offload_cuda::Context;
use halo2_offload_cuda_emulator::{install, Config, Emulator, Failure};
use proptest::{prelude::proptest, test_runner};
use std::sync::Arc;

mod random_systems;
mod zoo;

use random_systems::shapes;
use zoo::{
    proving::{Blake2b, Gwc, Keccak256, Opening, Prepared, Shplonk},
    zoo, Specimen,
};

/// Opens the emulated device.
fn open() -> Arc<Context> {
    Context::open(0, &KernelImage::shipped(), Options::default())
        .expect("the emulated device opens")
}

/// An emulated machine. It comes first in a test, so that it outlives all that was opened on it.
fn machine(config: Config) -> Emulator {
    install(config).expect("the emulator is built with this test")
}

zoo!(the_device_makes_the_cpu_s_proof);

fn the_device_makes_the_cpu_s_proof<C: Circuit<Fr>>(specimen: Specimen<C>) {
    let prepared = specimen.prepare();
    let machine = machine(Config::default());
    {
        let engine = CudaEngine::new(open()).unwrap();
        same_proof::<Shplonk, _, C>(&engine, &prepared);
        same_proof::<Gwc, _, C>(&engine, &prepared);
    }
    machine.assert_clean();
}

/// Both engines make the same proof twice, or none makes one.
fn same_proof<O: Opening, E, C: Circuit<Fr>>(engine: &E, prepared: &Prepared<C>)
where
    E: Engine<Curve = G1Affine>,
{
    let cpu = CpuEngine::new();
    let cpu_key = ResidentKey::load(&cpu, prepared.params, &prepared.pk).unwrap();
    let key = ResidentKey::load(engine, prepared.params, &prepared.pk).unwrap();
    for seed in 0..2 {
        let expected = prepared.resident::<O, Blake2b, _>(&cpu, &cpu_key, seed);
        let proof = prepared.resident::<O, Blake2b, _>(engine, &key, seed);
        match (proof, expected) {
            (Ok(proof), Ok(expected)) => assert!(proof == expected, "another proof than the CPU's"),
            (Err(error), Err(expected)) => assert_eq!(error.to_string(), expected.to_string()),
            (proof, expected) => panic!("{:?}, and on the CPU {:?}", proof.err(), expected.err()),
        }
    }
}

#[test]
fn any_placement_makes_the_same_proof() {
    let prepared = zoo::everything::in_two_phases().prepare();
    let machine = machine(Config::default());
    for placement in [
        Placement {
            key: Place::Host,
            ..Placement::resident(1 << 30)
        },
        Placement {
            working_columns: 0,
            ..Placement::resident(0)
        },
        Placement::SMALLEST,
    ] {
        let engine = CudaEngine::with_placement(open(), placement).unwrap();
        same_proof::<Shplonk, _, _>(&engine, &prepared);
        same_proof::<Gwc, _, _>(&engine, &prepared);
    }
    machine.assert_clean();
}

#[test]
fn every_operation_is_checked_by_the_cpu() {
    let machine = machine(Config::default());
    {
        let engine = Checked::new(CpuEngine::new(), CudaEngine::new(open()).unwrap());
        let prepared = zoo::everything::in_one_phase().prepare();
        same_proof::<Shplonk, _, _>(&engine, &prepared);
        let prepared = zoo::phases::two_phases_between_regions().prepare();
        same_proof::<Gwc, _, _>(&engine, &prepared);
    }
    machine.assert_clean();
}

proptest! {
    #![proptest_config(test_runner::Config { cases: 6, failure_persistence: None, ..Default::default() })]

    #[test]
    fn random_systems_too(shape in shapes()) {
        let prepared = shape.specimen().prepare();
        let machine = machine(Config::default());
        {
            let engine = CudaEngine::new(open()).unwrap();
            same_proof::<Shplonk, _, _>(&engine, &prepared);
        }
        machine.assert_clean();
    }
}

/// Columns go up, points and evaluations come back; the host waits for them once a challenge.
#[test]
fn the_host_waits_once_a_challenge() {
    let prepared = zoo::everything::in_one_phase().prepare();
    let _machine = machine(Config::default());
    let context = open();
    let engine = CudaEngine::new(context.clone()).unwrap();
    let key = ResidentKey::load(&engine, prepared.params, &prepared.pk).unwrap();
    let before = context.counters().unwrap();
    prepared
        .resident::<Shplonk, Keccak256, _>(&engine, &key, 1)
        .unwrap();
    let spent = context.counters().unwrap() - before;
    // theta; beta, gamma; y; x; y, v of SHPLONK; u; and the end.
    assert!(spent.synchronisations <= 7, "{spent:?}");
    let circuit = key.circuit();
    let column = 32u64 << circuit.k;
    let uploaded = (circuit.advice_phases.len() + circuit.instance_columns * 8) as u64 * column;
    assert!(spent.bytes_to_device < uploaded + (1 << 18), "{spent:?}");
    assert!(spent.bytes_from_device < 1 << 20, "{spent:?}");
}

/// The next proof on the same engine succeeds, whichever allocation of the one before failed.
#[test]
fn out_of_memory_anywhere_is_an_error_and_no_more() {
    const OUT_OF_MEMORY: u32 = 2;
    let prepared = zoo::lookups::a_table().prepare();
    let (cpu, seed) = (CpuEngine::new(), 1);
    let key = ResidentKey::load(&cpu, prepared.params, &prepared.pk).unwrap();
    let expected = prepared
        .resident::<Shplonk, Blake2b, _>(&cpu, &key, seed)
        .unwrap();
    let allocation = "cuMemAllocAsync";
    // Where in a run the proof begins, and where it ends.
    let (first, last) = {
        let machine = machine(Config::default());
        let engine = CudaEngine::new(open()).unwrap();
        let key = ResidentKey::load(&engine, prepared.params, &prepared.pk).unwrap();
        let loaded = machine.calls(allocation);
        prepared
            .resident::<Shplonk, Blake2b, _>(&engine, &key, seed)
            .unwrap();
        (loaded + 1, machine.calls(allocation))
    };
    assert!(last > first);
    for nth in first..=last {
        // The allocation is tried again once freed memory was given back: that fails as well.
        let mut config = Config::default();
        for nth in [nth, nth + 1] {
            config = config.with_failure(Failure::of(allocation, nth, OUT_OF_MEMORY));
        }
        let machine = machine(config);
        {
            let context = open();
            let engine = CudaEngine::new(context.clone()).unwrap();
            let key = ResidentKey::load(&engine, prepared.params, &prepared.pk).unwrap();
            let held = context.memory().bytes;
            let error = prepared
                .resident::<Shplonk, Blake2b, _>(&engine, &key, seed)
                .expect_err("an allocation failed");
            let error = error.to_string();
            assert!(error.contains("memory"), "allocation {nth}: {error}");
            // What a domain and its programs keep for the next proof is no leak: a second proof adds
            // nothing to it.
            let proof = prepared
                .resident::<Shplonk, Blake2b, _>(&engine, &key, seed)
                .unwrap();
            assert!(proof == expected, "after allocation {nth} failed");
            let kept = context.memory().bytes;
            assert!(kept >= held);
            prepared
                .resident::<Shplonk, Blake2b, _>(&engine, &key, seed)
                .unwrap();
            assert_eq!(
                context.memory().bytes,
                kept,
                "after allocation {nth} failed"
            );
        }
        machine.assert_clean();
    }
}

//! Whole proofs on an emulated device, every column there from upload to opening: the CPU engine's
//! bytes, with the emulator's checks on, in any amount of memory.

mod failures;

use halo2_axiom::{
    halo2curves::bn256::{Fr, G1Affine},
    plonk::Circuit,
};
use halo2_offload::{
    cuda::{Context, CudaEngine, KernelImage, Options, Place, Placement, ProgramCode},
    engine::{Checked, CpuKernels, Engine},
    CpuEngine,
};
use halo2_offload_cuda_emulator::{install, Checks, Config, Emulator};
use proptest::{prelude::proptest, test_runner};
use std::sync::Arc;

use crate::{
    random_systems::shapes,
    zoo::{
        self,
        proving::{Blake2b, Gwc, Keccak256, Opening, Prepared, Shplonk},
        zoo, Specimen,
    },
};

/// An emulated machine. It comes first in a test, so that it outlives all that was opened on it.
pub fn machine(config: Config) -> Emulator {
    install(config).expect("the emulator is built with this test")
}

/// Without the checks that take time: they are on where operations are tested one by one, and in the
/// proofs of circuits that have everything.
fn quick_machine() -> Emulator {
    machine(Config::default().with_checks(Checks::cheap()))
}

pub fn open() -> Arc<Context> {
    Context::open(0, &KernelImage::shipped(), Options::default())
        .expect("the emulated device opens")
}

zoo!(the_device_makes_the_cpu_s_proof);

fn the_device_makes_the_cpu_s_proof<C: Circuit<Fr>>(specimen: Specimen<C>) {
    let prepared = specimen.prepare();
    let machine = quick_machine();
    {
        let engine = CudaEngine::new(open()).unwrap();
        same_proofs::<Shplonk, _, C>(&engine, &prepared, 0..2);
        same_proofs::<Gwc, _, C>(&engine, &prepared, 2..3);
    }
    machine.assert_clean();
}

/// For each seed both engines make the same proof, or none makes one.
fn same_proofs<O: Opening, E: Engine<Curve = G1Affine>, C: Circuit<Fr>>(
    engine: &E,
    prepared: &Prepared<C>,
    seeds: std::ops::Range<u64>,
) {
    let cpu = CpuEngine::with_kernels(CpuKernels::Portable);
    let cpu_key = prepared.load(&cpu);
    let key = prepared.load(engine);
    for seed in seeds {
        let expected = prepared.resident::<O, Blake2b, _>(&cpu, &cpu_key, seed);
        let proof = prepared.resident::<O, Blake2b, _>(engine, &key, seed);
        match (proof, expected) {
            (Ok(proof), Ok(expected)) => assert!(proof == expected, "another proof than the CPU's"),
            (Err(error), Err(expected)) => assert_eq!(error.to_string(), expected.to_string()),
            (proof, expected) => panic!("{:?}, and on the CPU {:?}", proof.err(), expected.err()),
        }
    }
}

/// With every check of the emulator: threads of a block, blocks of a launch, streams, memory that
/// nothing wrote, pinned memory.
#[test]
fn nothing_races_in_a_proof() {
    let machine = machine(Config::default());
    {
        let engine = CudaEngine::new(open()).unwrap();
        let prepared = zoo::everything::in_two_phases().prepare();
        same_proofs::<Shplonk, _, _>(&engine, &prepared, 0..1);
        let prepared = zoo::everything::in_two_circuits().prepare();
        same_proofs::<Gwc, _, _>(&engine, &prepared, 0..1);
    }
    machine.assert_clean();
}

#[test]
fn any_placement_makes_the_same_proof() {
    let prepared = zoo::everything::in_one_phase().prepare();
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
        Placement::smallest(prepared.pk.get_vk().get_domain().n as usize),
    ] {
        let engine = CudaEngine::with_placement(open(), placement).unwrap();
        same_proofs::<Shplonk, _, _>(&engine, &prepared, 0..1);
    }
    machine.assert_clean();
}

/// Every program of the prover in a kernel of its own, whatever its length.
#[test]
fn code_made_for_the_circuit_makes_the_same_proof() {
    let machine = machine(Config::default());
    {
        let options = Options::default().with_programs(ProgramCode::Specialised);
        let context = Context::open(0, &KernelImage::shipped(), options).unwrap();
        let engine = CudaEngine::new(context).unwrap();
        let prepared = zoo::everything::in_two_phases().prepare();
        same_proofs::<Shplonk, _, _>(&engine, &prepared, 0..1);
        let prepared = zoo::degrees::degree_9().prepare();
        same_proofs::<Gwc, _, _>(&engine, &prepared, 0..1);
    }
    machine.assert_clean();
}

/// What is done once for a circuit is done when its key is loaded: the first proof gives the device as much
/// to do as the second, and nothing to compile.
#[test]
fn the_first_proof_is_like_the_second() {
    let machine = quick_machine();
    let prepared = zoo::everything::in_two_phases().prepare();
    let folder = tempfile::tempdir().unwrap();
    let options = || Options::default().with_programs(ProgramCode::Specialised);
    for options in [
        Options::default(),
        options(),
        options().with_code_cache(folder.path()),
    ] {
        let context = Context::open(0, &KernelImage::shipped(), options).unwrap();
        let engine = CudaEngine::new(context.clone()).unwrap();
        let key = prepared.load(&engine);
        let made = || {
            let calls = machine.report().calls.into_iter();
            let made = |name: &str| name.starts_with("cuModule") || name.starts_with("cuLink");
            calls.filter(|(name, _)| made(name)).collect::<Vec<_>>()
        };
        let made_before = made();
        assert!(!made_before.is_empty());
        let [first, second] = [(), ()].map(|()| {
            let before = context.counters().unwrap();
            prepared
                .resident::<Shplonk, Blake2b, _>(&engine, &key, 1)
                .unwrap();
            context.counters().unwrap() - before
        });
        assert_eq!(made(), made_before);
        assert_eq!(first.launches, second.launches);
        assert_eq!(first.bytes_to_device, second.bytes_to_device);
        assert_eq!(first.bytes_from_device, second.bytes_from_device);
    }
    machine.assert_clean();
}

#[test]
fn every_operation_is_checked_by_the_cpu() {
    let machine = quick_machine();
    {
        let engine = Checked::new(
            CpuEngine::with_kernels(CpuKernels::Portable),
            CudaEngine::new(open()).unwrap(),
        );
        let prepared = zoo::everything::in_one_phase().prepare();
        same_proofs::<Shplonk, _, _>(&engine, &prepared, 0..1);
        same_proofs::<Gwc, _, _>(&engine, &prepared, 0..1);
    }
    machine.assert_clean();
}

proptest! {
    #![proptest_config(test_runner::Config { cases: 6, failure_persistence: None, ..Default::default() })]

    #[test]
    fn random_systems_too(shape in shapes()) {
        let prepared = shape.specimen().prepare();
        let machine = quick_machine();
        {
            let engine = CudaEngine::new(open()).unwrap();
            same_proofs::<Shplonk, _, _>(&engine, &prepared, 0..1);
        }
        machine.assert_clean();
    }
}

/// Columns go up, points and evaluations come back; the host waits for them once a challenge.
#[test]
fn the_host_waits_once_a_challenge() {
    let prepared = zoo::everything::in_one_phase().prepare();
    let _machine = quick_machine();
    let context = open();
    let engine = CudaEngine::new(context.clone()).unwrap();
    let key = prepared.load(&engine);
    let before = context.counters().unwrap();
    prepared
        .resident::<Shplonk, Keccak256, _>(&engine, &key, 1)
        .unwrap();
    let spent = context.counters().unwrap() - before;
    // theta; beta and gamma; y; x; y and v of the opening; u; and the end.
    assert!(spent.synchronisations <= 7, "{spent:?}");
    let circuit = key.circuit();
    let column = 32u64 << circuit.k;
    let advice = circuit.advice_phases.len() as u64 * column;
    // Beside the witness: instances, which are small, and what programs are told.
    let uploaded = spent.bytes_to_device - advice;
    assert!(uploaded < 64 * column, "{spent:?}");
    assert!(spent.bytes_from_device < 1 << 20, "{spent:?}");
}

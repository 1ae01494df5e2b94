//! Memory that runs out anywhere, a device that is lost anywhere.

use halo2_offload::{
    cuda::{Context, CudaEngine, KernelImage, Options, Placement},
    CpuEngine, ResidentKey,
};
use halo2_offload_cuda_emulator::{Calls, Checks, Config, Emulator, Failure};
use std::error::Error;

use super::{machine, open, quick_machine};
use crate::zoo::{
    self,
    proving::{Blake2b, Shplonk},
};

/// On one engine, with one key, proofs fail one after the other, each at a later allocation than the one
/// before, and none leaves anything behind.
#[test]
fn out_of_memory_anywhere_is_an_error_and_no_more() {
    const OUT_OF_MEMORY: u32 = 2;
    const ALLOCATION: &str = "cuMemAllocAsync";
    let prepared = zoo::lookups::a_table().prepare();
    let cpu = CpuEngine::new();
    let cpu_key = ResidentKey::load(&cpu, prepared.params, &prepared.pk).unwrap();
    let prove_on_cpu = || prepared.resident::<Shplonk, Blake2b, _>(&cpu, &cpu_key, 1);
    let expected = prove_on_cpu().unwrap();

    // Allocations up to the end of a first proof, which makes what later ones find made, and those of a
    // second one.
    let (before, of_a_proof) = {
        let machine = quick_machine();
        let engine = CudaEngine::with_placement(open(), Placement::resident(0)).unwrap();
        let key = ResidentKey::load(&engine, prepared.params, &prepared.pk).unwrap();
        let prove = || prepared.resident::<Shplonk, Blake2b, _>(&engine, &key, 1);
        prove().unwrap();
        let before = machine.calls(ALLOCATION);
        prove().unwrap();
        (before, machine.calls(ALLOCATION) - before)
    };
    assert!(of_a_proof > 100, "{of_a_proof}");

    // A step of 1 has them all; of 3, the allocations of every operation still, in a third of the time.
    let failing = || (1..=of_a_proof).step_by(3);
    let mut config = Config::default().with_checks(Checks::cheap());
    let mut calls = before;
    for nth in failing() {
        // An allocation that fails is tried again, once what was freed has been given back.
        for call in [calls + nth, calls + nth + 1] {
            config = config.with_failure(Failure::of(ALLOCATION, call, OUT_OF_MEMORY));
        }
        calls += nth + 1;
    }
    let machine = machine(config);
    {
        let context = open();
        let engine = CudaEngine::with_placement(context.clone(), Placement::resident(0)).unwrap();
        let key = ResidentKey::load(&engine, prepared.params, &prepared.pk).unwrap();
        let prove = || prepared.resident::<Shplonk, Blake2b, _>(&engine, &key, 1);
        assert!(prove().unwrap() == expected);
        let kept = context.memory();
        for nth in failing() {
            let error = prove().expect_err("an allocation failed").to_string();
            assert!(error.contains("memory"), "allocation {nth}: {error}");
            // No more is left than before; twiddles of a coset may be gone, to be made again.
            let held = context.memory();
            assert!(
                held.bytes <= kept.bytes,
                "after allocation {nth} failed, {held}"
            );
        }
        assert!(prove().unwrap() == expected);
        assert_eq!(context.memory(), kept);
    }
    machine.assert_clean();
}

/// Beside another process that holds the memory, or with a budget that is too small for the key.
#[test]
fn too_small_a_budget_says_what_holds_the_rest() {
    let prepared = zoo::lookups::a_table().prepare();
    let machine = quick_machine();
    {
        let options = Options::default().with_vram_budget(96 << 10);
        let context = Context::open(0, &KernelImage::shipped(), options).unwrap();
        let engine =
            CudaEngine::with_placement(context.clone(), Placement::smallest(1 << 5)).unwrap();
        let error = ResidentKey::load(&engine, prepared.params, &prepared.pk)
            .and_then(|key| prepared.resident::<Shplonk, Blake2b, _>(&engine, &key, 1))
            .unwrap_err()
            .to_string();
        for part in ["98304", "held"] {
            assert!(error.contains(part), "{part}: {error}");
        }
    }
    machine.assert_clean();
}

#[test]
fn a_device_that_is_lost_is_an_error() {
    let prepared = zoo::permutations::one_column().prepare();
    let prove = |machine: &Emulator| -> Result<(u64, Vec<u8>), Box<dyn Error>> {
        let context = Context::open(0, &KernelImage::shipped(), Options::default())?;
        let engine = CudaEngine::with_placement(context, Placement::resident(0))?;
        let key = ResidentKey::load(&engine, prepared.params, &prepared.pk)?;
        let proof = prepared.resident::<Shplonk, Blake2b, _>(&engine, &key, 1)?;
        Ok((machine.report().count(&Calls::All), proof))
    };
    // The last calls give memory back, when the proof is there and has been checked.
    const OF_THE_END: u64 = 16;
    let (calls, expected) = prove(&quick_machine()).unwrap();
    // One call in a hundred, each at another place.
    for nth in (1..=calls).step_by(101) {
        let config = Config::default()
            .with_checks(Checks::cheap())
            .with_failure(Failure::device_lost(nth));
        let machine = machine(config);
        let error = match prove(&machine) {
            Err(error) => error.to_string(),
            Ok((_, proof)) => {
                let is_of_the_end = nth + OF_THE_END > calls;
                assert!(
                    is_of_the_end,
                    "call {nth} of {calls} failed, and a proof was made"
                );
                assert!(
                    proof == expected,
                    "call {nth} of {calls} failed, and another proof was made"
                );
                continue;
            }
        };
        assert!(
            error.contains("CUDA_ERROR"),
            "call {nth} of {calls}: {error}"
        );
        machine.assert_no_faults();
    }
}

//! Every driver call fails once, every allocation from one on, the device is lost at every call: always an
//! error, never a panic, a fault or a leak.

use halo2_offload_cuda::{CudaError, LaunchConfig, MemorySource, Options};
use halo2_offload_cuda_emulator::{Calls, Config, Failure, Report};
use halo2curves::bn256::Fr;

use crate::{machine, open, LAUNCH_FAILED, OUT_OF_MEMORY, UNKNOWN};

const N: usize = 40;

/// What gives something back: if the driver refuses that, the thing is lost.
const CLEAN_UP: [&str; 8] = [
    "cuMemFreeAsync",
    "cuMemFree_v2",
    "cuMemFreeHost",
    "cuMemPoolTrimTo",
    "cuModuleUnload",
    "cuEventDestroy_v2",
    "cuStreamDestroy_v2",
    "cuDevicePrimaryCtxRelease_v2",
];

/// A little of everything: all kinds of copies, a kernel, an operation that is timed.
fn scenario(source: MemorySource) -> Result<Vec<Fr>, CudaError> {
    let options = Options::default()
        .with_memory(source)
        .with_staging_bytes(4096)
        .with_timing(true);
    let context = open(options)?;
    let values: Vec<Fr> = (0..N as u64).map(Fr::from).collect();
    let square = context.function("field_fr", "field_fr_sqr")?;
    let numbers = context.allocate_from("numbers", &vec![1_u32; 3000])?;
    let a = context.allocate_from("a", &values)?;
    let mut result = context.allocate_zeroed::<Fr>("result", N)?;
    {
        let _square = context.time("square")?;
        // SAFETY: two vectors of N elements of Fr; any grid of blocks will do.
        unsafe {
            context.launch(
                &square,
                LaunchConfig::covering(N, 128),
                &[&result.all_mut(), &a.all(), &(N as u64)],
            )?;
        }
    }
    drop(a);
    let mut copy = context.allocate::<Fr>("copy", N)?;
    context.copy(copy.all_mut(), result.all())?;
    let download = context.begin_download(copy.all())?;
    drop((copy, result));
    let mut back = vec![0; 3000];
    context.download(numbers.all(), &mut back)?;
    context.synchronize()?;
    context.times()?;
    context.available_bytes()?;
    assert_eq!(back, [1; 3000]);
    download.wait()
}

fn expected() -> Vec<Fr> {
    (0..N as u64).map(|i| Fr::from(i).square()).collect()
}

/// What there is to fail.
fn in_peace(source: MemorySource) -> Report {
    let emulator = machine(Config::default());
    assert_eq!(scenario(source).expect("nothing fails"), expected());
    emulator.assert_clean();
    emulator.report()
}

fn every_call_fails_once(source: MemorySource) {
    let expected = expected();
    let mut refused = 0;
    for (name, count) in in_peace(source).calls {
        if name.starts_with("cuGetError") {
            continue;
        }
        for nth in 1..=count {
            // Out of memory has a path of its own where memory is asked for.
            let codes: &[u32] = match name.contains("Alloc") {
                true => &[OUT_OF_MEMORY, UNKNOWN],
                false => &[UNKNOWN],
            };
            for &code in codes {
                let failure = Failure::of(&name, nth, code);
                let emulator = machine(Config::default().with_failure(failure));
                let what = format!("{name}, call {nth}, code {code}");
                match scenario(source) {
                    Ok(values) => assert_eq!(values, expected, "{what}"),
                    Err(error) => {
                        refused += 1;
                        assert!(!error.to_string().is_empty(), "{what}");
                        let is_code = error.code().is_some_and(|found| found.code == code);
                        assert!(is_code, "{what}: {error}");
                    }
                }
                if CLEAN_UP.contains(&name.as_str()) {
                    emulator.assert_no_faults();
                } else {
                    let (faults, leaks) = (emulator.faults(), emulator.leaks());
                    assert!(faults.is_empty(), "{what}: {faults:?}");
                    assert!(leaks.is_empty(), "{what}: {leaks:?}");
                }
            }
        }
    }
    assert!(refused > 50, "{refused} failures were errors");
}

#[test]
fn every_call_fails_once_with_the_drivers_pool() {
    every_call_fails_once(MemorySource::PoolFirst);
}

#[test]
fn every_call_fails_once_with_blocks() {
    every_call_fails_once(MemorySource::Blocks);
}

const SOURCES: [MemorySource; 2] = [MemorySource::PoolFirst, MemorySource::Blocks];

#[test]
fn memory_is_gone_from_every_allocation_on() {
    for source in SOURCES {
        let allocations = in_peace(source).count(&Calls::Allocations);
        assert!(allocations > 6);
        for nth in 1..=allocations {
            let failure = Failure::of_allocation(nth).lasting();
            let emulator = machine(Config::default().with_failure(failure));
            let error = scenario(source).expect_err("there is no memory");
            let is_of_memory = matches!(
                error,
                CudaError::OutOfMemory(_) | CudaError::OutOfPinnedMemory { .. }
            );
            assert!(is_of_memory, "allocation {nth}: {error}");
            emulator.assert_clean();
        }
        // Device memory that one allocation does not find is there for the next.
        for nth in 1..=allocations {
            let failure = Failure::of_allocation(nth);
            let emulator = machine(Config::default().with_failure(failure));
            match scenario(source) {
                Ok(values) => assert_eq!(values, expected()),
                Err(error) => {
                    let is_pinned = matches!(error, CudaError::OutOfPinnedMemory { .. });
                    assert!(is_pinned, "allocation {nth}: {error}");
                }
            }
            emulator.assert_clean();
        }
    }
}

#[test]
fn the_device_is_lost_at_every_call() {
    for source in SOURCES {
        let calls = in_peace(source).count(&Calls::All);
        let mut errors = 0;
        for nth in 1..=calls {
            let emulator = machine(Config::default().with_failure(Failure::device_lost(nth)));
            match scenario(source) {
                // It was lost while things were given back.
                Ok(values) => assert_eq!(values, expected(), "call {nth}"),
                Err(error) => {
                    errors += 1;
                    let code = error.code().map(|code| code.code);
                    assert_eq!(code, Some(LAUNCH_FAILED), "call {nth}: {error}");
                }
            }
            emulator.assert_clean();
        }
        assert!(errors * 2 > calls, "{errors} errors in {calls} calls");
    }
}

//! Allocations: the ledger, the budget, the device's own limit, and memory freed in stream order.

use halo2_offload_cuda::{CudaError, Holding, MemorySource, Options, StreamRole};
use halo2_offload_cuda_emulator::{Config, Failure};

use crate::{machine, open, OUT_OF_MEMORY};

const SOURCES: [MemorySource; 2] = [MemorySource::PoolFirst, MemorySource::Blocks];

fn holding(name: &str, allocations: usize, bytes: u64) -> Holding {
    Holding {
        name: name.to_owned(),
        allocations,
        bytes,
    }
}

#[test]
fn the_ledger_knows_who_holds_and_who_held() {
    for source in SOURCES {
        let emulator = machine(Config::default());
        let context = open(Options::default().with_memory(source)).expect("it opens");
        let srs = context.allocate::<u64>("srs", 100).expect("it fits");
        let advice = [0, 1].map(|i| {
            context
                .allocate::<u32>(format!("advice[{i}]"), 1000)
                .expect("it fits")
        });
        drop(advice);
        let lookup = context.allocate::<u32>("lookup", 10).expect("it fits");
        let now = context.memory();
        assert_eq!(now.bytes, 840);
        assert_eq!(
            now.holdings,
            [holding("srs", 1, 800), holding("lookup", 1, 40)]
        );
        let peak = context.peak_memory();
        assert_eq!(peak.bytes, 8800);
        assert_eq!(
            peak.holdings,
            [
                holding("advice[0]", 1, 4000),
                holding("advice[1]", 1, 4000),
                holding("srs", 1, 800),
            ]
        );
        context.reset_peak_memory();
        assert_eq!(context.peak_memory(), now);
        drop((srs, lookup));
        assert_eq!(context.memory().bytes, 0);
        drop(context);
        emulator.assert_clean();
    }
}

#[test]
fn the_budget_holds() {
    for source in SOURCES {
        let emulator = machine(Config::default());
        let options = Options::default()
            .with_memory(source)
            .with_vram_budget(10_000);
        let context = open(options).expect("it opens");
        let srs = context.allocate::<u8>("srs", 6_000).expect("it fits");
        assert_eq!(context.available_bytes().expect("it answers"), 4_000);
        let error = context
            .allocate::<u8>("advice[3]", 5_000)
            .expect_err("it does not fit");
        let CudaError::OutOfMemory(memory) = &error else {
            panic!("{error}");
        };
        assert_eq!(memory.asked_bytes, 5_000);
        assert_eq!(memory.budget_left_bytes, Some(4_000));
        assert_eq!(memory.held.holdings, [holding("srs", 1, 6_000)]);
        assert!(memory.code.is_none());
        let message = error.to_string();
        assert!(
            message.contains(
                "`advice[3]` asked for 5000 bytes, 4000 of the budget of 10000 were left; held: 6000 bytes in all, srs 6000"
            ),
            "{message}"
        );
        drop(srs);
        drop(
            context
                .allocate::<u8>("advice[3]", 10_000)
                .expect("now it fits"),
        );
        drop(context);
        emulator.assert_clean();
    }
}

#[test]
fn the_device_has_an_end() {
    for source in SOURCES {
        let emulator = machine(Config::default().with_memory(64 << 20));
        let context = open(Options::default().with_memory(source)).expect("it opens");
        let srs = context.allocate::<u8>("srs", 40 << 20).expect("it fits");
        let error = context
            .allocate::<u8>("table", 50 << 20)
            .expect_err("it does not fit");
        let CudaError::OutOfMemory(memory) = &error else {
            panic!("{error}");
        };
        assert_eq!(memory.asked_bytes, 50 << 20);
        assert_eq!(memory.total_bytes, 64 << 20);
        assert_eq!(memory.held.holdings, [holding("srs", 1, 40 << 20)]);
        assert_eq!(error.code().map(|code| code.code), Some(OUT_OF_MEMORY));
        let message = error.to_string();
        assert!(
            message.contains("of the device's 67108864 were free"),
            "{message}"
        );
        assert!(
            message.contains("stop what else uses the device"),
            "{message}"
        );
        // What was refused is not in the ledger, and what is freed can be had again.
        assert_eq!(context.memory().bytes, 40 << 20);
        drop(srs);
        drop(
            context
                .allocate::<u8>("table", 50 << 20)
                .expect("now it fits"),
        );
        drop(context);
        emulator.assert_clean();
    }
}

#[test]
fn memory_kept_for_another_size_is_released_before_an_allocation_fails() {
    for source in SOURCES {
        let emulator = machine(Config::default().with_memory(64 << 20));
        let context = open(Options::default().with_memory(source)).expect("it opens");
        for role in [StreamRole::Compute, StreamRole::Upload] {
            for mib in [40, 20, 30] {
                let buffer = context
                    .allocate_for::<u8>(role, "table", mib << 20)
                    .expect("nothing else is held");
                drop(buffer);
                assert!(context.available_bytes().expect("it answers") > 60 << 20);
            }
        }
        drop(context);
        emulator.assert_clean();
    }
}

#[test]
fn memory_is_not_used_again_while_another_stream_uses_it() {
    for source in SOURCES {
        let emulator = machine(Config::default());
        let context = open(Options::default().with_memory(source)).expect("it opens");
        let mut downloads = Vec::new();
        for round in 0..20_u32 {
            let values: Vec<u32> = (0..500).map(|i| i * round).collect();
            let home = match round % 2 {
                0 => StreamRole::Compute,
                _ => StreamRole::Upload,
            };
            let mut from = context
                .allocate_for::<u32>(home, "from", 500)
                .expect("it fits");
            let mut to = context.allocate::<u32>("to", 500).expect("it fits");
            context.upload(from.all_mut(), &values).expect("it copies");
            context.copy(to.all_mut(), from.all()).expect("it copies");
            downloads.push((values, context.begin_download(to.all()).expect("it copies")));
        }
        for (values, download) in downloads {
            assert_eq!(download.wait().expect("it copies"), values);
        }
        drop(context);
        emulator.assert_clean();
    }
}

#[test]
fn an_empty_buffer_takes_nothing() {
    let emulator = machine(Config::default());
    let context = open(Options::default()).expect("it opens");
    let mut empty = context.allocate_zeroed::<u32>("empty", 0).expect("it fits");
    context
        .upload(empty.all_mut(), &[])
        .expect("nothing is copied");
    assert!(empty.is_empty());
    let values = context
        .begin_download(empty.all())
        .and_then(|download| download.wait());
    assert!(values.expect("nothing is copied").is_empty());
    drop((empty, context));
    emulator.assert_clean();
}

#[test]
fn more_than_all_addresses() {
    let emulator = machine(Config::default());
    let context = open(Options::default()).expect("it opens");
    let error = context
        .allocate::<u64>("all", usize::MAX / 4)
        .expect_err("no memory holds it");
    assert!(matches!(error, CudaError::TooLarge { .. }), "{error}");
    drop(context);
    emulator.assert_clean();
}

#[test]
fn memory_is_freed_even_where_the_streams_cannot_be_ordered() {
    let emulator =
        machine(Config::default().with_failure(Failure::of("cuStreamWaitEvent", 1, 999)));
    let context = open(Options::default()).expect("it opens");
    // Used on the upload stream, freed on the compute stream, which cannot be told to wait.
    let buffer = context
        .allocate_for::<u32>(StreamRole::Upload, "values", 100)
        .expect("it fits");
    let download = context.begin_download(buffer.all());
    assert!(
        download.is_err(),
        "the download stream cannot wait for the upload stream"
    );
    drop((download, buffer, context));
    emulator.assert_clean();
}

#[test]
fn a_buffer_is_held_under_the_name_of_what_it_holds_now() {
    let emulator = machine(Config::default());
    let context = open(Options::default()).expect("it opens");
    let mut column = context.allocate::<u32>("advice", 10).expect("it fits");
    column.rename("advice, coefficients");
    assert_eq!(
        context.memory().holdings,
        [holding("advice, coefficients", 1, 40)]
    );
    assert_eq!(context.peak_memory().holdings, [holding("advice", 1, 40)]);
    drop(column);
    assert_eq!(context.memory().bytes, 0);
    drop(context);
    emulator.assert_clean();
}

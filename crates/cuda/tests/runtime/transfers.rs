//! Copies there and back.

use ff::Field;
use halo2_offload_cuda::{CudaError, Options};
use halo2_offload_cuda_emulator::{Config, Emulator, Failure};
use halo2curves::bn256::{Fr, G1Affine};
use rand::{rngs::StdRng, SeedableRng};

use crate::{machine, open, UNKNOWN};

const STAGING_BYTES: usize = 4096;

#[test]
fn copies_cross_the_ends_of_the_staging_buffers() {
    let emulator = machine(Config::default());
    let context = open(Options::default().with_staging_bytes(STAGING_BYTES)).expect("it opens");
    for n in [0, 1, 1023, 1024, 1025, 2048, 2049, 3072, 10_000] {
        let values: Vec<u32> = (0..n).map(|i| i as u32 ^ 0x5a5a).collect();
        let before = context.counters().expect("it counts");
        let buffer = context.allocate_from("values", &values).expect("it copies");
        let mut back = vec![0; n];
        context
            .download(buffer.all(), &mut back)
            .expect("it copies");
        assert_eq!(back, values);
        let done = context.counters().expect("it counts") - before;
        assert_eq!(done.bytes_to_device, 4 * n as u64);
        assert_eq!(done.bytes_from_device, 4 * n as u64);
        assert_eq!(done.synchronisations, 1);
        assert_eq!(done.launches, 0);
    }
    drop(context);
    let copied = emulator.report().copied;
    assert_eq!(copied.host_to_device, copied.device_to_host);
    emulator.assert_clean();
}

#[test]
fn field_elements_and_points_come_back_as_they_went() {
    let emulator = machine(Config::default());
    let context = open(Options::default().with_staging_bytes(STAGING_BYTES)).expect("it opens");
    let mut rng = StdRng::seed_from_u64(5);
    let scalars: Vec<Fr> = (0..300).map(|_| Fr::random(&mut rng)).collect();
    let points: Vec<G1Affine> = (0..150).map(|_| G1Affine::random(&mut rng)).collect();
    let scalars_there = context
        .allocate_from("scalars", &scalars)
        .expect("it copies");
    let points_there = context.allocate_from("points", &points).expect("it copies");
    let scalars_back = context
        .begin_download(scalars_there.all())
        .expect("it copies");
    let points_back = context
        .begin_download(points_there.all())
        .expect("it copies");
    assert_eq!(points_back.wait().expect("it copies"), points);
    assert_eq!(scalars_back.wait().expect("it copies"), scalars);
    drop((scalars_there, points_there, context));
    emulator.assert_clean();
}

#[test]
fn parts_of_buffers() {
    let emulator = machine(Config::default());
    let context = open(Options::default()).expect("it opens");
    let mut buffer = context
        .allocate_zeroed::<u32>("values", 10)
        .expect("it fits");
    let part = buffer.range_mut(2..5).expect("in range");
    context.upload(part, &[1, 2, 3]).expect("it copies");
    let (low, high) = buffer.all_mut().split_at(5).expect("in range");
    context.copy(high, low.as_read()).expect("it copies");
    let values = context
        .begin_download(buffer.range(1..9).expect("in range"))
        .and_then(|download| download.wait())
        .expect("it copies");
    assert_eq!(values, [0, 1, 2, 3, 0, 0, 1, 2]);
    assert!(matches!(
        buffer.range(4..11),
        Err(CudaError::Range {
            end: 11,
            len: 10,
            ..
        })
    ));
    drop((buffer, context));
    emulator.assert_clean();
}

#[test]
fn lengths_must_agree() {
    let emulator = machine(Config::default());
    let context = open(Options::default()).expect("it opens");
    let mut buffer = context
        .allocate_zeroed::<u32>("values", 4)
        .expect("it fits");
    let upload = context.upload(buffer.all_mut(), &[1; 5]);
    assert!(matches!(
        upload,
        Err(CudaError::Length {
            given: 5,
            needed: 4,
            ..
        })
    ));
    let download = context.download(buffer.all(), &mut [0; 3]);
    assert!(matches!(
        download,
        Err(CudaError::Length {
            given: 3,
            needed: 4,
            ..
        })
    ));
    drop((buffer, context));
    emulator.assert_clean();
}

#[test]
fn an_abandoned_download_gives_its_memory_back() {
    let emulator = machine(Config::default());
    let context = open(Options::default()).expect("it opens");
    let buffer = context
        .allocate_from("values", &[3_u32; 100])
        .expect("it copies");
    drop(context.begin_download(buffer.all()).expect("it copies"));
    let values = context
        .begin_download(buffer.all())
        .and_then(|download| download.wait())
        .expect("it copies");
    assert_eq!(values, [3; 100]);
    drop((buffer, context));
    emulator.assert_clean();
}

/// More of them than the pool keeps blocks for: what it does not keep goes back to the driver, which must
/// not copy into it any more.
#[test]
fn abandoned_downloads_are_waited_for() {
    let emulator = machine(Config::default());
    let context = open(Options::default()).expect("it opens");
    let buffer = context
        .allocate_from("values", &[3_u32; 100])
        .expect("it copies");
    let downloads: Vec<_> = (0..20)
        .map(|_| context.begin_download(buffer.all()).expect("it copies"))
        .collect();
    drop(downloads);
    emulator.assert_no_faults();
    drop((buffer, context));
    emulator.assert_clean();
}

#[test]
fn threads_share_a_context() {
    let emulator = machine(Config::default());
    let context = open(Options::default().with_staging_bytes(STAGING_BYTES)).expect("it opens");
    std::thread::scope(|scope| {
        for thread in 0..4_u32 {
            let context = &context;
            scope.spawn(move || {
                for round in 0..10_u32 {
                    let values = vec![thread * 100 + round; 1500 + thread as usize];
                    let buffer = context.allocate_from("values", &values).expect("it copies");
                    let mut back = vec![0; values.len()];
                    context
                        .download(buffer.all(), &mut back)
                        .expect("it copies");
                    assert_eq!(back, values);
                }
            });
        }
    });
    drop(context);
    emulator.assert_clean();
}

#[test]
fn a_copy_that_is_done_is_not_waited_for() {
    let emulator = machine(Config::default());
    let context = open(Options::default()).expect("it opens");
    let mut buffer = context.allocate::<u32>("values", 100).expect("it fits");
    let waits = || context.counters().expect("it counts").synchronisations;
    let upload = context
        .upload(buffer.all_mut(), &[3; 100])
        .expect("it copies");
    let before = waits();
    upload.wait().expect("it copies");
    assert_eq!(waits() - before, 1);
    let [first, second] =
        [(); 2].map(|()| context.begin_download(buffer.all()).expect("it copies"));
    let before = waits();
    second.wait().expect("it copies");
    // The stream has come past the first as well.
    first.wait().expect("it copies");
    assert_eq!(waits() - before, 1);
    drop((buffer, context));
    emulator.assert_clean();
}

/// What waits on the host for copies.
fn waits(emulator: &Emulator) -> u64 {
    emulator.calls("cuEventSynchronize") + emulator.calls("cuStreamSynchronize")
}

/// The memory goes back to its pool, where the next copy finds it.
#[test]
fn a_download_that_fails_half_way_is_waited_for() {
    let values = [7_u32; 100];
    // Calls before the download and with it.
    let count = |call: &str| {
        let emulator = machine(Config::default());
        let context = open(Options::default()).expect("it opens");
        let buffer = context.allocate_from("values", &values).expect("it fits");
        let before = emulator.calls(call);
        let download = context.begin_download(buffer.all()).expect("it begins");
        let after = emulator.calls(call);
        drop(download);
        (before, after)
    };
    for call in ["cuEventRecord", "cuMemcpyDtoHAsync_v2"] {
        let (before, after) = count(call);
        for nth in before + 1..=after {
            let emulator = machine(Config::default().with_failure(Failure::of(call, nth, UNKNOWN)));
            let context = open(Options::default()).expect("it opens");
            let buffer = context.allocate_from("values", &values).expect("it fits");
            let waited = waits(&emulator);
            let failed = context.begin_download(buffer.all());
            assert!(failed.is_err(), "{call} {nth}");
            assert!(waits(&emulator) > waited, "{call} {nth} of {after}");
            let again = context.begin_download(buffer.all());
            let again = again.and_then(|download| download.wait());
            assert_eq!(again.expect("it fails once"), values);
            drop((buffer, context));
            emulator.assert_clean();
        }
    }
}

#[test]
fn a_copy_that_fails_leaves_no_staging_buffer_in_use() {
    for call in ["cuMemcpyDtoHAsync_v2", "cuMemcpyHtoDAsync_v2"] {
        let emulator = machine(Config::default().with_failure(Failure::of(call, 1, UNKNOWN)));
        let context = open(Options::default()).expect("it opens");
        let mut buffer = context
            .allocate_zeroed::<u32>("values", 10)
            .expect("it fits");
        let mut back = [1; 10];
        let failed = context
            .upload(buffer.all_mut(), &back)
            .map(drop)
            .and_then(|()| context.download(buffer.all(), &mut back));
        assert!(failed.is_err(), "{call}");
        assert_eq!(emulator.calls("cuStreamSynchronize"), 1, "{call}");
        drop((buffer, context));
        emulator.assert_clean();
    }
}

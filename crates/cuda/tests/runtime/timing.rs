//! Operations timed by events. The emulator's times are no device's: what is tested is which
//! operations are counted, and that outer ones hold inner ones.

use halo2_offload_cuda::Options;
use halo2_offload_cuda_emulator::Config;

use crate::{machine, open};

#[test]
fn operations_are_timed_one_within_the_other() {
    let emulator = machine(Config::default());
    let context = open(Options::default().with_timing(true)).expect("it opens");
    let mut buffer = context.allocate::<u32>("values", 1000).expect("it fits");
    for _ in 0..3 {
        let _outer = context.time("outer").expect("it times");
        for _ in 0..2 {
            let _inner = context.time("inner").expect("it times");
            context.zero(buffer.all_mut()).expect("it runs");
        }
    }
    let times = context.times().expect("it times");
    assert_eq!(
        times.keys().copied().collect::<Vec<_>>(),
        ["inner", "outer"]
    );
    assert_eq!((times["outer"].runs, times["inner"].runs), (3, 6));
    assert!(times["outer"].device_ns >= times["inner"].device_ns);
    let counters = context.counters().expect("it counts");
    assert_eq!(counters.device_ns, times["outer"].device_ns);
    drop((buffer, context));
    emulator.assert_clean();
}

#[test]
fn many_operations_take_few_events() {
    let emulator = machine(Config::default());
    let context = open(Options::default().with_timing(true)).expect("it opens");
    for _ in 0..2000 {
        drop(context.time("nothing").expect("it times"));
    }
    assert_eq!(context.times().expect("it times")["nothing"].runs, 2000);
    assert!(emulator.calls("cuEventCreate") < 2000);
    drop(context);
    emulator.assert_clean();
}

#[test]
fn a_context_that_does_not_time_records_nothing() {
    let emulator = machine(Config::default());
    let context = open(Options::default()).expect("it opens");
    drop(context.time("nothing").expect("nothing is done"));
    assert!(context.times().expect("nothing is done").is_empty());
    assert_eq!(context.counters().expect("it counts").device_ns, 0);
    drop(context);
    assert_eq!(emulator.calls("cuEventRecord"), 0);
    emulator.assert_clean();
}

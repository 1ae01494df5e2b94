//! Races, and accesses side by side that are none.

use halo2_offload_cuda_emulator::machine::FaultKind;

use super::{assert_at, COUNT, REVERSE};
use crate::rig::Rig;

#[test]
fn a_missing_barrier() {
    let run = |text: &str| {
        let rig = Rig::new(text);
        let output = rig.empty("out", 256);
        rig.run("k").block(64).wide(output).launch()
    };
    run(REVERSE).expect("right as it is");
    let faults = run(&REVERSE.replace("bar.sync 0;", "")).unwrap_err();
    // Warp 0 runs first: it reads what nothing has written yet, which warp 1 then writes.
    let race = faults
        .iter()
        .find(|f| f.kind == FaultKind::RaceInBlock)
        .unwrap();
    assert_at(
        race,
        FaultKind::RaceInBlock,
        0,
        32,
        7,
        "st.shared.u32 [%b], %i;",
    );
    assert!(
        race.detail
            .contains("read also by block (0,0,0) thread (31,0,0)"),
        "{race}"
    );
    assert_eq!(race.count, 32);
    let unwritten = faults
        .iter()
        .find(|f| f.kind == FaultKind::UninitialisedMemory);
    assert_at(
        unwritten.unwrap(),
        FaultKind::UninitialisedMemory,
        0,
        0,
        10,
        "ld.shared.u32 %v, [%b];",
    );
    // A barrier of the warp does not order warps.
    let faults = run(&REVERSE.replace("bar.sync 0;", "bar.warp.sync -1;")).unwrap_err();
    assert!(faults.iter().any(|f| f.kind == FaultKind::RaceInBlock));
}

#[test]
fn a_counter_that_is_not_atomic() {
    let run = |text: &str, grid: u32, block: u32| {
        let mut rig = Rig::new(text);
        rig.options.workers = Some(1);
        let counter = rig.words("counter", &[0]);
        let result = rig.run("k").grid(grid).block(block).wide(counter).launch();
        (result, rig.read_words(counter, 1)[0])
    };
    let (result, count) = run(COUNT, 3, 64);
    assert!(result.is_ok());
    assert_eq!(count, 192);
    let plain = "ld.global.u32 %v, [%c];\nadd.u32 %v, %v, 1;\nst.global.u32 [%c], %v;";
    let text = COUNT.replace("red.global.add.u32 [%c], 1;", plain);
    let (result, count) = run(&text, 1, 64);
    let faults = result.unwrap_err();
    assert_at(
        &faults[0],
        FaultKind::RaceInBlock,
        0,
        32,
        5,
        "ld.global.u32 %v, [%c];",
    );
    assert_at(
        &faults[1],
        FaultKind::RaceInBlock,
        0,
        0,
        7,
        "st.global.u32 [%c], %v;",
    );
    assert_ne!(count, 64);
    let (result, _) = run(&text, 3, 1);
    let faults = result.unwrap_err();
    assert_at(
        &faults[0],
        FaultKind::RaceBetweenBlocks,
        1,
        0,
        5,
        "ld.global.u32 %v, [%c];",
    );
    assert!(faults[0]
        .detail
        .contains("written also by block (0,0,0) thread (0,0,0)"));
    // One side atomic is not enough.
    let text = COUNT.replace(
        "red.global.add.u32 [%c], 1;",
        "red.global.add.u32 [%c], 1;\nld.global.u32 %v, [%c];",
    );
    let (result, _) = run(&text, 3, 1);
    let faults = result.unwrap_err();
    let line = "red.global.add.u32 [%c], 1;";
    assert_at(&faults[0], FaultKind::RaceBetweenBlocks, 1, 0, 5, line);
    assert!(faults[0].detail.contains("read also by block (0,0,0)"));
    let (result, _) = run(&text.replace("ld.global", "ld.volatile.global"), 3, 1);
    assert!(
        result.is_ok(),
        "accesses that are strong on both sides are no race"
    );
}

#[test]
fn races_between_blocks_are_found_on_many_workers() {
    for _ in 0..200 {
        let mut rig = Rig::new(
            ".visible .entry k(.param .u64 p) { .reg .b64 %p; ld.param.u64 %p, [p];
            st.global.u32 [%p], 1; ret; }",
        );
        rig.options.workers = Some(2);
        let word = rig.words("word", &[0]);
        let fault = rig.run("k").grid(2).block(1).wide(word).fault();
        assert_eq!(fault.kind, FaultKind::RaceBetweenBlocks);
    }
}

#[test]
fn races_within_a_warp() {
    // Lanes hand a word to their neighbour.
    let text = ".shared .align 4 .b8 s[128];
.visible .entry k(.param .u64 out)
{
.reg .b64 %o, %a, %b; .reg .b32 %i, %v;
mov.u32 %i, %tid.x; mov.u64 %a, s; mad.wide.u32 %b, %i, 4, %a;
st.shared.u32 [%b], %i;
bar.warp.sync -1;
xor.b32 %v, %i, 1; mad.wide.u32 %b, %v, 4, %a; ld.shared.u32 %v, [%b];
ld.param.u64 %o, [out]; mad.wide.u32 %o, %i, 4, %o; st.global.u32 [%o], %v;
ret;
}";
    let rig = Rig::new(text);
    let output = rig.empty("out", 128);
    rig.run("k").wide(output).clean();
    let rig = Rig::new(&text.replace("bar.warp.sync -1;", ""));
    let output = rig.empty("out", 128);
    let fault = rig.run("k").wide(output).fault();
    assert_at(
        &fault,
        FaultKind::RaceInBlock,
        0,
        0,
        8,
        "ld.shared.u32 %v, [%b];",
    );
}

#[test]
fn neighbouring_bytes_are_no_race() {
    let text = ".shared .align 4 .b8 s[64];
.visible .entry k(.param .u64 out)
{
.reg .b64 %o, %a; .reg .b32 %i, %j; .reg .b16 %h;
mov.u32 %i, %tid.x; cvt.u16.u32 %h, %i; mov.u64 %a, s; cvt.u64.u32 %o, %i; add.u64 %a, %a, %o;
st.shared.u8 [%a], %h;
ld.param.u64 %o, [out]; mov.u32 %j, %ctaid.x; mad.lo.u32 %i, %j, 64, %i; mad.wide.u32 %o, %i, 2, %o;
st.global.u16 [%o], %h;
bar.sync 0;
ld.shared.u32 %j, [s];
ret;
}";
    let mut rig = Rig::new(text);
    rig.options.workers = Some(1);
    let output = rig.empty("out", 256);
    rig.run("k").grid(2).block(64).wide(output).clean();
    // The same byte of two threads is one.
    let rig = Rig::new(&text.replace(
        "add.u64 %a, %a, %o;",
        "shr.u64 %o, %o, 1; add.u64 %a, %a, %o;",
    ));
    let fault = rig.run("k").grid(1).block(64).wide(output).fault();
    assert_at(
        &fault,
        FaultKind::RaceInBlock,
        0,
        1,
        6,
        "st.shared.u8 [%a], %h;",
    );
    // So is a word that holds another's byte.
    let rig = Rig::new(&text.replace("bar.sync 0;", ""));
    let output = rig.empty("out", 256);
    let faults = rig
        .run("k")
        .grid(1)
        .block(64)
        .wide(output)
        .launch()
        .unwrap_err();
    let race = faults
        .iter()
        .find(|f| f.kind == FaultKind::RaceInBlock)
        .unwrap();
    assert_at(
        race,
        FaultKind::RaceInBlock,
        0,
        0,
        10,
        "ld.shared.u32 %j, [s];",
    );
}

#[test]
fn memory_a_later_launch_may_touch_again() {
    // Launches are in order, and so are the blocks that use one shared memory in turn.
    let mut rig = Rig::new(REVERSE);
    rig.options.workers = Some(1);
    let output = rig.empty("out", 256);
    for _ in 0..3 {
        rig.run("k").block(64).wide(output).clean();
    }
    let text = REVERSE.replace(
        "mad.wide.u32 %o, %i, 4, %o;",
        "mov.u32 %r, %ctaid.x;
        mad.lo.u32 %r, %r, 64, %i; mad.wide.u32 %o, %r, 4, %o;",
    );
    let mut rig = Rig::new(&text);
    rig.options.workers = Some(2);
    let output = rig.empty("out", 256 * 20);
    rig.run("k").grid(20).block(64).wide(output).clean();
}

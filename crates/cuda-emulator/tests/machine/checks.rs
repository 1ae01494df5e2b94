//! Planted faults: each is found, at the right kernel, thread and line; and what looks like one
//! but is right, is not.

use halo2_offload_cuda_emulator::machine::{Fault, FaultKind, Options};

use crate::rig::Rig;

/// Checks what a fault says of its place.
#[track_caller]
fn assert_at(fault: &Fault, kind: FaultKind, block: u32, thread: u32, line: u32, text: &str) {
    let site = fault.site.as_ref().expect("a place in the program");
    let found = (fault.kind, site.block[0], site.thread[0], site.line);
    assert_eq!(found, (kind, block, thread, line), "{fault}");
    assert_eq!(site.kernel, "k", "{fault}");
    assert_eq!(site.instruction, text, "{fault}");
}

/// Reverses a block of words through shared memory. The barrier stands on line 8.
const REVERSE: &str = ".shared .align 4 .b8 s[256];
.visible .entry k(.param .u64 out)
{
.reg .b64 %o, %a, %b; .reg .b32 %i, %v, %r;
mov.u32 %i, %tid.x; mov.u64 %a, s; mad.wide.u32 %b, %i, 4, %a;
ld.param.u64 %o, [out]; mad.wide.u32 %o, %i, 4, %o;
st.shared.u32 [%b], %i;
bar.sync 0;
sub.u32 %r, 63, %i; mad.wide.u32 %b, %r, 4, %a;
ld.shared.u32 %v, [%b];
st.global.u32 [%o], %v;
ret;
}";

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
fn an_index_one_too_far() {
    let faults = |replaced: &str, by: &str| {
        let rig = Rig::new(&REVERSE.replace(replaced, by));
        let output = rig.empty("out", 256);
        rig.run("k").block(64).wide(output).fault()
    };
    let fault = faults("sub.u32 %r, 63, %i;", "sub.u32 %r, 64, %i;");
    assert_at(
        &fault,
        FaultKind::OutOfBounds,
        0,
        0,
        10,
        "ld.shared.u32 %v, [%b];",
    );
    assert!(
        fault.detail.contains("byte 256 of `s` (256 bytes"),
        "{fault}"
    );
    let fault = faults("st.global.u32 [%o], %v;", "st.global.u32 [%o+4], %v;");
    assert_at(
        &fault,
        FaultKind::OutOfBounds,
        0,
        63,
        11,
        "st.global.u32 [%o+4], %v;",
    );
    assert!(
        fault.detail.contains("byte 256 of `out` (256 bytes)"),
        "{fault}"
    );
    let fault = faults("st.global.u32 [%o], %v;", "st.global.u32 [%o+-4], %v;");
    assert_at(
        &fault,
        FaultKind::OutOfBounds,
        0,
        0,
        11,
        "st.global.u32 [%o+-4], %v;",
    );
    assert!(fault.detail.contains("4 bytes before `out`"), "{fault}");
    // From one shared variable into the next.
    let fault = faults(
        ".shared .align 4 .b8 s[256];",
        ".shared .align 4 .b8 s[252];",
    );
    assert_at(
        &fault,
        FaultKind::OutOfBounds,
        0,
        63,
        7,
        "st.shared.u32 [%b], %i;",
    );
}

/// Every thread adds its word to a counter.
const COUNT: &str = ".visible .entry k(.param .u64 counter)
{
.reg .b64 %c; .reg .b32 %v;
ld.param.u64 %c, [counter];
red.global.add.u32 [%c], 1;
ret;
}";

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
fn reads_of_what_nothing_wrote() {
    let copy = ".visible .entry k(.param .u64 in, .param .u64 out)
{
.reg .b64 %a, %b; .reg .b32 %i, %v; .reg .b16 %h;
ld.param.u64 %a, [in]; ld.param.u64 %b, [out]; mov.u32 %i, %tid.x;
mad.wide.u32 %a, %i, 4, %a; mad.wide.u32 %b, %i, 4, %b;
ld.global.u32 %v, [%a];
st.global.u32 [%b], %v;
ret;
}";
    let rig = Rig::new(copy);
    let (input, output) = (rig.empty("in", 128), rig.empty("out", 128));
    rig.memory.write(input, &[0; 67]).unwrap();
    let faults = rig.run("k").wide(input).wide(output).launch().unwrap_err();
    let text = "ld.global.u32 %v, [%a];";
    assert_at(&faults[0], FaultKind::UninitialisedMemory, 0, 16, 6, text);
    assert_eq!(faults[0].address, Some(input + 64));
    assert_eq!((faults.len(), faults[0].count), (1, 16));
    // What was written is enough for smaller reads.
    let rig = Rig::new(&copy.replace("ld.global.u32 %v, [%a]", "ld.global.u8 %v, [%a+2]"));
    let (input, output) = (rig.empty("in", 128), rig.empty("out", 128));
    rig.memory.write(input, &[0; 67]).unwrap();
    let fault = rig.run("k").wide(input).wide(output).fault();
    assert_eq!((fault.count, fault.site.unwrap().thread[0]), (15, 17));
    // What the kernel wrote is initialised for the next.
    rig.memory.fill(input, &[1], 128).unwrap();
    rig.run("k").wide(input).wide(output).clean();
    rig.run("k").wide(output).wide(input).clean();
}

#[test]
fn local_memory_that_nothing_wrote() {
    let text = ".visible .entry k(.param .u64 out)
{
.local .align 4 .b8 depot[16]; .reg .b64 %o, %p; .reg .b32 %i, %v; .reg .pred %q;
ld.param.u64 %o, [out]; mov.u32 %i, %tid.x; mov.u64 %p, depot; setp.ne.u32 %q, %i, 5;
@%q st.local.u32 [%p+12], %i;
ld.local.u32 %v, [%p+12];
st.global.u32 [%o], 1;
ret;
}";
    let mut rig = Rig::new(text);
    rig.options.races_in_block = false;
    let output = rig.empty("out", 4);
    let fault = rig.run("k").wide(output).fault();
    let line = "ld.local.u32 %v, [%p+12];";
    assert_at(&fault, FaultKind::UninitialisedMemory, 0, 5, 6, line);
    let rig = Rig::new(&text.replace("ld.local.u32 %v, [%p+12]", "ld.local.u32 %v, [%p+16]"));
    let fault = rig.run("k").wide(output).fault();
    assert_at(
        &fault,
        FaultKind::OutOfBounds,
        0,
        0,
        6,
        "ld.local.u32 %v, [%p+16];",
    );
}

#[test]
fn registers_that_nothing_wrote() {
    let text = ".visible .entry k(.param .u64 out)
{
.reg .b64 %o; .reg .b32 %i, %v, %w; .reg .pred %q;
ld.param.u64 %o, [out]; mov.u32 %i, %tid.x; mad.wide.u32 %o, %i, 4, %o;
setp.eq.u32 %q, %i, 3;
@%q bra SKIP;
mov.u32 %v, 1;
SKIP:
add.u32 %w, %v, 1;
st.global.u32 [%o], %w;
ret;
}";
    let rig = Rig::new(text);
    let output = rig.empty("out", 128);
    let fault = rig.run("k").wide(output).fault();
    assert_at(
        &fault,
        FaultKind::UninitialisedRegister,
        0,
        3,
        9,
        "add.u32 %w, %v, 1;",
    );
    assert!(fault.detail.contains("`%v`"));
    // The same test guards the read: no thread reads what it has not written.
    let rig = Rig::new(&text.replace(
        "add.u32 %w, %v, 1;",
        "mov.u32 %w, 0; @!%q add.u32 %w, %v, 1;",
    ));
    let output = rig.empty("out", 128);
    rig.run("k").wide(output).clean();
}

#[test]
fn a_barrier_some_threads_miss() {
    let text = ".visible .entry k()
{
.reg .b32 %i; .reg .pred %q;
mov.u32 %i, %tid.x; setp.gt.u32 %q, %i, 40;
@%q bra SKIP;
bar.sync 0;
SKIP:
ret;
}";
    let fault = Rig::new(text).run("k").block(64).fault();
    assert_at(&fault, FaultKind::DivergentBarrier, 0, 0, 6, "bar.sync 0;");
    assert!(
        fault.detail.contains("thread (41,0,0) has exited"),
        "{fault}"
    );
    // Different barriers for the lanes of a warp.
    let text = text.replace("SKIP:\n", "ret;\nSKIP:\nbar.sync 0;\n");
    let fault = Rig::new(&text).run("k").block(64).fault();
    assert_eq!(fault.kind, FaultKind::DivergentBarrier);
    assert!(
        fault.detail.contains("thread (41,0,0) is at PTX line 9"),
        "{fault}"
    );
    // Whole warps may meet at different instructions.
    Rig::new(&text.replace("%i, 40", "%i, 31"))
        .run("k")
        .block(64)
        .clean();
    // A barrier that is not aligned lets lanes come one by one.
    let apart = text.replace("bar.sync", "barrier.sync");
    Rig::new(&apart).run("k").block(64).clean();
}

#[test]
fn a_shuffle_some_lanes_miss() {
    let text = ".visible .entry k()
{
.reg .b32 %i, %v; .reg .pred %q;
mov.u32 %i, %laneid; setp.eq.u32 %q, %i, 7;
@%q bra OTHER;
shfl.sync.idx.b32 %v, %i, 0, 0x1f, -1;
ret;
OTHER:
bar.warp.sync -1;
ret;
}";
    let fault = Rig::new(text).run("k").fault();
    let line = "shfl.sync.idx.b32 %v, %i, 0, 0x1f, -1;";
    assert_at(&fault, FaultKind::DivergentBarrier, 0, 0, 6, line);
    assert!(
        fault.detail.contains("thread (7,0,0) is at PTX line 9"),
        "{fault}"
    );
    // A lane that is not among those it names.
    let text = text
        .replace("0x1f, -1", "0x1f, 0xfffffffe")
        .replace("sync -1", "sync 0x80");
    let fault = Rig::new(&text).run("k").fault();
    assert_eq!(fault.kind, FaultKind::DivergentBarrier);
    assert!(fault.detail.contains("lane 0 is not among"), "{fault}");
    // A source that takes no part.
    let text = text
        .replace("0x1f, 0xfffffffe", "0x1f, 0xffffff7f")
        .replace("%i, 0, ", "%i, 7, ");
    let fault = Rig::new(&text).run("k").fault();
    assert_eq!(fault.kind, FaultKind::UninitialisedRegister, "{fault}");
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

#[test]
fn alignment_and_spaces() {
    let run = |access: &str| {
        let rig = Rig::new(&format!(
            ".const .align 4 .u32 constant = 1;
.visible .entry k(.param .u64 p)
{{
.reg .b64 %p, %c; .reg .b32 %r<4>; ld.param.u64 %p, [p]; mov.u64 %c, constant; mov.u32 %r0, 0;
{access}
ret;
}}"
        ));
        let address = rig.words("words", &[0; 8]);
        rig.run("k").block(1).wide(address).fault()
    };
    for access in [
        "ld.global.u32 %r1, [%p+2];",
        "ld.global.v2.u32 {%r1, %r2}, [%p+4];",
        "st.global.v4.u32 [%p+8], {%r0, %r0, %r0, %r0};",
        "red.global.add.u32 [%p+1], %r0;",
        "st.u16 [%p+1], %r0;",
    ] {
        assert_at(&run(access), FaultKind::Misaligned, 0, 0, 5, access);
    }
    for access in [
        "ld.global.u32 %r1, [0];",
        "ld.u32 %r1, [16];",
        "st.global.u32 [0x123456789000], %r0;",
        "ld.shared.u32 %r1, [0];",
        "ld.local.u32 %r1, [0];",
        "ld.global.v2.u32 {%r1, %r2}, [%p+32];",
        "ld.u32 %r1, [%p+-4];",
    ] {
        assert_at(&run(access), FaultKind::OutOfBounds, 0, 0, 5, access);
    }
    let access = "st.u32 [%c], %r0;";
    assert_at(&run(access), FaultKind::ReadOnly, 0, 0, 5, access);
}

#[test]
fn use_after_free() {
    let rig = Rig::new(COUNT);
    let counter = rig.words("counter", &[0]);
    rig.memory.free(counter).unwrap();
    let fault = rig.run("k").wide(counter).fault();
    assert_at(
        &fault,
        FaultKind::UseAfterFree,
        0,
        0,
        5,
        "red.global.add.u32 [%c], 1;",
    );
    assert!(fault.detail.contains("`counter`"), "{fault}");
}

#[test]
fn loops_without_end() {
    let mut rig = Rig::new(
        ".visible .entry k()
{
.reg .b32 %r; mov.u32 %r, 0;
LOOP:
add.u32 %r, %r, 1;
bra LOOP;
}",
    );
    rig.options.budget = 1_000_000;
    let fault = rig.run("k").block(1).fault();
    let site = fault.site.as_ref().unwrap();
    assert_eq!(fault.kind, FaultKind::Budget);
    assert!((5..=6).contains(&site.line), "{fault}");
}

#[test]
fn traps_and_divisions_by_zero() {
    let text = ".visible .entry k()
{
.reg .b32 %i, %v; .reg .pred %q;
mov.u32 %i, %tid.x; xor.b32 %v, %i, 9;
div.u32 %v, %i, %v;
setp.eq.u32 %q, %i, 4;
@%q trap;
ret;
}";
    let faults = Rig::new(text).run("k").launch().unwrap_err();
    assert_at(
        &faults[0],
        FaultKind::DivisionByZero,
        0,
        9,
        5,
        "div.u32 %v, %i, %v;",
    );
    assert_at(&faults[1], FaultKind::Trap, 0, 4, 7, "@%q trap;");
}

#[test]
fn launches_no_device_accepts() {
    let rig = Rig::new(".visible .entry k(.param .u64 p) .maxntid 64 { ret; }");
    rig.run("k").block(64).wide(0).clean();
    for fault in [
        rig.run("k").block(65).wide(0).fault(),
        rig.run("k").block(0).wide(0).fault(),
        rig.run("k").grid(0).wide(0).fault(),
        rig.run("k").fault(),
        rig.run("k").wide(0).wide(0).fault(),
        rig.run("nothing").wide(0).fault(),
        rig.run("k").wide(0).dynamic_shared(1 << 20).fault(),
        rig.run("k").wide(0).shape([1; 3], [1, 1, 65]).fault(),
    ] {
        assert_eq!(fault.kind, FaultKind::InvalidLaunch, "{fault}");
        assert!(fault.site.is_none());
    }
}

#[test]
fn dynamic_shared_memory() {
    let text = ".extern .shared .align 16 .b8 dynamic[];
.visible .entry k()
{
.reg .b32 %i; .reg .b64 %a; mov.u32 %i, %tid.x; mov.u64 %a, dynamic; mad.wide.u32 %a, %i, 4, %a;
st.shared.u32 [%a], %i;
ret;
}";
    let rig = Rig::new(text);
    rig.run("k").dynamic_shared(128).clean();
    let fault = rig.run("k").dynamic_shared(120).fault();
    assert_at(
        &fault,
        FaultKind::OutOfBounds,
        0,
        30,
        5,
        "st.shared.u32 [%a], %i;",
    );
    let fault = rig.run("k").fault();
    assert_at(
        &fault,
        FaultKind::OutOfBounds,
        0,
        0,
        5,
        "st.shared.u32 [%a], %i;",
    );
}

#[test]
fn checks_can_be_switched_off() {
    let text = ".shared .align 4 .b8 s[4];
.visible .entry k(.param .u64 p)
{
.reg .b64 %p; .reg .b32 %v, %w, %i; mov.u32 %i, %tid.x;
ld.param.u64 %p, [p];
ld.global.u32 %v, [%p];
add.u32 %v, %v, %w;
st.global.u32 [%p], %v;
st.shared.u32 [s], %v;
ret;
}";
    let all = Options {
        workers: Some(1),
        ..Options::default()
    };
    let run = |options: Options| {
        let mut rig = Rig::new(text);
        rig.options = options;
        let word = rig.empty("word", 4);
        let result = rig.run("k").grid(2).block(64).wide(word).launch();
        let mut kinds: Vec<_> = result
            .err()
            .unwrap_or_default()
            .iter()
            .map(|f| f.kind)
            .collect();
        kinds.sort();
        kinds.dedup();
        kinds
    };
    use FaultKind::{RaceBetweenBlocks, RaceInBlock, UninitialisedMemory, UninitialisedRegister};
    let every = [
        UninitialisedMemory,
        UninitialisedRegister,
        RaceInBlock,
        RaceBetweenBlocks,
    ];
    assert_eq!(run(all.clone()), every);
    let without = |kind| every.into_iter().filter(|k| *k != kind).collect::<Vec<_>>();
    let options = Options {
        uninitialised_memory: false,
        ..all.clone()
    };
    assert_eq!(run(options), without(UninitialisedMemory));
    let options = Options {
        uninitialised_registers: false,
        ..all.clone()
    };
    assert_eq!(run(options), without(UninitialisedRegister));
    let options = Options {
        races_in_block: false,
        ..all.clone()
    };
    assert_eq!(run(options), without(RaceInBlock));
    let options = Options {
        races_between_blocks: false,
        ..all
    };
    assert_eq!(run(options), without(RaceBetweenBlocks));
    assert_eq!(run(Options::cheap()), []);
}

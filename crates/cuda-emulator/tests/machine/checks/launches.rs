//! Launches that cannot be, do not end, give up, or are not checked.

use halo2_offload_cuda_emulator::machine::{FaultKind, Options};

use super::assert_at;
use crate::rig::Rig;

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

//! Barriers and warp-wide instructions that some lanes miss.

use halo2_offload_cuda_emulator::machine::FaultKind;

use super::assert_at;
use crate::rig::Rig;

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

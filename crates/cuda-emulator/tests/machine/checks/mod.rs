//! Planted faults: each is found, at the right kernel, thread and line; and what looks like one
//! but is right, is not.

mod barriers;
mod bounds;
mod launches;
mod races;
mod uninitialised;

use halo2_offload_cuda_emulator::machine::{Fault, FaultKind};

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

/// Every thread adds its word to a counter.
const COUNT: &str = ".visible .entry k(.param .u64 counter)
{
.reg .b64 %c; .reg .b32 %v;
ld.param.u64 %c, [counter];
red.global.add.u32 [%c], 1;
ret;
}";

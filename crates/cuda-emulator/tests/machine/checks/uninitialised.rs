//! Reads of memory and of registers that nothing wrote.

use halo2_offload_cuda_emulator::machine::FaultKind;

use super::assert_at;
use crate::rig::Rig;

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

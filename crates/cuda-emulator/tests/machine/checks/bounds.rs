//! Accesses out of bounds, misaligned, to the wrong space, or to memory that is freed.

use halo2_offload_cuda_emulator::machine::FaultKind;

use super::{assert_at, COUNT, REVERSE};
use crate::rig::Rig;

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

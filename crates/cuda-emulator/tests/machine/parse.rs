//! What is not understood is an error, with its line and text.

use halo2_offload_cuda_emulator::ptx::{Module, ParseError};

use crate::rig::HEADER;

/// The error of a body that begins on line 6.
fn error(body: &str) -> ParseError {
    let text = format!(
        "{HEADER}.visible .entry k(.param .u64 p)\n{{ .reg .b32 %r<9>; .reg .b64 %d<9>; .reg .pred %p<3>; .reg .b16 %h<3>;\n{body}\nret;\n}}"
    );
    Module::parse(&text).expect_err(body)
}

#[test]
fn unknown_instructions() {
    for body in [
        "frobnicate.u32 %r1, %r2;",
        "add.u33 %r1, %r2, %r3;",
        "add.sat.u32 %r1, %r2, %r3;",
        "mad.lo.cc.u32.x %r1, %r2, %r3, %r4;",
        "ld.texture.u32 %r1, [%d1];",
        "st.param.u32 [p], %r1;",
        "atom.global.add.f32 %r1, [%d1], %r2;",
        "shfl.idx.b32 %r1, %r2, 0, 31;",
        "bar.red.xor.pred %p1, 0, %p2;",
        "wgmma.mma_async.sync %r1;",
        "cvt.rm.f32.f64 %r1, %d1;",
        ".shock %r1;",
    ] {
        let error = error(body);
        assert_eq!(error.line, 6, "{error}");
        assert!(error.text.contains(body.trim_end_matches(';')), "{error}");
    }
}

#[test]
fn wrong_operands() {
    for body in [
        "add.u32 %r1, %r2;",
        "add.u32 %r1, %r2, %r3, %r4;",
        "add.u32 %r1, %d2, %r3;",
        "add.u64 %r1, %d2, %d3;",
        "add.u32 7, %r2, %r3;",
        "add.u32 %r1, %r2, %r9;",
        "add.u32 %r1, %r2, missing;",
        "ld.global.u64 %r1, [%d1];",
        "ld.global.v2.u32 %r1, [%d1];",
        "ld.global.v4.u64 {%d1, %d2, %d3, %d4}, [%d1];",
        "ld.global.u32 %r1, %d1;",
        "ld.global.u32 %r1, [%h1];",
        "mov.b64 {%r1, %r2, %r3}, %d1;",
        "@%r1 add.u32 %r1, %r2, %r3;",
        "setp.lt.u32 %r1, %r2, %r3;",
        "ld.param.u64 %d1, [q];",
        "call (%r1), f, (%r2);",
    ] {
        let error = error(body);
        assert_eq!(error.line, 6, "{error}");
    }
}

#[test]
fn structure() {
    let parse = |text: &str| Module::parse(&format!("{HEADER}{text}"));
    let detail = |text: &str| parse(text).expect_err(text).detail;
    assert!(detail(".entry k() { bra NOWHERE; }").contains("NOWHERE"));
    assert!(detail(".entry k() { A: ret; A: ret; }").contains("twice"));
    assert!(detail(".entry k() { .reg .b32 %a; .reg .b32 %a; }").contains("twice"));
    assert!(detail(".entry k() { ret;").contains("ends"));
    assert!(detail(".entry k() { call f; }").contains("no body"));
    assert!(detail(".extern .func g; .entry k() { call g; }").contains("no body"));
    assert!(detail(".global .u32 x = {1, 2};").contains("more initial values"));
    assert!(detail(".global .u64 x = y;").contains("number"));
    assert!(detail(".texref t;").contains(".texref"));
    assert!(Module::parse("").is_err());
    assert!(Module::parse(".version 8.0\n.target sm_70\n.address_size 32").is_err());
    // A parameter too short for the function's.
    let text = ".func f(.param .b64 a) { ret; } .entry k() { .param .b32 x; call f, (x); }";
    assert!(detail(text).contains("parameters"));
}

#[test]
fn what_a_module_declares() {
    let text = format!(
        "{HEADER}.global .align 8 .b8 g[12] = {{1, 2, 0xff}}; .const .align 4 .u16 c[2][2] = {{{{1, 2}}, {{-1, 4}}}};
        .global .f32 f = 0f3F800000; .shared .align 16 .b8 s[100]; .extern .shared .align 16 .b8 dynamic[];
        .visible .entry k(.param .u32 a, .param .u64 .ptr .global .align 8 b, .param .u8 c, .param .align 16 .b8 d[24])
        .maxntid 128, 2, 1 .minnctapersm 2 .pragma \"nounroll\";
        {{ .local .align 8 .b8 depot[20]; .shared .b64 own[2]; .reg .b64 %d<3>; .reg .b32 %r; .reg .b8 %b;
          .loc 1 2 3
          mov.u64 %d1, s; mov.u64 %d2, dynamic; st.shared.u64 [own+8], 1; ret; }}
        .visible .entry l() .reqntid 8, 4 {{ ret; }}"
    );
    let module = Module::parse(&text).unwrap();
    assert_eq!((module.version, module.target.as_str()), ((8, 0), "sm_70"));
    let k = module.entry("k").unwrap();
    let params: Vec<_> = k.params.iter().map(|p| (p.offset, p.bytes)).collect();
    assert_eq!(params, [(0, 4), (8, 8), (16, 1), (32, 24)]);
    assert_eq!(k.param_bytes(), 56);
    assert_eq!((k.max_threads, k.required_block), (Some(256), None));
    assert_eq!((k.shared_bytes, k.local_bytes), (120, 32));
    let l = module.entry("l").unwrap();
    assert_eq!(l.required_block, Some([8, 4, 1]));
    assert_eq!((l.shared_bytes, l.local_bytes, l.param_bytes()), (0, 0, 0));
    let variable = |name: &str| module.variables.iter().find(|v| v.name == name).unwrap();
    assert_eq!(
        (variable("g").bytes, &variable("g").initial[..]),
        (12, &[1, 2, 0xff][..])
    );
    assert_eq!(variable("c").initial, [1, 0, 2, 0, 0xff, 0xff, 4, 0]);
    assert_eq!(variable("f").initial, 1_f32.to_le_bytes());
}

//! Loads and stores of every shape and space, atomics, variables, and the memory of the host.

use halo2_offload_cuda_emulator::machine::{FaultKind, Memory};

use crate::rig::{evaluate, Rig};

#[test]
fn shapes_of_access() {
    let rig = Rig::new(
        ".visible .entry k(.param .u64 in, .param .u64 out) {
        .reg .b64 %in, %out, %d<4>; .reg .b32 %r<9>; .reg .b16 %h<9>;
        ld.param.u64 %in, [in]; ld.param.u64 %out, [out];
        ld.global.nc.v4.u32 {%r0, %r1, %r2, %r3}, [%in];
        st.global.v4.u32 [%out], {%r3, %r2, %r1, %r0};
        ld.volatile.global.v2.u64 {%d0, %d1}, [%in];
        st.global.v2.b64 [%out+16], {%d1, %d0};
        ld.relaxed.gpu.global.u8 %h0, [%in+1]; ld.global.s8 %r4, [%in+3]; ld.global.u8 %d2, [%in+3];
        st.global.u32 [%out+36], %r4; st.global.u64 [%out+40], %d2; st.global.u8 [%out+32], %h0;
        ld.global.L1::no_allocate.L2::128B.u16 %h1, [%in+2]; st.global.u16 [%out+34], %h1;
        st.global.u8 [%out+33], %r0;
        ld.global.s16 %d3, [%in+2]; st.global.cg.u64 [%out+48], %d3;
        ld.global.v2.u8 {%h2, %h3}, [%in+4]; st.volatile.global.v2.u8 [%out+56], {%h3, %h2};
        ld.global.ca.v4.u16 {%h4, %h5, %h6, %h7}, [%in+8]; st.global.v4.u16 [%out+64], {%h7, %h6, %h5, %h4};
        st.global.v2.u8 [%out+58], {%r0, %r0}; st.global.u32 [%out+60], 0;
        ret; }",
    );
    let input: Vec<u8> = (0x80..0x90).collect();
    let input = rig.bytes("in", &input);
    let output = rig.empty("out", 72);
    rig.run("k").block(1).wide(input).wide(output).clean();
    let mut found = [0; 72];
    rig.memory.read(output, &mut found).unwrap();
    let b = |i: u8| 0x80 + i;
    let word = |i: u8| [b(i), b(i + 1), b(i + 2), b(i + 3)];
    assert_eq!(found[..16], [word(12), word(8), word(4), word(0)].concat());
    assert_eq!(
        found[16..32],
        [word(8), word(12), word(0), word(4)].concat()
    );
    assert_eq!(found[32..36], [b(1), b(0), b(2), b(3)]);
    assert_eq!(found[36..40], [b(3), 0xff, 0xff, 0xff]);
    assert_eq!(found[40..48], [b(3), 0, 0, 0, 0, 0, 0, 0]);
    assert_eq!(
        found[48..56],
        [b(2), b(3), 0xff, 0xff, 0xff, 0xff, 0xff, 0xff]
    );
    assert_eq!(found[56..60], [b(5), b(4), b(0), b(0)]);
    assert_eq!(
        found[64..72],
        [b(14), b(15), b(12), b(13), b(10), b(11), b(8), b(9)]
    );
}

#[test]
fn spaces_through_generic_addresses() {
    let rig = Rig::new(
        ".const .align 4 .u32 constant = 5; .global .align 4 .u32 variable[2] = {6, 7};
        .shared .align 4 .b8 shared[8];
        .visible .entry k(.param .u64 out, .param .align 8 .b8 block[8]) {
        .local .align 4 .b8 depot[8]; .reg .b64 %d<9>; .reg .b32 %r<9>;
        ld.param.u64 %d0, [out];
        mov.u64 %d1, shared; cvta.shared.u64 %d1, %d1; st.u32 [%d1+4], 1;
        mov.u64 %d2, depot; cvta.local.u64 %d2, %d2; st.u32 [%d2+4], 2;
        mov.u64 %d3, constant; cvta.const.u64 %d3, %d3;
        mov.u64 %d4, variable; cvta.global.u64 %d4, %d4;
        mov.b64 %d5, block; cvta.param.u64 %d6, %d5;
        ld.shared.u32 %r0, [shared+4]; cvta.to.local.u64 %d2, %d2; ld.local.u32 %r1, [%d2+4];
        ld.u32 %r2, [%d3]; ld.u32 %r3, [%d4+4]; ld.param.u32 %r4, [%d5+4]; ld.u32 %r5, [%d6];
        ld.const.u32 %r6, [constant];
        st.global.v4.u32 [%d0], {%r0, %r1, %r2, %r3}; st.global.v2.u32 [%d0+16], {%r4, %r5};
        ld.param.u32 %r4, [block+4]; st.global.v2.u32 [%d0+24], {%r4, %r6};
        ret; }",
    );
    let output = rig.empty("out", 32);
    let block = [3_u32.to_le_bytes(), 4_u32.to_le_bytes()].concat();
    rig.run("k").block(1).wide(output).bytes(&block).clean();
    assert_eq!(rig.read_words(output, 8), [1, 2, 5, 7, 4, 3, 4, 5]);
    let variable = rig.program.symbol("variable").unwrap();
    assert_eq!(variable.bytes, 8);
    rig.memory
        .write(variable.address + 4, &9_u32.to_le_bytes())
        .unwrap();
    rig.run("k").block(1).wide(output).bytes(&block).clean();
    assert_eq!(rig.read_words(output, 4), [1, 2, 5, 9]);
    assert!(rig.program.symbol("shared").is_none());
}

#[test]
fn lanes_have_their_own_local_memory() {
    let text = ".reg .b32 %sum; {.local .align 8 .b8 own[16]; .reg .b64 %p;
        st.local.u32 [own], %ra; st.local.u64 [own+8], %a; mov.u64 %p, own;
        ld.local.u64 %x, [%p+8]; ld.local.u32 %rx, [own]; }";
    let rows: Vec<[u64; 4]> = (0..200).map(|i| [(i << 32) | (i * i), 0, 0, 0]).collect();
    for (row, found) in rows.iter().zip(evaluate(text, &rows)) {
        assert_eq!(found.wide[0], row[0]);
        assert_eq!(found.narrow[0], row[0] as u32);
    }
}

/// Every thread of two blocks does an atomic on one word; the last state is known.
#[test]
fn atomics() {
    let threads = 96_u64;
    let all = 2 * threads;
    // Operation with its type, the word before, the operand, the word after.
    let cases: [(&str, u64, &str, u64); 16] = [
        ("add.u32", 5, "%i", 5 + 2 * (threads - 1) * threads / 2),
        (
            "add.u64",
            u64::MAX,
            "%d",
            (2 * (threads - 1) * threads / 2) - 1,
        ),
        ("min.u32", 50, "%i", 0),
        ("min.s32", 50, "-7", 0xffff_fff9),
        ("max.u32", 50, "%i", threads - 1),
        ("max.s32", 0xffff_ff00, "%i", threads - 1),
        ("max.u64", 1 << 40, "%d", 1 << 40),
        ("min.s64", 0, "-3", -3_i64 as u64),
        ("inc.u32", 0, "99", all % 100),
        ("dec.u32", 3, "99", (3 + 200 - all) % 100),
        ("and.b32", 0xff, "0xf1", 0xf1),
        ("or.b32", 0x100, "%i", 0x17f),
        ("xor.b32", 0x55, "%i", 0x55),
        ("or.b64", 1 << 50, "%d", 1 << 50 | 0x7f),
        ("exch.b32", 1, "4", 4),
        ("cas.b32", 1, "1, 8", 8),
    ];
    for (operation, before, operand, after) in cases {
        for space in ["global", "shared"] {
            for result in ["red", "atom"] {
                let exchange = operation.starts_with("exch") || operation.starts_with("cas");
                if exchange && result == "red" {
                    continue;
                }
                let wide = operation.ends_with("64");
                let bits = if wide { 64 } else { 32 };
                let into = if result == "red" { "" } else { "%old, " };
                let place = if space == "shared" { "word" } else { "%out" };
                // Shared: each block on its own word, from the state the block before left.
                let (enter, leave) = if space == "shared" {
                    (
                        "setp.ne.u32 %p, %i, 0; @!%p ld.global.u64 %d1, [%out];
                        @!%p st.shared.u64 [word], %d1; bar.sync 0;",
                        "bar.sync 0; @!%p ld.shared.u64 %d1, [word]; @!%p st.global.u64 [%out], %d1;",
                    )
                } else {
                    ("", "")
                };
                let rig = Rig::new(&format!(
                    ".shared .align 8 .b8 word[8]; .visible .entry k(.param .u64 out) {{
                    .reg .b64 %out, %d, %d1; .reg .b32 %i; .reg .b{bits} %old; .reg .pred %p;
                    ld.param.u64 %out, [out]; mov.u32 %i, %tid.x; cvt.u64.u32 %d, %i; {enter}
                    {result}.{space}.{operation} {into}[{place}], {operand}; {leave} ret; }}"
                ));
                let output = rig.bytes("out", &before.to_le_bytes());
                let blocks = if space == "shared" { 1 } else { 2 };
                for _ in 0..2 / blocks {
                    let run = rig.run("k").grid(blocks).block(threads as u32);
                    run.wide(output).clean();
                }
                let mut found = [0; 8];
                rig.memory.read(output, &mut found).unwrap();
                let found = u64::from_le_bytes(found);
                assert_eq!(found, after, "{result}.{space}.{operation}");
            }
        }
    }
}

#[test]
fn atomics_give_what_was_there() {
    let rig = Rig::new(
        ".visible .entry k(.param .u64 counter, .param .u64 out) {
        .reg .b64 %c, %o; .reg .b32 %r, %i;
        ld.param.u64 %c, [counter]; ld.param.u64 %o, [out];
        atom.relaxed.gpu.global.add.u32 %r, [%c], 1;
        mad.wide.u32 %o, %r, 4, %o; mov.u32 %i, %tid.x; st.global.u32 [%o], %i; ret; }",
    );
    let counter = rig.words("counter", &[0]);
    let output = rig.empty("out", 4 * 256);
    rig.run("k")
        .grid(2)
        .block(128)
        .wide(counter)
        .wide(output)
        .clean();
    let mut found = rig.read_words(output, 256);
    found.sort_unstable();
    let expected: Vec<u32> = (0..256).map(|i| i / 2).collect();
    assert_eq!(found, expected);
}

#[test]
fn copies_of_the_host() {
    let memory = Memory::new(1 << 20);
    let a = memory.allocate(1000, "a").unwrap();
    let b = memory.allocate(77, "b").unwrap();
    assert_eq!((a % 256, b % 256), (0, 0));
    let bytes: Vec<u8> = (0..250).collect();
    for start in 0..5 {
        for length in [0, 1, 2, 3, 4, 5, 17] {
            memory.write(a + start, &bytes[..length]).unwrap();
            let mut back = vec![0; length];
            memory.read(a + start, &mut back).unwrap();
            assert_eq!(back, bytes[..length], "{length} bytes from {start}");
        }
    }
    memory.fill(a + 3, &[1, 2], 100).unwrap();
    memory.copy(b + 1, a + 3, 70).unwrap();
    let mut back = [0; 70];
    memory.read(b + 1, &mut back).unwrap();
    assert!(back.chunks(2).all(|pair| pair == [1, 2]));
    // An overlapping copy is as if through a buffer.
    memory.write(a, &bytes[..10]).unwrap();
    memory.copy(a + 2, a, 8).unwrap();
    let mut back = [0; 10];
    memory.read(a, &mut back).unwrap();
    assert_eq!(back, [0, 1, 0, 1, 2, 3, 4, 5, 6, 7]);
}

#[test]
fn what_is_initialised() {
    let memory = Memory::new(1 << 20);
    let a = memory.allocate(64, "a").unwrap();
    let b = memory.allocate(64, "b").unwrap();
    assert_eq!(memory.first_uninitialised(a, 64).unwrap(), Some(a));
    memory.write(a, &[1; 7]).unwrap();
    assert_eq!(memory.first_uninitialised(a, 7).unwrap(), None);
    assert_eq!(memory.first_uninitialised(a, 8).unwrap(), Some(a + 7));
    // A copy takes along what is missing.
    memory.fill(b, &[0], 64).unwrap();
    assert_eq!(memory.first_uninitialised(b, 64).unwrap(), None);
    memory.copy(b + 8, a, 16).unwrap();
    assert_eq!(memory.first_uninitialised(b, 64).unwrap(), Some(b + 15));
    assert_eq!(memory.first_uninitialised(b + 24, 40).unwrap(), None);
}

/// An allocation as a list of bytes, those that nothing has written missing.
struct Model {
    address: u64,
    bytes: Vec<Option<u8>>,
}

impl Model {
    fn new(memory: &Memory, bytes: usize) -> Self {
        let address = memory.allocate(bytes as u64, "model").unwrap();
        let bytes = vec![None; bytes];
        Self { address, bytes }
    }

    fn at(&self, offset: usize) -> u64 {
        self.address + offset as u64
    }

    fn check(&self, memory: &Memory) {
        let bytes = self.bytes.len();
        let mut found = vec![0; bytes];
        memory.read(self.address, &mut found).unwrap();
        for (found, expected) in found.iter().zip(&self.bytes) {
            assert!(expected.is_none_or(|expected| expected == *found));
        }
        for first in 0..bytes {
            for length in 0..=bytes - first {
                let missing = (first..first + length).find(|&at| self.bytes[at].is_none());
                assert_eq!(
                    memory
                        .first_uninitialised(self.at(first), length as u64)
                        .unwrap(),
                    missing.map(|at| self.at(at)),
                    "{length} bytes from {first}"
                );
            }
        }
    }
}

/// Ranges that begin and end anywhere in a word, and hold none, one or several whole ones.
#[test]
fn ranges_of_the_host() {
    const BYTES: usize = 19;
    let memory = Memory::new(1 << 24);
    for first in 0..8 {
        for length in 0..=BYTES - first {
            let mut a = Model::new(&memory, BYTES);
            let written: Vec<u8> = (1..=length as u8).collect();
            memory.write(a.at(first), &written).unwrap();
            for (at, byte) in written.iter().enumerate() {
                a.bytes[first + at] = Some(*byte);
            }
            a.check(&memory);
            let mut found = vec![0; length];
            memory.read(a.at(first), &mut found).unwrap();
            assert_eq!(found, written);
            // To every place in a word; with what is not written on either side, over what is.
            for to in 0..4 {
                let mut b = Model::new(&memory, BYTES);
                memory.fill(b.at(3), &[99], 8).unwrap();
                b.bytes[3..11].fill(Some(99));
                let copied = BYTES - first.max(to);
                memory.copy(b.at(to), a.at(first), copied as u64).unwrap();
                b.bytes[to..to + copied].clone_from_slice(&a.bytes[first..first + copied]);
                b.check(&memory);
            }
        }
    }
}

/// Ranges that overlap, longer than what is copied at a time, either way.
#[test]
fn long_copies_overlap() {
    const BYTES: usize = 200_001;
    let memory = Memory::new(1 << 24);
    let mut expected: Vec<u8> = (0..BYTES).map(|i| (i * i % 251) as u8).collect();
    let a = memory.allocate(BYTES as u64, "a").unwrap();
    memory.write(a, &expected).unwrap();
    for (to, from, bytes) in [
        (5, 0, BYTES - 5),
        (0, 3, BYTES - 3),
        (70_000, 1, 120_000),
        (2, 66_000, 134_001),
        (9, 9, 100_000),
    ] {
        memory
            .copy(a + to as u64, a + from as u64, bytes as u64)
            .unwrap();
        expected.copy_within(from..from + bytes, to);
        let mut found = vec![0; BYTES];
        memory.read(a, &mut found).unwrap();
        assert!(found == expected, "{bytes} bytes from {from} to {to}");
    }
    assert_eq!(memory.first_uninitialised(a, BYTES as u64).unwrap(), None);
    // What is not written is not written there either, in whatever part it is.
    let b = memory.allocate(BYTES as u64, "b").unwrap();
    memory.fill(b, &[1], 150_000).unwrap();
    memory.copy(a, b, BYTES as u64).unwrap();
    let missing = memory.first_uninitialised(a, BYTES as u64).unwrap();
    assert_eq!(missing, Some(a + 150_000));
}

#[test]
fn faults_of_the_host() {
    let memory = Memory::new(1 << 10);
    let a = memory.allocate(100, "a").unwrap();
    let error = memory.allocate(1000, "b").unwrap_err();
    assert_eq!(
        (error.requested, error.free, error.capacity),
        (1000, 924, 1024)
    );
    let kind =
        |result: Result<(), halo2_offload_cuda_emulator::machine::Fault>| result.unwrap_err().kind;
    assert_eq!(kind(memory.write(a + 99, &[0, 0])), FaultKind::OutOfBounds);
    assert_eq!(kind(memory.read(a - 1, &mut [0])), FaultKind::OutOfBounds);
    assert_eq!(kind(memory.fill(0, &[0], 1)), FaultKind::OutOfBounds);
    assert_eq!(
        kind(memory.fill(a, &[0, 0, 0, 0], u64::MAX)),
        FaultKind::OutOfBounds
    );
    assert_eq!(kind(memory.free(a + 4)), FaultKind::InvalidFree);
    assert_eq!(kind(memory.free(12)), FaultKind::InvalidFree);
    assert_eq!(memory.live().len(), 1);
    memory.free(a).unwrap();
    assert_eq!(memory.used(), 0);
    assert_eq!(kind(memory.free(a)), FaultKind::InvalidFree);
    assert_eq!(kind(memory.write(a, &[0])), FaultKind::UseAfterFree);
    assert!(memory.find(a).is_none());
    // Its address is never given again.
    assert_ne!(memory.allocate(100, "c").unwrap(), a);
}

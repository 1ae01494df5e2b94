//! Branches apart and together, loops, jumps by a table, calls, barriers.

use crate::rig::{evaluate, Rig};

#[test]
fn lanes_part_and_meet() {
    // Nested branches; the shuffle at the end sees all lanes together again.
    let text = "@%pa bra ODD; add.u32 %rx, %ra, 100; bra JOIN;
        ODD: setp.gt.u32 %py, %ra, 16; @%py bra BIG; mov.u32 %rx, 1; bra INNER; BIG: mov.u32 %rx, 2;
        INNER: add.u32 %rx, %rx, 10;
        JOIN: activemask.b32 %ry;";
    let rows: Vec<[u64; 4]> = (0..64).map(|i| [i, 0, 0, 0]).collect();
    for (row, found) in rows.iter().zip(evaluate(text, &rows)) {
        let a = row[0] as u32;
        let expected = match (a % 2 == 1, a > 16) {
            (false, _) => a + 100,
            (true, false) => 11,
            (true, true) => 12,
        };
        assert_eq!(found.narrow, [expected, u32::MAX], "{a}");
    }
}

#[test]
fn loops_of_different_lengths() {
    // Collatz steps: every lane leaves the loop at its own time.
    let text = ".reg .b32 %half; .reg .pred %done, %odd;
        LOOP: setp.le.u32 %done, %ra, 1; @%done bra END; add.u32 %rx, %rx, 1;
        and.b32 %half, %ra, 1; setp.eq.u32 %odd, %half, 1; @%odd bra ODD;
        shr.u32 %ra, %ra, 1; bra.uni LOOP;
        ODD: mad.lo.u32 %ra, %ra, 3, 1; bra.uni LOOP;
        END: activemask.b32 %ry;";
    let rows: Vec<[u64; 4]> = (0..128).map(|i| [i, 0, 0, 0]).collect();
    for (row, found) in rows.iter().zip(evaluate(text, &rows)) {
        let (mut a, mut steps) = (row[0], 0);
        while a > 1 {
            a = if a % 2 == 1 { 3 * a + 1 } else { a / 2 };
            steps += 1;
        }
        assert_eq!(found.narrow, [steps, u32::MAX], "{row:?}");
    }
}

#[test]
fn branches_back_to_before_the_join() {
    // The code of the `else` branch lies after the join.
    let text = "@%pa bra ELSE; mov.u32 %rx, 1; JOIN: activemask.b32 %ry; bra END;
        ELSE: mov.u32 %rx, 2; bra JOIN; END: add.u32 %rx, %rx, 0;";
    let rows: Vec<[u64; 4]> = (0..32).map(|i| [i, 0, 0, 0]).collect();
    for (row, found) in rows.iter().zip(evaluate(text, &rows)) {
        assert_eq!(found.narrow[0], 1 + row[0] as u32 % 2);
    }
}

#[test]
fn jumps_by_a_table() {
    let text = "TABLE: .branchtargets A, B, C; .reg .b32 %n; rem.u32 %n, %ra, 3; brx.idx %n, TABLE;
        A: mov.u32 %rx, 10; bra JOIN; B: mov.u32 %rx, 11; C: add.u32 %rx, %rx, 20;
        JOIN: activemask.b32 %ry;";
    let rows: Vec<[u64; 4]> = (0..64).map(|i| [i, 0, 0, 0]).collect();
    for (row, found) in rows.iter().zip(evaluate(text, &rows)) {
        assert_eq!(found.narrow, [[10, 31, 20][row[0] as usize % 3], u32::MAX]);
    }
}

#[test]
fn labels_of_blocks() {
    // The same block twice, as a compiler writes inline assembly twice.
    let block = "{ .reg .b32 t; .reg .pred q; mov.u32 t, %rx; setp.lt.u32 q, t, 5; @q bra SKIP;
        add.u32 %rx, %rx, 100; SKIP: add.u32 %rx, %rx, 1; }";
    let text = format!("mov.u32 %rx, %ra; {block} {block}");
    let rows: Vec<[u64; 4]> = (0..9).map(|i| [i, 0, 0, 0]).collect();
    let step = |v: u32| if v < 5 { v + 1 } else { v + 101 };
    for (row, found) in rows.iter().zip(evaluate(&text, &rows)) {
        assert_eq!(found.narrow[0], step(step(row[0] as u32)));
    }
}

const CALLS: &str = "
.func (.param .align 8 .b8 result[16]) twice(.param .b32 x, .param .align 8 .b8 y[8]) {
    .reg .b32 %r<3>; .reg .b64 %d<3>; .reg .pred %p;
    ld.param.u32 %r0, [x]; ld.param.u64 %d0, [y];
    shl.b64 %d0, %d0, 1; st.param.b64 [result+8], %d0;
    setp.gt.u32 %p, %r0, 20; @%p bra BIG;
    shl.b32 %r0, %r0, 1; st.param.b32 [result], %r0; st.param.b32 [result+4], 1; ret;
    BIG: st.param.v2.b32 [result], {%r0, 2}; ret;
}
.func outer(.param .b64 at, .param .b32 x) {
    .reg .b32 %r<3>; .reg .b64 %d<3>;
    ld.param.u64 %d0, [at]; ld.param.u32 %r0, [x]; cvt.u64.u32 %d1, %r0;
    { .param .b32 a; .param .align 8 .b8 b[8]; .param .align 8 .b8 c[16];
      st.param.b32 [a+0], %r0; st.param.b64 [b+0], %d1;
      call.uni (c), twice, (a, b);
      ld.param.v2.b32 {%r1, %r2}, [c+0]; ld.param.b64 %d2, [c+8]; }
    st.global.v2.u32 [%d0], {%r1, %r2}; st.global.u64 [%d0+8], %d2; ret;
}
.visible .entry k(.param .u64 out) {
    .reg .b64 %d<3>; .reg .b32 %r<4>; .reg .pred %p;
    ld.param.u64 %d0, [out]; mov.u32 %r0, %tid.x; mul.wide.u32 %d1, %r0, 16; add.u64 %d0, %d0, %d1;
    and.b32 %r1, %r0, 3; setp.eq.u32 %p, %r1, 3; @%p bra END;
    { .param .b64 a; .param .b32 b; st.param.b64 [a], %d0; st.param.b32 [b], %r0;
      call outer, (a, b); }
    END: activemask.b32 %r3; @%p st.global.v4.u32 [%d0], {%r3, %r3, %r3, %r3}; ret;
}";

#[test]
fn functions() {
    let rig = Rig::new(CALLS);
    let output = rig.empty("out", 16 * 32);
    rig.run("k").wide(output).clean();
    let found = rig.read_words(output, 128);
    for (i, words) in found.chunks(4).enumerate() {
        let i = i as u32;
        let expected = match i {
            _ if i % 4 == 3 => [u32::MAX; 4],
            0..=20 => [2 * i, 1, 2 * i, 0],
            _ => [i, 2, 2 * i, 0],
        };
        assert_eq!(words, expected, "thread {i}");
    }
}

#[test]
fn where_a_thread_is() {
    let rig = Rig::new(
        ".visible .entry k(.param .u64 out) {
        .reg .b64 %o; .reg .b32 %t<3>, %n<3>, %b<3>, %g<3>, %l, %w, %i, %j, %s;
        mov.u32 %t0, %tid.x; mov.u32 %t1, %tid.y; mov.u32 %t2, %tid.z;
        mov.u32 %n0, %ntid.x; mov.u32 %n1, %ntid.y; mov.u32 %n2, %ntid.z;
        mov.u32 %b0, %ctaid.x; mov.u32 %b1, %ctaid.y; mov.u32 %b2, %ctaid.z;
        mov.u32 %g0, %nctaid.x; mov.u32 %g1, %nctaid.y; mov.u32 %g2, %nctaid.z;
        mov.u32 %l, %laneid; mov.u32 %w, %warpid; mov.u32 %s, %lanemask_lt;
        mad.lo.u32 %i, %b2, %g1, %b1; mad.lo.u32 %i, %i, %g0, %b0;
        mad.lo.u32 %j, %t2, %n1, %t1; mad.lo.u32 %j, %j, %n0, %t0;
        mul.lo.u32 %n0, %n0, %n1; mul.lo.u32 %n0, %n0, %n2; mad.lo.u32 %i, %i, %n0, %j;
        ld.param.u64 %o, [out]; mad.wide.u32 %o, %i, 16, %o;
        mad.lo.u32 %w, %w, 32, %l; st.global.v4.u32 [%o], {%i, %j, %w, %s}; ret; }",
    );
    let (grid, block) = ([3, 2, 2], [5, 3, 4]);
    let count = 12 * 60;
    let output = rig.empty("out", 16 * count as u64);
    let stats = rig.run("k").shape(grid, block).wide(output).clean();
    assert_eq!((stats.blocks, stats.warps), (12, 24));
    let found = rig.read_words(output, 4 * count);
    for (i, words) in found.chunks(4).enumerate() {
        let (i, j) = (i as u32, i as u32 % 60);
        assert_eq!(words, [i, j, j, (1 << (j % 32)) - 1]);
    }
}

#[test]
fn barriers_order_shared_memory() {
    // Reverses a block through shared memory, twice, with blocks of every fill of the last warp.
    let rig = Rig::new(
        ".shared .align 4 .b8 s[4096]; .visible .entry k(.param .u64 out) {
        .reg .b64 %o, %a, %b; .reg .b32 %i, %n, %v, %r;
        mov.u32 %i, %tid.x; mov.u32 %n, %ntid.x; mov.u64 %a, s; mad.wide.u32 %b, %i, 4, %a;
        mul.lo.u32 %v, %i, %i; st.shared.u32 [%b], %v; bar.sync 0;
        sub.u32 %r, %n, %i; sub.u32 %r, %r, 1; mad.wide.u32 %a, %r, 4, %a;
        ld.shared.u32 %v, [%a]; barrier.sync 0; st.shared.u32 [%b], %v; bar.sync 0;
        ld.shared.u32 %v, [%b]; ld.param.u64 %o, [out]; mad.wide.u32 %o, %i, 4, %o;
        st.global.u32 [%o], %v; ret; }",
    );
    for threads in [1, 31, 32, 33, 100, 1024] {
        let output = rig.empty("out", 4 * u64::from(threads));
        rig.run("k").block(threads).wide(output).clean();
        let found = rig.read_words(output, threads as usize);
        let expected: Vec<u32> = (0..threads).rev().map(|i| i * i).collect();
        assert_eq!(found, expected);
    }
}

#[test]
fn barriers_of_some_warps() {
    // Warps 0 and 1 meet at barrier 1, warps 2 and 3 at barrier 2; the first pair's sum reaches
    // the second by an arrival at barrier 3.
    let rig = Rig::new(
        ".shared .align 4 .b8 s[512]; .shared .align 4 .b8 t[4]; .visible .entry k(.param .u64 out) {
        .reg .b64 %o, %a, %b; .reg .b32 %i, %v, %w, %id; .reg .pred %p, %q;
        mov.u32 %i, %tid.x; mov.u64 %a, s; mad.wide.u32 %b, %i, 4, %a; st.shared.u32 [%b], %i;
        shr.u32 %id, %i, 6; add.u32 %id, %id, 1; bar.sync %id, 64;
        xor.b32 %v, %i, 32; mad.wide.u32 %b, %v, 4, %a; ld.shared.u32 %v, [%b];
        setp.eq.u32 %p, %id, 1; setp.eq.u32 %q, %i, 0;
        @%q st.shared.u32 [t], 1000; @%p bar.arrive 3, 128; @!%p bar.sync 3, 128;
        mov.u32 %w, 0; @!%p ld.shared.u32 %w, [t]; add.u32 %v, %v, %w;
        ld.param.u64 %o, [out]; mad.wide.u32 %o, %i, 4, %o; st.global.u32 [%o], %v; ret; }",
    );
    let output = rig.empty("out", 512);
    rig.run("k").block(128).wide(output).clean();
    let expected: Vec<u32> = (0..128_u32)
        .map(|i| (i ^ 32) + if i < 64 { 0 } else { 1000 })
        .collect();
    assert_eq!(rig.read_words(output, 128), expected);
}

#[test]
fn barriers_that_reduce() {
    let rig = Rig::new(
        ".visible .entry k(.param .u64 out) {
        .reg .b64 %o; .reg .b32 %i, %c, %x, %y; .reg .pred %p, %all, %any;
        mov.u32 %i, %tid.x; setp.lt.u32 %p, %i, 37; bar.red.popc.u32 %c, 0, %p;
        barrier.red.and.pred %all, 0, %p; bar.red.or.pred %any, 0, !%p;
        selp.u32 %x, 1, 0, %all; selp.u32 %y, 1, 0, %any;
        ld.param.u64 %o, [out]; mad.wide.u32 %o, %i, 16, %o;
        st.global.v4.u32 [%o], {%c, %x, %y, %i}; ret; }",
    );
    let output = rig.empty("out", 16 * 96);
    for (threads, all, any) in [(96, 0, 1), (37, 1, 0)] {
        rig.run("k").block(threads).wide(output).clean();
        let found = rig.read_words(output, 4 * threads as usize);
        for (i, words) in found.chunks(4).enumerate() {
            assert_eq!(words, [37, all, any, i as u32]);
        }
    }
}

#[test]
fn a_warp_that_waits_for_another() {
    // Warp 0 spins until the last warp has set a flag, with volatile accesses.
    let rig = Rig::new(
        ".shared .align 4 .b8 flag[4]; .visible .entry k(.param .u64 out) {
        .reg .b64 %o; .reg .b32 %i, %v; .reg .pred %p;
        mov.u32 %i, %tid.x; setp.eq.u32 %p, %i, 0; @%p st.shared.u32 [flag], 0; bar.sync 0;
        setp.eq.u32 %p, %i, 96; @%p st.volatile.shared.u32 [flag], 1;
        setp.ge.u32 %p, %i, 32; @%p ret;
        SPIN: ld.volatile.shared.u32 %v, [flag]; setp.eq.u32 %p, %v, 0; @%p bra SPIN;
        ld.param.u64 %o, [out]; mad.wide.u32 %o, %i, 4, %o; st.global.u32 [%o], %v; ret; }",
    );
    let output = rig.empty("out", 128);
    rig.run("k").block(128).wide(output).clean();
    assert_eq!(rig.read_words(output, 32), [1; 32]);
}

#[test]
fn a_lane_that_waits_for_another() {
    // Lanes take a lock one after the other.
    let rig = Rig::new(
        ".visible .entry k(.param .u64 lock) {
        .reg .b64 %l; .reg .b32 %old, %v; .reg .pred %p;
        ld.param.u64 %l, [lock];
        SPIN: atom.global.cas.b32 %old, [%l], 0, 1; setp.ne.u32 %p, %old, 0; @%p bra SPIN;
        ld.volatile.global.u32 %v, [%l+4]; add.u32 %v, %v, 1; st.volatile.global.u32 [%l+4], %v;
        membar.gl; atom.global.exch.b32 %old, [%l], 0; ret; }",
    );
    let lock = rig.words("lock", &[0, 0]);
    rig.run("k").grid(3).block(64).wide(lock).clean();
    assert_eq!(rig.read_words(lock, 2), [0, 192]);
}

#[test]
fn results_do_not_depend_on_the_number_of_workers() {
    let mut rig = Rig::new(CALLS);
    let mut results = Vec::new();
    for workers in [1, 2, 7] {
        rig.options.workers = Some(workers);
        let output = rig.empty("out", 16 * 32);
        let stats = rig.run("k").wide(output).clean();
        results.push((rig.read_words(output, 128), stats));
    }
    assert!(results.iter().all(|result| *result == results[0]));
}

//! Shuffles, votes, matches and reductions.

use crate::rig::{evaluate, Results};

/// Two warps of lanes, each with its number in `%a` and another value in `%b`.
fn lanes(instructions: &str, value: impl Fn(u64) -> u64) -> Vec<(u32, Results)> {
    let rows: Vec<[u64; 4]> = (0..64).map(|i| [i, value(i), 0, 0]).collect();
    let found = evaluate(instructions, &rows);
    found
        .into_iter()
        .enumerate()
        .map(|(i, f)| (i as u32, f))
        .collect()
}

#[test]
fn shuffles() {
    // Mode, distance, clamp and segments of the mask operand, source lane.
    type Source = fn(u32) -> Option<u32>;
    let cases: [(&str, u32, u32, Source); 9] = [
        ("idx", 5, 0x1f, |_| Some(5)),
        ("idx", 5, 0x181f, |lane| Some((lane & 24) | 5)),
        ("up", 1, 0, |lane| lane.checked_sub(1)),
        ("up", 3, 0x1800, |lane| (lane % 8 >= 3).then(|| lane - 3)),
        ("down", 1, 0x1f, |lane| (lane < 31).then_some(lane + 1)),
        ("down", 2, 0x1c1f, |lane| (lane % 4 < 2).then_some(lane + 2)),
        ("bfly", 1, 0x1f, |lane| Some(lane ^ 1)),
        ("bfly", 16, 0x1f, |lane| Some(lane ^ 16)),
        ("bfly", 4, 0x181f, |lane| Some(lane ^ 4)),
    ];
    for (mode, distance, mask, source) in cases {
        let text = format!("shfl.sync.{mode}.b32 %rx|%px, %rb, {distance}, {mask}, -1;");
        for (i, found) in lanes(&text, |i| 1000 + i) {
            let lane = i % 32;
            let from = source(lane).unwrap_or(lane);
            assert_eq!(
                found.narrow[0],
                1000 + (i & !31) + from,
                "{text} lane {lane}"
            );
            assert_eq!(
                found.predicates[0],
                source(lane).is_some(),
                "{text} lane {lane}"
            );
        }
    }
}

#[test]
fn a_reduction_by_shuffles() {
    let mut text = String::from("mov.u32 %rx, %rb;");
    for distance in [16, 8, 4, 2, 1] {
        text += &format!(
            "shfl.sync.down.b32 %ry, %rx, {distance}, 0x1f, 0xffffffff; add.u32 %rx, %rx, %ry;"
        );
    }
    let found = lanes(&text, |i| i * i);
    assert_eq!(found[0].1.narrow[0], (0..32).map(|i| i * i).sum::<u32>());
    assert_eq!(found[32].1.narrow[0], (32..64).map(|i| i * i).sum::<u32>());
}

#[test]
fn votes() {
    let text = "setp.lt.u32 %pa, %ra, 40; vote.sync.ballot.b32 %rx, %pa, -1;
        vote.sync.all.pred %px, %pa, -1; vote.sync.any.pred %py, !%pa, -1;";
    for (i, found) in lanes(text, |_| 0) {
        let first = i < 32;
        assert_eq!(found.narrow[0], if first { u32::MAX } else { 0xff });
        assert_eq!(found.predicates, [first, !first]);
    }
    let text = "setp.lt.u32 %pa, %ra, 40; vote.sync.uni.pred %px, %pa, -1;
        vote.sync.any.pred %py, %pa, -1; activemask.b32 %ry;";
    for (i, found) in lanes(text, |_| 0) {
        assert_eq!(found.predicates, [i < 32, true]);
        assert_eq!(found.narrow[1], u32::MAX);
    }
}

#[test]
fn matches() {
    let text = "match.any.sync.b32 %rx, %rb, -1; match.all.sync.b32 %ry|%px, %rb, -1;
        cvt.u64.u32 %x, %rx; match.any.sync.b64 %rx, %b, -1;";
    let value = |i: u64| if i < 32 { 7 } else { i % 3 };
    for (i, found) in lanes(text, value) {
        let warp = u64::from(i & !31);
        let same = (0..32)
            .filter(|lane| value(warp + lane) == value(i.into()))
            .fold(0_u32, |mask, lane| mask | 1 << lane);
        assert_eq!(found.narrow[0], same);
        assert_eq!(found.wide[0], u64::from(same));
        assert_eq!(found.narrow[1], if i < 32 { u32::MAX } else { 0 });
        assert_eq!(found.predicates[0], i < 32);
    }
}

#[test]
fn reductions() {
    let value = |i: u64| if i % 2 == 0 { i } else { 0xffff_ff00 + i };
    type Join = fn(u32, u32) -> u32;
    let cases: [(&str, Join); 7] = [
        ("add.u32", u32::wrapping_add),
        ("min.u32", u32::min),
        ("max.u32", u32::max),
        ("min.s32", |a, b| (a as i32).min(b as i32) as u32),
        ("max.s32", |a, b| (a as i32).max(b as i32) as u32),
        ("and.b32", |a, b| a & b),
        ("xor.b32", |a, b| a ^ b),
    ];
    for (operation, join) in cases {
        let text = format!("redux.sync.{operation} %rx, %rb, -1;");
        for (i, found) in lanes(&text, value) {
            let warp = u64::from(i & !31);
            let all = (warp..warp + 32).map(|i| value(i) as u32).reduce(join);
            assert_eq!(Some(found.narrow[0]), all, "{operation}");
        }
    }
}

#[test]
fn groups_within_a_warp() {
    // Even and odd lanes part, and shuffle among themselves.
    let text = "@%pa bra ODD; shfl.sync.idx.b32 %rx, %ra, 2, 0x1f, 0x55555555;
        vote.sync.ballot.b32 %ry, %px, 0x55555555; bra JOIN;
        ODD: shfl.sync.idx.b32 %rx, %ra, 3, 0x1f, 0xaaaaaaaa; JOIN: bar.warp.sync -1;";
    for (i, found) in lanes(text, |_| 0) {
        let warp = i & !31;
        assert_eq!(found.narrow[0], warp + 2 + i % 2);
    }
    // One instruction, two groups.
    let text = "selp.u32 %ry, 0xffff0000, 0x0000ffff, %pb; vote.sync.ballot.b32 %rx, %pa, %ry;";
    for (i, found) in lanes(text, |i| i % 32 / 16) {
        let half = if i % 32 < 16 { 0xffff } else { 0xffff_0000 };
        assert_eq!(found.narrow[0], 0xaaaa_aaaa & half);
    }
}

#[test]
fn lanes_that_come_late() {
    // Odd lanes loop for a while before they reach the shuffle that all name.
    let text = "@!%pa bra SHUFFLE; mov.u32 %ry, 50;
        LOOP: sub.u32 %ry, %ry, 1; setp.ne.u32 %py, %ry, 0; @%py bra LOOP;
        SHUFFLE: shfl.sync.bfly.b32 %rx, %ra, 1, 0x1f, -1;";
    for (i, found) in lanes(text, |_| 0) {
        assert_eq!(found.narrow[0], i ^ 1);
    }
}

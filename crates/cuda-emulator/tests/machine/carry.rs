//! Carry chains: every instruction that reads or writes the flag, at the edges, with the flag set
//! and not set, and what it leaves in the flag.

use crate::rig::{evaluate, EDGES_32, EDGES_64};

/// Sets the flag to whether `%pe` holds, as an addition does.
const SET_FLAG: &str = "selp.u32 %ry, 0xffffffff, 0, %pe; add.cc.u32 %ry, %ry, 1;";
/// Puts the flag into `%ry` and `%y`.
const GET_FLAG: &str = "addc.u32 %ry, 0, 0; cvt.u64.u32 %y, %ry;";

/// Rows of edge values, with the flag in the last column.
fn rows(edges: &[u64], operands: usize) -> Vec<[u64; 4]> {
    let n = edges.len();
    (0..n.pow(operands as u32) * 2)
        .map(|i| {
            let mut row = [0; 4];
            row[3] = (i % 2) as u64;
            let mut rest = i / 2;
            for value in &mut row[..operands] {
                *value = edges[rest % n];
                rest /= n;
            }
            row
        })
        .collect()
}

/// Checks `instruction` for 32 bits: the value modulo 2^32, and the flag after it. `expected`
/// gives the whole sum, negative for a borrow.
fn check_32(instruction: &str, operands: usize, expected: impl Fn(i128, i128, i128, i128) -> i128) {
    let rows = rows(&EDGES_32.map(u64::from), operands);
    let text = format!("{SET_FLAG} {instruction} {GET_FLAG}");
    for (row, found) in rows.iter().zip(evaluate(&text, &rows)) {
        let [a, b, c, flag] = row.map(i128::from);
        let sum = expected(a, b, c, flag);
        assert_eq!(found.narrow[0], sum as u32, "{instruction} {row:x?}");
        let after = if instruction.contains(".cc") {
            u32::from(sum < 0 || sum >> 32 != 0)
        } else {
            flag as u32
        };
        assert_eq!(found.narrow[1], after, "flag of {instruction} {row:x?}");
    }
}

fn check_64(instruction: &str, operands: usize, expected: impl Fn(i128, i128, i128, i128) -> i128) {
    let rows = rows(&EDGES_64, operands);
    let text = format!("{SET_FLAG} {instruction} {GET_FLAG}");
    for (row, found) in rows.iter().zip(evaluate(&text, &rows)) {
        let [a, b, c, flag] = row.map(i128::from);
        let sum = expected(a, b, c, flag);
        assert_eq!(found.wide[0], sum as u64, "{instruction} {row:x?}");
        let after = if instruction.contains(".cc") {
            u64::from(sum < 0 || sum >> 64 != 0)
        } else {
            flag as u64
        };
        assert_eq!(found.wide[1], after, "flag of {instruction} {row:x?}");
    }
}

#[test]
fn additions() {
    for ty in ["u32", "s32"] {
        check_32(&format!("add.cc.{ty} %rx, %ra, %rb;"), 2, |a, b, _, _| {
            a + b
        });
        check_32(&format!("addc.{ty} %rx, %ra, %rb;"), 2, |a, b, _, f| {
            a + b + f
        });
        check_32(&format!("addc.cc.{ty} %rx, %ra, %rb;"), 2, |a, b, _, f| {
            a + b + f
        });
    }
    check_64("add.cc.u64 %x, %a, %b;", 2, |a, b, _, _| a + b);
    check_64("addc.u64 %x, %a, %b;", 2, |a, b, _, f| a + b + f);
    check_64("addc.cc.s64 %x, %a, %b;", 2, |a, b, _, f| a + b + f);
    // The plain addition leaves the flag alone.
    check_32("add.u32 %rx, %ra, %rb;", 2, |a, b, _, _| a + b);
}

#[test]
fn subtractions() {
    for ty in ["u32", "s32"] {
        check_32(&format!("sub.cc.{ty} %rx, %ra, %rb;"), 2, |a, b, _, _| {
            a - b
        });
        check_32(&format!("subc.{ty} %rx, %ra, %rb;"), 2, |a, b, _, f| {
            a - b - f
        });
        check_32(&format!("subc.cc.{ty} %rx, %ra, %rb;"), 2, |a, b, _, f| {
            a - b - f
        });
    }
    check_64("sub.cc.u64 %x, %a, %b;", 2, |a, b, _, _| a - b);
    check_64("subc.u64 %x, %a, %b;", 2, |a, b, _, f| a - b - f);
    check_64("subc.cc.u64 %x, %a, %b;", 2, |a, b, _, f| a - b - f);
}

#[test]
fn multiply_adds_32() {
    let low = |a: i128, b: i128| (a * b) & 0xffff_ffff;
    let high = |a: i128, b: i128| (a * b) >> 32;
    let signed_high = |a: i128, b: i128| {
        let product = i64::from(a as u32 as i32) * i64::from(b as u32 as i32);
        i128::from((product >> 32) as u32)
    };
    check_32("mad.lo.cc.u32 %rx, %ra, %rb, %rc;", 3, |a, b, c, _| {
        low(a, b) + c
    });
    check_32("mad.hi.cc.u32 %rx, %ra, %rb, %rc;", 3, |a, b, c, _| {
        high(a, b) + c
    });
    check_32("madc.lo.u32 %rx, %ra, %rb, %rc;", 3, |a, b, c, f| {
        low(a, b) + c + f
    });
    check_32("madc.lo.cc.u32 %rx, %ra, %rb, %rc;", 3, |a, b, c, f| {
        low(a, b) + c + f
    });
    check_32("madc.hi.u32 %rx, %ra, %rb, %rc;", 3, |a, b, c, f| {
        high(a, b) + c + f
    });
    check_32("madc.hi.cc.u32 %rx, %ra, %rb, %rc;", 3, |a, b, c, f| {
        high(a, b) + c + f
    });
    check_32("madc.hi.cc.s32 %rx, %ra, %rb, %rc;", 3, |a, b, c, f| {
        signed_high(a, b) + c + f
    });
    check_32("madc.lo.cc.s32 %rx, %ra, %rb, %rc;", 3, |a, b, c, f| {
        low(a, b) + c + f
    });
}

#[test]
fn multiply_adds_64() {
    let low = |a: i128, b: i128| i128::from((a as u64).wrapping_mul(b as u64));
    let high = |a: i128, b: i128| ((a as u128 * b as u128) >> 64) as i128;
    check_64("mad.lo.cc.u64 %x, %a, %b, %c;", 3, |a, b, c, _| {
        low(a, b) + c
    });
    check_64("madc.lo.cc.u64 %x, %a, %b, %c;", 3, |a, b, c, f| {
        low(a, b) + c + f
    });
    check_64("mad.hi.cc.u64 %x, %a, %b, %c;", 3, |a, b, c, _| {
        high(a, b) + c
    });
    check_64("madc.hi.u64 %x, %a, %b, %c;", 3, |a, b, c, f| {
        high(a, b) + c + f
    });
    check_64("madc.hi.cc.u64 %x, %a, %b, %c;", 3, |a, b, c, f| {
        high(a, b) + c + f
    });
}

#[test]
fn a_chain_over_limbs() {
    // (2^128 - 1) + 1 carries through every limb; so does 0 - 1 borrow.
    let add = "add.cc.u32 %rx, 0xffffffff, %ra; addc.cc.u32 %rx, 0xffffffff, 0;
        addc.cc.u32 %rx, 0xffffffff, 0; addc.cc.u32 %rx, 0xffffffff, 0; addc.u32 %ry, 0, 0;";
    let found = evaluate(add, &[[1, 0, 0, 0], [0; 4]]);
    assert_eq!(found[0].narrow, [0, 1]);
    assert_eq!(found[1].narrow, [0xffff_ffff, 0]);
    let sub = "sub.cc.u32 %rx, 0, %ra; subc.cc.u32 %rx, 0, 0; subc.cc.u32 %rx, 0, 0;
        subc.u32 %ry, 0, 0;";
    let found = evaluate(sub, &[[1, 0, 0, 0], [0; 4]]);
    assert_eq!(found[0].narrow, [0xffff_ffff, 0xffff_ffff]);
    assert_eq!(found[1].narrow, [0, 0]);
}

#[test]
fn lanes_keep_their_own_flags() {
    // Odd lanes branch off and disturb the flag; even lanes still have theirs.
    let text = "add.cc.u32 %ry, %ra, 0xffffffff; @!%pe bra JOIN; add.cc.u32 %ry, %rb, 0;
        JOIN: addc.u32 %rx, 0, 0;";
    let rows: Vec<[u64; 4]> = (0..64).map(|i| [i / 2 % 2, 5, 0, i % 2]).collect();
    for (row, found) in rows.iter().zip(evaluate(text, &rows)) {
        let expected = if row[3] == 1 { 0 } else { row[0] as u32 };
        assert_eq!(found.narrow[0], expected, "{row:?}");
    }
}

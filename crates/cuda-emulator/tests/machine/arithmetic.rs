//! Integer arithmetic at the edges, against arithmetic of twice the width.

use crate::rig::{check_16, check_32, check_64, evaluate, rows_32, rows_64};

#[test]
fn add_sub_32() {
    check_32("add.u32 %rx, %ra, %rb;", 2, |a, b, _| {
        (u64::from(a) + u64::from(b)) as u32
    });
    check_32("add.s32 %rx, %ra, -1;", 1, |a, _, _| {
        (i64::from(a) - 1) as u32
    });
    check_32("sub.s32 %rx, %ra, %rb;", 2, |a, b, _| {
        (i64::from(a) - i64::from(b)) as u32
    });
}

#[test]
fn products_32() {
    let signed = |a: u32, b: u32| i64::from(a as i32) * i64::from(b as i32);
    let unsigned = |a: u32, b: u32| u64::from(a) * u64::from(b);
    check_32("mul.lo.u32 %rx, %ra, %rb;", 2, |a, b, _| {
        unsigned(a, b) as u32
    });
    check_32("mul.lo.s32 %rx, %ra, %rb;", 2, |a, b, _| {
        signed(a, b) as u32
    });
    check_32("mul.hi.u32 %rx, %ra, %rb;", 2, |a, b, _| {
        (unsigned(a, b) >> 32) as u32
    });
    check_32("mul.hi.s32 %rx, %ra, %rb;", 2, |a, b, _| {
        (signed(a, b) >> 32) as u32
    });
    check_32("mad.lo.s32 %rx, %ra, %rb, %rc;", 3, |a, b, c| {
        unsigned(a, b).wrapping_add(c.into()) as u32
    });
    check_32("mad.hi.u32 %rx, %ra, %rb, %rc;", 3, |a, b, c| {
        ((unsigned(a, b) >> 32) + u64::from(c)) as u32
    });
    check_32("mad.hi.s32 %rx, %ra, %rb, %rc;", 3, |a, b, c| {
        ((signed(a, b) >> 32) as u32).wrapping_add(c)
    });
}

#[test]
fn wide_products() {
    let rows = rows_32(2);
    let text = "mul.wide.u32 %x, %ra, %rb; mul.wide.s32 %y, %ra, %rb;";
    for (row, found) in rows.iter().zip(evaluate(text, &rows)) {
        let [a, b, ..] = *row;
        assert_eq!(found.wide[0], a * b);
        let signed = i64::from(a as i32) * i64::from(b as i32);
        assert_eq!(found.wide[1], signed as u64);
    }
    let text = "mad.wide.u32 %x, %ra, %rb, %a; mad.wide.s32 %y, %ra, %rb, %e;";
    for (row, found) in rows.iter().zip(evaluate(text, &rows)) {
        let [a, b, ..] = *row;
        assert_eq!(found.wide[0], a.wrapping_mul(b).wrapping_add(a));
        let signed = i64::from(a as i32) * i64::from(b as i32);
        assert_eq!(found.wide[1], signed as u64);
    }
    check_32("mul.wide.u16 %rx, %ha, %hb;", 2, |a, b, _| {
        (a & 0xffff) * (b & 0xffff)
    });
    check_32("mul.wide.s16 %rx, %ha, %hb;", 2, |a, b, _| {
        (i32::from(a as i16) * i32::from(b as i16)) as u32
    });
    check_32("mad.wide.s16 %rx, %ha, %hb, %rc;", 3, |a, b, c| {
        (i32::from(a as i16) * i32::from(b as i16)).wrapping_add(c as i32) as u32
    });
}

#[test]
fn division_32() {
    check_32(
        "max.u32 %ry, %rb, 1; div.u32 %rx, %ra, %ry;",
        2,
        |a, b, _| a / b.max(1),
    );
    check_32(
        "max.u32 %ry, %rb, 1; rem.u32 %rx, %ra, %ry;",
        2,
        |a, b, _| a % b.max(1),
    );
    check_32(
        "or.b32 %ry, %rb, 1; div.s32 %rx, %ra, %ry;",
        2,
        |a, b, _| (i64::from(a as i32) / i64::from((b | 1) as i32)) as u32,
    );
    check_32(
        "or.b32 %ry, %rb, 1; rem.s32 %rx, %ra, %ry;",
        2,
        |a, b, _| (i64::from(a as i32) % i64::from((b | 1) as i32)) as u32,
    );
}

#[test]
fn minimum_maximum() {
    check_32("min.u32 %rx, %ra, %rb;", 2, |a, b, _| a.min(b));
    check_32("max.u32 %rx, %ra, %rb;", 2, |a, b, _| a.max(b));
    check_32("min.s32 %rx, %ra, %rb;", 2, |a, b, _| {
        (a as i32).min(b as i32) as u32
    });
    check_32("max.s32 %rx, %ra, %rb;", 2, |a, b, _| {
        (a as i32).max(b as i32) as u32
    });
    check_64("min.u64 %x, %a, %b;", 2, |a, b, _| a.min(b));
    check_64("max.s64 %x, %a, %b;", 2, |a, b, _| {
        (a as i64).max(b as i64) as u64
    });
    check_64("min.s64 %x, %a, %b;", 2, |a, b, _| {
        (a as i64).min(b as i64) as u64
    });
    check_64("max.u64 %x, %a, %b;", 2, |a, b, _| a.max(b));
}

#[test]
fn arithmetic_64() {
    check_64("add.u64 %x, %a, %b;", 2, |a, b, _| {
        (u128::from(a) + u128::from(b)) as u64
    });
    check_64("sub.s64 %x, %a, %b;", 2, |a, b, _| {
        (i128::from(a) - i128::from(b)) as u64
    });
    let unsigned = |a: u64, b: u64| u128::from(a) * u128::from(b);
    let signed = |a: u64, b: u64| i128::from(a as i64) * i128::from(b as i64);
    check_64("mul.lo.u64 %x, %a, %b;", 2, |a, b, _| unsigned(a, b) as u64);
    check_64("mul.hi.u64 %x, %a, %b;", 2, |a, b, _| {
        (unsigned(a, b) >> 64) as u64
    });
    check_64("mul.hi.s64 %x, %a, %b;", 2, |a, b, _| {
        (signed(a, b) >> 64) as u64
    });
    check_64("mad.lo.s64 %x, %a, %b, %c;", 3, |a, b, c| {
        unsigned(a, b).wrapping_add(c.into()) as u64
    });
    check_64("mad.hi.u64 %x, %a, %b, %c;", 3, |a, b, c| {
        ((unsigned(a, b) >> 64) + u128::from(c)) as u64
    });
    check_64("or.b64 %y, %b, 1; div.u64 %x, %a, %y;", 2, |a, b, _| {
        a / (b | 1)
    });
    check_64("or.b64 %y, %b, 1; rem.u64 %x, %a, %y;", 2, |a, b, _| {
        a % (b | 1)
    });
    check_64("or.b64 %y, %b, 1; div.s64 %x, %a, %y;", 2, |a, b, _| {
        (i128::from(a as i64) / i128::from((b | 1) as i64)) as u64
    });
    check_64("or.b64 %y, %b, 1; rem.s64 %x, %a, %y;", 2, |a, b, _| {
        (i128::from(a as i64) % i128::from((b | 1) as i64)) as u64
    });
}

#[test]
fn arithmetic_16() {
    let signed = |a: u16| i32::from(a as i16);
    check_16("add.s16 %hx, %ha, %hb;", 2, |a, b, _| {
        (u32::from(a) + u32::from(b)) as u16
    });
    check_16("sub.s16 %hx, %ha, %hb;", 2, |a, b, _| {
        (i32::from(a) - i32::from(b)) as u16
    });
    check_16("mul.lo.u16 %hx, %ha, %hb;", 2, |a, b, _| {
        (u32::from(a) * u32::from(b)) as u16
    });
    check_16("mul.hi.u16 %hx, %ha, %hb;", 2, |a, b, _| {
        ((u32::from(a) * u32::from(b)) >> 16) as u16
    });
    check_16("mul.hi.s16 %hx, %ha, %hb;", 2, |a, b, _| {
        ((signed(a) * signed(b)) >> 16) as u16
    });
    check_16("mad.lo.u16 %hx, %ha, %hb, %hc;", 3, |a, b, c| {
        (u32::from(a) * u32::from(b)).wrapping_add(c.into()) as u16
    });
    check_16("min.s16 %hx, %ha, %hb;", 2, |a, b, _| {
        (a as i16).min(b as i16) as u16
    });
    check_16("max.s16 %hx, %ha, %hb;", 2, |a, b, _| {
        (a as i16).max(b as i16) as u16
    });
    check_16(
        "shl.b16 %hx, %ha, %rb;",
        2,
        |a, b, _| if b < 16 { a << b } else { 0 },
    );
    check_16(
        "shr.u16 %hx, %ha, %rb;",
        2,
        |a, b, _| if b < 16 { a >> b } else { 0 },
    );
    check_16("shr.s16 %hx, %ha, %rb;", 2, |a, b, _| {
        ((a as i16) >> b.min(15)) as u16
    });
    check_16("not.b16 %hx, %ha;", 1, |a, _, _| !a);
    check_16("neg.s16 %hx, %ha;", 1, |a, _, _| a.wrapping_neg());
    check_16(
        "or.b16 %hx, %hb, 1; div.s16 %hx, %ha, %hx;",
        2,
        |a, b, _| (signed(a) / signed(b | 1)) as u16,
    );
}

#[test]
fn absolute_values() {
    check_32("abs.s32 %rx, %ra;", 1, |a, _, _| {
        i64::from(a as i32).unsigned_abs() as u32
    });
    check_32("neg.s32 %rx, %ra;", 1, |a, _, _| (-i64::from(a)) as u32);
    check_32("cnot.b32 %rx, %ra;", 1, |a, _, _| u32::from(a == 0));
    check_64("abs.s64 %x, %a;", 1, |a, _, _| {
        i128::from(a as i64).unsigned_abs() as u64
    });
    check_64("neg.s64 %x, %a;", 1, |a, _, _| (-i128::from(a)) as u64);
    check_32("sad.u32 %rx, %ra, %rb, %rc;", 3, |a, b, c| {
        (u64::from(a).abs_diff(b.into()) + u64::from(c)) as u32
    });
    check_32("sad.s32 %rx, %ra, %rb, %rc;", 3, |a, b, c| {
        (i64::from(a as i32).abs_diff((b as i32).into()) + u64::from(c)) as u32
    });
}

#[test]
fn comparisons() {
    type Holds = fn(i128, i128) -> bool;
    let comparisons: [(&str, Holds); 6] = [
        ("eq", |a, b| a == b),
        ("ne", |a, b| a != b),
        ("lt", |a, b| a < b),
        ("le", |a, b| a <= b),
        ("gt", |a, b| a > b),
        ("ge", |a, b| a >= b),
    ];
    let rows32 = rows_32(2);
    let rows64 = rows_64(2);
    for (name, holds) in comparisons {
        type Read = fn(u64) -> i128;
        let types: [(&str, &str, Read); 6] = [
            ("u16", "h", |v| (v as u16).into()),
            ("s16", "h", |v| (v as i16).into()),
            ("u32", "r", |v| (v as u32).into()),
            ("s32", "r", |v| (v as i32).into()),
            ("u64", "", |v| v.into()),
            ("s64", "", |v| (v as i64).into()),
        ];
        for (ty, prefix, read) in types {
            let rows = if prefix.is_empty() { &rows64 } else { &rows32 };
            let text = format!("setp.{name}.{ty} %px|%py, %{prefix}a, %{prefix}b;");
            for (row, found) in rows.iter().zip(evaluate(&text, rows)) {
                let expected = holds(read(row[0]), read(row[1]));
                assert_eq!(found.predicates, [expected, !expected], "{text} {row:x?}");
            }
        }
    }
    // The unsigned names compare unsigned whatever the type.
    let text = "setp.lo.s32 %px, %ra, %rb; setp.hs.s32 %py, %ra, %rb;";
    for (row, found) in rows32.iter().zip(evaluate(text, &rows32)) {
        assert_eq!(found.predicates, [row[0] < row[1], row[0] >= row[1]]);
    }
}

#[test]
fn comparisons_joined() {
    let rows = rows_32(3);
    for (logic, join) in [
        ("and", (|a, b| a & b) as fn(bool, bool) -> bool),
        ("or", |a, b| a | b),
        ("xor", |a, b| a ^ b),
    ] {
        for (other, odd) in [("%pc", true), ("!%pc", false)] {
            let text = format!("setp.lt.{logic}.u32 %px|%py, %ra, %rb, {other};");
            for (row, found) in rows.iter().zip(evaluate(&text, &rows)) {
                let less = row[0] < row[1];
                let other = (row[2] & 1 == 1) == odd;
                let expected = [join(less, other), join(!less, other)];
                assert_eq!(found.predicates, expected, "{text} {row:x?}");
            }
        }
    }
}

#[test]
fn predicates() {
    let rows = rows_32(2);
    let text = "and.pred %px, %pa, %pb; xor.pred %py, %pa, !%pb; selp.u32 %rx, 7, 9, %px;
        not.pred %px, %px; mov.pred %py, %py; or.pred %py, %py, %pa;";
    for (row, found) in rows.iter().zip(evaluate(text, &rows)) {
        let (a, b) = (row[0] & 1 == 1, row[1] & 1 == 1);
        assert_eq!(found.predicates, [!(a && b), (a == b) || a]);
        assert_eq!(found.narrow[0], if a && b { 7 } else { 9 });
    }
}

#[test]
fn guards() {
    let rows = rows_32(1);
    let text = "mov.u32 %rx, 1; @%pa mov.u32 %rx, 2; mov.u32 %ry, 5; @!%pa add.u32 %ry, %ry, 1;";
    for (row, found) in rows.iter().zip(evaluate(text, &rows)) {
        let odd = row[0] & 1 == 1;
        assert_eq!(found.narrow, if odd { [2, 5] } else { [1, 6] });
    }
}

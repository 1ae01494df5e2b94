//! Bits, bytes and fields.

use crate::rig::{check_32, check_64, evaluate, rows, EDGES_32};

#[test]
fn logic() {
    check_32("and.b32 %rx, %ra, %rb;", 2, |a, b, _| a & b);
    check_32("or.b32 %rx, %ra, %rb;", 2, |a, b, _| a | b);
    check_32("xor.b32 %rx, %ra, %rb;", 2, |a, b, _| a ^ b);
    check_32("not.b32 %rx, %ra;", 1, |a, _, _| !a);
    check_64("and.b64 %x, %a, %b;", 2, |a, b, _| a & b);
    check_64("or.b64 %x, %a, %b;", 2, |a, b, _| a | b);
    check_64("xor.b64 %x, %a, %b;", 2, |a, b, _| a ^ b);
    check_64("not.b64 %x, %a;", 1, |a, _, _| !a);
    check_32("lop3.b32 %rx, %ra, %rb, %rc, 0x96;", 3, |a, b, c| a ^ b ^ c);
    check_32("lop3.b32 %rx, %ra, %rb, %rc, 0xe8;", 3, |a, b, c| {
        a & b | b & c | a & c
    });
    check_32("lop3.b32 %rx, %ra, %rb, %rc, 0xca;", 3, |a, b, c| {
        a & b | !a & c
    });
    check_32("lop3.b32 %rx, %ra, %rb, %rc, 0x02;", 3, |a, b, c| {
        !a & !b & c
    });
}

#[test]
fn shifts() {
    check_32("shl.b32 %rx, %ra, %rb;", 2, |a, n, _| {
        a.checked_shl(n).unwrap_or(0)
    });
    check_32("shr.u32 %rx, %ra, %rb;", 2, |a, n, _| {
        a.checked_shr(n).unwrap_or(0)
    });
    check_32("shr.s32 %rx, %ra, %rb;", 2, |a, n, _| {
        ((a as i32) >> n.min(31)) as u32
    });
    check_64("shl.b64 %x, %a, %rb;", 2, |a, n, _| {
        a.checked_shl(n as u32).unwrap_or(0)
    });
    check_64("shr.u64 %x, %a, %rb;", 2, |a, n, _| {
        a.checked_shr(n as u32).unwrap_or(0)
    });
    check_64("shr.s64 %x, %a, %rb;", 2, |a, n, _| {
        ((a as i64) >> (n as u32).min(63)) as u64
    });
}

#[test]
fn funnel_shifts() {
    let both = |a: u32, b: u32| u64::from(b) << 32 | u64::from(a);
    check_32("shf.l.wrap.b32 %rx, %ra, %rb, %rc;", 3, |a, b, c| {
        ((both(a, b) << (c & 31)) >> 32) as u32
    });
    check_32("shf.r.wrap.b32 %rx, %ra, %rb, %rc;", 3, |a, b, c| {
        (both(a, b) >> (c & 31)) as u32
    });
    check_32("shf.l.clamp.b32 %rx, %ra, %rb, %rc;", 3, |a, b, c| {
        ((both(a, b) << c.min(32)) >> 32) as u32
    });
    check_32("shf.r.clamp.b32 %rx, %ra, %rb, %rc;", 3, |a, b, c| {
        (both(a, b) >> c.min(32)) as u32
    });
}

#[test]
fn counts() {
    check_32("popc.b32 %rx, %ra;", 1, |a, _, _| a.count_ones());
    check_32("clz.b32 %rx, %ra;", 1, |a, _, _| a.leading_zeros());
    check_32("brev.b32 %rx, %ra;", 1, |a, _, _| a.reverse_bits());
    check_64("popc.b64 %rx, %a; cvt.u64.u32 %x, %rx;", 1, |a, _, _| {
        a.count_ones().into()
    });
    check_64("clz.b64 %rx, %a; cvt.u64.u32 %x, %rx;", 1, |a, _, _| {
        a.leading_zeros().into()
    });
    check_64("brev.b64 %x, %a;", 1, |a, _, _| a.reverse_bits());
    check_32("bfind.u32 %rx, %ra;", 1, |a, _, _| {
        (31 - a.leading_zeros() as i32) as u32
    });
    check_32("bfind.s32 %rx, %ra;", 1, |a, _, _| {
        let a = if (a as i32) < 0 { !a } else { a };
        (31 - a.leading_zeros() as i32) as u32
    });
}

/// Bits of a value from a position on, as PTX defines `bfe`, bit by bit.
fn field(value: u64, bits: u32, signed: bool, start: u32, length: u32) -> u64 {
    let (start, length) = (start & 0xff, length & 0xff);
    let top = (start + length).min(bits);
    let sign = if !signed || length == 0 {
        0
    } else {
        value >> (start + length - 1).min(bits - 1) & 1
    };
    (0..bits).fold(0, |out, i| {
        let bit = if i < length && start + i < top {
            value >> (start + i) & 1
        } else {
            sign
        };
        out | bit << i
    })
}

#[test]
fn bit_fields() {
    for (ty, signed) in [("u32", false), ("s32", true)] {
        check_32(&format!("bfe.{ty} %rx, %ra, %rb, %rc;"), 3, |a, b, c| {
            field(a.into(), 32, signed, b, c) as u32
        });
    }
    for (ty, signed) in [("u64", false), ("s64", true)] {
        check_64(&format!("bfe.{ty} %x, %a, %rb, %rc;"), 3, |a, b, c| {
            field(a, 64, signed, b as u32, c as u32)
        });
    }
    let edges = [0, 1, 5, 31, 32, 33, 63, 64, 255];
    let places = rows(&edges, 2);
    for (a, b) in [(0xffff_ffff_u64, 0_u64), (0x1234_5678_9abc_def0, u64::MAX)] {
        let rows: Vec<[u64; 4]> = places.iter().map(|p| [a, b, p[0], p[1]]).collect();
        let text = "bfi.b32 %rx, %ra, %rb, %rc, %re; bfi.b64 %x, %a, %b, %rc, %re;";
        for (row, found) in rows.iter().zip(evaluate(text, &rows)) {
            let insert = |bits: u64| {
                (0..bits).fold(0_u64, |out, i| {
                    let inside = i >= row[2] && i < row[2] + row[3];
                    let bit = if inside { a >> (i - row[2]) } else { b >> i };
                    out | (bit & 1) << i
                })
            };
            assert_eq!(found.narrow[0], insert(32) as u32, "{row:x?}");
            assert_eq!(found.wide[0], insert(64), "{row:x?}");
        }
    }
}

#[test]
fn permutations() {
    let a = 0x8382_8180_u64;
    let b = 0x0706_0504_u64;
    let bytes: Vec<u8> = [a as u32, b as u32]
        .iter()
        .flat_map(|w| w.to_le_bytes())
        .collect();
    let selectors = [
        0x3210, 0x7654, 0x0123, 0x5140, 0x8000, 0xfb73, 0x4444, 0xc8d9,
    ];
    let rows: Vec<[u64; 4]> = selectors.iter().map(|&c| [a, b, c, 0]).collect();
    for (row, found) in rows
        .iter()
        .zip(evaluate("prmt.b32 %rx, %ra, %rb, %rc;", &rows))
    {
        let expected: [u8; 4] = std::array::from_fn(|i| {
            let selector = row[2] >> (4 * i) & 0xf;
            let byte = bytes[(selector & 7) as usize];
            match (selector & 8 != 0, byte & 0x80 != 0) {
                (false, _) => byte,
                (true, true) => 0xff,
                (true, false) => 0,
            }
        });
        assert_eq!(found.narrow[0].to_le_bytes(), expected, "{row:x?}");
    }
    type Place = fn(usize, usize) -> usize;
    let modes: [(&str, Place); 6] = [
        ("f4e", |s, i| s + i),
        ("b4e", |s, i| (8 + s - i) % 8),
        ("rc8", |s, _| s),
        ("ecl", |s, i| s.max(i)),
        ("ecr", |s, i| s.min(i)),
        ("rc16", |s, i| (s % 2) * 2 + i % 2),
    ];
    for (mode, place) in modes {
        let rows: Vec<[u64; 4]> = (0..4).map(|start| [a, b, start, 0]).collect();
        let text = format!("prmt.b32.{mode} %rx, %ra, %rb, %rc;");
        for (row, found) in rows.iter().zip(evaluate(&text, &rows)) {
            let expected: [u8; 4] = std::array::from_fn(|i| bytes[place(row[2] as usize, i)]);
            assert_eq!(found.narrow[0].to_le_bytes(), expected, "{text} {row:x?}");
        }
    }
}

#[test]
fn selections() {
    check_32("selp.b32 %rx, %ra, %rb, %pc;", 3, |a, b, c| {
        if c & 1 == 1 {
            a
        } else {
            b
        }
    });
    check_64("selp.b64 %x, %a, %b, %pc;", 3, |a, b, c| {
        if c & 1 == 1 {
            a
        } else {
            b
        }
    });
    check_32("slct.u32.s32 %rx, %ra, %rb, %rc;", 3, |a, b, c| {
        if (c as i32) >= 0 {
            a
        } else {
            b
        }
    });
    let rows: Vec<[u64; 4]> = EDGES_32.iter().map(|&a| [a.into(), 2, 0, 0]).collect();
    for (row, found) in rows
        .iter()
        .zip(evaluate("selp.b16 %hx, %ha, 3, %pa;", &rows))
    {
        assert_eq!(found.half, if row[0] & 1 == 1 { row[0] as u16 } else { 3 });
    }
}

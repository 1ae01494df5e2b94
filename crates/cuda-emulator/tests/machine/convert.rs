//! Moves, packing and conversions.

use crate::rig::{evaluate, rows_64};

#[test]
fn between_integers() {
    let rows = rows_64(1);
    type Extend = fn(u64) -> i128;
    let types: [(&str, u32, &str, Extend); 8] = [
        ("u8", 8, "h", |v| (v as u8).into()),
        ("s8", 8, "h", |v| (v as i8).into()),
        ("u16", 16, "h", |v| (v as u16).into()),
        ("s16", 16, "h", |v| (v as i16).into()),
        ("u32", 32, "r", |v| (v as u32).into()),
        ("s32", 32, "r", |v| (v as i32).into()),
        ("u64", 64, "", |v| v.into()),
        ("s64", 64, "", |v| (v as i64).into()),
    ];
    for (to, to_bits, to_prefix, extend_to) in types {
        for (from, _, from_prefix, extend_from) in types {
            let text = format!("cvt.{to}.{from} %{to_prefix}x, %{from_prefix}a;");
            let saturated = format!("cvt.sat.{to}.{from} %{to_prefix}x, %{from_prefix}a;");
            let read = |found: crate::rig::Results| match to_prefix {
                "h" => u64::from(found.half),
                "r" => u64::from(found.narrow[0]),
                _ => found.wide[0],
            };
            let kept = |value: i128| match to_prefix {
                "h" => u64::from(value as u16),
                "r" => u64::from(value as u32),
                _ => value as u64,
            };
            for (row, found) in rows.iter().zip(evaluate(&text, &rows)) {
                let expected = kept(extend_to(extend_from(row[0]) as u64));
                assert_eq!(read(found), expected, "{text} {row:x?}");
            }
            let (least, most) = if to.starts_with('s') {
                (-(1_i128 << (to_bits - 1)), (1_i128 << (to_bits - 1)) - 1)
            } else {
                (0, (1_i128 << to_bits) - 1)
            };
            for (row, found) in rows.iter().zip(evaluate(&saturated, &rows)) {
                let expected = kept(extend_from(row[0]).clamp(least, most));
                assert_eq!(read(found), expected, "{saturated} {row:x?}");
            }
        }
    }
}

#[test]
fn narrow_types_in_wide_registers() {
    let rows = rows_64(1);
    let text = "cvt.s8.s32 %rx, %ra; cvt.u8.u32 %ry, %ra; cvt.u64.u8 %x, %ra;";
    for (row, found) in rows.iter().zip(evaluate(text, &rows)) {
        let a = row[0] as u8;
        assert_eq!(found.narrow, [a as i8 as u32, u32::from(a)]);
        assert_eq!(found.wide[0], u64::from(a));
    }
}

#[test]
fn floats() {
    let integers = [
        0_i64,
        1,
        -1,
        16_777_217,
        i64::MAX,
        i64::MIN,
        1 << 53,
        (1 << 53) + 1,
    ];
    let rows: Vec<[u64; 4]> = integers.iter().map(|&v| [v as u64, 0, 0, 0]).collect();
    let text = "cvt.rn.f64.s64 %x, %a; cvt.rn.f32.s64 %rx, %a; cvt.rn.f64.u32 %y, %ra;";
    for (row, found) in rows.iter().zip(evaluate(text, &rows)) {
        let value = row[0] as i64;
        assert_eq!(f64::from_bits(found.wide[0]), value as f64);
        assert_eq!(f32::from_bits(found.narrow[0]), value as f32);
        assert_eq!(f64::from_bits(found.wide[1]), f64::from(row[0] as u32));
    }
    let floats = [
        0.0,
        -0.0,
        0.5,
        1.5,
        2.5,
        -2.5,
        1e10,
        -1e20,
        4e9,
        f64::NAN,
        f64::INFINITY,
    ];
    let rows: Vec<[u64; 4]> = floats
        .iter()
        .map(|v: &f64| [v.to_bits(), 0, 0, 0])
        .collect();
    let text = "cvt.rni.s32.f64 %rx, %a; cvt.rzi.u32.f64 %ry, %a; cvt.rmi.s64.f64 %x, %a;
        cvt.rpi.s64.f64 %y, %a;";
    for (row, found) in rows.iter().zip(evaluate(text, &rows)) {
        let value = f64::from_bits(row[0]);
        assert_eq!(
            found.narrow[0],
            value.round_ties_even() as i32 as u32,
            "{value}"
        );
        assert_eq!(found.narrow[1], value.trunc() as u32, "{value}");
        assert_eq!(found.wide[0], value.floor() as i64 as u64, "{value}");
        assert_eq!(found.wide[1], value.ceil() as i64 as u64, "{value}");
    }
    let text = "cvt.rn.f32.f64 %rx, %a; cvt.f64.f32 %x, %rx;";
    for (row, found) in rows.iter().zip(evaluate(text, &rows)) {
        let single = f64::from_bits(row[0]) as f32;
        assert_eq!(found.narrow[0], single.to_bits());
        assert_eq!(found.wide[0], f64::from(single).to_bits());
    }
}

#[test]
fn packing() {
    let rows = rows_64(2);
    let text = "mov.b64 {%rx, %ry}, %a; mov.b64 %x, {%rb, %ra}; mov.b32 {%hx, _}, %rb;
        mov.b64 %y, {%ha, %hb, %ha, 7};";
    for (row, found) in rows.iter().zip(evaluate(text, &rows)) {
        let [a, b, ..] = *row;
        assert_eq!(found.narrow, [a as u32, (a >> 32) as u32]);
        assert_eq!(found.wide[0], a << 32 | b & 0xffff_ffff);
        assert_eq!(found.half, b as u16);
        let (ha, hb) = (a & 0xffff, b & 0xffff);
        assert_eq!(found.wide[1], ha | hb << 16 | ha << 32 | 7 << 48);
    }
    // A register may be taken apart into itself.
    let text = "mov.b64 {%ra, %rb}, %a; mov.b64 %x, {%rb, %ra}; mov.u32 %rx, %ra;";
    for (row, found) in rows.iter().zip(evaluate(text, &rows)) {
        assert_eq!(found.wide[0], row[0].rotate_left(32));
    }
}

#[test]
fn constants() {
    let text = "mov.u32 %rx, -1; mov.b32 %ry, 0f3F800000; mov.u64 %x, 0xfedcba9876543210;
        mov.f64 %y, 0dBFF0000000000000; mov.u16 %hx, -2;";
    let found = evaluate(text, &[[0; 4]])[0];
    assert_eq!(found.narrow, [u32::MAX, 1_f32.to_bits()]);
    assert_eq!(found.wide, [0xfedc_ba98_7654_3210, (-1_f64).to_bits()]);
    assert_eq!(found.half, 0xfffe);
}

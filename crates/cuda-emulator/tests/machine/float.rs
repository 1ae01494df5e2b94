//! Floating point, with directed roundings against exact sums and products of integers.

use crate::rig::evaluate;

/// `value`, of which at most 125 bits are used, as a double rounded in a direction.
fn rounded(value: i128, rounding: &str) -> f64 {
    let magnitude = value.unsigned_abs();
    let bits = 128 - magnitude.leading_zeros();
    let drop = bits.saturating_sub(53);
    let (kept, rest) = (magnitude >> drop, magnitude & ((1 << drop) - 1));
    let half = if drop == 0 { 0 } else { 1_u128 << (drop - 1) };
    let up = match rounding {
        "rn" => rest > half || (rest == half && drop > 0 && kept & 1 == 1),
        "rz" => false,
        "rm" => rest != 0 && value < 0,
        _ => rest != 0 && value > 0,
    };
    let magnitude = (kept + u128::from(up)) as f64 * 2_f64.powi(drop as i32);
    if value < 0 {
        -magnitude
    } else {
        magnitude
    }
}

#[test]
fn doubles_in_every_direction() {
    let values: [i64; 9] = [
        1,
        -1,
        3,
        (1 << 53) - 1,
        -(1 << 52) - 1,
        0x0012_3456_789a_bcde,
        -0x001f_ffff_ffff_ffff,
        1 << 50,
        -77,
    ];
    let n = values.len();
    let rows: Vec<[u64; 4]> = (0..n * n * n)
        .map(|i| [i % n, i / n % n, i / n / n, 0])
        .map(|row| row.map(|v| (values[v] as f64).to_bits()))
        .collect();
    for rounding in ["rn", "rz", "rm", "rp"] {
        let text = format!("add.{rounding}.f64 %x, %a, %b; mul.{rounding}.f64 %y, %a, %b;");
        for (row, found) in rows.iter().zip(evaluate(&text, &rows)) {
            let [a, b, ..] = row.map(|v| f64::from_bits(v) as i128);
            if a + b != 0 {
                assert_eq!(f64::from_bits(found.wide[0]), rounded(a + b, rounding));
            }
            assert_eq!(
                f64::from_bits(found.wide[1]),
                rounded(a * b, rounding),
                "{a} {b}"
            );
        }
        let text = format!("fma.{rounding}.f64 %x, %a, %b, %c; sub.{rounding}.f64 %y, %a, %c;");
        for (row, found) in rows.iter().zip(evaluate(&text, &rows)) {
            let [a, b, c, _] = row.map(|v| f64::from_bits(v) as i128);
            if a * b + c != 0 {
                let expected = rounded(a * b + c, rounding);
                assert_eq!(
                    f64::from_bits(found.wide[0]),
                    expected,
                    "{rounding} {a} {b} {c}"
                );
            }
            if a != c {
                assert_eq!(f64::from_bits(found.wide[1]), rounded(a - c, rounding));
            }
        }
    }
}

#[test]
fn singles() {
    let values = [
        0.0_f32,
        -0.0,
        1.0,
        -1.5,
        3.0e38,
        1.0e-38,
        0.1,
        16_777_216.0,
        f32::INFINITY,
    ];
    let n = values.len();
    let rows: Vec<[u64; 4]> = (0..n * n)
        .map(|i| [values[i % n], values[i / n], 0.1, 0.0])
        .map(|row| row.map(|v| u64::from(v.to_bits())))
        .collect();
    let same = |found: u32, expected: f32| {
        let found = f32::from_bits(found);
        found.to_bits() == expected.to_bits() || found.is_nan() && expected.is_nan()
    };
    let text = "add.f32 %rx, %ra, %rb; mul.rn.f32 %ry, %ra, %rb;";
    for (row, found) in rows.iter().zip(evaluate(text, &rows)) {
        let [a, b, ..] = row.map(|v| f32::from_bits(v as u32));
        assert!(same(found.narrow[0], a + b), "{a} + {b}");
        assert!(same(found.narrow[1], a * b), "{a} * {b}");
    }
    let text = "fma.rn.f32 %rx, %ra, %rb, %rc; div.rn.f32 %ry, %ra, %rb;";
    for (row, found) in rows.iter().zip(evaluate(text, &rows)) {
        let [a, b, c, _] = row.map(|v| f32::from_bits(v as u32));
        assert!(same(found.narrow[0], a.mul_add(b, c)), "{a} * {b} + {c}");
        assert!(same(found.narrow[1], a / b), "{a} / {b}");
    }
    let text = "neg.f32 %rx, %ra; abs.f32 %ry, %ra;";
    for (row, found) in rows.iter().zip(evaluate(text, &rows)) {
        let a = f32::from_bits(row[0] as u32);
        assert_eq!(found.narrow, [(-a).to_bits(), a.abs().to_bits()]);
    }
}

#[test]
fn comparisons_with_nan() {
    let values = [0.0, 1.0, -1.0, f64::NAN, f64::INFINITY];
    let n = values.len();
    let rows: Vec<[u64; 4]> = (0..n * n)
        .map(|i| [values[i % n], values[i / n], 0.0, 0.0].map(f64::to_bits))
        .collect();
    type Holds = fn(f64, f64) -> bool;
    let comparisons: [(&str, Holds); 10] = [
        ("eq", |a, b| a == b),
        ("ne", |a, b| a != b && !a.is_nan() && !b.is_nan()),
        ("lt", |a, b| a < b),
        ("ge", |a, b| a >= b),
        ("equ", |a, b| a == b || a.is_nan() || b.is_nan()),
        ("neu", |a, b| a != b),
        ("leu", |a, b| a <= b || a.is_nan() || b.is_nan()),
        ("gtu", |a, b| a > b || a.is_nan() || b.is_nan()),
        ("num", |a, b| !a.is_nan() && !b.is_nan()),
        ("nan", |a, b| a.is_nan() || b.is_nan()),
    ];
    for (name, holds) in comparisons {
        let text = format!("setp.{name}.f64 %px, %a, %b;");
        for (row, found) in rows.iter().zip(evaluate(&text, &rows)) {
            let [a, b, ..] = row.map(f64::from_bits);
            assert_eq!(found.predicates[0], holds(a, b), "{name} {a} {b}");
        }
    }
}

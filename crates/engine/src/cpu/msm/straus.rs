//! Multi-scalar multiplication of a few points.

use super::recode::Integer;
use crate::curve::MsmCurve;
use group::{Curve, Group};

/// Width of the non-adjacent form: digits are odd and below `2^(WIDTH - 1)` in magnitude.
const WIDTH: usize = 5;
const ODD_MULTIPLES: usize = 1 << (WIDTH - 2);

/// The sum of integers times the bases in their rows.
///
/// Straus, *Addition chains of vectors*, 1964, with non-adjacent forms: all points share the
/// doublings, one a bit; a point's odd multiples up to 15 are tabulated, and one of them is added
/// every sixth bit on average.
pub(super) fn sum<C: MsmCurve>(integers: &[(usize, Integer)], bases: &[C]) -> C::CurveExt {
    let multiples: Vec<C::CurveExt> = integers
        .iter()
        .flat_map(|(row, _)| {
            let base = bases[*row].to_curve();
            let double = base.double();
            std::iter::successors(Some(base), move |multiple| Some(*multiple + double))
                .take(ODD_MULTIPLES)
        })
        .collect();
    let mut table = vec![C::default(); multiples.len()];
    C::CurveExt::batch_normalize(&multiples, &mut table);
    let forms: Vec<Vec<i8>> = integers
        .iter()
        .map(|(_, integer)| non_adjacent_form(integer))
        .collect();
    let bits = forms.iter().map(Vec::len).max().unwrap_or(0);
    let mut sum = C::CurveExt::identity();
    for bit in (0..bits).rev() {
        sum = sum.double();
        for (form, multiples) in forms.iter().zip(table.chunks(ODD_MULTIPLES)) {
            let digit = form.get(bit).copied().unwrap_or(0);
            let multiple = usize::from(digit.unsigned_abs() / 2);
            match digit.signum() {
                1 => sum += multiples[multiple],
                -1 => sum -= multiples[multiple],
                _ => {}
            }
        }
    }
    sum
}

/// Digits of an integer, least significant first, of which at most one in [`WIDTH`] consecutive
/// ones is not zero.
fn non_adjacent_form(integer: &Integer) -> Vec<i8> {
    let bit = |i: usize| i < 256 && integer.magnitude[i / 64] >> (i % 64) & 1 != 0;
    let length = integer.bit_length() + 1;
    let mut digits = vec![0; length];
    let (mut position, mut carry) = (0, false);
    while position < length {
        if bit(position) == carry {
            position += 1;
            continue;
        }
        let window = (0..WIDTH).fold(0, |window, i| window + (i8::from(bit(position + i)) << i))
            + i8::from(carry);
        carry = window >= 1 << (WIDTH - 1);
        let digit = window - if carry { 1 << WIDTH } else { 0 };
        digits[position] = if integer.negative { -digit } else { digit };
        position += WIDTH;
    }
    digits
}

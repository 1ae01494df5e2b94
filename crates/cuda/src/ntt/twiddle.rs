//! Factors known beforehand, as `twiddle.cuh` multiplies by them.

use crate::field::ScalarField;
use ff::{Field, PrimeField};

/// w as a plain integer, and floor(w 2^256 / p).
pub(super) type Twiddle = [[u64; 4]; 2];

/// The twiddle of a field element.
pub(super) fn twiddle(element: ScalarField) -> Twiddle {
    let value = integer(element);
    let mut modulus = integer(-ScalarField::ONE);
    modulus[0] += 1;

    // Long division, a bit of the quotient at a time. The remainder is below p, so twice it fits.
    let (mut remainder, mut quotient) = (value, [0; 4]);
    for _ in 0..256 {
        double(&mut remainder);
        double(&mut quotient);
        if let Some(difference) = subtract(remainder, modulus) {
            remainder = difference;
            quotient[0] |= 1;
        }
    }
    [value, quotient]
}

/// The limbs of the integer below p that an element stands for, least first.
fn integer(element: ScalarField) -> [u64; 4] {
    let bytes = element.to_repr();
    let mut limbs = [0; 4];
    for (limb, bytes) in limbs.iter_mut().zip(bytes.as_ref().chunks_exact(8)) {
        *limb = bytes
            .iter()
            .rev()
            .fold(0, |limb, &byte| limb << 8 | u64::from(byte));
    }
    limbs
}

fn double(a: &mut [u64; 4]) {
    let mut carry = 0;
    for limb in a {
        (*limb, carry) = (*limb << 1 | carry, *limb >> 63);
    }
}

/// a - b, unless that is negative.
fn subtract(a: [u64; 4], b: [u64; 4]) -> Option<[u64; 4]> {
    let mut difference = [0; 4];
    let mut borrow = false;
    for (limb, (a, b)) in difference.iter_mut().zip(a.into_iter().zip(b)) {
        let (first, under) = a.overflowing_sub(b);
        let (second, under_again) = first.overflowing_sub(u64::from(borrow));
        *limb = second;
        borrow = under | under_again;
    }
    (!borrow).then_some(difference)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The element whose integer these limbs are, however large.
    fn element(limbs: [u64; 4]) -> ScalarField {
        let radix = ScalarField::from(u64::MAX) + ScalarField::ONE;
        limbs.iter().rev().fold(ScalarField::ZERO, |sum, &limb| {
            sum * radix + ScalarField::from(limb)
        })
    }

    #[test]
    fn quotients_leave_the_remainder() {
        let radix = ScalarField::from(2).pow_vartime([256]);
        for w in [
            ScalarField::ZERO,
            ScalarField::ONE,
            -ScalarField::ONE,
            ScalarField::from(12345),
            ScalarField::ROOT_OF_UNITY,
            ScalarField::DELTA,
        ] {
            let [value, quotient] = twiddle(w);
            assert_eq!(element(value), w);
            // w R = quotient p + remainder with a remainder below p: modulo R it is -quotient p, and
            // modulo p it is w R.
            let remainder = integer(w * radix);
            let mut modulus = integer(-ScalarField::ONE);
            modulus[0] += 1;
            assert_eq!(negated_low_product(quotient, modulus), remainder);
        }
    }

    /// -a b modulo 2^256.
    fn negated_low_product(a: [u64; 4], b: [u64; 4]) -> [u64; 4] {
        let mut product = [0_u64; 4];
        for (i, a) in a.into_iter().enumerate() {
            let mut carry = 0;
            for (j, b) in b.into_iter().take(4 - i).enumerate() {
                let sum = u128::from(a) * u128::from(b) + u128::from(product[i + j]) + carry;
                product[i + j] = sum as u64;
                carry = sum >> 64;
            }
        }
        let mut carry = true;
        product.map(|limb| {
            let (negated, over) = (!limb).overflowing_add(u64::from(carry));
            carry = over;
            negated
        })
    }
}

//! The moduli that the lanes compute with.

use std::{any::TypeId, slice};

use halo2curves::bn256::{Fq, Fr};

/// A field element as columns have it: four 64-bit words, least first, Montgomery form with R = 2^256,
/// below the modulus.
pub(super) type Words = [u64; 4];

/// Bits of a limb: what `vpmadd52` multiplies.
pub(super) const LIMB_BITS: u32 = 52;

/// Limbs of a value.
pub(super) const LIMBS: usize = 5;

/// The bits of a limb.
pub(super) const LIMB_MASK: u64 = (1 << LIMB_BITS) - 1;

/// A prime p of 254 bits: 2^260 / p is between 64 and 128, so that five limbs hold every value below 64 p.
///
/// # Safety
///
/// `Element` is four words, and any four words may be read as one.
pub(super) unsafe trait Modulus: Copy + Send + Sync + 'static {
    /// The field's elements.
    type Element: Copy + 'static;

    /// p.
    const WORDS: Words;

    /// p, in limbs.
    const LIMBS: [u64; LIMBS] = limbs(Self::WORDS);

    /// 2^260 - p, in limbs.
    const COMPLEMENT: [u64; LIMBS] = complement(Self::LIMBS);

    /// -1 / p modulo 2^52.
    const INVERSE: u64 = negated_inverse(Self::WORDS[0]);

    /// 2^304 / p, rounded down: what the quotient of a value's highest limb by p is made with.
    const RECIPROCAL: u64 = reciprocal(Self::LIMBS[4]);

    /// 2^(52 (i - 4)) modulo p, in limbs, for i from 0 to 3.
    const FOLDS: [[u64; LIMBS]; LIMBS - 1] = folds(Self::WORDS);

    /// 2^260 modulo p: one, in the form that multiplication keeps.
    const R260: Words = power_of_two(Self::WORDS, 260);
}

/// The scalar field of BN254.
#[derive(Clone, Copy, Debug)]
pub(super) struct ScalarModulus;

// SAFETY: `Fr` is a struct of one field, four u64 words in Montgomery form, as its documentation says and
// the sizes below confirm; words beyond the modulus make a value that no memory safety depends on.
unsafe impl Modulus for ScalarModulus {
    type Element = Fr;

    const WORDS: Words = [
        0x43e1_f593_f000_0001,
        0x2833_e848_79b9_7091,
        0xb850_45b6_8181_585d,
        0x3064_4e72_e131_a029,
    ];
}

/// The base field of BN254, in which its points' coordinates are.
#[derive(Clone, Copy, Debug)]
pub(super) struct BaseModulus;

// SAFETY: as above.
unsafe impl Modulus for BaseModulus {
    type Element = Fq;

    const WORDS: Words = [
        0x3c20_8c16_d87c_fd47,
        0x9781_6a91_6871_ca8d,
        0xb850_45b6_8181_585d,
        0x3064_4e72_e131_a029,
    ];
}

const _: () = assert!(size_of::<Fr>() == 32 && align_of::<Fr>() == align_of::<u64>());
const _: () = assert!(size_of::<Fq>() == 32 && align_of::<Fq>() == align_of::<u64>());

/// Whether `F` is the field of this modulus.
pub(super) fn is_field<M: Modulus, F: 'static>() -> bool {
    TypeId::of::<F>() == TypeId::of::<M::Element>()
}

/// The words of elements, if they are of this modulus' field.
pub(super) fn words<M: Modulus, F: 'static>(values: &[F]) -> Option<&[Words]> {
    // SAFETY: `F` is `M::Element`, which is four words.
    is_field::<M, F>()
        .then(|| unsafe { slice::from_raw_parts(values.as_ptr().cast(), values.len()) })
}

/// The words of elements, to be written, if they are of this modulus' field.
pub(super) fn words_mut<M: Modulus, F: 'static>(values: &mut [F]) -> Option<&mut [Words]> {
    // SAFETY: `F` is `M::Element`, which is four words; any words are an element.
    is_field::<M, F>()
        .then(|| unsafe { slice::from_raw_parts_mut(values.as_mut_ptr().cast(), values.len()) })
}

/// An integer in limbs.
pub(super) const fn limbs(words: Words) -> [u64; LIMBS] {
    [
        words[0] & LIMB_MASK,
        (words[0] >> 52 | words[1] << 12) & LIMB_MASK,
        (words[1] >> 40 | words[2] << 24) & LIMB_MASK,
        (words[2] >> 28 | words[3] << 36) & LIMB_MASK,
        words[3] >> 16,
    ]
}

const fn complement(limbs: [u64; LIMBS]) -> [u64; LIMBS] {
    let mut complement = [0; LIMBS];
    let mut carry = 1;
    let mut i = 0;
    while i < LIMBS {
        let limb = (LIMB_MASK - limbs[i]) + carry;
        complement[i] = limb & LIMB_MASK;
        carry = limb >> LIMB_BITS;
        i += 1;
    }
    complement
}

/// By Newton's iteration, which doubles the number of right bits: an odd number is its own inverse modulo 8.
const fn negated_inverse(p: u64) -> u64 {
    let mut inverse = p;
    let mut bits = 3;
    while bits < LIMB_BITS {
        inverse = inverse.wrapping_mul(2u64.wrapping_sub(p.wrapping_mul(inverse)));
        bits *= 2;
    }
    inverse.wrapping_neg() & LIMB_MASK
}

/// 2^96 over the highest limb of p, rounded up: no more than 2^304 / p, and less by no more than its 2^-45.
const fn reciprocal(highest: u64) -> u64 {
    ((1u128 << 96) / (highest as u128 + 1)) as u64
}

/// 2^exponent modulo p.
pub(super) const fn power_of_two(p: Words, exponent: usize) -> Words {
    let mut power = [1, 0, 0, 0];
    let mut i = 0;
    while i < exponent {
        power = double(power, p);
        i += 1;
    }
    power
}

const fn folds(p: Words) -> [[u64; LIMBS]; LIMBS - 1] {
    let mut folds = [[0; LIMBS]; LIMBS - 1];
    let mut power = [1, 0, 0, 0];
    let mut i = LIMBS - 1;
    while i > 0 {
        i -= 1;
        let mut bit = 0;
        while bit < LIMB_BITS {
            power = half(power, p);
            bit += 1;
        }
        folds[i] = limbs(power);
    }
    folds
}

/// a / 2 modulo p, for a below p.
const fn half(a: Words, p: Words) -> Words {
    let mut even = a;
    if a[0] & 1 == 1 {
        let mut carry = 0;
        let mut i = 0;
        while i < 4 {
            let sum = a[i] as u128 + p[i] as u128 + carry;
            even[i] = sum as u64;
            carry = sum >> 64;
            i += 1;
        }
    }
    [
        even[0] >> 1 | even[1] << 63,
        even[1] >> 1 | even[2] << 63,
        even[2] >> 1 | even[3] << 63,
        even[3] >> 1,
    ]
}

/// 2 a modulo p, for a below p.
const fn double(a: Words, p: Words) -> Words {
    let doubled = [
        a[0] << 1,
        a[1] << 1 | a[0] >> 63,
        a[2] << 1 | a[1] >> 63,
        a[3] << 1 | a[2] >> 63,
    ];
    let mut reduced = [0; 4];
    let mut borrow = false;
    let mut i = 0;
    while i < 4 {
        let (difference, first) = doubled[i].overflowing_sub(p[i]);
        let (difference, second) = difference.overflowing_sub(borrow as u64);
        reduced[i] = difference;
        borrow = first || second;
        i += 1;
    }
    if borrow {
        doubled
    } else {
        reduced
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use ff::{Field, PrimeField};

    fn is_right<M: Modulus>()
    where
        M::Element: PrimeField<Repr = [u8; 32]>,
    {
        let repr = (-M::Element::ONE).to_repr();
        let mut last: Words = [0; 4];
        for (word, bytes) in last.iter_mut().zip(repr.chunks(8)) {
            *word = u64::from_le_bytes(bytes.try_into().expect("eight bytes"));
        }
        last[0] += 1;
        assert_eq!(last, M::WORDS);
        assert_eq!(
            M::LIMBS[0].wrapping_mul(M::INVERSE) & LIMB_MASK,
            LIMB_MASK,
            "p times -1/p is -1"
        );
        let two = M::Element::from(2);
        assert_eq!(
            words::<M, _>(&[two.pow([4])]),
            Some(&[M::R260][..]),
            "2^260 is the 2^4 of Montgomery form"
        );
        let mut sum = 0;
        for (limb, complement) in M::LIMBS.iter().zip(M::COMPLEMENT) {
            sum = (sum >> LIMB_BITS) + limb + complement;
            assert_eq!(sum & LIMB_MASK, 0);
        }
        assert_eq!(sum >> LIMB_BITS, 1, "p and its complement are 2^260");
    }

    #[test]
    fn constants_are_those_of_the_fields() {
        is_right::<ScalarModulus>();
        is_right::<BaseModulus>();
    }

    #[test]
    fn elements_of_other_fields_are_not_taken() {
        assert!(words::<ScalarModulus, Fq>(&[Fq::ONE]).is_none());
        assert!(words_mut::<BaseModulus, Fr>(&mut [Fr::ONE]).is_none());
    }
}

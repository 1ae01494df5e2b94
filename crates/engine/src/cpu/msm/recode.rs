//! Scalars as signed integers, and integers as signed digits.

use super::{plan::Windows, scalar::Scalar};
#[cfg(avx512)]
use crate::cpu::avx512::msm::recode as avx512;
use crate::cpu::CpuKernels;
use ff::PrimeField;
use std::{cmp::Ordering, marker::PhantomData};

/// A scalar's canonical integer, little-endian.
pub(in crate::cpu) type Limbs = [u64; 4];

/// The integer of least magnitude congruent to a scalar.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct Integer {
    pub(super) magnitude: Limbs,
    pub(super) negative: bool,
}

impl Integer {
    #[inline]
    pub(super) fn bit_length(&self) -> usize {
        bit_length(&self.magnitude)
    }

    #[inline]
    pub(super) fn is_zero(&self) -> bool {
        self.magnitude == [0; 4]
    }
}

/// Integers of a [`Chunk`].
pub(in crate::cpu) const CHUNK: usize = 64;

/// Up to [`CHUNK`] integers, as vector units take them.
#[derive(Clone, Debug)]
#[repr(align(64))]
pub(in crate::cpu) struct Chunk {
    pub(in crate::cpu) magnitudes: [Limbs; CHUNK],
    /// Bit i % 8 of byte i / 8 says that integer i is negative.
    pub(in crate::cpu) negative: [u8; CHUNK / 8],
}

impl Chunk {
    pub(super) fn new() -> Self {
        Chunk {
            magnitudes: [[0; 4]; CHUNK],
            negative: [0; CHUNK / 8],
        }
    }

    #[inline]
    pub(super) fn get(&self, i: usize) -> Integer {
        Integer {
            magnitude: self.magnitudes[i],
            negative: self.negative[i / 8] >> (i % 8) & 1 != 0,
        }
    }

    #[inline]
    pub(super) fn set(&mut self, i: usize, integer: Integer) {
        self.magnitudes[i] = integer.magnitude;
        let bit = 1 << (i % 8);
        let byte = &mut self.negative[i / 8];
        *byte = *byte & !bit | if integer.negative { bit } else { 0 };
    }
}

#[inline]
fn bit_length(limbs: &Limbs) -> usize {
    match limbs.iter().rposition(|limb| *limb != 0) {
        Some(top) => top * 64 + (64 - limbs[top].leading_zeros() as usize),
        None => 0,
    }
}

fn exceeds(a: &Limbs, b: &Limbs) -> bool {
    a.iter().rev().cmp(b.iter().rev()) == Ordering::Greater
}

fn subtract(a: &Limbs, b: &Limbs) -> Limbs {
    let mut difference = [0; 4];
    let mut borrow = false;
    for i in 0..4 {
        let (d, b0) = a[i].overflowing_sub(b[i]);
        let (d, b1) = d.overflowing_sub(u64::from(borrow));
        difference[i] = d;
        borrow = b0 | b1;
    }
    difference
}

/// Takes the scalars of a field to integers in `[-(p-1)/2, (p-1)/2]`.
///
/// A halo2 column holds small negative numbers as `p - small`; as integers they are as short as
/// the positive ones.
pub(super) struct Integers<F> {
    kernels: CpuKernels,
    modulus: Limbs,
    /// `(p - 1) / 2`.
    half: Limbs,
    field: PhantomData<F>,
}

impl<F: PrimeField> Integers<F> {
    pub(super) fn new(kernels: CpuKernels) -> Self {
        let mut modulus = Scalar::<F>::limbs(&-F::ONE);
        let mut half = [0; 4];
        for i in 0..4 {
            let above = if i < 3 { modulus[i + 1] << 63 } else { 0 };
            half[i] = (modulus[i] >> 1) | above;
        }
        // p - 1 is even.
        modulus[0] += 1;
        Integers {
            kernels,
            modulus,
            half,
            field: PhantomData,
        }
    }

    /// The bit length of the largest magnitude.
    pub(super) fn max_bit_length(&self) -> usize {
        bit_length(&self.half)
    }

    /// The integers of scalars, of which there are [`CHUNK`] at most.
    pub(super) fn chunk<S: Scalar<F>>(&self, scalars: &[S], chunk: &mut Chunk) {
        #[cfg(avx512)]
        if self.kernels == CpuKernels::Avx512 {
            // SAFETY: there are these kernels only where the instructions have been detected.
            if unsafe { avx512::integers(scalars, chunk) } {
                return;
            }
        }
        for (i, scalar) in scalars.iter().enumerate() {
            chunk.set(i, self.of(scalar));
        }
    }

    /// Writes the digits of `count` integers of a chunk where there are zeros; those of a window are `stride` after those of the
    /// window before. There is room for digits of eight integers at a time: those of integers that there are
    /// not are zero.
    pub(super) fn write_digits<D: Digit>(
        &self,
        chunk: &mut Chunk,
        windows: &Windows,
        digits: &mut [D],
        stride: usize,
        count: usize,
    ) {
        #[cfg(avx512)]
        if self.kernels == CpuKernels::Avx512 {
            for i in count..count.next_multiple_of(8) {
                chunk.set(i, Integer::default());
            }
            // SAFETY: as above.
            return unsafe { avx512::write_digits(chunk, windows, digits, stride, count) };
        }
        for i in 0..count {
            let integer = chunk.get(i);
            // What is there is zero.
            if !integer.is_zero() {
                write_digits(&integer, windows, digits[i..].iter_mut().step_by(stride));
            }
        }
    }

    #[inline]
    pub(super) fn of<S: Scalar<F>>(&self, scalar: &S) -> Integer {
        let mut limbs = scalar.limbs();
        let mut negative = exceeds(&limbs, &self.half);
        // Integers of clients may be above the modulus. No element is.
        while negative && !exceeds(&self.modulus, &limbs) {
            limbs = subtract(&limbs, &self.modulus);
            negative = exceeds(&limbs, &self.half);
        }
        Integer {
            magnitude: if negative {
                subtract(&self.modulus, &limbs)
            } else {
                limbs
            },
            negative,
        }
    }
}

/// How a digit is stored: 16 bits where they suffice.
pub(in crate::cpu) trait Digit: Copy + Default + Send + Sync {
    fn from_i64(digit: i64) -> Self;
    fn to_i32(self) -> i32;
}

impl Digit for i16 {
    #[inline(always)]
    fn from_i64(digit: i64) -> Self {
        digit as i16
    }

    #[inline(always)]
    fn to_i32(self) -> i32 {
        i32::from(self)
    }
}

impl Digit for i32 {
    #[inline(always)]
    fn from_i64(digit: i64) -> Self {
        digit as i32
    }

    #[inline(always)]
    fn to_i32(self) -> i32 {
        self
    }
}

/// Writes the signed digits of `integer`, least significant first.
///
/// With windows of width `c_w` at bit `o_w`, `integer = sum_w d_w 2^{o_w}` where
/// `-2^{c_w - 1} <= d_w < 2^{c_w - 1}`; the top digit may be `+-2^{c_w - 1}`, as no window is left
/// to carry into. The interval is closed below for either sign, so that 16 bits hold the digits of
/// a window of 16.
#[inline]
pub(super) fn write_digits<'a, D: Digit + 'a>(
    integer: &Integer,
    windows: &Windows,
    digits: impl Iterator<Item = &'a mut D>,
) {
    let sign = if integer.negative { -1 } else { 1 };
    let mut carry = 0;
    for (window, digit) in digits.take(windows.count()).enumerate() {
        let width = windows.width(window);
        let raw = bits(&integer.magnitude, windows.offset(window), width) + carry;
        let wraps_from = (1i64 << (width - 1)) + i64::from(integer.negative);
        carry = i64::from(raw >= wraps_from && window + 1 < windows.count());
        *digit = D::from_i64(sign * (raw - (carry << width)));
    }
    debug_assert_eq!(carry, 0);
}

#[inline(always)]
fn bits(limbs: &Limbs, offset: usize, width: usize) -> i64 {
    let (limb, shift) = (offset / 64, offset % 64);
    if limb >= 4 {
        return 0;
    }
    let low = limbs[limb] >> shift;
    let high = if shift + width > 64 && limb < 3 {
        limbs[limb + 1] << (64 - shift)
    } else {
        0
    };
    ((low | high) & ((1 << width) - 1)) as i64
}

#[cfg(test)]
mod tests {
    use super::*;
    use ff::Field;
    use halo2curves::bn256::Fr;
    use rand::SeedableRng;
    use rand_chacha::ChaCha20Rng;

    fn value<D: Digit>(digits: &[D], windows: &Windows) -> Fr {
        let two = Fr::from(2);
        digits
            .iter()
            .enumerate()
            .map(|(w, d)| {
                let d = d.to_i32();
                let magnitude = Fr::from(u64::from(d.unsigned_abs()));
                let signed = if d < 0 { -magnitude } else { magnitude };
                signed * two.pow([windows.offset(w) as u64])
            })
            .sum()
    }

    #[test]
    fn digits_add_up() {
        let mut rng = ChaCha20Rng::seed_from_u64(1);
        let integers = Integers::<Fr>::new(CpuKernels::Portable);
        let half = (-Fr::ONE) * Fr::from(2).invert().unwrap();
        let mut scalars = vec![Fr::ZERO, Fr::ONE, -Fr::ONE, half, half + Fr::ONE];
        scalars.extend((0..253).map(|i| Fr::from(2).pow([i])));
        scalars.extend((0..253).map(|i| Fr::from(2).pow([i]) - Fr::ONE));
        scalars.extend((0..100).map(|_| Fr::random(&mut rng)));
        for scalar in scalars.iter().flat_map(|s| [*s, -s]) {
            let integer = integers.of(&scalar);
            assert!(integer.bit_length() <= integers.max_bit_length());
            for count in [16, 17, 20, 33, 127, 254] {
                let windows = Windows::new(integers.max_bit_length(), count);
                let mut digits = vec![0i16; count];
                write_digits(&integer, &windows, digits.iter_mut());
                assert_eq!(value(&digits, &windows), scalar);
                for (w, d) in digits.iter().enumerate() {
                    assert!(usize::from(d.unsigned_abs()) <= windows.buckets(w));
                }
            }
            if integer.bit_length() <= 40 {
                for count in [2, 3, 41] {
                    let windows = Windows::new(40, count);
                    let mut digits = vec![0i32; count];
                    write_digits(&integer, &windows, digits.iter_mut());
                    assert_eq!(value(&digits, &windows), scalar);
                }
            }
        }
    }
}

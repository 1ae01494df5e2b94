//! Canonical values and points, and the forms that the engine computes with.
//!
//! Canonical values are 32-bit limbs of the integer. The engine's are Montgomery limbs, R = 2^256, of
//! halo2curves. Both are 32 bytes; points are two of them, the identity (0, 0) in both.

use std::mem::offset_of;

use ff::PrimeField;
use group::Curve;
use halo2_offload_engine::cpu::msm::Canonical;
use halo2curves::{
    bn256::{Fq, Fr, G1Affine as EngineAffine, G1},
    serde::SerdeObject,
};
use icicle_cuda_runtime::memory::PlainData;
use rayon::prelude::*;

use crate::curve::{BaseField, G1Affine, G1Projective, ScalarField};

/// Values that a thread converts at a time, at least.
const PART: usize = 1 << 10;

/// A type of this package that is 32-bit limbs and nothing else.
///
/// # Safety
/// A value is whole 32-bit limbs, and aligned as they are.
pub(crate) unsafe trait Limbs: PlainData + Send + Sync + 'static {}

// SAFETY: transparently eight limbs.
unsafe impl Limbs for ScalarField {}
// SAFETY: as above.
unsafe impl Limbs for BaseField {}
// SAFETY: two elements in a C struct, of the same alignment.
unsafe impl Limbs for G1Affine {}
// SAFETY: three of them.
unsafe impl Limbs for G1Projective {}

const _: () = assert!(size_of::<ScalarField>() == 32 && align_of::<ScalarField>() == 4);
const _: () = assert!(size_of::<G1Affine>() == 64 && offset_of!(G1Affine, y) == 32);
const _: () = assert!(size_of::<G1Projective>() == 96);
const _: () = assert!(size_of::<Canonical>() == 32 && align_of::<Canonical>() == 4);
const _: () = assert!(size_of::<Fr>() == 32 && size_of::<EngineAffine>() == 64);
const _: () = assert!(offset_of!(EngineAffine, x) == 0 && offset_of!(EngineAffine, y) == 32);

/// The bytes of values.
pub(crate) fn bytes_of<T: Limbs>(values: &[T]) -> &[u8] {
    // SAFETY: there is no padding, so that all bytes are initialised.
    unsafe { std::slice::from_raw_parts(values.as_ptr().cast(), size_of_val(values)) }
}

/// The bytes of values, to be written.
pub(crate) fn bytes_of_mut<T: Limbs>(values: &mut [T]) -> &mut [u8] {
    // SAFETY: as above, and any bytes are a value.
    unsafe { std::slice::from_raw_parts_mut(values.as_mut_ptr().cast(), size_of_val(values)) }
}

/// The elements of a field that values are made of.
pub(crate) fn elements_mut<T: Limbs>(values: &mut [T]) -> &mut [[u32; 8]] {
    let count = size_of_val(values) / 32;
    // SAFETY: values are limbs, aligned as limbs, and no more elements are taken than there are whole.
    unsafe { std::slice::from_raw_parts_mut(values.as_mut_ptr().cast(), count) }
}

/// The integers that canonical scalars are.
pub(crate) fn as_canonical(scalars: &[ScalarField]) -> &[Canonical] {
    // SAFETY: both are transparently eight limbs, and any limbs are an integer.
    unsafe { std::slice::from_raw_parts(scalars.as_ptr().cast(), scalars.len()) }
}

/// Elements whose Montgomery limbs are those of these scalars, where they lie as the engine's do.
pub(crate) fn as_montgomery(scalars: &[ScalarField]) -> Option<&[Fr]> {
    // SAFETY: an `Fr` is four limbs of 64 bits, the size says, and any limbs are one as far as memory is
    // concerned; `align_to` sees to the alignment.
    match unsafe { scalars.align_to::<Fr>() } {
        ([], elements, []) => Some(elements),
        _ => None,
    }
}

/// [`as_montgomery`] of scalars that are written.
pub(crate) fn as_montgomery_mut(scalars: &mut [ScalarField]) -> Option<&mut [Fr]> {
    // SAFETY: as above; any `Fr` is limbs.
    match unsafe { scalars.align_to_mut::<Fr>() } {
        ([], elements, []) => Some(elements),
        _ => None,
    }
}

/// Points whose coordinates' Montgomery limbs are those of these points, where they lie as the engine's do.
pub(crate) fn points_as_montgomery(points: &[G1Affine]) -> Option<&[EngineAffine]> {
    // SAFETY: a point of the engine is x and then y, as asserted above, and any limbs are one as far as
    // memory is concerned; `align_to` sees to the alignment.
    match unsafe { points.align_to::<EngineAffine>() } {
        ([], points, []) => Some(points),
        _ => None,
    }
}

/// 2^256, the factor between the two forms.
pub(crate) fn radix<F: PrimeField>() -> F {
    F::from(2).pow_vartime([256])
}

/// The element whose Montgomery limbs these are.
pub(crate) fn montgomery<F: SerdeObject>(limbs: &[u32; 8]) -> F {
    let mut bytes = [0; 32];
    for (bytes, limb) in bytes.chunks_exact_mut(4).zip(limbs) {
        bytes.copy_from_slice(&limb.to_le_bytes());
    }
    F::from_raw_bytes_unchecked(&bytes)
}

/// The element of canonical limbs. The radix comes first: so the product is reduced whatever the limbs.
fn canonical<F: PrimeField + SerdeObject>(radix: F, limbs: [u32; 8]) -> F {
    radix * montgomery::<F>(&limbs)
}

/// The canonical limbs of an element.
pub(crate) fn limbs<F: PrimeField<Repr = [u8; 32]>>(element: &F) -> [u32; 8] {
    let bytes = element.to_repr();
    std::array::from_fn(|i| u32::from_le_bytes([0, 1, 2, 3].map(|j| bytes[4 * i + j])))
}

/// The Montgomery limbs of a scalar, as they lie in memory.
pub(crate) fn montgomery_limbs_of(element: &Fr) -> [u32; 8] {
    // SAFETY: an `Fr` is four limbs of 64 bits, the size says, and eight of 32 are the same bytes.
    unsafe { std::mem::transmute_copy(element) }
}

/// The Montgomery limbs of an element.
fn montgomery_limbs<F: PrimeField<Repr = [u8; 32]>>(element: &F, radix: F) -> [u32; 8] {
    limbs(&(*element * radix))
}

/// The element of a canonical scalar.
pub(crate) fn scalar(value: ScalarField) -> Fr {
    canonical(radix(), value.into())
}

/// Elements whose Montgomery limbs are those of these scalars, wherever they lie.
pub(crate) fn montgomery_scalars(values: &[ScalarField]) -> Vec<Fr> {
    let convert = |value: &ScalarField| montgomery(&(*value).into());
    values.par_iter().with_min_len(PART).map(convert).collect()
}

/// The element of a canonical coordinate.
pub(crate) fn coordinate(value: BaseField) -> Fq {
    canonical(radix(), value.into())
}

/// The engine's points of points in either form. Of those that are not `needed` only the place is.
pub(crate) fn points(
    values: &[G1Affine],
    are_montgomery: bool,
    needed: impl Fn(usize) -> bool + Sync,
) -> Vec<EngineAffine> {
    let radix = radix::<Fq>();
    let element = |value: BaseField| match are_montgomery {
        true => montgomery(&value.into()),
        false => canonical(radix, value.into()),
    };
    let convert = |(index, point): (usize, &G1Affine)| match needed(index) {
        true => EngineAffine {
            x: element(point.x),
            y: element(point.y),
        },
        false => EngineAffine::default(),
    };
    values
        .par_iter()
        .with_min_len(PART)
        .enumerate()
        .map(convert)
        .collect()
}

/// Points of the engine's in either form.
pub(crate) fn from_points(points: &[EngineAffine], into_montgomery: bool) -> Vec<G1Affine> {
    let radix = radix::<Fq>();
    let coordinate = |value: &Fq| match into_montgomery {
        true => montgomery_limbs(value, radix),
        false => limbs(value),
    };
    let convert =
        |point: &EngineAffine| G1Affine::from_limbs(coordinate(&point.x), coordinate(&point.y));
    points.par_iter().with_min_len(PART).map(convert).collect()
}

/// Sums as canonical points with z = 1, or the identity.
pub(crate) fn from_sums(sums: &[G1]) -> Vec<G1Projective> {
    let mut affine = vec![EngineAffine::default(); sums.len()];
    G1::batch_normalize(sums, &mut affine);
    from_points(&affine, false)
        .iter()
        .map(G1Affine::to_projective)
        .collect()
}

/// Converts elements of a field in place, between the forms.
pub(crate) fn convert<F>(values: &mut [[u32; 8]], into_montgomery: bool)
where
    F: PrimeField<Repr = [u8; 32]> + SerdeObject,
{
    let radix = radix::<F>();
    values.par_iter_mut().with_min_len(PART).for_each(|value| {
        *value = match into_montgomery {
            // The Montgomery limbs of v are the canonical limbs of v R.
            true => montgomery_limbs(&canonical(radix, *value), radix),
            false => limbs(&montgomery::<F>(value)),
        };
    });
}

#[cfg(test)]
mod tests {
    use ff::Field;
    use halo2curves::bn256::Fr;

    use super::{as_montgomery, convert, limbs, montgomery, scalar};
    use crate::curve::ScalarField;

    #[test]
    fn the_two_forms() {
        let value = Fr::from(3).invert().expect("it is not zero");
        let canonical = limbs(&value);
        assert_eq!(scalar(canonical.into()), value);
        let mut converted = [canonical];
        convert::<Fr>(&mut converted, true);
        assert_eq!(montgomery::<Fr>(&converted[0]), value);
        convert::<Fr>(&mut converted, false);
        assert_eq!(converted[0], canonical);
    }

    #[test]
    fn limbs_above_the_modulus_are_reduced() {
        let all_ones = Fr::from(2).pow_vartime([256]) - Fr::ONE;
        assert_eq!(scalar([u32::MAX; 8].into()), all_ones);
    }

    #[test]
    fn unaligned_scalars_are_not_taken_as_they_are() {
        let limbs = [0_u32; 25];
        let scalars = |start: usize| -> &[ScalarField] {
            // SAFETY: sixteen limbs are two scalars.
            unsafe { std::slice::from_raw_parts(limbs[start..].as_ptr().cast(), 2) }
        };
        let taken = [0, 1].map(|start| as_montgomery(scalars(start)).is_some());
        assert_ne!(taken[0], taken[1]);
    }
}

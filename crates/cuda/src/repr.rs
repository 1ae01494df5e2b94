//! Types whose values are the same bytes on the host and on the device.

use std::mem::{offset_of, size_of};

use crate::field::{Affine, BaseField, ScalarField};

/// A type that is copied between host and device byte for byte.
///
/// Field elements are four 64-bit limbs, least first, in Montgomery form with R = 2^256, below the
/// modulus; affine points are x and then y, the identity (0, 0): halo2curves' representation is the
/// one that the kernels compute with.
///
/// # Safety
/// Values have no padding, no pointers and no invalid bit patterns: any bytes of the right number
/// are a value that may be used without harm, and a value is nothing but its bytes. The kernels
/// declare the type with the same size and the same order of fields.
pub unsafe trait DeviceRepr: Copy + Send + Sync + 'static {}

// SAFETY: integers are their bytes; host and device are little-endian.
unsafe impl DeviceRepr for u8 {}
// SAFETY: as above.
unsafe impl DeviceRepr for u16 {}
// SAFETY: as above.
unsafe impl DeviceRepr for u32 {}
// SAFETY: as above.
unsafe impl DeviceRepr for i32 {}
// SAFETY: as above.
unsafe impl DeviceRepr for u64 {}
// SAFETY: four u64 limbs, as the size says, in a struct of one field; limbs beyond the modulus make
// a value that no arithmetic is promised for and that no memory safety depends on.
unsafe impl DeviceRepr for ScalarField {}
// SAFETY: as above.
unsafe impl DeviceRepr for BaseField {}
// SAFETY: two field elements without padding, in the order asserted below; points off the curve
// are values as field elements beyond the modulus are.
unsafe impl DeviceRepr for Affine {}
// SAFETY: arrays have no padding between their elements.
unsafe impl<T: DeviceRepr, const N: usize> DeviceRepr for [T; N] {}

const _: () = assert!(size_of::<ScalarField>() == 32 && size_of::<BaseField>() == 32);
const _: () = assert!(size_of::<Affine>() == 64);
const _: () = assert!(offset_of!(Affine, x) == 0 && offset_of!(Affine, y) == 32);
const _: () = assert!(
    cfg!(target_endian = "little"),
    "the kernels are little-endian"
);

/// The bytes of a slice.
pub(crate) fn bytes_of<T: DeviceRepr>(values: &[T]) -> &[u8] {
    // SAFETY: `T` has no padding, so all its bytes are initialised.
    unsafe { std::slice::from_raw_parts(values.as_ptr().cast(), size_of_val(values)) }
}

/// The bytes of a slice, to be written.
pub(crate) fn bytes_of_mut<T: DeviceRepr>(values: &mut [T]) -> &mut [u8] {
    // SAFETY: `T` has no padding and no invalid bit patterns.
    unsafe { std::slice::from_raw_parts_mut(values.as_mut_ptr().cast(), size_of_val(values)) }
}

/// The value whose bytes are all zero.
pub(crate) fn zeroed<T: DeviceRepr>() -> T {
    // SAFETY: any bytes are a value of `T`.
    unsafe { std::mem::zeroed() }
}

#[cfg(test)]
mod tests {
    use super::{bytes_of, bytes_of_mut, zeroed};
    use crate::field::{Affine, BaseField, ScalarField};
    use ff::Field;

    /// R = 2^256 modulo the modulus of the scalar field, least byte first: what 1 is in Montgomery form.
    const ONE: [u64; 4] = [
        0xac96341c4ffffffb,
        0x36fc76959f60cd29,
        0x666ea36f7879462e,
        0x0e0a77c19a07df2f,
    ];

    #[test]
    fn field_elements_are_montgomery_limbs() {
        assert_eq!(bytes_of(&[ScalarField::ONE]), bytes_of(&ONE));
        assert_eq!(bytes_of(&[ScalarField::ZERO]), [0; 32]);
        let mut back = [ScalarField::ZERO];
        bytes_of_mut(&mut back).copy_from_slice(bytes_of(&ONE));
        assert_eq!(back, [ScalarField::ONE]);
    }

    #[test]
    fn points_are_x_then_y_and_the_identity_is_zero() {
        let generator = Affine::generator();
        let bytes = bytes_of(std::slice::from_ref(&generator)).to_vec();
        assert_eq!(bytes[..32], *bytes_of(&[generator.x]));
        assert_eq!(bytes[32..], *bytes_of(&[generator.y]));
        assert_eq!(zeroed::<Affine>(), Affine::default());
        assert_eq!(Affine::default().x, BaseField::ZERO);
    }
}

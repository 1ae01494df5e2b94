//! Elements of prime fields.

use std::{
    fmt::{Debug, Display, Formatter, Result as FmtResult},
    marker::PhantomData,
};

use icicle_cuda_runtime::{
    device_context::DeviceContext,
    error::CudaError,
    memory::{DeviceSlice, PlainData},
};

use crate::traits::{FieldConfig, FieldImpl, MontgomeryConvertible};

/// An element: its canonical limbs and nothing else, so that its bytes are those of the integer.
#[derive(PartialEq, Eq, Hash, Copy, Clone)]
#[repr(transparent)]
pub struct Field<const NUM_LIMBS: usize, F: FieldConfig> {
    limbs: [u32; NUM_LIMBS],
    field: PhantomData<fn() -> F>,
}

// SAFETY: transparently an array of limbs; the name of the field takes no memory.
unsafe impl<const NUM_LIMBS: usize, F: FieldConfig> PlainData for Field<NUM_LIMBS, F> {}

impl<const NUM_LIMBS: usize, F: FieldConfig> Display for Field<NUM_LIMBS, F> {
    fn fmt(&self, f: &mut Formatter<'_>) -> FmtResult {
        write!(f, "0x")?;
        self.limbs
            .iter()
            .rev()
            .try_for_each(|limb| write!(f, "{limb:08x}"))
    }
}

impl<const NUM_LIMBS: usize, F: FieldConfig> Debug for Field<NUM_LIMBS, F> {
    fn fmt(&self, f: &mut Formatter<'_>) -> FmtResult {
        Display::fmt(self, f)
    }
}

impl<const NUM_LIMBS: usize, F: FieldConfig> From<Field<NUM_LIMBS, F>> for [u32; NUM_LIMBS] {
    fn from(element: Field<NUM_LIMBS, F>) -> Self {
        element.limbs
    }
}

impl<const NUM_LIMBS: usize, F: FieldConfig> From<[u32; NUM_LIMBS]> for Field<NUM_LIMBS, F> {
    fn from(limbs: [u32; NUM_LIMBS]) -> Self {
        Self {
            limbs,
            field: PhantomData,
        }
    }
}

impl<const NUM_LIMBS: usize, F: FieldConfig> FieldImpl for Field<NUM_LIMBS, F> {
    type Config = F;
    type Repr = [u32; NUM_LIMBS];

    fn to_bytes_le(&self) -> Vec<u8> {
        self.limbs
            .iter()
            .flat_map(|limb| limb.to_le_bytes())
            .collect()
    }

    fn from_bytes_le(bytes: &[u8]) -> Self {
        let mut limbs = [0; NUM_LIMBS];
        for (i, byte) in bytes.iter().take(4 * NUM_LIMBS).enumerate() {
            limbs[i / 4] |= u32::from(*byte) << (8 * (i % 4));
        }
        limbs.into()
    }

    fn from_hex(s: &str) -> Self {
        let digits: Vec<u32> = s
            .strip_prefix("0x")
            .unwrap_or(s)
            .chars()
            .map(|digit| digit.to_digit(16).expect("hexadecimal digits"))
            .collect();
        let mut limbs = [0; NUM_LIMBS];
        for (i, digit) in digits.iter().rev().take(8 * NUM_LIMBS).enumerate() {
            limbs[i / 8] |= digit << (4 * (i % 8));
        }
        limbs.into()
    }

    fn zero() -> Self {
        Self::from_u32(0)
    }

    fn one() -> Self {
        Self::from_u32(1)
    }

    fn from_u32(val: u32) -> Self {
        let mut limbs = [0; NUM_LIMBS];
        if let Some(lowest) = limbs.first_mut() {
            *lowest = val;
        }
        limbs.into()
    }
}

/// A field whose elements devices convert.
pub trait MontgomeryConvertibleField<'a, F: FieldImpl> {
    /// Into Montgomery form, in place.
    fn to_mont(values: &mut DeviceSlice<F>, ctx: &DeviceContext<'a>) -> CudaError;
    /// Out of it, in place.
    fn from_mont(values: &mut DeviceSlice<F>, ctx: &DeviceContext<'a>) -> CudaError;
}

impl<'a, const NUM_LIMBS: usize, F> MontgomeryConvertible<'a> for Field<NUM_LIMBS, F>
where
    F: FieldConfig + MontgomeryConvertibleField<'a, Self>,
{
    fn to_mont(values: &mut DeviceSlice<Self>, ctx: &DeviceContext<'a>) -> CudaError {
        F::to_mont(values, ctx)
    }

    fn from_mont(values: &mut DeviceSlice<Self>, ctx: &DeviceContext<'a>) -> CudaError {
        F::from_mont(values, ctx)
    }
}

#[cfg(test)]
mod tests {
    use super::{Field, FieldConfig, FieldImpl};

    #[derive(Debug, PartialEq, Copy, Clone)]
    struct Any;
    impl FieldConfig for Any {}
    type Element = Field<2, Any>;

    #[test]
    fn bytes_digits_and_limbs() {
        let element = Element::from([0x89abcdef, 0x01234567]);
        assert_eq!(element.to_string(), "0x0123456789abcdef");
        assert_eq!(Element::from_hex("0x123456789abcdef"), element);
        assert_eq!(Element::from_hex("0123456789ABCDEF"), element);
        assert_eq!(Element::from_bytes_le(&element.to_bytes_le()), element);
        assert_eq!(Element::from_bytes_le(&[1, 2]), Element::from_u32(0x201));
        assert_eq!(Element::from_bytes_le(&[1; 99]), [0x01010101; 2].into());
        assert_eq!(<[u32; 2]>::from(Element::one()), [1, 0]);
        assert_eq!(size_of::<Element>(), 8);
    }

    #[test]
    #[should_panic(expected = "hexadecimal digits")]
    fn what_is_no_digit_makes_no_element() {
        let _ = Element::from_hex("0x12 34");
    }
}

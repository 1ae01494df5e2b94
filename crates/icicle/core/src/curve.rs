//! Points of elliptic curves in short Weierstrass form.

use std::fmt::Debug;

use icicle_cuda_runtime::{
    device_context::DeviceContext,
    error::CudaError,
    memory::{DeviceSlice, PlainData},
};

use crate::traits::{FieldImpl, MontgomeryConvertible};

/// A curve: its fields, and what is done with single points.
pub trait Curve: Debug + PartialEq + Copy + Clone {
    /// The field of the coordinates.
    type BaseField: FieldImpl;
    /// The field of the scalars.
    type ScalarField: FieldImpl;

    /// Whether two points are the same.
    fn eq_proj(point1: &Projective<Self>, point2: &Projective<Self>) -> bool;
    /// The affine form of a point.
    fn to_affine(point: &Projective<Self>) -> Affine<Self>;
    /// Random points.
    fn generate_random_projective_points(size: usize) -> Vec<Projective<Self>>;
    /// Random points.
    fn generate_random_affine_points(size: usize) -> Vec<Affine<Self>>;
    /// Converts coordinates on the device, in place.
    fn convert_affine_montgomery(
        points: &mut DeviceSlice<Affine<Self>>,
        is_into: bool,
        ctx: &DeviceContext,
    ) -> CudaError;
    /// Converts coordinates on the device, in place.
    fn convert_projective_montgomery(
        points: &mut DeviceSlice<Projective<Self>>,
        is_into: bool,
        ctx: &DeviceContext,
    ) -> CudaError;
}

/// A point (x/z, y/z), in canonical coordinates; the identity has z = 0.
#[derive(Debug, Clone, Copy)]
#[repr(C)]
pub struct Projective<C: Curve> {
    /// x.
    pub x: C::BaseField,
    /// y.
    pub y: C::BaseField,
    /// z.
    pub z: C::BaseField,
}

/// A point (x, y), in canonical coordinates; the identity is (0, 0), which is on no curve with b != 0.
#[derive(Debug, PartialEq, Clone, Copy)]
#[repr(C)]
pub struct Affine<C: Curve> {
    /// x.
    pub x: C::BaseField,
    /// y.
    pub y: C::BaseField,
}

// SAFETY: a C struct of values of one plain type has nothing between them and nothing behind.
unsafe impl<C: Curve> PlainData for Projective<C> {}
// SAFETY: as above.
unsafe impl<C: Curve> PlainData for Affine<C> {}

impl<C: Curve> Affine<C> {
    /// The identity.
    pub fn zero() -> Self {
        Self {
            x: C::BaseField::zero(),
            y: C::BaseField::zero(),
        }
    }

    /// The point of canonical coordinates.
    pub fn from_limbs(
        x: <C::BaseField as FieldImpl>::Repr,
        y: <C::BaseField as FieldImpl>::Repr,
    ) -> Self {
        Self {
            x: x.into(),
            y: y.into(),
        }
    }

    /// With z = 1.
    pub fn to_projective(&self) -> Projective<C> {
        if *self == Self::zero() {
            return Projective::zero();
        }
        Projective {
            x: self.x,
            y: self.y,
            z: C::BaseField::one(),
        }
    }
}

impl<C: Curve> From<Affine<C>> for Projective<C> {
    fn from(point: Affine<C>) -> Self {
        point.to_projective()
    }
}

impl<C: Curve> Projective<C> {
    /// The identity.
    pub fn zero() -> Self {
        Self {
            x: C::BaseField::zero(),
            y: C::BaseField::one(),
            z: C::BaseField::zero(),
        }
    }

    /// The point of canonical coordinates.
    pub fn from_limbs(
        x: <C::BaseField as FieldImpl>::Repr,
        y: <C::BaseField as FieldImpl>::Repr,
        z: <C::BaseField as FieldImpl>::Repr,
    ) -> Self {
        Self {
            x: x.into(),
            y: y.into(),
            z: z.into(),
        }
    }
}

impl<C: Curve> PartialEq for Projective<C> {
    fn eq(&self, other: &Self) -> bool {
        C::eq_proj(self, other)
    }
}

impl<C: Curve> From<Projective<C>> for Affine<C> {
    fn from(point: Projective<C>) -> Self {
        C::to_affine(&point)
    }
}

impl<'a, C: Curve> MontgomeryConvertible<'a> for Affine<C> {
    fn to_mont(values: &mut DeviceSlice<Self>, ctx: &DeviceContext<'a>) -> CudaError {
        C::convert_affine_montgomery(values, true, ctx)
    }

    fn from_mont(values: &mut DeviceSlice<Self>, ctx: &DeviceContext<'a>) -> CudaError {
        C::convert_affine_montgomery(values, false, ctx)
    }
}

impl<'a, C: Curve> MontgomeryConvertible<'a> for Projective<C> {
    fn to_mont(values: &mut DeviceSlice<Self>, ctx: &DeviceContext<'a>) -> CudaError {
        C::convert_projective_montgomery(values, true, ctx)
    }

    fn from_mont(values: &mut DeviceSlice<Self>, ctx: &DeviceContext<'a>) -> CudaError {
        C::convert_projective_montgomery(values, false, ctx)
    }
}

//! Types that are the same: the only unsafe code of the bridge.
//!
//! A value of [`SameField`] or [`SameCurve`] exists only where two types without lifetimes have one
//! [`TypeId`], so are one type. A type that is made of one of them ([`OverField`], [`OverCurve`]: a
//! function from types to types) is then the same type as what is made of the other, whatever
//! lifetimes it has: a value of it is a value of the other.

use ff::Field;
use halo2_axiom::{
    halo2curves::{
        bn256::{Bn256, Fr, G1Affine},
        CurveAffine,
    },
    poly::kzg::commitment::ParamsKZG,
};
use std::{
    any::TypeId,
    marker::PhantomData,
    mem::{transmute_copy, ManuallyDrop},
};

/// A type made of a field.
pub trait OverField {
    /// What is made of the field F.
    type Of<F: Field>;
}

/// A type made of a curve.
pub trait OverCurve {
    /// What is made of the curve C.
    type Of<C: CurveAffine>;
}

/// That the field S is [`Fr`].
#[derive(Clone, Copy)]
pub struct SameField<S>(PhantomData<fn() -> S>);

impl<S: Field> SameField<S> {
    /// None where the field is another one.
    pub fn check() -> Option<Self> {
        (TypeId::of::<S>() == TypeId::of::<Fr>()).then_some(Self(PhantomData))
    }

    /// What is made of Fr, as made of the caller's field.
    pub fn back<T: OverField>(self, value: T::Of<Fr>) -> T::Of<S> {
        // SAFETY: S is Fr, as `self` witnesses, so both are T::Of<Fr>.
        unsafe { identity(value) }
    }
}

/// That the curve C is [`G1Affine`].
#[derive(Clone, Copy)]
pub struct SameCurve<C>(PhantomData<fn() -> C>);

impl<C: CurveAffine> SameCurve<C> {
    /// None where the curve is another one.
    pub fn check() -> Option<Self> {
        (TypeId::of::<C>() == TypeId::of::<G1Affine>()).then_some(Self(PhantomData))
    }

    /// What is made of the caller's curve, as made of G1.
    pub fn forth<T: OverCurve>(self, value: T::Of<C>) -> T::Of<G1Affine> {
        // SAFETY: C is G1Affine, as `self` witnesses, so both are T::Of<G1Affine>.
        unsafe { identity(value) }
    }

    /// What is made of G1, as made of the caller's curve.
    pub fn back<T: OverCurve>(self, value: T::Of<G1Affine>) -> T::Of<C> {
        // SAFETY: C is G1Affine, as `self` witnesses, so both are T::Of<G1Affine>.
        unsafe { identity(value) }
    }
}

/// An SRS, if it is one of KZG on BN254.
pub fn params<P>(params: &P) -> Option<&ParamsKZG<Bn256>> {
    // `typeid` asks for the identity of P but for its lifetimes; `ParamsKZG<Bn256>` has none, so that
    // nothing which equals it has any.
    let same = typeid::of::<P>() == TypeId::of::<ParamsKZG<Bn256>>();
    // SAFETY: P is ParamsKZG<Bn256>.
    same.then(|| unsafe { identity::<&P, &ParamsKZG<Bn256>>(params) })
}

/// A value of a type as a value of that type: what `transmute` does where the compiler knows the types.
///
/// # Safety
///
/// A and B are the same type.
unsafe fn identity<A, B>(value: A) -> B {
    // Not when it is compiled: for types that differ this is compiled, too, and never called.
    assert!(size_of::<A>() == size_of::<B>() && align_of::<A>() == align_of::<B>());
    let value = ManuallyDrop::new(value);
    // SAFETY: A and B are the same type, so B's bytes are valid; `value` is not used again, nor dropped.
    unsafe { transmute_copy::<A, B>(&value) }
}

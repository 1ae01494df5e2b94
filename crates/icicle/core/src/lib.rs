//! ICICLE v2's `icicle-core` over the halo2-offload engine: the traits and functions that a program
//! names, of which `icicle-bn254` has the implementations.
//!
//! Here are fields, curves, [multi-scalar multiplication](msm), [number-theoretic transforms](ntt) and
//! [vector operations](vec_ops). ICICLE's polynomials, hashes, trees, transforms of points, G2 and the
//! conversions of its `arkworks` feature are not here: a program that names them does not compile.
//!
//! Where ICICLE panics on arguments that do not fit, these functions return
//! [`InvalidArgument`](error::IcicleErrorCode::InvalidArgument) and say what does not fit. Nothing is
//! written to results then.

pub mod curve;
pub mod error;
pub mod field;
pub mod msm;
pub mod ntt;
pub mod traits;
pub mod vec_ops;

/// A curve with all that a SNARK's prover takes of it.
pub trait SNARKCurve: curve::Curve + msm::MSM<Self>
where
    <Self::ScalarField as traits::FieldImpl>::Config:
        ntt::NTT<Self::ScalarField, Self::ScalarField>,
{
}

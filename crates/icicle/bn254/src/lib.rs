//! ICICLE v2's `icicle-bn254` on the halo2-offload engine: multi-scalar multiplication, number-theoretic
//! transforms and vector operations over BN254, on a CUDA device or on the CPU.
//!
//! ```
//! use icicle_bn254::curve::{CurveCfg, G1Projective, ScalarCfg};
//! use icicle_core::{curve::Curve, msm::{msm, MSMConfig}, traits::GenerateRandom};
//! use icicle_cuda_runtime::memory::{DeviceVec, HostSlice};
//!
//! let points = CurveCfg::generate_random_affine_points(64);
//! let scalars = ScalarCfg::generate_random(64);
//! let mut sum = DeviceVec::<G1Projective>::cuda_malloc(1).unwrap();
//! msm(
//!     HostSlice::from_slice(&scalars),
//!     HostSlice::from_slice(&points),
//!     &MSMConfig::default(),
//!     &mut sum[..],
//! )
//! .unwrap();
//! let mut on_host = [G1Projective::zero()];
//! sum.copy_to_host(HostSlice::from_mut_slice(&mut on_host)).unwrap();
//! ```
//!
//! Field elements are canonical limbs; values at or above the modulus are outside of what is promised.
//! Which device runs, and what was called, is in [`icicle_cuda_runtime::offload`]; which bases are kept is
//! in [`bases`].

mod access;
pub mod bases;
mod cuda;
pub mod curve;
mod domain;
pub mod msm;
pub mod ntt;
mod order;
mod repr;
pub mod vec_ops;

impl icicle_core::SNARKCurve for curve::CurveCfg {}

//! The CPU engine: rayon over host memory.

pub mod msm;
pub mod ntt;

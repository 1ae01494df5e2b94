//! Multi-scalar multiplication over BN254 in lanes: what takes the time of it.

pub(in crate::cpu) mod additions;
pub(in crate::cpu) mod recode;

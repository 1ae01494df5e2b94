//! The engines that the rungs of the ladder prove with.

pub mod cuda;
pub mod icicle;
mod probe;

pub use probe::{describe, Watched};

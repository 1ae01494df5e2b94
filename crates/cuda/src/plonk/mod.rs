//! The operations of the protocol's rounds on the device.

pub mod evaluate;
pub mod lookup;
pub mod seed;
mod specialise;

pub use evaluate::{CudaPrograms, RowPoints};
pub use lookup::CudaLookups;
pub use seed::CudaSeeds;

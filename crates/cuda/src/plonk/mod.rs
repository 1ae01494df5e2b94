//! The operations of the protocol's rounds on the device.

pub mod evaluate;
pub mod lookup;
pub mod seed;

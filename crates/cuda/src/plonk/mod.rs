//! The operations of the protocol's rounds on the device: row by row over many columns.

pub mod evaluate;

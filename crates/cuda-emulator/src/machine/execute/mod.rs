//! What each instruction does to the registers and memories of a warp.
//!
//! Instructions read all their sources before they write a destination: a source and a
//! destination may share a slot.

pub(super) mod bits;
pub(super) mod carry;
pub(super) mod collective;
pub(super) mod convert;
pub(super) mod float;
pub(super) mod integer;
pub(super) mod memory;
pub(super) mod predicate;

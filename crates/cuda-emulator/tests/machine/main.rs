//! The PTX machine without a driver: modules parsed, loaded and launched directly.

mod arithmetic;
mod bits;
mod carry;
mod checks;
mod collective;
mod compiled;
mod control;
mod convert;
mod float;
mod memory;
mod parse;
mod rig;
mod shipped;

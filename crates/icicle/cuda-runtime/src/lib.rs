//! ICICLE v2's `icicle-cuda-runtime` over the halo2-offload engine.
//!
//! Programs written for ICICLE v2.8 find the names here that they know: [`memory`], [`stream`],
//! [`device`], [`device_context`], [`error`]. No line of ICICLE is in this package; Cargo's `[patch]`
//! of ICICLE's repository puts it in ICICLE's place (`docs/ezkl.md`).
//!
//! What is new is [`offload`]: which device runs and why, what was done on it, call by call. Where
//! there is no CUDA device, device 0 is this machine's CPU: "device" memory is host memory and all
//! work runs on the CPU engine. That is said once on stderr, and `HALO2_OFFLOAD_DEVICE=cuda` makes it
//! an error.
//!
//! Differences from ICICLE's package, all of them on the side of safety:
//! - A [`DeviceSlice`](memory::DeviceSlice) is an address and a length that the compiler knows no
//!   memory behind, not a reference to memory that the host cannot read.
//! - Copies between slices of different lengths are errors, not panics.
//! - Work of all streams is in one order, as if they were one; `synchronize` on any waits for all.

pub mod device;
pub mod device_context;
pub mod error;
pub mod memory;
pub mod offload;
pub mod stream;

//! What a device can do at best: the rates that bound every operation on it, timed by its own
//! events.
//!
//! The figures mean something on a real device only, beside its name, driver and clocks. On the
//! emulator they show that the measurement works.

mod arithmetic;
mod copies;
mod launches;

use crate::{context::Context, error::CudaError};

/// Runs of each measurement; the median is taken.
const RUNS: usize = 7;

/// The measured rates of a device.
#[derive(Clone, Debug, PartialEq)]
pub struct Ceilings {
    /// The device.
    pub device: String,
    /// Whether it is the emulator, whose rates are no device's.
    pub is_emulated: bool,
    /// The rates of arithmetic.
    pub arithmetic: Arithmetic,
    /// The rates of copies.
    pub copies: Copies,
    /// Nanoseconds from one launch of an empty kernel to the next, many being under way.
    pub launch_ns: f64,
}

/// Operations a second on values in registers, all multiprocessors together.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Arithmetic {
    /// 32-bit multiply-adds (IMAD).
    pub multiply_adds: f64,
    /// Multiply-adds of 32-bit factors and 64-bit terms (IMAD.WIDE).
    pub wide_multiply_adds: f64,
    /// The same in carry chains, as a field multiplication has them.
    pub carried_multiply_adds: f64,
    /// 32-bit additions in carry chains (IADD3).
    pub carried_adds: f64,
    /// Multiplications in Fr.
    pub fr_multiplications: f64,
    /// Squarings in Fr.
    pub fr_squarings: f64,
    /// Multiplications in Fq.
    pub fq_multiplications: f64,
    /// Squarings in Fq.
    pub fq_squarings: f64,
    /// Additions of an affine point to an XYZZ point of G1.
    pub g1_mixed_additions: f64,
    /// Additions of two affine points of G1, without the share that each has in an inversion.
    pub g1_affine_additions: f64,
}

/// Bytes a second.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Copies {
    /// Within the device by the driver, each byte counted as it is read and as it is written.
    pub device: f64,
    /// The same by a kernel.
    pub device_by_kernel: f64,
    /// From page-locked memory of the host.
    pub upload_pinned: f64,
    /// To page-locked memory of the host.
    pub download_pinned: f64,
    /// From pageable memory, as the driver does it.
    pub upload_pageable: f64,
    /// To pageable memory, as the driver does it.
    pub download_pageable: f64,
    /// From pageable memory through our staging buffers ([`Context::upload`]).
    pub upload_staged: f64,
    /// To pageable memory through our staging buffers ([`Context::download`]).
    pub download_staged: f64,
}

impl Ceilings {
    /// Measures them; a second or two on a device.
    pub fn measure(context: &Context) -> Result<Self, CudaError> {
        let device = context.device();
        if device.is_modelled() {
            return Err(CudaError::Modelled {
                operation: "measuring ceilings",
            });
        }
        Ok(Self {
            device: device.name.clone(),
            is_emulated: device.is_emulated(),
            arithmetic: arithmetic::measure(context)?,
            copies: copies::measure(context)?,
            launch_ns: launches::measure(context)?,
        })
    }
}

/// Units a second, by the median time of several runs after one that warms up.
fn rate(units: f64, mut run_ns: impl FnMut() -> Result<u64, CudaError>) -> Result<f64, CudaError> {
    run_ns()?;
    let mut times = (0..RUNS).map(|_| run_ns()).collect::<Result<Vec<_>, _>>()?;
    times.sort_unstable();
    Ok(units * 1e9 / times[RUNS / 2].max(1) as f64)
}

//! Streams, of which there is one order.

use std::{
    ops::{BitOr, BitOrAssign},
    sync::atomic::{AtomicUsize, Ordering},
};

use crate::{device, error::CudaResult, offload};

/// An order of work, as clients name it.
///
/// The engine has streams of its own, by role, and puts everything that touches a piece of memory in
/// the order in which it was called. That is the order that any use of streams asks for, so streams of
/// clients are names only: work given to one is done when [`synchronize`](Self::synchronize) of any
/// returns.
#[repr(transparent)]
#[derive(Debug, Default)]
pub struct CudaStream {
    /// 0 is the default stream.
    pub(crate) handle: usize,
}

/// How a stream is made; the flags are taken and change nothing.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct CudaStreamCreateFlags {
    bits: u32,
}

impl CudaStreamCreateFlags {
    /// The stream waits for the default stream.
    pub const DEFAULT: Self = Self { bits: 0 };
    /// It does not.
    pub const NON_BLOCKING: Self = Self { bits: 1 };

    /// The flags as CUDA has them.
    pub const fn bits(self) -> u32 {
        self.bits
    }
}

impl BitOr for CudaStreamCreateFlags {
    type Output = Self;

    fn bitor(self, other: Self) -> Self {
        Self {
            bits: self.bits | other.bits,
        }
    }
}

impl BitOrAssign for CudaStreamCreateFlags {
    fn bitor_assign(&mut self, other: Self) {
        *self = *self | other;
    }
}

impl CudaStream {
    /// The stream that nobody made.
    pub(crate) const DEFAULT: Self = Self { handle: 0 };

    /// A stream.
    pub fn create() -> CudaResult<Self> {
        static NEXT: AtomicUsize = AtomicUsize::new(1);
        Ok(Self {
            handle: NEXT.fetch_add(1, Ordering::Relaxed),
        })
    }

    /// A stream; see [`CudaStreamCreateFlags`].
    pub fn create_with_flags(_flags: CudaStreamCreateFlags) -> CudaResult<Self> {
        Self::create()
    }

    /// Ends the stream. Work given to it goes on.
    pub fn destroy(self) -> CudaResult<()> {
        Ok(())
    }

    /// Waits for all work of the calling thread's device.
    pub fn synchronize(&self) -> CudaResult<()> {
        match offload::opened(device::current()) {
            Some(device) => device.synchronize(),
            None => Ok(()),
        }
    }
}

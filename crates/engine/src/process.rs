//! The process that has the threads and the devices: a child that was forked from it has neither.
//!
//! A child of `fork()` has one thread. The threads of a pool that its parent has used are not there, the
//! pool does not know, and work that is given to it is waited for and never done; a driver's context is in
//! the same case. So whoever is about to use either says so with [`Owner::enter`], and is told in a child.
//! Children that are the first to use them are owners of their own.

use std::{
    process,
    sync::atomic::{AtomicU32, Ordering},
};

/// What a parent has used is not there in its child.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error(
    "used before fork(): process {parent} has worked already, and its threads and its GPU context are not in \
     its child {child}, which would wait for them for ever. Start the worker by spawn, \
     multiprocessing.set_start_method(\"spawn\") in Python, or by fork and exec; or fork before the first use"
)]
pub struct UsedBeforeFork {
    /// The process that was the first to use it.
    pub parent: u32,
    /// This process.
    pub child: u32,
}

/// The process that something of a process's own belongs to: the one that used it first.
#[derive(Debug, Default)]
pub struct Owner(AtomicU32);

/// No process has this number.
const NOBODY: u32 = 0;

impl Owner {
    /// Of what nobody has used.
    pub const fn new() -> Self {
        Self(AtomicU32::new(NOBODY))
    }

    /// This process uses it from here on, unless its parent has.
    pub fn enter(&self) -> Result<(), UsedBeforeFork> {
        let child = process::id();
        let entered = self
            .0
            .compare_exchange(NOBODY, child, Ordering::Relaxed, Ordering::Relaxed);
        match entered {
            Err(parent) if parent != child => Err(UsedBeforeFork { parent, child }),
            _ => Ok(()),
        }
    }

    /// Whether this process may use it, which it need not do.
    pub fn check(&self) -> Result<(), UsedBeforeFork> {
        let child = process::id();
        match self.0.load(Ordering::Relaxed) {
            parent if parent != NOBODY && parent != child => Err(UsedBeforeFork { parent, child }),
            _ => Ok(()),
        }
    }
}

/// Says that this process uses rayon's threads from here on. What computes on them begins with this: in a
/// child of a process that has used them it is an error, whichever pool is the thread's.
pub fn enter() -> Result<(), UsedBeforeFork> {
    static THREADS: Owner = Owner::new();
    THREADS.enter()
}

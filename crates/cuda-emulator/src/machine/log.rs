//! Faults of a launch as they are found: each once, with a count.

use std::collections::HashMap;
use std::sync::atomic::{AtomicBool, Ordering::Relaxed};
use std::sync::Arc;

use super::{Fault, FaultKind};

/// The faults that one worker has found.
pub(super) struct Log {
    /// By kind and instruction, with the block that found it first.
    found: HashMap<(FaultKind, u32), (u32, Fault)>,
    most: usize,
    /// Set for all workers once the launch cannot go on.
    stop: Arc<AtomicBool>,
}

/// The launch cannot go on: the reason is in the log.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Stop;

impl Log {
    pub fn new(most: usize, stop: Arc<AtomicBool>) -> Self {
        Self {
            found: HashMap::new(),
            most,
            stop,
        }
    }

    /// Whether some worker has stopped the launch.
    pub fn is_stopped(&self) -> bool {
        self.stop.load(Relaxed)
    }

    /// Counts a fault at an instruction of block number `block`; the first is described.
    pub fn report(
        &mut self,
        kind: FaultKind,
        origin: u32,
        block: u32,
        describe: impl FnOnce() -> Fault,
    ) -> Result<(), Stop> {
        match self.found.get_mut(&(kind, origin)) {
            Some((_, fault)) => fault.count += 1,
            None => {
                self.found.insert((kind, origin), (block, describe()));
            }
        }
        if kind.is_fatal() || self.found.len() >= self.most {
            self.stop.store(true, Relaxed);
            return Err(Stop);
        }
        Ok(())
    }
}

/// The logs of all workers as one list, in the order of the program. Of a fault that several
/// found, the lowest block's is kept.
pub(super) fn merge(logs: impl IntoIterator<Item = Log>) -> Vec<Fault> {
    let mut all = HashMap::<_, (u32, Fault)>::new();
    for (key, (block, fault)) in logs.into_iter().flat_map(|log| log.found) {
        match all.get_mut(&key) {
            Some((first, kept)) => {
                let count = kept.count + fault.count;
                if block < *first {
                    (*first, *kept) = (block, fault);
                }
                kept.count = count;
            }
            None => {
                all.insert(key, (block, fault));
            }
        }
    }
    let mut all: Vec<_> = all.into_iter().collect();
    all.sort_by_key(|((kind, origin), _)| (*origin, *kind));
    all.into_iter().map(|(_, (_, fault))| fault).collect()
}

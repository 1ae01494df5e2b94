//! Wall and CPU time.

use std::{
    ops::AddAssign,
    time::{Duration, Instant},
};

/// Both clocks at one moment.
#[derive(Clone, Copy, Debug)]
pub struct Reading {
    wall: Instant,
    cpu: Duration,
}

/// Time between two readings, in nanoseconds.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Spent {
    /// Wall time.
    pub wall_ns: u64,
    /// CPU time of all threads of the process, user and system.
    pub cpu_ns: u64,
}

impl Reading {
    /// Reads both clocks.
    pub fn now() -> Self {
        Self {
            wall: Instant::now(),
            cpu: process_cpu_time(),
        }
    }

    /// What was spent between `earlier` and this reading.
    pub fn since(&self, earlier: &Self) -> Spent {
        Spent {
            wall_ns: nanoseconds(self.wall.duration_since(earlier.wall)),
            cpu_ns: nanoseconds(self.cpu.saturating_sub(earlier.cpu)),
        }
    }
}

#[cfg(test)]
impl Reading {
    /// What two busy threads would read that many milliseconds later.
    pub(crate) fn later(&self, milliseconds: u64) -> Self {
        let duration = Duration::from_millis(milliseconds);
        Self {
            wall: self.wall + duration,
            cpu: self.cpu + 2 * duration,
        }
    }
}

impl AddAssign for Spent {
    fn add_assign(&mut self, other: Self) {
        self.wall_ns += other.wall_ns;
        self.cpu_ns += other.cpu_ns;
    }
}

fn nanoseconds(duration: Duration) -> u64 {
    u64::try_from(duration.as_nanos()).unwrap_or(u64::MAX)
}

/// What `getrusage(RUSAGE_SELF)` says, user and system together, in nanoseconds instead of
/// microseconds.
#[cfg(unix)]
fn process_cpu_time() -> Duration {
    let time = rustix::time::clock_gettime(rustix::time::ClockId::ProcessCPUTime);
    Duration::try_from(time).unwrap_or_default()
}

/// Not measured.
#[cfg(not(unix))]
fn process_cpu_time() -> Duration {
    Duration::ZERO
}

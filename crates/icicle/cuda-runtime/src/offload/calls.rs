//! What was called: kept for [`calls`] and [`totals`], and written to stderr where that is asked for.

use std::{
    collections::{BTreeMap, VecDeque},
    fmt,
    sync::{Mutex, MutexGuard, OnceLock, PoisonError},
    time::{Duration, Instant},
};

use super::line::say;

const VARIABLE: &str = "HALO2_OFFLOAD_CALLS";
/// The calls that are remembered one by one.
const REMEMBERED: usize = 1024;

/// Bytes over the bus.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Bus {
    /// From the host to the device.
    pub bytes_to_device: u64,
    /// From the device to the host.
    pub bytes_from_device: u64,
}

/// One call of an operation.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Call {
    /// `msm`, `ntt`, `mul_scalars`, ..
    pub operation: &'static str,
    /// Elements of one vector of the batch.
    pub elements: usize,
    /// Vectors.
    pub batch: usize,
    /// Whether a CUDA device did it; else the CPU.
    pub on_cuda: bool,
    /// Whether the bases of a multiplication were there, in the engine's form, from an earlier call.
    pub bases_kept: Option<bool>,
    /// What went over the bus for it.
    pub bus: Bus,
    /// From the call to its return.
    pub time: Duration,
    /// Whether it ended in an error.
    pub failed: bool,
}

/// All calls of an operation in one place.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Total {
    /// Calls.
    pub calls: u64,
    /// Those of them that ended in an error.
    pub failed: u64,
    /// Multiplications whose bases were there from an earlier call.
    pub bases_kept: u64,
    /// What went over the bus.
    pub bus: Bus,
    /// The sum of the calls' times, which overlap where threads call side by side.
    pub time: Duration,
}

impl fmt::Display for Call {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(
            f,
            "{} {} x {} {} {:.3} ms",
            self.operation,
            self.batch,
            self.elements,
            if self.on_cuda { "cuda" } else { "cpu" },
            self.time.as_secs_f64() * 1e3,
        )?;
        if self.on_cuda {
            let Bus {
                bytes_to_device,
                bytes_from_device,
            } = self.bus;
            write!(f, " to {bytes_to_device} from {bytes_from_device} bytes")?;
        }
        match self.bases_kept {
            Some(true) => write!(f, " bases kept")?,
            Some(false) => write!(f, " bases taken in")?,
            None => {}
        }
        if self.failed {
            write!(f, " failed")?;
        }
        Ok(())
    }
}

#[derive(Default)]
struct Log {
    latest: VecDeque<Call>,
    totals: BTreeMap<(&'static str, bool), Total>,
}

fn log() -> MutexGuard<'static, Log> {
    static LOG: OnceLock<Mutex<Log>> = OnceLock::new();
    LOG.get_or_init(Mutex::default)
        .lock()
        .unwrap_or_else(PoisonError::into_inner)
}

/// The latest calls of the process, 1024 at most, the oldest first.
pub fn calls() -> Vec<Call> {
    log().latest.iter().cloned().collect()
}

/// All calls of the process, by operation and by whether a CUDA device did them.
pub fn totals() -> BTreeMap<(&'static str, bool), Total> {
    log().totals.clone()
}

/// A call under way: for the packages above.
#[derive(Debug)]
pub struct Watch {
    call: Call,
    started: Instant,
}

impl Watch {
    /// A call that begins now.
    pub fn start(operation: &'static str, elements: usize, batch: usize) -> Self {
        Self {
            call: Call {
                operation,
                elements,
                batch,
                on_cuda: false,
                bases_kept: None,
                bus: Bus::default(),
                time: Duration::ZERO,
                failed: false,
            },
            started: Instant::now(),
        }
    }

    /// It was done on a CUDA device.
    pub fn on_cuda(&mut self, bus: Bus) {
        self.call.on_cuda = true;
        self.call.bus = bus;
    }

    /// Whether bases were there from before.
    pub fn bases(&mut self, kept: bool) {
        let all = self.call.bases_kept.unwrap_or(true);
        self.call.bases_kept = Some(all && kept);
    }

    /// The call returns.
    pub fn finish<T, E>(mut self, result: Result<T, E>) -> Result<T, E> {
        self.call.time = self.started.elapsed();
        self.call.failed = result.is_err();
        if is_printed() {
            say(&self.call);
        }
        let mut log = log();
        let total = log
            .totals
            .entry((self.call.operation, self.call.on_cuda))
            .or_default();
        total.calls += 1;
        total.failed += u64::from(self.call.failed);
        total.bases_kept += u64::from(self.call.bases_kept == Some(true));
        total.bus.bytes_to_device += self.call.bus.bytes_to_device;
        total.bus.bytes_from_device += self.call.bus.bytes_from_device;
        total.time += self.call.time;
        if log.latest.len() == REMEMBERED {
            log.latest.pop_front();
        }
        log.latest.push_back(self.call);
        result
    }
}

fn is_printed() -> bool {
    static PRINTED: OnceLock<bool> = OnceLock::new();
    *PRINTED.get_or_init(|| match std::env::var(VARIABLE).as_deref() {
        Ok("1") => true,
        Ok("0" | "") | Err(_) => false,
        Ok(other) => {
            say(format_args!("{VARIABLE} is `{other}`; it takes 1 or 0"));
            false
        }
    })
}

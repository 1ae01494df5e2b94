//! An open CUDA device, and how calls of many threads take turns on it.

use std::{
    fmt,
    panic::resume_unwind,
    sync::{Arc, Mutex, OnceLock, PoisonError},
    thread,
};

use halo2_offload_cuda::{Context, CudaError, KernelImage, Options};
use halo2_offload_engine::process;
use rayon::{ThreadPool, ThreadPoolBuilder};

use super::failure::fail_with;
use crate::error::CudaResult;

/// What a call runs on.
#[derive(Clone, Debug)]
pub enum Place {
    /// The CPU engine; "device" memory is host memory.
    Cpu,
    /// A CUDA device.
    Cuda(Arc<Device>),
}

/// An open CUDA device.
pub struct Device {
    context: Arc<Context>,
    /// For the host's part of the work: comparisons of bases, the last sums.
    threads: ThreadPool,
    turn: Mutex<()>,
    keeper: OnceLock<Keeper>,
}

/// Gives up what is kept on a device between calls. Whether there was any.
type Keeper = Box<dyn Fn() -> bool + Send + Sync>;

impl fmt::Debug for Device {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Device")
            .field("info", self.context.device())
            .finish_non_exhaustive()
    }
}

/// Comparisons are as fast as memory with few threads.
const MOST_THREADS: usize = 8;

impl Device {
    pub(super) fn open(ordinal: usize) -> Result<Self, CudaError> {
        let context = Context::open(ordinal, &KernelImage::shipped(), Options::default())?;
        // That one kernel loads says that the device and its driver take our code.
        context.function("field_fr", "field_fr_to_montgomery")?;
        let threads = thread::available_parallelism().map_or(1, usize::from);
        let threads = ThreadPoolBuilder::new()
            .num_threads(threads.min(MOST_THREADS))
            .thread_name(|index| format!("halo2-offload-{index}"))
            .build()
            .map_err(no_thread)?;
        Ok(Self {
            context,
            threads,
            turn: Mutex::new(()),
            keeper: OnceLock::new(),
        })
    }

    /// The context.
    pub fn context(&self) -> &Arc<Context> {
        &self.context
    }

    /// Says how to give up what is kept on the device between calls, and whether there was any: for the
    /// package that keeps it, once.
    pub fn set_keeper(&self, give_up: impl Fn() -> bool + Send + Sync + 'static) {
        self.keeper.get_or_init(|| Box::new(give_up));
    }

    /// Runs work on the device, one call at a time.
    ///
    /// Where there is too little memory, what is kept between calls is given up, and the work done again.
    /// So it changes nothing that it reads before it has all the memory that it takes.
    ///
    /// Calls come from threads of rayon's pools. Such a thread, where it waits within a parallel
    /// iterator, takes up other work meanwhile, which may be another call: if it held a lock then, it
    /// would wait for itself. So the work gets a thread of its own, which takes nothing up, and the
    /// parallel iterators in it a pool in which there is never anything else. A thread costs some ten
    /// microseconds, less than an operation's transfers.
    pub fn run<R: Send>(
        &self,
        mut work: impl FnMut(&Arc<Context>) -> Result<R, CudaError> + Send,
    ) -> Result<R, CudaError> {
        // Its threads are not there in a child.
        process::enter()?;
        let given_up = || self.keeper.get().is_some_and(|give_up| give_up());
        let turn = || {
            let _turn = self.turn.lock().unwrap_or_else(PoisonError::into_inner);
            self.threads.install(|| match work(&self.context) {
                Err(CudaError::OutOfMemory(_)) if given_up() => work(&self.context),
                result => result,
            })
        };
        thread::scope(|scope| {
            let thread = thread::Builder::new()
                .name("halo2-offload".to_owned())
                .spawn_scoped(scope, turn)
                .map_err(no_thread)?;
            match thread.join() {
                Ok(result) => result,
                Err(panic) => resume_unwind(panic),
            }
        })
    }

    /// [`run`](Self::run), with an error told as this package tells them.
    pub fn call<R: Send>(
        &self,
        work: impl FnMut(&Arc<Context>) -> Result<R, CudaError> + Send,
    ) -> CudaResult<R> {
        self.run(work).or_else(|error| fail_with(&error))
    }

    /// Waits for all work given to the device.
    pub fn synchronize(&self) -> CudaResult<()> {
        self.call(|context| context.synchronize())
    }
}

/// The host has no thread to give.
fn no_thread(error: impl fmt::Display) -> CudaError {
    CudaError::LaunchConfig {
        entry: "the host's part of the work".to_owned(),
        reason: error.to_string(),
    }
}

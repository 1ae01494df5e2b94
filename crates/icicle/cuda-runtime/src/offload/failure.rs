//! Errors, whose words ICICLE's codes have no room for.

use std::cell::RefCell;

use super::line::say;
use crate::error::{set_last_error, CudaError, CudaResult};

thread_local! {
    static TEXT: RefCell<Option<String>> = const { RefCell::new(None) };
}

/// What the last error of a call on this thread was about, in words.
pub fn last_error_text() -> Option<String> {
    TEXT.with_borrow(Clone::clone)
}

/// An error of a call, with its words kept for [`last_error_text`] and written to stderr: the caller
/// sees a code, and a user the caller's `unwrap` of it.
pub fn fail<T>(error: CudaError, text: String) -> CudaResult<T> {
    say(&text);
    TEXT.with_borrow_mut(|kept| *kept = Some(text));
    set_last_error(error);
    Err(error)
}

/// An error of the engine as CUDA's code of it.
pub fn from_engine(error: &halo2_offload_cuda::CudaError) -> CudaError {
    use halo2_offload_cuda::CudaError as Engine;
    match error {
        Engine::NoDriver
        | Engine::DriverFile { .. }
        | Engine::DriverLacks { .. }
        | Engine::DriverTooOld { .. } => CudaError::cudaErrorInsufficientDriver,
        Engine::UsedBeforeFork(_) => CudaError::cudaErrorInitializationError,
        Engine::NoDevice => CudaError::cudaErrorNoDevice,
        Engine::NoSuchDevice { .. } => CudaError::cudaErrorInvalidDevice,
        Engine::OutOfMemory(_) | Engine::TooLarge { .. } | Engine::OutOfPinnedMemory { .. } => {
            CudaError::cudaErrorMemoryAllocation
        }
        Engine::NoModule { .. } | Engine::NoEntry { .. } | Engine::Image { .. } => {
            CudaError::cudaErrorInvalidKernelImage
        }
        Engine::Length { .. } | Engine::Range { .. } | Engine::ForeignBuffer { .. } => {
            CudaError::cudaErrorInvalidValue
        }
        Engine::LaunchConfig { .. } | Engine::Arguments { .. } => {
            CudaError::cudaErrorInvalidConfiguration
        }
        other => match other.code() {
            // The codes of the driver and of the runtime have been the same since CUDA 10.1.
            Some(code) => CudaError::from_code(code.code),
            None => CudaError::cudaErrorUnknown,
        },
    }
}

/// [`fail`] with an error of the engine.
pub(crate) fn fail_with<T>(error: &halo2_offload_cuda::CudaError) -> CudaResult<T> {
    fail(from_engine(error), error.to_string())
}

//! The error codes of the CUDA runtime.

use std::{cell::Cell, mem::MaybeUninit};

/// Names and numbers together, so that neither is written twice.
macro_rules! codes {
    ($($name:ident = $code:literal,)*) => {
        /// A status of the CUDA runtime, by the name and the number that CUDA gives it.
        ///
        /// It is all that a call's error says to the caller. What went wrong in words is in
        /// [`last_error_text`](crate::offload::last_error_text).
        #[allow(non_camel_case_types)]
        #[repr(u32)]
        #[derive(Debug, Copy, Clone, Hash, PartialEq, Eq)]
        #[non_exhaustive]
        #[must_use]
        pub enum cudaError {
            $(#[doc = concat!("CUDA's code ", stringify!($code), ".")] $name = $code,)*
        }

        impl cudaError {
            /// The status of a number; `cudaErrorUnknown` where CUDA 12 has none of that number.
            pub fn from_code(code: u32) -> Self {
                match code {
                    $($code => Self::$name,)*
                    _ => Self::cudaErrorUnknown,
                }
            }
        }
    };
}

codes! {
    cudaSuccess = 0,
    cudaErrorInvalidValue = 1,
    cudaErrorMemoryAllocation = 2,
    cudaErrorInitializationError = 3,
    cudaErrorCudartUnloading = 4,
    cudaErrorProfilerDisabled = 5,
    cudaErrorInvalidConfiguration = 9,
    cudaErrorInvalidPitchValue = 12,
    cudaErrorInvalidSymbol = 13,
    cudaErrorInvalidHostPointer = 16,
    cudaErrorInvalidDevicePointer = 17,
    cudaErrorInvalidMemcpyDirection = 21,
    cudaErrorStubLibrary = 34,
    cudaErrorInsufficientDriver = 35,
    cudaErrorDevicesUnavailable = 46,
    cudaErrorMissingConfiguration = 52,
    cudaErrorInvalidDeviceFunction = 98,
    cudaErrorNoDevice = 100,
    cudaErrorInvalidDevice = 101,
    cudaErrorStartupFailure = 127,
    cudaErrorInvalidKernelImage = 200,
    cudaErrorDeviceUninitialized = 201,
    cudaErrorNoKernelImageForDevice = 209,
    cudaErrorECCUncorrectable = 214,
    cudaErrorUnsupportedLimit = 215,
    cudaErrorDeviceAlreadyInUse = 216,
    cudaErrorPeerAccessUnsupported = 217,
    cudaErrorInvalidPtx = 218,
    cudaErrorJitCompilerNotFound = 221,
    cudaErrorUnsupportedPtxVersion = 222,
    cudaErrorJitCompilationDisabled = 223,
    cudaErrorInvalidResourceHandle = 400,
    cudaErrorIllegalState = 401,
    cudaErrorSymbolNotFound = 500,
    cudaErrorNotReady = 600,
    cudaErrorIllegalAddress = 700,
    cudaErrorLaunchOutOfResources = 701,
    cudaErrorLaunchTimeout = 702,
    cudaErrorContextIsDestroyed = 709,
    cudaErrorAssert = 710,
    cudaErrorHardwareStackError = 714,
    cudaErrorIllegalInstruction = 715,
    cudaErrorMisalignedAddress = 716,
    cudaErrorLaunchFailure = 719,
    cudaErrorNotPermitted = 800,
    cudaErrorNotSupported = 801,
    cudaErrorSystemNotReady = 802,
    cudaErrorSystemDriverMismatch = 803,
    cudaErrorUnknown = 999,
}

/// ICICLE's name for [`cudaError`].
pub type CudaError = cudaError;

/// What calls of this package return.
pub type CudaResult<T> = Result<T, CudaError>;

/// A status as a result.
pub trait CudaResultWrap {
    /// Nothing for success.
    fn wrap(self) -> CudaResult<()>;
    /// The value for success.
    fn wrap_value<T>(self, value: T) -> CudaResult<T>;
    /// The value for success, which says that it was written. ICICLE calls this safe.
    ///
    /// ```compile_fail,E0133
    /// use icicle_cuda_runtime::error::{CudaError, CudaResultWrap};
    /// let value = std::mem::MaybeUninit::<String>::uninit();
    /// let _ = CudaError::cudaSuccess.wrap_maybe_uninit(value);
    /// ```
    ///
    /// # Safety
    /// If the status is `cudaSuccess`, the value has been written.
    unsafe fn wrap_maybe_uninit<T>(self, value: MaybeUninit<T>) -> CudaResult<T>;
}

impl CudaResultWrap for CudaError {
    fn wrap(self) -> CudaResult<()> {
        self.wrap_value(())
    }

    fn wrap_value<T>(self, value: T) -> CudaResult<T> {
        match self {
            Self::cudaSuccess => Ok(value),
            error => Err(error),
        }
    }

    unsafe fn wrap_maybe_uninit<T>(self, value: MaybeUninit<T>) -> CudaResult<T> {
        // SAFETY: the caller says that success means that it was written.
        self.wrap_value(value)
            .map(|value| unsafe { value.assume_init() })
    }
}

thread_local! {
    static LAST: Cell<CudaError> = const { Cell::new(CudaError::cudaSuccess) };
}

/// The last error of a call on this thread, once: the next call of this answers `cudaSuccess`.
pub fn get_last_error() -> CudaError {
    LAST.replace(CudaError::cudaSuccess)
}

pub(crate) fn set_last_error(error: CudaError) {
    LAST.set(error);
}

#[cfg(test)]
mod tests {
    use super::{CudaError, CudaResultWrap};

    #[test]
    fn codes_there_and_back() {
        assert_eq!(
            CudaError::from_code(2),
            CudaError::cudaErrorMemoryAllocation
        );
        assert_eq!(CudaError::cudaErrorMemoryAllocation as u32, 2);
        assert_eq!(CudaError::from_code(12345), CudaError::cudaErrorUnknown);
    }

    #[test]
    fn success_carries_the_value() {
        assert_eq!(CudaError::cudaSuccess.wrap_value(7), Ok(7));
        assert_eq!(
            CudaError::cudaErrorNoDevice.wrap(),
            Err(CudaError::cudaErrorNoDevice)
        );
    }
}

//! Errors of operations.

use std::{collections::HashSet, fmt, mem::MaybeUninit, sync::Mutex, sync::PoisonError};

use icicle_cuda_runtime::error::CudaError;

use crate::traits::IcicleResultWrap;

/// What an error is about.
#[repr(u32)]
#[must_use]
#[derive(Debug, Copy, Clone, Hash, PartialEq, Eq)]
pub enum IcicleErrorCode {
    /// Nothing.
    IcicleSuccess = 0,
    /// Arguments that do not fit each other or the operation.
    InvalidArgument = 1,
    /// No memory.
    MemoryAllocationError = 2,
    /// The device or its driver.
    InternalCudaError = 199999999,
    /// Anything else.
    UndefinedError = 999999999,
}

/// An operation failed.
#[derive(Debug, Clone, Copy, Hash, PartialEq, Eq)]
pub struct IcicleError {
    icicle_error_code: IcicleErrorCode,
    cuda_error: Option<CudaError>,
    reason: Option<&'static str>,
}

/// What operations return.
pub type IcicleResult<T> = Result<T, IcicleError>;

impl IcicleError {
    /// An error of the device. The reason is what the engine says, where it has said something.
    pub fn from_cuda_error(cuda_error: CudaError) -> Self {
        let icicle_error_code = match cuda_error {
            CudaError::cudaSuccess => IcicleErrorCode::IcicleSuccess,
            CudaError::cudaErrorMemoryAllocation => IcicleErrorCode::MemoryAllocationError,
            _ => IcicleErrorCode::InternalCudaError,
        };
        Self {
            icicle_error_code,
            cuda_error: Some(cuda_error),
            reason: Some("an error of the CUDA runtime"),
        }
    }

    /// The same with what it is about.
    pub fn from_cuda_error_and_text(cuda_error: CudaError, text: &str) -> Self {
        Self {
            reason: Some(kept(text)),
            ..Self::from_cuda_error(cuda_error)
        }
    }

    /// An error of a kind.
    pub fn from_code_and_reason(icicle_error_code: IcicleErrorCode, reason: &'static str) -> Self {
        Self {
            icicle_error_code,
            cuda_error: None,
            reason: Some(reason),
        }
    }

    /// Arguments that do not fit, with what about them.
    pub fn invalid_argument(text: &str) -> Self {
        Self::from_code_and_reason(IcicleErrorCode::InvalidArgument, kept(text))
    }

    /// What it is about.
    pub fn get_icicle_error_code(&self) -> IcicleErrorCode {
        self.icicle_error_code
    }

    /// The device's status, where it is an error of a device.
    pub fn get_cuda_error(&self) -> Option<CudaError> {
        self.cuda_error
    }

    /// What it is about, in words.
    pub fn reason(&self) -> Option<&'static str> {
        self.reason
    }
}

impl fmt::Display for IcicleError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.reason {
            Some(reason) => write!(f, "{reason}"),
            None => write!(f, "{:?}", self.icicle_error_code),
        }
    }
}

impl std::error::Error for IcicleError {}

/// A text that stays: ICICLE's errors are `Copy`, and a program that prints one should see what is
/// wrong. Texts are kept once each; a program that goes on failing in ever new words runs out of them.
fn kept(text: &str) -> &'static str {
    const MOST: usize = 256;
    static TEXTS: Mutex<Option<HashSet<&'static str>>> = Mutex::new(None);
    let mut texts = TEXTS.lock().unwrap_or_else(PoisonError::into_inner);
    let texts = texts.get_or_insert_default();
    match texts.get(text) {
        Some(known) => known,
        None if texts.len() < MOST => {
            let text: &'static str = String::leak(text.to_owned());
            texts.insert(text);
            text
        }
        None => "an error like the many before it",
    }
}

impl IcicleResultWrap for CudaError {
    fn wrap(self) -> IcicleResult<()> {
        self.wrap_value(())
    }

    fn wrap_value<T>(self, value: T) -> IcicleResult<T> {
        match self {
            Self::cudaSuccess => Ok(value),
            error => Err(IcicleError::from_cuda_error(error)),
        }
    }

    unsafe fn wrap_maybe_uninit<T>(self, value: MaybeUninit<T>) -> IcicleResult<T> {
        // SAFETY: the caller says that success means that it was written.
        self.wrap_value(value)
            .map(|value| unsafe { value.assume_init() })
    }
}

#[cfg(test)]
mod tests {
    use super::{kept, IcicleError, IcicleErrorCode};

    #[test]
    fn texts_are_kept_once_and_not_without_end() {
        let first = kept("one text");
        assert!(std::ptr::eq(first, kept("one text")));
        for i in 0..1000 {
            kept(&format!("text {i}"));
        }
        assert_eq!(
            kept("a text of its own"),
            "an error like the many before it"
        );
        assert_eq!(kept("one text"), "one text");
    }

    #[test]
    fn errors_say_what_they_are_about() {
        let error = IcicleError::invalid_argument("one text");
        assert_eq!(error.to_string(), "one text");
        assert_eq!(
            error.get_icicle_error_code(),
            IcicleErrorCode::InvalidArgument
        );
        assert!(format!("{error:?}").contains("one text"));
    }
}

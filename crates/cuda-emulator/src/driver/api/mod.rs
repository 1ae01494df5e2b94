//! The exported functions: the C interface of the CUDA driver, as `cuda.h` declares it.
//!
//! Names carry the version suffix of the entry points that the 12.0 headers map to. Arguments
//! that are handles come as `u64`, pointers as the types below, so that every body is safe
//! Rust and each kind of pointer is followed in one place. What makes following them sound is
//! the driver's contract, which is the caller's to keep: a pointer is null or points at what
//! `cuda.h` says, for as long as the call lasts.

use std::ffi::{c_char, c_void, CStr};
use std::panic::{catch_unwind, AssertUnwindSafe};

use crate::control::{Aftermath, FaultKind};

use super::status::{Outcome, Status};
use super::{with_driver, Driver};

/// Exports functions that answer a `CUresult`, with the driver and their own name at hand.
macro_rules! entry_points {
    ($(
        fn $name:ident($($argument:ident: $type:ty),* $(,)?) |$driver:pat_param, $operation:pat_param| $body:expr
    );* $(;)?) => {$(
        #[no_mangle]
        extern "C" fn $name($($argument: $type),*) -> u32 {
            $crate::driver::api::enter(stringify!($name), |$driver, $operation| $body)
        }
    )*};
}

mod context;
mod control;
mod copy;
mod device;
mod launch;
mod link;
mod memory;
mod module;
mod stream;
mod unsupported;

pub(super) use control::first_driver;

/// What every entry point does first and last: counts the call, fails it on request, or with the device, keeps a
/// panic of the stand-in's from crossing into C.
fn enter(name: &'static str, action: impl FnOnce(&mut Driver, &'static str) -> Outcome) -> u32 {
    let run = || {
        with_driver(|driver| {
            match driver.ledger.enter(name) {
                Ok(()) => action(driver, name),
                // What gives something back still counts as that.
                Err((status, Aftermath::DeviceLost)) => {
                    driver.lost = Some(status);
                    action(driver, name).and(Err(status))
                }
                Err((status, _)) => Err(status),
            }
        })
    };
    match catch_unwind(AssertUnwindSafe(run)) {
        Ok(Ok(())) => Status::SUCCESS.0,
        Ok(Err(status)) => status.0,
        Err(panic) => {
            let words = (panic.downcast_ref::<String>().cloned())
                .or_else(|| panic.downcast_ref::<&str>().map(|&text| text.to_owned()));
            let message = words.unwrap_or_else(|| "a panic without words".to_owned());
            with_driver(|driver| {
                (driver.ledger).host_fault(FaultKind::Internal, name, None, message);
            });
            Status::UNKNOWN.0
        }
    }
}

/// Where a result goes.
#[repr(transparent)]
struct Out<T>(*mut T);

impl<T> Out<T> {
    fn is_null(&self) -> bool {
        self.0.is_null()
    }

    fn set(&self, value: T) -> Outcome {
        if self.0.is_null() {
            return Err(Status::INVALID_VALUE);
        }
        // SAFETY: not null, so it points at room for a `T` (the driver's contract).
        unsafe { self.0.write(value) };
        Ok(())
    }

    /// As [`set`](Self::set), where null means that nobody asks.
    fn set_if_asked(&self, value: T) {
        if !self.0.is_null() {
            // SAFETY: as in `set`.
            unsafe { self.0.write(value) };
        }
    }
}

/// Room for a text of a given size.
#[repr(transparent)]
struct OutText(*mut c_char);

impl OutText {
    /// Writes as much of a text as fits, and a zero byte.
    fn set(&self, text: &str, room: i32) -> Outcome {
        let room = usize::try_from(room).map_err(|_| Status::INVALID_VALUE)?;
        if self.0.is_null() || room == 0 {
            return Err(Status::INVALID_VALUE);
        }
        let length = text.len().min(room - 1);
        // SAFETY: the caller says that `room` bytes are there; `length + 1` is no more.
        unsafe {
            std::ptr::copy_nonoverlapping(text.as_ptr(), self.0.cast(), length);
            self.0.add(length).write(0);
        }
        Ok(())
    }
}

/// A text that ends with a zero byte.
#[repr(transparent)]
struct Text(*const c_char);

impl Text {
    /// Up to the zero byte.
    fn bytes(&self) -> Outcome<&[u8]> {
        if self.0.is_null() {
            return Err(Status::INVALID_VALUE);
        }
        // SAFETY: not null, so it is a C string (the driver's contract).
        Ok(unsafe { CStr::from_ptr(self.0) }.to_bytes())
    }

    fn get(&self) -> Outcome<String> {
        let text = std::str::from_utf8(self.bytes()?);
        text.map(str::to_owned).map_err(|_| Status::INVALID_VALUE)
    }
}

/// An array, or one object, that a call reads.
#[repr(transparent)]
struct In<T>(*const T);

impl<T: Copy> In<T> {
    fn is_null(&self) -> bool {
        self.0.is_null()
    }

    /// The element at `index`, which the caller says is there; aligned or not.
    fn at(&self, index: usize) -> Outcome<T> {
        if self.0.is_null() {
            return Err(Status::INVALID_VALUE);
        }
        // SAFETY: not null, so it points at as many elements as the call says there are (the
        // driver's contract), and callers here ask for no others.
        Ok(unsafe { self.0.add(index).read_unaligned() })
    }
}

/// `length` bytes at an address of the program's.
fn bytes_at(address: *const c_void, length: usize) -> Outcome<Vec<u8>> {
    if address.is_null() && length > 0 {
        return Err(Status::INVALID_VALUE);
    }
    let mut bytes = vec![0; length];
    // SAFETY: the caller says that so many bytes are readable there; the destination is ours.
    unsafe { std::ptr::copy_nonoverlapping(address.cast(), bytes.as_mut_ptr(), length) };
    Ok(bytes)
}

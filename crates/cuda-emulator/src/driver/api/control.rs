//! The stand-in's own exports, for tests: see [`crate::control`].

use std::ffi::c_void;

use crate::control::{Config, Receive};

use super::super::{with_driver, Driver};
use super::bytes_at;

/// Forgets all that was and becomes what the configuration says.
#[no_mangle]
extern "C" fn halo2_offload_emulator_configure(text: *const c_void, bytes: usize) -> u32 {
    let config =
        (bytes_at(text, bytes).ok()).and_then(|text| serde_json::from_slice::<Config>(&text).ok());
    match config {
        Some(config) => {
            with_driver(|driver| *driver = Driver::new(config));
            0
        }
        None => 1,
    }
}

/// Runs what is pending and tells what happened, as JSON, before it returns.
#[no_mangle]
extern "C" fn halo2_offload_emulator_report(receive: Receive, datum: *mut c_void) -> u32 {
    let report = with_driver(Driver::report);
    match serde_json::to_vec(&report) {
        Ok(text) => {
            // SAFETY: the caller's function and datum, with bytes that live until it returns.
            unsafe { receive(text.as_ptr(), text.len(), datum) };
            0
        }
        Err(_) => 1,
    }
}

/// Forgets the faults found so far.
#[no_mangle]
extern "C" fn halo2_offload_emulator_forgive() {
    with_driver(|driver| driver.ledger.forgive());
}

//! The stand-in's own exports, for tests: see [`crate::control`].

use std::ffi::c_void;

use crate::control::{Config, Receive, CONFIG_VARIABLE, REPORT_VARIABLE};

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

/// Tells what happened, as JSON, before it returns; where asked to, runs what is pending first.
#[no_mangle]
extern "C" fn halo2_offload_emulator_report(
    run_pending: u32,
    receive: Receive,
    datum: *mut c_void,
) -> u32 {
    let report = with_driver(|driver| {
        if run_pending != 0 {
            driver.run_all();
        }
        driver.report()
    });
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

/// The driver of a process that has not been configured: what its environment says, or the
/// default machine.
pub fn first_driver() -> Driver {
    let config = std::env::var(CONFIG_VARIABLE).ok();
    let config = config.and_then(|text| serde_json::from_str(&text).ok());
    if std::env::var_os(REPORT_VARIABLE).is_some() {
        // SAFETY: `atexit` takes any function; this one needs nothing that ends before it.
        // Where there is no room for one more, there is no report, which its reader says.
        let _registered = unsafe { atexit(report_at_exit) };
    }
    Driver::new(config.unwrap_or_default())
}

extern "C" {
    /// C11, 7.22.4.2.
    fn atexit(function: extern "C" fn()) -> i32;
}

/// Leaves the report where the environment says.
extern "C" fn report_at_exit() {
    let Some(path) = std::env::var_os(REPORT_VARIABLE) else {
        return;
    };
    let report = with_driver(|driver| {
        driver.run_all();
        driver.report()
    });
    let written = serde_json::to_vec(&report).map(|text| std::fs::write(&path, text));
    if !matches!(written, Ok(Ok(()))) {
        eprintln!("CUDA emulator: no report could be written to {path:?}");
    }
}

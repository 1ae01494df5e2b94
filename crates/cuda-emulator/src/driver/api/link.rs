//! The linker, which compiles PTX to machine code.

use std::ffi::c_void;

use super::super::status::Status;
use super::module::ErrorLog;
use super::{bytes_at, In, Out, Text};

/// The number of `CUjitInputType` that names PTX.
const PTX: u32 = 1;

entry_points! {
    fn cuLinkCreate_v2(
        _option_count: u32,
        _options: In<u32>,
        _values: Out<*mut c_void>,
        state: Out<u64>,
    ) |driver, _| {
        if state.is_null() {
            return Err(Status::INVALID_VALUE);
        }
        state.set(driver.create_link()?)
    };

    fn cuLinkAddData_v2(
        state: u64,
        kind: u32,
        data: *const c_void,
        bytes: usize,
        _name: Text,
        option_count: u32,
        options: In<u32>,
        values: Out<*mut c_void>,
    ) |driver, operation| {
        if kind != PTX {
            return Err(Status::NOT_SUPPORTED);
        }
        let log = ErrorLog::find(option_count, &options, &values)?;
        let text = bytes_at(data, bytes)?;
        driver.link_ptx(operation, state, text).map_err(|refusal| {
            log.write(&refusal.words);
            refusal.status
        })
    };

    fn cuLinkComplete(state: u64, cubin: Out<*const u8>, bytes: Out<usize>) |driver, operation| {
        let code = driver.complete_link(operation, state)?;
        cubin.set(code.as_ptr())?;
        bytes.set(code.len())
    };

    fn cuLinkDestroy(state: u64) |driver, operation| driver.destroy_link(operation, state);
}

//! The linker: what it makes is loaded on the architecture that it was made for.

use std::ffi::CString;

use cudarc::driver::sys::{self, CUjitInputType, CUresult};
use cudarc::driver::{result, CudaContext, DriverError};
use halo2_offload_cuda_emulator::{Config, DeviceConfig, FaultKind};

use crate::program::{code, machine, only, quiet, COUNT, VECTORS};

/// A linker, destroyed when dropped.
struct Linker(sys::CUlinkState);

impl Linker {
    fn new(context: &CudaContext) -> Self {
        context.bind_to_thread().unwrap();
        let (options, values) = (std::ptr::null_mut(), std::ptr::null_mut());
        let mut state = std::ptr::null_mut();
        // SAFETY: no options, and a place for the answer.
        unsafe { sys::cuLinkCreate_v2(0, options, values, &mut state) }
            .result()
            .unwrap();
        Self(state)
    }

    fn add(&self, ptx: &str) -> Result<(), DriverError> {
        let text = CString::new(ptx).unwrap();
        let bytes = text.as_bytes_with_nul();
        // SAFETY: so many bytes of text, and no options.
        unsafe {
            sys::cuLinkAddData_v2(
                self.0,
                CUjitInputType::CU_JIT_INPUT_PTX,
                bytes.as_ptr().cast_mut().cast(),
                bytes.len(),
                c"text".as_ptr(),
                0,
                std::ptr::null_mut(),
                std::ptr::null_mut(),
            )
        }
        .result()
    }

    fn complete(&self) -> Result<Vec<u8>, DriverError> {
        let (mut code, mut bytes) = (std::ptr::null_mut(), 0);
        // SAFETY: places for the answers.
        unsafe { sys::cuLinkComplete(self.0, &mut code, &mut bytes) }.result()?;
        // SAFETY: the answer is so many bytes, until the linker is destroyed.
        Ok(unsafe { std::slice::from_raw_parts(code.cast::<u8>(), bytes) }.to_vec())
    }
}

impl Drop for Linker {
    fn drop(&mut self) {
        // SAFETY: created by `new`, and not used afterwards.
        unsafe { sys::cuLinkDestroy(self.0) }.result().unwrap();
    }
}

fn load(context: &CudaContext, code: &[u8]) -> Result<(), DriverError> {
    context.bind_to_thread()?;
    // SAFETY: what the linker made is whole, and ends with a zero byte.
    unsafe {
        let module = result::module::load_data(code.as_ptr().cast())?;
        result::module::get_function(module, CString::new("add_256").unwrap())
            .or_else(|_| result::module::get_function(module, CString::new("count").unwrap()))?;
        result::module::unload(module)
    }
}

#[test]
fn what_is_linked_is_loaded_where_it_was_made_for() {
    let of = |capability| DeviceConfig {
        compute_capability: capability,
        ..DeviceConfig::default()
    };
    let config = Config {
        devices: vec![of((9, 0)), of((8, 9))],
        ..Config::default()
    };
    let emulator = machine(config);
    {
        let context = CudaContext::new(0).unwrap();
        let linker = Linker::new(&context);
        assert_eq!(code(linker.complete()), CUresult::CUDA_ERROR_INVALID_VALUE);
        linker.add(COUNT).unwrap();
        // Linking several texts is not emulated.
        assert_eq!(
            code(linker.add(VECTORS)),
            CUresult::CUDA_ERROR_NOT_SUPPORTED
        );
        let made = linker.complete().unwrap();
        drop(linker);
        load(&context, &made).unwrap();
        let other = CudaContext::new(1).unwrap();
        assert_eq!(
            code(load(&other, &made)),
            CUresult::CUDA_ERROR_NO_BINARY_FOR_GPU
        );
    }
    emulator.assert_clean();
}

#[test]
fn a_wrong_text_is_refused_when_it_is_given() {
    let emulator = machine(quiet());
    {
        let context = CudaContext::new(0).unwrap();
        let linker = Linker::new(&context);
        let wrong = COUNT.replace("atom.", "atomic.");
        assert_eq!(code(linker.add(&wrong)), CUresult::CUDA_ERROR_INVALID_PTX);
    }
    only(&emulator, FaultKind::InvalidProgram);
}

#[test]
fn a_linker_that_is_not_destroyed_is_a_leak() {
    let emulator = machine(quiet());
    {
        let context = CudaContext::new(0).unwrap();
        std::mem::forget(Linker::new(&context));
    }
    let leaks = emulator.report().leaks;
    assert!(
        leaks.iter().any(|leak| leak.to_string().contains("Linker")),
        "{leaks:?}"
    );
}

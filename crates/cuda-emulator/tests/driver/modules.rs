//! Modules: their variables, and what is said of those that are refused.

use std::ffi::{c_char, c_uint, c_void, CStr, CString};

use cudarc::driver::sys::{self, CUjit_option, CUresult};
use cudarc::driver::{result, CudaContext, DevicePtrMut};
use halo2_offload_cuda_emulator::{Config, FaultKind};

use crate::program::{line_of, machine, only, quiet, Argument, Module};

const TABLE: &str = include_str!("ptx/table.ptx");

#[test]
fn variables_have_addresses_and_values() {
    let emulator = machine(quiet());
    {
        let context = CudaContext::new(0).unwrap();
        let stream = context.default_stream();
        let module = Module::load(&context, TABLE).unwrap();
        let (address, bytes) = module.variable("scale").unwrap();
        assert_eq!(bytes, 4);
        let mut out = stream.alloc_zeros::<u32>(4).unwrap();
        let scaled = |out: &mut cudarc::driver::CudaSlice<u32>| {
            let (address, _written) = out.device_ptr_mut(&stream);
            let arguments = [Argument::Pointer(address)];
            module
                .launch(&stream, "scaled", (1, 4), &arguments)
                .unwrap();
        };
        scaled(&mut out);
        assert_eq!(stream.clone_dtoh(&out).unwrap(), [3, 6, 9, 12]);
        // SAFETY: the variable is four bytes.
        unsafe { result::memcpy_htod_sync(address, &[10u32]).unwrap() };
        scaled(&mut out);
        assert_eq!(stream.clone_dtoh(&out).unwrap(), [10, 20, 30, 40]);
        let missing = module.variable("offset").unwrap_err();
        assert_eq!(missing.0, CUresult::CUDA_ERROR_NOT_FOUND);
        let (free, total) = context.mem_get_info().unwrap();
        assert_eq!(total - free, 4 + 16 + 16);
        // SAFETY: that a variable is nobody's to free is the emulator's to say.
        unsafe { result::free_sync(address).unwrap_err() };
        only(&emulator, FaultKind::InvalidFree);
        emulator.forgive();
    }
    emulator.assert_clean();
}

#[test]
fn the_error_log_has_the_line() {
    let emulator = machine(quiet());
    {
        let context = CudaContext::new(0).unwrap();
        context.bind_to_thread().unwrap();
        let wrong = TABLE.replace("mul.lo.s32", "mul.low.s32");
        let text = CString::new(wrong.clone()).unwrap();
        let mut log = [0x7f as c_char; 200];
        let mut options = [
            CUjit_option::CU_JIT_ERROR_LOG_BUFFER,
            CUjit_option::CU_JIT_ERROR_LOG_BUFFER_SIZE_BYTES,
        ];
        let mut values = [log.as_mut_ptr().cast::<c_void>(), log.len() as *mut c_void];
        let mut module = std::ptr::null_mut();
        // SAFETY: two options with two values, a log of the size that is said.
        let outcome = unsafe {
            sys::cuModuleLoadDataEx(
                &mut module,
                text.as_ptr().cast(),
                options.len() as c_uint,
                options.as_mut_ptr(),
                values.as_mut_ptr(),
            )
        };
        assert_eq!(outcome, CUresult::CUDA_ERROR_INVALID_PTX);
        // SAFETY: the log ends with a zero byte.
        let words = unsafe { CStr::from_ptr(log.as_ptr()) }.to_str().unwrap();
        let line = line_of(&wrong, "mul.low.s32");
        assert!(words.contains(&format!("line {line}")), "{words}");
        only(&emulator, FaultKind::InvalidProgram);
    }
}

#[test]
fn parameters_may_come_laid_out() {
    let emulator = machine(Config::default());
    {
        let context = CudaContext::new(0).unwrap();
        let stream = context.default_stream();
        let module = Module::load(&context, TABLE).unwrap();
        let function = module.function("scaled").unwrap();
        let mut out = stream.alloc_zeros::<u32>(4).unwrap();
        let (address, written) = out.device_ptr_mut(&stream);
        let mut bytes = size_of::<u64>();
        // CU_LAUNCH_PARAM_BUFFER_POINTER, CU_LAUNCH_PARAM_BUFFER_SIZE, CU_LAUNCH_PARAM_END.
        let mut extra = [
            std::ptr::without_provenance_mut::<c_void>(1),
            std::ptr::from_ref(&address).cast_mut().cast(),
            std::ptr::without_provenance_mut(2),
            std::ptr::from_mut(&mut bytes).cast(),
            std::ptr::null_mut(),
        ];
        // SAFETY: the one parameter is a pointer to room for four words.
        let launched = unsafe {
            sys::cuLaunchKernel(
                function,
                1,
                1,
                1,
                4,
                1,
                1,
                0,
                stream.cu_stream(),
                std::ptr::null_mut(),
                extra.as_mut_ptr(),
            )
        };
        launched.result().unwrap();
        drop(written);
        assert_eq!(stream.clone_dtoh(&out).unwrap(), [3, 6, 9, 12]);
    }
    emulator.assert_clean();
}

#[test]
fn a_module_is_unloaded_when_its_kernels_are_done() {
    let emulator = machine(quiet());
    {
        let context = CudaContext::new(0).unwrap();
        let stream = context.default_stream();
        let mut out = stream.alloc_zeros::<u32>(4).unwrap();
        for waits in [true, false] {
            let module = Module::load(&context, TABLE).unwrap();
            let (address, _written) = out.device_ptr_mut(&stream);
            let arguments = [Argument::Pointer(address)];
            module
                .launch(&stream, "scaled", (1, 4), &arguments)
                .unwrap();
            if waits {
                stream.synchronize().unwrap();
                drop(module);
                emulator.assert_no_faults();
            } else {
                drop(module);
                let fault = only(&emulator, FaultKind::ModuleUnloadedInUse);
                assert!(fault.message.contains("kernel scaled"), "{fault}");
                emulator.forgive();
            }
        }
    }
    emulator.assert_clean();
}

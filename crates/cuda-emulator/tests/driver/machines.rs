//! Machines that are not as a program would like them.

use std::ffi::c_void;

use cudarc::driver::sys::CUresult;
use cudarc::driver::{result, CudaContext, DriverError};
use halo2_offload_cuda_emulator::{Calls, Config, Failure, FaultKind};

use crate::program::{code, machine, only, quiet, Argument, Module, COUNT};

#[test]
fn no_device() {
    let emulator = machine(Config::without_devices());
    assert_eq!(code(CudaContext::new(0)), CUresult::CUDA_ERROR_NO_DEVICE);
    let counted = result::device::get_count();
    assert_eq!(code(counted), CUresult::CUDA_ERROR_NOT_INITIALIZED);
    emulator.assert_clean();
}

#[test]
fn two_devices_have_their_own_memory() {
    let emulator = machine(Config::default().with_devices(2));
    {
        assert_eq!(CudaContext::device_count().unwrap_or(0), 2);
        let contexts = [0, 1].map(|ordinal| CudaContext::new(ordinal).unwrap());
        let streams = contexts
            .each_ref()
            .map(|context| context.new_stream().unwrap());
        let first = streams[0].clone_htod(&[1u32; 100]).unwrap();
        let mut second = streams[1].clone_htod(&[2u32; 100]).unwrap();
        let used = contexts.each_ref().map(|context| {
            let (free, total) = context.mem_get_info().unwrap();
            total - free
        });
        assert_eq!(used, [400, 400]);
        assert_eq!(streams[1].clone_dtoh(&second).unwrap(), [2; 100]);
        streams[1].memcpy_dtod(&first, &mut second).unwrap();
        assert_eq!(streams[1].clone_dtoh(&second).unwrap(), [1; 100]);
        let beyond = CudaContext::new(2);
        assert_eq!(code(beyond), CUresult::CUDA_ERROR_INVALID_DEVICE);
    }
    emulator.assert_clean();
}

#[test]
fn memory_runs_out_and_comes_back() {
    let emulator = machine(Config::default().with_memory(1 << 20));
    {
        let context = CudaContext::new(0).unwrap();
        let stream = context.new_stream().unwrap();
        let half = stream.alloc_zeros::<u8>(1 << 19).unwrap();
        let too_much = stream.alloc_zeros::<u8>((1 << 19) + 1);
        assert_eq!(code(too_much), CUresult::CUDA_ERROR_OUT_OF_MEMORY);
        // Freed in order of the stream, and so there for what is allocated after it.
        drop(half);
        let whole = stream.alloc_zeros::<u8>(1 << 20).unwrap();
        assert_eq!(context.mem_get_info().unwrap(), (0, 1 << 20));
        drop(whole);
    }
    assert_eq!(emulator.report().devices[0].peak_bytes, 1 << 20);
    emulator.assert_clean();
}

#[test]
fn a_call_fails_when_it_is_told_to() {
    let out_of_memory = CUresult::CUDA_ERROR_OUT_OF_MEMORY as u32;
    let lost = CUresult::CUDA_ERROR_ECC_UNCORRECTABLE as u32;
    let config = Config::default()
        .with_failure(Failure::of("cuMemAllocAsync", 2, out_of_memory))
        .with_failure(Failure::of("cuStreamSynchronize", 1, lost));
    let emulator = machine(config);
    {
        let context = CudaContext::new(0).unwrap();
        let stream = context.new_stream().unwrap();
        let first = stream.alloc_zeros::<u8>(16).unwrap();
        let second = stream.alloc_zeros::<u8>(16);
        assert_eq!(code(second), CUresult::CUDA_ERROR_OUT_OF_MEMORY);
        let third = stream.alloc_zeros::<u8>(16).unwrap();
        let synchronised = stream.synchronize();
        assert_eq!(code(synchronised), CUresult::CUDA_ERROR_ECC_UNCORRECTABLE);
        stream.synchronize().unwrap();
        drop((first, third));
    }
    assert_eq!(emulator.calls("cuMemAllocAsync"), 3);
    assert_eq!(emulator.calls("cuMemFreeAsync"), 2);
    emulator.assert_clean();
}

#[test]
fn memory_fails_from_an_allocation_on() {
    let emulator = machine(Config::default().with_failure(Failure::of_allocation(2).lasting()));
    {
        let context = CudaContext::new(0).unwrap();
        let stream = context.new_stream().unwrap();
        let first = stream.alloc_zeros::<u8>(16).unwrap();
        for _ in 0..2 {
            let device = code(stream.alloc_zeros::<u8>(16));
            assert_eq!(device, CUresult::CUDA_ERROR_OUT_OF_MEMORY);
            // SAFETY: nothing is read of memory that is not there.
            let pinned = code(unsafe { context.alloc_pinned::<u8>(16) });
            assert_eq!(pinned, CUresult::CUDA_ERROR_OUT_OF_MEMORY);
        }
        drop(first);
    }
    assert_eq!(emulator.report().count(&Calls::Allocations), 5);
    emulator.assert_clean();
}

#[test]
fn a_lost_device_runs_nothing_and_takes_back_what_it_gave() {
    let lost = Failure {
        calls: Calls::Named("cuStreamSynchronize".to_owned()),
        ..Failure::device_lost(2)
    };
    let emulator = machine(Config::default().with_failure(lost));
    {
        let context = CudaContext::new(0).unwrap();
        let stream = context.new_stream().unwrap();
        let memory = stream.alloc_zeros::<u8>(100).unwrap();
        let before = emulator.report().copied.host_to_device;
        // SAFETY: it is written before it is read.
        let mut pinned = unsafe { context.alloc_pinned::<u8>(100) }.unwrap();
        pinned.as_mut_slice().unwrap().fill(1);
        stream.synchronize().unwrap();
        let mut target = stream.alloc_zeros::<u8>(100).unwrap();
        stream.memcpy_htod(&pinned, &mut target).unwrap();
        for _ in 0..2 {
            let waited = code(stream.synchronize());
            assert_eq!(waited, CUresult::CUDA_ERROR_LAUNCH_FAILED);
        }
        let more = code(stream.alloc_zeros::<u8>(100));
        assert_eq!(more, CUresult::CUDA_ERROR_LAUNCH_FAILED);
        assert_eq!(emulator.report().copied.host_to_device, before);
        drop((memory, target, pinned));
    }
    emulator.assert_clean();
}

#[test]
fn errors_have_names_and_words() {
    let emulator = machine(Config::default());
    let error = DriverError(CUresult::CUDA_ERROR_OUT_OF_MEMORY);
    let name = error.error_name().unwrap().to_str().unwrap();
    assert_eq!(name, "CUDA_ERROR_OUT_OF_MEMORY");
    assert_eq!(
        error.error_string().unwrap().to_str().unwrap(),
        "out of memory"
    );
    emulator.assert_clean();
}

/// Loads an image that is no PTX.
fn load(image: &[u8]) -> CUresult {
    // SAFETY: the image is native code by its first bytes, or ends with a zero byte.
    code(unsafe { result::module::load_data(image.as_ptr().cast::<c_void>()) })
}

#[test]
fn native_code_and_noise_are_refused() {
    let emulator = machine(Config::default());
    {
        let context = CudaContext::new(0).unwrap();
        context.bind_to_thread().unwrap();
        let no_binary = CUresult::CUDA_ERROR_NO_BINARY_FOR_GPU;
        assert_eq!(load(b"\x7fELF\x02\x01\x01"), no_binary);
        assert_eq!(load(b"\x50\xed\x55\xba\x01\x00"), no_binary);
        assert_eq!(load(b"neither\0"), CUresult::CUDA_ERROR_INVALID_IMAGE);
        assert_eq!(load(b"\0"), CUresult::CUDA_ERROR_INVALID_IMAGE);
    }
    emulator.assert_clean();
}

#[test]
fn ptx_that_is_none_is_refused_with_its_line() {
    let emulator = machine(quiet());
    {
        let context = CudaContext::new(0).unwrap();
        let wrong = COUNT.replace("atom.global.add.u32", "atom.global.plus.u32");
        let loaded = Module::load(&context, &wrong);
        assert_eq!(code(loaded), CUresult::CUDA_ERROR_INVALID_PTX);
        let fault = only(&emulator, FaultKind::InvalidProgram);
        let line = crate::program::line_of(&wrong, "atom.global.plus.u32");
        assert!(fault.message.contains(&format!("line {line}")), "{fault}");
    }
}

#[test]
fn a_driver_too_old_and_a_device_too_old_refuse_ptx() {
    let newer = COUNT.replace(".version 7.0", ".version 8.1");
    for (driver, expected) in [
        (12_000, CUresult::CUDA_ERROR_UNSUPPORTED_PTX_VERSION),
        (12_010, CUresult::CUDA_SUCCESS),
    ] {
        let emulator = machine(Config::default().with_driver_version(driver));
        {
            let context = CudaContext::new(0).unwrap();
            assert_eq!(code(Module::load(&context, &newer)), expected);
        }
        emulator.assert_clean();
    }
    let emulator = machine(Config::default().with_compute_capability(6, 1));
    {
        let context = CudaContext::new(0).unwrap();
        let loaded = Module::load(&context, COUNT);
        assert_eq!(code(loaded), CUresult::CUDA_ERROR_INVALID_PTX);
    }
    emulator.assert_clean();
}

#[test]
fn launches_that_no_device_takes_are_refused() {
    let emulator = machine(Config::default());
    {
        let context = CudaContext::new(0).unwrap();
        let stream = context.default_stream();
        let module = Module::load(&context, COUNT).unwrap();
        let launch = |shape| {
            let arguments = [Argument::Pointer(0)];
            code(module.launch(&stream, "count", shape, &arguments))
        };
        assert_eq!(launch((0, 32)), CUresult::CUDA_ERROR_INVALID_VALUE);
        assert_eq!(launch((1, 0)), CUresult::CUDA_ERROR_INVALID_VALUE);
        assert_eq!(launch((1, 1025)), CUresult::CUDA_ERROR_INVALID_VALUE);
        assert_eq!(launch((1 << 31, 32)), CUresult::CUDA_ERROR_INVALID_VALUE);
    }
    assert_eq!(emulator.report().launches, 0);
    emulator.assert_clean();
}

#[test]
fn one_session_leaves_nothing_to_the_next() {
    let stale = {
        let _emulator = machine(Config::default());
        let context = CudaContext::new(0).unwrap();
        let stream = context.new_stream().unwrap();
        std::mem::forget(stream.alloc_zeros::<u8>(64).unwrap());
        (context, stream)
    };
    let emulator = machine(Config::default());
    assert!(stale.0.bind_to_thread().is_err());
    assert!(stale.1.alloc_zeros::<u8>(1).is_err());
    drop(stale);
    emulator.assert_clean();
}

#[test]
fn addresses_of_two_devices_are_told_apart() {
    let emulator = machine(Config::default().with_devices(2));
    {
        let contexts = [0, 1].map(|ordinal| CudaContext::new(ordinal).unwrap());
        let stream = contexts[0].new_stream().unwrap();
        let other = contexts[1].new_stream().unwrap();
        let words = stream.clone_htod(&[6u32; 10]).unwrap();
        stream.synchronize().unwrap();
        let address = words.leak();
        contexts[1].bind_to_thread().unwrap();
        // SAFETY: the ranges are whole; all is synchronised.
        unsafe {
            let own = result::malloc_sync(40).unwrap();
            result::memcpy_dtod_async(own, address, 40, other.cu_stream()).unwrap();
            other.synchronize().unwrap();
            let mut back = [0u32; 10];
            result::memcpy_dtoh_sync(&mut back, own).unwrap();
            assert_eq!(back, [6; 10]);
            result::free_sync(own).unwrap();
            result::free_sync(address).unwrap();
        }
    }
    emulator.assert_clean();
}

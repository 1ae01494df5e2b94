//! Mistakes of a host program, each made on purpose, and that the emulator sees it.

use cudarc::driver::sys::CUresult;
use cudarc::driver::{result, CudaContext, DevicePtr, DevicePtrMut};
use halo2_offload_cuda_emulator::{FaultKind, LeakKind};

use crate::program::{code, machine, only, quiet, Argument, Module, BLOCK_SUM};

#[test]
fn a_leak() {
    let emulator = machine(quiet());
    {
        let context = CudaContext::new(0).unwrap();
        let stream = context.default_stream();
        let address = stream.alloc_zeros::<u32>(25).unwrap().leak();
        stream.synchronize().unwrap();
        let alive = |leaks: Vec<halo2_offload_cuda_emulator::Leak>| {
            leaks
                .into_iter()
                .filter(|leak| leak.kind == LeakKind::DeviceMemory)
                .map(|leak| (leak.handle, leak.bytes, leak.lost_with_context))
                .collect::<Vec<_>>()
        };
        assert_eq!(alive(emulator.leaks()), [(address, 100, false)]);
        drop((stream, context));
        assert_eq!(alive(emulator.leaks()), [(address, 100, true)]);
    }
    let caught = std::panic::catch_unwind(std::panic::AssertUnwindSafe(|| {
        emulator.assert_clean();
    }));
    assert!(caught.is_err(), "a leak must fail a test");
    emulator.assert_no_faults();
}

#[test]
fn leaks_of_every_kind() {
    let emulator = machine(quiet());
    {
        let context = CudaContext::new(0).unwrap();
        std::mem::forget(context.new_stream().unwrap());
        std::mem::forget(context.new_event(None).unwrap());
        std::mem::forget(Module::load(&context, BLOCK_SUM).unwrap());
        // SAFETY: never used.
        std::mem::forget(unsafe { context.alloc_pinned::<u8>(10) }.unwrap());
        let mut kinds: Vec<_> = emulator.leaks().iter().map(|leak| leak.kind).collect();
        kinds.dedup();
        assert_eq!(
            kinds,
            [
                LeakKind::HostMemory,
                LeakKind::Stream,
                LeakKind::Event,
                LeakKind::Module,
                LeakKind::Context
            ]
        );
    }
}

#[test]
fn a_copy_out_of_range() {
    let emulator = machine(quiet());
    {
        let context = CudaContext::new(0).unwrap();
        context.bind_to_thread().unwrap();
        // SAFETY: what is out of range is the emulator's to refuse; the host ranges are whole.
        unsafe {
            let address = result::malloc_sync(64).unwrap();
            let copied = result::memcpy_htod_sync(address, &[0u8; 65]);
            assert_eq!(code(copied), CUresult::CUDA_ERROR_INVALID_VALUE);
            let fault = only(&emulator, FaultKind::CopyOutOfRange);
            assert_eq!(fault.address, Some(address));
            assert_eq!(fault.operation, "cuMemcpyHtoD_v2");
            emulator.forgive();
            let mut back = [0u8; 8];
            let copied = result::memcpy_dtoh_sync(&mut back, address + 60);
            assert_eq!(code(copied), CUresult::CUDA_ERROR_INVALID_VALUE);
            only(&emulator, FaultKind::CopyOutOfRange);
            emulator.forgive();
            let filled = result::memset_d8_sync(address - 1, 0, 8);
            assert_eq!(code(filled), CUresult::CUDA_ERROR_INVALID_VALUE);
            only(&emulator, FaultKind::CopyOutOfRange);
            result::free_sync(address).unwrap();
        }
    }
}

#[test]
fn a_copy_of_what_nobody_wrote() {
    let emulator = machine(quiet());
    {
        let context = CudaContext::new(0).unwrap();
        let stream = context.default_stream();
        // SAFETY: reading it uninitialised is what this test is about.
        let mut words = unsafe { stream.alloc::<u32>(16) }.unwrap();
        stream.memset_zeros(&mut words.slice_mut(..10)).unwrap();
        assert_eq!(stream.clone_dtoh(&words.slice(..10)).unwrap(), [0; 10]);
        emulator.assert_no_faults();
        stream.clone_dtoh(&words).unwrap();
        let fault = only(&emulator, FaultKind::UninitialisedRead);
        let (address, _read) = words.device_ptr(&stream);
        assert_eq!(fault.address, Some(address + 40));
    }
}

#[test]
fn a_double_free() {
    let emulator = machine(quiet());
    {
        let context = CudaContext::new(0).unwrap();
        context.bind_to_thread().unwrap();
        let stream = context.new_stream().unwrap();
        // SAFETY: freeing twice is the emulator's to refuse.
        unsafe {
            let address = result::malloc_sync(64).unwrap();
            result::free_sync(address).unwrap();
            let again = result::free_sync(address);
            assert_eq!(code(again), CUresult::CUDA_ERROR_INVALID_VALUE);
            let fault = only(&emulator, FaultKind::DoubleFree);
            assert_eq!(fault.address, Some(address));
            emulator.forgive();
            let ordered = result::malloc_async(stream.cu_stream(), 64).unwrap();
            result::free_async(ordered, stream.cu_stream()).unwrap();
            // The first has not even run yet.
            let again = result::free_async(ordered, stream.cu_stream());
            assert_eq!(code(again), CUresult::CUDA_ERROR_INVALID_VALUE);
            only(&emulator, FaultKind::DoubleFree);
            emulator.forgive();
            let inside = result::malloc_sync(64).unwrap();
            assert!(result::free_sync(inside + 8).is_err());
            only(&emulator, FaultKind::InvalidFree);
            result::free_sync(inside).unwrap();
        }
    }
}

/// Frees memory on one stream while a copy on another uses it; `wait` is what a right program
/// does in between.
fn use_and_free_elsewhere(wait: bool, free_runs_first: bool) -> Vec<FaultKind> {
    let emulator = machine(quiet());
    let context = CudaContext::new(0).unwrap();
    // SAFETY: the order of uses is what this is about, and the emulator's to judge.
    unsafe { context.disable_event_tracking() };
    let (owner, user) = (context.new_stream().unwrap(), context.new_stream().unwrap());
    let words = owner.clone_htod(&[5u32; 100]).unwrap();
    user.join(&owner).unwrap();
    let mut copy = user.alloc_zeros::<u32>(100).unwrap();
    user.memcpy_dtod(&words, &mut copy).unwrap();
    if wait {
        owner.join(&user).unwrap();
    }
    drop(words);
    let order = if free_runs_first {
        [&owner, &user]
    } else {
        [&user, &owner]
    };
    // A use of what is gone stops the context; the report has the reason.
    let _outcome = order.map(|stream| stream.synchronize());
    emulator.faults().iter().map(|fault| fault.kind).collect()
}

#[test]
fn a_use_after_free_on_another_stream() {
    let fault = FaultKind::UseAfterFreeAcrossStreams;
    assert_eq!(use_and_free_elsewhere(true, true), []);
    assert_eq!(use_and_free_elsewhere(true, false), []);
    assert_eq!(use_and_free_elsewhere(false, false), [fault]);
    assert_eq!(use_and_free_elsewhere(false, true), [fault]);
}

#[test]
fn pool_memory_freed_without_waiting() {
    let emulator = machine(quiet());
    {
        let context = CudaContext::new(0).unwrap();
        context.bind_to_thread().unwrap();
        let stream = context.new_stream().unwrap();
        for synchronised in [true, false] {
            // SAFETY: the order of use and free is the emulator's to judge.
            unsafe {
                let address = result::malloc_async(stream.cu_stream(), 64).unwrap();
                result::memset_d8_async(address, 1, 64, stream.cu_stream()).unwrap();
                if synchronised {
                    stream.synchronize().unwrap();
                }
                result::free_sync(address).unwrap();
            }
            let expected = usize::from(!synchronised);
            assert_eq!(emulator.faults().len(), expected);
        }
        only(&emulator, FaultKind::UseAfterFreeAcrossStreams);
    }
}

#[test]
fn a_race_between_streams() {
    let emulator = machine(quiet());
    {
        let context = CudaContext::new(0).unwrap();
        // SAFETY: the order of uses is the emulator's to judge.
        unsafe { context.disable_event_tracking() };
        let (upload, compute) = (context.new_stream().unwrap(), context.new_stream().unwrap());
        let words = upload.clone_htod(&[5u32; 100]).unwrap();
        // The upload is not waited for.
        let mut copy = compute.alloc_zeros::<u32>(100).unwrap();
        compute.memcpy_dtod(&words, &mut copy).unwrap();
        compute.synchronize().unwrap();
        upload.synchronize().unwrap();
        let faults = emulator.faults();
        assert!(
            faults
                .iter()
                .any(|fault| fault.kind == FaultKind::StreamRace),
            "{faults:?}"
        );
    }
}

#[test]
fn halves_of_an_allocation_on_two_streams_are_no_race() {
    let emulator = machine(quiet());
    {
        let context = CudaContext::new(0).unwrap();
        // SAFETY: the two streams use halves of their own.
        unsafe { context.disable_event_tracking() };
        let streams = [context.new_stream().unwrap(), context.new_stream().unwrap()];
        // SAFETY: written before it is read.
        let mut words = unsafe { streams[0].alloc::<u32>(200) }.unwrap();
        streams[1].join(&streams[0]).unwrap();
        streams[0]
            .memcpy_htod(&[1u32; 100], &mut words.slice_mut(..100))
            .unwrap();
        streams[1]
            .memcpy_htod(&[2u32; 100], &mut words.slice_mut(100..))
            .unwrap();
        streams[0].join(&streams[1]).unwrap();
        let back = streams[0].clone_dtoh(&words).unwrap();
        assert_eq!((back[0], back[199]), (1, 2));
    }
    emulator.assert_clean();
}

#[test]
fn a_synchronous_copy_does_not_order_other_streams() {
    let emulator = machine(quiet());
    {
        let context = CudaContext::new(0).unwrap();
        context.bind_to_thread().unwrap();
        let stream = context.new_stream().unwrap();
        // SAFETY: the host range is whole; the order of uses is the emulator's to judge.
        unsafe {
            let address = result::malloc_sync(64).unwrap();
            // From pageable memory: it returns when the bytes are staged, not when they are
            // there, and a non-blocking stream does not wait for the default one.
            result::memcpy_htod_sync(address, &[1u8; 64]).unwrap();
            let mut back = [0u8; 64];
            result::memcpy_dtoh_async(&mut back, address, stream.cu_stream()).unwrap();
            assert!(!emulator.faults().is_empty());
            only(&emulator, FaultKind::StreamRace);
            result::free_sync(address).unwrap();
        }
    }
}

#[test]
fn pinned_memory_reused_too_early() {
    let emulator = machine(quiet());
    {
        let context = CudaContext::new(0).unwrap();
        context.bind_to_thread().unwrap();
        let stream = context.new_stream().unwrap();
        // SAFETY: what is written too early is the emulator's to see; addresses are whole.
        unsafe {
            let pinned = result::malloc_host(64, 0).unwrap().cast::<u8>();
            let device = result::malloc_sync(64).unwrap();
            pinned.write_bytes(1, 64);
            let words = std::slice::from_raw_parts(pinned, 64);
            result::memcpy_htod_async(device, words, stream.cu_stream()).unwrap();
            pinned.write(2);
            stream.synchronize().unwrap();
            let fault = only(&emulator, FaultKind::PinnedChanged);
            assert_eq!(fault.address, Some(pinned as u64));
            emulator.forgive();

            let words = std::slice::from_raw_parts_mut(pinned, 64);
            result::memcpy_dtoh_async(words, device, stream.cu_stream()).unwrap();
            assert_ne!(
                pinned.read(),
                2,
                "the copy is not waited for: nothing to read yet"
            );
            stream.synchronize().unwrap();
            assert_eq!(pinned.read(), 2);
            emulator.assert_no_faults();

            result::memcpy_dtoh_async(words, device, stream.cu_stream()).unwrap();
            result::free_host(pinned.cast()).unwrap();
            only(&emulator, FaultKind::PinnedFreedInUse);
            result::free_sync(device).unwrap();
        }
    }
}

#[test]
fn a_kernel_that_does_not_wait_for_its_data() {
    let emulator = machine(quiet());
    {
        let context = CudaContext::new(0).unwrap();
        // SAFETY: the order of uses is the emulator's to judge.
        unsafe { context.disable_event_tracking() };
        let (upload, compute) = (context.new_stream().unwrap(), context.new_stream().unwrap());
        let module = Module::load(&context, BLOCK_SUM).unwrap();
        let mut sums = compute.alloc_zeros::<u32>(4).unwrap();
        let input = upload.clone_htod(&[1u32; 256]).unwrap();
        {
            let (out, _written) = sums.device_ptr_mut(&compute);
            let (input, _read) = input.device_ptr(&compute);
            let arguments = [Argument::Pointer(out), Argument::Pointer(input)];
            module
                .launch(&compute, "block_sum", (4, 64), &arguments)
                .unwrap();
        }
        upload.synchronize().unwrap();
        compute.synchronize().unwrap();
        let fault = only(&emulator, FaultKind::StreamRace);
        assert_eq!(fault.operation, "kernel block_sum");
        let (address, _read) = input.device_ptr(&compute);
        assert_eq!(fault.address, Some(address));
    }
}

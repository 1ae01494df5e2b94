//! When work happens, and in which order.

use cudarc::driver::sys::CUresult;
use cudarc::driver::{result, CudaContext, DevicePtr, DevicePtrMut};
use halo2_offload_cuda_emulator::{Config, FaultKind};

use crate::program::{machine, only, quiet, Argument, Module, BLOCK_SUM, COUNT};

#[test]
fn pageable_memory_is_staged_at_the_call() {
    let emulator = machine(Config::default());
    {
        let context = CudaContext::new(0).unwrap();
        let stream = context.new_stream().unwrap();
        let mut words = vec![1u32; 100];
        let device = stream.clone_htod(&words).unwrap();
        words.fill(2);
        drop(words);
        assert_eq!(stream.clone_dtoh(&device).unwrap(), [1; 100]);
    }
    emulator.assert_clean();
}

#[test]
fn the_default_stream_is_in_order_with_blocking_ones() {
    use result::stream::StreamKind;
    for (kind, faults) in [(StreamKind::Default, 0), (StreamKind::NonBlocking, 1)] {
        let emulator = machine(quiet());
        {
            let context = CudaContext::new(0).unwrap();
            context.bind_to_thread().unwrap();
            // SAFETY: addresses are whole; the order is the emulator's to judge.
            unsafe {
                let stream = result::stream::create(kind).unwrap();
                let default = result::stream::null();
                let address = result::malloc_sync(64).unwrap();
                result::memset_d8_async(address, 1, 64, stream).unwrap();
                result::memset_d8_async(address, 2, 64, default).unwrap();
                assert_eq!(emulator.faults().len(), faults);
                result::memset_d8_async(address, 3, 64, stream).unwrap();
                result::stream::synchronize(stream).unwrap();
                if faults == 0 {
                    let mut back = [0u8; 64];
                    result::memcpy_dtoh_sync(&mut back, address).unwrap();
                    assert_eq!(back, [3; 64]);
                    emulator.assert_no_faults();
                }
                result::free_sync(address).unwrap();
                result::stream::destroy(stream).unwrap();
            }
        }
        assert!(emulator.leaks().is_empty());
    }
}

#[test]
fn polling_comes_to_an_end() {
    let emulator = machine(Config::default());
    {
        let context = CudaContext::new(0).unwrap();
        let stream = context.new_stream().unwrap();
        let _zeros = stream.alloc_zeros::<u8>(64).unwrap();
        let event = stream.record_event(None).unwrap();
        let mut polls = 0;
        while !event.is_complete() {
            polls += 1;
            assert!(polls < 100);
        }
        assert!(polls > 1, "it was pending at first");
    }
    emulator.assert_clean();
}

#[test]
fn waiting_for_one_stream_runs_what_it_waits_for_and_no_more() {
    let emulator = machine(Config::default());
    {
        let context = CudaContext::new(0).unwrap();
        let (first, second) = (context.new_stream().unwrap(), context.new_stream().unwrap());
        let module = Module::load(&context, COUNT).unwrap();
        let mut counter = first.alloc_zeros::<u32>(1).unwrap();
        {
            let (address, _counted) = counter.device_ptr_mut(&first);
            let count = |threads| {
                let arguments = [Argument::Pointer(address)];
                module
                    .launch(&first, "count", (1, threads), &arguments)
                    .unwrap();
            };
            count(5);
            let waited_for = first.record_event(None).unwrap();
            count(7);
            let after = first.record_event(None).unwrap();
            second.wait(&waited_for).unwrap();
            second.synchronize().unwrap();
            assert!(waited_for.is_complete());
            assert!(!after.is_complete());
        }
        assert_eq!(first.clone_dtoh(&counter).unwrap(), [12]);
    }
    emulator.assert_clean();
}

#[test]
fn an_event_waits_for_its_last_record_only() {
    let emulator = machine(quiet());
    {
        let context = CudaContext::new(0).unwrap();
        // SAFETY: the order of uses is the emulator's to judge.
        unsafe { context.disable_event_tracking() };
        let (first, second) = (context.new_stream().unwrap(), context.new_stream().unwrap());
        let event = first.record_event(None).unwrap();
        second.wait(&event).unwrap();
        // Recorded again, too late for the wait above.
        let mut words = first.alloc_zeros::<u32>(10).unwrap();
        event.record(&first).unwrap();
        second.memset_zeros(&mut words).unwrap();
        second.synchronize().unwrap();
        assert!(emulator
            .faults()
            .iter()
            .all(|fault| fault.kind == FaultKind::StreamRace));
        assert!(!emulator.faults().is_empty());
        emulator.forgive();
        second.wait(&event).unwrap();
        second.memset_zeros(&mut words).unwrap();
        first.join(&second).unwrap();
        drop(words);
        emulator.assert_no_faults();
    }
}

#[test]
fn a_context_is_waited_for_with_the_streams_that_it_had() {
    for waited in [true, false] {
        let emulator = machine(quiet());
        {
            let context = CudaContext::new(0).unwrap();
            // SAFETY: the order of uses is the emulator's to judge.
            unsafe { context.disable_event_tracking() };
            let (first, second) = (context.new_stream().unwrap(), context.new_stream().unwrap());
            let mut words = first.alloc_zeros::<u32>(10).unwrap();
            second.join(&first).unwrap();
            second.memset_zeros(&mut words).unwrap();
            drop(second);
            if waited {
                context.synchronize().unwrap();
            }
            drop(words);
        }
        assert_eq!(emulator.faults().is_empty(), waited);
    }
}

#[test]
fn what_was_destroyed_is_not_used() {
    let emulator = machine(quiet());
    {
        let context = CudaContext::new(0).unwrap();
        context.bind_to_thread().unwrap();
        // SAFETY: using what was destroyed is the emulator's to refuse.
        unsafe {
            let stream = result::stream::create(result::stream::StreamKind::NonBlocking).unwrap();
            result::stream::destroy(stream).unwrap();
            let error = result::stream::synchronize(stream).unwrap_err();
            assert_eq!(error.0, CUresult::CUDA_ERROR_INVALID_HANDLE);
            only(&emulator, FaultKind::InvalidHandle);
        }
    }
}

#[test]
fn kernels_of_two_streams_may_read_but_not_write_the_same() {
    let emulator = machine(quiet());
    {
        let context = CudaContext::new(0).unwrap();
        // SAFETY: the order of uses is the emulator's to judge.
        unsafe { context.disable_event_tracking() };
        let streams = [context.new_stream().unwrap(), context.new_stream().unwrap()];
        let module = Module::load(&context, BLOCK_SUM).unwrap();
        let input = streams[0].clone_htod(&[2u32; 256]).unwrap();
        let sums = streams[0].alloc_zeros::<u32>(4).unwrap();
        streams[1].join(&streams[0]).unwrap();
        let sum = |stream: usize, first: usize, blocks: usize| {
            let stream = &streams[stream];
            let (input, _read) = input.device_ptr(stream);
            let (sums, _written) = sums.device_ptr(stream);
            let out = Argument::Pointer(sums + 4 * first as u64);
            let arguments = [out, Argument::Pointer(input)];
            let shape = (blocks as u32, 64);
            module
                .launch(stream, "block_sum", shape, &arguments)
                .unwrap();
        };
        // The same input, halves of the output.
        sum(0, 0, 2);
        sum(1, 2, 2);
        emulator.assert_no_faults();
        // One word of the other's half.
        sum(0, 1, 2);
        let fault = only(&emulator, FaultKind::StreamRace);
        let (address, _read) = sums.device_ptr(&streams[0]);
        assert_eq!(fault.address, Some(address + 8));
        streams[0].join(&streams[1]).unwrap();
    }
}

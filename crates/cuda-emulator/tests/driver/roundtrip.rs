//! What a correct program does works, and leaves nothing behind.

use std::sync::Arc;

use cudarc::driver::sys::{CUdevice_attribute as Attribute, CUevent_flags, CUresult};
use cudarc::driver::{result, sys, CudaContext, DevicePtr, DevicePtrMut};
use halo2_offload_cuda_emulator::Config;

use crate::program::{machine, Argument, Module, BLOCK_SUM, COUNT, VECTORS};

#[test]
fn a_device_says_that_it_is_emulated() {
    let emulator = machine(Config::default());
    {
        let context = CudaContext::new(0).unwrap();
        assert_eq!(context.name().unwrap(), "Emulated device (halo2-offload)");
        assert_eq!(context.compute_capability().unwrap(), (9, 0));
        assert_eq!(context.total_mem().unwrap(), 4 << 30);
        assert_eq!(context.uuid().unwrap().bytes[0] as u8, b'e');
        let attribute = |which| context.attribute(which).unwrap();
        assert_eq!(attribute(Attribute::CU_DEVICE_ATTRIBUTE_WARP_SIZE), 32);
        assert_eq!(
            attribute(Attribute::CU_DEVICE_ATTRIBUTE_MULTIPROCESSOR_COUNT),
            4
        );
        assert_eq!(
            attribute(Attribute::CU_DEVICE_ATTRIBUTE_MAX_SHARED_MEMORY_PER_BLOCK_OPTIN),
            227 << 10
        );
        assert!(context.has_async_alloc());
    }
    emulator.assert_clean();
}

#[test]
fn copies_and_fills_come_back() {
    let emulator = machine(Config::default());
    let values: Vec<u32> = (0..1000).map(|i| i * 2_654_435_761).collect();
    {
        let context = CudaContext::new(0).unwrap();
        let stream = context.default_stream();
        let first = stream.clone_htod(&values).unwrap();
        let second = stream.clone_dtod(&first).unwrap();
        assert_eq!(stream.clone_dtoh(&second).unwrap(), values);
        let mut zeros = stream.alloc_zeros::<u32>(1000).unwrap();
        stream
            .memcpy_dtod(&first.slice(10..20), &mut zeros.slice_mut(500..510))
            .unwrap();
        let mixed = stream.clone_dtoh(&zeros).unwrap();
        assert_eq!(mixed[500..510], values[10..20]);
        assert!(mixed[..500]
            .iter()
            .chain(&mixed[510..])
            .all(|&word| word == 0));
        let (free, total) = context.mem_get_info().unwrap();
        assert_eq!(total - free, 3 * 4000);
    }
    let report = emulator.report();
    assert_eq!(report.copied.host_to_device, 4000);
    assert_eq!(report.copied.device_to_host, 8000);
    assert_eq!(report.copied.device_to_device, 4040);
    assert_eq!(report.devices[0].peak_bytes, 3 * 4000);
    assert_eq!(report.devices[0].allocated_bytes, 0);
    assert_eq!(report.calls["cuMemAllocAsync"], 3);
    emulator.assert_clean();
}

#[test]
fn kernels_compute() {
    let emulator = machine(Config::default());
    let values: Vec<u32> = (0..256).collect();
    {
        let context = CudaContext::new(0).unwrap();
        let stream = context.new_stream().unwrap();
        let input = stream.clone_htod(&values).unwrap();
        let mut sums = unsafe { stream.alloc::<u32>(4) }.unwrap();
        let mut counter = stream.alloc_zeros::<u32>(1).unwrap();
        let (block_sum, count) = (
            Module::load(&context, BLOCK_SUM).unwrap(),
            Module::load(&context, COUNT).unwrap(),
        );
        {
            let (out, _written) = sums.device_ptr_mut(&stream);
            let (input, _read) = input.device_ptr(&stream);
            let arguments = [Argument::Pointer(out), Argument::Pointer(input)];
            block_sum
                .launch(&stream, "block_sum", (4, 64), &arguments)
                .unwrap();
            let (counter, _counted) = counter.device_ptr_mut(&stream);
            count
                .launch(&stream, "count", (3, 50), &[Argument::Pointer(counter)])
                .unwrap();
        }
        let expected: Vec<u32> = values.chunks(64).map(|block| block.iter().sum()).collect();
        assert_eq!(stream.clone_dtoh(&sums).unwrap(), expected);
        assert_eq!(stream.clone_dtoh(&counter).unwrap(), [150]);
        stream.synchronize().unwrap();
    }
    let report = emulator.report();
    assert_eq!(report.launches, 2);
    assert_eq!(report.kernels["count"].launches, 1);
    // 3 blocks of 2 warps, 3 instructions each.
    assert_eq!(report.kernels["count"].instructions, 18);
    emulator.assert_clean();
}

#[test]
fn work_waits_for_a_synchronisation() {
    let emulator = machine(Config::default());
    {
        let context = CudaContext::new(0).unwrap();
        let stream = context.new_stream().unwrap();
        let source = stream.clone_htod(&[7u8; 64]).unwrap();
        // SAFETY: filled below before it is read.
        let mut pinned = unsafe { context.alloc_pinned::<u8>(64) }.unwrap();
        pinned.as_mut_slice().unwrap().fill(1);
        stream.memcpy_dtoh(&source, &mut pinned).unwrap();
        let done = stream.record_event(None).unwrap();
        assert!(!done.is_complete(), "nobody asked for the work yet");
        // `as_slice` waits for the copy's event.
        assert_eq!(pinned.as_slice().unwrap(), [7u8; 64]);
        stream.synchronize().unwrap();
        assert!(done.is_complete());
    }
    emulator.assert_clean();
}

#[test]
fn events_order_streams_and_carry_times() {
    let emulator = machine(Config::default());
    {
        let context = CudaContext::new(0).unwrap();
        let (upload, compute) = (context.new_stream().unwrap(), context.new_stream().unwrap());
        let timed = Some(CUevent_flags::CU_EVENT_DEFAULT);
        let start = upload.record_event(timed).unwrap();
        let data = upload.clone_htod(&vec![3u8; 1 << 20]).unwrap();
        let copy = compute.clone_dtod(&data).unwrap();
        let end = compute.record_event(timed).unwrap();
        assert_eq!(compute.clone_dtoh(&copy).unwrap(), vec![3u8; 1 << 20]);
        assert!(start.elapsed_ms(&end).unwrap() > 0.0);
        let untimed = compute.record_event(None).unwrap();
        assert!(start.elapsed_ms(&untimed).is_err());
    }
    emulator.assert_clean();
}

#[test]
fn pools_and_the_other_allocator_work() {
    let emulator = machine(Config::default());
    {
        let context = CudaContext::new(0).unwrap();
        let stream = context.new_stream().unwrap();
        // SAFETY: each address is used while it is allocated, and within its bytes.
        unsafe {
            let pool = result::device::get_default_mem_pool(context.cu_device()).unwrap();
            let threshold = sys::CUmemPool_attribute::CU_MEMPOOL_ATTR_RELEASE_THRESHOLD;
            let mut bytes = u64::MAX;
            let place = std::ptr::from_mut(&mut bytes).cast();
            result::mem_pool::set_attribute(pool, threshold, place).unwrap();
            bytes = 0;
            let place = std::ptr::from_mut(&mut bytes).cast();
            result::mem_pool::get_attribute(pool, threshold, place).unwrap();
            assert_eq!(bytes, u64::MAX);
            let from_pool = result::mem_pool::alloc_async(pool, 512, stream.cu_stream()).unwrap();
            result::memset_d8_async(from_pool, 9, 512, stream.cu_stream()).unwrap();
            result::free_async(from_pool, stream.cu_stream()).unwrap();
            let address = result::malloc_sync(512).unwrap();
            result::memset_d8_sync(address, 4, 512).unwrap();
            let mut back = [0u8; 512];
            result::memcpy_dtoh_sync(&mut back, address).unwrap();
            assert_eq!(back, [4; 512]);
            result::free_sync(address).unwrap();
        }
    }
    emulator.assert_clean();
}

#[test]
fn functions_have_attributes_and_an_occupancy() {
    let emulator = machine(Config::default());
    {
        let context = CudaContext::new(0).unwrap();
        let module = Module::load(&context, BLOCK_SUM).unwrap();
        let function = module.function("block_sum").unwrap();
        let missing = module.function("block_product").unwrap_err();
        assert_eq!(missing.0, CUresult::CUDA_ERROR_NOT_FOUND);
        use sys::CUfunction_attribute as Of;
        // SAFETY: the function's module is loaded.
        unsafe {
            let attribute = |of| result::function::get_function_attribute(function, of).unwrap();
            assert_eq!(attribute(Of::CU_FUNC_ATTRIBUTE_SHARED_SIZE_BYTES), 256);
            assert_eq!(attribute(Of::CU_FUNC_ATTRIBUTE_PTX_VERSION), 70);
            let dynamic = Of::CU_FUNC_ATTRIBUTE_MAX_DYNAMIC_SHARED_SIZE_BYTES;
            assert_eq!(attribute(dynamic), (48 << 10) - 256);
            result::function::set_function_attribute(function, dynamic, 100 << 10).unwrap();
            assert_eq!(attribute(dynamic), 100 << 10);
            let too_much = result::function::set_function_attribute(function, dynamic, 227 << 10);
            assert!(too_much.is_err());
            let blocks = |bytes| {
                result::occupancy::max_active_block_per_multiprocessor(function, 256, bytes)
            };
            assert_eq!(blocks(0).unwrap(), 8);
            assert_eq!(blocks(100 << 10).unwrap(), 2);
        }
    }
    emulator.assert_clean();
}

#[test]
fn threads_share_a_context() {
    let emulator = machine(Config::default());
    {
        let context = CudaContext::new(0).unwrap();
        std::thread::scope(|scope| {
            for seed in 0..4u32 {
                let context = Arc::clone(&context);
                scope.spawn(move || {
                    let stream = context.new_stream().unwrap();
                    let module = Module::load(&context, VECTORS).unwrap();
                    let words = vec![seed; 8 * 100];
                    let a = stream.clone_htod(&words).unwrap();
                    let mut out = stream.alloc_zeros::<u32>(words.len()).unwrap();
                    {
                        let (out, _written) = out.device_ptr_mut(&stream);
                        let (a, _read) = a.device_ptr(&stream);
                        let (out, a) = (Argument::Pointer(out), Argument::Pointer(a));
                        let arguments = [out, a, a, Argument::Word(100)];
                        module
                            .launch(&stream, "add_256", (4, 32), &arguments)
                            .unwrap();
                    }
                    assert_eq!(stream.clone_dtoh(&out).unwrap(), vec![2 * seed; 8 * 100]);
                });
            }
        });
    }
    emulator.assert_clean();
}

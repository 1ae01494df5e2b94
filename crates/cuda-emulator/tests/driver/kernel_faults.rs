//! Mistakes in kernels, each planted in one that is right, and that the emulator sees it: with
//! kernel, block, thread, PTX line and address.

use cudarc::driver::sys::CUresult;
use cudarc::driver::{CudaContext, DevicePtr, DevicePtrMut, DriverError};
use halo2_offload_cuda_emulator::{Emulator, Fault, FaultKind};

use crate::program::{
    line_of, machine, only, planted, quiet, Argument, Module, BLOCK_SUM, COUNT, VECTORS,
};

/// A 256-bit integer, least significant limb first.
type Wide = [u32; 8];

/// What `add_256` computes, by another way.
fn sum(a: &Wide, b: &Wide) -> Wide {
    let mut carry = 0;
    std::array::from_fn(|i| {
        let sum = u64::from(a[i]) + u64::from(b[i]) + carry;
        carry = sum >> 32;
        sum as u32
    })
}

/// Sums by the kernel in a PTX text.
fn add(ptx: &str, a: &[Wide], b: &[Wide]) -> Result<Vec<Wide>, DriverError> {
    let context = CudaContext::new(0)?;
    let stream = context.default_stream();
    let module = Module::load(&context, ptx)?;
    let (a, b) = (
        stream.clone_htod(a.as_flattened())?,
        stream.clone_htod(b.as_flattened())?,
    );
    // SAFETY: the kernel writes it before it is read.
    let mut out = unsafe { stream.alloc::<u32>(a.len()) }?;
    {
        let (out, _written) = out.device_ptr_mut(&stream);
        let [(a_address, _a), (b_address, _b)] = [a.device_ptr(&stream), b.device_ptr(&stream)];
        let count = (a.len() / 8) as u32;
        let arguments = [
            Argument::Pointer(out),
            Argument::Pointer(a_address),
            Argument::Pointer(b_address),
            Argument::Word(count),
        ];
        module.launch(&stream, "add_256", (count.div_ceil(64), 64), &arguments)?;
    }
    let words = stream.clone_dtoh(&out)?;
    Ok(words
        .chunks_exact(8)
        .map(|limbs| std::array::from_fn(|i| limbs[i]))
        .collect())
}

/// For every limb, an addition in which exactly that limb's carry out matters.
fn carries() -> (Vec<Wide>, Vec<Wide>) {
    let one_limb = |limb, value| {
        let mut wide = [0; 8];
        wide[limb] = value;
        wide
    };
    (0..8)
        .map(|limb| (one_limb(limb, u32::MAX), one_limb(limb, 1)))
        .unzip()
}

#[test]
fn a_dropped_carry() {
    let emulator = machine(quiet());
    let small: Vec<Wide> = (0..100).map(|i| [i, 2 * i, 3, 4, 5, 6, 7, 8]).collect();
    let (a, b) = carries();
    let expected: Vec<Wide> = a.iter().zip(&b).map(|(a, b)| sum(a, b)).collect();
    assert_eq!(add(VECTORS, &a, &b).unwrap(), expected);
    for limb in 1..8 {
        // The chain begins anew at this limb: the carry into it is dropped.
        let place = match limb {
            7 => "addc.u32 %r29,".to_owned(),
            _ => format!("addc.cc.u32 %r{},", 22 + limb),
        };
        let wrong = planted(VECTORS, &place, &place.replace("addc", "add"));
        let found = add(&wrong, &a, &b).unwrap();
        let differing: Vec<usize> = (0..8).filter(|&i| found[i] != expected[i]).collect();
        assert_eq!(differing, [limb - 1], "the carry out of limb {}", limb - 1);
        // Values without carries would not have shown it.
        let doubled: Vec<Wide> = small.iter().map(|wide| sum(wide, wide)).collect();
        assert_eq!(add(&wrong, &small, &small).unwrap(), doubled);
    }
    emulator.assert_clean();
}

/// Runs `block_sum` of a PTX text on four blocks of 64 words, of which the last `unwritten`
/// were never written.
fn block_sums(ptx: &str, unwritten: usize) -> Result<Vec<u32>, DriverError> {
    let context = CudaContext::new(0)?;
    let stream = context.default_stream();
    let module = Module::load(&context, ptx)?;
    let words: Vec<u32> = (0..256 - unwritten as u32).collect();
    // SAFETY: whether it is written before it is read is the emulator's to judge.
    let mut input = unsafe { stream.alloc::<u32>(256) }?;
    stream.memcpy_htod(&words, &mut input.slice_mut(..words.len()))?;
    let mut sums = stream.alloc_zeros::<u32>(4)?;
    {
        let (out, _written) = sums.device_ptr_mut(&stream);
        let (input, _read) = input.device_ptr(&stream);
        let arguments = [Argument::Pointer(out), Argument::Pointer(input)];
        module.launch(&stream, "block_sum", (4, 64), &arguments)?;
    }
    stream.clone_dtoh(&sums)
}

/// Checks where a fault was found.
fn expect_site(fault: &Fault, kernel: &str, lines: &[u32]) {
    let site = fault.site.as_ref().expect("a kernel's fault has a place");
    assert_eq!(site.kernel, kernel);
    assert!(lines.contains(&site.line), "{fault}");
    assert!(fault.address.is_some(), "{fault}");
    assert_eq!(fault.operation, format!("kernel {kernel}"));
}

fn first(emulator: &Emulator, kind: FaultKind) -> Fault {
    let faults = emulator.faults();
    let found = faults.iter().find(|fault| fault.kind == kind);
    found
        .unwrap_or_else(|| panic!("no {kind:?} among {faults:#?}"))
        .clone()
}

#[test]
fn a_missing_barrier() {
    let emulator = machine(quiet());
    block_sums(BLOCK_SUM, 0).unwrap();
    emulator.assert_clean();
    let wrong = planted(BLOCK_SUM, "    bar.sync 0;", "    // no barrier");
    block_sums(&wrong, 0).unwrap();
    let fault = first(&emulator, FaultKind::RaceInBlock);
    let lines = [
        line_of(&wrong, "ld.shared.u32 %r13"),
        line_of(&wrong, "st.shared.u32 [%r8], %r14"),
        line_of(&wrong, "st.shared.u32 [%r8], %r5"),
        line_of(&wrong, "ld.shared.u32 %r12"),
    ];
    expect_site(&fault, "block_sum", &lines);
}

#[test]
fn a_barrier_that_some_threads_skip() {
    let emulator = machine(quiet());
    let wrong = planted(
        BLOCK_SUM,
        "    mov.u32 %r9, 32;",
        "    mov.u32 %r9, 32; setp.ge.u32 %p1, %r1, 32; @%p1 bra DONE2;",
    );
    let wrong = planted(
        &wrong,
        "DONE:",
        "    bra DONE; DONE2: bar.sync 0; bar.sync 0;\nDONE:",
    );
    let stopped = block_sums(&wrong, 0).unwrap_err();
    let _ = stopped;
    let fault = first(&emulator, FaultKind::Barrier);
    assert_eq!(
        fault.site.map(|site| site.kernel).as_deref(),
        Some("block_sum")
    );
}

#[test]
fn an_index_off_by_one() {
    let emulator = machine(quiet());
    let ones = vec![[1; 8]; 100];
    let wrong = planted(
        VECTORS,
        "setp.ge.u32 %p1, %r5, %r1",
        "setp.gt.u32 %p1, %r5, %r1",
    );
    let outcome = add(&wrong, &ones, &ones);
    assert_eq!(outcome.unwrap_err().0, CUresult::CUDA_ERROR_ILLEGAL_ADDRESS);
    let fault = first(&emulator, FaultKind::OutOfBounds);
    let lines = [line_of(&wrong, "ld.global.v4.u32 {%r6,")];
    expect_site(&fault, "add_256", &lines);
    let site = fault.site.unwrap();
    assert_eq!((site.block, site.thread), ([1, 0, 0], [36, 0, 0]));
    assert!(site.instruction.contains("ld.global.v4.u32"));
}

#[test]
fn an_error_stays_with_its_context() {
    let emulator = machine(quiet());
    {
        let context = CudaContext::new(0).unwrap();
        let stream = context.new_stream().unwrap();
        let module = Module::load(&context, COUNT).unwrap();
        module
            .launch(&stream, "count", (1, 1), &[Argument::Pointer(0)])
            .unwrap();
        let illegal = CUresult::CUDA_ERROR_ILLEGAL_ADDRESS;
        assert_eq!(stream.synchronize().unwrap_err().0, illegal);
        assert_eq!(stream.synchronize().unwrap_err().0, illegal);
        assert_eq!(stream.alloc_zeros::<u8>(1).unwrap_err().0, illegal);
        only(&emulator, FaultKind::OutOfBounds);
    }
    {
        // The primary context was given up, and the next one is another.
        let context = CudaContext::new(0).unwrap();
        context.default_stream().alloc_zeros::<u8>(1).unwrap();
    }
}

#[test]
fn a_misaligned_access() {
    let emulator = machine(quiet());
    let ones = vec![[1; 8]; 4];
    let wrong = planted(
        VECTORS,
        "st.global.v4.u32 [%rd5],",
        "st.global.v4.u32 [%rd5+4],",
    );
    let outcome = add(&wrong, &ones, &ones);
    assert_eq!(
        outcome.unwrap_err().0,
        CUresult::CUDA_ERROR_MISALIGNED_ADDRESS
    );
    let fault = first(&emulator, FaultKind::Misaligned);
    expect_site(
        &fault,
        "add_256",
        &[line_of(&wrong, "st.global.v4.u32 [%rd5+4],")],
    );
}

#[test]
fn a_counter_that_is_not_atomic() {
    let emulator = machine(quiet());
    let wrong = planted(
        COUNT,
        "    atom.global.add.u32 %r1, [%rd1], 1;",
        "    ld.global.u32 %r1, [%rd1];\n    add.u32 %r2, %r1, 1;\n    st.global.u32 [%rd1], %r2;",
    );
    {
        let context = CudaContext::new(0).unwrap();
        let stream = context.default_stream();
        let module = Module::load(&context, &wrong).unwrap();
        for (blocks, threads, kind) in [
            (1, 64, FaultKind::RaceInBlock),
            (4, 1, FaultKind::RaceBetweenBlocks),
        ] {
            let mut counter = stream.alloc_zeros::<u32>(1).unwrap();
            let (address, _counted) = counter.device_ptr_mut(&stream);
            let arguments = [Argument::Pointer(address)];
            module
                .launch(&stream, "count", (blocks, threads), &arguments)
                .unwrap();
            stream.synchronize().unwrap();
            let fault = first(&emulator, kind);
            let lines = ["ld.global.u32 %r1", "st.global.u32 [%rd1]"];
            expect_site(&fault, "count", &lines.map(|line| line_of(&wrong, line)));
            assert_eq!(fault.address, Some(address));
            emulator.forgive();
        }
    }
}

#[test]
fn an_uninitialised_read() {
    let emulator = machine(quiet());
    block_sums(BLOCK_SUM, 3).unwrap();
    let fault = first(&emulator, FaultKind::UninitialisedRead);
    expect_site(
        &fault,
        "block_sum",
        &[line_of(BLOCK_SUM, "ld.global.u32 %r5")],
    );
    let site = fault.site.unwrap();
    assert_eq!((site.block, site.thread), ([3, 0, 0], [61, 0, 0]));
}

#[test]
fn checks_that_are_off_find_nothing() {
    let mut config = quiet();
    config.checks.uninitialised = false;
    let emulator = machine(config);
    block_sums(BLOCK_SUM, 3).unwrap();
    emulator.assert_clean();
}

//! A modelled device counts what the same calls come to on a device, here the emulator.

use std::{collections::BTreeMap, sync::Arc};

use halo2_offload_cuda::{
    ceilings::Ceilings,
    msm::CudaMsm,
    ntt::{Columns, ColumnsMut, CudaNtt, Transform},
    Context, Counters, CudaError, DeviceModel, KernelImage, LaunchConfig, LedgerReport,
    MemorySource, Options, Work,
};
use halo2_offload_cuda_emulator::{install, Config};
use halo2curves::{
    bn256::{Fr, G1Affine, G1},
    group::Group,
};

/// All that a model is to foresee.
#[derive(Debug, PartialEq)]
struct Account {
    counters: Counters,
    work: BTreeMap<&'static str, Work>,
    held: LedgerReport,
    peak: LedgerReport,
    available_bytes: u64,
    pinned_bytes: [u64; 2],
}

impl Account {
    fn of(context: &Context) -> Self {
        Self {
            counters: context.counters().expect("nothing is timed"),
            work: context.work(),
            held: context.memory(),
            peak: context.peak_memory(),
            available_bytes: context.available_bytes().expect("it is asked"),
            pinned_bytes: [context.pinned_bytes(), context.peak_pinned_bytes()],
        }
    }
}

/// The same on a device and on its model: the accounts after each of the steps.
fn compare(
    options: &Options,
    steps: impl Fn(&Arc<Context>, &mut dyn FnMut()) -> Result<(), CudaError>,
) {
    let emulator = install(Config::default()).expect("the emulator is built with this test");
    let image = KernelImage::shipped();
    let run = |context: Arc<Context>| {
        let mut accounts = Vec::new();
        steps(&context, &mut || accounts.push(Account::of(&context))).expect("it runs");
        accounts.push(Account::of(&context));
        accounts
    };
    let context = Context::open(0, &image, options.clone()).expect("it opens");
    let model = DeviceModel::from(context.device());
    assert!(!context.is_modelled());
    let expected = run(context);
    assert!(expected.len() > 1);
    let calls = emulator.report().calls;
    let context = Context::modelled(model, &image, options.clone()).expect("it opens");
    assert!(context.is_modelled() && context.device().is_modelled());
    let found = run(context);
    assert_eq!(found.len(), expected.len());
    for (step, (found, expected)) in found.iter().zip(&expected).enumerate() {
        assert_eq!(found, expected, "step {step}");
    }
    assert_eq!(emulator.report().calls, calls, "a model makes no calls");
    emulator.assert_clean();
}

fn of_both_sources(steps: impl Fn(&Arc<Context>, &mut dyn FnMut()) -> Result<(), CudaError>) {
    for source in [MemorySource::PoolFirst, MemorySource::Blocks] {
        let options = Options::default()
            .with_memory(source)
            .with_staging_bytes(4096);
        compare(&options, &steps);
    }
}

#[test]
fn a_batch_of_columns_on_the_device() {
    const N: usize = 300;
    of_both_sources(|context, account| {
        let msm = CudaMsm::new(context.clone())?;
        let bases = msm.load_bases(&[G1Affine::generator(); N])?;
        account();
        let scalars = context.allocate_with("scalars", 3 * N, || [Fr::from(1234); 3 * N])?;
        let columns = [
            scalars.range(..N)?,
            scalars.range(N..2 * N)?,
            scalars.range(2 * N..2 * N + 7)?,
        ];
        let pending = msm.begin_device(&bases, &columns)?;
        account();
        let sums = pending.wait()?;
        let zeros = sums.iter().all(|sum| bool::from(sum.is_identity()));
        assert_eq!(zeros, context.is_modelled());
        assert_eq!(sums.len(), 3);
        account();
        drop((bases, scalars));
        account();
        context.reset_peak_memory();
        Ok(())
    });
}

#[test]
fn columns_on_the_host() {
    of_both_sources(|context, account| {
        let msm = CudaMsm::new(context.clone())?;
        let bases = msm.load_bases(&[G1Affine::generator(); 200])?;
        let column = [Fr::from(5); 200];
        let sums = msm.begin(&bases, &[&column, &column[..100]])?.wait()?;
        account();
        let expected = match context.is_modelled() {
            true => [G1::identity(); 2],
            false => [1000, 500].map(|k| G1::generator() * Fr::from(k)),
        };
        assert_eq!(sums, expected);
        Ok(())
    });
}

#[test]
fn transforms() {
    of_both_sources(|context, account| {
        let ntt = CudaNtt::new(context.clone())?;
        for k in [0, 3, 9] {
            let n = 1 << k;
            let tables = ntt.make_tables(k)?;
            let coset = ntt.prepare(&tables, Transform::CosetForward { shift: Fr::from(7) })?;
            account();
            let from = context.allocate_with("columns", 3 * n, || vec![Fr::from(3); 3 * n])?;
            let mut to = context.allocate_zeroed("extended", 3 * n)?;
            let workspace_len = 2 * coset.plan().workspace_len();
            let mut workspace = context.allocate("workspace", workspace_len)?;
            ntt.run(
                &coset,
                3,
                Some(Columns::new(from.all(), n)),
                ColumnsMut::new(to.all_mut(), n),
                workspace.all_mut(),
            )?;
            account();
            drop((from, workspace));
            to.rename("extended, on the coset");
            let mut values = vec![Fr::from(1); 3 * n];
            context.download(to.all(), &mut values)?;
            assert_eq!(values == vec![Fr::from(0); 3 * n], context.is_modelled());
            account();
        }
        Ok(())
    });
}

#[test]
fn waits_and_streams() {
    of_both_sources(|context, account| {
        let mut buffer = context.allocate::<u32>("values", 3000)?;
        let started = context.upload_with(buffer.all_mut(), || vec![1; 3000])?;
        let first = context.begin_download(buffer.all())?;
        let second = context.begin_download(buffer.range(..1000)?)?;
        context.zero(buffer.all_mut())?;
        account();
        drop(second);
        account();
        let values = first.wait()?;
        assert_eq!(values[0], u32::from(!context.is_modelled()));
        account();
        started.wait()?;
        account();
        context.begin_download(buffer.all())?.wait()?;
        context.synchronize()?;
        Ok(())
    });
}

/// Opens a model, of an H100 unless another is given.
fn open(model: Option<DeviceModel>, options: Options) -> Arc<Context> {
    let model = model.or_else(|| DeviceModel::named("h100"));
    let model = model.expect("a card that is known");
    Context::modelled(model, &KernelImage::shipped(), options).expect("it opens")
}

#[test]
fn memory_of_a_model_ends() {
    let model = DeviceModel::named("rtx4060").expect("it is known");
    for source in [MemorySource::PoolFirst, MemorySource::Blocks] {
        let options = Options::default().with_memory(source);
        let context = open(Some(model.clone().with_free_bytes(5 << 30)), options);
        let held = context.allocate::<u64>("srs", 1 << 28).expect("it fits");
        let Err(CudaError::OutOfMemory(error)) = context.allocate::<u64>("columns", 1 << 29) else {
            panic!("there is no room for the columns");
        };
        assert_eq!(error.asked_bytes, 4 << 30);
        assert_eq!(error.free_bytes, Some(3 << 30));
        assert_eq!(error.total_bytes, 8_000_000_000);
        assert_eq!(
            (error.held.bytes, &*error.held.holdings[0].name),
            (2 << 30, "srs")
        );
        assert_eq!(error.code.as_ref().map(|code| code.code), Some(2));
        drop(held);
        let all = context
            .allocate::<u64>("columns", 1 << 29)
            .expect("it fits");
        assert_eq!(context.memory().bytes, 4 << 30);
        drop(all);
        assert_eq!(context.memory().bytes, 0);
    }
}

#[test]
fn the_budget_of_a_model_holds() {
    let context = open(None, Options::default().with_vram_budget(100));
    assert_eq!(context.available_bytes().ok(), Some(100));
    let error = context
        .allocate::<u8>("values", 101)
        .expect_err("it is too much");
    let text = error.to_string();
    assert!(
        text.contains("100 of the budget of 100 were left"),
        "{text}"
    );
}

#[test]
fn launches_are_compared_with_what_kernels_declare() {
    let context = open(None, Options::default());
    let square = context
        .function("field_fr", "field_fr_sqr")
        .expect("it ships");
    let threads = square.max_threads_per_block();
    assert!((32..1024).contains(&threads) && threads % 32 == 0);
    let from = context.allocate::<Fr>("from", 10).expect("it fits");
    let mut to = context.allocate::<Fr>("to", 10).expect("it fits");
    // SAFETY, of all three: two vectors of ten elements; any grid of blocks will do, and others are
    // refused.
    let config = LaunchConfig::linear(1, threads);
    unsafe { context.launch(&square, config, &[&to.all_mut(), &from.all(), &10_u64]) }
        .expect("it is counted");
    let missing = unsafe { context.launch(&square, config, &[&to.all_mut(), &from.all()]) };
    assert!(matches!(missing, Err(CudaError::Arguments { .. })));
    let config = LaunchConfig::linear(1, threads + 1);
    let large = unsafe { context.launch(&square, config, &[&to.all_mut(), &from.all(), &10_u64]) };
    assert!(matches!(large, Err(CudaError::LaunchConfig { .. })));
    assert_eq!(context.counters().expect("it counts").launches, 1);
    assert!(context.function("field_fr", "nothing").is_err());
    assert!(context.function("nothing", "nothing").is_err());
    let modules = context.modules();
    assert_eq!(modules[0].reason, "nothing runs on a modelled device");
    assert!(square.with_shared_bytes(1 << 20).is_err());
}

#[test]
fn a_model_does_not_ask_for_values_and_takes_no_time() {
    let context = open(None, Options::default().with_timing(true));
    let values = || -> Vec<Fr> { panic!("nobody needs them") };
    let buffer = context
        .allocate_with("advice", 1 << 30, values)
        .expect("it fits");
    let counters = context.counters().expect("it counts");
    assert_eq!(counters.bytes_to_device, 32 << 30);
    {
        let _timed = context.time("nothing").expect("it times");
    }
    let times = context.times().expect("it times");
    assert_eq!((times["nothing"].runs, times["nothing"].device_ns), (1, 0));
    let measured = Ceilings::measure(&context);
    assert!(matches!(measured, Err(CudaError::Modelled { .. })));
    drop(buffer);
}

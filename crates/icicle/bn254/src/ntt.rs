//! Number-theoretic transforms.
//!
//! Values are transformed as they are: the transform is linear, so that canonical limbs, taken for
//! Montgomery limbs of values R times smaller, come out as canonical limbs.

use std::sync::{Arc, Mutex};

use ff::Field;
use halo2_offload_cuda::{
    canonical::{Places, Vectors},
    ntt::{ColumnsMut, Transform},
    CudaError, DeviceSlice, DeviceSliceMut,
};
use halo2_offload_engine::{CpuKernels, EngineError, NttAccel};
use halo2curves::bn256::Fr;
use icicle_core::{
    error::{IcicleError, IcicleResult},
    ntt::{NTTConfig, NTTDir, NTTDomain, Ordering, NTT},
    traits::FieldImpl,
};
use icicle_cuda_runtime::{
    device_context::DeviceContext,
    memory::HostOrDeviceSlice,
    offload::{Place, Watch},
};

use crate::{
    access::{self, Input, Output},
    cuda::{self, lock, Engine},
    curve::{ScalarCfg, ScalarField},
    domain, order, repr,
};

impl NTTDomain<ScalarField> for ScalarCfg {
    fn get_root_of_unity(max_size: u64) -> ScalarField {
        let k = max_size
            .max(1)
            .checked_next_power_of_two()
            .map(u64::trailing_zeros);
        match k.and_then(domain::icicle_root) {
            Some(root) => repr::limbs(&root).into(),
            None => ScalarField::zero(),
        }
    }

    fn initialize_domain(
        primitive_root: ScalarField,
        ctx: &DeviceContext,
        _fast_twiddles: bool,
    ) -> IcicleResult<()> {
        access::place(ctx)?;
        domain::initialize(repr::scalar(primitive_root))
    }

    fn release_domain(ctx: &DeviceContext) -> IcicleResult<()> {
        access::place(ctx)?;
        domain::release();
        lock(&TABLES).clear();
        cuda::release_tables(ctx.device_id);
        Ok(())
    }
}

impl NTT<ScalarField, ScalarField> for ScalarCfg {
    fn ntt_unchecked(
        input: &(impl HostOrDeviceSlice<ScalarField> + ?Sized),
        dir: NTTDir,
        cfg: &NTTConfig<ScalarField>,
        output: &mut (impl HostOrDeviceSlice<ScalarField> + ?Sized),
    ) -> IcicleResult<()> {
        let mut watch = watch(output.len(), cfg);
        let result = access::input("input", input, &cfg.ctx)
            .and_then(|input| transform(Some(input), dir, cfg, output, &mut watch));
        watch.finish(result)
    }

    fn ntt_inplace_unchecked(
        inout: &mut (impl HostOrDeviceSlice<ScalarField> + ?Sized),
        dir: NTTDir,
        cfg: &NTTConfig<ScalarField>,
    ) -> IcicleResult<()> {
        let mut watch = watch(inout.len(), cfg);
        let result = transform(None, dir, cfg, inout, &mut watch);
        watch.finish(result)
    }
}

fn watch(len: usize, cfg: &NTTConfig<ScalarField>) -> Watch {
    let batch = usize::try_from(cfg.batch_size).unwrap_or(1).max(1);
    Watch::start("ntt", len / batch, batch)
}

/// A batch of transforms: which, and from and to which places.
struct Batch {
    vectors: Vectors,
    transform: Transform,
    /// From the caller's order to the engine's.
    take: Places,
    /// From the engine's order to the caller's.
    give: Places,
}

impl Batch {
    fn new(len: usize, dir: NTTDir, cfg: &NTTConfig<ScalarField>) -> IcicleResult<Self> {
        let count = usize::try_from(cfg.batch_size).unwrap_or(1).max(1);
        let vectors = Vectors {
            n: len / count,
            count,
            by_columns: cfg.columns_batch && count > 1,
        };
        let k = vectors.log_n();
        let exponent = domain::exponent(k)?;
        let shift = repr::scalar(cfg.coset_gen);
        if shift.is_zero_vartime() {
            return Err(IcicleError::invalid_argument(
                "zero is the generator of no coset",
            ));
        }
        let is_coset = shift != Fr::ONE;
        let (reversed_in, reversed_out) = match cfg.ordering {
            Ordering::kNN => (false, false),
            Ordering::kNR | Ordering::kNM => (false, true),
            Ordering::kRN | Ordering::kMN => (true, false),
            Ordering::kRR => (true, true),
        };
        // The root is omega^e: evaluation i over it is evaluation e i over omega.
        let (transform, factor_in, factor_out) = match (dir, is_coset) {
            (NTTDir::kForward, false) => (Transform::Forward, 1, exponent),
            (NTTDir::kForward, true) => (Transform::CosetForward { shift }, 1, exponent),
            (NTTDir::kInverse, false) => (Transform::Inverse, domain::inverse(exponent, k), 1),
            (NTTDir::kInverse, true) => (
                Transform::CosetInverse { shift },
                domain::inverse(exponent, k),
                1,
            ),
        };
        Ok(Self {
            vectors,
            transform,
            take: Places {
                reversed: reversed_in,
                factor: factor_in,
            },
            give: Places {
                reversed: reversed_out,
                factor: factor_out,
            },
        })
    }

    fn is_taken_as_it_is(&self) -> bool {
        !self.vectors.by_columns && self.take == Places::NATURAL
    }

    fn is_given_as_it_is(&self) -> bool {
        !self.vectors.by_columns && self.give == Places::NATURAL
    }
}

/// From the input, or in place if there is none.
fn transform(
    input: Option<Input<'_, ScalarField>>,
    dir: NTTDir,
    cfg: &NTTConfig<ScalarField>,
    output: &mut (impl HostOrDeviceSlice<ScalarField> + ?Sized),
    watch: &mut Watch,
) -> IcicleResult<()> {
    let place = access::place(&cfg.ctx)?;
    let batch = Batch::new(output.len(), dir, cfg)?;
    let mut output = access::output("output", output, &cfg.ctx)?;
    let is_async = cfg.is_async;
    match place {
        Place::Cpu => {
            let input = input.map(Input::host).transpose()?;
            on_cpu(&batch, input, output.host()?)
        }
        Place::Cuda(device) => cuda::with(&device, watch, |engine| {
            on_cuda(engine, &batch, input.as_ref(), &mut output)?;
            engine.settle(&output, is_async)
        }),
    }
}

/// Twiddles for the CPU, by k.
static TABLES: Mutex<Vec<Option<Arc<Tables>>>> = Mutex::new(Vec::new());

type Tables = <CpuKernels as NttAccel<Fr>>::Tables;

fn tables(k: u32) -> Result<Arc<Tables>, EngineError> {
    let index = k as usize;
    if let Some(Some(known)) = lock(&TABLES).get(index) {
        return Ok(known.clone());
    }
    // Made without the lock: making them is parallel, and a thread that waits within takes up other work.
    let made = Arc::new(CpuKernels::default().tables(k)?.1);
    let mut tables = lock(&TABLES);
    if tables.len() <= index {
        tables.resize(index + 1, None);
    }
    Ok(match tables.get_mut(index) {
        Some(slot) => slot.get_or_insert(made).clone(),
        None => made,
    })
}

fn on_cpu(
    batch: &Batch,
    input: Option<&[ScalarField]>,
    output: &mut [ScalarField],
) -> IcicleResult<()> {
    let tables = tables(batch.vectors.log_n()).map_err(access::cpu_error)?;
    if batch.is_taken_as_it_is() && batch.is_given_as_it_is() {
        if let Some(values) = repr::as_montgomery_mut(output) {
            if let Some(input) = input {
                order::take(&batch.vectors, Places::NATURAL, values, input, element);
            }
            return run(&tables, batch, values).map_err(access::cpu_error);
        }
    }
    let mut rows = vec![Fr::ZERO; batch.vectors.len()];
    let from = input.unwrap_or(output);
    order::take(&batch.vectors, batch.take, &mut rows, from, element);
    run(&tables, batch, &mut rows).map_err(access::cpu_error)?;
    let limbs = |element: &Fr| repr::montgomery_limbs_of(element).into();
    order::give(&batch.vectors, batch.give, output, &rows, limbs);
    Ok(())
}

fn element(value: &ScalarField) -> Fr {
    repr::montgomery(&(*value).into())
}

/// Transforms the rows.
fn run(tables: &Tables, batch: &Batch, values: &mut [Fr]) -> Result<(), EngineError> {
    let mut rows: Vec<&mut [Fr]> = values.chunks_mut(batch.vectors.n).collect();
    let cpu = CpuKernels::default();
    match batch.transform {
        Transform::Forward => cpu.forward(tables, &mut rows),
        Transform::Inverse => cpu.inverse(tables, &mut rows),
        Transform::CosetForward { shift } => cpu.coset_forward_in_place(tables, &mut rows, shift),
        Transform::CosetInverse { shift } => cpu.coset_inverse(tables, &mut rows, shift),
    }
}

fn on_cuda(
    engine: &Engine,
    batch: &Batch,
    input: Option<&Input<'_, ScalarField>>,
    output: &mut Output<'_, ScalarField>,
) -> Result<(), CudaError> {
    let context = &engine.context;
    let vectors = &batch.vectors;
    if let (true, true, Output::Cuda(range)) = (
        batch.is_taken_as_it_is(),
        batch.is_given_as_it_is(),
        &*output,
    ) {
        if let Some(input) = input {
            // Two of the client's slices may be of one allocation; a copy of its own lies between.
            let mut rows = context.allocate::<Fr>("icicle values", vectors.len())?;
            engine.bring(rows.all_mut().cast()?, input)?;
            cuda::write(range, |to| context.copy(to, rows.all().cast()?))?;
        }
        return cuda::write(range, |values| run_on_cuda(engine, batch, values.cast()?));
    }
    let mut rows = context.allocate::<Fr>("icicle values", vectors.len())?;
    // A second copy where values change places.
    let mut placed = match batch.is_taken_as_it_is() && batch.is_given_as_it_is() {
        true => None,
        false => Some(context.allocate::<Fr>("icicle values", vectors.len())?),
    };
    match (&mut placed, batch.is_taken_as_it_is()) {
        (Some(placed), false) => {
            engine.bring(
                placed.all_mut().cast()?,
                input.unwrap_or(&output.as_input()),
            )?;
            engine
                .canonical
                .take(vectors, batch.take, rows.all_mut(), placed.all())?;
        }
        _ => engine.bring(rows.all_mut().cast()?, input.unwrap_or(&output.as_input()))?,
    }
    run_on_cuda(engine, batch, rows.all_mut())?;
    let done: DeviceSlice<'_, Fr> = match (&mut placed, batch.is_given_as_it_is()) {
        (Some(placed), false) => {
            engine
                .canonical
                .give(vectors, batch.give, placed.all_mut(), rows.all())?;
            placed.all()
        }
        _ => rows.all(),
    };
    engine.return_to(output, done.cast()?)
}

fn run_on_cuda(
    engine: &Engine,
    batch: &Batch,
    values: DeviceSliceMut<'_, Fr>,
) -> Result<(), CudaError> {
    let tables = engine.tables(batch.vectors.log_n())?;
    let prepared = engine.ntt.prepare(&tables, batch.transform)?;
    let len = prepared.plan().workspace_len();
    let mut workspace = engine.context.allocate("ntt workspace", len)?;
    engine.ntt.run(
        &prepared,
        batch.vectors.count,
        None,
        ColumnsMut::new(values, batch.vectors.n),
        workspace.all_mut(),
    )
}

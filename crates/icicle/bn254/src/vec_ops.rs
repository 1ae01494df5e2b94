//! Operations on vectors of scalars.

use halo2_offload_cuda::{
    canonical::{Operation, Places, Vectors},
    CudaError, DeviceSlice,
};
use halo2curves::bn256::Fr;
use icicle_core::{
    error::IcicleResult,
    vec_ops::{BitReverseConfig, VecOps, VecOpsConfig},
};
use icicle_cuda_runtime::{
    device_context::DeviceContext,
    memory::HostOrDeviceSlice,
    offload::{Place, Watch},
};
use rayon::prelude::*;

use crate::{
    access::{self, Input, Output},
    cuda::{self, Engine},
    curve::{ScalarCfg, ScalarField},
    order, repr,
};

/// Values that a thread works on at a time, at least.
const PART: usize = 1 << 12;

impl VecOps<ScalarField> for ScalarCfg {
    fn add(
        a: &(impl HostOrDeviceSlice<ScalarField> + ?Sized),
        b: &(impl HostOrDeviceSlice<ScalarField> + ?Sized),
        result: &mut (impl HostOrDeviceSlice<ScalarField> + ?Sized),
        cfg: &VecOpsConfig,
    ) -> IcicleResult<()> {
        combine("add_scalars", Operation::Add, Some(a), b, result, cfg)
    }

    fn accumulate(
        a: &mut (impl HostOrDeviceSlice<ScalarField> + ?Sized),
        b: &(impl HostOrDeviceSlice<ScalarField> + ?Sized),
        cfg: &VecOpsConfig,
    ) -> IcicleResult<()> {
        let none: Option<&icicle_cuda_runtime::memory::HostSlice<ScalarField>> = None;
        combine("accumulate_scalars", Operation::Add, none, b, a, cfg)
    }

    fn sub(
        a: &(impl HostOrDeviceSlice<ScalarField> + ?Sized),
        b: &(impl HostOrDeviceSlice<ScalarField> + ?Sized),
        result: &mut (impl HostOrDeviceSlice<ScalarField> + ?Sized),
        cfg: &VecOpsConfig,
    ) -> IcicleResult<()> {
        combine("sub_scalars", Operation::Subtract, Some(a), b, result, cfg)
    }

    fn mul(
        a: &(impl HostOrDeviceSlice<ScalarField> + ?Sized),
        b: &(impl HostOrDeviceSlice<ScalarField> + ?Sized),
        result: &mut (impl HostOrDeviceSlice<ScalarField> + ?Sized),
        cfg: &VecOpsConfig,
    ) -> IcicleResult<()> {
        combine("mul_scalars", Operation::Multiply, Some(a), b, result, cfg)
    }

    fn transpose(
        input: &(impl HostOrDeviceSlice<ScalarField> + ?Sized),
        row_size: u32,
        column_size: u32,
        output: &mut (impl HostOrDeviceSlice<ScalarField> + ?Sized),
        ctx: &DeviceContext,
        _on_device: bool,
        is_async: bool,
    ) -> IcicleResult<()> {
        // The columns of the input are the rows of the output.
        let columns = Vectors {
            n: column_size as usize,
            count: row_size as usize,
            by_columns: true,
        };
        let mut watch = Watch::start("transpose_matrix", columns.n, columns.count);
        let result = access::input("input", input, ctx).and_then(|input| {
            let places = Places::NATURAL;
            reorder(
                &columns,
                places,
                Some(input),
                output,
                ctx,
                is_async,
                &mut watch,
            )
        });
        watch.finish(result)
    }

    fn bit_reverse(
        input: &(impl HostOrDeviceSlice<ScalarField> + ?Sized),
        cfg: &BitReverseConfig,
        output: &mut (impl HostOrDeviceSlice<ScalarField> + ?Sized),
    ) -> IcicleResult<()> {
        let mut watch = Watch::start("bit_reverse", output.len(), 1);
        let result = access::input("input", input, &cfg.ctx)
            .and_then(|input| reverse(Some(input), output, cfg, &mut watch));
        watch.finish(result)
    }

    fn bit_reverse_inplace(
        input: &mut (impl HostOrDeviceSlice<ScalarField> + ?Sized),
        cfg: &BitReverseConfig,
    ) -> IcicleResult<()> {
        let mut watch = Watch::start("bit_reverse", input.len(), 1);
        let result = reverse(None, input, cfg, &mut watch);
        watch.finish(result)
    }
}

/// `result = a op b`, or `result = result op b`.
fn combine(
    name: &'static str,
    operation: Operation,
    a: Option<&(impl HostOrDeviceSlice<ScalarField> + ?Sized)>,
    b: &(impl HostOrDeviceSlice<ScalarField> + ?Sized),
    result: &mut (impl HostOrDeviceSlice<ScalarField> + ?Sized),
    cfg: &VecOpsConfig,
) -> IcicleResult<()> {
    let mut watch = Watch::start(name, result.len(), 1);
    let is_async = cfg.is_async;
    let done = access::place(&cfg.ctx).and_then(|place| {
        let a = a.map(|a| access::input("a", a, &cfg.ctx)).transpose()?;
        let b = access::input("b", b, &cfg.ctx)?;
        let mut result = access::output("result", result, &cfg.ctx)?;
        match place {
            Place::Cpu => {
                let a = a.map(Input::host).transpose()?;
                combine_on_cpu(operation, a, b.host()?, result.host()?);
                Ok(())
            }
            Place::Cuda(device) => cuda::with(&device, &mut watch, |engine| {
                combine_on_cuda(engine, operation, a.as_ref(), &b, &mut result)?;
                engine.settle(&result, is_async)
            }),
        }
    });
    watch.finish(done)
}

fn combine_on_cpu(
    operation: Operation,
    a: Option<&[ScalarField]>,
    b: &[ScalarField],
    result: &mut [ScalarField],
) {
    let radix = repr::radix::<Fr>();
    let element = |value: &ScalarField| -> Fr { repr::montgomery(&(*value).into()) };
    // Canonical limbs are taken for Montgomery limbs of values R times smaller. A product of two such is
    // R^2 times smaller, and one R is put back.
    let one = |a: ScalarField, b: &ScalarField| {
        let (a, b) = (element(&a), element(b));
        let value = match operation {
            Operation::Add => a + b,
            Operation::Subtract => a - b,
            Operation::Multiply => a * b * radix,
        };
        repr::montgomery_limbs_of(&value).into()
    };
    let results = result.par_iter_mut().with_min_len(PART).zip(b);
    match a {
        Some(a) => results
            .zip(a)
            .for_each(|((result, b), a)| *result = one(*a, b)),
        None => results.for_each(|(result, b)| *result = one(*result, b)),
    }
}

fn combine_on_cuda(
    engine: &Engine,
    operation: Operation,
    a: Option<&Input<'_, ScalarField>>,
    b: &Input<'_, ScalarField>,
    result: &mut Output<'_, ScalarField>,
) -> Result<(), CudaError> {
    let len = match b {
        Input::Host(values) => values.len(),
        Input::Cuda(range) => range.within().len() / size_of::<ScalarField>(),
    };
    let context = &engine.context;
    let mut combined = context.allocate::<Fr>("icicle values", len)?;
    let to = combined.all_mut();
    let on_device = |a: DeviceSlice<'_, u8>, b: DeviceSlice<'_, u8>| {
        engine
            .canonical
            .combine(operation, to, a.cast()?, b.cast()?)
    };
    let brought = |values: &Input<'_, ScalarField>| {
        let mut brought =
            context.allocate::<u8>("icicle values", len * size_of::<ScalarField>())?;
        engine.bring(brought.all_mut(), values)?;
        Ok::<_, CudaError>(brought)
    };
    match (a.unwrap_or(&result.as_input()), b) {
        (Input::Cuda(a), Input::Cuda(b)) => cuda::read_both(a, b, on_device)?,
        (Input::Cuda(a), b) => {
            let b = brought(b)?;
            cuda::read(a, |a| on_device(a, b.all()))?;
        }
        (a, Input::Cuda(b)) => {
            let a = brought(a)?;
            cuda::read(b, |b| on_device(a.all(), b))?;
        }
        (a, b) => on_device(brought(a)?.all(), brought(b)?.all())?,
    }
    engine.return_to(result, combined.all().cast()?)
}

fn reverse(
    input: Option<Input<'_, ScalarField>>,
    output: &mut (impl HostOrDeviceSlice<ScalarField> + ?Sized),
    cfg: &BitReverseConfig,
    watch: &mut Watch,
) -> IcicleResult<()> {
    let vector = Vectors {
        n: output.len(),
        count: 1,
        by_columns: false,
    };
    let places = Places {
        reversed: true,
        factor: 1,
    };
    reorder(
        &vector,
        places,
        input,
        output,
        &cfg.ctx,
        cfg.is_async,
        watch,
    )
}

/// Takes vectors to rows, from the input, or in place if there is none.
fn reorder(
    vectors: &Vectors,
    places: Places,
    input: Option<Input<'_, ScalarField>>,
    output: &mut (impl HostOrDeviceSlice<ScalarField> + ?Sized),
    ctx: &DeviceContext,
    is_async: bool,
    watch: &mut Watch,
) -> IcicleResult<()> {
    let place = access::place(ctx)?;
    let mut output = access::output("output", output, ctx)?;
    match place {
        Place::Cpu => {
            let output = output.host()?;
            match input.map(Input::host).transpose()? {
                Some(input) => order::take(vectors, places, output, input, |value| *value),
                None => {
                    let input = output.to_vec();
                    order::take(vectors, places, output, &input, |value| *value);
                }
            }
            Ok(())
        }
        Place::Cuda(device) => cuda::with(&device, watch, |engine| {
            let context = &engine.context;
            let mut brought = context.allocate::<Fr>("icicle values", vectors.len())?;
            let mut rows = context.allocate::<Fr>("icicle values", vectors.len())?;
            let to = brought.all_mut().cast()?;
            engine.bring(to, input.as_ref().unwrap_or(&output.as_input()))?;
            engine
                .canonical
                .take(vectors, places, rows.all_mut(), brought.all())?;
            engine.return_to(&mut output, rows.all().cast()?)?;
            engine.settle(&output, is_async)
        }),
    }
}

//! Multi-scalar multiplication.

use std::{collections::BTreeMap, ops::Range};

use ff::PrimeField;
use group::{Curve, Group};
use halo2_offload_cuda::{canonical::Conversion, CudaError, DeviceSlice};
use halo2_offload_engine::{cpu::msm::Scalar, CpuKernels};
use halo2curves::bn256::{Fr, G1Affine as EngineAffine, G1};
use icicle_core::{
    error::IcicleResult,
    msm::{MSMConfig, MSM},
    traits::FieldImpl,
};
use icicle_cuda_runtime::{
    memory::{DeviceSlice as IcicleDeviceSlice, HostOrDeviceSlice},
    offload::{Device, Place, Watch},
};
use rayon::prelude::*;

use crate::{
    access::{self, Input, Output},
    bases,
    cuda::{self, Engine},
    curve::{CurveCfg, G1Affine, G1Projective, ScalarField},
    repr,
};

impl MSM<CurveCfg> for CurveCfg {
    fn msm_unchecked(
        scalars: &(impl HostOrDeviceSlice<ScalarField> + ?Sized),
        points: &(impl HostOrDeviceSlice<G1Affine> + ?Sized),
        cfg: &MSMConfig,
        results: &mut (impl HostOrDeviceSlice<G1Projective> + ?Sized),
    ) -> IcicleResult<()> {
        let batch = Batch::new(scalars.len(), points.len() / factor(cfg), results.len());
        let mut watch = Watch::start("msm", scalars.len() / batch.sums.max(1), batch.sums);
        let result = multiply(scalars, points, cfg, results, &batch, &mut watch);
        watch.finish(result)
    }

    fn precompute_points_unchecked(
        points: &(impl HostOrDeviceSlice<G1Affine> + ?Sized),
        cfg: &MSMConfig,
        output_bases: &mut IcicleDeviceSlice<G1Affine>,
    ) -> IcicleResult<()> {
        let mut watch = Watch::start("precompute_points", points.len(), factor(cfg));
        let result = precompute(points, cfg, output_bases, &mut watch);
        watch.finish(result)
    }
}

fn factor(cfg: &MSMConfig) -> usize {
    usize::try_from(cfg.precompute_factor).unwrap_or(1).max(1)
}

/// Which scalars go with which bases: sums take bases in turn, and again from the first.
#[derive(Debug, PartialEq, Eq)]
struct Batch {
    bases: usize,
    sums: usize,
    /// Runs of scalars with consecutive bases, by the first of them.
    groups: BTreeMap<usize, Columns>,
}

/// Columns of scalars that begin at the same base.
#[derive(Debug, Default, PartialEq, Eq)]
struct Columns {
    /// Bases that the longest takes.
    bases: usize,
    /// Scalars of each, and which sum they go to.
    columns: Vec<(Range<usize>, usize)>,
}

impl Batch {
    fn new(scalars: usize, bases: usize, sums: usize) -> Self {
        let mut batch = Self {
            bases,
            sums,
            groups: BTreeMap::new(),
        };
        if bases == 0 || sums == 0 {
            return batch;
        }
        let of_a_sum = scalars / sums;
        for sum in 0..sums {
            let (mut next, end) = (sum * of_a_sum, (sum + 1) * of_a_sum);
            while next < end {
                let first = next % bases;
                let count = (end - next).min(bases - first);
                let group = batch.groups.entry(first).or_default();
                group.bases = group.bases.max(count);
                group.columns.push((next..next + count, sum));
                next += count;
            }
        }
        batch
    }
}

fn multiply(
    scalars: &(impl HostOrDeviceSlice<ScalarField> + ?Sized),
    points: &(impl HostOrDeviceSlice<G1Affine> + ?Sized),
    cfg: &MSMConfig,
    results: &mut (impl HostOrDeviceSlice<G1Projective> + ?Sized),
    batch: &Batch,
    watch: &mut Watch,
) -> IcicleResult<()> {
    let place = access::place(&cfg.ctx)?;
    let scalars = access::input("scalars", scalars, &cfg.ctx)?;
    let points = access::input("points", points, &cfg.ctx)?;
    let results = access::output("results", results, &cfg.ctx)?;
    match place {
        Place::Cpu => {
            let sums = on_cpu(scalars.host()?, points.host()?, cfg, batch, watch)?;
            results.host()?.copy_from_slice(&repr::from_sums(&sums));
            Ok(())
        }
        Place::Cuda(device) => on_cuda(&device, &scalars, &points, cfg, results, batch, watch),
    }
}

fn on_cpu(
    scalars: &[ScalarField],
    points: &[G1Affine],
    cfg: &MSMConfig,
    batch: &Batch,
    watch: &mut Watch,
) -> IcicleResult<Vec<G1>> {
    // Columns of a circuit are zero in many rows, and a base is two multiplications to convert.
    let zero = ScalarField::zero();
    let needed = |base: usize| {
        (base..scalars.len())
            .step_by(batch.bases)
            .any(|index| scalars[index] != zero)
    };
    let are_montgomery = cfg.are_points_montgomery_form;
    let (bases, kept) = bases::on_cpu(&points[..batch.bases], are_montgomery, needed);
    watch.bases(kept);
    match cfg.are_scalars_montgomery_form {
        false => sums(repr::as_canonical(scalars), bases.get(), batch),
        true => match repr::as_montgomery(scalars) {
            Some(scalars) => sums(scalars, bases.get(), batch),
            None => sums(&repr::montgomery_scalars(scalars), bases.get(), batch),
        },
    }
}

fn sums<S: Scalar<Fr>>(
    scalars: &[S],
    bases: &[EngineAffine],
    batch: &Batch,
) -> IcicleResult<Vec<G1>> {
    let mut sums = vec![G1::identity(); batch.sums];
    for (&first, group) in &batch.groups {
        let columns: Vec<&[S]> = group
            .columns
            .iter()
            .map(|(range, _)| &scalars[range.clone()])
            .collect();
        let of_group = CpuKernels::default().multiply(&bases[first..], &columns);
        add(&mut sums, group, of_group.map_err(access::cpu_error)?);
    }
    Ok(sums)
}

fn on_cuda(
    device: &Device,
    scalars: &Input<'_, ScalarField>,
    points: &Input<'_, G1Affine>,
    cfg: &MSMConfig,
    mut results: Output<'_, G1Projective>,
    batch: &Batch,
    watch: &mut Watch,
) -> IcicleResult<()> {
    // A configuration names a stream and a pool, which are of no use to another thread.
    let (scalars_converted, points_converted) = (
        cfg.are_scalars_montgomery_form,
        cfg.are_points_montgomery_form,
    );
    let kept = cuda::with(device, watch, |engine| {
        let context = &engine.context;
        let count = match scalars {
            Input::Host(values) => values.len(),
            Input::Cuda(range) => range.within().len() / size_of::<ScalarField>(),
        };
        let mut brought = context.allocate::<Fr>("icicle scalars", count)?;
        engine.bring(brought.all_mut().cast()?, scalars)?;
        if !scalars_converted {
            engine
                .canonical
                .convert(Conversion::IntoMontgomery, brought.all_mut())?;
        }
        let mut sums = vec![G1::identity(); batch.sums];
        let mut kept = true;
        for (&first, group) in &batch.groups {
            let points = part(points, first, group.bases)?;
            let (bases, was_kept) =
                bases::find_or_load(engine, &points, group.bases, points_converted)?;
            kept &= was_kept;
            let columns: Vec<DeviceSlice<'_, Fr>> = group
                .columns
                .iter()
                .map(|(range, _)| brought.range(range.clone()))
                .collect::<Result<_, _>>()?;
            let of_group = engine.msm.begin_device(bases.get(), &columns)?.wait()?;
            add(&mut sums, group, of_group);
        }
        deliver(engine, &mut results, &repr::from_sums(&sums))?;
        Ok(kept)
    })?;
    watch.bases(kept);
    Ok(())
}

/// Some of the points.
fn part<'a>(
    points: &Input<'a, G1Affine>,
    first: usize,
    count: usize,
) -> Result<Input<'a, G1Affine>, CudaError> {
    const POINT: usize = size_of::<G1Affine>();
    let part = match points {
        Input::Host(points) => points.get(first..first + count).map(Input::Host),
        Input::Cuda(range) => range.part(first * POINT, count * POINT).map(Input::Cuda),
    };
    part.ok_or(CudaError::Length {
        operation: "msm",
        given: 0,
        needed: first + count,
    })
}

fn add(sums: &mut [G1], group: &Columns, of_group: Vec<G1>) {
    for ((_, sum), value) in group.columns.iter().zip(of_group) {
        if let Some(sum) = sums.get_mut(*sum) {
            *sum += value;
        }
    }
}

/// Values that the host has made, to where they are to be.
fn deliver<T: repr::Limbs>(
    engine: &Engine,
    to: &mut Output<'_, T>,
    values: &[T],
) -> Result<(), CudaError> {
    match to {
        Output::Host(to) => {
            to.copy_from_slice(values);
            Ok(())
        }
        Output::Cuda(range) => cuda::write(range, |to| {
            engine.context.upload(to, repr::bytes_of(values)).map(drop)
        }),
    }
}

fn precompute(
    points: &(impl HostOrDeviceSlice<G1Affine> + ?Sized),
    cfg: &MSMConfig,
    output_bases: &mut IcicleDeviceSlice<G1Affine>,
    watch: &mut Watch,
) -> IcicleResult<()> {
    let place = access::place(&cfg.ctx)?;
    let count = points.len();
    let points = access::input("points", points, &cfg.ctx)?;
    let mut output = access::output("output_bases", output_bases, &cfg.ctx)?;
    let factor = factor(cfg);
    let are_montgomery = cfg.are_points_montgomery_form;
    match place {
        Place::Cpu => {
            let made = multiples(points.host()?, factor, are_montgomery);
            output.host()?.copy_from_slice(&made);
            Ok(())
        }
        Place::Cuda(device) => cuda::with(&device, watch, |engine| {
            let made = match &points {
                Input::Host(points) => multiples(points, factor, are_montgomery),
                Input::Cuda(range) => {
                    let mut on_host = vec![G1Affine::zero(); count];
                    cuda::read(range, |from| {
                        let to = repr::bytes_of_mut(&mut on_host);
                        engine.context.download(from, to)
                    })?;
                    multiples(&on_host, factor, are_montgomery)
                }
            };
            deliver(engine, &mut output, &made)
        }),
    }
}

/// The points, and blocks of their multiples by powers of 2^l, l the bits of a scalar over the blocks.
fn multiples(points: &[G1Affine], blocks: usize, are_montgomery: bool) -> Vec<G1Affine> {
    let bits = (Fr::NUM_BITS as usize).div_ceil(blocks);
    let mut made = points.to_vec();
    let mut block: Vec<G1> = repr::points(points, are_montgomery, |_| true)
        .iter()
        .map(|point| G1::from(*point))
        .collect();
    for _ in 1..blocks {
        block
            .par_iter_mut()
            .for_each(|point| *point = (0..bits).fold(*point, |point, _| point.double()));
        let mut affine = vec![EngineAffine::default(); block.len()];
        G1::batch_normalize(&block, &mut affine);
        made.extend(repr::from_points(&affine, are_montgomery));
    }
    made
}

#[cfg(test)]
mod tests {
    use super::{Batch, Columns};

    /// Of each group its first base and number of bases, and of its columns first scalar, end and sum.
    type Group = (usize, usize, Vec<(usize, usize, usize)>);

    fn groups(scalars: usize, bases: usize, sums: usize) -> Vec<Group> {
        let columns = |group: Columns| {
            let columns = group.columns.into_iter();
            columns
                .map(|(range, sum)| (range.start, range.end, sum))
                .collect()
        };
        Batch::new(scalars, bases, sums)
            .groups
            .into_iter()
            .map(|(first, group)| (first, group.bases, columns(group)))
            .collect()
    }

    #[test]
    fn sums_that_share_bases_are_one_group() {
        assert_eq!(groups(6, 3, 2), [(0, 3, vec![(0, 3, 0), (3, 6, 1)])]);
    }

    #[test]
    fn sums_with_bases_of_their_own_are_groups_of_their_own() {
        assert_eq!(
            groups(4, 4, 2),
            [(0, 2, vec![(0, 2, 0)]), (2, 2, vec![(2, 4, 1)])]
        );
    }

    #[test]
    fn bases_are_taken_again_within_a_sum() {
        assert_eq!(groups(4, 2, 1), [(0, 2, vec![(0, 2, 0), (2, 4, 0)])]);
        assert_eq!(
            groups(6, 3, 3),
            [
                (0, 2, vec![(0, 2, 0), (3, 4, 1)]),
                (1, 2, vec![(4, 6, 2)]),
                (2, 1, vec![(2, 3, 1)]),
            ]
        );
    }
}

//! The device memory that a batch of columns is worked on in, and what is done there.

use super::{
    kernels::{AccumulateSlices, AffineSum, DigitSource, Entry, Xyzz},
    plan::{Pass, Sizes, Sums},
    work::MsmWork,
    CudaBases, CudaMsm,
};
use crate::{
    buffer::{DeviceBuffer, DeviceSlice, DeviceSliceMut},
    context::Context,
    error::CudaError,
    field::ScalarField,
    timeline::StreamRole,
};

/// Columns of scalars, wherever they are.
#[derive(Clone, Copy, Debug)]
pub(super) enum Columns<'a> {
    /// On the host; they are uploaded while columns before them are worked on.
    Host(&'a [&'a [ScalarField]]),
    /// On the device.
    Device(&'a [DeviceSlice<'a, ScalarField>]),
}

impl Columns<'_> {
    pub(super) fn lengths(&self) -> Vec<usize> {
        match self {
            Self::Host(columns) => columns.iter().map(|column| column.len()).collect(),
            Self::Device(columns) => columns.iter().map(DeviceSlice::len).collect(),
        }
    }
}

/// All buffers but the results.
#[derive(Debug)]
pub(super) struct Workspace {
    /// Where scalars from the host arrive, in turn: empty if they are on the device.
    scalars: [DeviceBuffer<ScalarField>; 2],
    turn: usize,
    digits: DeviceBuffer<u32>,
    used: DeviceBuffer<u32>,
    /// The sort's result, and what is between its passes.
    entries: [DeviceBuffer<Entry>; 2],
    total: DeviceBuffer<u32>,
    counts: DeviceBuffer<u32>,
    chunk_counts: DeviceBuffer<u32>,
    buckets: DeviceBuffer<Xyzz>,
    head_buckets: DeviceBuffer<u32>,
    heads: DeviceBuffer<Xyzz>,
    affine_sums: DeviceBuffer<AffineSum>,
    slices: DeviceBuffer<Xyzz>,
}

impl Workspace {
    pub(super) fn new(
        context: &Context,
        sizes: &Sizes,
        columns: &Columns<'_>,
    ) -> Result<Self, CudaError> {
        let staged = match columns {
            Columns::Host(_) => sizes.scalars,
            Columns::Device(_) => 0,
        };
        let scalars =
            |name: &'static str| context.allocate_for(StreamRole::Upload, name, length(staged));
        Ok(Self {
            scalars: [scalars("msm scalars 0")?, scalars("msm scalars 1")?],
            turn: 0,
            digits: context.allocate("msm digits", length(sizes.digits))?,
            used: context.allocate("msm windows in use", length(sizes.columns))?,
            entries: [
                context.allocate("msm entries", length(sizes.entries))?,
                context.allocate("msm entries between passes", length(sizes.entries_between))?,
            ],
            total: context.allocate("msm entry total", 1)?,
            counts: context.allocate("msm counts of tiles", length(sizes.counts))?,
            chunk_counts: context.allocate("msm counts of chunks", length(sizes.chunk_counts))?,
            buckets: context.allocate("msm buckets", length(sizes.buckets))?,
            head_buckets: context.allocate("msm buckets of heads", length(sizes.heads))?,
            heads: context.allocate("msm heads", length(sizes.heads))?,
            affine_sums: context.allocate("msm affine sums", length(sizes.affine_sums))?,
            slices: context.allocate("msm slices", length(sizes.slices))?,
        })
    }

    /// Gives all work of a pass to the device.
    pub(super) fn run(
        &mut self,
        msm: &CudaMsm,
        bases: &CudaBases,
        columns: &Columns<'_>,
        pass: &Pass,
        results: DeviceSliceMut<'_, Xyzz>,
    ) -> Result<(), CudaError> {
        let MsmWork {
            digits,
            sort,
            accumulate,
            fold,
        } = pass.work();
        self.write_digits(msm, columns, pass)?;
        msm.context.account("msm digits", digits);
        self.sort(msm, bases, pass)?;
        msm.context.account("msm sort", sort);
        self.fill_buckets(msm, bases, pass)?;
        msm.context.account("msm accumulate", accumulate);
        let _timed = msm.context.time("msm fold")?;
        msm.kernels.fold.launch(
            &msm.context,
            pass,
            self.buckets.all(),
            self.slices.all_mut(),
            results,
        )?;
        msm.context.account("msm fold", fold);
        Ok(())
    }

    fn write_digits(
        &mut self,
        msm: &CudaMsm,
        columns: &Columns<'_>,
        pass: &Pass,
    ) -> Result<(), CudaError> {
        let (context, kernels) = (&*msm.context, &msm.kernels);
        context.zero(self.used.range_mut(..pass.columns.len())?)?;
        let of_a_column = length(u64::from(pass.windows.count) * u64::from(pass.rows));
        let first = pass.first_row as usize;
        for (place, &column) in pass.columns.iter().enumerate() {
            let scalars = match columns {
                Columns::Host(columns) => {
                    let end = columns[column].len().min(first + pass.rows as usize);
                    let scalars = &columns[column][first.min(end)..end];
                    let buffer = &mut self.scalars[self.turn];
                    self.turn = 1 - self.turn;
                    let _started = context.upload(buffer.range_mut(..scalars.len())?, scalars)?;
                    buffer.range(..scalars.len())?
                }
                Columns::Device(columns) => {
                    let end = columns[column].len().min(first + pass.rows as usize);
                    columns[column].range(first.min(end)..end)?
                }
            };
            let _timed = context.time("msm digits")?;
            kernels.digits.launch(
                context,
                scalars,
                pass.rows,
                &pass.windows,
                self.digits
                    .range_mut(place * of_a_column..(place + 1) * of_a_column)?,
                self.used.range_mut(place..place + 1)?,
            )?;
            // The next upload to this buffer waits for these digits, not for the whole pass.
            context.mark(StreamRole::Compute)?;
        }
        Ok(())
    }

    /// Leaves sorted entries in `entries[0]`.
    fn sort(&mut self, msm: &CudaMsm, bases: &CudaBases, pass: &Pass) -> Result<(), CudaError> {
        let (context, kernels) = (&*msm.context, &msm.kernels);
        let _timed = context.time("msm sort")?;
        let [sorted, between] = &mut self.entries;
        // Where the first pass writes so that the last one writes to `sorted`.
        let (mut to, mut from) = match pass.radix.len() % 2 {
            1 => (sorted, between),
            _ => (between, sorted),
        };
        let source = DigitSource {
            digits: self.digits.all(),
            used: self.used.all(),
            rows: pass.rows,
            windows: pass.windows,
            bases: bases.table.bases,
            first_base: pass.first_row,
            tiles: pass.digit_tiles(),
        };
        for (index, &radix) in pass.radix.iter().enumerate() {
            if index == 0 {
                kernels.radix.sort_digits(
                    context,
                    &source,
                    radix,
                    self.counts.all_mut(),
                    self.chunk_counts.all_mut(),
                    self.total.all_mut(),
                    to.all_mut(),
                )?;
            } else {
                kernels.radix.sort_entries(
                    context,
                    from.all(),
                    pass.entry_tiles(),
                    radix,
                    self.counts.all_mut(),
                    self.chunk_counts.all_mut(),
                    self.total.all_mut(),
                    to.all_mut(),
                )?;
            }
            (to, from) = (from, to);
        }
        Ok(())
    }

    fn fill_buckets(
        &mut self,
        msm: &CudaMsm,
        bases: &CudaBases,
        pass: &Pass,
    ) -> Result<(), CudaError> {
        let (context, kernels) = (&*msm.context, &msm.kernels);
        let _timed = context.time("msm accumulate")?;
        context.zero(self.buckets.range_mut(..length(pass.buckets()))?)?;
        let slices = AccumulateSlices {
            entries: self.entries[0].all(),
            total: self.total.all(),
            buckets: self.buckets.all_mut(),
            head_buckets: self.head_buckets.all_mut(),
            heads: self.heads.all_mut(),
        };
        let (points, min_run) = (bases.points.all(), msm.policy.min_run);
        match pass.sums {
            Sums::Affine { runs } => {
                let accumulate = &kernels.accumulate_affine;
                let sums = self.affine_sums.all_mut();
                accumulate.launch(context, pass, runs, min_run, points, sums, slices)?;
            }
            Sums::Xyzz => {
                let accumulate = &kernels.accumulate;
                accumulate.launch(context, pass, min_run, points, slices)?;
            }
        }
        kernels.seams.launch(
            context,
            pass.runs(),
            self.head_buckets.all_mut(),
            self.heads.all_mut(),
            self.buckets.all_mut(),
        )
    }
}

fn length(values: u64) -> usize {
    usize::try_from(values).unwrap_or(usize::MAX)
}

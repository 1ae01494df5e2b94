//! `radix.cu`: a pass of the sort of entries by bucket.

use halo2_offload_kernels::signatures::msm_radix::THREADS;

use super::{holds, Entry};
use crate::{
    buffer::{DeviceSlice, DeviceSliceMut},
    context::Context,
    entry_points,
    error::CudaError,
    kernel::{EntryPoint, Kernel},
    launch::LaunchConfig,
    msm::plan::{RadixPass, Windows, CHUNK},
};

entry_points!(msm_radix);

const OPERATION: &str = "msm sort";

#[derive(Debug)]
pub(in crate::msm) struct Radix {
    histogram_digits: Kernel<MsmRadixHistogramDigits>,
    histogram_entries: Kernel<MsmRadixHistogramEntries>,
    chunks: Kernel<MsmRadixChunks>,
    bases: Kernel<MsmRadixBases>,
    places: Kernel<MsmRadixPlaces>,
    scatter_digits: Kernel<MsmRadixScatterDigits>,
    scatter_entries: Kernel<MsmRadixScatterEntries>,
}

/// The digits of several columns, and what they become.
#[derive(Clone, Copy, Debug)]
pub(in crate::msm) struct DigitSource<'a> {
    pub(in crate::msm) digits: DeviceSlice<'a, u32>,
    /// Of each column.
    pub(in crate::msm) used: DeviceSlice<'a, u32>,
    pub(in crate::msm) rows: u32,
    pub(in crate::msm) windows: Windows,
    /// Bases in the table.
    pub(in crate::msm) bases: u32,
    /// The base of row 0.
    pub(in crate::msm) first_base: u32,
    /// Tiles of a window, and windows of all columns.
    pub(in crate::msm) tiles: [u32; 2],
}

impl Radix {
    pub(super) fn load(context: &Context) -> Result<Self, CudaError> {
        Ok(Self {
            histogram_digits: MsmRadixHistogramDigits::load(context)?,
            histogram_entries: MsmRadixHistogramEntries::load(context)?,
            chunks: MsmRadixChunks::load(context)?,
            bases: MsmRadixBases::load(context)?,
            places: MsmRadixPlaces::load(context)?,
            scatter_digits: MsmRadixScatterDigits::load(context)?,
            scatter_entries: MsmRadixScatterEntries::load(context)?,
        })
    }

    /// Digits that are not zero become entries, sorted by some of their bits. `total` is set to how
    /// many there are.
    #[allow(clippy::too_many_arguments)]
    pub(in crate::msm) fn sort_digits(
        &self,
        context: &Context,
        source: &DigitSource<'_>,
        pass: RadixPass,
        mut counts: DeviceSliceMut<'_, u32>,
        chunk_counts: DeviceSliceMut<'_, u32>,
        total: DeviceSliceMut<'_, u32>,
        sorted: DeviceSliceMut<'_, Entry>,
    ) -> Result<(), CudaError> {
        let [tiles, segments] = source.tiles;
        let digits = u64::from(segments) * u64::from(source.rows);
        holds(OPERATION, source.digits.len(), digits)?;
        holds(
            OPERATION,
            source.used.len(),
            u64::from(segments.div_ceil(source.windows.count.max(1))),
        )?;
        holds(OPERATION, sorted.len(), digits)?;
        let tiles = tiles * segments;
        let config = LaunchConfig {
            grid: [source.tiles[0], segments, 1],
            ..LaunchConfig::linear(1, THREADS)
        };
        holds(OPERATION, counts.len(), u64::from(tiles) << pass.bits)?;
        let log_buckets = source.windows.log_buckets();
        // SAFETY: a tile reads digits of its window, of which there are `rows`, and writes its own
        // 2^bits counts.
        unsafe {
            self.histogram_digits.launch(
                context,
                config,
                (
                    &source.digits,
                    &source.used,
                    &source.rows,
                    &source.windows.count,
                    &source.windows.sets,
                    &log_buckets,
                    &source.bases,
                    &source.first_base,
                    &pass.shift,
                    &pass.bits,
                    &counts,
                ),
            )?;
        }
        self.place(context, tiles, pass, counts.reborrow(), chunk_counts, total)?;
        // SAFETY: as above; and the counts, summed, are places below the number of digits.
        unsafe {
            self.scatter_digits.launch(
                context,
                config,
                (
                    &source.digits,
                    &source.used,
                    &source.rows,
                    &source.windows.count,
                    &source.windows.sets,
                    &log_buckets,
                    &source.bases,
                    &source.first_base,
                    &pass.shift,
                    &pass.bits,
                    &counts.as_read(),
                    &sorted,
                ),
            )
        }
    }

    /// Sorts `total` entries, at most as many as there are tiles for, by some of their bits.
    #[allow(clippy::too_many_arguments)]
    pub(in crate::msm) fn sort_entries(
        &self,
        context: &Context,
        entries: DeviceSlice<'_, Entry>,
        tiles: u32,
        pass: RadixPass,
        mut counts: DeviceSliceMut<'_, u32>,
        chunk_counts: DeviceSliceMut<'_, u32>,
        mut total: DeviceSliceMut<'_, u32>,
        sorted: DeviceSliceMut<'_, Entry>,
    ) -> Result<(), CudaError> {
        holds(OPERATION, sorted.len(), entries.len() as u64)?;
        holds(OPERATION, counts.len(), u64::from(tiles) << pass.bits)?;
        holds(OPERATION, total.len(), 1)?;
        let config = LaunchConfig::linear(tiles, THREADS);
        // SAFETY: a tile reads entries below `total`, which is at most their number, and writes its
        // own 2^bits counts.
        unsafe {
            self.histogram_entries.launch(
                context,
                config,
                (&entries, &total.as_read(), &pass.shift, &pass.bits, &counts),
            )?;
        }
        self.place(
            context,
            tiles,
            pass,
            counts.reborrow(),
            chunk_counts,
            total.reborrow(),
        )?;
        // SAFETY: as above; and the counts, summed, are places below `total`.
        unsafe {
            self.scatter_entries.launch(
                context,
                config,
                (
                    &entries,
                    &total.as_read(),
                    &pass.shift,
                    &pass.bits,
                    &counts.as_read(),
                    &sorted,
                ),
            )
        }
    }

    /// Turns counts into places.
    fn place(
        &self,
        context: &Context,
        tiles: u32,
        pass: RadixPass,
        counts: DeviceSliceMut<'_, u32>,
        chunk_counts: DeviceSliceMut<'_, u32>,
        total: DeviceSliceMut<'_, u32>,
    ) -> Result<(), CudaError> {
        let chunks = tiles.div_ceil(CHUNK);
        holds(
            OPERATION,
            chunk_counts.len(),
            u64::from(chunks) << pass.bits,
        )?;
        holds(OPERATION, total.len(), 1)?;
        let config = LaunchConfig {
            grid: [chunks, (1u32 << pass.bits).div_ceil(THREADS), 1],
            ..LaunchConfig::linear(1, THREADS)
        };
        // SAFETY: the three kernels have a thread for each of the 2^bits bins, of each chunk or of
        // all; the slices hold that many counts for each tile, and for each chunk.
        unsafe {
            self.chunks.launch(
                context,
                config,
                (&counts.as_read(), &tiles, &pass.bits, &chunk_counts),
            )?;
            self.bases.launch(
                context,
                LaunchConfig::linear(1, MsmRadixBases::THREADS),
                (&chunk_counts, &chunks, &pass.bits, &total),
            )?;
            self.places.launch(
                context,
                config,
                (&counts, &tiles, &pass.bits, &chunk_counts.as_read()),
            )
        }
    }
}

//! `radix.cu`: a pass of the sort of entries by bucket.

use super::{holds, Entry};
use crate::{
    buffer::{DeviceSlice, DeviceSliceMut},
    context::Context,
    error::CudaError,
    kernel::Function,
    launch::LaunchConfig,
    msm::plan::{RadixPass, Windows, CHUNK},
};

const OPERATION: &str = "msm sort";
const THREADS: u32 = 256;
const BASES_THREADS: u32 = 1024;

#[derive(Debug)]
pub(in crate::msm) struct Radix {
    histogram_digits: Function,
    histogram_entries: Function,
    chunks: Function,
    bases: Function,
    places: Function,
    scatter_digits: Function,
    scatter_entries: Function,
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
        let function = |entry: &str| context.function("msm_radix", entry);
        Ok(Self {
            histogram_digits: function("msm_radix_histogram_digits")?,
            histogram_entries: function("msm_radix_histogram_entries")?,
            chunks: function("msm_radix_chunks")?,
            bases: function("msm_radix_bases")?,
            places: function("msm_radix_places")?,
            scatter_digits: function("msm_radix_scatter_digits")?,
            scatter_entries: function("msm_radix_scatter_entries")?,
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
            context.launch(
                &self.histogram_digits,
                config,
                &[
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
                ],
            )?;
        }
        self.place(context, tiles, pass, counts.reborrow(), chunk_counts, total)?;
        // SAFETY: as above; and the counts, summed, are places below the number of digits.
        unsafe {
            context.launch(
                &self.scatter_digits,
                config,
                &[
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
                ],
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
            context.launch(
                &self.histogram_entries,
                config,
                &[&entries, &total.as_read(), &pass.shift, &pass.bits, &counts],
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
            context.launch(
                &self.scatter_entries,
                config,
                &[
                    &entries,
                    &total.as_read(),
                    &pass.shift,
                    &pass.bits,
                    &counts.as_read(),
                    &sorted,
                ],
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
            context.launch(
                &self.chunks,
                config,
                &[&counts.as_read(), &tiles, &pass.bits, &chunk_counts],
            )?;
            context.launch(
                &self.bases,
                LaunchConfig::linear(1, BASES_THREADS),
                &[&chunk_counts, &chunks, &pass.bits, &total],
            )?;
            context.launch(
                &self.places,
                config,
                &[&counts, &tiles, &pass.bits, &chunk_counts.as_read()],
            )
        }
    }
}

//! Multi-scalar multiplication on the CPU: `sum_i s_i P_i`.
//!
//! Pippenger's bucket method (Bernstein, Doumen, Lange, Oosterwijk, *Faster batch forgery
//! identification*, 2012, section 4), shaped by what halo2 columns look like:
//!
//! 1. `census`: scalars become the integers of least magnitude congruent to them, so that small
//!    negative numbers are as short as small positive ones, and are counted by bit length.
//! 2. `plan`: the column is partitioned by bit length into classes, each of which goes through
//!    windows of its own. Zeros go nowhere; bits and small numbers through one or two windows; the
//!    random blinding rows at a column's end do not drag the rest through twenty.
//! 3. `recode`: signed digits, which halve the buckets.
//! 4. `sort`: a counting sort by bucket, window by window.
//! 5. `bucket`: entries into buckets, and buckets into weighted sums, by batched affine additions
//!    (`addition`). A bucket's points are added as a tree, so a column that repeats one value is
//!    no slower than any other.
//!
//! A class that repeats few values is first summed value by value (`repeats`).
//! A class of a few scalars, such as the blinding rows, takes Straus's method instead (`straus`).
//! The sums by bit position of all windows of all classes meet in one Horner's scheme.
//!
//! Cost: for `n` uniform scalars of `L` bits and windows of `c` bits about `(L + 1) / c *
//! (n + 2^(c-1))` additions of six multiplications, to which a bucket's first point adds none and
//! its weighted sum two.

pub(super) mod addition;
mod bucket;
mod census;
pub(super) mod plan;
pub(super) mod recode;
mod repeats;
mod scalar;
pub(super) mod sort;
mod straus;
mod windows;

use crate::{cpu::CpuKernels, curve::MsmCurve};
use census::Census;
use group::Group;
use plan::{Class, Method};
use rayon::prelude::*;

pub use scalar::{Canonical, Scalar};

/// Rows are numbered in 31 bits beside a sign.
const MAX_ROWS: usize = 1 << 31;

/// Columns of at most so many rows are taken side by side: one of them does not keep many threads
/// busy, and the memory of several is small.
const SMALL_COLUMN: usize = 1 << 14;

/// The sum `sum_i scalars[i] * bases[i]`.
///
/// There must be at least as many bases as scalars; bases beyond the scalars are not read, and
/// scalars beyond the bases are left out of the sum (and fail a debug assertion). Any scalars and
/// any points of the curve will do, the identity, equal and opposite ones included.
///
/// Scalars are elements of the field or [`Canonical`] integers.
///
/// Runs on the current rayon pool and may be called from inside it. Takes [`workspace_bytes`]
/// beside its arguments. Not constant time.
pub fn msm<C: MsmCurve, S: Scalar<C::ScalarExt>>(
    kernels: CpuKernels,
    scalars: &[S],
    bases: &[C],
) -> C::CurveExt {
    debug_assert!(scalars.len() <= bases.len(), "fewer bases than scalars");
    scalars
        .chunks(MAX_ROWS)
        .zip(bases.chunks(MAX_ROWS))
        .map(|(scalars, bases)| {
            let rows = scalars.len().min(bases.len());
            msm_rows(kernels, &scalars[..rows], &bases[..rows])
        })
        .sum()
}

/// [`msm`] of several columns, of any lengths, over one set of bases.
pub fn msm_batch<C: MsmCurve, S: Scalar<C::ScalarExt>>(
    kernels: CpuKernels,
    columns: &[&[S]],
    bases: &[C],
) -> Vec<C::CurveExt> {
    if columns.iter().all(|column| column.len() <= SMALL_COLUMN) {
        columns
            .par_iter()
            .map(|column| msm(kernels, column, bases))
            .collect()
    } else {
        columns
            .iter()
            .map(|column| msm(kernels, column, bases))
            .collect()
    }
}

fn msm_rows<C: MsmCurve, S: Scalar<C::ScalarExt>>(
    kernels: CpuKernels,
    scalars: &[S],
    bases: &[C],
) -> C::CurveExt {
    let mut census = Census::take(kernels, scalars);
    let classes = plan::classes(census.lengths());
    if classes.iter().all(|class| class.shortest > census::SHORT) {
        census.forget_short();
    }
    let mut sums = BitSums::new();
    for class in &classes {
        match repeats::grouped(kernels, &census, class, bases) {
            Some((values, group_sums)) => *sums.term(0) += msm_rows(kernels, &values, &group_sums),
            None => add_class(kernels, &census, class, bases, &mut sums),
        }
    }
    sums.value()
}

fn add_class<C: MsmCurve, S: Scalar<C::ScalarExt>>(
    kernels: CpuKernels,
    census: &Census<'_, C::ScalarExt, S>,
    class: &Class,
    bases: &[C],
    sums: &mut BitSums<C>,
) {
    match &class.method {
        Method::Few => *sums.term(0) += straus::sum(&census.members(class), bases),
        Method::Buckets(windows) if windows.short_digits() => {
            windows::add_class::<C, S, i16>(kernels, census, class, windows, bases, sums);
        }
        Method::Buckets(windows) => {
            windows::add_class::<C, S, i32>(kernels, census, class, windows, bases, sums);
        }
    }
}

/// The sum `sum_l 2^l S_l`, held as its terms `S_l`.
struct BitSums<C: MsmCurve>(Vec<C::CurveExt>);

impl<C: MsmCurve> BitSums<C> {
    fn new() -> Self {
        BitSums(Vec::new())
    }

    fn term(&mut self, bit: usize) -> &mut C::CurveExt {
        if self.0.len() <= bit {
            self.0.resize(bit + 1, C::CurveExt::identity());
        }
        &mut self.0[bit]
    }

    /// Adds `2^offset` times another sum.
    fn add_shifted(&mut self, other: Self, offset: usize) {
        for (bit, term) in other.0.into_iter().enumerate() {
            *self.term(offset + bit) += term;
        }
    }

    fn value(self) -> C::CurveExt {
        let mut terms = self.0.into_iter().rev();
        let Some(top) = terms.next() else {
            return C::CurveExt::identity();
        };
        terms.fold(top, |sum, term| sum.double() + term)
    }
}

/// Bytes that [`msm`] of `rows` scalars takes at its peak on so many `threads`, beside its
/// arguments.
///
/// A row takes about 34 bytes for its digits and 4 in each window in flight, of which there are as
/// many as threads but at most eight; a thread takes 0.4 to 0.6 MiB. From `2^16` rows on this is
/// within 10 % of what scalars of full size take with all threads at work, and no other column
/// takes more. [`msm_batch`] takes as much for its longest column, or up to `threads` times as much
/// where all columns are of at most `2^14` rows and are taken side by side.
pub fn workspace_bytes<C: MsmCurve>(rows: usize, threads: usize) -> usize {
    windows::workspace_bytes::<C>(rows.min(MAX_ROWS), threads)
}

#[cfg(test)]
mod tests;

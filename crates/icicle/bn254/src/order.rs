//! Reordering vectors on the host.

use halo2_offload_cuda::canonical::{Places, Vectors};
use rayon::prelude::*;

/// Values that a thread moves at a time, at least.
const PART: usize = 1 << 12;

/// From a caller's order to rows: value j of a row is the caller's [`taken(j)`](Places::taken).
pub(crate) fn take<T, U>(
    vectors: &Vectors,
    places: Places,
    to: &mut [U],
    from: &[T],
    convert: impl Fn(&T) -> U + Sync,
) where
    T: Sync,
    U: Send,
{
    to.par_iter_mut()
        .with_min_len(PART)
        .enumerate()
        .for_each(|(index, to)| {
            let (vector, value) = (index / vectors.n, index % vectors.n);
            *to = convert(&from[vectors.place(vector, places.taken(vectors, value))]);
        });
}

/// From rows to a caller's order: the caller's value j is the row's [`given(j)`](Places::given).
pub(crate) fn give<T, U>(
    vectors: &Vectors,
    places: Places,
    to: &mut [U],
    from: &[T],
    convert: impl Fn(&T) -> U + Sync,
) where
    T: Sync,
    U: Send,
{
    to.par_iter_mut()
        .with_min_len(PART)
        .enumerate()
        .for_each(|(index, to)| {
            let (vector, value) = match vectors.by_columns {
                true => (index % vectors.count, index / vectors.count),
                false => (index / vectors.n, index % vectors.n),
            };
            *to = convert(&from[vector * vectors.n + places.given(vectors, value)]);
        });
}

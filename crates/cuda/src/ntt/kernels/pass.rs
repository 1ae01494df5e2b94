//! `pass.cu`: one pass of a transform over a batch of columns.

use ff::{Field, PrimeField};
use halo2_offload_kernels::signatures::ntt_pass::{LAST, NEGATED};

use super::holds;
use crate::{
    buffer::DeviceSlice,
    context::Context,
    entry_points,
    error::CudaError,
    field::ScalarField,
    kernel::{EntryPoint, Kernel},
    launch::{by_value, LaunchConfig},
    ntt::{
        plan::{Factors, Pass, Plan, LOG_TILE, MAX_LOG_ROWS, SHARED_BYTES, THREADS},
        twiddle::{twiddle, Twiddle},
        Columns, ColumnsMut,
    },
};

entry_points!(ntt_pass);

const OPERATION: &str = "ntt pass";

/// The entry point for each size of a pass, all of which take the same.
#[derive(Debug)]
pub(in crate::ntt) struct PassKernels([Kernel<NttPass1>; MAX_LOG_ROWS as usize]);

/// `Shape` of `pass.cuh`.
#[derive(Clone, Copy, Debug)]
#[repr(C)]
struct Shape {
    in_stride: u64,
    out_stride: u64,
    columns: u32,
    log_n: u32,
    log_sequences: u32,
    log_distance: u32,
    log_digits: [u32; 3],
    flags: u32,
    load_row_shift: u32,
    load_column_mask: u32,
    store_row_shift: u32,
    store_column_mask: u32,
}

/// `Roots` of `dft.cuh`.
#[derive(Clone, Copy, Debug)]
#[repr(C, align(16))]
pub(in crate::ntt) struct Roots([Twiddle; 9]);

impl Roots {
    /// Of a primitive root of unity of order 16.
    pub(in crate::ntt) fn new(root: ScalarField) -> Self {
        let power = |exponent: u64| root.pow_vartime([exponent % 16]);
        let cosine = |k: u64| (power(k) + power(16 - k)) * ScalarField::TWO_INV;
        let sine = |k: u64| (power(k) - power(16 - k)) * ScalarField::TWO_INV;
        Self(
            [
                power(4),
                cosine(2),
                sine(2),
                cosine(3),
                cosine(1) - cosine(3),
                cosine(1) + cosine(3),
                sine(3),
                sine(1) - sine(3),
                sine(1) + sine(3),
            ]
            .map(twiddle),
        )
    }
}

by_value!(Shape, Roots);

/// What a pass works on.
#[derive(Debug)]
pub(in crate::ntt) struct PassArguments<'a> {
    pub(in crate::ntt) columns: u32,
    /// Read, or else `to` is.
    pub(in crate::ntt) from: Option<Columns<'a>>,
    pub(in crate::ntt) to: ColumnsMut<'a>,
    /// The tables of the pass: what it multiplies by while it reads, row and column, and while it
    /// writes, and between its rounds.
    pub(in crate::ntt) load: [Option<DeviceSlice<'a, Twiddle>>; 2],
    pub(in crate::ntt) store: [Option<DeviceSlice<'a, Twiddle>>; 2],
    pub(in crate::ntt) round: Option<DeviceSlice<'a, Twiddle>>,
}

impl PassKernels {
    pub(in crate::ntt) fn load(context: &Context) -> Result<Self, CudaError> {
        Ok(Self([
            NttPass1::load(context)?,
            NttPass2::load(context)?,
            NttPass3::load(context)?,
            NttPass4::load(context)?,
            NttPass5::load(context)?,
            NttPass6::load(context)?,
            NttPass7::load(context)?,
            NttPass8::load(context)?,
        ]))
    }

    /// Transforms all sequences of a batch of columns. In place only if this is the only pass, or neither
    /// the first nor the last: otherwise blocks write where others read.
    pub(in crate::ntt) fn launch(
        &self,
        context: &Context,
        plan: &Plan,
        pass: &Pass,
        roots: &Roots,
        arguments: PassArguments<'_>,
    ) -> Result<(), CudaError> {
        let PassArguments {
            columns,
            from,
            to,
            load,
            store,
            round,
        } = arguments;
        let from = from.unwrap_or(Columns::new(to.values.as_read(), to.stride));
        let n = plan.n() as u64;
        let log_sequences = plan.k() - pass.log_rows;
        let last_column = u64::from(columns.saturating_sub(1));
        let needed = |stride: usize| last_column * stride as u64 + n;
        holds(OPERATION, from.values.len(), needed(from.stride))?;
        holds(OPERATION, to.values.len(), needed(to.stride))?;
        check(&pass.load, &load, log_sequences, pass.log_rows)?;
        check(&pass.store, &store, log_sequences, pass.log_rows)?;
        if let Some(table) = &pass.round {
            holds(
                OPERATION,
                round.map_or(0, |round| round.len()),
                table.entries() as u64,
            )?;
        }
        let function = self
            .0
            .get(pass.log_rows.wrapping_sub(1) as usize)
            .ok_or_else(|| CudaError::NoEntry {
                module: "ntt_pass".to_owned(),
                entry: format!("the pass of 2^{} points", pass.log_rows),
            })?;
        let shape = Shape {
            in_stride: from.stride as u64,
            out_stride: to.stride as u64,
            columns,
            log_n: plan.k(),
            log_sequences,
            log_distance: pass.log_distance,
            log_digits: plan.log_digits(),
            flags: if pass.last { LAST } else { 0 } | if pass.negated { NEGATED } else { 0 },
            load_row_shift: pass.load.row_shift,
            load_column_mask: pass.load.column_mask,
            store_row_shift: pass.store.row_shift,
            store_column_mask: pass.store.column_mask,
        };
        let sequences = u64::from(columns) << log_sequences;
        let tiles = sequences.div_ceil(1 << (LOG_TILE - pass.log_rows));
        let config = LaunchConfig::linear(u32::try_from(tiles).unwrap_or(u32::MAX), THREADS)
            .with_shared_bytes(SHARED_BYTES);
        let [load_row, load_column] = load;
        let [store_row, store_column] = store;
        // SAFETY: the kernel reads n values of each column of `from`, writes n of each of `to`, and
        // reads entries of the tables as `check` has them; all are there. The grid has a block for each
        // tile, of the threads and the shared memory of the contract.
        unsafe {
            function.launch(
                context,
                config,
                (
                    &from.values,
                    &to.values,
                    &load_row,
                    &load_column,
                    &store_row,
                    &store_column,
                    &round,
                    &shape,
                    roots,
                ),
            )
        }
    }
}

/// An error unless the tables of factors are there, and as long as the kernel takes them to be.
fn check(
    factors: &Factors,
    given: &[Option<DeviceSlice<'_, Twiddle>>; 2],
    log_sequences: u32,
    log_rows: u32,
) -> Result<(), CudaError> {
    let len = |slice: &Option<DeviceSlice<'_, Twiddle>>| slice.map_or(0, |slice| slice.len());
    let sequences = 1_u64 << log_sequences;
    let [row, column] = given;
    if factors.row.is_some() {
        let rows = ((sequences - 1) >> factors.row_shift) + 1;
        holds(OPERATION, len(row), rows << log_rows)?;
    }
    if factors.column.is_some() {
        let largest = (sequences - 1).min(u64::from(factors.column_mask));
        holds(OPERATION, len(column), largest + 1)?;
    }
    Ok(())
}

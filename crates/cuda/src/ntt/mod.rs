//! Number-theoretic transforms on the device: batches of columns, natural order in and out.
//!
//! A transform of n = 2^k points is cut into up to four passes ([`Plan`]); a pass transforms up to 256
//! points of each of its sequences in shared memory, in one or two rounds of up to 16 points in
//! registers, and multiplies what it reads by twiddles (`kernels/ntt/pass.cu`). A coset's shift and the
//! inverse's 1/n are multiplied in by the first and the last pass, or go into the twiddles between.
//! Twiddles come from small tables, which the device makes itself: once for a size ([`CudaTables`]), and
//! once for a shift ([`Prepared`]).
//!
//! [`CudaNtt::run`] works on columns on the device. [`NttAccel`] takes columns on the host, batch after
//! batch: while one is transformed, the one before is on its way back and the next one on its way there.

mod batch;
mod kernels;
mod plan;
mod policy;
mod tables;
mod twiddle;

#[cfg(test)]
mod model;

use std::sync::Arc;

use halo2_offload_engine::{EngineError, NttAccel};

use batch::HostColumn;
use kernels::{PassArguments, PassKernels, TableKernel};

pub use plan::{Base, Factors, Kind, Pass, Plan, Table, MAX_K};
pub use policy::Policy;
pub use tables::{CudaTables, Prepared};

use crate::{
    buffer::{DeviceSlice, DeviceSliceMut},
    context::Context,
    error::CudaError,
    field::ScalarField,
};

/// Number-theoretic transforms on a device.
#[derive(Debug)]
pub struct CudaNtt {
    context: Arc<Context>,
    passes: PassKernels,
    table: TableKernel,
    policy: Policy,
}

/// A transform of columns a of n values, with omega the generator of the domain.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Transform {
    /// `a_i <- sum_j a_j omega^(ij)`.
    Forward,
    /// The inverse of [`Forward`](Self::Forward), 1/n included.
    Inverse,
    /// `a_i <- sum_j a_j (shift omega^i)^j`: coefficients to values on the coset.
    CosetForward {
        /// The coset is `shift H`.
        shift: ScalarField,
    },
    /// The inverse of [`CosetForward`](Self::CosetForward); zero is no shift.
    CosetInverse {
        /// The coset is `shift H`.
        shift: ScalarField,
    },
}

/// Columns of n values on the device, one after the other.
#[derive(Debug)]
pub struct ColumnsMut<'a> {
    /// The memory that they lie in.
    pub values: DeviceSliceMut<'a, ScalarField>,
    /// Values from the beginning of a column to that of the next, at least n.
    pub stride: usize,
}

/// Columns that are only read.
#[derive(Clone, Copy, Debug)]
pub struct Columns<'a> {
    /// The memory that they lie in.
    pub values: DeviceSlice<'a, ScalarField>,
    /// Values from the beginning of a column to that of the next, at least n.
    pub stride: usize,
}

impl<'a> ColumnsMut<'a> {
    /// Columns in `values`, `stride` apart.
    pub fn new(values: DeviceSliceMut<'a, ScalarField>, stride: usize) -> Self {
        Self { values, stride }
    }
}

impl<'a> Columns<'a> {
    /// Columns in `values`, `stride` apart.
    pub fn new(values: DeviceSlice<'a, ScalarField>, stride: usize) -> Self {
        Self { values, stride }
    }
}

impl CudaNtt {
    /// With the policy for the device.
    pub fn new(context: Arc<Context>) -> Result<Self, CudaError> {
        let policy = Policy::of(context.device());
        Self::with_policy(context, policy)
    }

    /// With a policy of one's own.
    pub fn with_policy(context: Arc<Context>, policy: Policy) -> Result<Self, CudaError> {
        Ok(Self {
            passes: PassKernels::load(&context)?,
            table: TableKernel::load(&context)?,
            context,
            policy,
        })
    }

    /// The policy.
    pub fn policy(&self) -> &Policy {
        &self.policy
    }

    /// Makes the twiddles for size 2^k, k at most [`MAX_K`].
    pub fn make_tables(&self, k: u32) -> Result<CudaTables, CudaError> {
        if k > MAX_K {
            return Err(CudaError::Length {
                operation: "ntt tables",
                given: k as usize,
                needed: MAX_K as usize,
            });
        }
        let _timed = self.context.time("ntt tables")?;
        CudaTables::new(&self.context, &self.table, Plan::new(k, &self.policy))
    }

    /// Makes what a transform needs beside the tables of its size: the powers of a coset's shift.
    pub fn prepare(
        &self,
        tables: &CudaTables,
        transform: Transform,
    ) -> Result<Prepared, CudaError> {
        let _timed = self.context.time("ntt tables")?;
        tables.prepare(&self.context, &self.table, transform)
    }

    /// Gives the transform of `count` columns to the device, from `from`, or in place if there is none.
    /// Allocates nothing and waits for nothing.
    ///
    /// `workspace` has room for at least one column ([`Plan::workspace_len`] values each); columns go
    /// through in groups of as many as it holds.
    pub fn run(
        &self,
        prepared: &Prepared,
        count: usize,
        from: Option<Columns<'_>>,
        mut to: ColumnsMut<'_>,
        mut workspace: DeviceSliceMut<'_, ScalarField>,
    ) -> Result<(), CudaError> {
        const OPERATION: &str = "ntt";
        let n = prepared.plan.n();
        let room = match prepared.plan.workspace_len() {
            0 => count,
            len => workspace.len() / len,
        };
        let needed = prepared.plan.workspace_len();
        for (given, needed) in [
            (to.stride, n),
            (from.map_or(n, |from| from.stride), n),
            (workspace.len(), needed.min(needed * count)),
        ] {
            if given < needed {
                return Err(CudaError::Length {
                    operation: OPERATION,
                    given,
                    needed,
                });
            }
        }
        let _timed = self.context.time(OPERATION)?;
        for first in (0..count).step_by(room.max(1)) {
            let group = room.min(count - first);
            let values = to.values.reborrow().into_range(first * to.stride..)?;
            let part = ColumnsMut::new(values, to.stride);
            let from = match from {
                Some(Columns { values, stride }) => {
                    Some(Columns::new(values.range(first * stride..)?, stride))
                }
                None => None,
            };
            self.run_group(prepared, group, from, part, workspace.reborrow())?;
        }
        let work = prepared.plan.work(prepared.kind);
        self.context.account(OPERATION, work * count as u64);
        Ok(())
    }

    /// [`run`](Self::run) of as many columns as the workspace holds.
    fn run_group(
        &self,
        prepared: &Prepared,
        count: usize,
        from: Option<Columns<'_>>,
        mut to: ColumnsMut<'_>,
        mut workspace: DeviceSliceMut<'_, ScalarField>,
    ) -> Result<(), CudaError> {
        let n = prepared.plan.n();
        let passes = prepared.plan.passes(prepared.kind);
        let columns = u32::try_from(count).unwrap_or(u32::MAX);
        if let ([], Some(from)) = (&passes[..], from) {
            return self.copy_columns(n, count, from, to);
        }
        for (index, pass) in passes.iter().enumerate() {
            let values = to.values.reborrow();
            // Several passes go through the workspace; the passes between stay there.
            let (source, target) = match (index == 0, pass.last) {
                (true, true) => (from, ColumnsMut::new(values, to.stride)),
                (true, false) => (
                    Some(from.unwrap_or(Columns::new(values.as_read(), to.stride))),
                    ColumnsMut::new(workspace.reborrow(), n),
                ),
                (false, false) => (None, ColumnsMut::new(workspace.reborrow(), n)),
                (false, true) => (
                    Some(Columns::new(workspace.as_read(), n)),
                    ColumnsMut::new(values, to.stride),
                ),
            };
            let arguments = PassArguments {
                columns,
                from: source,
                to: target,
                load: [&pass.load.row, &pass.load.column].map(|table| prepared.slice(table)),
                store: [&pass.store.row, &pass.store.column].map(|table| prepared.slice(table)),
                round: prepared.slice(&pass.round),
            };
            let Prepared { plan, roots, .. } = prepared;
            self.passes
                .launch(&self.context, plan, pass, roots, arguments)?;
        }
        Ok(())
    }

    /// The transform of one point.
    fn copy_columns(
        &self,
        n: usize,
        count: usize,
        from: Columns<'_>,
        mut to: ColumnsMut<'_>,
    ) -> Result<(), CudaError> {
        for column in 0..count {
            let at = column * from.stride;
            let source = from.values.range(at..at + n)?;
            let at = column * to.stride;
            let target = to.values.reborrow().into_range(at..at + n)?;
            self.context.copy(target, source)?;
        }
        Ok(())
    }
}

impl NttAccel<ScalarField> for CudaNtt {
    type Tables = CudaTables;

    fn name(&self) -> String {
        "cuda".into()
    }

    fn tables(&self, k: u32) -> Result<(ScalarField, CudaTables), EngineError> {
        if k > MAX_K {
            return Err(EngineError::DomainTooLarge { k, max_k: MAX_K });
        }
        let tables = self.make_tables(k)?;
        Ok((tables.omega(), tables))
    }

    fn forward(
        &self,
        tables: &CudaTables,
        columns: &mut [&mut [ScalarField]],
    ) -> Result<(), EngineError> {
        self.in_place(tables, Transform::Forward, columns)
    }

    fn inverse(
        &self,
        tables: &CudaTables,
        columns: &mut [&mut [ScalarField]],
    ) -> Result<(), EngineError> {
        self.in_place(tables, Transform::Inverse, columns)
    }

    fn coset_forward(
        &self,
        tables: &CudaTables,
        columns: &mut [(&[ScalarField], &mut [ScalarField])],
        shift: ScalarField,
    ) -> Result<(), EngineError> {
        let columns = columns
            .iter_mut()
            .map(|(coefficients, values)| HostColumn {
                from: Some(coefficients),
                to: values,
            })
            .collect();
        self.transform_host(tables, Transform::CosetForward { shift }, columns)
    }

    fn coset_inverse(
        &self,
        tables: &CudaTables,
        columns: &mut [&mut [ScalarField]],
        shift: ScalarField,
    ) -> Result<(), EngineError> {
        self.in_place(tables, Transform::CosetInverse { shift }, columns)
    }
}

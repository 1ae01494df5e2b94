//! Tables of twiddles on the device.

use std::sync::Arc;

use ff::{Field, PrimeField};

use super::{
    kernels::{Roots, TableKernel, TableValues},
    plan::{Base, Kind, Plan, Table},
    twiddle::Twiddle,
    Transform,
};
use crate::{
    buffer::{DeviceBuffer, DeviceSlice},
    context::Context,
    error::CudaError,
    field::ScalarField,
};

/// Tables and the buffers that hold them.
pub(super) type TableBuffers = Vec<(Table, Arc<DeviceBuffer<Twiddle>>)>;

/// What all transforms of one size have in common: how they are cut into passes, and their twiddles.
#[derive(Debug)]
pub struct CudaTables {
    pub(super) plan: Plan,
    pub(super) omega: ScalarField,
    pub(super) roots: Roots,
    /// All tables but those of cosets.
    shared: TableBuffers,
}

/// A transform with all its twiddles: of a coset, those for its shift among them.
#[derive(Debug)]
pub struct Prepared {
    pub(super) plan: Plan,
    pub(super) kind: Kind,
    pub(super) roots: Roots,
    tables: TableBuffers,
}

impl CudaTables {
    /// Makes the tables of a size; k is at most [`MAX_K`](super::plan::MAX_K).
    pub(super) fn new(
        context: &Context,
        kernel: &TableKernel,
        plan: Plan,
    ) -> Result<Self, CudaError> {
        let root =
            |k: u32| (k..ScalarField::S).fold(ScalarField::ROOT_OF_UNITY, |root, _| root.square());
        let mut tables = Self {
            omega: root(plan.k()),
            roots: Roots::new(root(4)),
            plan,
            shared: Vec::new(),
        };
        for kind in Kind::ALL {
            for table in tables.plan.tables(kind) {
                let known = tables.shared.iter().any(|(known, _)| *known == table);
                if !known && !table.depends_on_shift() {
                    let buffer = tables.make(context, kernel, &table, ScalarField::ONE)?;
                    tables.shared.push((table, buffer));
                }
            }
        }
        Ok(tables)
    }

    /// The generator of the domain, as halo2 chooses it.
    pub fn omega(&self) -> ScalarField {
        self.omega
    }

    /// How transforms of this size are cut into passes.
    pub fn plan(&self) -> &Plan {
        &self.plan
    }

    /// Bytes of device memory that the tables take.
    pub fn bytes(&self) -> usize {
        bytes(&self.shared)
    }

    pub(super) fn prepare(
        &self,
        context: &Context,
        kernel: &TableKernel,
        transform: Transform,
    ) -> Result<Prepared, CudaError> {
        // The inverse multiplies by powers of the inverse; no inverse of zero is asked for.
        let (kind, shift) = match transform {
            Transform::Forward => (Kind::Forward, ScalarField::ONE),
            Transform::Inverse => (Kind::Inverse, ScalarField::ONE),
            Transform::CosetForward { shift } => (Kind::CosetForward, shift),
            Transform::CosetInverse { shift } => {
                let inverse = shift.invert().unwrap_or(ScalarField::ZERO);
                (Kind::CosetInverse, inverse)
            }
        };
        let tables = self.plan.tables(kind).into_iter().map(|table| {
            let shared = self.shared.iter().find(|(known, _)| *known == table);
            let buffer = match shared {
                Some((_, buffer)) => buffer.clone(),
                None => self.make(context, kernel, &table, shift)?,
            };
            Ok((table, buffer))
        });
        Ok(Prepared {
            plan: self.plan.clone(),
            kind,
            roots: self.roots,
            tables: tables.collect::<Result<_, CudaError>>()?,
        })
    }

    fn make(
        &self,
        context: &Context,
        kernel: &TableKernel,
        table: &Table,
        shift: ScalarField,
    ) -> Result<Arc<DeviceBuffer<Twiddle>>, CudaError> {
        let power = |base: Base| {
            let squared = |value: ScalarField, times: Option<u32>| match times {
                Some(times) => (0..times).fold(value, |value, _| value.square()),
                None => ScalarField::ONE,
            };
            squared(self.omega, base.log_omega) * squared(shift, base.log_shift)
        };
        let scale = match table.scaled {
            true => {
                (0..self.plan.k()).fold(ScalarField::ONE, |scale, _| scale * ScalarField::TWO_INV)
            }
            false => ScalarField::ONE,
        };
        let values = TableValues {
            scale,
            rows: power(table.rows),
            steps: power(table.steps),
            both: power(table.both),
        };
        let mut buffer = context.allocate("ntt twiddles", table.entries())?;
        kernel.launch(context, table, &values, buffer.all_mut())?;
        context.account("ntt tables", table.work());
        Ok(Arc::new(buffer))
    }
}

impl Prepared {
    /// How it is cut into passes.
    pub fn plan(&self) -> &Plan {
        &self.plan
    }

    /// Bytes of device memory that its tables take, those that it shares with others included.
    pub fn bytes(&self) -> usize {
        bytes(&self.tables)
    }

    pub(super) fn slice(&self, table: &Option<Table>) -> Option<DeviceSlice<'_, Twiddle>> {
        let table = table.as_ref()?;
        let found = self.tables.iter().find(|(known, _)| known == table)?;
        Some(found.1.all())
    }
}

fn bytes(tables: &TableBuffers) -> usize {
    tables.iter().map(|(_, buffer)| buffer.bytes()).sum()
}

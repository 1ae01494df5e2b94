//! Where a column's values are.

use std::{
    borrow::Cow,
    sync::{Mutex, PoisonError},
};

use crate::field::ScalarField;
use halo2_offload_engine::{Basis, Column, EngineColumn, EngineError, Label};

use super::{CudaEngine, Place};
use crate::{
    buffer::{DeviceBuffer, DeviceSlice},
    error::CudaError,
    transfer::Download,
};

/// What the ledger calls copies of columns that are on the host.
const STAGED: &str = "column from the host";

/// The values of a column, on the device or, where the placement says so, on the host.
#[derive(Debug)]
pub struct CudaMemory {
    values: Values,
    /// The verdict on the lookup that the column is the permuted input of: the first row whose input is
    /// not in the table.
    verdict: Mutex<Option<Download<u32>>>,
}

#[derive(Debug)]
enum Values {
    Device(DeviceBuffer<ScalarField>),
    /// n values; none where there is no data.
    Host {
        n: usize,
        values: Vec<ScalarField>,
    },
}

/// A column on the device for the time of an operation.
#[derive(Debug)]
pub(super) enum Staged<'a> {
    Resident(&'a DeviceBuffer<ScalarField>),
    Copied(DeviceBuffer<ScalarField>),
}

impl CudaMemory {
    /// The number of values.
    pub(super) fn len(&self) -> usize {
        match &self.values {
            Values::Device(buffer) => buffer.len(),
            Values::Host { n, .. } => *n,
        }
    }

    /// The values, if they are on the device.
    pub(super) fn resident(&self) -> Option<DeviceSlice<'_, ScalarField>> {
        match &self.values {
            Values::Device(buffer) => Some(buffer.all()),
            Values::Host { .. } => None,
        }
    }

    /// With the verdict on the lookup.
    pub(super) fn with_verdict(self, verdict: Download<u32>) -> Self {
        Self {
            verdict: Mutex::new(Some(verdict)),
            ..self
        }
    }

    /// Takes the verdict, if there is one that was not taken.
    pub(super) fn take_verdict(&self) -> Option<Download<u32>> {
        let mut verdict = self.verdict.lock().unwrap_or_else(PoisonError::into_inner);
        verdict.take()
    }
}

impl From<DeviceBuffer<ScalarField>> for CudaMemory {
    fn from(buffer: DeviceBuffer<ScalarField>) -> Self {
        Self {
            values: Values::Device(buffer),
            verdict: Mutex::default(),
        }
    }
}

impl Staged<'_> {
    pub(super) fn all(&self) -> DeviceSlice<'_, ScalarField> {
        match self {
            Self::Resident(buffer) => buffer.all(),
            Self::Copied(buffer) => buffer.all(),
        }
    }
}

impl CudaEngine {
    /// A new column on the device, its values undefined.
    pub(super) fn allocate(
        &self,
        name: &'static str,
        n: usize,
    ) -> Result<DeviceBuffer<ScalarField>, CudaError> {
        self.context.allocate(name, n)
    }

    /// n values from the host, where the label's columns are.
    pub(super) fn take_in(
        &self,
        label: Label,
        n: usize,
        values: impl FnOnce() -> Vec<ScalarField>,
    ) -> Result<CudaMemory, EngineError> {
        let values = match self.context.is_modelled() {
            true => Vec::new(),
            false => {
                let values = values();
                EngineError::check_length("upload", "the column", n, values.len())?;
                values
            }
        };
        match self.placement.place(label.kept) {
            Place::Device => Ok(self.copy_in(label.to_string(), n, &values)?.into()),
            Place::Host => Ok(CudaMemory {
                values: Values::Host { n, values },
                verdict: Mutex::default(),
            }),
        }
    }

    /// The column on the device: where it is, or as a copy of what is on the host.
    pub(super) fn stage<'c>(&self, memory: &'c CudaMemory) -> Result<Staged<'c>, EngineError> {
        match &memory.values {
            Values::Device(buffer) => Ok(Staged::Resident(buffer)),
            Values::Host { n, values } => Ok(Staged::Copied(self.copy_in(STAGED, *n, values)?)),
        }
    }

    /// Columns on the device, in order.
    pub(super) fn stage_all<'c, B: Basis>(
        &self,
        columns: &[&'c EngineColumn<Self, B>],
    ) -> Result<Vec<Staged<'c>>, EngineError> {
        columns
            .iter()
            .map(|column| self.stage(column.memory()))
            .collect()
    }

    /// Takes a column to be changed in place, onto the device if it is not there; and where it was.
    pub(super) fn take(
        &self,
        memory: CudaMemory,
    ) -> Result<(DeviceBuffer<ScalarField>, Place), EngineError> {
        match memory.values {
            Values::Device(buffer) => Ok((buffer, Place::Device)),
            Values::Host { n, values } => Ok((self.copy_in(STAGED, n, &values)?, Place::Host)),
        }
    }

    /// Puts a column that was changed back to where it was.
    pub(super) fn give_back<B: Basis>(
        &self,
        buffer: DeviceBuffer<ScalarField>,
        home: Place,
    ) -> Result<Column<CudaMemory, B>, EngineError> {
        let memory = match home {
            Place::Device => buffer.into(),
            Place::Host => self.copy_out(&buffer)?,
        };
        Ok(Column::from_memory(memory))
    }

    /// Puts a column where the label's columns are, under its name.
    pub(super) fn settle<B: Basis>(
        &self,
        label: Label,
        mut memory: CudaMemory,
    ) -> Result<Column<CudaMemory, B>, EngineError> {
        if let Values::Device(buffer) = &mut memory.values {
            buffer.rename(label.to_string());
            if self.placement.place(label.kept) == Place::Host {
                memory.values = self.copy_out(buffer)?.values;
            }
        }
        Ok(Column::from_memory(memory))
    }

    /// A copy on the device of n values of the host's, of which there are none where there is no data.
    fn copy_in(
        &self,
        name: impl Into<Cow<'static, str>>,
        n: usize,
        values: &[ScalarField],
    ) -> Result<DeviceBuffer<ScalarField>, CudaError> {
        self.context.allocate_with(name, n, || values)
    }

    fn copy_out(&self, buffer: &DeviceBuffer<ScalarField>) -> Result<CudaMemory, EngineError> {
        Ok(CudaMemory {
            values: Values::Host {
                n: buffer.len(),
                values: self.context.download_to_vec(buffer.all())?,
            },
            verdict: Mutex::default(),
        })
    }

    /// A copy of the values on the host: none where there is no data.
    pub(super) fn download_values(
        &self,
        memory: &CudaMemory,
    ) -> Result<Vec<ScalarField>, EngineError> {
        match &memory.values {
            Values::Device(buffer) => Ok(self.context.download_to_vec(buffer.all())?),
            Values::Host { values, .. } => Ok(values.clone()),
        }
    }
}

/// A column in a buffer.
pub(super) fn column<B: Basis>(buffer: DeviceBuffer<ScalarField>) -> Column<CudaMemory, B> {
    Column::from_memory(buffer.into())
}

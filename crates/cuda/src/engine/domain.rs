//! Transforms of columns, each a buffer of its own.

use std::sync::{Arc, Mutex, PoisonError};

use crate::field::ScalarField;
use halo2_offload_engine::EngineError;

use super::CudaEngine;
use crate::{
    buffer::{DeviceBuffer, DeviceSlice},
    error::CudaError,
    ntt::{Columns, ColumnsMut, CudaTables, Prepared, Transform},
};

/// Transforms of one shift, whose tables are made once for a coset.
const KEPT: usize = 4;

/// Twiddles of a domain, and of the cosets that were used last.
#[derive(Debug)]
pub struct CudaDomain {
    tables: CudaTables,
    /// The last used comes last.
    prepared: Mutex<Vec<(Transform, Arc<Prepared>)>>,
}

impl From<CudaTables> for CudaDomain {
    fn from(tables: CudaTables) -> Self {
        Self {
            tables,
            prepared: Mutex::default(),
        }
    }
}

impl CudaEngine {
    fn prepared(
        &self,
        domain: &CudaDomain,
        transform: Transform,
    ) -> Result<Arc<Prepared>, CudaError> {
        let mut kept = domain
            .prepared
            .lock()
            .unwrap_or_else(PoisonError::into_inner);
        let prepared = match kept.iter().position(|(known, _)| *known == transform) {
            Some(index) => kept.remove(index).1,
            None => Arc::new(self.ntt.prepare(&domain.tables, transform)?),
        };
        if kept.len() == KEPT {
            kept.remove(0);
        }
        kept.push((transform, prepared.clone()));
        Ok(prepared)
    }

    /// Transforms columns in place.
    pub(super) fn transform(
        &self,
        domain: &CudaDomain,
        transform: Transform,
        columns: &mut [DeviceBuffer<ScalarField>],
    ) -> Result<(), CudaError> {
        let prepared = self.prepared(domain, transform)?;
        let mut workspace = self.ntt_workspace(&prepared)?;
        for column in columns {
            let stride = column.len();
            let to = ColumnsMut::new(column.all_mut(), stride);
            (self.ntt).run(&prepared, 1, None, to, workspace.all_mut())?;
        }
        Ok(())
    }

    /// Transforms a column into one of its own.
    pub(super) fn transformed(
        &self,
        domain: &CudaDomain,
        transform: Transform,
        from: DeviceSlice<'_, ScalarField>,
        name: &'static str,
    ) -> Result<DeviceBuffer<ScalarField>, EngineError> {
        let prepared = self.prepared(domain, transform)?;
        let n = from.len();
        let mut to = self.allocate(name, n)?;
        let mut workspace = self.ntt_workspace(&prepared)?;
        self.ntt.run(
            &prepared,
            1,
            Some(Columns::new(from, n)),
            ColumnsMut::new(to.all_mut(), n),
            workspace.all_mut(),
        )?;
        Ok(to)
    }

    /// Room for one column: columns go through one after the other, as fast as together from some
    /// 2^16 rows on.
    fn ntt_workspace(&self, prepared: &Prepared) -> Result<DeviceBuffer<ScalarField>, CudaError> {
        self.context
            .allocate("ntt workspace", prepared.plan().workspace_len())
    }
}

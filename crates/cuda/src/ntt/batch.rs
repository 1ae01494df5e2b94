//! Columns on the host: batches of them through the device, in a pipeline.

use halo2_offload_engine::EngineError;

use super::{ColumnsMut, CudaNtt, CudaTables, Prepared, Transform};
use crate::{buffer::DeviceBuffer, error::CudaError, field::ScalarField, timeline::StreamRole};

/// A column on the host, and where its transform goes.
#[derive(Debug)]
pub(super) struct HostColumn<'a> {
    /// Read, or else `to` is.
    pub(super) from: Option<&'a [ScalarField]>,
    pub(super) to: &'a mut [ScalarField],
}

impl CudaNtt {
    pub(super) fn in_place(
        &self,
        tables: &CudaTables,
        transform: Transform,
        columns: &mut [&mut [ScalarField]],
    ) -> Result<(), EngineError> {
        let columns = columns
            .iter_mut()
            .map(|column| HostColumn {
                from: None,
                to: column,
            })
            .collect();
        self.transform_host(tables, transform, columns)
    }

    /// All memory is there before the first result comes back. Only a device that fails later can leave
    /// columns of earlier batches transformed.
    pub(super) fn transform_host(
        &self,
        tables: &CudaTables,
        transform: Transform,
        mut columns: Vec<HostColumn<'_>>,
    ) -> Result<(), EngineError> {
        let n = tables.plan.n();
        for HostColumn { from, to } in &columns {
            EngineError::check_length("ntt", "a column", n, from.map_or(n, <[ScalarField]>::len))?;
            EngineError::check_length("ntt", "a column", n, to.len())?;
        }
        if columns.is_empty() {
            return Ok(());
        }
        let prepared = self.prepare(tables, transform)?;
        let batch = self.batch_columns(n, columns.len())?;
        self.pipeline(&prepared, batch, &mut columns)?;
        Ok(())
    }

    /// How many columns go to the device at a time: what the policy has, and less where memory is short
    /// for two batches and the workspace; at least one.
    fn batch_columns(&self, n: usize, count: usize) -> Result<usize, CudaError> {
        let column_bytes = (n * size_of::<ScalarField>()) as u64;
        let room = self.context.available_bytes()? / (3 * column_bytes);
        let wanted = self.policy.batch_bytes / column_bytes;
        let batch = usize::try_from(room.min(wanted)).unwrap_or(usize::MAX);
        Ok(batch.clamp(1, count))
    }

    /// While a batch is transformed, the one after it is uploaded and the one before it downloaded.
    fn pipeline(
        &self,
        prepared: &Prepared,
        batch: usize,
        columns: &mut [HostColumn<'_>],
    ) -> Result<(), CudaError> {
        let n = prepared.plan.n();
        let mut workspace = self
            .context
            .allocate("ntt workspace", batch * prepared.plan.workspace_len())?;
        // One buffer is enough where there is one batch, and where memory has room for one column.
        let mut buffers: Vec<DeviceBuffer<ScalarField>> = Vec::new();
        for name in ["ntt columns 0", "ntt columns 1"] {
            if buffers.len() * batch < columns.len() {
                let buffer = self
                    .context
                    .allocate_for(StreamRole::Upload, name, batch * n);
                match (buffer, buffers.is_empty()) {
                    (Ok(buffer), _) => buffers.push(buffer),
                    (Err(CudaError::OutOfMemory(_)), false) => {}
                    (Err(error), _) => return Err(error),
                }
            }
        }

        let mut under_way: Option<&mut [HostColumn<'_>]> = None;
        let mut turn = 0;
        for columns in columns.chunks_mut(batch) {
            if buffers.len() == 1 {
                if let Some(done) = under_way.take() {
                    self.collect(n, &buffers[0], done)?;
                }
                self.start(prepared, columns, &mut buffers[0], &mut workspace)?;
            } else {
                let (first, second) = buffers.split_at_mut(1);
                let (to, before) = match turn {
                    0 => (&mut first[0], &second[0]),
                    _ => (&mut second[0], &first[0]),
                };
                let (started, collected) = rayon::join(
                    || self.start(prepared, columns, to, &mut workspace),
                    || match under_way.take() {
                        Some(done) => self.collect(n, before, done),
                        None => Ok(()),
                    },
                );
                started.and(collected)?;
                turn = 1 - turn;
            }
            under_way = Some(columns);
        }
        match (under_way, buffers.len()) {
            (Some(done), 1) => self.collect(n, &buffers[0], done),
            (Some(done), _) => self.collect(n, &buffers[1 - turn], done),
            (None, _) => Ok(()),
        }
    }

    /// Gives a batch to the device.
    fn start(
        &self,
        prepared: &Prepared,
        columns: &[HostColumn<'_>],
        buffer: &mut DeviceBuffer<ScalarField>,
        workspace: &mut DeviceBuffer<ScalarField>,
    ) -> Result<(), CudaError> {
        let n = prepared.plan.n();
        for (index, column) in columns.iter().enumerate() {
            let values = column.from.unwrap_or(column.to);
            let place = buffer.range_mut(index * n..(index + 1) * n)?;
            let _started = self.context.upload(place, values)?;
        }
        let to = ColumnsMut {
            values: buffer.all_mut(),
            stride: n,
        };
        self.run(prepared, columns.len(), None, to, workspace.all_mut())?;
        // The download of this batch waits for this point, and not for the batch after it.
        self.context.mark(StreamRole::Compute)
    }

    /// Waits for a batch.
    fn collect(
        &self,
        n: usize,
        buffer: &DeviceBuffer<ScalarField>,
        columns: &mut [HostColumn<'_>],
    ) -> Result<(), CudaError> {
        for (index, column) in columns.iter_mut().enumerate() {
            let values = buffer.range(index * n..(index + 1) * n)?;
            self.context.download(values, column.to)?;
        }
        Ok(())
    }
}

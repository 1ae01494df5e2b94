//! From the host to the device.

use std::sync::PoisonError;

use super::{Transfers, Upload};
use crate::{
    buffer::DeviceSliceMut,
    error::CudaError,
    repr::{bytes_of, DeviceRepr},
    timeline::StreamRole,
};

impl Transfers {
    /// Starts a copy. `from` has been read when this returns; for a model there need be nothing to read.
    pub(crate) fn upload<T: DeviceRepr>(
        &self,
        to: DeviceSliceMut<'_, T>,
        from: Option<&[T]>,
    ) -> Result<Upload, CudaError> {
        let given = from.map_or(to.len(), <[T]>::len);
        if to.len() != given {
            return Err(CudaError::Length {
                operation: "uploading",
                given,
                needed: to.len(),
            });
        }
        let (from, bytes) = (from.map(bytes_of), to.len() * size_of::<T>());
        self.streams.primary().check_process()?;
        let mut staging = self.upload.lock().unwrap_or_else(PoisonError::into_inner);
        let part_bytes = staging.bytes();
        let parts = bytes.div_ceil(part_bytes);
        let buffers = staging.turns(self.streams.primary(), parts)?;
        for part in 0..parts {
            let start = part * part_bytes;
            let range = start..bytes.min(start + part_bytes);
            let address = to.address().offset(start);
            let turn = part % buffers.len();
            let buffer = &mut buffers[turn];
            buffer.fill(from.and_then(|from| from.get(range.clone())))?;
            buffer.issue(
                &self.streams,
                StreamRole::Upload,
                to.allocation().uses(),
                // SAFETY: the slice lies in its allocation, which is freed in stream order after
                // this use; the buffer is not written before its event is reached.
                |stream, memory| unsafe { stream.copy_from_host(address, memory, 0, range.len()) },
            )?;
        }
        self.tally.uploaded(bytes);
        // Others that need these values wait for them, not for the next upload.
        self.streams.mark(StreamRole::Upload)?;
        Ok(Upload {
            event: self.event(StreamRole::Upload)?,
            tally: self.tally.clone(),
        })
    }
}

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
    /// Starts a copy. `from` has been read when this returns.
    pub(crate) fn upload<T: DeviceRepr>(
        &self,
        to: DeviceSliceMut<'_, T>,
        from: &[T],
    ) -> Result<Upload, CudaError> {
        if to.len() != from.len() {
            return Err(CudaError::Length {
                operation: "uploading",
                given: from.len(),
                needed: to.len(),
            });
        }
        let mut staging = self.upload.lock().unwrap_or_else(PoisonError::into_inner);
        let part_bytes = staging.bytes();
        let buffers = staging.turns(
            self.streams.primary(),
            size_of_val(from).div_ceil(part_bytes),
        )?;
        for (part, bytes) in bytes_of(from).chunks(part_bytes).enumerate() {
            let address = to.address().offset(part * part_bytes);
            let turn = part % buffers.len();
            let buffer = &mut buffers[turn];
            buffer.fill(bytes)?;
            self.streams.issue(
                StreamRole::Upload,
                [to.allocation().uses()],
                // SAFETY: the slice lies in its allocation, which is freed in stream order after
                // this use; the buffer is not written before its event is reached.
                |stream| unsafe { stream.copy_from_host(address, &buffer.memory, 0, bytes.len()) },
            )?;
            buffer.used_by(self.streams.raw(StreamRole::Upload))?;
        }
        self.tally.uploaded(size_of_val(from));
        // Others that need these values wait for them, not for the next upload.
        self.streams.mark(StreamRole::Upload)?;
        Ok(Upload {
            event: self.event(StreamRole::Upload)?,
            tally: self.tally.clone(),
        })
    }
}

//! Memory of the device: allocated, copied to and from, and accounted for.

use std::borrow::Cow;

use super::Context;
use crate::{
    arena::LedgerReport,
    buffer::{DeviceBuffer, DeviceSlice, DeviceSliceMut},
    error::CudaError,
    repr::{zeroed, DeviceRepr},
    timeline::StreamRole,
    transfer::{Download, Upload},
    work::Work,
};

/// What the driver does in the order of the kernels, by the names under which it is accounted for.
const COPY: &str = "copies on the device";
const ZERO: &str = "zeroing";

impl Context {
    /// Allocates memory for `len` values, undefined until written, for use by kernels.
    ///
    /// The name says what it is for: it is what messages and the ledger show.
    pub fn allocate<T: DeviceRepr>(
        &self,
        name: impl Into<Cow<'static, str>>,
        len: usize,
    ) -> Result<DeviceBuffer<T>, CudaError> {
        self.allocate_for(StreamRole::Compute, name, len)
    }

    /// [`allocate`](Self::allocate) for a stream: its first use there waits for nothing. For buffers
    /// that are uploaded to while kernels run.
    pub fn allocate_for<T: DeviceRepr>(
        &self,
        home: StreamRole,
        name: impl Into<Cow<'static, str>>,
        len: usize,
    ) -> Result<DeviceBuffer<T>, CudaError> {
        let name = name.into();
        let bytes = len
            .checked_mul(size_of::<T>())
            .ok_or_else(|| CudaError::TooLarge {
                name: name.to_string(),
                len,
            })?;
        let allocation = self.arena.allocate(name, home, bytes)?;
        Ok(DeviceBuffer::new(allocation, len))
    }

    /// Allocates, and starts to copy the host's values there.
    pub fn allocate_from<T: DeviceRepr>(
        &self,
        name: impl Into<Cow<'static, str>>,
        values: &[T],
    ) -> Result<DeviceBuffer<T>, CudaError> {
        let mut buffer = self.allocate_for(StreamRole::Upload, name, values.len())?;
        self.upload(buffer.all_mut(), values)?;
        Ok(buffer)
    }

    /// Allocates for `len` values, and starts to copy them there as [`upload_with`](Self::upload_with)
    /// does.
    pub fn allocate_with<T: DeviceRepr, V: AsRef<[T]>>(
        &self,
        name: impl Into<Cow<'static, str>>,
        len: usize,
        values: impl FnOnce() -> V,
    ) -> Result<DeviceBuffer<T>, CudaError> {
        let mut buffer = self.allocate_for(StreamRole::Upload, name, len)?;
        self.upload_with(buffer.all_mut(), values)?;
        Ok(buffer)
    }

    /// Allocates, and sets all bytes to zero.
    pub fn allocate_zeroed<T: DeviceRepr>(
        &self,
        name: impl Into<Cow<'static, str>>,
        len: usize,
    ) -> Result<DeviceBuffer<T>, CudaError> {
        let mut buffer = self.allocate(name, len)?;
        self.zero(buffer.all_mut())?;
        Ok(buffer)
    }

    /// Starts to copy the host's values to the device. They have been read when this returns.
    pub fn upload<T: DeviceRepr>(
        &self,
        to: DeviceSliceMut<'_, T>,
        from: &[T],
    ) -> Result<Upload, CudaError> {
        self.check_owner("uploading", to.allocation())?;
        self.transfers.upload(to, Some(from))
    }

    /// [`upload`](Self::upload) of values that need not be there before: on a modelled device they are
    /// not made.
    pub fn upload_with<T: DeviceRepr, V: AsRef<[T]>>(
        &self,
        to: DeviceSliceMut<'_, T>,
        values: impl FnOnce() -> V,
    ) -> Result<Upload, CudaError> {
        self.check_owner("uploading", to.allocation())?;
        match self.is_modelled() {
            true => self.transfers.upload(to, None),
            false => self.transfers.upload(to, Some(values().as_ref())),
        }
    }

    /// Copies values to the host, and waits for them; one synchronisation.
    pub fn download<T: DeviceRepr>(
        &self,
        from: DeviceSlice<'_, T>,
        to: &mut [T],
    ) -> Result<(), CudaError> {
        self.check_owner("downloading", from.allocation())?;
        self.transfers.download(from, Some(to))
    }

    /// [`download`](Self::download) into memory that is made for it. On a modelled device, which has no
    /// values, none is made.
    pub fn download_to_vec<T: DeviceRepr>(
        &self,
        from: DeviceSlice<'_, T>,
    ) -> Result<Vec<T>, CudaError> {
        self.check_owner("downloading", from.allocation())?;
        if self.is_modelled() {
            self.transfers.download::<T>(from, None)?;
            return Ok(Vec::new());
        }
        let mut values = vec![zeroed::<T>(); from.len()];
        self.transfers.download(from, Some(&mut values))?;
        Ok(values)
    }

    /// Starts to copy values to the host.
    pub fn begin_download<T: DeviceRepr>(
        &self,
        from: DeviceSlice<'_, T>,
    ) -> Result<Download<T>, CudaError> {
        self.check_owner("downloading", from.allocation())?;
        self.transfers.begin_download(from)
    }

    /// Copies values on the device, in the order of the kernels.
    pub fn copy<T: DeviceRepr>(
        &self,
        to: DeviceSliceMut<'_, T>,
        from: DeviceSlice<'_, T>,
    ) -> Result<(), CudaError> {
        self.check_owner("copying", to.allocation())?;
        self.check_owner("copying", from.allocation())?;
        if to.len() != from.len() {
            return Err(CudaError::Length {
                operation: "copying",
                given: from.len(),
                needed: to.len(),
            });
        }
        let bytes = from.len() * size_of::<T>();
        if bytes == 0 {
            return Ok(());
        }
        self.streams.issue(
            StreamRole::Compute,
            [to.allocation().uses(), from.allocation().uses()],
            // SAFETY: both slices lie in their allocations, which are freed in stream order after
            // this use; a slice that is written overlaps no other.
            |stream| unsafe { stream.copy_on_device(*to.address(), *from.address(), bytes) },
        )?;
        self.account.add(
            COPY,
            Work {
                multiplications: 0,
                bytes_read: bytes as u64,
                bytes_written: bytes as u64,
            },
        );
        Ok(())
    }

    /// Sets all bytes of the values to zero, in the order of the kernels.
    pub fn zero<T: DeviceRepr>(&self, values: DeviceSliceMut<'_, T>) -> Result<(), CudaError> {
        self.check_owner("zeroing", values.allocation())?;
        let bytes = values.len() * size_of::<T>();
        if bytes == 0 {
            return Ok(());
        }
        self.streams.issue(
            StreamRole::Compute,
            [values.allocation().uses()],
            // SAFETY: the slice lies in its allocation, which is freed in stream order after this
            // use.
            |stream| unsafe { stream.zero(*values.address(), bytes) },
        )?;
        self.account.add(
            ZERO,
            Work {
                bytes_written: bytes as u64,
                ..Work::default()
            },
        );
        Ok(())
    }

    /// The device memory that is held, and by what.
    pub fn memory(&self) -> LedgerReport {
        self.arena.current()
    }

    /// The most device memory that was held at a time, and by what.
    pub fn peak_memory(&self) -> LedgerReport {
        self.arena.peak()
    }

    /// Lets a new peak begin at what is held now.
    pub fn reset_peak_memory(&self) {
        self.arena.reset_peak();
    }

    /// Bytes of page-locked host memory that copies go through. On a modelled device none are taken:
    /// these are those that would be.
    pub fn pinned_bytes(&self) -> u64 {
        self.primary.pinned_bytes().0
    }

    /// The most of them at a time.
    pub fn peak_pinned_bytes(&self) -> u64 {
        self.primary.pinned_bytes().1
    }

    /// Bytes that could be allocated now: what the budget leaves of what the device has free.
    pub fn available_bytes(&self) -> Result<u64, CudaError> {
        self.arena.available_bytes()
    }
}

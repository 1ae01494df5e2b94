//! Typed device memory.

use std::{
    borrow::Cow,
    marker::PhantomData,
    ops::{Bound, RangeBounds},
};

use crate::{arena::Allocation, error::CudaError, repr::DeviceRepr, sys::Address};

/// `len` values in device memory. What they are before something is written is undefined.
#[derive(Debug)]
pub struct DeviceBuffer<T> {
    allocation: Allocation,
    len: usize,
    values: PhantomData<T>,
}

/// Values in device memory that are read.
#[derive(Debug)]
pub struct DeviceSlice<'a, T> {
    allocation: &'a Allocation,
    address: Address,
    len: usize,
    values: PhantomData<T>,
}

/// Values in device memory that are written, and may be read.
#[derive(Debug)]
pub struct DeviceSliceMut<'a, T> {
    allocation: &'a Allocation,
    address: Address,
    len: usize,
    values: PhantomData<&'a mut T>,
}

impl<T: DeviceRepr> DeviceBuffer<T> {
    pub(crate) fn new(allocation: Allocation, len: usize) -> Self {
        Self {
            allocation,
            len,
            values: PhantomData,
        }
    }

    /// The number of values.
    pub fn len(&self) -> usize {
        self.len
    }

    /// Whether there are no values.
    pub fn is_empty(&self) -> bool {
        self.len == 0
    }

    /// Its bytes.
    pub fn bytes(&self) -> usize {
        self.len * size_of::<T>()
    }

    /// Gives the buffer another name: what it holds from now on. Messages and the ledger show that.
    pub fn rename(&mut self, name: impl Into<Cow<'static, str>>) {
        self.allocation.rename(name.into());
    }

    /// Where it is in the device's memory: for code that is given addresses. It stays there for as long
    /// as the buffer is.
    pub fn address(&self) -> u64 {
        self.allocation.address().number()
    }

    /// All values, to be read.
    pub fn all(&self) -> DeviceSlice<'_, T> {
        DeviceSlice {
            allocation: &self.allocation,
            address: self.allocation.address(),
            len: self.len,
            values: PhantomData,
        }
    }

    /// All values, to be written.
    pub fn all_mut(&mut self) -> DeviceSliceMut<'_, T> {
        DeviceSliceMut {
            allocation: &self.allocation,
            address: self.allocation.address(),
            len: self.len,
            values: PhantomData,
        }
    }

    /// Some values, to be read.
    pub fn range(&self, range: impl RangeBounds<usize>) -> Result<DeviceSlice<'_, T>, CudaError> {
        self.all().range(range)
    }

    /// Some values, to be written.
    pub fn range_mut(
        &mut self,
        range: impl RangeBounds<usize>,
    ) -> Result<DeviceSliceMut<'_, T>, CudaError> {
        self.all_mut().into_range(range)
    }
}

impl<'a, T: DeviceRepr> DeviceSlice<'a, T> {
    /// The number of values.
    pub fn len(&self) -> usize {
        self.len
    }

    /// Whether there are no values.
    pub fn is_empty(&self) -> bool {
        self.len == 0
    }

    /// Some of the values.
    pub fn range(&self, range: impl RangeBounds<usize>) -> Result<Self, CudaError> {
        let (start, len) = resolve(range, self.len)?;
        Ok(Self {
            address: self.address.offset(start * size_of::<T>()),
            len,
            ..*self
        })
    }

    /// The same bytes as values of another type: as many as they make, from where such a value may be.
    pub fn cast<U: DeviceRepr>(&self) -> Result<DeviceSlice<'a, U>, CudaError> {
        Ok(DeviceSlice {
            allocation: self.allocation,
            address: self.address,
            len: recounted::<T, U>(&self.address, self.len)?,
            values: PhantomData,
        })
    }

    pub(crate) fn allocation(&self) -> &'a Allocation {
        self.allocation
    }

    pub(crate) fn address(&self) -> &Address {
        &self.address
    }
}

impl<T> Clone for DeviceSlice<'_, T> {
    fn clone(&self) -> Self {
        *self
    }
}

impl<T> Copy for DeviceSlice<'_, T> {}

impl<'a, T: DeviceRepr> DeviceSliceMut<'a, T> {
    /// The number of values.
    pub fn len(&self) -> usize {
        self.len
    }

    /// Whether there are no values.
    pub fn is_empty(&self) -> bool {
        self.len == 0
    }

    /// The same values for a shorter time, so that the slice can be given away more than once.
    pub fn reborrow(&mut self) -> DeviceSliceMut<'_, T> {
        DeviceSliceMut {
            allocation: self.allocation,
            address: self.address,
            len: self.len,
            values: PhantomData,
        }
    }

    /// The same values, to be read.
    pub fn as_read(&self) -> DeviceSlice<'_, T> {
        DeviceSlice {
            allocation: self.allocation,
            address: self.address,
            len: self.len,
            values: PhantomData,
        }
    }

    /// The same bytes as values of another type; see [`DeviceSlice::cast`].
    pub fn cast<U: DeviceRepr>(self) -> Result<DeviceSliceMut<'a, U>, CudaError> {
        Ok(DeviceSliceMut {
            allocation: self.allocation,
            address: self.address,
            len: recounted::<T, U>(&self.address, self.len)?,
            values: PhantomData,
        })
    }

    /// Some of the values.
    pub fn into_range(self, range: impl RangeBounds<usize>) -> Result<Self, CudaError> {
        let (start, len) = resolve(range, self.len)?;
        Ok(Self {
            address: self.address.offset(start * size_of::<T>()),
            len,
            ..self
        })
    }

    /// The first `middle` values, and the rest.
    pub fn split_at(self, middle: usize) -> Result<(Self, Self), CudaError> {
        resolve(..middle, self.len)?;
        let part = |address, len| Self {
            allocation: self.allocation,
            address,
            len,
            values: PhantomData,
        };
        Ok((
            part(self.address, middle),
            part(
                self.address.offset(middle * size_of::<T>()),
                self.len - middle,
            ),
        ))
    }

    pub(crate) fn allocation(&self) -> &'a Allocation {
        self.allocation
    }

    pub(crate) fn address(&self) -> &Address {
        &self.address
    }
}

/// How many values of type `U` the bytes of `len` values of type `T` make. Kernels load elements of 32
/// bytes sixteen at a time, whatever the host's alignment of them is.
fn recounted<T, U>(address: &Address, len: usize) -> Result<usize, CudaError> {
    let bytes = len * size_of::<T>();
    let alignment = match size_of::<U>() {
        size if size % 16 == 0 => 16,
        _ => align_of::<U>() as u64,
    };
    let fits = size_of::<U>() != 0 && bytes % size_of::<U>() == 0;
    match fits && address.number() % alignment == 0 {
        true => Ok(bytes / size_of::<U>()),
        false => Err(CudaError::Length {
            operation: "values of another type",
            given: bytes,
            needed: size_of::<U>(),
        }),
    }
}

/// Start and length of a range of `len` values.
fn resolve(range: impl RangeBounds<usize>, len: usize) -> Result<(usize, usize), CudaError> {
    let start = match range.start_bound() {
        Bound::Included(start) => *start,
        Bound::Excluded(start) => start.saturating_add(1),
        Bound::Unbounded => 0,
    };
    let end = match range.end_bound() {
        Bound::Included(end) => end.saturating_add(1),
        Bound::Excluded(end) => *end,
        Bound::Unbounded => len,
    };
    match end.checked_sub(start) {
        Some(part) if end <= len => Ok((start, part)),
        _ => Err(CudaError::Range { start, end, len }),
    }
}

#[cfg(test)]
mod tests {
    use super::resolve;

    #[test]
    fn ranges() {
        assert_eq!(resolve(2..5, 5).ok(), Some((2, 3)));
        assert_eq!(resolve(..=3, 5).ok(), Some((0, 4)));
        assert_eq!(resolve(5.., 5).ok(), Some((5, 0)));
        assert_eq!(resolve(.., 5).ok(), Some((0, 5)));
        assert!(resolve(6.., 5).is_err());
        assert!(resolve(2..6, 5).is_err());
        assert!(resolve(..=usize::MAX, 5).is_err());
        #[allow(clippy::reversed_empty_ranges)]
        let reversed = 3..2;
        assert!(resolve(reversed, 5).is_err());
    }
}

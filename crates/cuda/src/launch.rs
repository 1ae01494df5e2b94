//! Launching kernels: the grid, the arguments, and what is checked about them.

use std::ffi::c_void;

use crate::{
    arena::Allocation,
    buffer::{DeviceSlice, DeviceSliceMut},
    error::CudaError,
    field::{BaseField, ScalarField},
    repr::DeviceRepr,
    sys::Address,
};

/// The most arguments that a kernel takes here.
pub(crate) const MAX_ARGUMENTS: usize = 32;

/// The shape of a launch.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct LaunchConfig {
    /// Blocks, in x, y and z.
    pub grid: [u32; 3],
    /// Threads of a block, in x, y and z.
    pub block: [u32; 3],
    /// Dynamic shared memory of a block. More than 48 KiB must have been allowed when the function
    /// was looked up.
    pub shared_bytes: u32,
}

impl LaunchConfig {
    /// Blocks and threads in x alone.
    pub fn linear(blocks: u32, threads: u32) -> Self {
        Self {
            grid: [blocks, 1, 1],
            block: [threads, 1, 1],
            shared_bytes: 0,
        }
    }

    /// Enough blocks of so many threads that each element has a thread.
    pub fn covering(elements: usize, threads: u32) -> Self {
        let blocks = elements.div_ceil(threads.max(1) as usize);
        Self::linear(u32::try_from(blocks).unwrap_or(u32::MAX), threads)
    }

    /// The same with dynamic shared memory.
    pub fn with_shared_bytes(self, shared_bytes: u32) -> Self {
        Self {
            shared_bytes,
            ..self
        }
    }
}

/// An argument of a kernel: a device slice, which the kernel takes as a pointer, or a value.
pub trait Argument: sealed::Argument {}

pub(crate) mod sealed {
    use super::*;

    /// What a launch needs to know of an argument.
    pub trait Argument {
        /// Where the value is: `bytes` bytes that stay as they are while the argument is borrowed.
        fn value(&self) -> *const c_void;
        /// The size of the value.
        fn bytes(&self) -> usize;
        /// The device memory that the argument points to.
        fn allocation(&self) -> Option<&Allocation>;
    }
}

impl<T: DeviceRepr> Argument for DeviceSlice<'_, T> {}
impl<T: DeviceRepr> sealed::Argument for DeviceSlice<'_, T> {
    fn value(&self) -> *const c_void {
        std::ptr::from_ref(self.address()).cast()
    }

    fn bytes(&self) -> usize {
        size_of_val(self.address())
    }

    fn allocation(&self) -> Option<&Allocation> {
        Some(DeviceSlice::allocation(self))
    }
}

impl<T: DeviceRepr> Argument for DeviceSliceMut<'_, T> {}
impl<T: DeviceRepr> sealed::Argument for DeviceSliceMut<'_, T> {
    fn value(&self) -> *const c_void {
        std::ptr::from_ref(self.address()).cast()
    }

    fn bytes(&self) -> usize {
        size_of_val(self.address())
    }

    fn allocation(&self) -> Option<&Allocation> {
        Some(DeviceSliceMut::allocation(self))
    }
}

/// A slice, or a null pointer.
macro_rules! or_null {
    ($slice:ident) => {
        impl<T: DeviceRepr> Argument for Option<$slice<'_, T>> {}
        impl<T: DeviceRepr> sealed::Argument for Option<$slice<'_, T>> {
            fn value(&self) -> *const c_void {
                static NULL: Address = Address::NULL;
                let address = self.as_ref().map_or(&NULL, $slice::address);
                std::ptr::from_ref(address).cast()
            }

            fn bytes(&self) -> usize {
                size_of::<Address>()
            }

            fn allocation(&self) -> Option<&Allocation> {
                self.as_ref().map($slice::allocation)
            }
        }
    };
}

or_null!(DeviceSlice);
or_null!(DeviceSliceMut);

/// Types that kernels take by value. A struct is `repr(C)`, with the fields that the kernel declares.
macro_rules! by_value {
    ($($type:ty),*) => {$(
        impl $crate::launch::Argument for $type {}
        impl $crate::kernel::Accepts<$type> for $type {}
        impl $crate::launch::sealed::Argument for $type {
            fn value(&self) -> *const std::ffi::c_void {
                std::ptr::from_ref(self).cast()
            }

            fn bytes(&self) -> usize {
                size_of::<$type>()
            }

            fn allocation(&self) -> Option<&$crate::arena::Allocation> {
                None
            }
        }
    )*};
}
pub(crate) use by_value;

by_value!(u32, i32, u64, ScalarField, BaseField, [u32; 8]);

/// An error unless a slice holds as many values as a kernel takes of it.
pub(crate) fn holds(operation: &'static str, given: usize, needed: u64) -> Result<(), CudaError> {
    match u64::try_from(given) {
        Ok(given) if given >= needed => Ok(()),
        _ => Err(CudaError::Length {
            operation,
            given,
            needed: usize::try_from(needed).unwrap_or(usize::MAX),
        }),
    }
}

#[cfg(test)]
mod tests {
    use super::LaunchConfig;

    #[test]
    fn grids_cover_their_elements() {
        assert_eq!(LaunchConfig::covering(0, 128).grid, [0, 1, 1]);
        assert_eq!(LaunchConfig::covering(1, 128).grid, [1, 1, 1]);
        assert_eq!(LaunchConfig::covering(128, 128).grid, [1, 1, 1]);
        assert_eq!(LaunchConfig::covering(129, 128).grid, [2, 1, 1]);
    }
}

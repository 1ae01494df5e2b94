//! What may lie in device memory.

/// A type whose values are their bytes: what copies to and from a device may carry.
///
/// ICICLE copies values of any type. A `String` copied back is a second owner of one buffer, and a
/// reference out of memory that nobody wrote refers to nothing; both without an `unsafe` in sight. Here
/// such types are refused where they are named:
///
/// ```compile_fail,E0277
/// use icicle_cuda_runtime::memory::DeviceVec;
/// let _ = DeviceVec::<String>::cuda_malloc(1);
/// ```
/// ```compile_fail,E0277
/// use icicle_cuda_runtime::memory::DeviceVec;
/// let _ = DeviceVec::<&'static u64>::cuda_malloc(1);
/// ```
/// ```compile_fail,E0277
/// use icicle_cuda_runtime::memory::DeviceVec;
/// let _ = DeviceVec::<bool>::cuda_malloc(1);
/// ```
/// ```compile_fail,E0599
/// use icicle_cuda_runtime::memory::{DeviceSlice, HostSlice};
/// fn twice(owned: &mut DeviceSlice<String>, strings: &HostSlice<String>) {
///     let _ = owned.copy_from_host(strings);
/// }
/// ```
/// ```compile_fail,E0599
/// use icicle_cuda_runtime::memory::{DeviceSlice, HostSlice};
/// fn null(unwritten: &DeviceSlice<&'static u64>, references: &mut HostSlice<&'static u64>) {
///     let _ = unwritten.copy_to_host(references);
/// }
/// ```
/// Integers, arrays of them, and ICICLE's fields and points are taken:
/// ```
/// use icicle_cuda_runtime::memory::{DeviceVec, HostSlice};
/// # icicle_cuda_runtime::offload::select(icicle_cuda_runtime::offload::Selection::Cpu);
/// let mut vec = DeviceVec::<[u64; 4]>::cuda_malloc(2).unwrap();
/// vec.copy_from_host(HostSlice::from_slice(&[[1, 2, 3, 4], [5, 6, 7, 8]])).unwrap();
/// let mut values = [[0; 4]; 2];
/// vec.copy_to_host(HostSlice::from_mut_slice(&mut values)).unwrap();
/// assert_eq!(values, [[1, 2, 3, 4], [5, 6, 7, 8]]);
/// ```
///
/// # Safety
/// Any bytes are a value, and no value has a byte that is not initialised: no padding, no niche, no
/// reference, nothing that dropping it would give back.
pub unsafe trait PlainData: Copy {}

macro_rules! plain {
    ($($integer:ty)*) => {$(
        // SAFETY: an integer is its bytes, and has all of them.
        unsafe impl PlainData for $integer {}
    )*};
}

plain! { u8 u16 u32 u64 u128 usize i8 i16 i32 i64 i128 isize }

// SAFETY: one element lies behind the other, with nothing between them.
unsafe impl<T: PlainData, const N: usize> PlainData for [T; N] {}

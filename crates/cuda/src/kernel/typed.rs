//! Launches whose arguments the compiler compares with the kernel's own parameters.

use std::{fmt, marker::PhantomData, ops::Deref};

use crate::{
    buffer::{DeviceSlice, DeviceSliceMut},
    context::Context,
    error::CudaError,
    kernel::Function,
    launch::{Argument, LaunchConfig},
    repr::DeviceRepr,
};

/// An entry point of the kernels that ship, as its source declares it. [`entry_points!`] makes these.
///
/// [`entry_points!`]: crate::entry_points
pub trait EntryPoint {
    /// The module that it is in.
    const MODULE: &'static str;
    /// Its name.
    const ENTRY: &'static str;
    /// The largest block it is launched with, for which its registers are bounded.
    const THREADS: u32;
    /// The types of its parameters; pointers are `*const T` where the kernel only reads, else `*mut T`.
    type Parameters;

    /// Looks it up; see [`Context::function`].
    fn load(context: &Context) -> Result<Typed<Self::Parameters>, CudaError> {
        let function = context.function(Self::MODULE, Self::ENTRY)?;
        Ok(Typed(function, PhantomData))
    }
}

/// A function that takes an entry point's parameters. Those of entry points that take the same
/// parameters are of one type.
pub type Kernel<E> = Typed<<E as EntryPoint>::Parameters>;

/// A function that takes parameters of these types.
pub struct Typed<P>(Function, PhantomData<fn(P)>);

impl<P> Typed<P> {
    /// Allows launches with so many bytes of dynamic shared memory.
    pub fn with_shared_bytes(self, bytes: u32) -> Result<Self, CudaError> {
        Ok(Self(self.0.with_shared_bytes(bytes)?, PhantomData))
    }

    /// Gives the kernel to the compute stream, as [`Context::launch`] does. The arguments are a tuple of
    /// references: a [`DeviceSlice`] or `Option` of one where the kernel reads, a [`DeviceSliceMut`] where
    /// it writes, values for the others.
    ///
    /// # Safety
    /// In this grid, with these arguments, the kernel reads and writes within the slices it is given, and
    /// meets its own contract about which threads there must be.
    pub unsafe fn launch(
        &self,
        context: &Context,
        config: LaunchConfig,
        arguments: impl Arguments<P>,
    ) -> Result<(), CudaError> {
        // SAFETY: by this function's contract; the types are those that the kernel declares.
        unsafe { self.launch_reaching(context, config, arguments, &[]) }
    }

    /// The same for a kernel that finds more slices by itself; see [`Context::launch_reaching`].
    ///
    /// # Safety
    /// As for [`launch`](Self::launch), with `reached` among the slices that the kernel is given.
    pub unsafe fn launch_reaching(
        &self,
        context: &Context,
        config: LaunchConfig,
        arguments: impl Arguments<P>,
        reached: &[&dyn Argument],
    ) -> Result<(), CudaError> {
        // SAFETY: by this function's contract; the types are those that the kernel declares.
        arguments.listed(|list| unsafe { context.launch_reaching(&self.0, config, list, reached) })
    }
}

impl<P> Deref for Typed<P> {
    type Target = Function;

    fn deref(&self) -> &Function {
        &self.0
    }
}

impl<P> Clone for Typed<P> {
    fn clone(&self) -> Self {
        Self(self.0.clone(), PhantomData)
    }
}

impl<P> fmt::Debug for Typed<P> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

/// An argument that a parameter of type `P` takes.
#[diagnostic::on_unimplemented(
    message = "the kernel's parameter is a `{P}`, which does not take a `{Self}`",
    note = "`*const T` takes a `DeviceSlice<T>` or an `Option` of one, `*mut T` a `DeviceSliceMut<T>`"
)]
pub trait Accepts<P>: Argument {}

impl<T: DeviceRepr> Accepts<*const T> for DeviceSlice<'_, T> {}
impl<T: DeviceRepr> Accepts<*const T> for Option<DeviceSlice<'_, T>> {}
impl<T: DeviceRepr> Accepts<*mut T> for DeviceSliceMut<'_, T> {}
impl<T: DeviceRepr> Accepts<*mut T> for Option<DeviceSliceMut<'_, T>> {}

/// Arguments for parameters of the types `P`: a tuple of references, one for each.
pub trait Arguments<P> {
    /// Calls a function with the list of them.
    fn listed<R>(&self, call: impl FnOnce(&[&dyn Argument]) -> R) -> R;
}

macro_rules! arguments {
    ($($parameter:ident $argument:ident $value:ident),*) => {
        impl<$($parameter, $argument: Accepts<$parameter>),*> Arguments<($($parameter,)*)>
            for ($(&$argument,)*)
        {
            fn listed<R>(&self, call: impl FnOnce(&[&dyn Argument]) -> R) -> R {
                let ($($value,)*) = *self;
                call(&[$($value as &dyn Argument),*])
            }
        }
    };
}

/// For each number of parameters from 1 to as many as are named.
macro_rules! all_arguments {
    ([$($done:tt)*]) => { arguments! { $($done)* } };
    ([$($done:tt)*] $parameter:ident $argument:ident $value:ident $($more:ident)*) => {
        arguments! { $($done)* }
        all_arguments! { [$($done)*, $parameter $argument $value] $($more)* }
    };
}

all_arguments! {
    [P0 A0 a0] P1 A1 a1 P2 A2 a2 P3 A3 a3 P4 A4 a4 P5 A5 a5 P6 A6 a6 P7 A7 a7 P8 A8 a8 P9 A9 a9
    P10 A10 a10 P11 A11 a11 P12 A12 a12
}

/// Declares an [`EntryPoint`](crate::EntryPoint) for each kernel of a module, from what
/// `scripts/kernels.sh` has read of its source: `poly_inverse` of the module `poly_inverse` becomes
/// `PolyInverse`. The types that the source names are those of the place where this is called.
///
/// ```
/// # fn main() -> Result<(), halo2_offload_cuda::CudaError> {
/// use halo2_offload_cuda::{entry_points, Context, CudaError, EntryPoint, LaunchConfig};
/// use halo2_offload_cuda::{DeviceSlice, DeviceSliceMut};
/// type Group = [u32; 4];
/// entry_points!(ceilings_copy);
///
/// fn copy(
///     context: &Context,
///     to: DeviceSliceMut<'_, Group>,
///     from: DeviceSlice<'_, Group>,
/// ) -> Result<(), CudaError> {
///     let kernel = CeilingsCopy::load(context)?;
///     let n = to.len().min(from.len()) as u64;
///     let config = LaunchConfig::linear(1, CeilingsCopy::THREADS);
///     // SAFETY: both slices have n groups.
///     unsafe { kernel.launch(context, config, (&to, &from, &n)) }
/// }
/// # Ok(())
/// # }
/// ```
///
/// Another number of arguments, another order, another type, or a slice to read where the kernel writes,
/// does not compile:
///
/// ```compile_fail,E0277
/// # use halo2_offload_cuda::*;
/// # type Group = [u32; 4];
/// # entry_points!(ceilings_copy);
/// # fn launch(context: &Context, config: LaunchConfig, to: DeviceSliceMut<'_, Group>, from: DeviceSlice<'_, Group>) {
/// # let kernel = CeilingsCopy::load(context).unwrap();
/// unsafe { kernel.launch(context, config, (&to, &from)) };
/// # }
/// ```
/// ```compile_fail,E0277
/// # use halo2_offload_cuda::*;
/// # type Group = [u32; 4];
/// # entry_points!(ceilings_copy);
/// # fn launch(context: &Context, config: LaunchConfig, to: DeviceSliceMut<'_, Group>, from: DeviceSlice<'_, Group>) {
/// # let kernel = CeilingsCopy::load(context).unwrap();
/// unsafe { kernel.launch(context, config, (&from, &to, &10_u64)) };
/// # }
/// ```
/// ```compile_fail,E0277
/// # use halo2_offload_cuda::*;
/// # type Group = [u32; 4];
/// # entry_points!(ceilings_copy);
/// # fn launch(context: &Context, config: LaunchConfig, to: DeviceSliceMut<'_, Group>, from: DeviceSlice<'_, Group>) {
/// # let kernel = CeilingsCopy::load(context).unwrap();
/// unsafe { kernel.launch(context, config, (&to, &from, &10_u32)) };
/// # }
/// ```
/// ```compile_fail,E0277
/// # use halo2_offload_cuda::*;
/// # type Group = [u32; 4];
/// # entry_points!(ceilings_copy);
/// # fn launch(context: &Context, config: LaunchConfig, to: DeviceSliceMut<'_, Group>, from: DeviceSlice<'_, Group>) {
/// # let kernel = CeilingsCopy::load(context).unwrap();
/// unsafe { kernel.launch(context, config, (&from, &from, &10_u64)) };
/// # }
/// ```
#[macro_export]
macro_rules! entry_points {
    ($module:ident) => {
        $crate::signatures!($module, $crate::entry_points!);
    };
    ($module:ident; $($kernel:ident $entry:literal $threads:literal ($($name:ident: $of:ty,)*);)*) => {$(
        // A launcher need not launch all kernels of a module.
        #[allow(dead_code)]
        struct $kernel;

        impl $crate::EntryPoint for $kernel {
            const MODULE: &'static str = stringify!($module);
            const ENTRY: &'static str = $entry;
            const THREADS: u32 = $threads;
            type Parameters = ($($of,)*);
        }
    )*};
}

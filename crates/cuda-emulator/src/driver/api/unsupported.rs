//! Entry points that answer `CUDA_ERROR_NOT_SUPPORTED`, so that a program which resolves them
//! is told instead of stopped: managed memory, host functions, graphs, linking of files, external
//! memory.

use super::super::status::Status;

/// Exports functions of any arguments. The C calling conventions of the targets that this
/// package is for leave arguments to the caller, so one that is not declared is not read.
macro_rules! unsupported {
    ($($name:ident)*) => {
        entry_points! { $(fn $name() |_, _| Err(Status::NOT_SUPPORTED));* }
    };
}

unsupported! {
    cuMemAllocManaged
    cuMemAdvise
    cuMemPrefetchAsync
    cuMemHostGetDevicePointer_v2
    cuPointerGetAttribute
    cuLaunchHostFunc
    cuStreamAttachMemAsync
    cuStreamBeginCapture_v2
    cuStreamEndCapture
    cuGraphInstantiateWithFlags
    cuGraphLaunch
    cuGraphUpload
    cuGraphDestroy
    cuGraphExecDestroy
    cuLinkAddFile_v2
    cuImportExternalMemory
    cuExternalMemoryGetMappedBuffer
    cuDestroyExternalMemory
    cuOccupancyMaxActiveClusters
    cuOccupancyMaxPotentialClusterSize
}

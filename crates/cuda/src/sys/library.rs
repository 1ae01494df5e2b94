//! libcuda as a file: found, and asked for every call before the first is made.
//!
//! cudarc panics where there is no libcuda, and at the first call that a libcuda lacks: a profiler's shim, a
//! stub, or a driver of another time may lack any. So both are looked at here, and say what is wrong.

use std::{
    env,
    error::Error,
    path::{Path, PathBuf},
};

use cudarc::{driver::sys, get_lib_name_candidates};
use libloading::Library;

use crate::error::CudaError;

/// The driver calls used, which is what a stand-in for libcuda must offer. The first three are what it takes to
/// ask a driver that may be too old for its version.
pub const DRIVER_CALLS: &[&str] = &[
    "cuDriverGetVersion",
    "cuGetErrorName",
    "cuGetErrorString",
    "cuInit",
    "cuDeviceGetCount",
    "cuDeviceGet",
    "cuDeviceGetName",
    "cuDeviceGetUuid",
    "cuDeviceTotalMem_v2",
    "cuDeviceGetAttribute",
    "cuDeviceGetDefaultMemPool",
    "cuDevicePrimaryCtxRetain",
    "cuDevicePrimaryCtxRelease_v2",
    "cuCtxSetCurrent",
    "cuCtxSynchronize",
    "cuMemGetInfo_v2",
    "cuStreamCreate",
    "cuStreamSynchronize",
    "cuStreamWaitEvent",
    "cuStreamDestroy_v2",
    "cuEventCreate",
    "cuEventRecord",
    "cuEventQuery",
    "cuEventSynchronize",
    "cuEventElapsedTime",
    "cuEventDestroy_v2",
    "cuMemAllocAsync",
    "cuMemFreeAsync",
    "cuMemPoolSetAttribute",
    "cuMemPoolGetAttribute",
    "cuMemPoolTrimTo",
    "cuMemAlloc_v2",
    "cuMemFree_v2",
    "cuMemHostAlloc",
    "cuMemFreeHost",
    "cuMemcpyHtoDAsync_v2",
    "cuMemcpyDtoHAsync_v2",
    "cuMemcpyDtoDAsync_v2",
    "cuMemsetD8Async",
    "cuLinkCreate_v2",
    "cuLinkAddData_v2",
    "cuLinkComplete",
    "cuLinkDestroy",
    "cuModuleLoadData",
    "cuModuleGetFunction",
    "cuModuleUnload",
    "cuFuncGetAttribute",
    "cuFuncSetAttribute",
    "cuOccupancyMaxActiveBlocksPerMultiprocessor",
    "cuLaunchKernel",
];

const ASKED_FIRST: usize = 3;

/// libcuda in this process, as cudarc has it.
pub(super) struct DriverLibrary {
    library: &'static Library,
}

impl DriverLibrary {
    /// Finds libcuda where cudarc does, and sees to it that a version can be asked for.
    pub(super) fn open() -> Result<Self, CudaError> {
        let names: Vec<String> = ["cuda", "nvcuda"]
            .into_iter()
            .flat_map(get_lib_name_candidates)
            .collect();
        let mut refusals = Vec::new();
        let mut found = None;
        for name in &names {
            // SAFETY: opening libcuda runs its initialisers, as a program linked with it would.
            match unsafe { Library::new(name) } {
                Ok(library) => {
                    found = Some(library);
                    break;
                }
                Err(error) => refusals.push((name.as_str(), loader_words(&error))),
            }
        }
        let Some(found) = found else {
            return Err(not_loaded(&refusals));
        };
        // SAFETY: as above; cudarc opens the first of the same names that the loader takes, which is
        // in the process already.
        let library = unsafe { sys::culib() };
        drop(found);
        let library = Self { library };
        library.require(&DRIVER_CALLS[..ASKED_FIRST])?;
        Ok(library)
    }

    /// Sees to it that every call that is made can be made.
    pub(super) fn require_all(&self) -> Result<(), CudaError> {
        self.require(DRIVER_CALLS)
    }

    fn require(&self, calls: &[&'static str]) -> Result<(), CudaError> {
        calls.iter().try_for_each(|&symbol| {
            self.find(symbol)
                .map_err(|words| CudaError::DriverLacks { symbol, words })
        })
    }

    /// Whether it has a symbol; else the loader's words, which name the file.
    pub(super) fn find(&self, symbol: &str) -> Result<(), String> {
        // SAFETY: the symbol is looked for and not used.
        unsafe { self.library.get::<unsafe extern "C" fn()>(symbol) }
            .map(drop)
            .map_err(|error| loader_words(&error))
    }
}

/// What the system's loader said, which libloading keeps as the cause of its own words.
fn loader_words(error: &libloading::Error) -> String {
    match error.source() {
        Some(words) => words.to_string(),
        None => error.to_string(),
    }
}

/// Why no libcuda was loaded, from what the loader said to each name.
///
/// Most of the names are never there, and the loader says the same to all of them. What it says
/// differently to one, in whatever language, is about a file.
fn not_loaded(refusals: &[(&str, String)]) -> CudaError {
    let without_name = |(name, words): &(&str, String)| words.replace(name, "");
    let usual = refusals
        .iter()
        .map(without_name)
        .find(|words| {
            let same = refusals.iter().filter(|it| without_name(it) == *words);
            2 * same.count() > refusals.len()
        })
        .unwrap_or_default();
    let mut files: Vec<String> = refusals
        .iter()
        .filter(|refusal| without_name(refusal) != usual)
        .map(|(_, words)| words.clone())
        .collect();
    files.dedup();
    if files.is_empty() {
        let searched = env::var_os("LD_LIBRARY_PATH").unwrap_or_default();
        let folders = env::split_paths(&searched).collect::<Vec<_>>();
        files.extend(passed_over(
            &folders,
            refusals.iter().map(|(name, _)| *name),
        ));
    }
    match files.is_empty() {
        true => CudaError::NoDriver,
        false => CudaError::DriverFile {
            words: files.join("; "),
        },
    }
}

/// Files that the loader would have taken for libcuda: it passes over those of other processors without
/// a word.
fn passed_over<'a>(
    folders: &[PathBuf],
    names: impl Iterator<Item = &'a str> + Clone,
) -> Option<String> {
    let file = folders
        .iter()
        .flat_map(|folder| names.clone().map(|name| folder.join(name)))
        .find(|file| Path::is_file(file))?;
    Some(format!(
        "{}: passed over by the loader, as a file for another processor is",
        file.display()
    ))
}

#[cfg(test)]
mod tests {
    use std::{collections::BTreeSet, fs};

    use super::{not_loaded, passed_over, DRIVER_CALLS};
    use crate::error::CudaError;

    const SOURCES: &[&str] = &[
        include_str!("device.rs"),
        include_str!("event.rs"),
        include_str!("memory.rs"),
        include_str!("mod.rs"),
        include_str!("module.rs"),
        include_str!("primary.rs"),
        include_str!("stream.rs"),
    ];

    /// Of those that are made by their name; a run's are in the tests of the runtime.
    #[test]
    fn calls_of_these_sources_are_listed() {
        let listed: BTreeSet<_> = DRIVER_CALLS.iter().copied().collect();
        assert_eq!(listed.len(), DRIVER_CALLS.len());
        let mut seen = 0;
        for source in SOURCES {
            for call in source.split("sys::cu").skip(1) {
                let end = call.find(|letter: char| !letter.is_alphanumeric() && letter != '_');
                let name = format!("cu{}", &call[..end.unwrap_or(call.len())]);
                if name != "culib" {
                    assert!(listed.contains(name.as_str()), "{name}");
                    seen += 1;
                }
            }
        }
        assert!(seen > 0);
    }

    fn refusals(other: &str) -> Vec<(&'static str, String)> {
        let absent = |name| (name, format!("{name}: cannot open shared object file"));
        let mut refusals = ["libcuda.so", "libcuda64.so", "libnvcuda.so"]
            .map(absent)
            .to_vec();
        refusals.push(("libcuda.so.1", other.to_owned()));
        refusals
    }

    #[test]
    fn a_file_that_is_refused_is_told_from_one_that_is_not_there() {
        let absent = refusals("libcuda.so.1: cannot open shared object file");
        assert!(matches!(not_loaded(&absent), CudaError::NoDriver));
        let error = not_loaded(&refusals("/lib/libcuda.so.1: file too short")).to_string();
        assert!(
            error.contains("/lib/libcuda.so.1: file too short"),
            "{error}"
        );
        assert!(error.contains("--gpus all"), "{error}");
    }

    #[test]
    fn a_file_that_is_passed_over_is_named() {
        let folder = tempfile::tempdir().expect("a folder");
        let folders = ["missing", ""].map(|name| folder.path().join(name));
        let names = ["libcuda.so", "libcuda.so.1"];
        assert_eq!(passed_over(&folders, names.into_iter()), None);
        let file = folder.path().join("libcuda.so.1");
        fs::write(&file, b"\x7fELF").expect("a file");
        let words = passed_over(&folders, names.into_iter()).expect("it is there");
        assert!(words.contains(&file.display().to_string()), "{words}");
    }
}

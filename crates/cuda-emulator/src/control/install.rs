//! Putting the stand-in into a test's process.

use std::ffi::c_void;
use std::path::{Path, PathBuf};
use std::sync::{Condvar, Mutex, MutexGuard, OnceLock, PoisonError};

use libloading::os::unix::{Library, RTLD_GLOBAL, RTLD_NOW};
use thiserror::Error;

use super::{
    Config, Configure, Fault, Forgive, Leak, Report, SendReport, CONFIGURE, FORGIVE, REPORT,
};

/// The file that Cargo makes of this package's cdylib.
const FILE: &str = "libhalo2_offload_cuda_emulator.so";

/// Why the stand-in could not be put in place.
#[derive(Debug, Error)]
pub enum InstallError {
    /// The shared library is not where Cargo puts it.
    #[error("the stand-in for libcuda is not built: none of {0:?} is there")]
    NotFound(Vec<PathBuf>),
    /// The loader refused it, or it is not what its name says.
    #[error("the stand-in for libcuda cannot be loaded from {path}")]
    Load {
        /// The file.
        path: PathBuf,
        /// The loader's words.
        source: libloading::Error,
    },
    /// Another libcuda was in the process first, and would be the one that is called.
    #[error("libcuda.so was loaded before the stand-in: install the stand-in first")]
    DriverAlreadyLoaded,
    /// It is loaded and the loader still does not answer `libcuda.so` with it: it has another
    /// SONAME, or this is not glibc.
    #[error("{0} is loaded, and libcuda.so is still something else")]
    NotTaken(PathBuf),
    /// It does not understand the configuration: it is of another build.
    #[error("the stand-in for libcuda at {0} is of another build than this test")]
    OtherBuild(PathBuf),
}

/// The stand-in's entry points for tests.
struct Entries {
    path: PathBuf,
    configure: Configure,
    report: SendReport,
    forgive: Forgive,
}

/// The machine of one test: nobody else's until it is dropped.
///
/// A process has one stand-in, as it has one libcuda. Tests of one binary that run in parallel
/// threads are therefore serialised by [`install`]: it waits until the previous test's
/// `Emulator` is dropped, then starts from nothing. Whatever of cudarc's a test still holds
/// when its `Emulator` is dropped names nothing afterwards, so an `Emulator` should outlive it:
/// make it the first thing of a test.
pub struct Emulator {
    entries: &'static Entries,
    _turn: Turn,
}

/// Puts the stand-in in place and makes it what `config` says.
///
/// The first call of a process loads the library; it must come before anything asks cudarc for
/// the driver. Later calls wait for their turn (see [`Emulator`]) and begin anew; a thread that
/// still holds an `Emulator` would wait for itself.
///
/// # Errors
/// [`InstallError`], none of which a correct build on Linux should show.
pub fn install(config: Config) -> Result<Emulator, InstallError> {
    static LOADED: OnceLock<Entries> = OnceLock::new();
    static LOADING: Mutex<()> = Mutex::new(());
    let entries = {
        let _one = LOADING.lock().unwrap_or_else(PoisonError::into_inner);
        match LOADED.get() {
            Some(entries) => entries,
            None => {
                let entries = load()?;
                LOADED.get_or_init(|| entries)
            }
        }
    };
    let turn = Turn::take();
    let text = serde_json::to_vec(&config).unwrap_or_default();
    // SAFETY: the entry point reads `text.len()` bytes at `text.as_ptr()` and keeps neither.
    let refused = unsafe { (entries.configure)(text.as_ptr(), text.len()) } != 0;
    if refused {
        return Err(InstallError::OtherBuild(entries.path.clone()));
    }
    Ok(Emulator {
        entries,
        _turn: turn,
    })
}

impl Emulator {
    /// All that happened so far. Work that is pending on streams is run first, though the
    /// program under test does not learn that it was.
    pub fn report(&self) -> Report {
        self.ask(true)
    }

    fn ask(&self, run_pending: bool) -> Report {
        let mut text: Vec<u8> = Vec::new();
        let datum = std::ptr::from_mut(&mut text).cast();
        // SAFETY: `receive` is called before the call returns, with `text` as its datum.
        unsafe { (self.entries.report)(u32::from(run_pending), receive, datum) };
        match serde_json::from_slice(&text) {
            Ok(report) => report,
            Err(error) => panic!("the emulator's report cannot be read: {error}"),
        }
    }

    /// What is wrong in the program under test, so far; pending work is run first.
    pub fn faults(&self) -> Vec<Fault> {
        self.report().faults
    }

    /// What was made and not given back, so far. Memory whose freeing is pending is given back.
    pub fn leaks(&self) -> Vec<Leak> {
        self.ask(false).leaks
    }

    /// How often an entry point was called, by its exported name (`cuMemAlloc_v2`).
    pub fn calls(&self, name: &str) -> u64 {
        self.ask(false).calls.get(name).copied().unwrap_or(0)
    }

    /// Forgets the faults found so far, for a test that goes on after it has seen one.
    pub fn forgive(&self) {
        // SAFETY: the entry point takes nothing and only changes the stand-in's own state.
        unsafe { (self.entries.forgive)() }
    }

    /// Panics where any fault was found.
    pub fn assert_no_faults(&self) {
        let report = self.report();
        assert!(
            report.faults.is_empty(),
            "the emulator found {} faults:\n{}",
            report.faults.len() as u64 + report.faults_dropped,
            lines(&report.faults)
        );
    }

    /// Panics where any fault was found, or anything was made and not given back.
    pub fn assert_clean(&self) {
        self.assert_no_faults();
        let leaks = self.leaks();
        assert!(
            leaks.is_empty(),
            "{} things were not given back:\n{}",
            leaks.len(),
            lines(&leaks)
        );
    }
}

fn lines<T: ToString>(items: &[T]) -> String {
    let lines: Vec<String> = items.iter().map(T::to_string).collect();
    lines.join("\n")
}

/// Copies the report's text into the `Vec<u8>` that `datum` points at.
unsafe extern "C" fn receive(text: *const u8, length: usize, datum: *mut c_void) {
    // SAFETY: the stand-in calls with `length` readable bytes, and with the datum that
    // `Emulator::report` passed: a `Vec<u8>` that is borrowed by nobody else meanwhile.
    unsafe {
        let received = &mut *datum.cast::<Vec<u8>>();
        received.extend_from_slice(std::slice::from_raw_parts(text, length));
    }
}

fn load() -> Result<Entries, InstallError> {
    // SAFETY: RTLD_NOLOAD runs no code: it only asks whether a library of this name is there.
    let present = unsafe { Library::open(Some("libcuda.so"), RTLD_NOW | RTLD_NOLOAD) };
    let path = find()?;
    let failed = |source| InstallError::Load {
        path: path.clone(),
        source,
    };
    // SAFETY: the library is this package's own cdylib, whose initialisers are the Rust
    // standard library's; the symbols are defined there with exactly these types.
    let entries = unsafe {
        let library = Library::open(Some(&path), RTLD_NOW | RTLD_GLOBAL).map_err(failed)?;
        let entries = Entries {
            path: path.clone(),
            configure: *library.get(CONFIGURE.as_bytes()).map_err(failed)?,
            report: *library.get(REPORT.as_bytes()).map_err(failed)?,
            forgive: *library.get(FORGIVE.as_bytes()).map_err(failed)?,
        };
        // The entry points live as long as the library, which must be for ever.
        std::mem::forget(library);
        entries
    };
    // SAFETY: as above.
    let answering = unsafe { Library::open(Some("libcuda.so"), RTLD_NOW | RTLD_NOLOAD) };
    match (present, answering) {
        // Where the stand-in came as the process's libcuda (LD_PRELOAD), both are it.
        (Ok(before), _) if !is_stand_in(&before, &entries) => {
            Err(InstallError::DriverAlreadyLoaded)
        }
        (_, Ok(after)) if is_stand_in(&after, &entries) => Ok(entries),
        _ => Err(InstallError::NotTaken(entries.path)),
    }
}

/// Asks for a library only where it is loaded (glibc's `dlfcn.h`).
const RTLD_NOLOAD: std::ffi::c_int = 4;

fn is_stand_in(library: &Library, entries: &Entries) -> bool {
    // SAFETY: the symbol is only compared, as an address.
    unsafe { library.get::<Configure>(CONFIGURE.as_bytes()) }
        .is_ok_and(|symbol| *symbol as usize == entries.configure as usize)
}

/// The stand-in's file.
pub(super) fn find() -> Result<PathBuf, InstallError> {
    let candidates = candidates();
    let found = candidates.iter().find(|path| path.exists()).cloned();
    found.ok_or(InstallError::NotFound(candidates))
}

/// Beside the running executable (`target/*/deps`, for tests and benches), and one folder up
/// and down from there (`target/*`, for examples and binaries).
fn candidates() -> Vec<PathBuf> {
    let executable = std::env::current_exe().unwrap_or_default();
    let beside = executable.parent().unwrap_or(Path::new("."));
    let above = beside.parent().unwrap_or(Path::new("."));
    vec![
        beside.join(FILE),
        above.join("deps").join(FILE),
        beside.join("deps").join(FILE),
        above.join(FILE),
    ]
}

/// One test's turn with the process's stand-in.
///
/// Not a `MutexGuard`, because an [`Emulator`] may move between threads.
struct Turn(());

static TAKEN: Mutex<bool> = Mutex::new(false);
static GIVEN_BACK: Condvar = Condvar::new();

impl Turn {
    fn take() -> Self {
        let mut taken: MutexGuard<'_, bool> = TAKEN.lock().unwrap_or_else(PoisonError::into_inner);
        while *taken {
            taken = GIVEN_BACK
                .wait(taken)
                .unwrap_or_else(PoisonError::into_inner);
        }
        *taken = true;
        Self(())
    }
}

impl Drop for Turn {
    fn drop(&mut self) {
        *TAKEN.lock().unwrap_or_else(PoisonError::into_inner) = false;
        GIVEN_BACK.notify_one();
    }
}

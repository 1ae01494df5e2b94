//! Which form of a program's code runs, and the folder that keeps machine code.

use std::{
    fs,
    path::{Path, PathBuf},
    sync::{
        atomic::{AtomicUsize, Ordering},
        Arc,
    },
};

use halo2_offload_cuda::{
    plonk::evaluate::{CudaPrograms, ProgramCode},
    CodeChoice, CudaError, Options,
};
use halo2_offload_cuda_emulator::{install, Config, Failure};
use halo2_offload_engine::program::{Program, ProgramBuilder};
use halo2curves::bn256::Fr;
use rand::{rngs::StdRng, SeedableRng};
use sha2::{Digest, Sha256};
use tempfile::TempDir;
use tracing::{span, subscriber, Event, Level, Metadata, Subscriber};

use crate::{failures::alive_at_once, machine, open, Run};

/// a^(steps + 1)
fn power(steps: usize) -> Program<Fr> {
    let mut builder = ProgramBuilder::new();
    let (a, b) = (builder.query(0, 0), builder.query(1, 0));
    let mut product = a;
    for _ in 0..steps {
        product = builder.mul(product, b);
    }
    builder.compile(&[product])
}

/// Counts warnings on this thread.
#[derive(Clone, Default)]
struct Warnings(Arc<AtomicUsize>);

impl Subscriber for Warnings {
    fn enabled(&self, metadata: &Metadata<'_>) -> bool {
        *metadata.level() <= Level::WARN
    }
    fn event(&self, _: &Event<'_>) {
        self.0.fetch_add(1, Ordering::Relaxed);
    }
    fn new_span(&self, _: &span::Attributes<'_>) -> span::Id {
        span::Id::from_u64(1)
    }
    fn record(&self, _: &span::Id, _: &span::Record<'_>) {}
    fn record_follows_from(&self, _: &span::Id, _: &span::Id) {}
    fn enter(&self, _: &span::Id) {}
    fn exit(&self, _: &span::Id) {}
}

/// Opens a device with the folder, loads the program and runs it against the CPU. Returns how many
/// warnings there were.
fn run(program: &Program<Fr>, code: ProgramCode, cache: &Path) -> usize {
    let warnings = Warnings::default();
    subscriber::with_default(warnings.clone(), || {
        let options = Options::default()
            .with_programs(code)
            .with_code_cache(cache);
        let context = open(options);
        let programs = CudaPrograms::new(context.clone()).expect("the kernel loads");
        let run = Run::random(&mut StdRng::seed_from_u64(6), 4, 2, 0);
        run.check(&context, &programs, program, "with a cache");
    });
    warnings.0.load(Ordering::Relaxed)
}

fn folder() -> TempDir {
    tempfile::tempdir().expect("a folder for temporary files")
}

/// The one file in the folder.
fn only_file(folder: &Path) -> PathBuf {
    let files: Vec<PathBuf> = fs::read_dir(folder)
        .expect("the folder is there")
        .map(|entry| entry.expect("it is listed").path())
        .collect();
    match &files[..] {
        [file] => file.clone(),
        _ => panic!("{files:?}"),
    }
}

#[test]
fn machine_code_is_made_once() {
    let emulator = machine();
    let folder = folder();
    let cache = folder.path().join("not/there/yet");
    let program = power(5);
    assert_eq!(run(&program, ProgramCode::Specialised, &cache), 0);
    assert_eq!(emulator.calls("cuLinkComplete"), 1);
    let first = only_file(&cache);
    assert_eq!(run(&program, ProgramCode::Specialised, &cache), 0);
    assert_eq!(emulator.calls("cuLinkComplete"), 1);
    // Another program is another file.
    assert_eq!(run(&power(6), ProgramCode::Specialised, &cache), 0);
    assert_eq!(emulator.calls("cuLinkComplete"), 2);
    assert!(first.exists());
    assert_eq!(fs::read_dir(&cache).expect("it is there").count(), 2);
    assert_eq!(
        emulator.calls("cuLinkCreate_v2"),
        emulator.calls("cuLinkDestroy")
    );
    emulator.assert_clean();
}

#[test]
fn a_corrupt_or_foreign_file_is_made_again_with_one_warning() {
    let emulator = machine();
    let folder = folder();
    let program = power(5);
    assert_eq!(run(&program, ProgramCode::Specialised, folder.path()), 0);
    let file = only_file(folder.path());
    let good = fs::read(&file).expect("it was written");
    let mut flipped = good.clone();
    flipped[100] ^= 1;
    let mut of_another = good.clone();
    of_another[20] ^= 1;
    // In order by its header, and no code for this device.
    let native = b"\x7fELF";
    let mut refused = good[..48].to_vec();
    refused.extend_from_slice(&Sha256::digest(native));
    refused.extend_from_slice(native);
    let wrong = [
        Vec::new(),
        b"a text of somebody else's".to_vec(),
        good[..good.len() - 1].to_vec(),
        flipped,
        of_another,
        refused,
    ];
    for (case, bytes) in wrong.iter().enumerate() {
        fs::write(&file, bytes).expect("it can be written");
        let linked = emulator.calls("cuLinkComplete");
        let warnings = run(&program, ProgramCode::Specialised, folder.path());
        assert_eq!(warnings, 1, "case {case}");
        assert_eq!(emulator.calls("cuLinkComplete"), linked + 1, "case {case}");
        assert!(fs::read(&file).expect("it is there") == good, "case {case}");
    }
    emulator.assert_clean();
}

#[test]
fn a_folder_that_cannot_be_is_a_warning() {
    let emulator = machine();
    let folder = folder();
    let file = folder.path().join("file");
    fs::write(&file, "in the way").expect("it can be written");
    let cache = file.join("cache");
    // It is neither read nor written.
    assert_eq!(run(&power(5), ProgramCode::Specialised, &cache), 2);
    emulator.assert_clean();
}

#[test]
fn a_driver_that_does_not_compile_is_an_error() {
    for call in [
        "cuLinkCreate",
        "cuLinkAddData",
        "cuLinkComplete",
        "cuModuleLoadData",
    ] {
        // The interpreter's module is the first that is loaded, as PTX alone.
        let nth = if call == "cuModuleLoadData" { 2 } else { 1 };
        let failure = Failure::of(call, nth, 221);
        let emulator =
            install(Config::default().with_failure(failure)).expect("the emulator is there");
        let folder = folder();
        let options = Options::default()
            .with_code(CodeChoice::PtxOnly)
            .with_programs(ProgramCode::Specialised)
            .with_code_cache(folder.path());
        let context = open(options);
        let programs = CudaPrograms::new(context.clone()).expect("the interpreter loads");
        let error = programs.load(&power(5)).expect_err("it does not compile");
        assert!(matches!(error, CudaError::ModuleLoad(_)), "{call}: {error}");
        assert!(error.to_string().contains("libnvidia-ptxjitcompiler"));
        let files = fs::read_dir(folder.path()).expect("it is there").count();
        assert_eq!(files, 0, "{call}");
        assert!(
            programs.load(&power(5)).is_ok(),
            "the next time, after {call}"
        );
        drop((programs, context));
        emulator.assert_clean();
    }
}

/// What [`ProgramCode::Auto`] makes of a program, with and without a folder for its code.
#[test]
fn programs_are_specialised_where_that_pays() {
    let emulator = machine();
    let folder = folder();
    let of = |program: &Program<Fr>, options: Options| {
        let programs = CudaPrograms::new(open(options)).expect("the kernel loads");
        let loaded = programs.load(program).expect("it loads");
        loaded.is_specialised()
    };
    let kept = || Options::default().with_code_cache(folder.path());
    assert!(!of(&power(4), kept()));
    assert!(of(&power(40), kept()));
    assert!(!of(&power(3000), kept()));
    assert!(!of(&power(40), Options::default()));
    // This one has more values than shared memory holds.
    let mut builder = ProgramBuilder::new();
    let output = alive_at_once(&mut builder, 240);
    assert!(of(&builder.compile(&[output]), Options::default()));
    emulator.assert_clean();
}

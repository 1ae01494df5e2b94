//! Which device runs, as a user sees it: each case is a process of its own, which this one starts.

use std::{
    ffi::OsString,
    process::{Command, Output},
};

use halo2_offload_cuda_emulator::{child_environment, install, Config};
use icicle_bn254::curve::{CurveCfg, G1Affine, G1Projective, ScalarCfg, ScalarField};
use icicle_core::{
    curve::Curve,
    msm::{msm, MSMConfig},
    ntt::{initialize_domain, NTTConfig},
    traits::{FieldImpl, GenerateRandom},
};
use icicle_cuda_runtime::{
    device::{get_device_count, set_device, warmup},
    error::CudaError,
    memory::{DeviceVec, HostSlice},
    offload::{running, select, Running, Selection},
    stream::CudaStream,
};

/// The test in a process of its own, with these variables.
fn child(test: &str, variables: &[(&str, OsString)]) -> Output {
    Command::new(std::env::current_exe().expect("this is a program"))
        .args(["--exact", test, "--ignored", "--nocapture"])
        .env_remove("HALO2_OFFLOAD_DEVICE")
        .env_remove("HALO2_OFFLOAD_CALLS")
        .envs(variables.iter().map(|(name, value)| (name, value)))
        .output()
        .expect("it starts")
}

/// What a child that succeeds writes to stderr.
fn stderr(test: &str, variables: &[(&str, OsString)]) -> String {
    let output = child(test, variables);
    let text = String::from_utf8_lossy(&output.stderr).into_owned();
    assert!(output.status.success(), "{text}");
    text
}

fn inputs() -> (Vec<ScalarField>, Vec<G1Affine>) {
    (
        ScalarCfg::generate_random(8),
        CurveCfg::generate_random_affine_points(8),
    )
}

fn multiply() -> Result<G1Projective, Box<dyn std::error::Error>> {
    let (scalars, points) = inputs();
    let mut results = [G1Projective::zero()];
    msm(
        HostSlice::from_slice(&scalars),
        HostSlice::from_slice(&points),
        &MSMConfig::default(),
        HostSlice::from_mut_slice(&mut results),
    )?;
    Ok(results[0])
}

#[test]
#[ignore = "it is started by the others"]
fn a_client() {
    for _ in 0..3 {
        multiply().expect("something runs");
    }
}

/// Every call answers with an error that says what is wrong; none panics.
#[test]
#[ignore = "it is started by the others"]
fn a_client_without_a_device() {
    let Running::Nothing { error, .. } = running() else {
        panic!("{}", running());
    };
    assert!(get_device_count().is_err() && set_device(0).is_err());
    assert_eq!(DeviceVec::<u8>::cuda_malloc(1).map(drop), Err(error));
    assert_eq!(warmup(&CudaStream::default()), Err(error));
    assert_eq!(CudaStream::default().synchronize(), Ok(()));
    let failed = multiply().expect_err("nothing runs").to_string();
    assert!(failed.contains("CUDA") || failed.contains("HALO2_OFFLOAD_DEVICE"));
    let ctx = NTTConfig::<ScalarField>::default().ctx;
    assert!(initialize_domain(ScalarField::one(), &ctx, true).is_err());
}

fn lines(text: &str, of: &str) -> usize {
    text.lines().filter(|line| line.contains(of)).count()
}

#[test]
fn the_line_is_written_once_and_says_why() {
    let text = stderr("a_client", &[("HALO2_OFFLOAD_DEVICE", "cpu".into())]);
    assert_eq!(lines(&text, "run on the CPU"), 1, "{text}");
    assert!(text.contains("not on a GPU (HALO2_OFFLOAD_DEVICE=cpu)"));
    assert_eq!(lines(&text, "msm"), 0, "{text}");
}

#[test]
fn calls_are_written_where_that_is_asked_for() {
    let variables = [
        ("HALO2_OFFLOAD_DEVICE", "cpu".into()),
        ("HALO2_OFFLOAD_CALLS", "1".into()),
    ];
    let text = stderr("a_client", &variables);
    assert_eq!(lines(&text, "msm 1 x 8 cpu"), 3, "{text}");
}

#[test]
fn what_is_asked_for_and_not_known_is_an_error() {
    let variables = [("HALO2_OFFLOAD_DEVICE", "gpu".into())];
    let text = stderr("a_client_without_a_device", &variables);
    assert!(text.contains("it takes auto, cuda or cpu"), "{text}");
}

/// On an emulated machine, so that the answer is the same on all.
#[test]
fn a_machine_without_a_device_runs_on_the_cpu_or_not_at_all() {
    let report = std::env::temp_dir().join(format!("icicle-{}.json", std::process::id()));
    let environment =
        child_environment(&Config::without_devices(), &report).expect("the emulator is built");
    let text = stderr("a_client", &environment);
    assert!(text.contains("run on the CPU"), "{text}");
    assert!(text.contains("finds no device"), "{text}");

    let asked = [&environment[..], &[("HALO2_OFFLOAD_DEVICE", "cuda".into())]].concat();
    let text = stderr("a_client_without_a_device", &asked);
    assert!(text.contains("ICICLE calls fail"), "{text}");
    // A child that never got as far as a driver leaves none.
    let _ = std::fs::remove_file(report);
}

/// A device whose memory is too small: errors, and smaller work goes on.
#[test]
fn out_of_device_memory_is_an_error() {
    let emulator = install(Config::default().with_memory(48 << 20)).expect("it is built");
    assert!(select(Selection::Cuda));
    assert_eq!(
        DeviceVec::<u8>::cuda_malloc(1 << 30).map(drop),
        Err(CudaError::cudaErrorMemoryAllocation)
    );
    let scalars = vec![ScalarField::zero(); 1 << 20];
    let points = vec![G1Affine::zero(); 1 << 20];
    let mut results = [G1Projective::zero()];
    let error = msm(
        HostSlice::from_slice(&scalars),
        HostSlice::from_slice(&points),
        &MSMConfig::default(),
        HostSlice::from_mut_slice(&mut results),
    )
    .expect_err("64 MiB do not fit");
    assert!(
        error.to_string().contains("out of device memory"),
        "{error}"
    );
    assert_eq!(
        error.get_cuda_error(),
        Some(CudaError::cudaErrorMemoryAllocation)
    );
    multiply().expect("eight points fit");
    emulator.assert_no_faults();
    // What is open stays open until the process ends, and so must the machine.
    std::mem::forget(emulator);
}

//! Calls in a child of a process that has called: each case is a process of its own, which this one starts.
#![cfg(unix)]

use std::process::Command;

use halo2_offload_cuda_emulator::{child_environment, Config};
use halo2_offload_engine::suite::in_child;
use icicle_bn254::curve::{CurveCfg, G1Projective, ScalarCfg, ScalarField};
use icicle_core::{
    curve::Curve,
    msm::{msm, MSMConfig},
    traits::{FieldImpl, GenerateRandom},
};
use icicle_cuda_runtime::{
    memory::{DeviceVec, HostSlice},
    offload::{last_error_text, running},
    stream::CudaStream,
};

fn multiply() -> String {
    let mut sum = [G1Projective::zero()];
    let multiplied = msm(
        HostSlice::from_slice(&ScalarCfg::generate_random(64)),
        HostSlice::from_slice(&CurveCfg::generate_random_affine_points(64)),
        &MSMConfig::default(),
        HostSlice::from_mut_slice(&mut sum),
    );
    match multiplied {
        Ok(()) => "multiplied".to_owned(),
        Err(error) => error.to_string(),
    }
}

fn said() -> String {
    last_error_text().unwrap_or_default()
}

#[test]
#[ignore = "it is started by the others"]
fn a_client_that_forks() {
    assert_eq!(in_child(60, multiply), "multiplied");
    assert_eq!(multiply(), "multiplied");
    let mut vec = DeviceVec::<ScalarField>::cuda_malloc(1).expect("it fits");
    let words = in_child(60, || {
        let multiplied = multiply();
        assert!(DeviceVec::<ScalarField>::cuda_malloc(1).is_err());
        let allocated = said();
        let on_cuda = running().to_string().contains("used before fork()");
        if on_cuda {
            let one = [ScalarField::one()];
            assert!(vec.copy_from_host(HostSlice::from_slice(&one)).is_err());
            assert!(CudaStream::default().synchronize().is_err());
        }
        drop(vec);
        format!("{multiplied}\n{allocated}\n{on_cuda}")
    });
    let lines: Vec<&str> = words.lines().collect();
    assert!(lines[0].contains("used before fork()"), "{words}");
    assert!(lines[1].contains("used before fork()"), "{words}");
    let is_cuda = std::env::var("HALO2_OFFLOAD_DEVICE").as_deref() == Ok("cuda");
    assert_eq!(lines[2], is_cuda.to_string(), "{words}");
}

fn run(variables: &[(&str, std::ffi::OsString)]) {
    let output = Command::new(std::env::current_exe().expect("this is a program"))
        .args(["--exact", "a_client_that_forks", "--ignored", "--nocapture"])
        .envs(variables.iter().map(|(name, value)| (name, value)))
        .output()
        .expect("it starts");
    let stderr = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success(), "{stderr}");
}

#[test]
fn on_the_cpu() {
    run(&[("HALO2_OFFLOAD_DEVICE", "cpu".into())]);
}

#[test]
fn on_a_device() {
    let report = std::env::temp_dir().join(format!("icicle-fork-{}.json", std::process::id()));
    let environment = child_environment(&Config::default(), &report);
    let mut variables = environment
        .expect("the emulator is built with this test")
        .to_vec();
    variables.push(("HALO2_OFFLOAD_DEVICE", "cuda".into()));
    run(&variables);
    // The report is of the one who called.
    std::fs::remove_file(&report).expect("a report");
}

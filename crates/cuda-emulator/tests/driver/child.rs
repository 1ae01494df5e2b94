//! The stand-in in a child process: found by the loader, told and asked through the environment.

use std::process::Command;

use cudarc::driver::CudaContext;
use halo2_offload_cuda_emulator::{child_environment, read_report, Config};

/// Set in the child, which is this test again.
const CHILD: &str = "EMULATOR_TEST_CHILD";

#[test]
fn a_child_process_is_configured_and_reports() {
    if std::env::var_os(CHILD).is_some() {
        let context = CudaContext::new(1).unwrap();
        let stream = context.default_stream();
        stream.alloc_zeros::<u8>(100).unwrap().leak();
        return;
    }
    let file = format!("cuda-emulator-report-{}.json", std::process::id());
    let report = std::env::temp_dir().join(file);
    let environment = child_environment(&Config::default().with_devices(2), &report).unwrap();
    let child = Command::new(std::env::current_exe().unwrap())
        .arg("a_child_process_is_configured_and_reports")
        .env(CHILD, "")
        .envs(environment)
        .output()
        .unwrap();
    assert!(
        child.status.success(),
        "{}",
        String::from_utf8_lossy(&child.stdout)
    );
    let found = read_report(&report).unwrap();
    std::fs::remove_file(&report).unwrap();
    assert!(found.faults.is_empty());
    assert_eq!(found.devices.len(), 2);
    assert_eq!(found.leaks.len(), 1);
    assert_eq!(found.leaks[0].bytes, 100);
}

//! Measurements that are disturbed: nothing is left behind. Of Linux, whose `/proc` names the workers.

use std::{
    fs,
    path::Path,
    process::{Command, Stdio},
    thread,
    time::{Duration, Instant},
};

use crate::{
    arguments::to_measure,
    place::{entries, Place},
};

/// The child processes of a process.
fn children(parent: u32) -> Vec<u32> {
    let processes = fs::read_dir("/proc").expect("processes");
    let pids = processes.filter_map(|entry| entry.ok()?.file_name().to_str()?.parse().ok());
    let is_child = |pid: &u32| {
        let stat = fs::read_to_string(format!("/proc/{pid}/stat")).unwrap_or_default();
        // pid (name) state parent ...
        let after_name = stat.rsplit(") ").next().unwrap_or_default();
        after_name.split(' ').nth(1) == Some(&parent.to_string())
    };
    pids.filter(is_child).collect()
}

/// Starts a long measurement, and does something to it once its rungs have been loaded.
fn disturb(place: &Place, disturb: impl FnOnce(u32, &[u32])) -> (Option<i32>, String) {
    const PROCESSES: usize = 3;
    let arguments = to_measure("plonk", "10", &["--runs", "100000", "--out", "new"]);
    let mut command = place.command(&arguments);
    let command = command.stdout(Stdio::null()).stderr(Stdio::piped());
    let measure = command.spawn().expect("it starts");
    let deadline = Instant::now() + Duration::from_secs(60);
    while children(measure.id()).len() < PROCESSES {
        assert!(Instant::now() < deadline, "its processes do not come up");
        thread::sleep(Duration::from_millis(50));
    }
    let workers = children(measure.id());
    disturb(measure.id(), &workers);
    let output = measure.wait_with_output().expect("it ends");
    for worker in workers {
        let gone = !Path::new(&format!("/proc/{worker}")).exists();
        assert!(gone, "process {worker} is an orphan");
    }
    place.assert_tidy();
    assert!(entries(&place.here()).is_empty(), "half of a report");
    let stderr = String::from_utf8_lossy(&output.stderr).into_owned();
    assert!(!stderr.contains("panicked"), "{stderr}");
    (output.status.code(), stderr)
}

fn signal(name: &str, process: u32) {
    let kill = Command::new("kill")
        .args([name, &process.to_string()])
        .status();
    assert!(kill.expect("kill").success());
}

#[test]
fn an_interrupt_leaves_nothing_behind() {
    let place = Place::new();
    let (code, stderr) = disturb(&place, |measure, _| signal("-INT", measure));
    assert_eq!(code, Some(130), "{stderr}");
    assert!(stderr.contains("interrupted"), "{stderr}");
}

#[test]
fn a_worker_that_dies_is_an_error() {
    let place = Place::new();
    let (code, stderr) = disturb(&place, |_, workers| signal("-KILL", workers[2]));
    assert_eq!(code, Some(1), "{stderr}");
    assert!(stderr.contains("plonk k=10 was killed"), "{stderr}");
}

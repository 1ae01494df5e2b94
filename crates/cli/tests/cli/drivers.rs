//! Drivers that cannot be used.

use halo2_offload_cuda_emulator::write_lacking;
use std::{fs, path::Path};

use crate::{arguments::to_prove, place::Place};

/// Whatever stands in libcuda's place: `doctor` says what is wrong with it, a device that is asked for is
/// an error, and what needs none works on the CPU.
fn a_driver_is_refused(place: &Place, environment: &[(&str, &Path)], words: &[&str]) {
    let prove = to_prove("plonk", "8", &["--out"]);
    let command = |arguments: &[&str]| {
        let mut command = place.command(arguments);
        command.env_remove("LD_PRELOAD");
        command.envs(environment.iter().copied());
        command
    };
    for (arguments, code, says) in [
        (&["doctor"] as &[_], 0, true),
        (&["estimate", "--workload", "plonk", "-k", "8"], 0, false),
        (&[&prove[..], &["auto"]].concat(), 0, false),
        (
            &[&prove[..], &["cpu", "--device", "cpu"]].concat(),
            0,
            false,
        ),
        (
            &[&prove[..], &["cuda", "--device", "cuda"]].concat(),
            2,
            true,
        ),
    ] {
        let output = command(arguments).output().expect("it starts");
        let said = [output.stdout, output.stderr].concat();
        let said = String::from_utf8_lossy(&said);
        assert_eq!(output.status.code(), Some(code), "{arguments:?}: {said}");
        assert!(!said.contains("panicked"), "{arguments:?}: {said}");
        for word in words.iter().filter(|_| says) {
            assert!(said.contains(word), "{arguments:?}: `{word}` in {said}");
        }
    }
    for folder in ["auto", "cpu"] {
        place.good(&["verify", folder]);
    }
}

#[test]
fn a_driver_that_lacks_a_call_stops_no_cpu() {
    for symbol in ["cuMemPoolTrimTo", "cuDriverGetVersion", "cuLaunchKernel"] {
        let place = Place::new();
        let library = place.base.path().join("shim.so");
        write_lacking(symbol, &library).expect("it has it");
        let file = library.display().to_string();
        let lacks = format!("libcuda lacks `{symbol}`");
        a_driver_is_refused(
            &place,
            &[("LD_PRELOAD", &library)],
            &[&lacks, &file, "profiler"],
        );
    }
}

#[test]
fn a_driver_that_is_no_library_stops_no_cpu() {
    for (contents, words) in [
        (&b""[..], "file too short"),
        (
            b"# Longer than the header of a library: # the driver is mounted here by the runtime of containers",
            "invalid ELF header",
        ),
    ] {
        let place = Place::new();
        let folder = place.base.path().join("lib");
        fs::create_dir(&folder).expect("a folder");
        // Both names, so that no driver of this machine's comes first.
        for name in ["libcuda.so", "libcuda.so.1"] {
            fs::write(folder.join(name), contents).expect("a file");
        }
        let file = folder.join("libcuda.so.1").display().to_string();
        let words = [words, &file, "--gpus all"];
        a_driver_is_refused(&place, &[("LD_LIBRARY_PATH", &folder)], &words);
    }
}

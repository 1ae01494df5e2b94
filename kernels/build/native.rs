//! Native code of the kernels, where there is an nvcc to make it.
//!
//! It is compiled from the PTX that ships, not from the sources: so it is the very code that the
//! emulator has run in the tests and that the driver compiles on other devices, and the compiler
//! behind nvcc, which orders and colours registers differently, has no say in it.

use std::collections::BTreeMap;
use std::io::Read;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::{env, fs};

use flate2::read::GzDecoder;

use crate::Module;

/// Whether to look for nvcc: `0`, `off` or `false` say no.
const SWITCH: &str = "HALO2_OFFLOAD_NATIVE";
/// Where to look, in this order: the program itself, then the folders of a toolkit, then `PATH`.
const PROGRAM: &str = "NVCC";
const TOOLKITS: [&str; 2] = ["CUDA_HOME", "CUDA_PATH"];

/// The architectures that are compiled for, as far as the nvcc that is there knows them.
const ARCHITECTURES: [u32; 6] = [80, 86, 89, 90, 100, 120];

/// Compiles every module to a compressed fatbin in `out`. Returns their paths by the names of the
/// modules; `None` where nvcc is not there or is not wanted. What it does not compile is a warning, and
/// is left out.
pub fn compile(out: &Path, modules: &[Module]) -> Option<BTreeMap<String, PathBuf>> {
    for variable in [SWITCH, PROGRAM, "PATH"].iter().chain(&TOOLKITS) {
        println!("cargo:rerun-if-env-changed={variable}");
    }
    if matches!(env::var(SWITCH).as_deref(), Ok("0" | "off" | "false")) {
        return None;
    }
    let nvcc = nvcc()?;
    let targets = match targets(&nvcc) {
        Ok(targets) => targets,
        Err(why) => {
            warn(&nvcc, &why);
            return None;
        }
    };
    let mut fatbins = BTreeMap::new();
    for module in modules {
        match fatbin(&nvcc, &targets, module, out) {
            Ok(fatbin) => {
                fatbins.insert(module.name.clone(), fatbin);
            }
            Err(why) => warn(&nvcc, &format!("{}: {why}", module.name)),
        }
    }
    Some(fatbins)
}

/// The native code of one module for all targets, or why there is none.
fn fatbin(nvcc: &Path, targets: &[u32], module: &Module, out: &Path) -> Result<PathBuf, String> {
    let ptx = out.join(&module.name).with_extension("ptx");
    let fatbin = out.join(&module.name).with_extension("fatbin");
    let packed = fs::read(&module.ptx).map_err(|error| error.to_string())?;
    let mut text = Vec::new();
    GzDecoder::new(packed.as_slice())
        .read_to_end(&mut text)
        .map_err(|error| error.to_string())?;
    fs::write(&ptx, text).map_err(|error| error.to_string())?;
    let mut command = Command::new(nvcc);
    command
        .args(["-O3", "-fatbin", "--threads", "0"])
        // The architecture that the PTX is for, which nvcc need not know any more, is not asked for.
        .args(
            targets
                .iter()
                .map(|n| format!("-gencode=arch=compute_{n},code=sm_{n}")),
        )
        .arg(&ptx)
        .arg("-o")
        .arg(&fatbin);
    output(&mut command)?;
    Ok(fatbin)
}

/// The first nvcc that can be run.
fn nvcc() -> Option<PathBuf> {
    let named = env::var_os(PROGRAM).map(PathBuf::from);
    let in_toolkits = TOOLKITS
        .iter()
        .filter_map(env::var_os)
        .map(|toolkit| Path::new(&toolkit).join("bin/nvcc"));
    let path = env::var_os("PATH").unwrap_or_default();
    let on_path = env::split_paths(&path).map(|folder| folder.join("nvcc"));
    named
        .into_iter()
        .chain(in_toolkits)
        .chain(on_path)
        .find(|nvcc| nvcc.is_file() && output(Command::new(nvcc).arg("--version")).is_ok())
}

/// Which of the architectures this nvcc compiles for.
fn targets(nvcc: &Path) -> Result<Vec<u32>, String> {
    let known = output(Command::new(nvcc).arg("--list-gpu-arch"))?;
    let targets: Vec<u32> = ARCHITECTURES
        .into_iter()
        .filter(|n| {
            known
                .lines()
                .any(|line| line.trim() == format!("compute_{n}"))
        })
        .collect();
    if targets.is_empty() {
        return Err(format!("it compiles for none of {ARCHITECTURES:?}"));
    }
    Ok(targets)
}

/// What a command wrote to stdout, or why it failed, on one line.
fn output(command: &mut Command) -> Result<String, String> {
    let output = command.output().map_err(|error| error.to_string())?;
    if !output.status.success() {
        let talk = String::from_utf8_lossy(&output.stderr);
        let reason = talk
            .lines()
            .find(|line| line.contains("error"))
            .unwrap_or("");
        return Err(format!("{} {reason}", output.status).trim_end().to_owned());
    }
    Ok(String::from_utf8_lossy(&output.stdout).into_owned())
}

fn warn(nvcc: &Path, why: &str) {
    println!(
        "cargo:warning=no native code, only PTX, which the driver compiles: {}: {why}",
        nvcc.display()
    );
}

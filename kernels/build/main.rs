//! Lists the shipped PTX for `src/image.rs`, and adds native code where nvcc is found.
//!
//! Nothing here fails the build for want of a toolkit: without nvcc, or with one that does not
//! compile the kernels, the image has the PTX alone.

mod native;

use std::fmt::Write as _;
use std::path::{Path, PathBuf};
use std::{env, fs, io};

fn main() -> io::Result<()> {
    let root = PathBuf::from(env::var_os("CARGO_MANIFEST_DIR").expect("cargo sets it"));
    let out = PathBuf::from(env::var_os("OUT_DIR").expect("cargo sets it"));
    println!("cargo:rerun-if-changed=ptx");
    println!("cargo:rerun-if-changed=build");

    let modules = shipped(&root.join("ptx"))?;
    let native = native::compile(&out, &modules);

    let mut list = String::from("&[\n");
    for module in &modules {
        let code = match native.as_ref().and_then(|native| native.get(&module.name)) {
            Some(fatbin) => format!("Some(include_bytes!({fatbin:?}))"),
            None => "None".to_owned(),
        };
        writeln!(
            list,
            "    ({:?}, include_bytes!({:?}), {code}),",
            module.name, module.ptx
        )
        .expect("a String takes everything");
    }
    list.push_str("]\n");
    fs::write(out.join("modules.rs"), list)
}

/// A module that ships: its name, and the file of its compressed PTX.
struct Module {
    name: String,
    ptx: PathBuf,
}

/// The modules in `folder`, sorted by name: `<name>.ptx.gz` each.
fn shipped(folder: &Path) -> io::Result<Vec<Module>> {
    let mut modules = Vec::new();
    for entry in fs::read_dir(folder)? {
        let entry = entry?;
        if let Some(name) = entry
            .file_name()
            .to_str()
            .and_then(|name| name.strip_suffix(".ptx.gz"))
        {
            modules.push(Module {
                name: name.to_owned(),
                ptx: entry.path(),
            });
        }
    }
    modules.sort_by(|a, b| a.name.cmp(&b.name));
    Ok(modules)
}

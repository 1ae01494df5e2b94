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
    let native = native::compile(&root, &out, &modules);

    let mut list = String::from("&[\n");
    for module in &modules {
        let ptx = root.join("ptx").join(format!("{}.ptx.gz", module.name));
        let code = match native.as_ref().and_then(|native| native.get(&module.name)) {
            Some(fatbin) => format!("Some(include_bytes!({fatbin:?}))"),
            None => "None".to_owned(),
        };
        writeln!(
            list,
            "    ({:?}, include_bytes!({ptx:?}), {code}),",
            module.name
        )
        .expect("a String takes everything");
    }
    list.push_str("]\n");
    fs::write(out.join("modules.rs"), list)
}

/// A module that ships: its name, and the source it was compiled from, from the package's root.
struct Module {
    name: String,
    source: PathBuf,
}

/// The modules in `ptx/`, sorted by name: `<folder>_<file>.ptx.gz` for each `<folder>/<file>.cu`.
fn shipped(ptx: &Path) -> io::Result<Vec<Module>> {
    let mut modules = Vec::new();
    for entry in fs::read_dir(ptx)? {
        let file = entry?.file_name();
        let Some(name) = file.to_str().and_then(|name| name.strip_suffix(".ptx.gz")) else {
            continue;
        };
        let Some((folder, source)) = name.split_once('_') else {
            continue;
        };
        modules.push(Module {
            name: name.to_owned(),
            source: Path::new(folder).join(source).with_extension("cu"),
        });
    }
    modules.sort_by(|a, b| a.name.cmp(&b.name));
    Ok(modules)
}

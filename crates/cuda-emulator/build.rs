//! Names the shared library what the loader calls the CUDA driver.

fn main() {
    println!("cargo:rerun-if-changed=build.rs");
    // A library that is already in the process under this name is what `dlopen("libcuda.so")`
    // answers with, wherever the file itself lies.
    println!("cargo:rustc-cdylib-link-arg=-Wl,-soname,libcuda.so");
}

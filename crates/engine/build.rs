//! Says whether the compiler has the AVX-512 intrinsics: they are stable from Rust 1.89 on, and what is
//! declared for this package is older.

fn main() {
    println!("cargo::rerun-if-changed=build.rs");
    println!("cargo::rustc-check-cfg=cfg(avx512)");
    let arch = std::env::var("CARGO_CFG_TARGET_ARCH");
    if arch.is_ok_and(|arch| arch == "x86_64") && rustversion::cfg!(since(1.89)) {
        println!("cargo::rustc-cfg=avx512");
    }
}

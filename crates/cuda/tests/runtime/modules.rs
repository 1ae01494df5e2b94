//! Kernel modules: loaded once, and what is said of those that cannot be.

use std::sync::Arc;

use halo2_offload_cuda::{CodeForm, Context, CudaError, KernelImage, KernelModule, Options};
use halo2_offload_cuda_emulator::{Config, Failure};

use crate::{machine, open};

fn open_with(name: &str, ptx: &str) -> Arc<Context> {
    let image = KernelImage::new(vec![KernelModule::from_ptx(name, ptx)], "test");
    Context::open(0, &image, Options::default()).expect("it opens")
}

#[test]
fn a_module_is_loaded_once_and_says_which_form_runs() {
    let emulator = machine(Config::default());
    let context = open(Options::default()).expect("it opens");
    assert_eq!(context.modules(), []);
    for entry in ["field_fr_mul", "field_fr_add", "field_fr_mul"] {
        let function = context.function("field_fr", entry).expect("it ships");
        assert_eq!(function.name(), entry);
    }
    assert_eq!(emulator.calls("cuModuleLoadData"), 1);
    let modules = context.modules();
    assert_eq!(modules.len(), 1);
    assert_eq!(modules[0].name, "field_fr");
    // The emulator runs PTX alone, whatever native code was built.
    assert_eq!(modules[0].form, CodeForm::Ptx);
    let reason = &modules[0].reason;
    assert!(reason.contains("native code"), "{reason}");
    drop(context);
    emulator.assert_clean();
}

#[test]
fn unknown_modules_and_entries() {
    let emulator = machine(Config::default());
    let context = open(Options::default()).expect("it opens");
    let error = context
        .function("nothing", "entry")
        .expect_err("no such module");
    assert!(matches!(error, CudaError::NoModule { .. }), "{error}");
    let error = context
        .function("field_fr", "field_fr_root")
        .expect_err("no such entry");
    assert!(matches!(error, CudaError::NoEntry { .. }), "{error}");
    assert!(error.to_string().contains("different versions"), "{error}");
    drop(context);
    emulator.assert_clean();
}

#[test]
fn ptx_for_another_architecture() {
    let emulator = machine(Config::default().with_compute_capability(7, 0));
    let context = open_with(
        "new",
        ".version 8.0\n.target sm_90\n.address_size 64\n.visible .entry new()\n{\n\tret;\n}\n",
    );
    let error = context
        .function("new", "new")
        .expect_err("the device is too old");
    let CudaError::ModuleLoad(refused) = &error else {
        panic!("{error}");
    };
    assert_eq!(refused.capability.to_string(), "7.0");
    assert!(error.code().is_some());
    drop(context);
    emulator.assert_clean();
}

#[test]
fn ptx_too_new_for_the_driver() {
    let emulator = machine(Config::default().with_driver_version(12_000));
    let context = open_with(
        "new",
        ".version 8.8\n.target sm_70\n.address_size 64\n.visible .entry new()\n{\n\tret;\n}\n",
    );
    let error = context
        .function("new", "new")
        .expect_err("the driver is too old");
    let message = error.to_string();
    assert!(
        message.contains("CUDA_ERROR_UNSUPPORTED_PTX_VERSION (222)"),
        "{message}"
    );
    assert!(
        message.contains("install a newer NVIDIA driver"),
        "{message}"
    );
    drop(context);
    emulator.assert_clean();
}

#[test]
fn ptx_that_is_none() {
    let emulator = machine(Config::default());
    let context = open_with("noise", "this is not PTX");
    let error = context
        .function("noise", "noise")
        .expect_err("it cannot be loaded");
    assert!(matches!(error, CudaError::ModuleLoad(_)), "{error}");
    drop(context);
    let context = open_with("nul", ".version 8.0\0");
    let error = context
        .function("nul", "nul")
        .expect_err("it cannot be loaded");
    assert!(matches!(error, CudaError::Image { .. }), "{error}");
    drop(context);
    emulator.forgive();
    emulator.assert_clean();
}

#[test]
fn a_driver_without_its_compiler_says_so() {
    let no_compiler = 221;
    let emulator =
        machine(Config::default().with_failure(Failure::of("cuModuleLoadData", 1, no_compiler)));
    let context = open_with(
        "none",
        ".version 8.0\n.target sm_70\n.address_size 64\n.visible .entry none()\n{\n\tret;\n}\n",
    );
    let message = context
        .function("none", "none")
        .expect_err("it cannot be compiled")
        .to_string();
    assert!(message.contains("libnvidia-ptxjitcompiler"), "{message}");
    drop(context);
    emulator.assert_clean();
}

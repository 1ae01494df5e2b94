//! `selftest`: every operation of a device against the CPU.

use clap::Args;
use halo2_offload::cuda::selftest::{self, CheckResult, Extent, Options};
use halo2_offload_measure::{DeviceChoice, Error, Result};
use serde_json::json;

use super::Outcome;
use crate::{
    arguments::{DeviceArguments, Found},
    engines::{self, cuda},
    output::{json as pretty, print, talk},
};

/// Check every operation of the device against the CPU
///
/// Sizes and values are those at which kernels go wrong. Nothing is timed on a device before this has
/// passed on it. Exit code 1 if a check fails, 2 if there is no device.
#[derive(Debug, Args)]
pub struct Arguments {
    /// Operations whose name begins so; without it, all
    #[arg(
        long,
        value_name = "NAME",
        default_value = "",
        hide_default_value = true
    )]
    operation: String,
    /// Sizes that an emulator or a sanitizer gets through
    #[arg(long)]
    small: bool,
    /// Seed of the random values
    #[arg(long, value_name = "N", default_value_t = 1)]
    seed: u64,
    /// Print JSON
    #[arg(long)]
    json: bool,
    #[command(flatten)]
    device: DeviceArguments,
}

pub fn run(arguments: &Arguments) -> Result<Outcome> {
    let choice = match arguments.device.find()? {
        Found::Device(choice) => choice,
        Found::Nowhere(reason) => {
            if arguments.json {
                print(&pretty(
                    &json!({ "device": null, "reason": reason, "checks": [] }),
                ))?;
            }
            return Err(Error::Plan(format!("there is nothing to test: {reason}")));
        }
    };
    let checks = check(arguments, choice)?;
    let failed = checks.iter().filter(|check| !check.passed()).count();
    if arguments.json {
        let checks: Vec<_> = checks.iter().map(describe).collect();
        let device = engines::describe(&cuda::device(choice.ordinal)?);
        print(&pretty(&json!({ "device": device, "checks": checks })))?;
    } else {
        print(&format!("{} checks, {failed} failed\n", checks.len()))?;
    }
    Ok(match failed {
        0 => Outcome::Good,
        _ => Outcome::Bad,
    })
}

fn check(arguments: &Arguments, choice: DeviceChoice) -> Result<Vec<CheckResult>> {
    let context = cuda::open(choice)?;
    let device = context.device();
    talk(&format!(
        "{}, driver for CUDA {}",
        device.name, device.driver
    ));
    let mut options = Options::default()
        .with_operation(arguments.operation.clone())
        .with_seed(arguments.seed);
    if arguments.small {
        options = options.with_extent(Extent::Small);
    }
    let mut progress = |result: &CheckResult| talk(&result.to_string());
    Ok(selftest::run(&context, &options, &mut progress))
}

fn describe(check: &CheckResult) -> serde_json::Value {
    json!({
        "operation": check.operation,
        "case": check.case,
        "emulated": check.is_emulated,
        "passed": check.passed(),
        "result": check.to_string(),
    })
}

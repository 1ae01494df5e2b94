//! What the device can do at best, as one JSON object on stdout: the rates that bound every other
//! figure. Timed by the device's events; medians of several runs.

#[path = "common/device.rs"]
mod device;

use halo2_offload_cuda::ceilings::Ceilings;

fn main() {
    let Some(context) = device::device() else {
        return;
    };
    let Ceilings {
        device,
        is_emulated: _,
        arithmetic,
        copies,
        launch_ns,
    } = Ceilings::measure(&context).expect("the device computes what it is given");
    let json = serde_json::json!({
        "device": device,
        "driver_cuda": context.device().driver.to_string(),
        "multiply_adds_per_second": arithmetic.multiply_adds,
        "wide_multiply_adds_per_second": arithmetic.wide_multiply_adds,
        "fr_multiplications_per_second": arithmetic.fr_multiplications,
        "fq_multiplications_per_second": arithmetic.fq_multiplications,
        "device_copy_bytes_per_second": copies.device,
        "upload_pinned_bytes_per_second": copies.upload_pinned,
        "download_pinned_bytes_per_second": copies.download_pinned,
        "upload_pageable_bytes_per_second": copies.upload_pageable,
        "download_pageable_bytes_per_second": copies.download_pageable,
        "upload_staged_bytes_per_second": copies.upload_staged,
        "download_staged_bytes_per_second": copies.download_staged,
        "launch_ns": launch_ns,
    });
    println!("{json}");
}

//! That the ceilings can be measured. On the emulator the figures are no device's.

use halo2_offload_cuda::{ceilings::Ceilings, Context, KernelImage, Options};
use halo2_offload_cuda_emulator::{install, Config};

#[test]
fn every_ceiling_is_measured() {
    let emulator = install(Config::default()).expect("the emulator is built with this test");
    let context = Context::open(0, &KernelImage::shipped(), Options::default()).expect("it opens");
    let ceilings = Ceilings::measure(&context).expect("it measures");
    assert!(ceilings.is_emulated);
    assert_eq!(ceilings.device, context.device().name);
    let (arithmetic, copies) = (ceilings.arithmetic, ceilings.copies);
    for rate in [
        arithmetic.multiply_adds,
        arithmetic.wide_multiply_adds,
        arithmetic.carried_multiply_adds,
        arithmetic.carried_adds,
        arithmetic.fr_multiplications,
        arithmetic.fr_squarings,
        arithmetic.fq_multiplications,
        arithmetic.fq_squarings,
        arithmetic.g1_mixed_additions,
        arithmetic.g1_affine_additions,
        copies.device,
        copies.device_by_kernel,
        copies.upload_pinned,
        copies.download_pinned,
        copies.upload_pageable,
        copies.download_pageable,
        copies.upload_staged,
        copies.download_staged,
        ceilings.launch_ns,
    ] {
        assert!(rate.is_finite() && rate > 0.0, "{ceilings:?}");
    }
    drop(context);
    emulator.assert_clean();
}

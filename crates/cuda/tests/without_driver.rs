//! Without an emulator: what a machine says that has no driver, or what it has.

use halo2_offload_cuda::{
    msm::CudaMsm, probe, Context, CudaError, DeviceModel, KernelImage, Options,
};
use halo2curves::bn256::{Fr, G1Affine};

#[test]
fn a_machine_says_what_it_has_or_what_it_lacks() {
    match probe() {
        Ok(devices) => {
            assert!(!devices.is_empty());
            for (ordinal, device) in devices.iter().enumerate() {
                assert_eq!(device.ordinal, ordinal);
                assert!(
                    !device.name.is_empty() && device.memory_bytes > 0,
                    "{device:?}"
                );
                assert!(!device.is_emulated());
            }
        }
        Err(error) => {
            let opened = Context::open(0, &KernelImage::shipped(), Options::default());
            let message = error.to_string();
            assert_eq!(
                opened.err().map(|error| error.to_string()),
                Some(message.clone())
            );
            if matches!(error, CudaError::NoDriver) {
                assert!(
                    message.contains("install the NVIDIA driver 525 or newer"),
                    "{message}"
                );
            }
        }
    }
}

#[test]
fn a_model_needs_no_driver() {
    const N: usize = 1 << 20;
    let model = DeviceModel::named("h100").expect("a card that is known");
    let context = Context::modelled(model, &KernelImage::shipped(), Options::default())
        .expect("nothing is asked of a driver");
    let msm = CudaMsm::new(context.clone()).expect("the kernels ship");
    let bases = context.allocate::<G1Affine>("srs", N).expect("it fits");
    let bases = msm.load_device_bases(bases.all()).expect("it fits");
    let column = context.allocate::<Fr>("advice", N).expect("it fits");
    let sums = msm
        .begin_device(&bases, &[column.all()])
        .and_then(|pending| pending.wait())
        .expect("it is counted");
    assert_eq!(sums.len(), 1);
    assert!(context.counters().expect("it counts").launches > 10);
    // One addition an entry at least, of 14 windows.
    let work = context.work()["msm accumulate"];
    assert!(work.multiplications > 14 * (N as u64) * 752);
}

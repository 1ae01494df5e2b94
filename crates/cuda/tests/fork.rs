//! A device in a child of the process that opened it. Alone in its process, because what a process has used
//! is the process's.
#![cfg(unix)]

use halo2_offload_cuda::{probe, Context, CudaError, KernelImage, Options};
use halo2_offload_cuda_emulator::{install, Config};
use halo2_offload_engine::suite::in_child;
use halo2curves::bn256::Fr;

#[test]
fn a_child_is_told_that_the_device_is_its_parents() {
    let emulator = install(Config::default()).expect("the emulator is built with this test");
    let open = || Context::open(0, &KernelImage::shipped(), Options::default());
    // Whoever is the first to open it has it.
    let first = in_child(60, || match open() {
        Ok(context) => context.device().name.clone(),
        Err(error) => error.to_string(),
    });
    assert!(first.contains("Emulated device"), "{first}");

    let context = open().expect("it opens");
    let values = vec![Fr::from(7); 100];
    let mut buffer = context.allocate_from("values", &values).expect("it fits");
    let download = context.begin_download(buffer.all()).expect("it begins");
    let mut back = values.clone();
    let said = in_child(60, || {
        let outcomes = [
            probe().map(drop),
            open().map(drop),
            context.upload(buffer.all_mut(), &values).map(drop),
            context.download(buffer.all(), &mut back),
            context.begin_download(buffer.all()).map(drop),
            context.allocate::<Fr>("more", 10).map(drop),
            context.synchronize(),
            download.wait().map(drop),
        ];
        let words = outcomes.map(|outcome: Result<(), CudaError>| match outcome {
            Ok(()) => "done".to_owned(),
            Err(error) => error.to_string(),
        });
        // It gives back nothing of its parent's.
        drop((buffer, context));
        words.join("\n")
    });
    assert_eq!(said.lines().count(), 8, "{said}");
    for line in said.lines() {
        assert!(line.contains("used before fork()"), "{said}");
    }
    drop(emulator);
}

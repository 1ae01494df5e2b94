//! How fast the host copies to, from and within a device's memory on one core.
//!
//! `cargo run --release -p halo2-offload-cuda-emulator --example copy_rate [log_bytes]`

use std::error::Error;
use std::hint::black_box;
use std::time::{Duration, Instant};

use halo2_offload_cuda_emulator::machine::{Fault, Memory};

const LONG_ENOUGH: Duration = Duration::from_millis(300);

/// Prints how many bytes a second an operation on `bytes` bytes comes to.
fn measure(
    name: &str,
    bytes: u64,
    mut operation: impl FnMut() -> Result<(), Fault>,
) -> Result<(), Fault> {
    operation()?;
    let start = Instant::now();
    let mut done = 0;
    while start.elapsed() < LONG_ENOUGH {
        operation()?;
        done += bytes;
    }
    let rate = done as f64 / start.elapsed().as_secs_f64();
    println!("{name:42} {:8.0} MB/s", rate / 1e6);
    Ok(())
}

fn main() -> Result<(), Box<dyn Error>> {
    let log_bytes = std::env::args().nth(1).map_or(Ok(24), |arg| arg.parse())?;
    let bytes = 1_u64 << log_bytes;
    let memory = Memory::new(1 << 34);
    measure("allocation", bytes, || {
        let address = memory.allocate(bytes, "passing").expect("it fits");
        memory.free(address)
    })?;
    let mut host = vec![7; bytes as usize];
    // Larger than what is copied, so that the bytes that are initialised stay known one by one.
    let a = memory.allocate(bytes + 64, "a")?;
    let b = memory.allocate(bytes + 64, "b")?;
    for (place, offset) in [("whole words", 0), ("from byte 3 on", 3)] {
        let (a, b) = (a + offset, b + offset);
        measure(&format!("write, {place}"), bytes, || memory.write(a, &host))?;
        measure(&format!("read, {place}"), bytes, || {
            memory.read(a, black_box(&mut host))
        })?;
        measure(&format!("fill, {place}"), bytes, || {
            memory.fill(a, &[0], bytes)
        })?;
        measure(&format!("copy, {place}"), bytes, || {
            memory.copy(b, a, bytes)
        })?;
        measure(
            &format!("search for what is not written, {place}"),
            bytes,
            || {
                memory.first_uninitialised(a, bytes).map(|found| {
                    black_box(found);
                })
            },
        )?;
    }
    Ok(())
}

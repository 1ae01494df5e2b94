//! How fast the machine interprets a shipped kernel on one core: all checks, and the cheap ones.
//!
//! `cargo run --release -p halo2-offload-cuda-emulator --example interpreter_rate [log_n]`

use std::error::Error;
use std::sync::Arc;
use std::time::Duration;

use halo2_offload_cuda_emulator::machine::{launch, Launch, Memory, Options, Program};
use halo2_offload_cuda_emulator::ptx::Module;
use halo2_offload_kernels::KernelImage;

const THREADS: u32 = 128;
const LONG_ENOUGH: Duration = Duration::from_millis(500);

/// Time that this thread has had a core, which other programs do not stretch.
fn on_core() -> Result<Duration, Box<dyn Error>> {
    let times = std::fs::read_to_string("/proc/thread-self/schedstat")?;
    let first = times.split_whitespace().next().ok_or("no times")?;
    Ok(Duration::from_nanos(first.parse()?))
}

fn main() -> Result<(), Box<dyn Error>> {
    let log_n = std::env::args().nth(1).map_or(Ok(14), |arg| arg.parse())?;
    let n = 1_u64 << log_n;
    let image = KernelImage::shipped();
    let kernel = image.module("field_fr").ok_or("the field kernels ship")?;
    let module = Module::parse(&kernel.ptx()?)?;
    let memory = Memory::new(1 << 32);
    let program = Program::load(Arc::new(module), &memory)?;
    let [r, a, b] = ["r", "a", "b"].map(|name| memory.allocate(32 * n, name));
    let (r, a, b) = (r?, a?, b?);
    memory.fill(a, &[7, 1, 0, 0], 8 * n)?;
    memory.fill(b, &[3, 0, 5, 0], 8 * n)?;
    for (entry, operands) in [
        ("field_fr_mul", vec![r, a, b, n]),
        ("field_fr_sqr", vec![r, a, n]),
        ("field_fr_add", vec![r, a, b, n]),
        ("field_fr_inverse", vec![r, a, n.min(1 << 12)]),
    ] {
        let params: Vec<u8> = operands.iter().flat_map(|p| p.to_le_bytes()).collect();
        let grid = [
            operands[operands.len() - 1].div_ceil(THREADS.into()) as u32,
            1,
            1,
        ];
        for (checks, options) in [("all", Options::default()), ("cheap", Options::cheap())] {
            let shape = Launch {
                entry,
                grid,
                block: [THREADS, 1, 1],
                dynamic_shared: 0,
                params: &params,
            };
            let options = Options {
                workers: Some(1),
                ..options
            };
            // The clock moves in steps of milliseconds, so launches are repeated.
            let start = on_core()?;
            let (mut threads, mut warps, mut lanes) = (0.0, 0, 0);
            while on_core()? - start < LONG_ENOUGH {
                let stats =
                    launch(&program, &memory, &shape, &options).map_err(|f| f[0].clone())?;
                threads += f64::from(grid[0]) * f64::from(THREADS);
                warps += stats.warp_instructions;
                lanes += stats.lane_instructions;
            }
            let seconds = (on_core()? - start).as_secs_f64();
            println!(
                "{entry:18} checks {checks:5} {:6.1} ns a thread, {:7.1} million lane instructions/s, {:5.2} ns a warp instruction",
                seconds * 1e9 / threads,
                lanes as f64 / seconds / 1e6,
                seconds * 1e9 / warps as f64,
            );
        }
    }
    Ok(())
}

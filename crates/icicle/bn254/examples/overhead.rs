//! A multiplication through these packages and the same called directly, in turn, on the CPU: the medians,
//! the best of each, and the median of the pairs' ratios; beside them the first multiplication through the
//! packages, which takes the bases in.
//!
//! `cargo run --release -p icicle-bn254 --example overhead -- 16 20 254` for 2^16 scalars of 254 bits
//! and 20 pairs.

#[path = "../benches/inputs/mod.rs"]
mod inputs;

use std::{borrow::Cow, hint::black_box, time::Instant};

use halo2_offload_engine::{CpuKernels, MsmAccel};
use halo2curves::bn256::G1Affine;
use icicle_bn254::curve::G1Projective;
use icicle_core::msm::{msm, MSMConfig};
use icicle_cuda_runtime::{
    memory::HostSlice,
    offload::{select, Selection},
};

use inputs::Inputs;

fn main() -> Result<(), Box<dyn std::error::Error>> {
    let mut arguments = std::env::args().skip(1);
    let k: u32 = arguments.next().map_or(Ok(16), |k| k.parse())?;
    let pairs: usize = arguments.next().map_or(Ok(20), |pairs| pairs.parse())?;
    let bits: u32 = arguments.next().map_or(Ok(254), |bits| bits.parse())?;
    select(Selection::Cpu);
    let inputs = Inputs::new(k, bits);
    let bases =
        MsmAccel::<G1Affine>::load(&CpuKernels::default(), Cow::Borrowed(&inputs.points[..]))?;
    let (mut direct, mut through, mut ratios) = (Vec::new(), Vec::new(), Vec::new());
    // One pair more: in the first the bases are taken in.
    let mut first_ms = None;
    for _ in 0..=pairs.max(1) {
        let start = Instant::now();
        black_box(CpuKernels::default().msm(&bases, &[&inputs.scalars[..]])?);
        let direct_ms = start.elapsed().as_secs_f64() * 1e3;

        let mut results = [G1Projective::zero()];
        let start = Instant::now();
        msm(
            HostSlice::from_slice(&inputs.icicle_scalars),
            HostSlice::from_slice(&inputs.icicle_points),
            &MSMConfig::default(),
            HostSlice::from_mut_slice(&mut results),
        )?;
        let through_ms = start.elapsed().as_secs_f64() * 1e3;
        black_box(results);

        if first_ms.is_none() {
            first_ms = Some(through_ms);
            continue;
        }
        direct.push(direct_ms);
        through.push(through_ms);
        ratios.push(through_ms / direct_ms);
    }
    for (name, times) in [("direct", &mut direct), ("through", &mut through)] {
        times.sort_by(f64::total_cmp);
        let (best, median) = (times[0], times[times.len() / 2]);
        println!("{name}: median {median:.1} ms, best {best:.1} ms");
    }
    if let Some(first_ms) = first_ms {
        println!("through, the first, which takes the bases in: {first_ms:.1} ms");
    }
    ratios.sort_by(f64::total_cmp);
    println!(
        "through / direct: median of pairs {:.3}, of the best {:.3}",
        ratios[ratios.len() / 2],
        through[0] / direct[0]
    );
    Ok(())
}

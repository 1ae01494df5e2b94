//! Multiplications and transforms of all sizes up to 2^k, each checked by what its result has to be: on the
//! device that ICICLE calls run on here, with one line a size.
//!
//! `cargo run --release -p icicle-bn254 --example sizes -- 24` for sizes of up to 2^24, which takes some
//! 6 GiB of memory.

#[path = "../benches/inputs/mod.rs"]
mod inputs;

use std::time::Instant;

use ff::{Field, PrimeField};
use group::Curve;
use halo2curves::bn256::{Fr, G1};
use icicle_bn254::curve::{G1Affine as IcicleAffine, G1Projective, ScalarField};
use icicle_core::{
    msm::{msm, MSMConfig},
    ntt::{initialize_domain, ntt_inplace, NTTConfig, NTTDir},
};
use icicle_cuda_runtime::memory::{DeviceVec, HostSlice};

use inputs::Inputs;

type Outcome<T> = Result<T, Box<dyn std::error::Error>>;

/// Numbers of scalars beside each power of two.
const AROUND: [isize; 3] = [-1, 0, 1];
/// Evaluations of a transform that are checked.
const EVALUATIONS: usize = 3;

fn main() -> Outcome<()> {
    let k = std::env::args().nth(1).map_or(Ok(20), |k| k.parse())?;
    let inputs = Inputs::new(k, 254);
    for k in 0..=k {
        for around in AROUND {
            match (1_usize << k).checked_add_signed(around) {
                Some(n) if (1..=inputs.points.len()).contains(&n) => multiply(&inputs, n)?,
                _ => {}
            }
        }
        transform(&inputs, k)?;
    }
    Ok(())
}

/// sum_i s_i (P_0 + i Q) = (sum_i s_i) P_0 + (sum_i i s_i) Q.
fn multiply(inputs: &Inputs, n: usize) -> Outcome<()> {
    let mut sum =
        DeviceVec::<G1Projective>::cuda_malloc(1).map_err(|error| format!("{error:?}"))?;
    let start = Instant::now();
    msm(
        HostSlice::from_slice(&inputs.icicle_scalars[..n]),
        HostSlice::from_slice(&inputs.icicle_points[..n]),
        &MSMConfig::default(),
        &mut sum[..],
    )?;
    let time = start.elapsed();
    let mut on_host = [G1Projective::zero()];
    sum.copy_to_host(HostSlice::from_mut_slice(&mut on_host))
        .map_err(|error| format!("{error:?}"))?;

    let first = G1::from(inputs.points[0]);
    let step = match inputs.points.get(1) {
        Some(second) => *second - first,
        None => G1::default(),
    };
    let (mut factor_of_first, mut factor_of_step) = (Fr::ZERO, Fr::ZERO);
    for (i, scalar) in (0_u64..).zip(&inputs.scalars[..n]) {
        factor_of_first += scalar;
        factor_of_step += Fr::from(i) * scalar;
    }
    let expected = first * factor_of_first + step * factor_of_step;
    if IcicleAffine::from(on_host[0]) != inputs::canonical(&expected.to_affine()) {
        return Err(format!("the sum of {n} multiples is wrong").into());
    }
    println!("msm {n}: {:.1} ms", time.as_secs_f64() * 1e3);
    Ok(())
}

/// Some evaluations by Horner's rule, and back to where it began.
fn transform(inputs: &Inputs, k: u32) -> Outcome<()> {
    let n = 1 << k;
    let omega = (k..Fr::S).fold(Fr::ROOT_OF_UNITY, |root, _| root.square());
    let cfg = NTTConfig::<'_, ScalarField>::default();
    initialize_domain(
        ScalarField::from(inputs::limbs(omega.to_bytes())),
        &cfg.ctx,
        true,
    )?;
    let mut values = inputs.icicle_scalars[..n].to_vec();
    let start = Instant::now();
    ntt_inplace(
        HostSlice::from_mut_slice(&mut values),
        NTTDir::kForward,
        &cfg,
    )?;
    let time = start.elapsed();
    for i in (0..n).step_by((n / EVALUATIONS).max(1)) {
        let x = omega.pow_vartime([i as u64]);
        let horner = |value: Fr, coefficient: &Fr| value * x + coefficient;
        let expected = inputs.scalars[..n].iter().rev().fold(Fr::ZERO, horner);
        if values[i] != inputs::limbs(expected.to_bytes()).into() {
            return Err(format!("evaluation {i} of the transform of 2^{k} values is wrong").into());
        }
    }
    ntt_inplace(
        HostSlice::from_mut_slice(&mut values),
        NTTDir::kInverse,
        &cfg,
    )?;
    if values != inputs.icicle_scalars[..n] {
        return Err(format!("2^{k} values do not come back from the transform").into());
    }
    println!("ntt {n}: {:.1} ms", time.as_secs_f64() * 1e3);
    Ok(())
}

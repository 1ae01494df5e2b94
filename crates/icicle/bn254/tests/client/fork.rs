//! The calls that EZKL's fork of halo2 makes, in its order: host slices, a result on the device, a domain
//! before every transform.

use ff::Field;
use halo2curves::{
    bn256::{Fr, G1Affine, G1},
    fft::best_fft,
};
use icicle_bn254::curve::{CurveCfg, G1Projective, ScalarField};
use icicle_core::{
    curve::Affine,
    msm,
    ntt::{initialize_domain, ntt_inplace, NTTConfig, NTTDir},
};
use icicle_cuda_runtime::memory::{DeviceVec, HostSlice};
use rayon::prelude::*;

use super::{generator, limbs, omega, point, random_points, random_scalars, sum, values_of, Sizes};

/// A multiplication as the fork has it.
fn multiexp_on_device(coeffs: &[Fr], bases: &[G1Affine]) -> G1 {
    let scalars: Vec<ScalarField> = coeffs
        .par_iter()
        .map(|value| ScalarField::from(limbs(value)))
        .collect();
    let points: Vec<Affine<CurveCfg>> = bases
        .par_iter()
        .map(|point| Affine::<CurveCfg>::from_limbs(limbs(&point.x), limbs(&point.y)))
        .collect();
    let mut on_device = DeviceVec::<G1Projective>::cuda_malloc(1).unwrap();
    let cfg = msm::MSMConfig::default();
    msm::msm(
        HostSlice::from_slice(&scalars[..]),
        HostSlice::from_slice(&points[..]),
        &cfg,
        &mut on_device[..],
    )
    .unwrap();
    let mut on_host = vec![G1Projective::zero(); 1];
    on_device
        .copy_to_host(HostSlice::from_mut_slice(&mut on_host[..]))
        .unwrap();
    point(on_host[0])
}

/// A transform as the fork has it.
fn fft_on_device(values: &mut [Fr], root: Fr) {
    let cfg = NTTConfig::<'_, ScalarField>::default();
    initialize_domain(ScalarField::from(limbs(&root)), &cfg.ctx, true).unwrap();
    let mut scalars: Vec<ScalarField> = values
        .par_iter()
        .map(|value| ScalarField::from(limbs(value)))
        .collect();
    let host = HostSlice::from_mut_slice(&mut scalars);
    ntt_inplace::<ScalarField, ScalarField>(host, NTTDir::kForward, &cfg).unwrap();
    values.copy_from_slice(&values_of(host.as_slice()));
}

pub fn multiplications_and_transforms(sizes: Sizes) {
    let mut rng = generator(1);
    for k in [3, sizes.max_k - 1, sizes.max_k] {
        let n = 1 << k;
        let (scalars, bases) = (random_scalars(n, &mut rng), random_points(n, &mut rng));
        assert_eq!(multiexp_on_device(&scalars, &bases), sum(&scalars, &bases));

        let mut values = random_scalars(n, &mut rng);
        let mut expected = values.clone();
        best_fft(&mut expected, omega(k), k);
        fft_on_device(&mut values, omega(k));
        assert!(values == expected, "2^{k}");
    }
}

/// Threads of rayon's pool, each in a parallel iterator of its own, with domains of sizes that change.
pub fn many_threads(sizes: Sizes) {
    let k = sizes.max_k;
    let mut rng = generator(2);
    let bases = random_points(1 << k, &mut rng);
    let jobs: Vec<(u32, Vec<Fr>)> = (0..12)
        .map(|i| {
            let k = k - i % 3;
            (k, random_scalars(1 << k, &mut rng))
        })
        .collect();
    jobs.par_iter().for_each(|(k, scalars)| {
        let mut values = scalars.clone();
        let mut expected = scalars.clone();
        best_fft(&mut expected, omega(*k), *k);
        let (multiplied, ()) = rayon::join(
            || multiexp_on_device(scalars, &bases[..scalars.len()]),
            || fft_on_device(&mut values, omega(*k)),
        );
        assert_eq!(multiplied, sum(scalars, &bases));
        assert!(values == expected, "2^{k}");
    });
}

/// Threads whose domains have different roots.
pub fn threads_with_roots_of_their_own(sizes: Sizes) {
    let k = sizes.max_k.min(8);
    let mut rng = generator(3);
    let values = random_scalars(1 << k, &mut rng);
    std::thread::scope(|scope| {
        for power in [1, 3, 5, (1 << k) - 1] {
            let values = &values;
            scope.spawn(move || {
                let root = omega(k).pow_vartime([power]);
                let expected = super::evaluations(values, root, Fr::ONE);
                for _ in 0..4 {
                    let mut values = values.clone();
                    fft_on_device(&mut values, root);
                    assert!(values == expected, "omega^{power}");
                }
            });
        }
    });
}

//! Multi-scalar multiplications.

use ff::Field;
use group::{prime::PrimeCurveAffine, Group};
use halo2curves::bn256::{Fr, G1Affine, G1};
use icicle_bn254::curve::{CurveCfg, G1Affine as IcicleAffine, G1Projective, ScalarField};
use icicle_core::{
    curve::Affine,
    error::IcicleErrorCode,
    msm::{msm, precompute_points, MSMConfig},
    traits::MontgomeryConvertible,
};
use icicle_cuda_runtime::{
    memory::{DeviceSlice, DeviceVec, HostOrDeviceSlice, HostSlice, PlainData},
    stream::CudaStream,
};

use super::{generator, point, points_of, random_points, random_scalars, scalars_of, sum, Sizes};

/// Sums to the host.
fn sums(
    scalars: &(impl HostOrDeviceSlice<ScalarField> + ?Sized),
    points: &(impl HostOrDeviceSlice<IcicleAffine> + ?Sized),
    cfg: &MSMConfig,
    count: usize,
) -> Vec<G1> {
    let mut results = vec![G1Projective::zero(); count];
    let on_host = HostSlice::from_mut_slice(&mut results);
    msm(scalars, points, cfg, on_host).unwrap();
    results.into_iter().map(point).collect()
}

pub fn on_device<T: PlainData>(values: &[T]) -> DeviceVec<T> {
    let mut vec = DeviceVec::cuda_malloc(values.len()).unwrap();
    vec.copy_from_host(HostSlice::from_slice(values)).unwrap();
    vec
}

pub fn special_values(_: Sizes) {
    let mut rng = generator(10);
    let points = random_points(40, &mut rng);
    let scalars = random_scalars(40, &mut rng);
    let cases: [(&str, Vec<Fr>, Vec<G1Affine>); 7] = [
        ("one", scalars[..1].to_vec(), points[..1].to_vec()),
        ("zeros", vec![Fr::ZERO; 40], points.clone()),
        (
            "identities",
            scalars.clone(),
            vec![G1Affine::identity(); 40],
        ),
        ("the same", scalars.clone(), vec![points[0]; 40]),
        (
            "pairs that cancel",
            vec![scalars[0]; 40],
            (0..40)
                .map(|i| {
                    if i % 2 == 0 {
                        points[i]
                    } else {
                        -points[i - 1]
                    }
                })
                .collect(),
        ),
        ("minus one", vec![-Fr::ONE; 40], points.clone()),
        (
            "some identities and zeros",
            (0..40)
                .map(|i| if i % 3 == 0 { Fr::ZERO } else { scalars[i] })
                .collect(),
            (0..40)
                .map(|i| match i % 4 {
                    0 => G1Affine::identity(),
                    _ => points[i],
                })
                .collect(),
        ),
    ];
    for (case, scalars, points) in cases {
        let (icicle_scalars, icicle_points) = (scalars_of(&scalars), points_of(&points));
        let result = sums(
            HostSlice::from_slice(&icicle_scalars),
            HostSlice::from_slice(&icicle_points),
            &MSMConfig::default(),
            1,
        );
        assert_eq!(result, [sum(&scalars, &points)], "{case}");
    }
}

/// From one scalar on, and beside every power of two.
pub fn numbers_of_scalars(sizes: Sizes) {
    let mut rng = generator(15);
    let longest = (1 << sizes.max_k) + 1;
    let (scalars, points) = (
        random_scalars(longest, &mut rng),
        random_points(longest, &mut rng),
    );
    let (icicle_scalars, icicle_points) = (scalars_of(&scalars), points_of(&points));
    let beside = (0..=sizes.max_k).flat_map(|k| [(1 << k) - 1, 1 << k, (1 << k) + 1]);
    for n in beside.filter(|n| *n > 0) {
        let result = sums(
            HostSlice::from_slice(&icicle_scalars[..n]),
            HostSlice::from_slice(&icicle_points[..n]),
            &MSMConfig::default(),
            1,
        );
        assert_eq!(result, [sum(&scalars[..n], &points[..n])], "{n}");
    }
}

/// Scalars, points and results on the host and on the device, in all combinations.
pub fn wherever_slices_are(sizes: Sizes) {
    let n = 1 << (sizes.max_k - 1);
    let mut rng = generator(11);
    let (scalars, points) = (random_scalars(n, &mut rng), random_points(n, &mut rng));
    let expected = [sum(&scalars, &points)];
    let (scalars, points) = (scalars_of(&scalars), points_of(&points));
    let (device_scalars, device_points) = (on_device(&scalars), on_device(&points));
    let (scalars, points) = (
        HostSlice::from_slice(&scalars),
        HostSlice::from_slice(&points),
    );
    let stream = CudaStream::create().unwrap();
    let mut cfg = MSMConfig::default();
    cfg.ctx.stream = &stream;
    cfg.is_async = true;
    assert_eq!(sums(scalars, points, &cfg, 1), expected);
    assert_eq!(sums(&device_scalars[..], points, &cfg, 1), expected);
    assert_eq!(sums(scalars, &device_points[..], &cfg, 1), expected);
    assert_eq!(sums(&*device_scalars, &*device_points, &cfg, 1), expected);

    let mut results = DeviceVec::<G1Projective>::cuda_malloc(3).unwrap();
    msm(
        &device_scalars[..],
        &device_points[..],
        &cfg,
        &mut results[1..2],
    )
    .unwrap();
    stream.synchronize().unwrap();
    let mut on_host = [G1Projective::zero()];
    results[1..2]
        .copy_to_host_async(HostSlice::from_mut_slice(&mut on_host), &stream)
        .unwrap();
    stream.synchronize().unwrap();
    assert_eq!(on_host.map(point), expected);
    stream.destroy().unwrap();
}

/// Sums that share bases, have their own, and take them in turn.
pub fn batches(_: Sizes) {
    let mut rng = generator(12);
    let points = random_points(24, &mut rng);
    let scalars = random_scalars(72, &mut rng);
    let icicle_scalars = scalars_of(&scalars);
    for (bases, count) in [(24, 3), (24, 1), (24, 6), (8, 9), (18, 4), (12, 2)] {
        let points = &points[..bases];
        let in_turn: Vec<G1Affine> = points.iter().copied().cycle().take(72).collect();
        let expected: Vec<G1> = scalars
            .chunks(72 / count)
            .zip(in_turn.chunks(72 / count))
            .map(|(scalars, points)| sum(scalars, points))
            .collect();
        let result = sums(
            HostSlice::from_slice(&icicle_scalars),
            HostSlice::from_slice(&points_of(points)),
            &MSMConfig::default(),
            count,
        );
        assert!(result == expected, "{count} sums over {bases} bases");
    }
}

pub fn montgomery_forms(_: Sizes) {
    let mut rng = generator(13);
    let (scalars, points) = (random_scalars(33, &mut rng), random_points(33, &mut rng));
    let expected = [sum(&scalars, &points)];
    let mut device_scalars = on_device(&scalars_of(&scalars));
    let mut device_points = on_device(&points_of(&points));
    let mut cfg = MSMConfig::default();
    let ctx = cfg.ctx.clone();
    ScalarField::to_mont(&mut device_scalars, &ctx).wrap_unwrap();
    cfg.are_scalars_montgomery_form = true;
    let on_host = points_of(&points);
    assert_eq!(
        sums(
            &device_scalars[..],
            HostSlice::from_slice(&on_host),
            &cfg,
            1
        ),
        expected
    );
    Affine::<CurveCfg>::to_mont(&mut device_points, &ctx).wrap_unwrap();
    cfg.are_points_montgomery_form = true;
    assert_eq!(
        sums(&device_scalars[..], &device_points[..], &cfg, 1),
        expected
    );
    // The same from the host, where the forms are halo2curves' own.
    let mut host_scalars = scalars_of(&scalars);
    let mut host_points = points_of(&points);
    device_scalars
        .copy_to_host(HostSlice::from_mut_slice(&mut host_scalars))
        .unwrap();
    device_points
        .copy_to_host(HostSlice::from_mut_slice(&mut host_points))
        .unwrap();
    assert_eq!(
        sums(
            HostSlice::from_slice(&host_scalars),
            HostSlice::from_slice(&host_points),
            &cfg,
            1
        ),
        expected
    );
    // And back.
    ScalarField::from_mont(&mut device_scalars, &ctx).wrap_unwrap();
    Affine::<CurveCfg>::from_mont(&mut device_points, &ctx).wrap_unwrap();
    assert_eq!(
        sums(
            &device_scalars[..],
            &device_points[..],
            &MSMConfig::default(),
            1
        ),
        expected
    );
}

/// A status that is to be success.
trait Expect {
    fn wrap_unwrap(self);
}

impl Expect for icicle_cuda_runtime::error::CudaError {
    fn wrap_unwrap(self) {
        assert_eq!(self, Self::cudaSuccess);
    }
}

pub fn precomputed_points(_: Sizes) {
    let mut rng = generator(14);
    let (scalars, points) = (random_scalars(20, &mut rng), random_points(20, &mut rng));
    let expected = [sum(&scalars, &points)];
    let scalars = scalars_of(&scalars);
    for factor in [1, 3, 8] {
        let cfg = MSMConfig {
            precompute_factor: factor,
            ..MSMConfig::default()
        };
        let mut made = DeviceVec::<IcicleAffine>::cuda_malloc(20 * factor as usize).unwrap();
        let host_points = points_of(&points);
        precompute_points(HostSlice::from_slice(&host_points), 20, &cfg, &mut made).unwrap();
        let result = sums(HostSlice::from_slice(&scalars), &made[..], &cfg, 1);
        assert_eq!(result, expected, "{factor} points a base");

        let mut on_host = vec![IcicleAffine::zero(); made.len()];
        made.copy_to_host(HostSlice::from_mut_slice(&mut on_host))
            .unwrap();
        let bits = 254_usize.div_ceil(factor as usize);
        let last =
            (0..bits * (factor as usize - 1)).fold(G1::from(points[19]), |point, _| point.double());
        let made_last = on_host[20 * factor as usize - 1];
        assert_eq!(
            point(made_last.to_projective()),
            last,
            "{factor} points a base"
        );
    }
}

/// Arguments that do not fit: errors that say so, and results as they were.
pub fn arguments_that_do_not_fit(_: Sizes) {
    let scalars = vec![ScalarField::from([1; 8]); 6];
    let points = points_of(&[G1Affine::generator(); 4]);
    let default = MSMConfig::default();
    let other_device = MSMConfig::default_for_device(7);
    let factor = |precompute_factor| MSMConfig {
        precompute_factor,
        ..MSMConfig::default()
    };
    let bits = MSMConfig {
        bitsize: -1,
        ..MSMConfig::default()
    };
    let cases: [(&MSMConfig, usize, usize, usize); 9] = [
        (&default, 6, 4, 1),
        (&default, 6, 3, 4),
        (&default, 0, 4, 1),
        (&default, 4, 0, 1),
        (&default, 4, 4, 0),
        (&other_device, 4, 4, 1),
        (&factor(0), 4, 4, 1),
        (&factor(3), 4, 4, 1),
        (&bits, 4, 4, 1),
    ];
    for (cfg, scalar_count, point_count, result_count) in cases {
        let mut results = vec![G1Projective::zero(); result_count];
        let error = msm(
            HostSlice::from_slice(&scalars[..scalar_count]),
            HostSlice::from_slice(&points[..point_count]),
            cfg,
            HostSlice::from_mut_slice(&mut results),
        )
        .unwrap_err();
        assert_eq!(
            error.get_icicle_error_code(),
            IcicleErrorCode::InvalidArgument
        );
        assert!(!error.to_string().is_empty());
    }
    // A device slice that is made of host memory.
    // SAFETY: the slice is not read through; it is to be refused.
    let astray = unsafe { DeviceSlice::from_slice(&scalars[..4]) };
    let mut results = [G1Projective::zero()];
    let error = msm(
        astray,
        HostSlice::from_slice(&points),
        &default,
        HostSlice::from_mut_slice(&mut results),
    )
    .unwrap_err();
    assert!(error.to_string().contains("no part of a DeviceVec"));
}

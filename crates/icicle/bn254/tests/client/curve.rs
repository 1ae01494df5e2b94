//! Points, device memory and devices.

use group::{prime::PrimeCurveAffine, Group};
use halo2curves::{
    bn256::{Fq, G1Affine, G1},
    CurveAffine,
};
use icicle_bn254::curve::{
    BaseField, CurveCfg, G1Affine as IcicleAffine, G1Projective, ScalarCfg, ScalarField,
};
use icicle_core::{
    curve::Curve,
    traits::{FieldImpl, GenerateRandom},
};
use icicle_cuda_runtime::{
    device::{get_device, get_device_count, set_device},
    error::{get_last_error, CudaError},
    memory::{DeviceVec, HostOrDeviceSlice, HostSlice},
    offload,
};

use super::{field, generator, limbs, point, points_of, random_points, Sizes};

pub fn points(_: Sizes) {
    let affine = points_of(&random_points(1, &mut generator(40)))[0];
    let projective = affine.to_projective();
    // The same point with another z.
    let coordinate = |value: BaseField, factor: Fq| -> BaseField {
        limbs(&(field::<Fq>(value.into()) * factor)).into()
    };
    let z = Fq::from(7);
    let scaled = G1Projective {
        x: coordinate(projective.x, z),
        y: coordinate(projective.y, z),
        z: limbs(&z).into(),
    };
    assert!(scaled == projective);
    assert_eq!(IcicleAffine::from(scaled), affine);
    let negative = G1Projective {
        y: coordinate(projective.y, -Fq::from(1)),
        ..projective
    };
    assert!(negative != projective);

    let zero = G1Projective::zero();
    let other_zero = G1Projective::from_limbs([5; 8], [1; 8], [0; 8]);
    assert!(zero == other_zero);
    assert!(zero != projective);
    assert_eq!(IcicleAffine::from(zero), IcicleAffine::zero());
    assert!(IcicleAffine::zero().to_projective() == zero);
    assert_eq!(point(zero), G1::identity());
    assert_eq!(
        IcicleAffine::from_limbs([0; 8], [0; 8]),
        points_of(&[G1Affine::identity()])[0]
    );
}

pub fn random_values(_: Sizes) {
    let scalars = ScalarCfg::generate_random(100);
    assert!(scalars.windows(2).all(|pair| pair[0] != pair[1]));
    let points = CurveCfg::generate_random_affine_points(100);
    assert!(points.windows(2).all(|pair| pair[0] != pair[1]));
    for candidate in points {
        let [x, y] = [candidate.x, candidate.y].map(|value| field::<Fq>(value.into()));
        assert!(bool::from(G1Affine { x, y }.is_on_curve()));
    }
    assert_eq!(CurveCfg::generate_random_projective_points(3).len(), 3);
    assert!(CurveCfg::generate_random_affine_points(0).is_empty());
}

pub fn device_memory(_: Sizes) {
    let values: Vec<ScalarField> = (0..10).map(ScalarField::from_u32).collect();
    let mut vec = DeviceVec::<ScalarField>::cuda_malloc(10).unwrap();
    assert!(vec.is_on_device() && vec.len() == 10 && vec.device_id() == Some(0));
    vec.copy_from_host(HostSlice::from_slice(&values)).unwrap();
    vec[2..4]
        .copy_from_host(HostSlice::from_slice(&values[8..]))
        .unwrap();
    let mut back = vec![ScalarField::zero(); 3];
    vec[1..][..4][1..=3]
        .copy_to_host(HostSlice::from_mut_slice(&mut back))
        .unwrap();
    assert_eq!(back, [8, 9, 4].map(ScalarField::from_u32));

    assert_eq!(
        vec.copy_to_host(HostSlice::from_mut_slice(&mut back)),
        Err(CudaError::cudaErrorInvalidValue)
    );
    assert_eq!(get_last_error(), CudaError::cudaErrorInvalidValue);
    assert!(offload::last_error_text().is_some_and(|text| text.contains("10 values")));
    assert_eq!(get_last_error(), CudaError::cudaSuccess);
    assert!(DeviceVec::<ScalarField>::cuda_malloc(0).is_err());
    assert!(DeviceVec::<ScalarField>::cuda_malloc(usize::MAX).is_err());
    assert!(DeviceVec::<u8>::cuda_malloc(1 << 60).is_err());
    assert!(DeviceVec::<u8>::cuda_malloc_for_device(1, 5).is_err());
}

pub fn devices(_: Sizes) {
    assert_eq!(get_device_count(), Ok(1));
    assert_eq!(get_device(), Ok(0));
    assert_eq!(set_device(0), Ok(()));
    assert_eq!(set_device(1), Err(CudaError::cudaErrorInvalidDevice));
    assert_eq!(get_device(), Ok(0));
}

//! Vector operations.

use halo2curves::bn256::Fr;
use icicle_bn254::curve::ScalarField;
use icicle_core::{
    traits::FieldImpl,
    vec_ops::{
        accumulate_scalars, add_scalars, bit_reverse, bit_reverse_inplace, mul_scalars,
        sub_scalars, transpose_matrix, BitReverseConfig, VecOpsConfig,
    },
};
use icicle_cuda_runtime::{
    device_context::DeviceContext,
    memory::{DeviceVec, HostSlice},
};

use super::{generator, msm::on_device, random_scalars, scalars_of, values_of, Sizes};

const LEN: usize = 300;

fn on_host(vec: &DeviceVec<ScalarField>) -> Vec<Fr> {
    let mut values = vec![ScalarField::zero(); LEN];
    vec[..LEN]
        .copy_to_host(HostSlice::from_mut_slice(&mut values))
        .unwrap();
    values_of(&values)
}

pub fn sums_differences_and_products(_: Sizes) {
    let mut rng = generator(30);
    let (a, b) = (random_scalars(LEN, &mut rng), random_scalars(LEN, &mut rng));
    let (scalars_a, scalars_b) = (scalars_of(&a), scalars_of(&b));
    let (host_a, host_b) = (
        HostSlice::from_slice(&scalars_a),
        HostSlice::from_slice(&scalars_b),
    );
    let (device_a, device_b) = (on_device(&scalars_a), on_device(&scalars_b));
    let cfg = VecOpsConfig::default();
    macro_rules! check {
        ($operation:ident, $expected:expr) => {
            let expected: Vec<Fr> = a.iter().zip(&b).map($expected).collect();
            let mut result = vec![ScalarField::zero(); LEN];
            $operation(host_a, host_b, HostSlice::from_mut_slice(&mut result), &cfg).unwrap();
            assert!(values_of(&result) == expected);
            let mut result = DeviceVec::cuda_malloc(LEN).unwrap();
            $operation(&device_a[..], &device_b[..], &mut result[..], &cfg).unwrap();
            assert!(on_host(&result) == expected);
            $operation(host_a, &device_b[..], &mut result[..], &cfg).unwrap();
            assert!(on_host(&result) == expected);
            $operation(&device_a[..], host_b, &mut result[..], &cfg).unwrap();
            assert!(on_host(&result) == expected);
        };
    }
    check!(add_scalars, |(a, b)| a + b);
    check!(sub_scalars, |(a, b)| a - b);
    check!(mul_scalars, |(a, b)| a * b);

    let expected: Vec<Fr> = a.iter().zip(&b).map(|(a, b)| a + b).collect();
    let mut host = scalars_a.clone();
    accumulate_scalars(HostSlice::from_mut_slice(&mut host), host_b, &cfg).unwrap();
    assert!(values_of(&host) == expected);
    let mut device = on_device(&scalars_a);
    accumulate_scalars(&mut device[..], &device_b[..], &cfg).unwrap();
    assert!(on_host(&device) == expected);

    // Two parts of one vector.
    let both = on_device(&[&scalars_a[..], &scalars_b[..]].concat());
    let mut result = DeviceVec::cuda_malloc(LEN).unwrap();
    add_scalars(&both[..LEN], &both[LEN..], &mut result[..], &cfg).unwrap();
    assert!(on_host(&result) == expected);

    let mut short = vec![ScalarField::zero(); LEN - 1];
    assert!(add_scalars(host_a, host_b, HostSlice::from_mut_slice(&mut short), &cfg).is_err());
}

pub fn transposes_and_reversals(_: Sizes) {
    let mut rng = generator(31);
    let values = scalars_of(&random_scalars(LEN, &mut rng));
    let ctx = DeviceContext::default();
    let (row, column) = (12, 25);
    let transposed: Vec<ScalarField> = (0..LEN)
        .map(|place| values[place % column * row + place / column])
        .collect();
    let mut result = vec![ScalarField::zero(); LEN];
    let (input, output) = (
        HostSlice::from_slice(&values),
        HostSlice::from_mut_slice(&mut result),
    );
    transpose_matrix(input, 12, 25, output, &ctx, false, false).unwrap();
    assert!(result == transposed);
    let device = on_device(&values);
    let mut output = DeviceVec::cuda_malloc(LEN).unwrap();
    transpose_matrix(&device[..], 12, 25, &mut output[..], &ctx, true, false).unwrap();
    assert!(on_host(&output) == values_of(&transposed));
    let output = &mut output[..];
    assert!(transpose_matrix(input, 12, 24, output, &ctx, false, false).is_err());

    let cfg = BitReverseConfig::default();
    let reversed: Vec<ScalarField> = (0..256_usize)
        .map(|i| values[usize::from((i as u8).reverse_bits())])
        .collect();
    let mut result = vec![ScalarField::zero(); 256];
    bit_reverse(
        HostSlice::from_slice(&values[..256]),
        &cfg,
        HostSlice::from_mut_slice(&mut result),
    )
    .unwrap();
    assert!(result == reversed);
    bit_reverse_inplace(HostSlice::from_mut_slice(&mut result), &cfg).unwrap();
    assert!(result == values[..256]);
    let mut device = on_device(&values[..256]);
    bit_reverse_inplace(&mut device[..], &cfg).unwrap();
    device
        .copy_to_host(HostSlice::from_mut_slice(&mut result))
        .unwrap();
    assert!(result == reversed);
    assert!(bit_reverse_inplace(HostSlice::from_mut_slice(&mut result[..255]), &cfg).is_err());
}

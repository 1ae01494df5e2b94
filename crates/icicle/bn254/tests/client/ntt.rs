//! Transforms: directions, cosets, batches, orders, roots, and places of slices.

use ff::{Field, PrimeField};
use halo2curves::bn256::Fr;
use icicle_bn254::curve::{ScalarCfg, ScalarField};
use icicle_core::{
    ntt::{
        get_root_of_unity, initialize_domain, ntt, ntt_inplace, release_domain, NTTConfig, NTTDir,
        NTTDomain, Ordering,
    },
    traits::FieldImpl,
};
use icicle_cuda_runtime::{
    device_context::DeviceContext,
    memory::{DeviceVec, HostSlice},
    stream::CudaStream,
};

use super::{
    evaluations, field, generator, limbs, msm::on_device, omega, random_scalars, scalars_of,
    values_of, Sizes,
};

fn initialize(root: Fr) {
    initialize_domain(
        ScalarField::from(limbs(&root)),
        &DeviceContext::default(),
        false,
    )
    .unwrap();
}

fn reversed(values: &[Fr]) -> Vec<Fr> {
    let k = values.len().trailing_zeros();
    (0..values.len())
        .map(|i| match k {
            0 => values[i],
            k => values[i.reverse_bits() >> (usize::BITS - k)],
        })
        .collect()
}

/// A batch, on the host and on the device, in place and from one slice to another.
fn check(case: &str, input: &[Fr], dir: NTTDir, cfg: &NTTConfig<ScalarField>, expected: &[Fr]) {
    let input = scalars_of(input);
    let from = HostSlice::from_slice(&input);
    let mut output = vec![ScalarField::zero(); input.len()];
    ntt(from, dir, cfg, HostSlice::from_mut_slice(&mut output)).unwrap();
    assert!(values_of(&output) == expected, "{case}, host to host");

    let mut inout = input.clone();
    ntt_inplace(HostSlice::from_mut_slice(&mut inout), dir, cfg).unwrap();
    assert!(values_of(&inout) == expected, "{case}, host in place");

    let read = |vec: &DeviceVec<ScalarField>| {
        let mut values = vec![ScalarField::zero(); input.len()];
        vec.copy_to_host(HostSlice::from_mut_slice(&mut values))
            .unwrap();
        values_of(&values)
    };
    let mut device = on_device(&input);
    let mut other = DeviceVec::cuda_malloc(input.len()).unwrap();
    ntt(&device[..], dir, cfg, &mut other[..]).unwrap();
    assert!(read(&other) == expected, "{case}, device to device");
    ntt_inplace(&mut device[..], dir, cfg).unwrap();
    assert!(read(&device) == expected, "{case}, device in place");
}

pub fn directions_cosets_and_orders(sizes: Sizes) {
    let mut rng = generator(20);
    let shift = Fr::random(&mut rng);
    for k in [0, 1, 4, sizes.max_k.min(7)] {
        let n = 1 << k;
        // halo2's root, ICICLE's, and one that is neither.
        let icicle: Fr = field(ScalarCfg::get_root_of_unity(n as u64).into());
        for root in [omega(k), icicle, omega(k).pow_vartime([3])] {
            initialize(root);
            let coefficients = random_scalars(n, &mut rng);
            for coset in [Fr::ONE, shift] {
                let values = evaluations(&coefficients, root, coset);
                let mut cfg = NTTConfig::<ScalarField>::default();
                cfg.coset_gen = limbs(&coset).into();
                for (ordering, reverse_in, reverse_out) in [
                    (Ordering::kNN, false, false),
                    (Ordering::kNR, false, true),
                    (Ordering::kRN, true, false),
                    (Ordering::kRR, true, true),
                    (Ordering::kNM, false, true),
                    (Ordering::kMN, true, false),
                ] {
                    cfg.ordering = ordering;
                    let place = |values: &[Fr], reverse| match reverse {
                        true => reversed(values),
                        false => values.to_vec(),
                    };
                    let case = format!("2^{k}, {ordering:?}");
                    check(
                        &case,
                        &place(&coefficients, reverse_in),
                        NTTDir::kForward,
                        &cfg,
                        &place(&values, reverse_out),
                    );
                    check(
                        &case,
                        &place(&values, reverse_in),
                        NTTDir::kInverse,
                        &cfg,
                        &place(&coefficients, reverse_out),
                    );
                }
            }
        }
    }
}

pub fn batches(_: Sizes) {
    let (k, count) = (4, 5);
    let n = 1 << k;
    initialize(omega(6));
    let mut rng = generator(21);
    let rows = random_scalars(n * count, &mut rng);
    let values: Vec<Fr> = rows
        .chunks(n)
        .flat_map(|row| evaluations(row, omega(k), Fr::ONE))
        .collect();
    let columns = |rows: &[Fr]| -> Vec<Fr> {
        (0..n * count)
            .map(|place| rows[place % count * n + place / count])
            .collect()
    };
    let mut cfg = NTTConfig::<ScalarField>::default();
    cfg.batch_size = count as i32;
    check("rows", &rows, NTTDir::kForward, &cfg, &values);
    check("rows", &values, NTTDir::kInverse, &cfg, &rows);
    cfg.columns_batch = true;
    let (by_columns, columns_of_values) = (columns(&rows), columns(&values));
    check(
        "columns",
        &by_columns,
        NTTDir::kForward,
        &cfg,
        &columns_of_values,
    );
    check(
        "columns",
        &columns_of_values,
        NTTDir::kInverse,
        &cfg,
        &by_columns,
    );
}

/// Domains that grow, other roots after them, and none.
pub fn domains_grow(sizes: Sizes) {
    let mut rng = generator(22);
    let cfg = NTTConfig::<ScalarField>::default();
    for k in [2, 3, sizes.max_k.min(8), 4] {
        initialize(omega(k));
        let values = random_scalars(1 << k, &mut rng);
        let expected = evaluations(&values, omega(k), Fr::ONE);
        check("growing", &values, NTTDir::kForward, &cfg, &expected);
    }
    // Sizes below the last one's are of its family; those above of the families before.
    let other = omega(3).pow_vartime([5]);
    initialize(other);
    for (k, root) in [(3, other), (2, other.square()), (4, omega(4))] {
        let values = random_scalars(1 << k, &mut rng);
        let expected = evaluations(&values, root, Fr::ONE);
        check("two families", &values, NTTDir::kForward, &cfg, &expected);
    }
}

/// What is no domain and no transform: errors. Alone in its process, for it releases the domain.
pub fn arguments_that_do_not_fit(_: Sizes) {
    let ctx = DeviceContext::default();
    let root = |value: Fr| initialize_domain(ScalarField::from(limbs(&value)), &ctx, true);
    assert!(root(Fr::ZERO).is_err());
    assert!(root(Fr::from(7)).is_err());
    assert!(root(Fr::ROOT_OF_UNITY).is_ok());
    assert_eq!(
        get_root_of_unity::<ScalarField>(1 << 29),
        ScalarField::zero()
    );
    assert_eq!(
        get_root_of_unity::<ScalarField>(u64::MAX),
        ScalarField::zero()
    );
    assert_eq!(get_root_of_unity::<ScalarField>(1), ScalarField::one());
    assert_eq!(
        get_root_of_unity::<ScalarField>(5),
        get_root_of_unity::<ScalarField>(8)
    );

    let transform = |len: usize, batch_size: i32, coset_gen: u32, other: usize| {
        let mut cfg = NTTConfig::<ScalarField>::default();
        cfg.batch_size = batch_size;
        cfg.coset_gen = ScalarField::from_u32(coset_gen);
        let input = vec![ScalarField::one(); len];
        let mut output = vec![ScalarField::zero(); other];
        ntt(
            HostSlice::from_slice(&input),
            NTTDir::kForward,
            &cfg,
            HostSlice::from_mut_slice(&mut output),
        )
    };
    assert!(transform(8, 1, 1, 8).is_ok());
    assert!(transform(8, 1, 1, 4).is_err());
    assert!(transform(6, 1, 1, 6).is_err());
    assert!(transform(8, 3, 1, 8).is_err());
    assert!(transform(8, 0, 1, 8).is_err());
    assert!(transform(8, -1, 1, 8).is_err());
    assert!(transform(8, 1, 0, 8).is_err());
    assert!(transform(0, 1, 1, 0).is_err());

    release_domain::<ScalarField>(&ctx).unwrap();
    let error = transform(8, 1, 1, 8).unwrap_err();
    assert!(error.to_string().contains("initialize_domain"));
}

/// Work on a stream, nothing waited for before the end.
pub fn asynchronous(sizes: Sizes) {
    let k = sizes.max_k.min(8);
    initialize(omega(k));
    let stream = CudaStream::create().unwrap();
    let mut rng = generator(23);
    let values = random_scalars(1 << k, &mut rng);
    let mut cfg = NTTConfig::<ScalarField>::default();
    cfg.ctx.stream = &stream;
    cfg.is_async = true;
    let mut vec = DeviceVec::cuda_malloc_async(1 << k, &stream).unwrap();
    let scalars = scalars_of(&values);
    vec.copy_from_host_async(HostSlice::from_slice(&scalars), &stream)
        .unwrap();
    ntt_inplace(&mut vec[..], NTTDir::kForward, &cfg).unwrap();
    ntt_inplace(&mut vec[..], NTTDir::kInverse, &cfg).unwrap();
    stream.synchronize().unwrap();
    let mut back = vec![ScalarField::zero(); 1 << k];
    vec.copy_to_host(HostSlice::from_mut_slice(&mut back))
        .unwrap();
    assert!(back == scalars);
}

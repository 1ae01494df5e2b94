//! Linear combinations.

use ff::Field;
use halo2curves::bn256::Fr;

use crate::{columns, download, machine, open, rng, upload, values, with_run};

#[test]
fn any_number_of_terms() {
    let emulator = machine();
    let context = open();
    let poly = with_run(&context, 1);
    let mut rng = rng();
    let factors = [
        Fr::random(&mut rng),
        Fr::ONE,
        Fr::ZERO,
        -Fr::ONE,
        Fr::random(&mut rng),
        Fr::ONE,
        Fr::random(&mut rng),
    ];
    for n in [1, 255, 256, 257, 600] {
        let columns = columns(n, &mut rng);
        let buffers: Vec<_> = columns
            .iter()
            .map(|(_, column)| upload(&context, column))
            .collect();
        for count in [0, 1, 2, 3, 7, 8, 9, 17, 40] {
            let mut expected = values(n, &mut rng);
            let mut sum = upload(&context, &expected);
            let mut terms = Vec::new();
            for term in 0..count {
                let (factor, column) = (factors[term % 7], term % columns.len());
                terms.push((factor, buffers[column].all()));
                for (sum, value) in expected.iter_mut().zip(&columns[column].1) {
                    *sum += factor * value;
                }
            }
            poly.accumulate(sum.all_mut(), &terms).expect("it adds");
            assert!(download(&context, &sum) == expected, "{count} terms of {n}");
        }
    }
    drop((poly, context));
    emulator.assert_clean();
}

#[test]
fn terms_of_one_kind() {
    let emulator = machine();
    let context = open();
    let poly = with_run(&context, 1);
    let column = values(40, &mut rng());
    let buffer = upload(&context, &column);
    for factor in [Fr::ZERO, Fr::ONE, -Fr::ONE, Fr::from(3)] {
        for count in [1, 8, 9, 19_u64] {
            let mut sum = upload(&context, &[Fr::from(5); 40]);
            let terms = vec![(factor, buffer.all()); count as usize];
            let before = context.counters().expect("nothing is timed").launches;
            poly.accumulate(sum.all_mut(), &terms).expect("it adds");
            let launches = context.counters().expect("nothing is timed").launches - before;
            let needed = if factor == Fr::ZERO { 0 } else { count };
            assert_eq!(launches, needed.div_ceil(8), "{count} of {factor:?}");
            let total = factor * Fr::from(count);
            let expected: Vec<Fr> = column
                .iter()
                .map(|value| Fr::from(5) + total * value)
                .collect();
            assert!(
                download(&context, &sum) == expected,
                "{count} of {factor:?}"
            );
        }
    }
    drop((poly, buffer, context));
    emulator.assert_clean();
}

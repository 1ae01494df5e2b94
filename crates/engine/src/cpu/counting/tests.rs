use halo2curves::bn256::{Fr, G1Affine};

use crate::{cpu::Estimate, Columns, EngineError, Label, Transforms};

const K: u32 = 10;
const COLUMN: u64 = 32 << K;

#[test]
fn memory_is_held_as_long_as_columns_live() {
    let engine = Estimate::<G1Affine>::new(1);
    let domain = engine.domain(K).unwrap();
    assert_eq!(engine.kernels().tally().held_bytes, COLUMN / 2);
    let column = engine
        .upload(Label::brief("values", 0), domain.n(), || {
            unreachable!("there is no data")
        })
        .unwrap();
    let coefficients = engine.interpolate(&domain, vec![column]).unwrap();
    assert_eq!(engine.kernels().tally().held_bytes, COLUMN / 2 + COLUMN);
    let references: Vec<_> = coefficients.iter().collect();
    let cosets = engine.extend(&domain, Fr::from(7), &references).unwrap();
    drop((cosets, coefficients));
    let tally = engine.kernels().tally();
    assert_eq!(tally.held_bytes, COLUMN / 2);
    assert_eq!(tally.peak_bytes, COLUMN / 2 + 2 * COLUMN);
    assert_eq!(tally.uploaded_bytes, COLUMN);
    assert_eq!(tally.operations["extend"].calls, 1);
    assert_eq!(
        tally.operations["extend"].multiplications,
        (1 << (K - 1)) * u64::from(K)
    );
}

#[test]
fn a_domain_that_does_not_exist_is_refused() {
    let engine = Estimate::<G1Affine>::new(1);
    assert!(matches!(
        engine.domain(29),
        Err(EngineError::DomainTooLarge { k: 29, max_k: 28 })
    ));
}

//! Work in a child of a process that has worked. Alone in its process, because what a process has used is
//! the process's.
#![cfg(unix)]

use ff::Field;
use halo2_offload_engine::{
    halo2curves::bn256::{Fr, G1Affine},
    suite::in_child,
    Columns, CpuEngine, EngineColumn, EngineError, Label, LagrangeCoeff, Transforms,
};

fn transform() -> Result<Vec<Fr>, EngineError> {
    const K: u32 = 12;
    let engine = CpuEngine::<G1Affine>::new();
    let domain = engine.domain(K)?;
    let values = (0..1 << K).map(Fr::from).collect();
    let column: EngineColumn<CpuEngine<G1Affine>, LagrangeCoeff> =
        engine.upload(Label::of_proof("advice", 0), 1 << K, || values)?;
    let coefficients = engine.interpolate(&domain, vec![column])?;
    engine.download(&coefficients[0])
}

fn said() -> String {
    match transform() {
        Ok(coefficients) => format!("{:?}", coefficients.iter().sum::<Fr>()),
        Err(error) => error.to_string(),
    }
}

#[test]
fn a_child_works_unless_its_parent_has() {
    // The value at 1 is the sum of the coefficients.
    let expected = format!("{:?}", Fr::ZERO);
    assert_eq!(in_child(60, said), expected);
    assert_eq!(in_child(60, said), expected, "of two children, too");
    assert_eq!(said(), expected);
    let error = in_child(60, said);
    assert!(error.starts_with("used before fork()"), "{error}");
    assert!(error.contains("set_start_method(\"spawn\")"), "{error}");
    assert_eq!(said(), expected, "the parent works on");
    // What the parent has not used either is of no concern.
    let engine = CpuEngine::<G1Affine>::new();
    let domain = engine.domain(4).expect("the parent works");
    let of_parent = in_child(60, || {
        let column = engine.extend_l0(&domain, Fr::from(7));
        column.expect_err("its threads are not here").to_string()
    });
    assert!(of_parent.starts_with("used before fork()"), "{of_parent}");
}

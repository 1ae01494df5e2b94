//! Public values: too many, or not those of the circuits.

use ff::Field;
use halo2_axiom::{halo2curves::bn256::Fr, plonk};

use crate::{
    circuit::{good, Numbers, Shape, USABLE_ROWS},
    failure::{prove, Failure, Instances},
};

#[test]
fn instances_beyond_the_usable_rows_are_refused() {
    let instance = [Fr::ONE; USABLE_ROWS + 1];
    let failure = Failure::of(Shape::default(), &[good()], &[&[&instance]]);
    failure
        .says(&[
            "instance column 0 of circuit 0",
            "11 values",
            "only 10 of the 2^4 rows",
        ])
        .drop_in_says_the_same();

    let fits = &instance[..USABLE_ROWS];
    assert!(prove(Shape::default(), &[good()], &[&[fits]]).is_ok());
}

#[test]
fn other_numbers_of_instance_columns_are_refused() {
    for (columns, count) in [(&[][..], "0 were given"), (&[&[][..], &[]], "2 were given")] {
        let failure = Failure::of(Shape::default(), &[good()], &[columns]);
        failure.says(&["circuit 0", "1 instance columns", count]);
        assert!(matches!(failure.drop_in, plonk::Error::InvalidInstances));
    }
}

#[test]
fn other_numbers_of_circuits_than_of_instances_are_refused() {
    let one: &[&[Fr]] = &[&[]];
    let cases: [(&[Numbers], Instances, &str); 4] = [
        (&[], &[], "0 circuits and 0 sets"),
        (&[], &[one], "0 circuits and 1 sets"),
        (&[good()], &[], "1 circuits and 0 sets"),
        (&[good()], &[one, one], "1 circuits and 2 sets"),
    ];
    for (circuits, instances, counts) in cases {
        let failure = Failure::of(Shape::default(), circuits, instances);
        failure.says(&[counts, "one set is needed for each circuit"]);
        assert!(matches!(failure.drop_in, plonk::Error::InvalidInstances));
    }
}

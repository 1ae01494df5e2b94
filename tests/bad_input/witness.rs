//! Witnesses that are no witnesses, and circuits that fail.

use halo2_axiom::plonk;

use crate::{
    circuit::{good, of_shape, Fault, Numbers, Shape},
    failure::{prove, says, Failure},
};

#[test]
fn good_input_is_proven() {
    assert!(prove(Shape::default(), &[good()], &[&[&[]]]).is_ok());
}

#[test]
fn a_witness_of_too_many_rows_is_refused() {
    let failure = Failure::of_fault(Fault::TooManyRows);
    failure
        .says(&["row 10", "only 10 of the 2^4 rows", "k is too small"])
        .drop_in_says_the_same();
}

#[test]
fn unknown_values_are_refused() {
    let failure = Failure::of_fault(Fault::UnknownValue);
    failure
        .says(&["advice column 0", "row 2", "Value::unknown()"])
        .drop_in_says_the_same();
}

#[test]
fn a_lookup_input_outside_its_table_is_refused() {
    let failure = Failure::of_fault(Fault::NotInTable);
    failure
        .says(&[
            "lookup 0 (",
            "of circuit 0 has an input that is not in the table at row 3",
            "reads advice column 0 at row 3",
        ])
        .drop_in_says_the_same();
    // Most callers unwrap: what they see then is this.
    let seen = format!("{:?}", failure.drop_in);
    says(&seen, &["row 3", "HALO2_OFFLOAD_UNSATISFIED=as-stock"]);
}

#[test]
fn an_error_of_the_circuit_comes_through() {
    let failure = Failure::of_fault(Fault::Failing);
    failure.says(&["synthesis failed"]);
    assert!(matches!(failure.drop_in, plonk::Error::Synthesis));
}

#[test]
fn reading_a_public_value_that_was_not_given_is_refused() {
    let failure = Failure::of_fault(Fault::MissingInstance);
    failure.says(&["synthesis failed", "out-of-bounds"]);
    assert!(matches!(failure.drop_in, plonk::Error::BoundsFailure));
}

/// What is closed already stays closed.
#[test]
fn phases_beyond_the_last_change_nothing() {
    for second_phase in [false, true] {
        let shape = Shape {
            second_phase,
            ..Shape::default()
        };
        let proofs = [Fault::None, Fault::EndlessPhases].map(|fault| {
            let circuit = Numbers { shape, fault };
            prove(shape, &[circuit], &[&[&[]]]).unwrap()
        });
        assert!(proofs[0] == proofs[1]);
    }
}

#[test]
fn several_circuits_with_phases_are_refused() {
    let shape = Shape {
        second_phase: true,
        ..Shape::default()
    };
    let circuits = [of_shape(shape); 2];
    let failure = Failure::of(shape, &circuits, &[&[&[]], &[&[]]]);
    failure
        .says(&["proven alone", "each of the 2 circuits"])
        .drop_in_says_the_same();
}

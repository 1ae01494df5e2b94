//! A proof that leaves is one that a verifier accepts; where there is none, the error says why.

mod planted;
mod setups;
mod unsatisfied;

use halo2_axiom::{halo2curves::bn256::Fr, plonk::Circuit};
use halo2_offload::ResidentKey;
use rand::Rng;
use std::collections::BTreeSet;

use crate::zoo::{
    self,
    proving::{Blake2b, Gwc, Opening, Prepared, Shplonk},
    witness_rng, zoo, Specimen,
};
use planted::{Fault, Planted};

/// What became of a fault.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Outcome {
    /// There was an error.
    Caught,
    /// There was a proof, and a verifier accepts it.
    Harmless,
}

/// Loads the key and proves, with a fault; what operations there were.
fn outcome<O: Opening, C: Circuit<Fr>>(
    prepared: &Prepared<C>,
    fault: Option<Fault>,
) -> (Outcome, Vec<Fault>) {
    let engine = Planted::engine(fault);
    let proof = ResidentKey::load(&engine, prepared.params, &prepared.pk)
        .and_then(|key| prepared.resident::<O, Blake2b, _>(&engine, &key, 1));
    let calls = engine.by().calls();
    let calls = calls.iter().flat_map(|(operation, calls)| {
        let operation = *operation;
        (0..*calls).map(move |call| Fault { operation, call })
    });
    let outcome = match proof {
        Err(_) => Outcome::Caught,
        Ok(proof) => {
            let verified = prepared.verify::<O, Blake2b>(&proof);
            assert!(verified.is_ok(), "{fault:?}: a proof left that is refused");
            Outcome::Harmless
        }
    };
    (outcome, calls.collect())
}

/// What a proof depends on in every value that is returned. Of the others some do not matter: cells that
/// nothing constrains, rows that hold randomness, low coefficients of what is divided.
const ALWAYS_CAUGHT: [&str; 13] = [
    "domain",
    "load_srs",
    "commit",
    "finish_commit",
    "interpolate",
    "extend",
    "extend_values",
    "extend_l0",
    "interpolate_coset",
    "expand_seed",
    "horner",
    "accumulate",
    "kate_division",
];

/// Every value that every operation returns, in a proof that has everything.
#[test]
fn one_wrong_value_anywhere_is_caught() {
    let prepared = zoo::everything::in_two_phases().prepare();
    every_fault::<Shplonk, _>(&prepared);
    every_fault::<Gwc, _>(&prepared);
}

fn every_fault<O: Opening, C: Circuit<Fr>>(prepared: &Prepared<C>) {
    let (clean, faults) = outcome::<O, C>(prepared, None);
    assert_eq!(clean, Outcome::Harmless);
    let mut caught = BTreeSet::new();
    for fault in faults {
        let (outcome, _) = outcome::<O, C>(prepared, Some(fault));
        if outcome == Outcome::Caught {
            caught.insert(fault.operation);
        } else {
            assert!(!ALWAYS_CAUGHT.contains(&fault.operation), "{fault:?}");
        }
    }
    for operation in [
        "upload",
        "place",
        "zeros",
        "tabulate",
        "evaluate",
        "permute_lookup",
        "grand_product",
        "linear_combination",
    ] {
        assert!(caught.contains(operation), "{operation}: {caught:?}");
    }
}

zoo!(no_proof_leaves_that_is_refused);

/// One value of each operation.
fn no_proof_leaves_that_is_refused<C: Circuit<Fr>>(specimen: Specimen<C>) {
    let prepared = specimen.prepare();
    if !prepared.specimen.stock_verifies() {
        return;
    }
    if prepared.drop_in_bytes::<Shplonk, Blake2b>(1).is_err() {
        // No proof without constraints: `the_stock_verifier_accepts` looks into that.
        return;
    }
    one_fault_each::<Shplonk, C>(&prepared);
    one_fault_each::<Gwc, C>(&prepared);
}

fn one_fault_each<O: Opening, C: Circuit<Fr>>(prepared: &Prepared<C>) {
    let (_, faults) = outcome::<O, C>(prepared, None);
    let mut rng = witness_rng(faults.len() as u64);
    for of_operation in faults.chunk_by(|a, b| a.operation == b.operation) {
        let fault = of_operation[rng.gen_range(0..of_operation.len())];
        outcome::<O, C>(prepared, Some(fault));
    }
}

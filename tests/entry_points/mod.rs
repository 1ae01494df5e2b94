//! What callers of halo2-axiom call: proofs from advice columns, callers that are generic in everything,
//! circuits that only make a witness, witnesses that do not satisfy the circuit.

use halo2_axiom::halo2curves::bn256::Fr;
use halo2_axiom::plonk::Circuit;

use crate::zoo::{
    proving::{Blake2b, Gwc, Hash, Keccak256, Opening, Prepared, Shplonk},
    zoo, Specimen,
};

mod environment;
mod generic_callers;
mod unsatisfied;
mod witness_only;

zoo!(advice_columns_make_the_same_proof);

fn advice_columns_make_the_same_proof<C: Circuit<Fr>>(specimen: Specimen<C>) {
    let prepared = specimen.prepare();
    if prepared.has_advice() {
        makes_the_same_proof::<Shplonk, Blake2b, C>(&prepared);
        makes_the_same_proof::<Gwc, Keccak256, C>(&prepared);
    }
}

fn makes_the_same_proof<O: Opening, H: Hash, C: Circuit<Fr>>(prepared: &Prepared<C>) {
    let from_circuit = prepared.drop_in_bytes::<O, H>(3);
    let from_advice = prepared.drop_in_from_advice::<O, H>(3);
    match (from_circuit, from_advice) {
        (Ok(from_circuit), Ok(from_advice)) => assert!(from_circuit == from_advice),
        (from_circuit, from_advice) => assert_eq!(
            from_circuit.unwrap_err().to_string(),
            from_advice.unwrap_err().to_string()
        ),
    }
}

//! Our proofs beside halo2-axiom as it is: its verifier accepts them and nothing near them, and they
//! are made of what its own prover would have written.

use halo2_axiom::{halo2curves::bn256::Fr, plonk::Circuit};

mod zoo;

use zoo::{
    proving::{Blake2b, Gwc, Hash, Keccak256, Opening, Poseidon, Prepared, Shplonk},
    zoo, Specimen,
};

zoo!(stock_verifies);

/// Wherever it accepts the stock prover's proof: of several circuits with instances that prover
/// absorbs the instances circuit by circuit, and the verifier all of them first.
fn stock_verifies<C: Circuit<Fr>>(specimen: Specimen<C>) {
    let prepared = specimen.prepare();
    verifies::<Shplonk, Blake2b, C>(&prepared);
    verifies::<Gwc, Blake2b, C>(&prepared);
    verifies::<Shplonk, Keccak256, C>(&prepared);
    verifies::<Gwc, Poseidon, C>(&prepared);
}

fn verifies<O: Opening, H: Hash, C: Circuit<Fr>>(prepared: &Prepared<C>) {
    let ours = prepared.drop_in_bytes::<O, H>(1);
    if !prepared.specimen.stock_proves {
        let proof = ours.unwrap();
        prepared.verify::<O, H>(&proof).unwrap();
        return;
    }
    let stock = prepared.stock_bytes::<O, H>(1);
    match (ours, stock) {
        (Ok(ours), Ok(stock)) => {
            assert_eq!(ours.len(), stock.len());
            assert_eq!(
                prepared.verify::<O, H>(&ours).is_ok(),
                prepared.verify::<O, H>(&stock).is_ok()
            );
            let absorbed_in_order = prepared.specimen.circuits.len() == 1
                || prepared
                    .specimen
                    .instances
                    .iter()
                    .flatten()
                    .all(Vec::is_empty);
            assert_eq!(prepared.verify::<O, H>(&ours).is_ok(), absorbed_in_order);
        }
        (Err(ours), Err(stock)) => assert_eq!(ours.to_string(), stock.to_string()),
        (ours, stock) => panic!("ours {:?} stock {:?}", ours.err(), stock.err()),
    }
}

//! The generators of snark-verifier-sdk.

use halo2_base::{
    gates::circuit::builder::BaseCircuitBuilder, halo2_proofs::halo2curves::bn256::Fr,
};
use snark_verifier_sdk::{
    evm::{gen_evm_proof_gwc, gen_evm_proof_shplonk},
    halo2::{
        gen_proof_gwc, gen_proof_shplonk, gen_snark_from_base, gen_snark_gwc, gen_snark_shplonk,
        synthesize_witness_shplonk,
    },
    CircuitExt, GWC, SHPLONK,
};

use crate::{key::Key, verify};

/// All that take a circuit.
pub fn all(name: &str, key: &Key, circuit: &(impl CircuitExt<Fr> + Clone)) {
    let Key { params, pk } = key;
    let instances = circuit.instances();
    let circuit = || circuit.clone();

    let snark = gen_snark_shplonk(params, pk, circuit(), None::<&str>);
    verify::snark::<SHPLONK>(key, &snark);
    println!("{name}: gen_snark_shplonk verifies");
    let snark = gen_snark_gwc(params, pk, circuit(), None::<&str>);
    verify::snark::<GWC>(key, &snark);
    println!("{name}: gen_snark_gwc verifies");

    let proof = gen_proof_shplonk(params, pk, circuit(), instances.clone(), None);
    verify::native::<SHPLONK>(key, &instances, &proof);
    println!("{name}: gen_proof_shplonk verifies");
    let proof = gen_proof_gwc(params, pk, circuit(), instances.clone(), None);
    verify::native::<GWC>(key, &instances, &proof);
    println!("{name}: gen_proof_gwc verifies");

    let proof = gen_evm_proof_shplonk(params, pk, circuit(), instances.clone());
    verify::evm::<SHPLONK>(key, &instances, &proof);
    println!("{name}: gen_evm_proof_shplonk verifies");
    let proof = gen_evm_proof_gwc(params, pk, circuit(), instances.clone());
    verify::evm::<GWC>(key, &instances, &proof);
    println!("{name}: gen_evm_proof_gwc verifies");
}

/// That which takes columns of halo2-base.
pub fn from_base(key: &Key, circuit: &BaseCircuitBuilder<Fr>) {
    let Key { params, pk } = key;
    let instances = circuit.instances();
    let (_, witness, _) =
        synthesize_witness_shplonk(params, pk, circuit.clone(), instances.clone());
    let columns = witness[0].advice_values.iter();
    let advice = columns.map(|column| column.to_vec()).collect();
    let snark = gen_snark_from_base(params, pk, advice, instances);
    verify::snark::<SHPLONK>(key, &snark);
    println!("range: gen_snark_from_base verifies");
}

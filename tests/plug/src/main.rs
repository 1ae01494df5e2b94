//! Every generator of snark-verifier-sdk, and circuits out of halo2-ecc's chips: proven, and verified by
//! snark-verifier. A line on stdout for each; whatever does not verify ends the program. With the argument
//! `large`, which takes minutes, two large proofs instead, with what they took.

mod aggregation;
mod ecdsa;
mod generators;
mod key;
mod large;
mod multiplication;
mod pairing;
mod phases;
mod range;
mod verify;

use std::env;

use halo2_base::{
    gates::circuit::builder::BaseCircuitBuilder, halo2_proofs::halo2curves::bn256::Fr,
};
use key::Key;
use multiplication::Multiplication;
use snark_verifier_sdk::{halo2::gen_snark_shplonk, CircuitExt, SHPLONK};

fn main() {
    match env::args().nth(1).as_deref() {
        None => all(),
        Some("large") => {
            large::aggregation(18);
            large::phases(17);
        }
        Some(argument) => panic!("{argument}: the only argument is large"),
    }
}

fn all() {
    let circuit = Multiplication::new(3, 5);
    let key = Key::new(6, &circuit);
    generators::all("multiplication", &key, &circuit);

    let circuit = range::circuit(10);
    let key = Key::new(10, &circuit);
    generators::all("range", &key, &circuit);
    generators::from_base(&key, &circuit);

    base("ecdsa", 15, ecdsa::circuit(15));
    base("pairing", 15, pairing::circuit(15));
}

/// A circuit of halo2-ecc's chips, as halo2-lib's users prove it.
fn base(name: &str, k: u32, circuit: BaseCircuitBuilder<Fr>) {
    let key = Key::new(k, &circuit);
    let instances = circuit.instances();
    let snark = gen_snark_shplonk(&key.params, &key.pk, circuit, None::<&str>);
    assert_eq!(snark.instances, instances);
    verify::snark::<SHPLONK>(&key, &snark);
    println!("{name}: gen_snark_shplonk verifies");
}

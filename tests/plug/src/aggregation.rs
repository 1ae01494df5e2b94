//! The aggregation circuit of snark-verifier-sdk, over one proof of a range circuit.

use halo2_base::{gates::circuit::CircuitBuilderStage, utils::fs::gen_srs};
use snark_verifier_sdk::{
    halo2::{
        aggregation::{AggregationCircuit, AggregationConfigParams, VerifierUniversality},
        gen_snark_shplonk,
    },
    Snark, SHPLONK,
};

use crate::{
    key::Key,
    range::{self, UNUSABLE_ROWS},
};

const INNER_K: u32 = 10;

/// The key, and the circuit with its witness, over 2^k rows.
pub fn circuits(k: u32) -> (Key, AggregationCircuit) {
    let snark = inner();
    let params = gen_srs(k);
    let circuit = |stage, config| {
        let snarks = [snark.clone()];
        let universality = VerifierUniversality::None;
        AggregationCircuit::new::<SHPLONK>(stage, config, &params, snarks, universality)
    };
    let config = AggregationConfigParams {
        degree: k,
        lookup_bits: k as usize - 1,
        ..Default::default()
    };
    let mut to_lay_out = circuit(CircuitBuilderStage::Keygen, config);
    let config = to_lay_out.calculate_params(Some(UNUSABLE_ROWS));
    let to_prove = circuit(CircuitBuilderStage::Prover, config);
    let key = Key::with(params, &to_lay_out);
    // Where columns end is known once the key is made.
    (key, to_prove.use_break_points(to_lay_out.break_points()))
}

/// Its SRS has the secret of the aggregation's, which verifies it by its own: gen_srs has but one.
fn inner() -> Snark {
    let k = INNER_K;
    let circuit = range::circuit(k as usize);
    let key = Key::with(gen_srs(k), &circuit);
    gen_snark_shplonk(&key.params, &key.pk, circuit, None::<&str>)
}

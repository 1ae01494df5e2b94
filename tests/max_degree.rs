//! `MAX_DEGREE` changes what halo2-axiom makes of a constraint system, also after its key was made.
//! Alone in its process, because the environment is the process's.

use halo2_axiom::{
    circuit::{Layouter, SimpleFloorPlanner},
    halo2curves::bn256::{Bn256, Fr, G1Affine},
    plonk::{keygen_pk2, verify_proof, Circuit, ConstraintSystem, Error, ProvingKey, VirtualCells},
    poly::{
        kzg::{
            commitment::{KZGCommitmentScheme, ParamsKZG},
            multiopen::{ProverSHPLONK, VerifierSHPLONK},
            strategy::SingleStrategy,
        },
        Rotation,
    },
    transcript::{
        Blake2bRead, Blake2bWrite, Challenge255, TranscriptReadBuffer, TranscriptWriterBuffer,
    },
};
use halo2_offload::{create_proof, write_key, CpuEngine, ResidentKey};
use rand::SeedableRng;
use rand_chacha::ChaCha20Rng;

/// A gate of degree 7, or a lookup of degree 3 in a table of degree 1, which needs 6: both are taken for 5 by
/// default. Or a gate of degree 8 that is on nowhere, which needs nothing.
#[derive(Clone, Copy, Default, PartialEq)]
enum Power {
    #[default]
    Gate,
    Lookup,
    Off,
}

impl Circuit<Fr> for Power {
    type Config = ();
    type FloorPlanner = SimpleFloorPlanner;
    type Params = Power;

    fn without_witnesses(&self) -> Self {
        *self
    }

    fn params(&self) -> Power {
        *self
    }

    fn configure(cs: &mut ConstraintSystem<Fr>) {
        Self::configure_with_params(cs, Power::default());
    }

    fn configure_with_params(cs: &mut ConstraintSystem<Fr>, power_is: Power) {
        let column = cs.advice_column();
        let power = |cells: &mut VirtualCells<'_, Fr>, degree| {
            let x = cells.query_advice(column, Rotation::cur());
            let power = std::iter::repeat_n(x.clone(), degree).reduce(|power, x| power * x);
            (power.expect("at least one factor"), x)
        };
        match power_is {
            Power::Gate => cs.create_gate("power", |cells| vec![power(cells, 7).0]),
            Power::Lookup => {
                cs.lookup_any("cube", |cells| vec![power(cells, 3)]);
            }
            Power::Off => {
                let on = cs.selector();
                cs.create_gate("power", |cells| {
                    vec![cells.query_selector(on) * power(cells, 7).0]
                });
            }
        }
    }

    fn synthesize(&self, (): (), _: impl Layouter<Fr>) -> Result<(), Error> {
        Ok(())
    }
}

#[test]
fn a_key_whose_degree_is_cut_or_changed_is_refused() {
    let params = ParamsKZG::<Bn256>::setup(4, ChaCha20Rng::seed_from_u64(1));
    let engine = CpuEngine::new();
    let refused = |pk: &ProvingKey<G1Affine>, parts: &[&str]| {
        let loaded = ResidentKey::load(&engine, &params, pk).err().unwrap();
        let mut file = Vec::new();
        let written = write_key(&params, pk, &mut file).unwrap_err();
        assert!(file.is_empty());
        for message in [loaded.to_string(), written.to_string()] {
            for part in parts {
                assert!(message.contains(part), "{message:?} lacks {part:?}");
            }
        }
    };

    let cut = keygen_pk2(&params, &Power::Gate, false).unwrap();
    let says = [
        "degree 5",
        "gate 0 (\"power\") needs degree 7",
        "MAX_DEGREE=7",
        "set_minimum_degree",
    ];
    refused(&cut, &says);

    let cut_lookup = keygen_pk2(&params, &Power::Lookup, false).unwrap();
    let says = ["degree 5", "lookup 0 (\"cube\") needs degree 6"];
    refused(&cut_lookup, &says);

    let off = keygen_pk2(&params, &Power::Off, false).unwrap();
    proven(&params, &off, Power::Off);

    std::env::set_var("MAX_DEGREE", "8");
    refused(&cut, &["degree 5", "degree 7", "MAX_DEGREE"]);
    let whole = keygen_pk2(&params, &Power::Gate, false).unwrap();
    assert!(ResidentKey::load(&engine, &params, &whole).is_ok());

    // Where there is no permutation, a key makes the same proof whatever the variable says later.
    std::env::remove_var("MAX_DEGREE");
    assert!(ResidentKey::load(&engine, &params, &whole).is_ok());

    // halo2-axiom panics.
    for value in ["", "five", "-1"] {
        std::env::set_var("MAX_DEGREE", value);
        refused(&off, &["MAX_DEGREE", value, "wants a number there"]);
    }
}

/// Proves and verifies.
fn proven(params: &ParamsKZG<Bn256>, pk: &ProvingKey<G1Affine>, circuit: Power) {
    type Kzg = KZGCommitmentScheme<Bn256>;
    let mut transcript = Blake2bWrite::<_, _, Challenge255<_>>::init(Vec::new());
    let rng = ChaCha20Rng::seed_from_u64(1);
    create_proof::<Kzg, ProverSHPLONK<'_, Bn256>, _, _, _, _>(
        params,
        pk,
        &[circuit],
        &[&[]],
        rng,
        &mut transcript,
    )
    .unwrap();
    let proof = transcript.finalize();
    let mut transcript = Blake2bRead::<_, _, Challenge255<_>>::init(proof.as_slice());
    verify_proof::<Kzg, VerifierSHPLONK<'_, Bn256>, _, _, _>(
        params,
        pk.get_vk(),
        SingleStrategy::new(params),
        &[&[]],
        &mut transcript,
    )
    .unwrap();
}

//! `MAX_DEGREE` changes what halo2-axiom makes of a constraint system, also after its key was made.
//! Alone in its process, because the environment is the process's.

use halo2_axiom::{
    circuit::{Layouter, SimpleFloorPlanner},
    halo2curves::bn256::{Bn256, Fr, G1Affine},
    plonk::{keygen_pk2, Circuit, ConstraintSystem, Error, ProvingKey, VirtualCells},
    poly::{kzg::commitment::ParamsKZG, Rotation},
};
use halo2_offload::{write_key, CpuEngine, ResidentKey};
use rand::SeedableRng;
use rand_chacha::ChaCha20Rng;

/// A gate of degree 7, or a lookup of degree 3 in a table of degree 1, which needs 6: both are taken for 5 by
/// default.
#[derive(Clone, Copy)]
enum Power {
    Gate,
    Lookup,
}

impl Circuit<Fr> for Power {
    type Config = ();
    type FloorPlanner = SimpleFloorPlanner;
    type Params = bool;

    fn without_witnesses(&self) -> Self {
        *self
    }

    fn params(&self) -> bool {
        matches!(self, Power::Lookup)
    }

    fn configure(cs: &mut ConstraintSystem<Fr>) {
        Self::configure_with_params(cs, false);
    }

    fn configure_with_params(cs: &mut ConstraintSystem<Fr>, is_lookup: bool) {
        let column = cs.advice_column();
        let power = |cells: &mut VirtualCells<'_, Fr>, degree| {
            let x = cells.query_advice(column, Rotation::cur());
            let power = std::iter::repeat_n(x.clone(), degree).reduce(|power, x| power * x);
            (power.expect("at least one factor"), x)
        };
        if is_lookup {
            cs.lookup_any("cube", |cells| vec![power(cells, 3)]);
        } else {
            cs.create_gate("power", |cells| vec![power(cells, 7).0]);
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

    std::env::set_var("MAX_DEGREE", "8");
    refused(&cut, &["degree 5", "degree 7", "MAX_DEGREE"]);
    let whole = keygen_pk2(&params, &Power::Gate, false).unwrap();
    assert!(ResidentKey::load(&engine, &params, &whole).is_ok());
}

//! `MAX_DEGREE` changes what halo2-axiom makes of a constraint system, also after its key was made.
//! Alone in its process, because the environment is the process's.

use halo2_axiom::{
    circuit::{Layouter, SimpleFloorPlanner},
    halo2curves::bn256::{Bn256, Fr, G1Affine},
    plonk::{keygen_pk2, Circuit, ConstraintSystem, Error, ProvingKey},
    poly::{kzg::commitment::ParamsKZG, Rotation},
};
use halo2_offload::{write_key, CpuEngine, ResidentKey};
use rand::SeedableRng;
use rand_chacha::ChaCha20Rng;

/// A gate of degree 7, which is taken for one of degree 5 by default.
#[derive(Clone)]
struct Power;

impl Circuit<Fr> for Power {
    type Config = ();
    type FloorPlanner = SimpleFloorPlanner;
    type Params = ();

    fn without_witnesses(&self) -> Self {
        self.clone()
    }

    fn configure(cs: &mut ConstraintSystem<Fr>) {
        let column = cs.advice_column();
        cs.create_gate("power", |cells| {
            let x = cells.query_advice(column, Rotation::cur());
            let powers = std::iter::repeat_n(x, 7);
            powers.reduce(|power, x| power * x)
        });
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

    let cut = keygen_pk2(&params, &Power, false).unwrap();
    let says = [
        "degree 5",
        "gate 0 (\"power\") needs degree 7",
        "MAX_DEGREE=7",
        "set_minimum_degree",
    ];
    refused(&cut, &says);

    std::env::set_var("MAX_DEGREE", "8");
    refused(&cut, &["degree 5", "degree 7", "MAX_DEGREE"]);
    let whole = keygen_pk2(&params, &Power, false).unwrap();
    assert!(ResidentKey::load(&engine, &params, &whole).is_ok());
}

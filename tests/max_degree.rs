//! `MAX_DEGREE` changes what halo2-axiom makes of a constraint system, also after its key was made.
//! Alone in its process, because the environment is the process's.

use halo2_axiom::{
    circuit::{Layouter, SimpleFloorPlanner},
    halo2curves::bn256::{Bn256, Fr},
    plonk::{keygen_pk2, Circuit, ConstraintSystem, Error},
    poly::{kzg::commitment::ParamsKZG, Rotation},
};
use halo2_offload::{CpuEngine, ResidentKey};
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
fn a_key_of_another_max_degree_is_refused() {
    let params = ParamsKZG::<Bn256>::setup(4, ChaCha20Rng::seed_from_u64(1));
    let pk = keygen_pk2(&params, &Power, false).unwrap();
    let engine = CpuEngine::new();
    assert!(ResidentKey::load(&engine, &params, &pk).is_ok());

    std::env::set_var("MAX_DEGREE", "8");
    let error = ResidentKey::load(&engine, &params, &pk).err().unwrap();
    let message = error.to_string();
    for part in ["degree 5", "degree 7", "MAX_DEGREE"] {
        assert!(message.contains(part), "{message:?} lacks {part:?}");
    }
}

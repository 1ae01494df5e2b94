//! Circuits that only make a witness: they say nothing of what they constrain, as halo2-base's builders do
//! when they are told that they make a proof. The key knows.

use crate::zoo::{
    proving::{Blake2b, Gwc, Shplonk},
    Specimen,
};
use halo2_axiom::{
    circuit::{Layouter, SimpleFloorPlanner, Value},
    halo2curves::bn256::Fr,
    plonk::{Advice, Circuit, Column, ConstraintSystem, Error, Selector},
    poly::Rotation,
};

/// Squares of small numbers, which are constants. Without constraints there are no constants, no gate and
/// no permutation.
#[derive(Clone, Copy)]
struct Squares {
    constrained: bool,
}

impl Squares {
    fn specimen(constrained: bool) -> Specimen<Self> {
        Specimen::one(5, Self { constrained })
    }
}

#[derive(Clone)]
struct Config {
    numbers: [Column<Advice>; 2],
    /// None where nothing is constrained.
    on: Option<Selector>,
}

impl Circuit<Fr> for Squares {
    type Config = Config;
    type FloorPlanner = SimpleFloorPlanner;
    type Params = bool;

    fn without_witnesses(&self) -> Self {
        *self
    }

    fn params(&self) -> bool {
        self.constrained
    }

    fn configure_with_params(cs: &mut ConstraintSystem<Fr>, constrained: bool) -> Config {
        let numbers = [(); 2].map(|_| cs.advice_column());
        let on = constrained.then(|| {
            // Not the first fixed column.
            let [_, constants] = [(); 2].map(|_| cs.fixed_column());
            cs.enable_constant(constants);
            cs.enable_equality(numbers[0]);
            let on = cs.selector();
            cs.create_gate("square", |cells| {
                let on = cells.query_selector(on);
                let [x, y] = numbers.map(|column| cells.query_advice(column, Rotation::cur()));
                vec![on * (x.clone() * x - y)]
            });
            on
        });
        Config { numbers, on }
    }

    fn configure(cs: &mut ConstraintSystem<Fr>) -> Config {
        Self::configure_with_params(cs, true)
    }

    fn synthesize(&self, config: Config, mut layouter: impl Layouter<Fr>) -> Result<(), Error> {
        layouter.assign_region(
            || "squares",
            |mut region| {
                for row in 0..7 {
                    let x = Fr::from(row as u64);
                    // Constants are asked for in either case.
                    region.assign_advice_from_constant(|| "x", config.numbers[0], row, x)?;
                    region.assign_advice(config.numbers[1], row, Value::known(x * x));
                    if let Some(on) = &config.on {
                        on.enable(&mut region, row)?;
                    }
                }
                Ok(())
            },
        )
    }
}

#[test]
fn the_key_knows_what_the_circuit_leaves_out() {
    let whole = Squares::specimen(true).prepare();
    let mut witness_only = Squares::specimen(true).prepare();
    witness_only.specimen = Squares::specimen(false);
    witness_only.stock_bytes::<Shplonk, Blake2b>(1).unwrap();

    let expected = whole.drop_in_bytes::<Shplonk, Blake2b>(1).unwrap();
    let proof = witness_only.drop_in_bytes::<Shplonk, Blake2b>(1).unwrap();
    assert!(proof == expected);
    whole.verify::<Shplonk, Blake2b>(&proof).unwrap();

    let expected = whole.drop_in_from_advice::<Gwc, Blake2b>(1).unwrap();
    let proof = witness_only.drop_in_from_advice::<Gwc, Blake2b>(1).unwrap();
    assert!(proof == expected);
}

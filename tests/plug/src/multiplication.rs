//! A circuit written against halo2 itself: a * b = c, with c public.

use halo2_base::halo2_proofs::{
    circuit::{Layouter, SimpleFloorPlanner, Value},
    halo2curves::bn256::Fr,
    plonk::{Advice, Circuit, Column, ConstraintSystem, Error, Instance, Selector},
    poly::Rotation,
};
use snark_verifier_sdk::CircuitExt;

#[derive(Clone)]
pub struct Multiplication {
    factors: [Value<Fr>; 2],
    product: Fr,
}

impl Multiplication {
    pub fn new(a: u64, b: u64) -> Self {
        let [a, b] = [a, b].map(Fr::from);
        Self {
            factors: [a, b].map(Value::known),
            product: a * b,
        }
    }
}

#[derive(Clone)]
pub struct Config {
    advice: [Column<Advice>; 3],
    instance: Column<Instance>,
    multiply: Selector,
}

impl Circuit<Fr> for Multiplication {
    type Config = Config;
    type FloorPlanner = SimpleFloorPlanner;
    type Params = ();

    fn without_witnesses(&self) -> Self {
        Self {
            factors: [Value::unknown(); 2],
            product: self.product,
        }
    }

    fn configure(meta: &mut ConstraintSystem<Fr>) -> Config {
        let advice = [(); 3].map(|()| meta.advice_column());
        let instance = meta.instance_column();
        let multiply = meta.selector();
        meta.enable_equality(advice[2]);
        meta.enable_equality(instance);
        meta.create_gate("a b = c", |meta| {
            let [a, b, c] = advice.map(|column| meta.query_advice(column, Rotation::cur()));
            let multiply = meta.query_selector(multiply);
            vec![multiply * (a * b - c)]
        });
        Config {
            advice,
            instance,
            multiply,
        }
    }

    fn synthesize(&self, config: Config, mut layouter: impl Layouter<Fr>) -> Result<(), Error> {
        let [a, b] = self.factors;
        let cell = layouter.assign_region(
            || "a b = c",
            |mut region| {
                config.multiply.enable(&mut region, 0)?;
                region.assign_advice(config.advice[0], 0, a);
                region.assign_advice(config.advice[1], 0, b);
                let product = region.assign_advice(config.advice[2], 0, a * b);
                Ok(product.cell())
            },
        )?;
        layouter.constrain_instance(cell, config.instance, 0);
        Ok(())
    }
}

impl CircuitExt<Fr> for Multiplication {
    fn num_instance(&self) -> Vec<usize> {
        vec![1]
    }

    fn instances(&self) -> Vec<Vec<Fr>> {
        vec![vec![self.product]]
    }
}

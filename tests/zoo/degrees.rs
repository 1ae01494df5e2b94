//! Gates of every degree that quotients come in, and of some more.

use ff::Field;
use halo2_axiom::{
    circuit::{Layouter, SimpleFloorPlanner, Value},
    halo2curves::bn256::Fr,
    plonk::{Advice, Circuit, Column, ConstraintSystem, Error, Selector},
    poly::Rotation,
};

use super::{cell, random_scalars, Specimen};

const ROWS: usize = 10;

/// q a^d b^e = q o, of a given degree.
#[derive(Clone)]
pub struct Products {
    degree: usize,
    factors: [Vec<Fr>; 2],
}

#[derive(Clone)]
pub struct Config {
    on: Selector,
    factors: [Column<Advice>; 2],
    product: Column<Advice>,
}

/// How often each of the two factors is multiplied in; the selector is of degree 1.
fn exponents(degree: usize) -> [usize; 2] {
    [degree / 2, (degree - 1) / 2]
}

impl Circuit<Fr> for Products {
    type Config = Config;
    type FloorPlanner = SimpleFloorPlanner;
    /// The degree.
    type Params = usize;

    fn without_witnesses(&self) -> Self {
        self.clone()
    }

    fn params(&self) -> usize {
        self.degree
    }

    fn configure_with_params(cs: &mut ConstraintSystem<Fr>, degree: usize) -> Config {
        let on = cs.selector();
        let factors = [(); 2].map(|_| cs.advice_column());
        let product = cs.advice_column();
        cs.enable_equality(product);
        cs.enable_equality(factors[0]);
        cs.create_gate("product", |cells| {
            let on = cells.query_selector(on);
            let [a, b] = factors.map(|column| cells.query_advice(column, Rotation::cur()));
            let product = cells.query_advice(product, Rotation::cur());
            let [a_times, b_times] = exponents(degree);
            let powers = std::iter::repeat_n(a, a_times).chain(std::iter::repeat_n(b, b_times));
            let expression = powers.reduce(|power, factor| power * factor);
            vec![on * (expression.expect("the degree is at least 2") - product)]
        });
        // Without this halo2-axiom takes a degree of 5 for all that is above.
        cs.set_minimum_degree(degree);
        Config {
            on,
            factors,
            product,
        }
    }

    fn configure(cs: &mut ConstraintSystem<Fr>) -> Config {
        Self::configure_with_params(cs, 3)
    }

    fn synthesize(&self, config: Config, mut layouter: impl Layouter<Fr>) -> Result<(), Error> {
        layouter.assign_region(
            || "products",
            |mut region| {
                let [a, b] = &self.factors;
                let mut a_before = Fr::ONE;
                for (row, (a, b)) in a.iter().zip(b).enumerate() {
                    config.on.enable(&mut region, row)?;
                    // Every other row goes on with the product before.
                    let a = if row % 2 == 1 { a_before } else { *a };
                    let exponents = exponents(self.degree).map(|times| times as u64);
                    let product = a.pow_vartime([exponents[0]]) * b.pow_vartime([exponents[1]]);
                    let values = [a, *b, product].map(Value::known);
                    let columns = [config.factors[0], config.factors[1], config.product];
                    for (column, value) in columns.into_iter().zip(values) {
                        region.assign_advice(column, row, value);
                    }
                    if row % 2 == 1 {
                        let before = cell(config.product, row - 1);
                        region.constrain_equal(before, cell(config.factors[0], row));
                    }
                    a_before = product;
                }
                Ok(())
            },
        )
    }
}

macro_rules! members {
    ($($member:ident: $degree:literal),* $(,)?) => {
        $(pub fn $member() -> Specimen<Products> {
            let factors = [1, 2].map(|seed| random_scalars(seed, ROWS));
            Specimen::one(5, Products { degree: $degree, factors })
        })*
    };
}
members! {
    degree_2: 2,
    degree_3: 3,
    degree_4: 4,
    degree_5: 5,
    degree_6: 6,
    degree_7: 7,
    degree_8: 8,
    degree_9: 9,
    degree_10: 10,
    degree_17: 17,
}

//! The ways in which cells get their values.

use ff::Field;
use halo2_axiom::{
    circuit::{Layouter, SimpleFloorPlanner, Value},
    halo2curves::bn256::Fr,
    plonk::{Advice, Assigned, Circuit, Column, ConstraintSystem, Error, Fixed, Selector},
    poly::Rotation,
};

use super::{cell, random_scalars, Specimen};

const ROWS: usize = 12;

#[derive(Clone)]
pub struct Config {
    on: Selector,
    fractions: Column<Advice>,
    /// The numerator, the denominator, and the denominator's inverse.
    parts: [Column<Advice>; 3],
    ratios: Column<Fixed>,
}

/// Fractions as fractions: f = p / q, and f = 0 where q = 0. Some cells are assigned another value
/// first, constants come from a fixed column.
#[derive(Clone)]
pub struct Fractions {
    numerators: Vec<Fr>,
    denominators: Vec<Fr>,
}

impl Circuit<Fr> for Fractions {
    type Config = Config;
    type FloorPlanner = SimpleFloorPlanner;
    type Params = ();

    fn without_witnesses(&self) -> Self {
        self.clone()
    }

    fn configure(cs: &mut ConstraintSystem<Fr>) -> Config {
        let on = cs.selector();
        let fractions = cs.advice_column();
        let parts = [(); 3].map(|_| cs.advice_column());
        // Read by the gate, never assigned.
        let never = cs.advice_column();
        let ratios = cs.fixed_column();
        let constants = cs.fixed_column();
        cs.enable_constant(constants);
        cs.enable_equality(fractions);
        cs.create_gate("fraction", |cells| {
            let on = cells.query_selector(on);
            let fraction = cells.query_advice(fractions, Rotation::cur());
            let [p, q, inverse] = parts.map(|column| cells.query_advice(column, Rotation::cur()));
            let never = cells.query_advice(never, Rotation::next());
            let ratio = cells.query_fixed(ratios, Rotation::cur());
            vec![
                on.clone() * (fraction - p * inverse.clone() + never),
                on.clone() * (q.clone() * inverse.clone() * inverse.clone() - inverse),
                on * (ratio * q.clone() - q * Fr::from(3) * Fr::from(4).invert().unwrap()),
            ]
        });
        Config {
            on,
            fractions,
            parts,
            ratios,
        }
    }

    fn synthesize(&self, config: Config, mut layouter: impl Layouter<Fr>) -> Result<(), Error> {
        layouter.assign_region(
            || "fractions",
            |mut region| {
                let [numerators, denominators, inverses] = config.parts;
                let mut assign = |column, row, value: Assigned<Fr>| {
                    region.assign_advice(column, row, Value::known(value));
                };
                for (row, (p, q)) in self.numerators.iter().zip(&self.denominators).enumerate() {
                    if row % 3 == 0 {
                        // Not the last word.
                        assign(config.fractions, row, Assigned::Rational(*q, *p));
                        assign(inverses, row, Assigned::Trivial(*p));
                    }
                    assign(numerators, row, Assigned::Trivial(*p));
                    assign(denominators, row, Assigned::Trivial(*q));
                    assign(config.fractions, row, Assigned::Rational(*p, *q));
                    assign(inverses, row, Assigned::Trivial(*q).invert());
                }
                assign(config.fractions, ROWS, Assigned::Zero);
                for row in 0..ROWS {
                    config.on.enable(&mut region, row)?;
                    let ratio = Assigned::Rational(Fr::from(6), Fr::from(8));
                    region.assign_fixed(config.ratios, row, ratio);
                }
                for row in 0..4 {
                    let constant = Fr::from(row as u64 * 17);
                    let row = ROWS + 1 + row;
                    let column = config.fractions;
                    region.assign_advice_from_constant(|| "constant", column, row, constant)?;
                }
                region.constrain_constant(cell(config.fractions, ROWS), Fr::ZERO)
            },
        )
    }
}

pub fn fractions_constants_and_reassignments() -> Specimen<Fractions> {
    let mut denominators = random_scalars(2, ROWS);
    for row in [0, 4, 5] {
        denominators[row] = Fr::ZERO;
    }
    denominators[1] = Fr::ONE;
    let circuit = Fractions {
        numerators: random_scalars(1, ROWS),
        denominators,
    };
    Specimen::one(5, circuit)
}

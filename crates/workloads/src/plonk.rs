//! Plain PLONK, every usable row a gate.
//!
//! | advice | fixed | instance | lookups | permutation | degree |
//! |---|---|---|---|---|---|
//! | 3 | 5 | 1 | 0 | 3 | 3 |
//!
//! One gate, q_a a + q_b b + q_c c + q_ab a b + q_0 + p = 0 with the instance p, so that the
//! permutation covers the three advice columns and no more. Public values enter in the first
//! rows. Each later row adds, multiplies, or applies an arbitrary affine and bilinear form, and
//! half of its operands are earlier outputs, from anywhere above, by copy constraint. Values
//! are uniform in the field: the case in which a commitment has no structure to exploit.

use ff::Field;
use halo2_axiom::{
    circuit::{Cell, Layouter, Region, SimpleFloorPlanner, Value},
    halo2curves::bn256::Fr,
    plonk::{Advice, Circuit, Column, ConstraintSystem, Error, Fixed},
    poly::Rotation,
};
use rand_chacha::ChaCha20Rng;
use rand_core::RngCore;

use crate::{catalogue::WorkloadInfo, draw, Workload};

pub(crate) const NAME: &str = "plonk";

pub(crate) const INFO: WorkloadInfo = WorkloadInfo {
    name: NAME,
    summary: "plain PLONK: 3 advice columns, one gate of degree 3, all rows filled with \
              uniformly random values, half of the operands copied",
    min_k: 5,
    default_k: 18,
    degree: 3,
    real: false,
};

/// How many values are public.
const PUBLIC: usize = 8;

#[derive(Clone, Debug)]
pub struct PlonkConfig {
    advice: [Column<Advice>; 3],
    /// q_a, q_b, q_c, q_ab, q_0.
    coefficients: [Column<Fixed>; 5],
}

/// Where an operand comes from.
enum Operand {
    Fresh,
    /// The third cell of an earlier row.
    Output(usize),
}

/// A row that computes c from a and b.
struct Step {
    operands: [Operand; 2],
    /// c = l a + r b + m a b + d.
    form: [Fr; 4],
}

impl Step {
    fn draw(row: usize, rng: &mut ChaCha20Rng) -> Self {
        let operands = [(); 2].map(|()| match rng.next_u64() {
            word if word & 1 == 0 => Operand::Fresh,
            word => Operand::Output((word >> 1) as usize % row),
        });
        let form = match rng.next_u32() % 4 {
            0 => [Fr::ONE, Fr::ONE, Fr::ZERO, Fr::ZERO],
            1 | 2 => [Fr::ZERO, Fr::ZERO, Fr::ONE, Fr::ZERO],
            _ => [(); 4].map(|()| Fr::random(&mut *rng)),
        };
        Self { operands, form }
    }
}

#[derive(Clone, Debug)]
pub struct PlonkCircuit {
    rows: usize,
    seed: Option<u64>,
}

impl Circuit<Fr> for PlonkCircuit {
    type Config = PlonkConfig;
    type FloorPlanner = SimpleFloorPlanner;
    type Params = ();

    fn params(&self) {}

    fn without_witnesses(&self) -> Self {
        Self {
            rows: self.rows,
            seed: None,
        }
    }

    fn configure(meta: &mut ConstraintSystem<Fr>) -> PlonkConfig {
        let advice = [(); 3].map(|()| meta.advice_column());
        let coefficients = [(); 5].map(|()| meta.fixed_column());
        let instance = meta.instance_column();
        for column in advice {
            meta.enable_equality(column);
        }
        meta.create_gate("plonk", |meta| {
            let [a, b, c] = advice.map(|column| meta.query_advice(column, Rotation::cur()));
            let [q_a, q_b, q_c, q_ab, q_0] =
                coefficients.map(|column| meta.query_fixed(column, Rotation::cur()));
            let p = meta.query_instance(instance, Rotation::cur());
            vec![q_a * a.clone() + q_b * b.clone() + q_c * c + q_ab * (a * b) + q_0 + p]
        });
        PlonkConfig {
            advice,
            coefficients,
        }
    }

    fn synthesize(
        &self,
        config: PlonkConfig,
        mut layouter: impl Layouter<Fr>,
    ) -> Result<(), Error> {
        layouter.assign_region(|| NAME, |region| self.fill(&config, region))
    }
}

impl PlonkCircuit {
    fn fill(&self, config: &PlonkConfig, mut region: Region<'_, Fr>) -> Result<(), Error> {
        let [a, b, c] = config.advice;
        let mut structure = draw::structure();
        let mut witness = self.seed.map(draw::witness);
        let mut fresh = || match &mut witness {
            Some(rng) => Value::known(Fr::random(rng)),
            None => Value::unknown(),
        };
        let mut outputs: Vec<Value<Fr>> = Vec::with_capacity(self.rows);

        for row in 0..PUBLIC {
            let value = fresh();
            let left = region.assign_advice(a, row, value).cell();
            region.assign_advice(b, row, Value::known(Fr::ZERO));
            let output = region.assign_advice(c, row, value).cell();
            region.constrain_equal(left, output);
            region.assign_fixed(config.coefficients[0], row, -Fr::ONE);
            outputs.push(value);
        }
        for row in PUBLIC..self.rows {
            let step = Step::draw(row, &mut structure);
            let mut values = [Value::unknown(); 2];
            for ((operand, value), column) in step.operands.iter().zip(&mut values).zip([a, b]) {
                *value = match operand {
                    Operand::Fresh => fresh(),
                    Operand::Output(source) => outputs[*source],
                };
                let cell = region.assign_advice(column, row, *value).cell();
                if let Operand::Output(source) = *operand {
                    let source = Cell {
                        row_offset: source,
                        column: c.into(),
                    };
                    region.constrain_equal(cell, source);
                }
            }
            let [l, r, m, d] = step.form;
            let output = values[0]
                .zip(values[1])
                .map(|(a, b)| l * a + r * b + m * a * b + d);
            region.assign_advice(c, row, output);
            outputs.push(output);
            for (column, q) in config.coefficients.iter().zip([l, r, -Fr::ONE, m, d]) {
                region.assign_fixed(*column, row, q);
            }
        }
        Ok(())
    }
}

/// Plain PLONK of 2^k rows.
pub(crate) struct PlonkWorkload {
    rows: usize,
    seed: u64,
}

impl PlonkWorkload {
    pub(crate) fn new(k: u32, seed: u64) -> Self {
        Self {
            rows: draw::usable_rows::<PlonkCircuit>(k, ()),
            seed,
        }
    }
}

impl Workload for PlonkWorkload {
    type Circuit = PlonkCircuit;

    fn keygen_circuit(&self) -> PlonkCircuit {
        self.circuit().without_witnesses()
    }

    fn circuit(&self) -> PlonkCircuit {
        PlonkCircuit {
            rows: self.rows,
            seed: Some(self.seed),
        }
    }

    fn instances(&self) -> Vec<Vec<Fr>> {
        // The public values are the first that the witness stream draws.
        let mut rng = draw::witness(self.seed);
        vec![(0..PUBLIC).map(|_| Fr::random(&mut rng)).collect()]
    }
}

//! Hundreds of columns and few rows: the shape of circuits that trade k for width.
//!
//! | advice | fixed | instance | lookups | permutation | degree |
//! |---|---|---|---|---|---|
//! | 256 | 2 | 1 | 0 | 33 | 4 |
//!
//! 64 groups of four columns x, y, z, w. On every inner row, w = x y z + (w above) and
//! (z below) = z + f w, with a fixed f. In the first 16 groups, x copies the w above of the
//! group before, so the permutation covers x and w of those, and the instance. The last w of
//! the first eight groups are public.

use ff::Field;
use halo2_axiom::{
    circuit::{Cell, Layouter, Region, SimpleFloorPlanner, Value},
    halo2curves::bn256::Fr,
    plonk::{
        Advice, Circuit, Column, ConstraintSystem, Constraints, Error, Fixed, Instance, Selector,
    },
    poly::Rotation,
};

use rand_chacha::ChaCha20Rng;

use crate::{catalogue::WorkloadInfo, draw, Workload};

pub(crate) const NAME: &str = "wide";

pub(crate) const INFO: WorkloadInfo = WorkloadInfo {
    name: NAME,
    summary: "256 advice columns of uniformly random values, gates of degree 4 over three \
              rotations, a permutation over 33 columns",
    min_k: 4,
    default_k: 12,
    degree: 4,
    real: false,
};

const GROUPS: usize = 64;
const LINKED: usize = 16;
const PUBLIC: usize = 8;

/// The columns x, y, z, w.
type Group = [Column<Advice>; 4];

#[derive(Clone, Debug)]
pub struct WideConfig {
    groups: Vec<Group>,
    factor: Column<Fixed>,
    step: Selector,
    instance: Column<Instance>,
}

/// A row of all groups' columns.
type Row = Vec<[Fr; 4]>;

#[derive(Clone, Debug)]
pub struct WideCircuit {
    /// The fixed f of every row.
    factors: Vec<Fr>,
    seed: Option<u64>,
}

impl Circuit<Fr> for WideCircuit {
    type Config = WideConfig;
    type FloorPlanner = SimpleFloorPlanner;
    type Params = ();

    fn params(&self) {}

    fn without_witnesses(&self) -> Self {
        Self {
            factors: self.factors.clone(),
            seed: None,
        }
    }

    fn configure(meta: &mut ConstraintSystem<Fr>) -> WideConfig {
        let groups: Vec<Group> = (0..GROUPS)
            .map(|_| [(); 4].map(|()| meta.advice_column()))
            .collect();
        let factor = meta.fixed_column();
        let step = meta.selector();
        let instance = meta.instance_column();
        for [x, _, _, w] in &groups[..LINKED] {
            meta.enable_equality(*x);
            meta.enable_equality(*w);
        }
        meta.enable_equality(instance);
        for columns in &groups {
            meta.create_gate("step", |meta| {
                let [x, y, z, w] = columns.map(|c| meta.query_advice(c, Rotation::cur()));
                let w_above = meta.query_advice(columns[3], Rotation::prev());
                let z_below = meta.query_advice(columns[2], Rotation::next());
                let f = meta.query_fixed(factor, Rotation::cur());
                let constraints = [w.clone() - x * y * z.clone() - w_above, z_below - z - f * w];
                Constraints::with_selector(meta.query_selector(step), constraints)
            });
        }
        WideConfig {
            groups,
            factor,
            step,
            instance,
        }
    }

    fn synthesize(&self, config: WideConfig, mut layouter: impl Layouter<Fr>) -> Result<(), Error> {
        let last = layouter.assign_region(|| NAME, |region| self.fill(&config, region))?;
        for (row, cell) in last.into_iter().enumerate().take(PUBLIC) {
            layouter.constrain_instance(cell, config.instance, row);
        }
        Ok(())
    }
}

impl WideCircuit {
    /// Fills the columns and returns the last cell that is constrained of each group's w.
    fn fill(&self, config: &WideConfig, mut region: Region<'_, Fr>) -> Result<Vec<Cell>, Error> {
        let mut witness = self.seed.map(|seed| Rows::new(&self.factors, seed));
        let mut above: Vec<Cell> = Vec::new();
        let last = self.factors.len() - 1;
        for (row, &factor) in self.factors.iter().enumerate() {
            let values = witness.as_mut().and_then(Iterator::next);
            let mut current = Vec::with_capacity(GROUPS);
            for (index, columns) in config.groups.iter().enumerate() {
                let cells = [0, 1, 2, 3].map(|place| {
                    let value = match &values {
                        Some(values) => Value::known(values[index][place]),
                        None => Value::unknown(),
                    };
                    region.assign_advice(columns[place], row, value).cell()
                });
                if row > 0 && (1..LINKED).contains(&index) {
                    region.constrain_equal(cells[0], above[index - 1]);
                }
                current.push(cells[3]);
            }
            region.assign_fixed(config.factor, row, factor);
            if row == last {
                break;
            }
            if row > 0 {
                config.step.enable(&mut region, row)?;
            }
            above = current;
        }
        Ok(above)
    }
}

/// The witness, row by row.
struct Rows<'a> {
    factors: &'a [Fr],
    rng: ChaCha20Rng,
    row: usize,
    above: Row,
}

impl<'a> Rows<'a> {
    fn new(factors: &'a [Fr], seed: u64) -> Self {
        Self {
            factors,
            rng: draw::witness(seed),
            row: 0,
            above: Vec::new(),
        }
    }
}

impl Iterator for Rows<'_> {
    type Item = Row;

    fn next(&mut self) -> Option<Row> {
        if self.row == self.factors.len() {
            return None;
        }
        let mut current: Row = (0..GROUPS)
            .map(|_| [(); 4].map(|()| Fr::random(&mut self.rng)))
            .collect();
        for (index, [_, _, _, w_above]) in self.above.iter().enumerate() {
            let [x, y, z, w] = &mut current[index];
            if (1..LINKED).contains(&index) {
                *x = self.above[index - 1][3];
            }
            // The first step is on row 1: what is above it, and its z, are free.
            if self.row > 1 {
                *z = self.above[index][2] + self.factors[self.row - 1] * w_above;
            }
            *w = *x * *y * *z + w_above;
        }
        self.row += 1;
        self.above.clone_from(&current);
        Some(current)
    }
}

/// The 256 columns of 2^k rows.
pub(crate) struct WideWorkload {
    factors: Vec<Fr>,
    seed: u64,
}

impl WideWorkload {
    pub(crate) fn new(k: u32, seed: u64) -> Self {
        let mut rng = draw::structure();
        let rows = draw::usable_rows::<WideCircuit>(k, ());
        Self {
            factors: (0..rows).map(|_| Fr::random(&mut rng)).collect(),
            seed,
        }
    }
}

impl Workload for WideWorkload {
    type Circuit = WideCircuit;

    fn keygen_circuit(&self) -> WideCircuit {
        self.circuit().without_witnesses()
    }

    fn circuit(&self) -> WideCircuit {
        WideCircuit {
            factors: self.factors.clone(),
            seed: Some(self.seed),
        }
    }

    fn instances(&self) -> Vec<Vec<Fr>> {
        // The last row that is constrained is the one before the last.
        let rows = Rows::new(&self.factors, self.seed);
        let last = rows.take(self.factors.len() - 1).last().unwrap_or_default();
        vec![last.iter().take(PUBLIC).map(|values| values[3]).collect()]
    }
}

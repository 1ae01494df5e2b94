//! Random constraint systems with satisfied witnesses.
//!
//! A [`Shape`] says how much there is of everything, so that proptest can make a failing system
//! smaller; all else is drawn from its seed. Each gate has an output column that holds what its
//! formula gives, each lookup has input columns that are drawn from its table, and one column holds
//! copies of cells.

mod circuit;
mod formula;
mod witness;

pub use circuit::RandomCircuit;

use ff::Field;
use halo2_axiom::halo2curves::bn256::Fr;
use proptest::prelude::{any, Strategy};
use rand::Rng;
use rand_chacha::ChaCha20Rng;

use crate::zoo::{witness_rng, Specimen};
use formula::{Formula, Kind};

/// How much there is of everything.
#[derive(Clone, Debug)]
pub struct Shape {
    k: u32,
    seed: u64,
    minimum_degree: usize,
    /// Advice columns that hold random values.
    inputs: usize,
    fixed: usize,
    instance: usize,
    gates: usize,
    /// Lookups in fixed tables, which some of them share.
    lookups: usize,
    /// Lookups in tables of advice columns.
    dynamic_lookups: usize,
    /// Columns of each kind that nothing reads.
    unused: usize,
    copies: usize,
    two_phases: bool,
    calls_next_phase: bool,
    compress_selectors: bool,
    circuits: usize,
}

/// Shapes, the simplest of which has next to nothing.
pub fn shapes() -> impl Strategy<Value = Shape> {
    let columns = (1..4usize, 0..3usize, 0..3usize, 0..2usize);
    let arguments = (0..5usize, 0..3usize, 0..2usize, 0..12usize);
    let choices = (any::<bool>(), any::<bool>(), any::<bool>(), 1..3usize);
    (
        6..8u32,
        any::<u64>(),
        3..10usize,
        columns,
        arguments,
        choices,
    )
        .prop_map(|(k, seed, minimum_degree, columns, arguments, choices)| {
            let (inputs, fixed, instance, unused) = columns;
            let (gates, lookups, dynamic_lookups, copies) = arguments;
            let (two_phases, calls_next_phase, compress_selectors, circuits) = choices;
            Shape {
                k,
                seed,
                minimum_degree,
                inputs,
                fixed,
                instance,
                gates,
                lookups,
                dynamic_lookups,
                unused,
                copies,
                two_phases,
                calls_next_phase,
                compress_selectors,
                circuits: if two_phases { 1 } else { circuits },
            }
        })
}

impl Shape {
    /// A specimen with this shape.
    pub fn specimen(&self) -> Specimen<RandomCircuit> {
        let system = System::draw(self);
        let circuits = (0..self.circuits as u64).map(|index| {
            let seed = self.seed.wrapping_add(index);
            let mut rng = witness_rng(seed);
            let instances = (0..self.instance)
                .map(|_| {
                    let length = rng.gen_range(0..1 << (self.k - 1));
                    (0..length).map(|_| Fr::random(&mut rng)).collect()
                })
                .collect();
            let circuit = RandomCircuit::new(system.clone(), seed, instances);
            let instances = circuit.instances().to_vec();
            (circuit, instances)
        });
        let mut specimen = Specimen::several(self.k, circuits);
        specimen.compress_selectors = self.compress_selectors;
        specimen
    }
}

/// out(rotation) = formula where the selector is on.
#[derive(Clone)]
struct Gate {
    simple_selector: bool,
    formula: Formula,
    rotation: i32,
    second_phase: bool,
}

/// q^power a_j(rotation_j) in the table, for all j.
#[derive(Clone)]
struct Lookup {
    power: usize,
    rotations: Vec<i32>,
    table: usize,
}

/// The rotation of each column of a table of advice.
#[derive(Clone)]
struct DynamicLookup {
    lookup: Lookup,
    table_rotations: Vec<i32>,
    /// Both sides are multiplied by the challenge.
    scaled: bool,
}

/// A constraint system.
#[derive(Clone, Default)]
pub struct System {
    shape: Option<Shape>,
    gates: Vec<Gate>,
    /// The rows of each fixed table; the first is zero.
    tables: Vec<Vec<Vec<Fr>>>,
    lookups: Vec<Lookup>,
    dynamic_lookups: Vec<DynamicLookup>,
    /// Columns of the permutation, beside the one that holds copies.
    permuted: Vec<(Kind, usize)>,
}

impl System {
    fn draw(shape: &Shape) -> Self {
        let mut rng = witness_rng(shape.seed);
        let reach = (1 << shape.k) / 6;
        let mut rotations = vec![0, 1];
        rotations.extend((0..2).map(|_| rng.gen_range(-reach..=reach)));
        let rotation = |rng: &mut ChaCha20Rng| rotations[rng.gen_range(0..rotations.len())];

        // Columns that formulas read: those before the gate.
        let mut sources: Vec<(Kind, usize)> = Vec::new();
        sources.extend((0..shape.inputs).map(|index| (Kind::Advice, index)));
        sources.extend((0..shape.fixed).map(|index| (Kind::Fixed, index)));
        sources.extend((0..shape.instance).map(|index| (Kind::Instance, index)));
        let mut gates = Vec::new();
        for index in 0..shape.gates {
            let second_phase = shape.two_phases && 2 * index >= shape.gates;
            let degree = rng.gen_range(1..shape.minimum_degree);
            gates.push(Gate {
                simple_selector: rng.gen(),
                formula: Formula::draw(&mut rng, degree, &sources, second_phase, &rotation),
                rotation: rotation(&mut rng),
                second_phase,
            });
            sources.push((Kind::Advice, shape.inputs + index));
        }

        let mut tables: Vec<Vec<Vec<Fr>>> = Vec::new();
        let mut lookups = Vec::new();
        let draw_lookup = |rng: &mut ChaCha20Rng, width: usize, table: usize| Lookup {
            // A table of degree 1, and two factors of the argument's own.
            power: rng.gen_range(1..shape.minimum_degree.max(5) - 3),
            rotations: (0..width).map(|_| rotation(rng)).collect(),
            table,
        };
        for _ in 0..shape.lookups {
            if tables.is_empty() || rng.gen() {
                let width = rng.gen_range(1..4);
                let mut rows = vec![vec![Fr::ZERO; width]];
                for _ in 0..rng.gen_range(1..20) {
                    rows.push((0..width).map(|_| Fr::random(&mut rng)).collect());
                }
                tables.push(rows);
            }
            let table = rng.gen_range(0..tables.len());
            lookups.push(draw_lookup(&mut rng, tables[table][0].len(), table));
        }
        let mut dynamic_lookups = Vec::new();
        for table in 0..shape.dynamic_lookups {
            let width = rng.gen_range(1..4);
            let lookup = draw_lookup(&mut rng, width, table);
            dynamic_lookups.push(DynamicLookup {
                table_rotations: (0..width).map(|_| rng.gen_range(-2..3)).collect(),
                scaled: shape.two_phases && rng.gen(),
                lookup,
            });
        }

        let mut permuted = Vec::new();
        for source in sources {
            if rng.gen() {
                permuted.insert(rng.gen_range(0..=permuted.len()), source);
            }
        }
        Self {
            shape: Some(shape.clone()),
            gates,
            tables,
            lookups,
            dynamic_lookups,
            permuted,
        }
    }

    fn shape(&self) -> &Shape {
        self.shape.as_ref().expect("systems are drawn from a shape")
    }
}

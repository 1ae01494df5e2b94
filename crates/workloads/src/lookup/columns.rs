//! The columns, and what holds between them: gates and lookups.

use halo2_axiom::{
    circuit::Cell,
    halo2curves::bn256::Fr,
    plonk::{
        Advice, Column, ConstraintSystem, Constraints, Expression, Fixed, Instance, Selector,
        TableColumn,
    },
    poly::Rotation,
};

use super::{
    integer,
    network::{Activation, SCALE},
};

/// Neurons computed side by side, each in columns of its own.
pub(super) const LANES: usize = 2;

/// Operands `a` and `b`, result `c`.
#[derive(Clone, Copy, Debug)]
pub(super) struct Lane {
    pub(super) a: Column<Advice>,
    pub(super) b: Column<Advice>,
    pub(super) c: Column<Advice>,
}

/// A function as a table of two columns, and who looks it up.
#[derive(Clone, Debug)]
pub(super) struct ActivationTable {
    pub(super) activation: Activation,
    pub(super) input: TableColumn,
    pub(super) output: TableColumn,
    pub(super) on: [Selector; LANES],
}

#[derive(Clone, Debug)]
pub struct LookupConfig {
    pub(super) lanes: [Lane; LANES],
    pub(super) constants: Column<Fixed>,
    pub(super) instance: Column<Instance>,
    pub(super) product: Selector,
    pub(super) accumulate: Selector,
    pub(super) bias: Selector,
    pub(super) rescale: Selector,
    pub(super) remainders: TableColumn,
    pub(super) in_range: [Selector; LANES],
    pub(super) activations: Vec<ActivationTable>,
}

/// What decides the columns, beside what decides the rows.
#[derive(Clone, Copy, Debug, Default)]
pub struct LookupShape {
    /// Half the length of the activation tables.
    pub(super) half: i64,
    pub(super) activations: &'static [Activation],
}

impl LookupConfig {
    pub(super) fn new(meta: &mut ConstraintSystem<Fr>, shape: LookupShape) -> Self {
        let lanes = [(); LANES].map(|()| Lane {
            a: meta.advice_column(),
            b: meta.advice_column(),
            c: meta.advice_column(),
        });
        let constants = meta.fixed_column();
        let instance = meta.instance_column();
        for lane in lanes {
            for column in [lane.a, lane.b, lane.c] {
                meta.enable_equality(column);
            }
        }
        meta.enable_equality(constants);
        meta.enable_equality(instance);

        let product = gate(meta, "product", lanes, |[a, b, c], _| c - a * b);
        let accumulate = gate(meta, "accumulate", lanes, |[a, b, c], previous| {
            c - previous - a * b
        });
        let bias = gate(meta, "bias", lanes, |[a, b, c], _| c - a - b);
        let rescale = gate(meta, "rescale", lanes, |[a, b, c], _| {
            a - c * integer(SCALE) - b
        });

        let remainders = meta.lookup_table_column();
        let in_range = lanes.map(|lane| {
            let on = meta.complex_selector();
            meta.lookup("remainder", |meta| {
                let on = meta.query_selector(on);
                let b = meta.query_advice(lane.b, Rotation::cur());
                vec![(on * b, remainders)]
            });
            on
        });
        let activations = shape
            .activations
            .iter()
            .map(|&activation| {
                let input = meta.lookup_table_column();
                let output = meta.lookup_table_column();
                let at_zero = integer(activation.apply(0, shape.half));
                let on = lanes.map(|lane| {
                    let on = meta.complex_selector();
                    meta.lookup("activation", |meta| {
                        let on = meta.query_selector(on);
                        // Rows that look nothing up look up the function at zero.
                        let not_on = Expression::Constant(Fr::one()) - on.clone();
                        let a = meta.query_advice(lane.a, Rotation::cur());
                        let c = meta.query_advice(lane.c, Rotation::cur());
                        vec![(on.clone() * a, input), (on * c + not_on * at_zero, output)]
                    });
                    on
                });
                ActivationTable {
                    activation,
                    input,
                    output,
                    on,
                }
            })
            .collect();

        Self {
            lanes,
            constants,
            instance,
            product,
            accumulate,
            bias,
            rescale,
            remainders,
            in_range,
            activations,
        }
    }

    /// The cell of an advice column.
    pub(super) fn cell(column: Column<Advice>, row_offset: usize) -> Cell {
        Cell {
            row_offset,
            column: column.into(),
        }
    }
}

/// A gate that holds in every lane where its selector is on; also given c of the row above.
fn gate(
    meta: &mut ConstraintSystem<Fr>,
    name: &'static str,
    lanes: [Lane; LANES],
    constraint: impl Fn([Expression<Fr>; 3], Expression<Fr>) -> Expression<Fr>,
) -> Selector {
    let on = meta.selector();
    meta.create_gate(name, |meta| {
        let constraints = lanes.map(|lane| {
            let cells = [lane.a, lane.b, lane.c].map(|x| meta.query_advice(x, Rotation::cur()));
            constraint(cells, meta.query_advice(lane.c, Rotation::prev()))
        });
        Constraints::with_selector(meta.query_selector(on), constraints)
    });
    on
}

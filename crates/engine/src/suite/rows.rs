//! Expression programs over rows.

use ff::{Field, PrimeField};

use super::{
    plain::{assert_rows, download, points, upload},
    values::{columns, generator, random, LOG_SIZES},
};
use crate::{
    basis::{Coset, LagrangeCoeff, RowBasis},
    engine::{Engine, EngineDomain, Rows, Scalar, ScalarField},
    program::{NodeId, ProgramBuilder},
};

/// Rotations: near, beyond a block, beyond most columns, and the ends of the type.
const ROTATIONS: [i32; 12] = [
    0,
    1,
    -1,
    2,
    -7,
    127,
    128,
    -129,
    4097,
    -5000,
    i32::MAX,
    i32::MIN,
];

/// Columns that the programs read.
const INPUTS: usize = 3;

/// What a program reads at one row.
struct Row<'a, F> {
    inputs: &'a [Vec<F>],
    scalars: &'a [F],
    accumulator: F,
    point: F,
    row: usize,
}

impl<F: Copy> Row<'_, F> {
    fn query(&self, input: usize, rotation: i32) -> F {
        let column = &self.inputs[input];
        let row = self.row as i64 + i64::from(rotation);
        column[row.rem_euclid(column.len() as i64) as usize]
    }
}

/// An expression, as a program is built from it and as it is defined.
struct Case<F> {
    name: &'static str,
    build: fn(&mut ProgramBuilder<F>) -> NodeId,
    value: fn(&Row<'_, F>) -> F,
}

/// Programs that only say what to read.
fn readings<F: ScalarField>() -> Vec<Case<F>> {
    vec![
        Case {
            name: "a constant",
            build: |b| b.constant(F::from(7)),
            value: |_| F::from(7),
        },
        Case {
            name: "zero",
            build: |b| b.constant(F::ZERO),
            value: |_| F::ZERO,
        },
        Case {
            name: "a scalar",
            build: |b| b.scalar(1),
            value: |row| row.scalars[1],
        },
        Case {
            name: "a column",
            build: |b| b.query(2, 0),
            value: |row| row.query(2, 0),
        },
        Case {
            name: "a column, rotated",
            build: |b| b.query(1, -3),
            value: |row| row.query(1, -3),
        },
        Case {
            name: "the point",
            build: |b| b.point(),
            value: |row| row.point,
        },
        Case {
            name: "the accumulator",
            build: |b| b.accumulator(),
            value: |row| row.accumulator,
        },
        Case {
            name: "an expression of scalars",
            build: |b| {
                let (x, y, c) = (b.scalar(0), b.scalar(1), b.constant(F::from(3)));
                let square = b.mul(x, x);
                let sum = b.mul_add(square, c, y);
                let twice = b.add(sum, sum);
                b.negate(twice)
            },
            value: |row| -(row.scalars[0].square() * F::from(3) + row.scalars[1]).double(),
        },
    ]
}

/// Programs that compute.
fn computations<F: ScalarField>() -> Vec<Case<F>> {
    vec![
        Case {
            name: "every rotation of every column, folded into the accumulator",
            build: |b| {
                let y = b.scalar(0);
                let mut sum = b.accumulator();
                for rotation in ROTATIONS {
                    for input in 0..INPUTS {
                        let query = b.query(input as u32, rotation);
                        sum = b.mul_add(sum, y, query);
                    }
                }
                sum
            },
            value: |row| {
                let queries = ROTATIONS
                    .into_iter()
                    .flat_map(|rotation| (0..INPUTS).map(move |input| (input, rotation)));
                queries.fold(row.accumulator, |sum, (input, rotation)| {
                    sum * row.scalars[0] + row.query(input, rotation)
                })
            },
        },
        Case {
            name: "a gate: (a b - c) (a + 2 X) - (b next)^2 + 5",
            build: |b| {
                let (a, x, c) = (b.query(0, 0), b.query(1, 0), b.query(2, 0));
                let (next, point, five) = (b.query(1, 1), b.point(), b.constant(F::from(5)));
                let product = b.mul(a, x);
                let left = b.sub(product, c);
                let twice = b.add(point, point);
                let right = b.add(a, twice);
                let gate = b.mul(left, right);
                let square = b.mul(next, next);
                let difference = b.sub(gate, square);
                b.add(difference, five)
            },
            value: |row| {
                let (a, b, c) = (row.query(0, 0), row.query(1, 0), row.query(2, 0));
                (a * b - c) * (a + row.point.double()) - row.query(1, 1).square() + F::from(5)
            },
        },
        Case {
            name: "negations and differences from constants",
            build: |b| {
                let (a, x, one) = (b.query(0, 2), b.query(1, -2), b.constant(F::ONE));
                let minus_a = b.negate(a);
                let difference = b.sub(one, minus_a);
                let other = b.sub(x, one);
                let product = b.mul(difference, other);
                b.negate(product)
            },
            value: |row| -((F::ONE + row.query(0, 2)) * (row.query(1, -2) - F::ONE)),
        },
        Case {
            name: "forty values alive at once",
            build: |b| {
                let (a, x) = (b.query(0, 0), b.query(1, 1));
                let mut values = vec![b.mul(a, x)];
                for _ in 1..40 {
                    let next = b.mul_add(values[values.len() - 1], a, x);
                    values.push(next);
                }
                let mut product = b.point();
                for value in values.into_iter().rev() {
                    product = b.mul(product, value);
                }
                product
            },
            value: |row| {
                let (a, x) = (row.query(0, 0), row.query(1, 1));
                std::iter::successors(Some(a * x), |value| Some(*value * a + x))
                    .take(40)
                    .fold(row.point, |product, value| product * value)
            },
        },
    ]
}

fn assert_cases<E: Engine, B: RowBasis>(
    engine: &E,
    domain: &EngineDomain<E>,
    shift: Scalar<E>,
    inputs: &[Vec<Scalar<E>>],
    accumulator: &[Scalar<E>],
) {
    let scalars = [Scalar::<E>::from(11), -Scalar::<E>::from(13)];
    let uploaded: Vec<_> = inputs.iter().map(|v| upload::<E, B>(engine, v)).collect();
    let references: Vec<_> = uploaded.iter().collect();
    let points = points(domain.n(), domain.omega, shift);
    for case in readings().into_iter().chain(computations()) {
        let mut builder = ProgramBuilder::new();
        let output = (case.build)(&mut builder);
        let program = builder.compile(&[output]);
        let expected: Vec<_> = (0..domain.n())
            .map(|row| {
                (case.value)(&Row {
                    inputs,
                    scalars: &scalars,
                    accumulator: accumulator[row],
                    point: points[row],
                    row,
                })
            })
            .collect();
        // Exactly what the program reads, and more than that.
        let exact = (
            &references[..program.inputs()],
            &scalars[..program.scalars()],
        );
        for (inputs, scalars) in [exact, (&references[..], &scalars[..])] {
            let rows = Rows { domain, shift };
            let accumulator = program
                .reads_accumulator()
                .then(|| upload(engine, accumulator));
            let column = engine
                .evaluate::<B>(&program, rows, inputs, scalars, accumulator)
                .expect("evaluate");
            let context = format!("{}, k = {}, {} basis", case.name, domain.k, B::NAME);
            assert_rows(&context, &download(engine, &column), &expected);
        }
    }
    for (column, values) in uploaded.iter().zip(inputs) {
        assert_rows("inputs stay as they are", &download(engine, column), values);
    }
}

/// [`RowPrograms::evaluate`](crate::RowPrograms::evaluate) over H and over a coset.
pub fn evaluate<E: Engine>(engine: &E) {
    let mut rng = generator(0x0501);
    for k in LOG_SIZES {
        let domain = engine.domain(k).expect("domain");
        let n = domain.n();
        let accumulator = random(n, &mut rng);
        let random: Vec<_> = (0..INPUTS).map(|_| random(n, &mut rng)).collect();
        let shift = Scalar::<E>::MULTIPLICATIVE_GENERATOR;
        assert_cases::<E, Coset>(engine, &domain, shift, &random, &accumulator);
        let mut kinds = columns(n, &mut rng).into_iter().map(|(_, values)| values);
        while let (Some(a), Some(b), Some(c)) = (kinds.next(), kinds.next(), kinds.next()) {
            let inputs = [a, b, c];
            assert_cases::<E, LagrangeCoeff>(
                engine,
                &domain,
                Scalar::<E>::ONE,
                &inputs,
                &accumulator,
            );
            if k > 8 {
                break;
            }
        }
    }
}

/// The tests of this file.
#[doc(hidden)]
#[macro_export]
macro_rules! rows_suite {
    ($engine:expr, $threads:tt) => {
        $crate::engine_suite! {
            @tests $engine, $threads:
            evaluate
        }
    };
}

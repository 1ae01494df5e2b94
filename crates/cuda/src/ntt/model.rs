//! The passes in plain Rust, index by index as the kernel has them, for tests of the plan.

use crate::field::ScalarField;
use ff::{Field, PrimeField};
use rand_chacha::{rand_core::SeedableRng, ChaCha20Rng};

use super::plan::{Base, Factors, Kind, Pass, Plan, Table};
use super::policy::Policy;

/// What a table's bases stand for.
struct Values {
    omega: ScalarField,
    shift: ScalarField,
    n_inverse: ScalarField,
}

impl Values {
    fn of(&self, base: Base) -> ScalarField {
        let power = |value: ScalarField, log: Option<u32>| match log {
            Some(log) => value.pow_vartime([1 << log]),
            None => ScalarField::ONE,
        };
        power(self.omega, base.log_omega) * power(self.shift, base.log_shift)
    }

    fn entry(&self, table: &Table, index: usize) -> ScalarField {
        let x = index >> table.log_length;
        let y = index & ((1 << table.log_length) - 1);
        assert!(x < 1 << (table.log_high + table.log_low), "in the table");
        let (high, low) = (x >> table.log_low, x & ((1 << table.log_low) - 1));
        let counted = high + (low << table.log_high);
        let power = |base: Base, exponent: usize| self.of(base).pow_vartime([exponent as u64]);
        let scale = if table.scaled {
            self.n_inverse
        } else {
            ScalarField::ONE
        };
        scale * power(table.rows, counted) * power(table.steps, y) * power(table.both, counted * y)
    }

    fn factor(&self, factors: &Factors, log_rows: u32, q: usize, row: usize) -> ScalarField {
        let of_row = |table| {
            let index = (q >> factors.row_shift) << log_rows | row;
            self.entry(table, index)
        };
        let of_column = |table| self.entry(table, q & factors.column_mask as usize);
        factors.row.as_ref().map_or(ScalarField::ONE, of_row)
            * factors.column.as_ref().map_or(ScalarField::ONE, of_column)
    }
}

/// q with its digits in the order in which the passes before the last have left them.
fn reversed(plan: &Plan, mut q: usize) -> usize {
    let mut place = 0;
    for log in plan.log_digits() {
        place = place << log | (q & ((1 << log) - 1));
        q >>= log;
    }
    place
}

fn run_pass(plan: &Plan, pass: &Pass, values: &Values, from: &[ScalarField]) -> Vec<ScalarField> {
    let n = plan.n();
    let rows = 1_usize << pass.log_rows;
    let sequences = n / rows;
    let mut to = vec![None; n];
    for q in 0..sequences {
        let place = |row: usize| {
            let below = q & ((1 << pass.log_distance) - 1);
            let above = q >> pass.log_distance;
            (above << pass.log_rows | row) << pass.log_distance | below
        };
        let source = |row| match pass.last {
            true => reversed(plan, q) * rows + row,
            false => place(row),
        };
        let target = |row| match pass.last {
            true => row * sequences + q,
            false => place(row),
        };
        let x: Vec<ScalarField> = (0..rows)
            .map(|row| {
                let at = match pass.negated {
                    true => (n - source(row)) % n,
                    false => source(row),
                };
                from[at] * values.factor(&pass.load, pass.log_rows, q, row)
            })
            .collect();
        let root = values.omega.pow_vartime([sequences as u64]);
        for (row, value) in dft(&x, root).into_iter().enumerate() {
            let value = value * values.factor(&pass.store, pass.log_rows, q, row);
            assert!(to[target(row)].replace(value).is_none(), "written once");
        }
    }
    to.into_iter()
        .map(|value| value.expect("written"))
        .collect()
}

/// By definition: X_k = sum_j x_j root^(j k).
fn dft(x: &[ScalarField], root: ScalarField) -> Vec<ScalarField> {
    let points = std::iter::successors(Some(ScalarField::ONE), |point| Some(point * root));
    points
        .take(x.len())
        .map(|point| {
            x.iter()
                .rev()
                .fold(ScalarField::ZERO, |sum, x| sum * point + x)
        })
        .collect()
}

/// A transform by definition.
fn expected(
    kind: Kind,
    a: &[ScalarField],
    omega: ScalarField,
    shift: ScalarField,
) -> Vec<ScalarField> {
    let powers = |base: ScalarField| {
        std::iter::successors(Some(ScalarField::ONE), move |power| Some(power * base))
    };
    let times = |a: &[ScalarField], base| -> Vec<ScalarField> {
        a.iter()
            .zip(powers(base))
            .map(|(a, power)| a * power)
            .collect()
    };
    let invert = |a: &[ScalarField]| -> Vec<ScalarField> {
        let scale = ScalarField::from(a.len() as u64)
            .invert()
            .expect("n is not zero");
        let inverse = omega.invert().expect("a root of unity");
        dft(a, inverse).iter().map(|a| a * scale).collect()
    };
    match kind {
        Kind::Forward => dft(a, omega),
        Kind::Inverse => invert(a),
        Kind::CosetForward => dft(&times(a, shift), omega),
        Kind::CosetInverse => times(&invert(a), shift.invert().expect("a shift")),
    }
}

#[test]
fn passes_make_the_transform() {
    let mut rng = ChaCha20Rng::seed_from_u64(1);
    for max_log_rows in 1..=8 {
        let policy = Policy {
            max_log_rows,
            batch_bytes: 0,
        };
        for k in 1..=9.min(4 * max_log_rows + 1) {
            let plan = Plan::new(k, &policy);
            let omega =
                (k..ScalarField::S).fold(ScalarField::ROOT_OF_UNITY, |root, _| root.square());
            let shift = ScalarField::random(&mut rng);
            let a: Vec<ScalarField> = (0..plan.n())
                .map(|_| ScalarField::random(&mut rng))
                .collect();
            for kind in Kind::ALL {
                let values = Values {
                    omega,
                    shift: match kind {
                        Kind::CosetInverse => shift.invert().expect("a shift"),
                        _ => shift,
                    },
                    n_inverse: ScalarField::from(plan.n() as u64)
                        .invert()
                        .expect("n is not zero"),
                };
                let actual = plan
                    .passes(kind)
                    .iter()
                    .fold(a.clone(), |a, pass| run_pass(&plan, pass, &values, &a));
                assert!(
                    actual == expected(kind, &a, omega, shift),
                    "{kind:?} of 2^{k} in passes of {:?}",
                    plan.logs()
                );
            }
        }
    }
}

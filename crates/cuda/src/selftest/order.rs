//! Vectors into other orders and back, against places computed on the host (`kernels/field/order.cu`).

use ff::Field;

use super::{difference, values, Difference, Failure, Suite};
use crate::{
    canonical::{Canonical, Places, Vectors},
    context::Context,
    field::ScalarField,
};

const TAKE: &str = "field_order_take";
const GIVE: &str = "field_order_give";
pub(super) const OPERATIONS: [&str; 2] = [TAKE, GIVE];

pub(super) fn check(suite: &mut Suite<'_>, context: &Context, canonical: &Canonical) {
    let log_sizes = suite.sizes(&[0, 1, 2, 5, 8], &[0, 1, 2, 5, 7, 8, 12, 16, 20]);
    let mut rng = values::generator(suite.options.seed);
    for k in log_sizes {
        for (count, by_columns) in [(1, false), (3, false), (3, true)] {
            let vectors = Vectors {
                n: 1 << k,
                count,
                by_columns,
            };
            let values: Vec<ScalarField> = (0..vectors.len())
                .map(|_| ScalarField::random(&mut rng))
                .collect();
            for (reversed, factor) in [(false, 1), (true, 1), (false, 3), (true, (1 << k) - 1)] {
                let places = Places { reversed, factor };
                let kept = if by_columns { "columns" } else { "rows" };
                let case = format!("2^{k} x {count} in {kept}, reversed: {reversed}, by {factor}");
                for operation in OPERATIONS {
                    suite.check(operation, &*case, || {
                        compare(context, canonical, operation, &vectors, places, &values)
                    });
                }
            }
        }
    }
}

fn compare(
    context: &Context,
    canonical: &Canonical,
    operation: &str,
    vectors: &Vectors,
    places: Places,
    values: &[ScalarField],
) -> Result<Option<Difference>, Failure> {
    let from = context.allocate_from("selftest operand", values)?;
    let mut to = context.allocate::<ScalarField>("selftest result", values.len())?;
    let mut expected = vec![ScalarField::ZERO; values.len()];
    for vector in 0..vectors.count {
        for j in 0..vectors.n {
            let row = |value: usize| vector * vectors.n + value;
            let theirs = |value: usize| vectors.place(vector, value);
            match operation {
                TAKE => expected[row(j)] = values[theirs(places.taken(vectors, j))],
                _ => expected[theirs(j)] = values[row(places.given(vectors, j))],
            }
        }
    }
    match operation {
        TAKE => canonical.take(vectors, places, to.all_mut(), from.all())?,
        _ => canonical.give(vectors, places, to.all_mut(), from.all())?,
    }
    let actual = context.begin_download(to.all())?.wait()?;
    Ok(difference(&expected, &actual))
}

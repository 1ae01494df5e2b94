//! Columns and lists of the wrong length: an error that says so, never a panic.

use ff::Field;

use super::plain::{upload, LABEL};
use crate::{
    basis::{Basis, Coeff, Coset, LagrangeCoeff},
    engine::{Engine, EngineColumn, Fractions, Rows, Scalar},
    error::EngineError,
    program::{Program, ProgramBuilder},
};

const K: u32 = 3;
const N: usize = 1 << K;
/// A smaller column, an empty one, a longer one.
const WRONG: [usize; 3] = [N / 2, 0, 2 * N];

fn assert_length<T>(what: &str, result: Result<T, EngineError>) {
    match result {
        Err(EngineError::Length { .. }) => {}
        Err(other) => panic!("{what}: {other}"),
        Ok(_) => panic!("{what}: accepted"),
    }
}

fn ones<E: Engine, B: Basis>(engine: &E, n: usize) -> EngineColumn<E, B> {
    upload(engine, &vec![Scalar::<E>::ONE; n])
}

/// Uploads that bring another number of values than they said.
pub fn wrong_length_upload<E: Engine>(engine: &E) {
    for wrong in WRONG {
        let values = || vec![Scalar::<E>::ONE; wrong];
        assert_length("upload", engine.upload::<Coeff>(LABEL, N, values));
    }
}

/// Columns longer than the SRS, alone and beside one that fits.
pub fn wrong_length_commit<E: Engine>(engine: &E) {
    use group::prime::PrimeCurveAffine;
    let points = vec![E::Curve::generator(); N];
    let lagrange = engine.load_srs(N, || points.clone()).expect("load_srs");
    let coeff = engine.load_srs(N, || points.clone()).expect("load_srs");
    let (fits, long) = (ones(engine, N), ones(engine, 2 * N));
    assert_length(
        "values",
        engine.commit::<LagrangeCoeff>(&lagrange, &[&fits, &long]),
    );
    let long = ones(engine, 2 * N);
    assert_length("coefficients", engine.commit::<Coeff>(&coeff, &[&long]));
}

/// Transforms of columns that are not as long as the domain.
pub fn wrong_length_transforms<E: Engine>(engine: &E) {
    let domain = engine.domain(K).expect("domain");
    let shift = Scalar::<E>::from(5);
    for wrong in WRONG {
        let columns = vec![ones(engine, N), ones(engine, wrong)];
        assert_length("interpolate", engine.interpolate(&domain, columns));
        let (right, column) = (ones(engine, N), ones(engine, wrong));
        let columns = [&right, &column];
        assert_length("tabulate", engine.tabulate(&domain, &columns));
        assert_length("extend", engine.extend(&domain, shift, &columns));
        let column = ones(engine, wrong);
        let result = engine.interpolate_coset(&domain, shift, column);
        assert_length("interpolate_coset", result);
    }
}

/// acc * y + a b over two columns; twice as the outputs, where there are two.
fn program<E: Engine>(outputs: usize, accumulator: bool) -> Program<Scalar<E>> {
    let mut builder = ProgramBuilder::new();
    let (a, b, y) = (builder.query(0, 0), builder.query(1, 1), builder.scalar(0));
    let product = builder.mul(a, b);
    let start = if accumulator {
        builder.accumulator()
    } else {
        a
    };
    let output = builder.mul_add(start, y, product);
    builder.compile(&vec![output; outputs])
}

/// Programs that are not given what they read, or that have another number of outputs than one.
pub fn wrong_length_evaluate<E: Engine>(engine: &E) {
    let domain = engine.domain(K).expect("domain");
    let right: EngineColumn<E, Coset> = ones(engine, N);
    let wrong = WRONG.map(|n| ones(engine, n));
    let y = [Scalar::<E>::from(7)];
    let run = |program: &Program<_>, inputs: &[_], scalars: &[_], accumulator: Option<usize>| {
        let rows = Rows {
            domain: &domain,
            shift: Scalar::<E>::from(5),
        };
        let accumulator = accumulator.map(|n| ones(engine, n));
        engine.evaluate::<Coset>(program, rows, inputs, scalars, accumulator)
    };
    let (plain, folding) = (program::<E>(1, false), program::<E>(1, true));
    let inputs = [&right, &right];
    run(&plain, &inputs, &y, None).expect("nothing is missing");
    run(&folding, &inputs, &y, Some(N)).expect("nothing is missing");
    assert_length("a column is missing", run(&plain, &inputs[..1], &y, None));
    assert_length("all columns are missing", run(&plain, &[], &y, None));
    assert_length("a scalar is missing", run(&plain, &inputs, &[], None));
    assert_length("no accumulator", run(&folding, &inputs, &y, None));
    assert_length("an accumulator too many", run(&plain, &inputs, &y, Some(N)));
    for outputs in [0, 2] {
        let program = program::<E>(outputs, false);
        assert_length("outputs", run(&program, &inputs, &y, None));
    }
    for column in &wrong {
        assert_length("an input", run(&plain, &[&right, column], &y, None));
    }
    for n in WRONG {
        assert_length("the accumulator", run(&folding, &inputs, &y, Some(n)));
    }
}

/// Lookups between columns of two sizes, over more rows than there are, and with other than the
/// blinding rows that are left.
pub fn wrong_length_permute_lookup<E: Engine>(engine: &E) {
    let usable = N - 3;
    let right = ones(engine, N);
    let wrong = WRONG.map(|n| ones(engine, n));
    let blinding = [Scalar::<E>::ONE; N];
    let run = |input, table, usable, input_blinding, table_blinding| {
        engine.permute_lookup(
            input,
            table,
            usable,
            &blinding[..input_blinding],
            &blinding[..table_blinding],
        )
    };
    run(&right, &right, usable, 3, 3).expect("nothing is wrong");
    for column in &wrong {
        assert_length("the input", run(column, &right, usable, 3, 3));
        assert_length("the table", run(&right, column, usable, 3, 3));
    }
    for more in [N + 1, 2 * N, usize::MAX] {
        assert_length("usable rows", run(&right, &right, more, 0, 0));
    }
    for wrong in [0, 2, 4] {
        assert_length("blinding of A'", run(&right, &right, usable, wrong, 3));
        assert_length("blinding of S'", run(&right, &right, usable, 3, wrong));
    }
}

/// Grand products that are not given what they read, or that do not fill the rows.
pub fn wrong_length_grand_product<E: Engine>(engine: &E) {
    let domain = engine.domain(K).expect("domain");
    let right: EngineColumn<E, LagrangeCoeff> = ones(engine, N);
    let blinding = [Scalar::<E>::ONE; N];
    let wrong = WRONG.map(|n| ones(engine, n));
    let y = [Scalar::<E>::from(7)];
    let run = |program: &Program<_>, inputs: &[_], scalars: &[_], usable_rows, blinding_rows| {
        engine.grand_product(
            &domain,
            Fractions {
                program,
                inputs: inputs.to_vec(),
                scalars,
                after: None,
                usable_rows,
                blinding: &blinding[..blinding_rows],
            },
        )
    };
    let fraction = program::<E>(2, false);
    let inputs = [&right, &right];
    run(&fraction, &inputs, &y, N - 3, 2).expect("nothing is wrong");
    assert_length(
        "a column is missing",
        run(&fraction, &inputs[..1], &y, N - 3, 2),
    );
    assert_length(
        "a scalar is missing",
        run(&fraction, &inputs, &[], N - 3, 2),
    );
    for outputs in [0, 1, 3] {
        let program = program::<E>(outputs, false);
        assert_length("outputs", run(&program, &inputs, &y, N - 3, 2));
    }
    let folding = program::<E>(2, true);
    assert_length("an accumulator", run(&folding, &inputs, &y, N - 3, 2));
    for (usable_rows, blinding_rows) in [
        (N - 3, 0),
        (N - 3, 3),
        (N, 0),
        (N, 2),
        (2 * N, 0),
        (usize::MAX, N),
    ] {
        let result = run(&fraction, &inputs, &y, usable_rows, blinding_rows);
        assert_length("rows", result);
    }
    for column in &wrong {
        let result = run(&fraction, &[&right, column], &y, N - 3, 2);
        assert_length("an input", result);
    }
}

/// Terms that are not as long as the sum, and a `low` that is longer.
pub fn wrong_length_linear_combination<E: Engine>(engine: &E) {
    let (one, right) = (Scalar::<E>::ONE, ones(engine, N));
    for wrong in WRONG {
        let column = ones(engine, wrong);
        let terms = [(one, &right), (one, &column)];
        assert_length("a term", engine.linear_combination(N, &terms, &[]));
        let result = engine.accumulate(ones(engine, N), &terms);
        assert_length("a term more", result);
    }
    let result = engine.linear_combination(N, &[(one, &right)], &[one; N + 1]);
    assert_length("low", result);
}

/// The tests of this file.
#[doc(hidden)]
#[macro_export]
macro_rules! lengths_suite {
    ($engine:expr, $threads:tt) => {
        $crate::engine_suite! {
            @tests $engine, $threads:
            wrong_length_upload
            wrong_length_commit
            wrong_length_transforms
            wrong_length_evaluate
            wrong_length_permute_lookup
            wrong_length_grand_product
            wrong_length_linear_combination
        }
    };
}

//! Faults planted in one of two engines, and how they are reported.

use std::borrow::Cow;

use ff::Field;
use halo2curves::bn256::{Fr, G1Affine, G1};

use crate::{
    accel::{MsmAccel, NttAccel},
    basis::{Basis, Coeff, Coset, LagrangeCoeff},
    cpu::CpuTables,
    Buffer, Checked, Column, Columns, CpuEngine, CpuKernels, Engine, EngineColumn, EngineError,
    HybridEngine, Label, Lookups, Pair, Polynomials, Products, Transforms,
};

const CPU: CpuKernels = CpuKernels::Portable;

const K: u32 = 4;
const N: usize = 1 << K;

/// What is wrong with an accelerator.
#[derive(Clone, Copy, PartialEq)]
enum Fault {
    /// Nothing.
    None,
    /// The multiplication of one column is off by the generator.
    Commitment(usize),
    /// One value of one column of an inverse transform is off by one.
    Inverse(usize, usize),
    /// One value of one column of a coset transform is off by one.
    Extension(usize, usize),
    /// Inverse transforms fail.
    Driver,
}

struct Faulty(Fault);

impl MsmAccel<G1Affine> for Faulty {
    type Bases<'h> = Cow<'h, [G1Affine]>;

    fn name(&self) -> String {
        "faulty".into()
    }

    fn load<'h>(&self, bases: Cow<'h, [G1Affine]>) -> Result<Self::Bases<'h>, EngineError> {
        CPU.load(bases)
    }

    fn msm(&self, bases: &Self::Bases<'_>, columns: &[&[Fr]]) -> Result<Vec<G1>, EngineError> {
        let mut points = CPU.msm(bases, columns)?;
        if let Fault::Commitment(column) = self.0 {
            points[column] += G1Affine::generator();
        }
        Ok(points)
    }
}

impl NttAccel<Fr> for Faulty {
    type Tables = CpuTables<Fr>;

    fn name(&self) -> String {
        "faulty".into()
    }

    fn tables(&self, k: u32) -> Result<(Fr, Self::Tables), EngineError> {
        CPU.tables(k)
    }

    fn forward(&self, tables: &Self::Tables, columns: &mut [&mut [Fr]]) -> Result<(), EngineError> {
        CPU.forward(tables, columns)
    }

    fn inverse(&self, tables: &Self::Tables, columns: &mut [&mut [Fr]]) -> Result<(), EngineError> {
        if self.0 == Fault::Driver {
            return Err(EngineError::Device(
                "interpolate failed on faulty: it is on fire".into(),
            ));
        }
        CPU.inverse(tables, columns)?;
        if let Fault::Inverse(column, row) = self.0 {
            columns[column][row] += Fr::ONE;
        }
        Ok(())
    }

    fn coset_forward(
        &self,
        tables: &Self::Tables,
        columns: &mut [(&[Fr], &mut [Fr])],
        shift: Fr,
    ) -> Result<(), EngineError> {
        CPU.coset_forward(tables, columns, shift)?;
        if let Fault::Extension(column, row) = self.0 {
            columns[column].1[row] += Fr::ONE;
        }
        Ok(())
    }

    fn coset_inverse(
        &self,
        tables: &Self::Tables,
        columns: &mut [&mut [Fr]],
        shift: Fr,
    ) -> Result<(), EngineError> {
        CPU.coset_inverse(tables, columns, shift)
    }
}

type Cpu = CpuEngine<'static, G1Affine>;
type Doubtful = HybridEngine<'static, G1Affine, Faulty, Faulty>;

fn engine(fault: Fault) -> Checked<Cpu, Doubtful> {
    let doubtful = HybridEngine::with_accelerators(Faulty(fault), Faulty(fault));
    Checked::new(Cpu::new(), doubtful)
}

fn values(first: u64) -> Vec<Fr> {
    (first..).take(N).map(Fr::from).collect()
}

/// A little of everything that the accelerators have a part in.
fn run<E: Engine<Curve = G1Affine>>(engine: &E) -> Result<(), EngineError> {
    let domain = engine.domain(K)?;
    let points = vec![G1Affine::generator(); N];
    let srs = engine.load_srs(N, move || points)?;
    let a = engine.upload::<LagrangeCoeff>(Label::brief("values", 0), N, || values(1))?;
    let b = engine.upload::<LagrangeCoeff>(Label::brief("values", 0), N, || values(5))?;
    let commitments = engine.commit(&srs, &[&a, &b, &a])?;
    assert_eq!(commitments[0], commitments[2]);
    let coefficients = engine.interpolate(&domain, vec![a, b])?;
    let references: Vec<_> = coefficients.iter().collect();
    engine.extend(&domain, Fr::from(7), &references)?;
    Ok(())
}

fn assert_mismatch(fault: Fault, operation: &str, place: &str) {
    match run(&engine(fault)) {
        Err(EngineError::Mismatch {
            operation: in_operation,
            left,
            right,
            place: at,
        }) => {
            assert_eq!((in_operation, at.as_str()), (operation, place));
            assert_eq!((left.as_str(), right.as_str()), ("cpu", "faulty"));
        }
        other => panic!("{operation}: {other:?}"),
    }
}

#[test]
fn engines_that_agree_give_no_error() {
    run(&engine(Fault::None)).expect("they agree");
}

#[test]
fn a_wrong_commitment_is_named() {
    for column in 0..3 {
        let place = format!("value {column}");
        assert_mismatch(Fault::Commitment(column), "commit", &place);
    }
}

#[test]
fn a_wrong_row_is_named() {
    for (column, row) in [(0, 0), (0, N - 1), (1, 6)] {
        let place = format!("column {column}, row {row}");
        assert_mismatch(Fault::Inverse(column, row), "interpolate", &place);
        assert_mismatch(Fault::Extension(column, row), "extend", &place);
    }
}

#[test]
fn an_error_of_one_engine_is_a_mismatch() {
    let place = "an error of the second alone (interpolate failed on faulty: it is on fire)";
    assert_mismatch(Fault::Driver, "interpolate", place);
    let other_way = Checked::new(
        HybridEngine::with_accelerators(CPU, Faulty(Fault::Driver)),
        Cpu::new(),
    );
    let error = run(&other_way).expect_err("the first fails");
    assert!(error.to_string().contains("an error of the first alone"));
}

#[test]
fn an_error_of_both_is_the_first_ones() {
    let engine = engine(Fault::Driver);
    let domain = engine.domain(K).expect("domain");
    let short = engine.upload(Label::brief("values", 0), N / 2, || {
        values(1)[..N / 2].to_vec()
    });
    let result = engine.interpolate(&domain, vec![short.expect("upload")]);
    assert!(matches!(result, Err(EngineError::Length { .. })));
}

type CheckedColumn<B> = EngineColumn<Checked<Cpu, Doubtful>, B>;

/// A column whose memories differ in one row.
fn doctored<B: Basis>(row: usize) -> CheckedColumn<B> {
    let mut other = values(1);
    other[row] = -other[row];
    Column::from_memory(Pair(values(1).into(), other.into()))
}

#[test]
fn what_differs_in_memory_is_found_by_every_operation() {
    let engine = engine(Fault::None);
    let place = |error: EngineError| match error {
        EngineError::Mismatch {
            operation, place, ..
        } => format!("{operation}: {place}"),
        other => panic!("{other}"),
    };
    let column = doctored::<Coset>(3);
    let error = engine.download(&column).expect_err("row 3");
    assert_eq!(place(error), "download: value 3");
    let error = engine.batch_invert(column).expect_err("row 3");
    assert_eq!(place(error), "batch_invert: row 3");
    let polynomial = doctored::<Coeff>(2);
    let whole = engine.zeros::<Coeff>(N).expect("zeros");
    let queries = [(&whole, Fr::ONE), (&polynomial, Fr::ONE)];
    let error = engine.horner(&queries).expect_err("the second");
    assert_eq!(place(error), "horner: value 1");
    let table = engine.upload::<LagrangeCoeff>(Label::brief("values", 0), N, || values(1));
    let table = table.expect("upload");
    let column = |value| Buffer::from(vec![Fr::from(value); N]);
    let inputs = Column::from_memory(Pair(column(4), column(3)));
    let result = engine.permute_lookup(&inputs, &table, N, &[], &[]);
    let Err(error) = result else {
        panic!("the inputs differ")
    };
    assert_eq!(place(error), "permute_lookup: A', row 0");
}

#[test]
fn uploads_ask_for_their_values_once() {
    let mut asked = 0;
    let column = engine(Fault::None).upload::<Coeff>(Label::brief("values", 0), N, || {
        asked += 1;
        values(1)
    });
    column.expect("upload");
    assert_eq!(asked, 1);
}

/// Of what two engines plan, what both have room for; and both do what they do.
#[test]
fn plans_are_for_both() {
    use super::Agree;
    assert_eq!((3.agree(5), 5.agree(3)), (3, 3));
    assert_eq!([true, false].map(|one| one.agree(true)), [true, false]);
    assert!(!true.agree(false));
    let estimate = crate::Estimate::<G1Affine>::new(1);
    assert!(!Checked::new(estimate.clone(), estimate).has_data());
    let engine = engine(Fault::None);
    assert!(engine.has_data());
    assert_eq!(engine.name(), "cpu checked by faulty");
}

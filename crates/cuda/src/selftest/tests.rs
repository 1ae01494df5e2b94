//! That the checks of the primitives pass the CPU's, and see a fault.

use std::borrow::Cow;

use crate::field::{Affine, Projective, ScalarField};
use ff::Field;
use halo2_offload_engine::{CpuKernels, EngineError, MsmAccel, NttAccel};

use super::{difference_of, msm, ntt, values::from_limbs, CheckResult, Options, Outcome, Suite};

fn results(check: impl FnOnce(&mut Suite<'_>)) -> Vec<CheckResult> {
    let options = Options::default();
    let mut seen = 0;
    let mut progress = |_: &CheckResult| seen += 1;
    let mut suite = Suite::new(true, &options, &mut progress);
    check(&mut suite);
    let results = suite.results;
    assert_eq!(results.len(), seen);
    results
}

/// The CPU's NTT with the last value of the last column of a coset transform off by one.
struct FaultyNtt;

type Tables = <CpuKernels as NttAccel<ScalarField>>::Tables;

impl NttAccel<ScalarField> for FaultyNtt {
    type Tables = Tables;

    fn name(&self) -> String {
        "faulty".into()
    }

    fn tables(&self, k: u32) -> Result<(ScalarField, Tables), EngineError> {
        CpuKernels::Portable.tables(k)
    }

    fn forward(
        &self,
        tables: &Tables,
        columns: &mut [&mut [ScalarField]],
    ) -> Result<(), EngineError> {
        CpuKernels::Portable.forward(tables, columns)
    }

    fn inverse(&self, _: &Tables, _: &mut [&mut [ScalarField]]) -> Result<(), EngineError> {
        Err(EngineError::Device("the fan stands still".into()))
    }

    fn coset_forward(
        &self,
        tables: &Tables,
        columns: &mut [(&[ScalarField], &mut [ScalarField])],
        shift: ScalarField,
    ) -> Result<(), EngineError> {
        CpuKernels::Portable.coset_forward(tables, columns, shift)?;
        if let Some(last) = columns.last_mut().and_then(|(_, out)| out.last_mut()) {
            *last += ScalarField::ONE;
        }
        Ok(())
    }

    fn coset_inverse(
        &self,
        tables: &Tables,
        columns: &mut [&mut [ScalarField]],
        shift: ScalarField,
    ) -> Result<(), EngineError> {
        CpuKernels::Portable.coset_inverse(tables, columns, shift)
    }
}

#[test]
fn the_ntt_of_the_cpu_passes() {
    let results = results(|suite| ntt::check(suite, &CpuKernels::Portable));
    assert!(results.len() > 100);
    for result in results {
        assert!(result.passed(), "{result}");
    }
}

#[test]
fn a_faulty_ntt_is_seen() {
    for result in results(|suite| ntt::check(suite, &FaultyNtt)) {
        match result.operation.as_str() {
            "ntt_coset_forward" => assert!(
                matches!(&result.outcome, Outcome::Differs(difference) if difference.place.starts_with("column")),
                "{result}"
            ),
            "ntt_inverse" => {
                assert_eq!(
                    result.outcome,
                    Outcome::Failed("the fan stands still".into())
                );
            }
            _ => assert!(result.passed(), "{result}"),
        }
    }
}

/// The CPU's MSM without the last scalar.
struct FaultyMsm;

impl MsmAccel<Affine> for FaultyMsm {
    type Bases<'h> = Cow<'h, [Affine]>;

    fn name(&self) -> String {
        "faulty".into()
    }

    fn load<'h>(&self, bases: Cow<'h, [Affine]>) -> Result<Self::Bases<'h>, EngineError> {
        Ok(bases)
    }

    fn msm(
        &self,
        bases: &Self::Bases<'_>,
        columns: &[&[ScalarField]],
    ) -> Result<Vec<Projective>, EngineError> {
        let columns: Vec<&[ScalarField]> = columns
            .iter()
            .map(|column| &column[..column.len().saturating_sub(1)])
            .collect();
        CpuKernels::Portable.msm(bases, &columns)
    }
}

#[test]
fn the_msm_of_the_cpu_passes() {
    let results = results(|suite| msm::check(suite, &CpuKernels::Portable));
    assert!(results.len() > 50);
    for result in results {
        assert!(result.passed(), "{result}");
    }
}

#[test]
fn a_faulty_msm_is_seen() {
    let results = results(|suite| msm::check(suite, &FaultyMsm));
    let uniform: Vec<_> = results
        .iter()
        .filter(|result| result.case.contains("uniform scalars over distinct"))
        .collect();
    assert!(!uniform.is_empty());
    for result in uniform {
        assert!(!result.passed(), "{result}");
    }
    let zeros = results
        .iter()
        .find(|result| result.case.contains("zeros"))
        .map(CheckResult::passed);
    assert_eq!(zeros, Some(true));
}

#[test]
fn a_result_says_that_it_is_emulated() {
    let results = results(|suite| suite.check("operation", "case", || Ok(None)));
    assert_eq!(results[0].to_string(), "operation: case (emulated): passed");
}

/// 1 and 1 + p, in Montgomery form: the same number, and not the same result.
#[test]
fn a_value_that_is_not_reduced_is_shown_as_it_is() {
    let (one, not_reduced) = (
        ScalarField::ONE,
        from_limbs::<ScalarField>([
            0xf07829b03ffffffc,
            0x5f305ede191a3dba,
            0x1ebee925f9fa9e8b,
            0x3e6ec6347b397f59,
        ]),
    );
    let (a, b) = (
        [ScalarField::ZERO, ScalarField::from(3)],
        [ScalarField::ZERO, ScalarField::from(5)],
    );
    let found = difference_of(
        &[&a, &b],
        &[ScalarField::ZERO, one],
        &[ScalarField::ZERO, not_reduced],
    );
    let found = found.expect("they differ");
    assert_eq!(
        found.place,
        format!(
            "element 1, of {:?} and {:?}",
            ScalarField::from(3),
            ScalarField::from(5)
        )
    );
    assert_eq!(found.expected, format!("{one:?}"));
    let in_memory = "fcffff3fb02978f0ba3d1a19de5e305f8b9efaf925e9be1e597f397b34c66e3e";
    assert!(
        found.actual.starts_with(&found.expected),
        "{}",
        found.actual
    );
    assert!(
        found.actual.ends_with(&format!(
            "not reduced: in memory, lowest byte first, {in_memory}"
        )),
        "{}",
        found.actual
    );
}

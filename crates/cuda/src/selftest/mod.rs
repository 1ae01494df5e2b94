//! Every operation of the device against the CPU's, with the sizes and values at which kernels go
//! wrong.
//!
//! A device is trusted, and timed, after this has passed on it. On the emulator the sizes are
//! smaller and the same code runs.

mod curve;
mod field;
mod lookup;
mod memory;
mod msm;
mod ntt;
mod order;
mod poly;
mod programs;
mod seed;
mod values;

#[cfg(test)]
mod tests;

use std::{
    fmt,
    sync::Arc,
    time::{Duration, Instant},
};

use crate::{
    canonical::Canonical,
    context::Context,
    error::CudaError,
    msm::CudaMsm,
    ntt::CudaNtt,
    plonk::{CudaLookups, CudaPrograms, CudaSeeds},
    poly::CudaPoly,
    repr::{bytes_of, DeviceRepr},
};

/// How much is checked.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Extent {
    /// Sizes that an emulator gets through.
    Small,
    /// Sizes that fill a device.
    Full,
}

/// What is checked.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Options {
    /// How much; what suits the device if nothing is said.
    pub extent: Option<Extent>,
    /// Operations whose name begins so; all if this is empty.
    pub operation: String,
    /// Of the random values.
    pub seed: u64,
}

impl Default for Options {
    fn default() -> Self {
        Self {
            extent: None,
            operation: String::new(),
            seed: 1,
        }
    }
}

impl Options {
    /// With operations whose name begins so.
    pub fn with_operation(self, operation: impl Into<String>) -> Self {
        Self {
            operation: operation.into(),
            ..self
        }
    }

    /// With these sizes.
    pub fn with_extent(self, extent: Extent) -> Self {
        Self {
            extent: Some(extent),
            ..self
        }
    }

    /// With other random values.
    pub fn with_seed(self, seed: u64) -> Self {
        Self { seed, ..self }
    }
}

/// How a check came out.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Outcome {
    /// The device agrees with the CPU.
    Passed,
    /// It does not: the first difference.
    Differs(Difference),
    /// The device did not come to a result.
    Failed(String),
}

/// Where two results differ first.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Difference {
    /// Where: `element 17`.
    pub place: String,
    /// What the CPU has there.
    pub expected: String,
    /// What the device has there.
    pub actual: String,
}

/// One check.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CheckResult {
    /// The operation: the name of its kernel or primitive.
    pub operation: String,
    /// Its input: `4096 edge and random values`.
    pub case: String,
    /// Whether the device is the emulator.
    pub is_emulated: bool,
    /// How long the check took, the CPU's part included: no measure of the device.
    pub elapsed: Duration,
    /// How it came out.
    pub outcome: Outcome,
}

impl CheckResult {
    /// Whether the device agrees with the CPU.
    pub fn passed(&self) -> bool {
        self.outcome == Outcome::Passed
    }
}

impl fmt::Display for CheckResult {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}: {}", self.operation, self.case)?;
        if self.is_emulated {
            f.write_str(" (emulated)")?;
        }
        match &self.outcome {
            Outcome::Passed => f.write_str(": passed"),
            Outcome::Differs(difference) => write!(
                f,
                ": DIFFERS at {}: expected {}, the device has {}",
                difference.place, difference.expected, difference.actual
            ),
            Outcome::Failed(reason) => write!(f, ": FAILED: {reason}"),
        }
    }
}

/// Runs all checks, or those that are asked for; each result is also given to `progress` as soon as
/// it is there.
pub fn run(
    context: &Arc<Context>,
    options: &Options,
    progress: &mut dyn FnMut(&CheckResult),
) -> Vec<CheckResult> {
    let mut suite = Suite::new(context.device().is_emulated(), options, progress);
    memory::check(&mut suite, context);
    field::check_all(&mut suite, context);
    curve::check_all(&mut suite, context);
    if ntt::OPERATIONS
        .iter()
        .any(|operation| suite.wants(operation))
    {
        let accel = suite.prepare("ntt", || CudaNtt::new(context.clone()));
        if let Some(accel) = accel {
            ntt::check(&mut suite, &accel);
        }
    }
    if poly::OPERATIONS
        .iter()
        .any(|operation| suite.wants(operation))
    {
        let operations = suite.prepare("poly", || CudaPoly::new(context.clone()));
        if let Some(operations) = operations {
            poly::check(&mut suite, context, &operations);
        }
    }
    if order::OPERATIONS
        .iter()
        .any(|operation| suite.wants(operation))
    {
        let canonical = suite.prepare("field_order", || Canonical::new(context.clone()));
        if let Some(canonical) = canonical {
            order::check(&mut suite, context, &canonical);
        }
    }
    if suite.wants(msm::OPERATION) {
        let accel = suite.prepare(msm::OPERATION, || CudaMsm::new(context.clone()));
        if let Some(accel) = accel {
            msm::check(&mut suite, &accel);
        }
        msm::check_ways(&mut suite, context);
    }
    if suite.wants(lookup::OPERATION) {
        let lookups = suite.prepare(lookup::OPERATION, || CudaLookups::new(context.clone()));
        if let Some(lookups) = lookups {
            lookup::check(&mut suite, context, &lookups);
        }
    }
    for (operation, code) in programs::FORMS {
        if suite.wants(operation) {
            let made = suite.prepare(operation, || CudaPrograms::with_code(context.clone(), code));
            if let Some(made) = made {
                programs::check(&mut suite, context, operation, &made);
            }
        }
    }
    if suite.wants(seed::OPERATION) {
        let seeds = suite.prepare(seed::OPERATION, || CudaSeeds::new(context.clone()));
        if let Some(seeds) = seeds {
            seed::check(&mut suite, context, &seeds);
        }
    }
    suite.results
}

/// What goes wrong in a check other than a wrong result.
type Failure = Box<dyn std::error::Error + Send + Sync>;

/// The run of a self test.
struct Suite<'r> {
    extent: Extent,
    is_emulated: bool,
    options: &'r Options,
    progress: &'r mut dyn FnMut(&CheckResult),
    results: Vec<CheckResult>,
}

impl<'r> Suite<'r> {
    fn new(
        is_emulated: bool,
        options: &'r Options,
        progress: &'r mut dyn FnMut(&CheckResult),
    ) -> Self {
        let natural = match is_emulated {
            true => Extent::Small,
            false => Extent::Full,
        };
        Self {
            extent: options.extent.unwrap_or(natural),
            is_emulated,
            options,
            progress,
            results: Vec::new(),
        }
    }

    /// Whether an operation is asked for.
    fn wants(&self, operation: &str) -> bool {
        operation.starts_with(&self.options.operation)
    }

    /// One of two lists of sizes.
    fn sizes<T: Copy>(&self, small: &[T], full: &[T]) -> Vec<T> {
        match self.extent {
            Extent::Small => small.to_vec(),
            Extent::Full => full.to_vec(),
        }
    }

    /// Runs a check, which gives the first difference, if its operation is asked for.
    fn check(
        &mut self,
        operation: &str,
        case: impl Into<String>,
        run: impl FnOnce() -> Result<Option<Difference>, Failure>,
    ) {
        if !self.wants(operation) {
            return;
        }
        let start = Instant::now();
        let outcome = match run() {
            Ok(None) => Outcome::Passed,
            Ok(Some(difference)) => Outcome::Differs(difference),
            Err(failure) => Outcome::Failed(failure.to_string()),
        };
        let result = CheckResult {
            operation: operation.to_owned(),
            case: case.into(),
            is_emulated: self.is_emulated,
            elapsed: start.elapsed(),
            outcome,
        };
        (self.progress)(&result);
        self.results.push(result);
    }

    /// Runs what several checks need; its failure is a result under the operation's name.
    fn prepare<T>(
        &mut self,
        operation: &str,
        run: impl FnOnce() -> Result<T, CudaError>,
    ) -> Option<T> {
        match run() {
            Ok(prepared) => Some(prepared),
            Err(error) => {
                self.check(operation, "preparation", || Err(error.into()));
                None
            }
        }
    }
}

/// The first difference of two lists that should be equal.
fn difference<T: PartialEq + fmt::Debug + DeviceRepr>(
    expected: &[T],
    actual: &[T],
) -> Option<Difference> {
    if expected.len() != actual.len() {
        return Some(Difference {
            place: "the length".to_owned(),
            expected: expected.len().to_string(),
            actual: actual.len().to_string(),
        });
    }
    let index = expected.iter().zip(actual).position(|(a, b)| a != b)?;
    let value = format!("{:?}", expected[index]);
    let mut device_value = format!("{:?}", actual[index]);
    // Field elements are printed as the integers that they stand for, which may be the same.
    if value == device_value {
        device_value.push_str(", not reduced: in memory, lowest byte first, ");
        for byte in bytes_of(&actual[index..=index]) {
            device_value.push_str(&format!("{byte:02x}"));
        }
    }
    Some(Difference {
        place: format!("element {index}"),
        expected: value,
        actual: device_value,
    })
}

/// The first difference of results that should be equal, with the operands of that element.
fn difference_of<T: PartialEq + fmt::Debug + DeviceRepr>(
    operands: &[&[T]],
    expected: &[T],
    actual: &[T],
) -> Option<Difference> {
    let mut found = difference(expected, actual)?;
    if let Some(index) = expected.iter().zip(actual).position(|(a, b)| a != b) {
        let operands = operands.iter().filter_map(|list| list.get(index));
        let operands: Vec<String> = operands.map(|operand| format!("{operand:?}")).collect();
        found.place = format!("{}, of {}", found.place, operands.join(" and "));
    }
    Some(found)
}

//! Expression programs: a constraint system's expressions, compiled once per key and run over rows.
//!
//! A [`ProgramBuilder`] takes expressions in, shares common subexpressions and folds constants;
//! [`ProgramBuilder::compile`] lays what the outputs need out as steps over registers. What depends
//! on constants and scalars alone (challenge powers, products of challenges) is hoisted: computed
//! once per run, not per row. An engine runs the steps over blocks of rows ([`interpret`] does so on
//! the host: each step is decoded once a block, not once a row).

mod build;
mod digest;
pub mod interpret;

use ff::Field;

use crate::error::EngineError;

pub use build::{NodeId, ProgramBuilder};
pub use digest::Digest;

/// What a step does with its operands.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Operation {
    /// a + b
    Add,
    /// a - b
    Sub,
    /// a * b
    Mul,
    /// a^2
    Square,
    /// 2 a
    Double,
    /// -a
    Negate,
}

impl Operation {
    /// Whether it takes one operand; `b` repeats `a` then.
    pub fn is_unary(self) -> bool {
        matches!(self, Self::Square | Self::Double | Self::Negate)
    }

    /// Field multiplications.
    pub fn multiplications(self) -> u64 {
        matches!(self, Self::Mul | Self::Square) as u64
    }

    /// The result for two values; those that take one operand take the first.
    pub fn apply<F: Field>(self, a: F, b: F) -> F {
        match self {
            Self::Add => a + b,
            Self::Sub => a - b,
            Self::Mul => a * b,
            Self::Square => a.square(),
            Self::Double => a.double(),
            Self::Negate => -a,
        }
    }
}

/// Where a step finds a value.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Operand {
    /// Entry of the table of uniforms: the same at every row.
    Uniform(u32),
    /// Entry of [`Program::queries`]: a column at a rotation.
    Query(u32),
    /// The point that the row stands for: shift * omega^i.
    Point,
    /// The accumulator at this row.
    Accumulator,
    /// A register, written by an earlier step.
    Register(u32),
}

/// A column read at row i + rotation (mod n).
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Query {
    /// Index into the inputs of a run.
    pub input: u32,
    /// Rows ahead.
    pub rotation: i32,
}

/// `register[to] <- operation(a, b)`; `to` is never read by the same step.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Step {
    /// What is done.
    pub operation: Operation,
    /// First operand.
    pub a: Operand,
    /// Second operand, `a` again where the operation is unary.
    pub b: Operand,
    /// The register written.
    pub to: u32,
}

/// A step over the table of uniforms; its result is appended to the table.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct UniformStep {
    /// What is done.
    pub operation: Operation,
    /// Index into the table.
    pub a: u32,
    /// Index into the table.
    pub b: u32,
}

/// A compiled program. The table of uniforms is `constants`, then the scalars of the run, then one
/// entry a uniform step.
#[derive(Clone, Debug)]
pub struct Program<F> {
    pub(crate) constants: Vec<F>,
    pub(crate) scalars: usize,
    pub(crate) inputs: usize,
    pub(crate) uniform_steps: Vec<UniformStep>,
    pub(crate) queries: Vec<Query>,
    pub(crate) steps: Vec<Step>,
    pub(crate) registers: usize,
    pub(crate) outputs: Vec<Operand>,
    pub(crate) reads_accumulator: bool,
    pub(crate) digest: Digest,
}

impl<F> Program<F> {
    /// Constants, the first entries of the table of uniforms.
    pub fn constants(&self) -> &[F] {
        &self.constants
    }

    /// How many scalars a run is given.
    pub fn scalars(&self) -> usize {
        self.scalars
    }

    /// How many columns a run is given.
    pub fn inputs(&self) -> usize {
        self.inputs
    }

    /// Steps over uniforms.
    pub fn uniform_steps(&self) -> &[UniformStep] {
        &self.uniform_steps
    }

    /// The distinct (column, rotation) pairs that are read.
    pub fn queries(&self) -> &[Query] {
        &self.queries
    }

    /// Steps of a row.
    pub fn steps(&self) -> &[Step] {
        &self.steps
    }

    /// Registers that a row needs at once.
    pub fn registers(&self) -> usize {
        self.registers
    }

    /// The results.
    pub fn outputs(&self) -> &[Operand] {
        &self.outputs
    }

    /// Whether a run must be given an accumulator.
    pub fn reads_accumulator(&self) -> bool {
        self.reads_accumulator
    }

    /// Whether rows' points are read.
    pub fn reads_point(&self) -> bool {
        let steps = self.steps.iter().flat_map(|step| [step.a, step.b]);
        steps
            .chain(self.outputs.iter().copied())
            .any(|operand| operand == Operand::Point)
    }

    /// What the program is, in 32 bytes.
    pub fn digest(&self) -> Digest {
        self.digest
    }

    /// An error unless a run is given what the program reads: columns of n values, at least as many
    /// columns and scalars as it has, and a place for each output.
    pub fn check_run(
        &self,
        operation: &'static str,
        n: usize,
        columns: impl ExactSizeIterator<Item = usize>,
        scalars: usize,
        outputs: usize,
    ) -> Result<(), EngineError> {
        EngineError::check_length(
            operation,
            "the program's list of outputs",
            outputs,
            self.outputs.len(),
        )?;
        for (what, expected, actual) in [
            ("the list of columns", self.inputs, columns.len()),
            ("the list of scalars", self.scalars, scalars),
        ] {
            if actual < expected {
                EngineError::check_length(operation, what, expected, actual)?;
            }
        }
        for len in columns {
            EngineError::check_length(operation, "a column", n, len)?;
        }
        Ok(())
    }

    /// An error unless a run is given an accumulator if, and only if, the program reads one.
    pub fn check_accumulator(
        &self,
        operation: &'static str,
        given: bool,
    ) -> Result<(), EngineError> {
        let read = usize::from(self.reads_accumulator);
        EngineError::check_length(operation, "the list of accumulators", read, given.into())
    }

    /// Field multiplications per row.
    pub fn multiplications(&self) -> u64 {
        self.steps
            .iter()
            .map(|step| step.operation.multiplications())
            .sum()
    }

    /// Field additions, subtractions, doublings and negations per row.
    pub fn additions(&self) -> u64 {
        self.steps.len() as u64 - self.multiplications()
    }
}

impl<F: Field> Program<F> {
    /// The table of uniforms of a run with these scalars, of which there are enough.
    pub fn uniforms(&self, scalars: &[F]) -> Vec<F> {
        let mut uniforms = self.constants.clone();
        uniforms.extend_from_slice(&scalars[..self.scalars]);
        for step in &self.uniform_steps {
            let (a, b) = (uniforms[step.a as usize], uniforms[step.b as usize]);
            uniforms.push(step.operation.apply(a, b));
        }
        uniforms
    }
}

#[cfg(test)]
mod tests;

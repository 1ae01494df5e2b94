//! Expression programs, row by row.

use crate::field::ScalarField;
use ff::Field;
use halo2_offload_engine::{
    program::Program, EngineColumn, EngineDomain, EngineError, EngineRows, RowBasis, RowPrograms,
};

use super::{
    memory::{column, Staged},
    CudaEngine,
};
use crate::plonk::RowPoints;

impl RowPrograms for CudaEngine {
    fn prepare(
        &self,
        domain: &EngineDomain<Self>,
        programs: &[&Program<ScalarField>],
    ) -> Result<(), EngineError> {
        for program in programs {
            self.programs
                .prepare(program, points(domain, ScalarField::ONE))?;
        }
        Ok(())
    }

    fn evaluate<B: RowBasis>(
        &self,
        program: &Program<ScalarField>,
        rows: EngineRows<'_, Self>,
        inputs: &[&EngineColumn<Self, B>],
        scalars: &[ScalarField],
        accumulator: Option<EngineColumn<Self, B>>,
    ) -> Result<EngineColumn<Self, B>, EngineError> {
        let n = rows.domain.n();
        let lengths = inputs.iter().map(|input| input.memory().len());
        program.check_run("evaluate", n, lengths, scalars.len(), 1)?;
        program.check_accumulator("evaluate", accumulator.is_some())?;
        let mut values = match accumulator {
            Some(accumulator) => {
                let len = accumulator.memory().len();
                EngineError::check_length("evaluate", "the accumulator", n, len)?;
                self.take(accumulator.into_memory())?.0
            }
            None => self.allocate("evaluated", n)?,
        };
        let staged = self.stage_all(inputs)?;
        let inputs: Vec<_> = staged.iter().map(Staged::all).collect();
        self.programs.run(
            &*self.programs.load(program)?,
            points(rows.domain, rows.shift),
            &inputs,
            scalars,
            &mut [values.all_mut()],
        )?;
        Ok(column(values))
    }
}

/// The points of rows of shift * H.
pub(super) fn points(domain: &EngineDomain<CudaEngine>, shift: ScalarField) -> RowPoints {
    RowPoints {
        n: domain.n(),
        omega: domain.omega,
        shift,
    }
}

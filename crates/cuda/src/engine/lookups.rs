//! The permutation of a lookup, and its verdict.

use crate::field::ScalarField;
use halo2_offload_engine::{
    check_permute_lookup, Column, EngineColumn, EngineError, EnginePermuted, LagrangeCoeff,
    Lookups, Permuted,
};

use super::{memory::column, CudaEngine, CudaMemory};

impl Lookups for CudaEngine {
    fn permute_lookup(
        &self,
        input: &EngineColumn<Self, LagrangeCoeff>,
        table: &EngineColumn<Self, LagrangeCoeff>,
        usable_rows: usize,
        input_blinding: &[ScalarField],
        table_blinding: &[ScalarField],
    ) -> Result<EnginePermuted<Self>, EngineError> {
        let n = input.memory().len();
        check_permute_lookup(
            n,
            table.memory().len(),
            usable_rows,
            input_blinding,
            table_blinding,
        )?;
        let (input, table) = (self.stage(input.memory())?, self.stage(table.memory())?);
        let mut permuted_input = self.allocate("permuted input", n)?;
        let mut permuted_table = self.allocate("permuted table", n)?;
        let verdict = self.lookups.permute(
            input.all(),
            table.all(),
            usable_rows,
            permuted_input.all_mut(),
            permuted_table.all_mut(),
        )?;
        for (column, blinding) in [
            (&mut permuted_input, input_blinding),
            (&mut permuted_table, table_blinding),
        ] {
            let _started = self
                .context
                .upload(column.range_mut(usable_rows..)?, blinding)?;
        }
        let input = CudaMemory::from(permuted_input).with_verdict(verdict);
        Ok(Permuted {
            input: Column::from_memory(input),
            table: column(permuted_table),
        })
    }

    fn check_permuted(&self, input: &EngineColumn<Self, LagrangeCoeff>) -> Result<(), EngineError> {
        let Some(verdict) = input.memory().take_verdict() else {
            return Ok(());
        };
        let rows = verdict.wait()?;
        match rows.first() {
            Some(&row) if row != u32::MAX && !self.context.is_modelled() => {
                Err(EngineError::NotInTable { row: row as usize })
            }
            _ => Ok(()),
        }
    }
}

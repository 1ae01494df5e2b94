//! Polynomials in coefficient form.

use crate::field::ScalarField;
use ff::Field;
use halo2_offload_engine::{Coeff, EngineColumn, EngineError, Polynomials};

use super::{memory::column, CudaEngine};
use crate::buffer::DeviceSlice;

impl Polynomials for CudaEngine {
    fn horner(
        &self,
        queries: &[(&EngineColumn<Self, Coeff>, ScalarField)],
    ) -> Result<Vec<ScalarField>, EngineError> {
        let is_resident = |index: &usize| queries[*index].0.memory().resident().is_some();
        let (resident, mut elsewhere): (Vec<_>, Vec<_>) = (0..queries.len()).partition(is_resident);
        // All that is on the device at once; then the others, a column at a time.
        let mut batches = vec![resident];
        while let Some(first) = elsewhere.first().copied() {
            let same = |index: &usize| std::ptr::eq(queries[*index].0, queries[first].0);
            let (batch, rest) = elsewhere.into_iter().partition(same);
            batches.push(batch);
            elsewhere = rest;
        }
        let mut pending = Vec::with_capacity(batches.len());
        for batch in batches {
            let of_batch =
                |index: &usize| Ok((self.stage(queries[*index].0.memory())?, queries[*index].1));
            let staged: Vec<_> = batch
                .iter()
                .map(of_batch)
                .collect::<Result<_, EngineError>>()?;
            let slices: Vec<_> = staged
                .iter()
                .map(|(column, x)| (column.all(), *x))
                .collect();
            pending.push((batch, self.poly.begin_horner(&slices)?));
        }
        let mut values = vec![ScalarField::ZERO; queries.len()];
        // The last one first: when it is there, all are.
        for (batch, download) in pending.into_iter().rev() {
            for (index, value) in batch.into_iter().zip(download.wait()?) {
                values[index] = value;
            }
        }
        Ok(values)
    }

    fn linear_combination(
        &self,
        n: usize,
        terms: &[(ScalarField, &EngineColumn<Self, Coeff>)],
        low: &[ScalarField],
    ) -> Result<EngineColumn<Self, Coeff>, EngineError> {
        const OPERATION: &str = "linear_combination";
        EngineError::check_at_most(OPERATION, "the list of first coefficients", n, low)?;
        let mut sum = self.context.allocate_zeroed("linear combination", n)?;
        let _started = self.context.upload(sum.range_mut(..low.len())?, low)?;
        self.accumulate(column(sum), terms)
    }

    fn accumulate(
        &self,
        sum: EngineColumn<Self, Coeff>,
        terms: &[(ScalarField, &EngineColumn<Self, Coeff>)],
    ) -> Result<EngineColumn<Self, Coeff>, EngineError> {
        let n = sum.memory().len();
        for (_, column) in terms {
            let len = column.memory().len();
            EngineError::check_length("accumulate", "a column", n, len)?;
        }
        let (mut sum, home) = self.take(sum.into_memory())?;
        let resident: Vec<(ScalarField, DeviceSlice<'_, ScalarField>)> = terms
            .iter()
            .filter_map(|(factor, column)| Some((*factor, column.memory().resident()?)))
            .collect();
        self.poly.accumulate(sum.all_mut(), &resident)?;
        for (factor, column) in terms {
            if column.memory().resident().is_none() {
                let staged = self.stage(column.memory())?;
                self.poly
                    .accumulate(sum.all_mut(), &[(*factor, staged.all())])?;
            }
        }
        self.give_back(sum, home)
    }

    fn kate_division(
        &self,
        dividend: EngineColumn<Self, Coeff>,
        roots: &[ScalarField],
    ) -> Result<EngineColumn<Self, Coeff>, EngineError> {
        let (mut buffer, home) = self.take(dividend.into_memory())?;
        for root in roots {
            self.poly.kate_division(buffer.all_mut(), *root)?;
        }
        self.give_back(buffer, home)
    }
}

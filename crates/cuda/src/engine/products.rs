//! Fractions and running products.

use crate::field::ScalarField;
use ff::Field;
use halo2_offload_engine::{
    Basis, EngineColumn, EngineDomain, EngineError, EngineFractions, Fractions, LagrangeCoeff,
    Products,
};

use super::{
    memory::{column, Staged},
    rows::points,
    CudaEngine,
};
use crate::poly::First;

impl Products for CudaEngine {
    fn grand_product(
        &self,
        domain: &EngineDomain<Self>,
        fractions: EngineFractions<'_, Self>,
    ) -> Result<EngineColumn<Self, LagrangeCoeff>, EngineError> {
        let n = domain.n();
        fractions.check(n, |column| column.memory().len())?;
        let Fractions {
            program,
            inputs,
            scalars,
            after,
            usable_rows,
            blinding,
        } = fractions;
        let before = match after {
            Some(before) => Some(self.stage(before.memory())?),
            None => None,
        };
        let mut numerators = self.allocate("grand product", n)?;
        let mut denominators = self.allocate("denominators", n)?;
        {
            let staged = self.stage_all(&inputs)?;
            let inputs: Vec<_> = staged.iter().map(Staged::all).collect();
            self.programs.run(
                &*self.programs.load(program)?,
                points(domain, ScalarField::ONE),
                &inputs,
                scalars,
                &mut [numerators.all_mut(), denominators.all_mut()],
            )?;
        }
        let first = match &before {
            Some(before) => First::Device(before.all().range(usable_rows..=usable_rows)?),
            None => First::One,
        };
        let (z, denominators) = (numerators.all_mut(), denominators.all_mut());
        self.poly
            .grand_product(first, z, denominators, usable_rows)?;
        let _started = self
            .context
            .upload(numerators.range_mut(usable_rows + 1..)?, blinding)?;
        Ok(column(numerators))
    }

    fn batch_invert<B: Basis>(
        &self,
        values: EngineColumn<Self, B>,
    ) -> Result<EngineColumn<Self, B>, EngineError> {
        let (mut buffer, home) = self.take(values.into_memory())?;
        self.poly.batch_invert(buffer.all_mut())?;
        self.give_back(buffer, home)
    }
}

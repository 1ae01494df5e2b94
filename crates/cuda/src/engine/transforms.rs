//! Transforms: each column a buffer of its own.

use crate::field::ScalarField;
use halo2_offload_engine::{
    Basis, Coeff, Coset, Domain, EngineColumn, EngineDomain, EngineError, LagrangeCoeff, Transforms,
};

use super::{memory::column, CudaEngine};
use crate::ntt::{Transform, MAX_K};

impl Transforms for CudaEngine {
    fn domain(&self, k: u32) -> Result<EngineDomain<Self>, EngineError> {
        if k > MAX_K {
            return Err(EngineError::DomainTooLarge { k, max_k: MAX_K });
        }
        let tables = self.ntt.make_tables(k)?;
        Ok(Domain {
            k,
            omega: tables.omega(),
            tables: tables.into(),
        })
    }

    fn interpolate(
        &self,
        domain: &EngineDomain<Self>,
        columns: Vec<EngineColumn<Self, LagrangeCoeff>>,
    ) -> Result<Vec<EngineColumn<Self, Coeff>>, EngineError> {
        for column in &columns {
            let len = column.memory().len();
            EngineError::check_length("interpolate", "a column", domain.n(), len)?;
        }
        columns
            .into_iter()
            .map(|column| {
                let (mut buffer, home) = self.take(column.into_memory())?;
                let column = std::slice::from_mut(&mut buffer);
                self.transform(&domain.tables, Transform::Inverse, column)?;
                self.give_back(buffer, home)
            })
            .collect()
    }

    fn tabulate(
        &self,
        domain: &EngineDomain<Self>,
        columns: &[&EngineColumn<Self, Coeff>],
    ) -> Result<Vec<EngineColumn<Self, LagrangeCoeff>>, EngineError> {
        self.transform_each("tabulate", domain, Transform::Forward, columns, "values")
    }

    fn extend(
        &self,
        domain: &EngineDomain<Self>,
        shift: ScalarField,
        columns: &[&EngineColumn<Self, Coeff>],
    ) -> Result<Vec<EngineColumn<Self, Coset>>, EngineError> {
        let transform = Transform::CosetForward { shift };
        self.transform_each("extend", domain, transform, columns, "extended")
    }

    fn interpolate_coset(
        &self,
        domain: &EngineDomain<Self>,
        shift: ScalarField,
        column: EngineColumn<Self, Coset>,
    ) -> Result<EngineColumn<Self, Coeff>, EngineError> {
        let len = column.memory().len();
        EngineError::check_length("interpolate_coset", "the column", domain.n(), len)?;
        let (mut buffer, home) = self.take(column.into_memory())?;
        let transform = Transform::CosetInverse { shift };
        self.transform(&domain.tables, transform, std::slice::from_mut(&mut buffer))?;
        self.give_back(buffer, home)
    }

    fn extend_l0(
        &self,
        domain: &EngineDomain<Self>,
        shift: ScalarField,
    ) -> Result<EngineColumn<Self, Coset>, EngineError> {
        let mut l0 = self.allocate("l_0", domain.n())?;
        self.poly.l0(domain.omega, shift, l0.all_mut())?;
        Ok(column(l0))
    }
}

impl CudaEngine {
    fn transform_each<A: Basis, B: Basis>(
        &self,
        operation: &'static str,
        domain: &EngineDomain<Self>,
        transform: Transform,
        columns: &[&EngineColumn<Self, A>],
        name: &'static str,
    ) -> Result<Vec<EngineColumn<Self, B>>, EngineError> {
        for column in columns {
            let len = column.memory().len();
            EngineError::check_length(operation, "a column", domain.n(), len)?;
        }
        columns
            .iter()
            .map(|from| {
                let staged = self.stage(from.memory())?;
                let to = self.transformed(&domain.tables, transform, staged.all(), name)?;
                Ok(column(to))
            })
            .collect()
    }
}

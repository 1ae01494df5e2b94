//! The operations of [`Engine`] on a device.

use ff::Field;
use group::Curve;
use halo2_offload_engine::{
    program::Program, Basis, Coeff, Column, CommitBasis, Coset, Domain, Engine, EngineColumn,
    EngineDomain, EngineError, EngineSrs, Fractions, Label, LagrangeCoeff, Permuted, RowBasis,
    Rows, Srs,
};
use halo2curves::bn256::{Fr, G1Affine, G1};

use super::{memory::Staged, CudaCommitments, CudaDomain, CudaEngine, CudaMemory};
use crate::{
    buffer::{DeviceBuffer, DeviceSlice},
    error::CudaError,
    msm::CudaBases,
    ntt::{Transform, MAX_K},
    plonk::RowPoints,
    poly::First,
};

/// Rows of columns that are committed to at a time as they come in: enough to fill a device.
const ROWS_AT_A_TIME: usize = 1 << 20;

impl Engine for CudaEngine {
    type Curve = G1Affine;
    type Memory = CudaMemory;
    type Tables = CudaDomain;
    type Points = CudaBases;
    type Commitments = CudaCommitments;

    fn name(&self) -> String {
        "cuda".into()
    }

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

    fn prepare(
        &self,
        domain: &EngineDomain<Self>,
        programs: &[&Program<Fr>],
    ) -> Result<(), EngineError> {
        for program in programs {
            self.programs.prepare(program, points(domain, Fr::ONE))?;
        }
        Ok(())
    }

    fn load_srs<B: CommitBasis>(
        &self,
        n: usize,
        points: impl FnOnce() -> Vec<G1Affine>,
    ) -> Result<EngineSrs<Self, B>, EngineError> {
        Ok(Srs::from_points(self.msm.load_bases_with(n, points)?))
    }

    fn upload<B: Basis>(
        &self,
        label: Label,
        n: usize,
        values: impl FnOnce() -> Vec<Fr>,
    ) -> Result<EngineColumn<Self, B>, EngineError> {
        Ok(Column::from_memory(self.take_in(label, n, values)?))
    }

    fn expand_seed<B: Basis>(
        &self,
        label: Label,
        n: usize,
        seed: [u8; 32],
    ) -> Result<EngineColumn<Self, B>, EngineError> {
        let mut buffer = self.allocate("expanded seed", n)?;
        self.seeds.expand(seed, buffer.all_mut())?;
        self.settle(label, buffer.into())
    }

    fn place<B: Basis>(
        &self,
        label: Label,
        column: EngineColumn<Self, B>,
    ) -> Result<EngineColumn<Self, B>, EngineError> {
        self.settle(label, column.into_memory())
    }

    fn has_data(&self) -> bool {
        !self.context.is_modelled()
    }

    fn working_columns(&self, least: usize, most: usize) -> usize {
        self.placement.working_columns.clamp(least, most)
    }

    fn columns_at_a_time(&self, n: usize) -> usize {
        (ROWS_AT_A_TIME / n.max(1)).max(1)
    }

    fn zeros<B: Basis>(&self, n: usize) -> Result<EngineColumn<Self, B>, EngineError> {
        let buffer = self.context.allocate_zeroed("zeros", n)?;
        Ok(column(buffer))
    }

    fn download<B: Basis>(&self, column: &EngineColumn<Self, B>) -> Result<Vec<Fr>, EngineError> {
        self.download_values(column.memory())
    }

    fn begin_commit<B: CommitBasis>(
        &self,
        srs: &EngineSrs<Self, B>,
        columns: &[&EngineColumn<Self, B>],
    ) -> Result<CudaCommitments, EngineError> {
        let bases = srs.points();
        for column in columns {
            let rows = column.memory().len();
            EngineError::check_length("commit", "the SRS", rows.max(bases.len()), bases.len())?;
        }
        let resident: Option<Vec<_>> = columns.iter().map(|c| c.memory().resident()).collect();
        if let Some(columns) = resident {
            let batch = self.msm.begin_device(bases, &columns)?;
            return Ok(CudaCommitments(vec![batch]));
        }
        // Columns from the host pass through one by one.
        let batches = columns.iter().map(|column| {
            let staged = self.stage(column.memory())?;
            Ok(self.msm.begin_device(bases, &[staged.all()])?)
        });
        Ok(CudaCommitments(
            batches.collect::<Result<_, EngineError>>()?,
        ))
    }

    fn finish_commit(&self, commitments: CudaCommitments) -> Result<Vec<G1Affine>, EngineError> {
        // The last one first: when it is there, all are.
        let batches = commitments.0.into_iter().rev();
        let mut points: Vec<Vec<G1>> = batches
            .map(|batch| batch.wait())
            .collect::<Result<_, CudaError>>()?;
        points.reverse();
        let points = points.concat();
        let mut affine = vec![G1Affine::default(); points.len()];
        G1::batch_normalize(&points, &mut affine);
        Ok(affine)
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
        shift: Fr,
        columns: &[&EngineColumn<Self, Coeff>],
    ) -> Result<Vec<EngineColumn<Self, Coset>>, EngineError> {
        let transform = Transform::CosetForward { shift };
        self.transform_each("extend", domain, transform, columns, "extended")
    }

    fn interpolate_coset(
        &self,
        domain: &EngineDomain<Self>,
        shift: Fr,
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
        shift: Fr,
    ) -> Result<EngineColumn<Self, Coset>, EngineError> {
        let mut l0 = self.allocate("l_0", domain.n())?;
        self.poly.l0(domain.omega, shift, l0.all_mut())?;
        Ok(column(l0))
    }

    fn evaluate<B: RowBasis>(
        &self,
        program: &Program<Fr>,
        rows: Rows<'_, Self>,
        inputs: &[&EngineColumn<Self, B>],
        scalars: &[Fr],
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

    fn permute_lookup(
        &self,
        input: &EngineColumn<Self, LagrangeCoeff>,
        table: &EngineColumn<Self, LagrangeCoeff>,
        usable_rows: usize,
        input_blinding: &[Fr],
        table_blinding: &[Fr],
    ) -> Result<Permuted<Self>, EngineError> {
        let n = input.memory().len();
        Permuted::<Self>::check(
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

    fn check_permuted(&self, permuted: &Permuted<Self>) -> Result<(), EngineError> {
        let Some(verdict) = permuted.input.memory().take_verdict() else {
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

    fn grand_product(
        &self,
        domain: &EngineDomain<Self>,
        fractions: Fractions<'_, Self>,
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
            let staged = self.stage_all(inputs)?;
            let inputs: Vec<_> = staged.iter().map(Staged::all).collect();
            self.programs.run(
                &*self.programs.load(program)?,
                points(domain, Fr::ONE),
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

    fn horner(&self, queries: &[(&EngineColumn<Self, Coeff>, Fr)]) -> Result<Vec<Fr>, EngineError> {
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
        let mut values = vec![Fr::ZERO; queries.len()];
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
        terms: &[(Fr, &EngineColumn<Self, Coeff>)],
        low: &[Fr],
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
        terms: &[(Fr, &EngineColumn<Self, Coeff>)],
    ) -> Result<EngineColumn<Self, Coeff>, EngineError> {
        let n = sum.memory().len();
        for (_, column) in terms {
            let len = column.memory().len();
            EngineError::check_length("accumulate", "a column", n, len)?;
        }
        let (mut sum, home) = self.take(sum.into_memory())?;
        let resident: Vec<(Fr, DeviceSlice<'_, Fr>)> = terms
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
        roots: &[Fr],
    ) -> Result<EngineColumn<Self, Coeff>, EngineError> {
        let (mut buffer, home) = self.take(dividend.into_memory())?;
        for root in roots {
            self.poly.kate_division(buffer.all_mut(), *root)?;
        }
        self.give_back(buffer, home)
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

    fn stage_all<'c, B: Basis>(
        &self,
        columns: &[&'c EngineColumn<Self, B>],
    ) -> Result<Vec<Staged<'c>>, EngineError> {
        columns
            .iter()
            .map(|column| self.stage(column.memory()))
            .collect()
    }
}

fn column<B: Basis>(buffer: DeviceBuffer<Fr>) -> Column<CudaMemory, B> {
    Column::from_memory(buffer.into())
}

fn points(domain: &EngineDomain<CudaEngine>, shift: Fr) -> RowPoints {
    RowPoints {
        n: domain.n(),
        omega: domain.omega,
        shift,
    }
}

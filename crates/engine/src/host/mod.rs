//! Engines whose columns are in host memory.
//!
//! [`HybridEngine`] keeps columns on the host and sends multi-scalar multiplications and NTTs to
//! whatever accelerators it is given; everything else runs on rayon. With both primitives on the
//! CPU it is the [`CpuEngine`]: the default, and the reference for every other engine.

use std::{borrow::Cow, marker::PhantomData};

use ff::Field;
use group::Curve;

use crate::{
    accel::{MsmAccel, NttAccel},
    basis::{Basis, Coeff, CommitBasis, Coset, LagrangeCoeff, RowBasis},
    column::Column,
    cpu::{CpuMsm, CpuNtt},
    curve::MsmCurve,
    engine::{
        extend_by_transforms, BorrowHost, Domain, Engine, EngineColumn, EngineDomain, EngineSrs,
        Fractions, Permuted, Rows, ScalarField,
    },
    error::EngineError,
    label::Label,
    process,
    program::Program,
    srs::Srs,
};

pub mod heap;
mod lookup;
mod polynomial;
mod product;
mod rows;
mod seed;

#[cfg(test)]
pub(crate) use product::batch_invert;
pub(crate) use seed::expand_seed;

/// Columns on the host, multi-scalar multiplication by `M`, NTT by `N`, the rest on rayon.
/// `'h` is how long the host data lives that it may borrow instead of owning.
#[derive(Clone, Debug)]
pub struct HybridEngine<'h, C, M, N> {
    msm: M,
    ntt: N,
    borrows: PhantomData<&'h [C]>,
}

/// Everything on rayon.
pub type CpuEngine<'h, C> = HybridEngine<'h, C, CpuMsm, CpuNtt>;

impl<C> CpuEngine<'_, C> {
    /// The CPU engine, on rayon's current thread pool.
    pub fn new() -> Self {
        Self::with_accelerators(CpuMsm, CpuNtt)
    }
}

impl<C> Default for CpuEngine<'_, C> {
    fn default() -> Self {
        Self::new()
    }
}

impl<C, M, N> HybridEngine<'_, C, M, N> {
    /// An engine over the given primitives.
    pub fn with_accelerators(msm: M, ntt: N) -> Self {
        Self {
            msm,
            ntt,
            borrows: PhantomData,
        }
    }
}

impl<'h, C, M, N> Engine for HybridEngine<'h, C, M, N>
where
    C: MsmCurve<ScalarExt: ScalarField>,
    M: MsmAccel<C>,
    N: NttAccel<C::ScalarExt>,
{
    type Curve = C;
    type Memory = Cow<'h, [C::ScalarExt]>;
    type Tables = N::Tables;
    type Points = M::Bases<'h>;
    type Commitments = Vec<C>;

    fn name(&self) -> String {
        match (self.msm.name(), self.ntt.name()) {
            (msm, ntt) if msm == ntt => msm,
            (msm, ntt) => format!("msm on {msm}, ntt on {ntt}"),
        }
    }

    fn domain(&self, k: u32) -> Result<EngineDomain<Self>, EngineError> {
        let (omega, tables) = self.ntt.tables(k)?;
        Ok(Domain { k, omega, tables })
    }

    fn load_srs<B: CommitBasis>(
        &self,
        n: usize,
        points: impl FnOnce() -> Vec<C>,
    ) -> Result<EngineSrs<Self, B>, EngineError> {
        process::enter()?;
        let points = points();
        EngineError::check_length("load_srs", "the SRS", n, points.len())?;
        Ok(Srs::from_points(self.msm.load(Cow::Owned(points))?))
    }

    fn upload<B: Basis>(
        &self,
        _: Label,
        n: usize,
        values: impl FnOnce() -> Vec<C::ScalarExt>,
    ) -> Result<EngineColumn<Self, B>, EngineError> {
        process::enter()?;
        let values = values();
        EngineError::check_length("upload", "the column", n, values.len())?;
        Ok(Column::from_memory(Cow::Owned(values)))
    }

    fn zeros<B: Basis>(&self, n: usize) -> Result<EngineColumn<Self, B>, EngineError> {
        process::enter()?;
        Ok(owned(polynomial::zeros(n)))
    }

    fn download<B: Basis>(
        &self,
        column: &EngineColumn<Self, B>,
    ) -> Result<Vec<C::ScalarExt>, EngineError> {
        Ok(column.memory().to_vec())
    }

    fn begin_commit<B: CommitBasis>(
        &self,
        srs: &EngineSrs<Self, B>,
        columns: &[&EngineColumn<Self, B>],
    ) -> Result<Vec<C>, EngineError> {
        process::enter()?;
        let columns: Vec<&[C::ScalarExt]> = columns.iter().map(|c| &c.memory()[..]).collect();
        let points = self.msm.msm(srs.points(), &columns)?;
        let mut commitments = vec![C::identity(); points.len()];
        C::CurveExt::batch_normalize(&points, &mut commitments);
        Ok(commitments)
    }

    fn finish_commit(&self, commitments: Vec<C>) -> Result<Vec<C>, EngineError> {
        Ok(commitments)
    }

    fn interpolate(
        &self,
        domain: &EngineDomain<Self>,
        columns: Vec<EngineColumn<Self, LagrangeCoeff>>,
    ) -> Result<Vec<EngineColumn<Self, Coeff>>, EngineError> {
        let mut columns: Vec<Vec<_>> = columns
            .into_iter()
            .map(|column| column.into_memory().into_owned())
            .collect();
        check_columns("interpolate", domain.n(), &columns)?;
        let mut slices: Vec<&mut [_]> = columns.iter_mut().map(Vec::as_mut_slice).collect();
        self.ntt.inverse(&domain.tables, &mut slices)?;
        Ok(columns.into_iter().map(owned).collect())
    }

    fn tabulate(
        &self,
        domain: &EngineDomain<Self>,
        columns: &[&EngineColumn<Self, Coeff>],
    ) -> Result<Vec<EngineColumn<Self, LagrangeCoeff>>, EngineError> {
        process::enter()?;
        let mut columns: Vec<Vec<_>> = columns.iter().map(|c| c.memory().to_vec()).collect();
        check_columns("tabulate", domain.n(), &columns)?;
        let mut slices: Vec<&mut [_]> = columns.iter_mut().map(Vec::as_mut_slice).collect();
        self.ntt.forward(&domain.tables, &mut slices)?;
        Ok(columns.into_iter().map(owned).collect())
    }

    fn extend(
        &self,
        domain: &EngineDomain<Self>,
        shift: C::ScalarExt,
        columns: &[&EngineColumn<Self, Coeff>],
    ) -> Result<Vec<EngineColumn<Self, Coset>>, EngineError> {
        process::enter()?;
        check_columns("extend", domain.n(), columns.iter().map(|c| c.memory()))?;
        let mut extended: Vec<Vec<_>> = columns
            .iter()
            .map(|_| polynomial::zeros(domain.n()))
            .collect();
        let mut jobs: Vec<(&[_], &mut [_])> = columns
            .iter()
            .map(|column| &column.memory()[..])
            .zip(extended.iter_mut().map(Vec::as_mut_slice))
            .collect();
        self.ntt.coset_forward(&domain.tables, &mut jobs, shift)?;
        Ok(extended.into_iter().map(owned).collect())
    }

    fn interpolate_coset(
        &self,
        domain: &EngineDomain<Self>,
        shift: C::ScalarExt,
        column: EngineColumn<Self, Coset>,
    ) -> Result<EngineColumn<Self, Coeff>, EngineError> {
        let mut values = column.into_memory().into_owned();
        EngineError::check_length("interpolate_coset", "the column", domain.n(), values.len())?;
        self.ntt
            .coset_inverse(&domain.tables, &mut [values.as_mut_slice()], shift)?;
        Ok(owned(values))
    }

    fn extend_l0(
        &self,
        domain: &EngineDomain<Self>,
        shift: C::ScalarExt,
    ) -> Result<EngineColumn<Self, Coset>, EngineError> {
        process::enter()?;
        Ok(owned(rows::l0(domain.n(), domain.omega, shift)))
    }

    fn extend_values(
        &self,
        domain: &EngineDomain<Self>,
        shift: C::ScalarExt,
        label: Label,
        values: &[C::ScalarExt],
    ) -> Result<EngineColumn<Self, Coset>, EngineError> {
        process::enter()?;
        // Beside l_0, which takes five, a multiplication a row for each value; two NTTs take k.
        if values.len() + 5 > domain.n().ilog2() as usize {
            return extend_by_transforms(self, domain, shift, label, values);
        }
        let mut column = rows::l0(domain.n(), domain.omega, shift);
        rows::combine_rotations(&mut column, values);
        Ok(owned(column))
    }

    fn evaluate<B: RowBasis>(
        &self,
        program: &Program<C::ScalarExt>,
        rows: Rows<'_, Self>,
        inputs: &[&EngineColumn<Self, B>],
        scalars: &[C::ScalarExt],
        accumulator: Option<EngineColumn<Self, B>>,
    ) -> Result<EngineColumn<Self, B>, EngineError> {
        process::enter()?;
        let n = rows.domain.n();
        let inputs: Vec<&[_]> = inputs.iter().map(|column| &column.memory()[..]).collect();
        let lengths = inputs.iter().map(|column| column.len());
        program.check_run("evaluate", n, lengths, scalars.len(), 1)?;
        program.check_accumulator("evaluate", accumulator.is_some())?;
        let mut values = match accumulator {
            Some(accumulator) => accumulator.into_memory().into_owned(),
            None => polynomial::zeros(n),
        };
        EngineError::check_length("evaluate", "the accumulator", n, values.len())?;
        rows::evaluate(
            program,
            &inputs,
            scalars,
            rows.domain.omega,
            rows.shift,
            &mut values,
        );
        Ok(owned(values))
    }

    fn permute_lookup(
        &self,
        input: &EngineColumn<Self, LagrangeCoeff>,
        table: &EngineColumn<Self, LagrangeCoeff>,
        usable_rows: usize,
        input_blinding: &[C::ScalarExt],
        table_blinding: &[C::ScalarExt],
    ) -> Result<Permuted<Self>, EngineError> {
        process::enter()?;
        let (input, table) = (input.memory(), table.memory());
        Permuted::<Self>::check(
            input.len(),
            table.len(),
            usable_rows,
            input_blinding,
            table_blinding,
        )?;
        let (input, table) =
            lookup::permute(input, table, usable_rows, input_blinding, table_blinding)?;
        Ok(Permuted {
            input: owned(input),
            table: owned(table),
        })
    }

    fn grand_product(
        &self,
        domain: &EngineDomain<Self>,
        fractions: Fractions<'_, Self>,
    ) -> Result<EngineColumn<Self, LagrangeCoeff>, EngineError> {
        process::enter()?;
        let n = domain.n();
        fractions.check(n, |column| column.memory().len())?;
        let inputs: Vec<&[_]> = fractions.inputs.iter().map(|c| &c.memory()[..]).collect();
        let first = match fractions.after {
            Some(before) => before.memory()[fractions.usable_rows],
            None => C::ScalarExt::ONE,
        };
        let mut z = product::grand_product(
            fractions.program,
            &inputs,
            fractions.scalars,
            domain.omega,
            n,
            first,
            fractions.usable_rows,
        );
        z[fractions.usable_rows + 1..].copy_from_slice(fractions.blinding);
        Ok(owned(z))
    }

    fn batch_invert<B: Basis>(
        &self,
        column: EngineColumn<Self, B>,
    ) -> Result<EngineColumn<Self, B>, EngineError> {
        process::enter()?;
        let mut values = column.into_memory().into_owned();
        product::batch_invert(&mut values);
        Ok(owned(values))
    }

    fn horner(
        &self,
        queries: &[(&EngineColumn<Self, Coeff>, C::ScalarExt)],
    ) -> Result<Vec<C::ScalarExt>, EngineError> {
        process::enter()?;
        let queries: Vec<(&[_], _)> = queries
            .iter()
            .map(|(column, point)| (&column.memory()[..], *point))
            .collect();
        Ok(polynomial::horner(&queries))
    }

    fn linear_combination(
        &self,
        n: usize,
        terms: &[(C::ScalarExt, &EngineColumn<Self, Coeff>)],
        low: &[C::ScalarExt],
    ) -> Result<EngineColumn<Self, Coeff>, EngineError> {
        EngineError::check_at_most(
            "linear_combination",
            "the list of first coefficients",
            n,
            low,
        )?;
        let mut sum = self.accumulate(self.zeros(n)?, terms)?;
        let first = sum.memory_mut().to_mut().iter_mut();
        first.zip(low).for_each(|(sum, low)| *sum += low);
        Ok(sum)
    }

    fn accumulate(
        &self,
        sum: EngineColumn<Self, Coeff>,
        terms: &[(C::ScalarExt, &EngineColumn<Self, Coeff>)],
    ) -> Result<EngineColumn<Self, Coeff>, EngineError> {
        process::enter()?;
        let mut sum = sum.into_memory().into_owned();
        let columns = terms.iter().map(|(_, column)| column.memory());
        check_columns("accumulate", sum.len(), columns)?;
        let terms: Vec<(_, &[_])> = terms
            .iter()
            .map(|(scalar, column)| (*scalar, &column.memory()[..]))
            .collect();
        polynomial::accumulate(&mut sum, &terms);
        Ok(owned(sum))
    }

    fn kate_division(
        &self,
        column: EngineColumn<Self, Coeff>,
        roots: &[C::ScalarExt],
    ) -> Result<EngineColumn<Self, Coeff>, EngineError> {
        process::enter()?;
        let mut values = column.into_memory().into_owned();
        for root in roots {
            polynomial::kate_division(&mut values, *root);
        }
        Ok(owned(values))
    }

    fn trim(&self) {
        heap::trim();
    }
}

impl<'h, C, M, N> BorrowHost<'h> for HybridEngine<'h, C, M, N>
where
    C: MsmCurve<ScalarExt: ScalarField>,
    M: MsmAccel<C>,
    N: NttAccel<C::ScalarExt>,
{
    fn borrow<B: Basis>(&self, values: &'h [C::ScalarExt]) -> EngineColumn<Self, B> {
        Column::from_memory(Cow::Borrowed(values))
    }

    fn borrow_srs<B: CommitBasis>(
        &self,
        points: &'h [C],
    ) -> Result<EngineSrs<Self, B>, EngineError> {
        Ok(Srs::from_points(self.msm.load(Cow::Borrowed(points))?))
    }
}

fn owned<'h, F: Clone, B: Basis>(values: Vec<F>) -> Column<Cow<'h, [F]>, B> {
    Column::from_memory(Cow::Owned(values))
}

fn check_columns<F>(
    operation: &'static str,
    n: usize,
    columns: impl IntoIterator<Item = impl AsRef<[F]>>,
) -> Result<(), EngineError> {
    columns.into_iter().try_for_each(|column| {
        EngineError::check_length(operation, "a column", n, column.as_ref().len())
    })
}

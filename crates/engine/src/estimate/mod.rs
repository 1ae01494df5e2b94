//! An engine without data: what a proof takes, before anything is spent.

use std::{marker::PhantomData, sync::Arc};

use ff::{Field, PrimeField};

use crate::{
    basis::{Basis, Coeff, CommitBasis, Coset, LagrangeCoeff, RowBasis},
    column::Column,
    cpu::msm,
    curve::MsmCurve,
    engine::{
        Domain, Engine, EngineColumn, EngineDomain, EngineSrs, Fractions, Permuted, Rows,
        ScalarField,
    },
    error::EngineError,
    label::Label,
    program::Program,
    srs::Srs,
};

mod ledger;

use ledger::Ledger;
pub use ledger::{EstimateMemory, OperationTally, Tally};

/// Answers the calls of a prover as [`CpuEngine`](crate::CpuEngine) does, without computing: it keeps
/// account of bytes in memory, bytes moved, calls and field multiplications. Points and scalars that
/// it returns are placeholders, the same ones every time.
///
/// Multiplications of a commitment are those of scalars of full size; columns of small values take
/// fewer.
#[derive(Clone, Debug)]
pub struct Estimate<C> {
    ledger: Arc<Ledger>,
    threads: usize,
    curve: PhantomData<C>,
}

/// Bytes of a row that a lookup's permutation sorts: a canonical value and a row, for both sides.
const SORTED_ROW_BYTES: u64 = 2 * 40;
/// Bytes of a row that it lists as left over.
const LEFTOVER_ROW_BYTES: u64 = 4;

impl<C: MsmCurve<ScalarExt: ScalarField>> Estimate<C> {
    /// An estimate for the CPU engine with so many threads.
    pub fn new(threads: usize) -> Self {
        Self {
            ledger: Arc::default(),
            threads,
            curve: PhantomData,
        }
    }

    /// The account so far.
    pub fn tally(&self) -> Tally {
        self.ledger.tally()
    }

    /// Accounts for memory that is not a column, for as long as what is returned lives.
    pub fn hold(&self, bytes: u64) -> EstimateMemory {
        self.ledger.allocate(bytes)
    }

    /// Accounts for what a prover computes itself, beside its engine.
    pub fn host_work(&self, operation: &'static str, multiplications: u64) {
        self.count(operation, multiplications);
    }

    fn scalar_bytes(&self) -> u64 {
        size_of::<C::ScalarExt>() as u64
    }

    fn column<B: Basis>(&self, n: usize) -> EngineColumn<Self, B> {
        Column::from_memory(self.ledger.allocate(n as u64 * self.scalar_bytes()))
    }

    fn rows<B: Basis>(&self, column: &EngineColumn<Self, B>) -> usize {
        (column.memory().bytes() / self.scalar_bytes()) as usize
    }

    fn count(&self, operation: &'static str, multiplications: u64) {
        self.ledger.count(operation, multiplications);
    }

    /// n/2 log n
    fn ntt_multiplications(n: usize) -> u64 {
        (n as u64 / 2) * u64::from(n.trailing_zeros())
    }

    /// Pippenger's algorithm with signed digits: each window adds every point to a bucket and every
    /// bucket twice, in batched affine additions of 6 multiplications.
    fn msm_multiplications(n: usize) -> u64 {
        let log_n = n.max(2).ilog2();
        let window = log_n.saturating_sub(3).clamp(2, 16);
        let windows = C::ScalarExt::NUM_BITS.div_ceil(window);
        u64::from(windows) * (n as u64 + (1 << window)) * 6
    }

    fn transform<A: Basis, B: Basis>(
        &self,
        operation: &'static str,
        columns: &[&EngineColumn<Self, A>],
    ) -> Vec<EngineColumn<Self, B>> {
        let extend = |column: &&EngineColumn<Self, A>| {
            let n = self.rows(column);
            self.count(operation, Self::ntt_multiplications(n));
            self.column(n)
        };
        columns.iter().map(extend).collect()
    }
}

impl<C: MsmCurve<ScalarExt: ScalarField>> Engine for Estimate<C> {
    type Curve = C;
    type Memory = EstimateMemory;
    type Tables = EstimateMemory;
    type Points = EstimateMemory;
    type Commitments = usize;

    fn name(&self) -> String {
        "estimate".into()
    }

    fn has_data(&self) -> bool {
        false
    }

    fn domain(&self, k: u32) -> Result<EngineDomain<Self>, EngineError> {
        let max_k = C::ScalarExt::S;
        if k > max_k {
            return Err(EngineError::DomainTooLarge { k, max_k });
        }
        let half_n = 1u64 << k.saturating_sub(1);
        self.count("domain", half_n);
        let mut omega = C::ScalarExt::ROOT_OF_UNITY;
        for _ in k..max_k {
            omega = omega.square();
        }
        Ok(Domain {
            k,
            omega,
            tables: self.ledger.allocate(half_n * self.scalar_bytes()),
        })
    }

    fn load_srs<B: CommitBasis>(
        &self,
        n: usize,
        _: impl FnOnce() -> Vec<C>,
    ) -> Result<EngineSrs<Self, B>, EngineError> {
        let points = self.ledger.allocate((n * size_of::<C>()) as u64);
        Ok(Srs::from_points(points))
    }

    fn upload<B: Basis>(
        &self,
        _: Label,
        n: usize,
        _: impl FnOnce() -> Vec<C::ScalarExt>,
    ) -> Result<EngineColumn<Self, B>, EngineError> {
        self.ledger.upload(n as u64 * self.scalar_bytes());
        self.count("upload", 0);
        Ok(self.column(n))
    }

    fn zeros<B: Basis>(&self, n: usize) -> Result<EngineColumn<Self, B>, EngineError> {
        Ok(self.column(n))
    }

    fn download<B: Basis>(
        &self,
        column: &EngineColumn<Self, B>,
    ) -> Result<Vec<C::ScalarExt>, EngineError> {
        self.ledger.download(column.memory().bytes());
        self.count("download", 0);
        Ok(vec![C::ScalarExt::ZERO; self.rows(column)])
    }

    fn begin_commit<B: CommitBasis>(
        &self,
        _: &EngineSrs<Self, B>,
        columns: &[&EngineColumn<Self, B>],
    ) -> Result<usize, EngineError> {
        let longest = columns.iter().map(|column| self.rows(column)).max();
        let workspace = msm::workspace_bytes::<C>(longest.unwrap_or(0), self.threads);
        drop(self.ledger.allocate(workspace as u64));
        for column in columns {
            self.count("commit", Self::msm_multiplications(self.rows(column)));
        }
        Ok(columns.len())
    }

    fn finish_commit(&self, columns: usize) -> Result<Vec<C>, EngineError> {
        Ok(vec![C::generator(); columns])
    }

    fn interpolate(
        &self,
        _: &EngineDomain<Self>,
        columns: Vec<EngineColumn<Self, LagrangeCoeff>>,
    ) -> Result<Vec<EngineColumn<Self, Coeff>>, EngineError> {
        let interpolate = |column: EngineColumn<Self, LagrangeCoeff>| {
            let multiplications = Self::ntt_multiplications(self.rows(&column));
            self.count("interpolate", multiplications);
            Column::from_memory(column.into_memory())
        };
        Ok(columns.into_iter().map(interpolate).collect())
    }

    fn tabulate(
        &self,
        _: &EngineDomain<Self>,
        columns: &[&EngineColumn<Self, Coeff>],
    ) -> Result<Vec<EngineColumn<Self, LagrangeCoeff>>, EngineError> {
        Ok(self.transform("tabulate", columns))
    }

    fn extend(
        &self,
        _: &EngineDomain<Self>,
        _: C::ScalarExt,
        columns: &[&EngineColumn<Self, Coeff>],
    ) -> Result<Vec<EngineColumn<Self, Coset>>, EngineError> {
        Ok(self.transform("extend", columns))
    }

    fn interpolate_coset(
        &self,
        _: &EngineDomain<Self>,
        _: C::ScalarExt,
        column: EngineColumn<Self, Coset>,
    ) -> Result<EngineColumn<Self, Coeff>, EngineError> {
        let multiplications = Self::ntt_multiplications(self.rows(&column));
        self.count("interpolate_coset", multiplications);
        Ok(Column::from_memory(column.into_memory()))
    }

    fn extend_l0(
        &self,
        domain: &EngineDomain<Self>,
        _: C::ScalarExt,
    ) -> Result<EngineColumn<Self, Coset>, EngineError> {
        self.count("extend_l0", 5 * domain.n() as u64);
        Ok(self.column(domain.n()))
    }

    fn evaluate<B: RowBasis>(
        &self,
        program: &Program<C::ScalarExt>,
        rows: Rows<'_, Self>,
        _: &[&EngineColumn<Self, B>],
        _: &[C::ScalarExt],
        accumulator: Option<EngineColumn<Self, B>>,
    ) -> Result<EngineColumn<Self, B>, EngineError> {
        let n = rows.domain.n();
        self.count("evaluate", program.multiplications() * n as u64);
        Ok(accumulator.unwrap_or_else(|| self.column(n)))
    }

    fn permute_lookup(
        &self,
        input: &EngineColumn<Self, LagrangeCoeff>,
        _: &EngineColumn<Self, LagrangeCoeff>,
        _: usize,
        _: &[C::ScalarExt],
        _: &[C::ScalarExt],
    ) -> Result<Permuted<Self>, EngineError> {
        let n = self.rows(input);
        // To canonical form, one reduction a value.
        self.count("permute_lookup", 2 * n as u64);
        let sorted = (SORTED_ROW_BYTES + LEFTOVER_ROW_BYTES) * n as u64;
        let workspace = self.ledger.allocate(sorted);
        let permuted = Permuted {
            input: self.column(n),
            table: self.column(n),
        };
        drop(workspace);
        Ok(permuted)
    }

    fn grand_product(
        &self,
        domain: &EngineDomain<Self>,
        fractions: Fractions<'_, Self>,
    ) -> Result<EngineColumn<Self, LagrangeCoeff>, EngineError> {
        // The fraction, its denominator's inverse, and two passes of products.
        let multiplications = fractions.program.multiplications() + 6;
        self.count("grand_product", multiplications * domain.n() as u64);
        Ok(self.column(domain.n()))
    }

    fn batch_invert<B: Basis>(
        &self,
        column: EngineColumn<Self, B>,
    ) -> Result<EngineColumn<Self, B>, EngineError> {
        self.count("batch_invert", 3 * self.rows(&column) as u64);
        Ok(column)
    }

    fn horner(
        &self,
        queries: &[(&EngineColumn<Self, Coeff>, C::ScalarExt)],
    ) -> Result<Vec<C::ScalarExt>, EngineError> {
        let evaluate = |(column, _): &(&EngineColumn<Self, Coeff>, C::ScalarExt)| {
            self.count("horner", self.rows(column) as u64);
            C::ScalarExt::ONE
        };
        Ok(queries.iter().map(evaluate).collect())
    }

    fn linear_combination(
        &self,
        n: usize,
        terms: &[(C::ScalarExt, &EngineColumn<Self, Coeff>)],
        _: &[C::ScalarExt],
    ) -> Result<EngineColumn<Self, Coeff>, EngineError> {
        self.accumulate(self.zeros(n)?, terms)
    }

    fn accumulate(
        &self,
        sum: EngineColumn<Self, Coeff>,
        terms: &[(C::ScalarExt, &EngineColumn<Self, Coeff>)],
    ) -> Result<EngineColumn<Self, Coeff>, EngineError> {
        let multiplications = (terms.len() * self.rows(&sum)) as u64;
        self.count("accumulate", multiplications);
        Ok(sum)
    }

    fn kate_division(
        &self,
        column: EngineColumn<Self, Coeff>,
        roots: &[C::ScalarExt],
    ) -> Result<EngineColumn<Self, Coeff>, EngineError> {
        let multiplications = (roots.len() * self.rows(&column)) as u64;
        self.count("kate_division", multiplications);
        Ok(column)
    }
}

#[cfg(test)]
mod tests;

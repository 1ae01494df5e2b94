//! The [`Engine`] trait: the operations of a halo2 prover on columns.

use ff::{Field, WithSmallOrderMulGroup};
use std::hash::Hash;

use crate::{
    basis::{Basis, Coeff, CommitBasis, Coset, LagrangeCoeff, RowBasis},
    column::Column,
    curve::MsmCurve,
    error::EngineError,
    label::Label,
    program::Program,
    srs::Srs,
};

/// A scalar field that a halo2 prover can work over: it has a cube root of unity for the coset of
/// the quotient, an order, and 32-byte canonical representations.
pub trait ScalarField: WithSmallOrderMulGroup<3> + Ord + Hash {}
impl<F: WithSmallOrderMulGroup<3> + Ord + Hash> ScalarField for F {}

/// The scalar field of an engine.
pub type Scalar<E> = <<E as Engine>::Curve as halo2curves::CurveAffine>::ScalarExt;

/// A column in an engine's memory.
pub type EngineColumn<E, B> = Column<<E as Engine>::Memory, B>;

/// Half an SRS in an engine's memory.
pub type EngineSrs<E, B> = Srs<<E as Engine>::Points, B>;

/// The domain H of size n = 2^k, with what an engine made for it once (twiddles).
#[derive(Clone, Debug)]
pub struct Domain<F, T> {
    /// log2 of the number of rows.
    pub k: u32,
    /// A primitive n-th root of unity: row i stands for omega^i.
    pub omega: F,
    /// What the engine needs to transform columns of this size.
    pub tables: T,
}

impl<F, T> Domain<F, T> {
    /// The number of rows.
    pub fn n(&self) -> usize {
        1 << self.k
    }
}

/// The domain of an engine.
pub type EngineDomain<E> = Domain<Scalar<E>, <E as Engine>::Tables>;

/// Where the values of a row basis stand: on H itself, or on a coset of it.
pub struct Rows<'a, E: Engine> {
    /// H.
    pub domain: &'a EngineDomain<E>,
    /// Row i stands for the point shift * omega^i; 1 for H itself.
    pub shift: Scalar<E>,
}

/// A grand product z over the rows of H (Plonk, section 5; permuted lookups, halo2 book):
///
/// z_(i+1) = z_i * numerator_i / denominator_i for i < `usable_rows`, and after row `usable_rows` come
/// the blinding values. A zero denominator makes its fraction zero. z_0 is 1, or what the product that
/// this one goes on from ends with.
pub struct Fractions<'a, E: Engine> {
    /// Two outputs: the numerator and the denominator of a row.
    pub program: &'a Program<Scalar<E>>,
    /// The columns that the program reads.
    pub inputs: &'a [&'a EngineColumn<E, LagrangeCoeff>],
    /// The scalars that the program reads.
    pub scalars: &'a [Scalar<E>],
    /// The z whose value at row `usable_rows` is z_0; 1 is, where there is none.
    pub after: Option<&'a EngineColumn<E, LagrangeCoeff>>,
    /// Rows that take part.
    pub usable_rows: usize,
    /// The last n - `usable_rows` - 1 values of z.
    pub blinding: &'a [Scalar<E>],
}

impl<E: Engine> Fractions<'_, E> {
    /// For engines: an error unless all parts are of the lengths that z, of n values, asks for. `len`
    /// is the number of values of a column.
    pub fn check(
        &self,
        n: usize,
        len: impl Fn(&EngineColumn<E, LagrangeCoeff>) -> usize,
    ) -> Result<(), EngineError> {
        const OPERATION: &str = "grand_product";
        let lengths = self.inputs.iter().map(|column| len(column));
        let program = self.program;
        program.check_run(OPERATION, n, lengths, self.scalars.len(), 2)?;
        program.check_accumulator(OPERATION, false)?;
        let z_rows = self.usable_rows.saturating_add(1 + self.blinding.len());
        EngineError::check_length(OPERATION, "z", n, z_rows)?;
        match self.after {
            Some(before) => EngineError::check_length(OPERATION, "z before", n, len(before)),
            None => Ok(()),
        }
    }
}

/// The two columns that a lookup argument commits to: A' and S'.
pub struct Permuted<E: Engine> {
    /// A': the inputs, equal values adjacent, distinct ones ascending.
    pub input: EngineColumn<E, LagrangeCoeff>,
    /// S': the table, with each distinct input beside its first occurrence in A'.
    pub table: EngineColumn<E, LagrangeCoeff>,
}

impl<E: Engine> Permuted<E> {
    /// For engines: an error unless what [`Engine::permute_lookup`] is given fits an input of n values;
    /// `table_rows` is the number of values of the table.
    pub fn check(
        n: usize,
        table_rows: usize,
        usable_rows: usize,
        input_blinding: &[Scalar<E>],
        table_blinding: &[Scalar<E>],
    ) -> Result<(), EngineError> {
        let check = |what, expected, actual| {
            EngineError::check_length("permute_lookup", what, expected, actual)
        };
        check("the table", n, table_rows)?;
        if usable_rows > n {
            check("the input", usable_rows, n)?;
        }
        let blinding_rows = n - usable_rows;
        check("the input's blinding", blinding_rows, input_blinding.len())?;
        check("the table's blinding", blinding_rows, table_blinding.len())
    }
}

/// What a halo2 prover asks of the machine that computes for it.
///
/// An engine owns the memory of its columns, wherever that is. No operation moves a column
/// between host and device unless its name says so ([`upload`](Engine::upload),
/// [`download`](Engine::download)). Results do not depend on the engine, the number of threads or
/// the device: the same inputs give the same field elements and points. n = 2^k throughout; the
/// cost of each operation is given in field multiplications.
pub trait Engine: Sized {
    /// The curve of the commitments.
    type Curve: MsmCurve<ScalarExt: ScalarField>;
    /// The memory of one column.
    type Memory: Send + Sync;
    /// Twiddles and the like, made once for a domain.
    type Tables: Send + Sync;
    /// The points of half an SRS, where commitments need them.
    type Points: Send + Sync;
    /// Commitments that were begun.
    type Commitments: Send;

    /// The name used in messages and reports.
    fn name(&self) -> String;

    /// Whether anything is computed. Points and scalars of an engine without data mean nothing, so that
    /// nothing can be checked of them.
    fn has_data(&self) -> bool {
        true
    }

    /// The domain of size 2^k. Makes the twiddles: n/2 multiplications.
    fn domain(&self, k: u32) -> Result<EngineDomain<Self>, EngineError>;

    /// Says which programs will be run over rows of this domain: what an engine has to do once for each
    /// (to compile it, say) is done here, where a key is loaded, and not in the first proof.
    fn prepare(
        &self,
        _domain: &EngineDomain<Self>,
        _programs: &[&Program<Scalar<Self>>],
    ) -> Result<(), EngineError> {
        Ok(())
    }

    /// Takes in half an SRS of n points. An engine without data does not call `points`.
    fn load_srs<B: CommitBasis>(
        &self,
        n: usize,
        points: impl FnOnce() -> Vec<Self::Curve>,
    ) -> Result<EngineSrs<Self, B>, EngineError>;

    /// Makes a column of n values from the host's. An engine without data does not call `values`.
    fn upload<B: Basis>(
        &self,
        label: Label,
        n: usize,
        values: impl FnOnce() -> Vec<Scalar<Self>>,
    ) -> Result<EngineColumn<Self, B>, EngineError>;

    /// Says what a column is from now on. An engine that plans its memory may move it to where the
    /// plan has columns of that kind: the one exception to columns staying where they are, and
    /// counted as what it is.
    fn place<B: Basis>(
        &self,
        _label: Label,
        column: EngineColumn<Self, B>,
    ) -> Result<EngineColumn<Self, B>, EngineError> {
        Ok(column)
    }

    /// Of the columns that a sequence of evaluations reads, how many are kept for later ones: `most`
    /// spares all work, fewer than `least`, the largest evaluation's, cannot be. What is not kept is
    /// made again.
    ///
    /// One in five goes: where the prover takes most memory, a few NTTs buy a few columns.
    fn working_columns(&self, least: usize, most: usize) -> usize {
        least.max(most - most / 5)
    }

    /// How many columns of n values to commit to at a time as they come in, so that the engine works
    /// on some while others are made.
    fn columns_at_a_time(&self, _n: usize) -> usize {
        usize::MAX
    }

    /// A column of values that look uniformly random: value i is made of the i-th 64 bytes of the seed's
    /// ChaCha20 stream (RFC 8439, with a 64-bit counter), as `Field::random` makes it, so that any part
    /// of the column can be made by itself.
    fn expand_seed<B: Basis>(
        &self,
        label: Label,
        n: usize,
        seed: [u8; 32],
    ) -> Result<EngineColumn<Self, B>, EngineError> {
        self.upload(label, n, || crate::host::expand_seed(n, seed))
    }

    /// A column of zeros.
    fn zeros<B: Basis>(&self, n: usize) -> Result<EngineColumn<Self, B>, EngineError>;

    /// Copies a column to the host.
    fn download<B: Basis>(
        &self,
        column: &EngineColumn<Self, B>,
    ) -> Result<Vec<Scalar<Self>>, EngineError>;

    /// Begins to commit to a batch of columns: sum_i v_i B_i over the SRS of their basis. Columns and
    /// SRS may be dropped before the end; an engine that computes at once is done here.
    fn begin_commit<B: CommitBasis>(
        &self,
        srs: &EngineSrs<Self, B>,
        columns: &[&EngineColumn<Self, B>],
    ) -> Result<Self::Commitments, EngineError>;

    /// The commitments, in the order of the columns. Waits for them.
    fn finish_commit(
        &self,
        commitments: Self::Commitments,
    ) -> Result<Vec<Self::Curve>, EngineError>;

    /// Commits to a batch of columns.
    fn commit<B: CommitBasis>(
        &self,
        srs: &EngineSrs<Self, B>,
        columns: &[&EngineColumn<Self, B>],
    ) -> Result<Vec<Self::Curve>, EngineError> {
        self.finish_commit(self.begin_commit(srs, columns)?)
    }

    /// Values on H to coefficients: an inverse NTT each, n/2 log n multiplications.
    fn interpolate(
        &self,
        domain: &EngineDomain<Self>,
        columns: Vec<EngineColumn<Self, LagrangeCoeff>>,
    ) -> Result<Vec<EngineColumn<Self, Coeff>>, EngineError>;

    /// Coefficients to values on H: a forward NTT each.
    fn tabulate(
        &self,
        domain: &EngineDomain<Self>,
        columns: &[&EngineColumn<Self, Coeff>],
    ) -> Result<Vec<EngineColumn<Self, LagrangeCoeff>>, EngineError>;

    /// Coefficients to values on the coset shift * H: a coset NTT each.
    fn extend(
        &self,
        domain: &EngineDomain<Self>,
        shift: Scalar<Self>,
        columns: &[&EngineColumn<Self, Coeff>],
    ) -> Result<Vec<EngineColumn<Self, Coset>>, EngineError>;

    /// A column of which only the first values on H are given, the others being zero, on the coset
    /// shift * H: public values, which are few. An inverse NTT and a coset NTT, unless the engine has
    /// something better.
    fn extend_values(
        &self,
        domain: &EngineDomain<Self>,
        shift: Scalar<Self>,
        label: Label,
        values: &[Scalar<Self>],
    ) -> Result<EngineColumn<Self, Coset>, EngineError> {
        extend_by_transforms(self, domain, shift, label, values)
    }

    /// Values on the coset shift * H to coefficients: an inverse coset NTT.
    fn interpolate_coset(
        &self,
        domain: &EngineDomain<Self>,
        shift: Scalar<Self>,
        column: EngineColumn<Self, Coset>,
    ) -> Result<EngineColumn<Self, Coeff>, EngineError>;

    /// l_0(X) = (X^n - 1) / (n (X - 1)), the first Lagrange polynomial, on the coset shift * H.
    /// The others are its rotations: l_j(X) = l_0(omega^(-j) X).
    fn extend_l0(
        &self,
        domain: &EngineDomain<Self>,
        shift: Scalar<Self>,
    ) -> Result<EngineColumn<Self, Coset>, EngineError>;

    /// Evaluates a program of one output at every row. The accumulator, where given, is what the
    /// program reads as such, and its memory becomes the result's.
    fn evaluate<B: RowBasis>(
        &self,
        program: &Program<Scalar<Self>>,
        rows: Rows<'_, Self>,
        inputs: &[&EngineColumn<Self, B>],
        scalars: &[Scalar<Self>],
        accumulator: Option<EngineColumn<Self, B>>,
    ) -> Result<EngineColumn<Self, B>, EngineError>;

    /// A' and S' of a lookup (halo2 book, "Lookup argument"): the first `usable_rows` rows of both
    /// columns permuted, the given blinding values after them. Distinct inputs ascend by value;
    /// what the table has beyond them fills S' in ascending order.
    ///
    /// That an input is not in the table is [`EngineError::NotInTable`] here, or, from an engine that
    /// does not wait for its device, of [`check_permuted`](Engine::check_permuted); A' and S' mean
    /// nothing then.
    fn permute_lookup(
        &self,
        input: &EngineColumn<Self, LagrangeCoeff>,
        table: &EngineColumn<Self, LagrangeCoeff>,
        usable_rows: usize,
        input_blinding: &[Scalar<Self>],
        table_blinding: &[Scalar<Self>],
    ) -> Result<Permuted<Self>, EngineError>;

    /// An error if an input is not in the table. To be called when the device has been waited for in
    /// any case, as after commitments to A' and S'.
    fn check_permuted(&self, _permuted: &Permuted<Self>) -> Result<(), EngineError> {
        Ok(())
    }

    /// z, a grand product: see [`Fractions`].
    fn grand_product(
        &self,
        domain: &EngineDomain<Self>,
        fractions: Fractions<'_, Self>,
    ) -> Result<EngineColumn<Self, LagrangeCoeff>, EngineError>;

    /// Inverts every value in place; zero stays zero. 3 multiplications each.
    fn batch_invert<B: Basis>(
        &self,
        column: EngineColumn<Self, B>,
    ) -> Result<EngineColumn<Self, B>, EngineError>;

    /// Evaluates each polynomial at its point, by Horner's rule: n multiplications each.
    fn horner(
        &self,
        queries: &[(&EngineColumn<Self, Coeff>, Scalar<Self>)],
    ) -> Result<Vec<Scalar<Self>>, EngineError>;

    /// sum_j c_j p_j(X) + low(X), `low` being the first coefficients of a polynomial of degree < n:
    /// one multiplication per term and row.
    fn linear_combination(
        &self,
        n: usize,
        terms: &[(Scalar<Self>, &EngineColumn<Self, Coeff>)],
        low: &[Scalar<Self>],
    ) -> Result<EngineColumn<Self, Coeff>, EngineError>;

    /// sum(X) + sum_j c_j p_j(X), in the memory of `sum`: one multiplication per term and row.
    fn accumulate(
        &self,
        sum: EngineColumn<Self, Coeff>,
        terms: &[(Scalar<Self>, &EngineColumn<Self, Coeff>)],
    ) -> Result<EngineColumn<Self, Coeff>, EngineError>;

    /// The quotient of p(X) by the product of (X - r) over all `roots`; remainders are dropped.
    /// n multiplications a root (Kate, Zaverucha, Goldberg 2010, section 3.3).
    fn kate_division(
        &self,
        column: EngineColumn<Self, Coeff>,
        roots: &[Scalar<Self>],
    ) -> Result<EngineColumn<Self, Coeff>, EngineError>;

    /// Hands back to the system what dropped columns and workspaces left behind, where the engine or
    /// its allocator keeps that. A prover calls it between its rooms.
    fn trim(&self) {}
}

/// [`Engine::extend_values`], for any number of values.
pub(crate) fn extend_by_transforms<E: Engine>(
    engine: &E,
    domain: &EngineDomain<E>,
    shift: Scalar<E>,
    label: Label,
    values: &[Scalar<E>],
) -> Result<EngineColumn<E, Coset>, EngineError> {
    let n = domain.n();
    let column = engine.upload(label, n, || {
        let mut column = values.to_vec();
        column.resize(n, Scalar::<E>::ZERO);
        column
    })?;
    let coefficients = engine.interpolate(domain, vec![column])?;
    let mut extended = engine.extend(domain, shift, &[&coefficients[0]])?;
    Ok(extended.swap_remove(0))
}

/// Engines whose columns and SRS can be borrowed from the host without a copy, for as long as `'h`.
pub trait BorrowHost<'h>: Engine {
    /// A column that is the caller's slice.
    fn borrow<B: Basis>(&self, values: &'h [Scalar<Self>]) -> EngineColumn<Self, B>;

    /// Half an SRS that is the caller's slice.
    fn borrow_srs<B: CommitBasis>(
        &self,
        points: &'h [Self::Curve],
    ) -> Result<EngineSrs<Self, B>, EngineError>;
}

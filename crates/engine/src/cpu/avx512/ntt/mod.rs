//! Number-theoretic transform of BN254's scalars.
//!
//! The same descent as the [portable one](crate::cpu::ntt): a block of length m holds p mod (X^m - c), a
//! level halves all blocks, and at the end the values stand in bit-reversed order. Here it takes two passes
//! over a column, a matrix of rows one after another:
//!
//! 1. The levels of the matrix' columns, eight adjacent columns to a vector, as limbs in a buffer that the
//!    cache holds. All lanes have the twiddle of the block, whose [`Multiplier`] is made once for all tiles.
//! 2. The levels of each row, eight adjacent elements to a vector, until blocks are as long as a vector;
//!    there eight vectors are transposed, and the lanes are blocks, each with its own twiddle.
//!
//! A level adds no more than 6 p to what values are below. They are reduced where they are stored, and
//! between only in columns of more than twelve levels.
//!
//! Cost a column, in vector products of 8 elements: n/16 a level, of 60 multiplications where a level's
//! multipliers are made beforehand, of 100 in the last six; n/8 more for the inverse's 1/n, n/8 for a coset's
//! shift, 2 n/8 for the inverse of a coset. Passes over the column's memory: two, one up to 2^12 elements;
//! one for the permutation, one more for the inverse of a coset.

mod descent;
mod pass;
mod scale;
#[cfg(test)]
mod tests;
mod twiddles;

use std::{any::Any, fmt};

use ff::{Field, PrimeField};
use halo2curves::bn256::Fr;
use rayon::prelude::*;

use super::{
    factors::Factors,
    lanes::Lanes,
    modulus::{is_field, words, words_mut, ScalarModulus, Words},
    multiplier::Multiplier,
};
use crate::cpu::ntt::{bit_reversal::reverse, descent::in_parallel, each};
use pass::Matrix;
use scale::Powers;
use twiddles::{element_words, raised, Coset, Source, Table};

type Value = Lanes<ScalarModulus>;
type Factor = Factors<ScalarModulus>;
type Constant = Multiplier<ScalarModulus>;

/// log2 of the least number of elements.
pub(super) const MIN_K: u32 = 7;

/// log2 of the elements of a row: as many as a column has, or these.
const ROW: u32 = 12;

/// log2 of the most rows of a matrix, before rows are made longer.
const ROWS: u32 = 10;

/// log2 of the elements of the longest rows: values of more levels would not stay below 84 p.
const LONGEST_ROW: u32 = 13;

/// Twiddles of the domain of size n = 2^k.
pub(in crate::cpu) struct Domain {
    k: u32,
    log_rows: u32,
    omega: Fr,
    /// 1/n.
    n_inv: Fr,
    table: Vec<Fr>,
}

impl fmt::Debug for Domain {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Domain")
            .field("k", &self.k)
            .finish_non_exhaustive()
    }
}

/// What an operation does beside the descent.
struct Job<'a, const INVERSE: bool> {
    log_rows: u32,
    n: usize,
    source: Source<'a, INVERSE>,
    made: Vec<Constant>,
    scale: Option<Constant>,
}

impl Domain {
    /// Whether there are such domains: of this field, and not too small for vectors.
    pub(in crate::cpu) fn is_for<F: 'static>(k: u32) -> bool {
        is_field::<ScalarModulus, F>() && k >= MIN_K
    }

    /// The domain of size 2^k, generated as the portable one is. The CPU has the instructions, and `k` is
    /// from [`MIN_K`] to the field's two-adicity.
    pub(in crate::cpu) fn new(k: u32) -> Self {
        Self::of_rows(k, log_rows(k))
    }

    fn of_rows(k: u32, log_rows: u32) -> Self {
        debug_assert!(super::detected() && (MIN_K..=Fr::S).contains(&k));
        let omega = (k..Fr::S).fold(Fr::ROOT_OF_UNITY, |root, _| root.square());
        Self {
            k,
            log_rows,
            omega,
            n_inv: Fr::TWO_INV.pow_vartime([u64::from(k)]),
            table: twiddles::table(k, omega),
        }
    }

    /// The generator of the domain.
    pub(in crate::cpu) fn omega<F: Field>(&self) -> F {
        cast(self.omega)
    }

    /// The domain's size, 2^k.
    pub(in crate::cpu) fn n(&self) -> usize {
        1 << self.k
    }

    /// In place, natural order in and out: a_i <- sum_j a_j omega^{ij}.
    pub(in crate::cpu) fn forward<F: Field>(&self, columns: &mut [&mut [F]]) {
        let job = self.job::<false>(None, None);
        each(columns, |column| job.run(None, column));
    }

    /// The inverse of [`forward`](Self::forward).
    pub(in crate::cpu) fn inverse<F: Field>(&self, columns: &mut [&mut [F]]) {
        let job = self.job::<true>(None, Some(self.n_inv));
        each(columns, |column| job.run(None, column));
    }

    /// Evaluations over the coset: out_i = p(shift omega^i) for the coefficients of p.
    pub(in crate::cpu) fn coset_forward<F: Field>(
        &self,
        columns: &mut [(&[F], &mut [F])],
        shift: F,
    ) {
        let coset = self.coset(cast(shift));
        let job = self.job::<false>(Some(&coset), None);
        each(columns, |(from, to)| job.run(Some(from), to));
    }

    /// [`coset_forward`](Self::coset_forward) in place.
    pub(in crate::cpu) fn coset_forward_in_place<F: Field>(
        &self,
        columns: &mut [&mut [F]],
        shift: F,
    ) {
        let coset = self.coset(cast(shift));
        let job = self.job::<false>(Some(&coset), None);
        each(columns, |column| job.run(None, column));
    }

    /// In place: evaluations over shift * H, `shift` not zero, to coefficients.
    pub(in crate::cpu) fn coset_inverse<F: Field>(&self, columns: &mut [&mut [F]], shift: F) {
        let base = cast::<F, Fr>(shift).invert().unwrap_or(Fr::ZERO);
        // SAFETY: the instructions were detected where the domain was made.
        let powers = unsafe { Powers::new(self.k, base, self.n_inv) };
        let job = self.job::<true>(None, None);
        each(columns, |column| {
            job.run(None, column);
            powers.scale(column_words(column));
        });
    }

    fn coset(&self, shift: Fr) -> Coset {
        // SAFETY: the instructions were detected where the domain was made.
        unsafe { Coset::new(self.k, shift) }
    }

    fn job<'a, const INVERSE: bool>(
        &'a self,
        coset: Option<&'a Coset>,
        scale: Option<Fr>,
    ) -> Job<'a, INVERSE> {
        let source = Source {
            table: Table(element_words(&self.table)),
            coset,
            made: None,
        };
        // SAFETY: the instructions were detected where the domain was made.
        let (made, scale) = unsafe {
            let made = source.make_all(self.log_rows as usize);
            (made, scale.map(|scale| constant(scale)))
        };
        Job {
            log_rows: self.log_rows,
            n: self.n(),
            source,
            made,
            scale,
        }
    }
}

/// log2 of the rows of the matrix that a column is. Buffers are 320 bytes for a row, and 40 for each element
/// of one: up to 2^23 elements, either fits a second-level cache beside the multipliers. As few rows as that
/// allows, since they stand far apart in memory.
fn log_rows(k: u32) -> u32 {
    if k <= ROW + ROWS {
        k.saturating_sub(ROW)
    } else {
        ROWS.max(k - LONGEST_ROW)
    }
}

#[target_feature(enable = "avx512f,avx512ifma,avx512vbmi2")]
fn constant(value: Fr) -> Constant {
    Constant::new(Value::splat(&raised(value)))
}

/// A column's words. Whoever has a domain has columns of its field ([`Domain::is_for`]).
fn column_words<F: Field>(column: &mut [F]) -> &mut [Words] {
    words_mut::<ScalarModulus, F>(column).unwrap_or_default()
}

/// From the field to itself, by its two names.
fn cast<A: Field, B: Field>(a: A) -> B {
    let same = (&a as &dyn Any).downcast_ref();
    debug_assert!(same.is_some(), "a domain is of its field");
    same.copied().unwrap_or_default()
}

impl<const INVERSE: bool> Job<'_, INVERSE> {
    /// One column, from another one's values if there are such.
    fn run<F: Field>(&self, from: Option<&[F]>, column: &mut [F]) {
        assert_eq!(column.len(), self.n, "a column as long as the domain");
        let log_rows = self.log_rows as usize;
        let from = from.and_then(words::<ScalarModulus, F>);
        let words = column_words(column);
        let parallel = in_parallel(words.len());
        let mut scale = self.scale.as_ref();
        if log_rows > 0 {
            let matrix = Matrix::new(from, words, 1 << log_rows);
            let source = Source {
                made: Some(&self.made),
                ..self.source
            };
            let scale = scale.take();
            let part = match parallel {
                false => matrix.tiles(),
                true => (matrix.tiles() / (4 * rayon::current_num_threads())).max(1),
            };
            let work = |first: usize| {
                let tiles = first..matrix.tiles().min(first + part);
                // SAFETY: the instructions were detected where the domain was made; the column is ours,
                // and a tile in one part only.
                unsafe { matrix.descend(tiles, &source, scale) }
            };
            let parts = matrix.tiles().div_ceil(part);
            (0..parts).into_par_iter().for_each(|i| work(i * part));
        } else if let Some(from) = from {
            words.copy_from_slice(from);
        }
        let row = words.len() >> log_rows;
        let work = |(block, rows): (usize, &mut [Words])| {
            // SAFETY: the instructions were detected where the domain was made.
            unsafe { pass::rows(rows, row, block, log_rows, &self.source, scale) }
        };
        match parallel {
            false => work((0, words)),
            true => words.par_chunks_mut(row).enumerate().for_each(work),
        }
        reverse(words, |_, _| ());
    }
}

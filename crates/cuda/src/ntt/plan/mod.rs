//! How a transform is cut into passes, and what they multiply by: numbers alone, no device.
//!
//! n = n_1 n_2 .. n_P, at most four factors, all powers of two. An input's index is written with the
//! digits i_1 .. i_P, an output's with o_1 .. o_P, in opposite orders:
//!
//! ```text
//! i = sum_p i_p M_p,  M_p = n_{p+1} .. n_P        o = sum_p o_p D_p,  D_p = n_1 .. n_{p-1}
//! ```
//!
//! In w^(i o) a product i_p o_q vanishes for q > p, as M_p D_q is a multiple of n. For q = p it is a
//! transform of size n_p: pass p takes i_p to o_p, for all values of the other digits. For q < p it is
//! a factor that comes between the passes q and p, with w^(M_p D_q i_p o_q). (Cooley and Tukey 1965.)
//!
//! A factor of two digits is a table of one row for each o_q and one column for each i_p. Factors of
//! several pairs are multiplied into a table of both digits of a kind where it stays small; a factor
//! that varies over neither digit of a pass is put into the table of another one:
//!
//! ```text
//! P = 2   before pass 2: (o_1, i_2)
//! P = 3   before pass 2: (o_1, i_2) and (o_1, i_3)        before pass 3: (o_2, i_3)
//! P = 4   before pass 2: (o_1, i_2)
//!         before pass 3: (o_1 o_2, i_3) and (o_1 o_2, i_4)        before pass 4: (o_3, i_4)
//! ```
//!
//! One table of all n powers would take one multiplication in place of two where there are two, 8.9 in
//! place of 9.9 a point at 2^22, and 64 n bytes: twice the column, to be read with it. These take
//! 64 (n_1 n_2 + n_1 n_3 + n_2 n_3) bytes for P = 3, at 2^22 a 25th of a column.
//!
//! A coset's shift multiplies input i by shift^i = prod_p shift^(M_p i_p), and the inverse's outputs by
//! shift^-o. What belongs to a digit that a table between passes has, goes into that table, if its size is
//! a small part of n; the rest is a multiplication while pass 1 reads or the last pass writes.

mod pass;
mod table;

use ff::PrimeField;

use pass::dft_multiplications;
use table::two_digits;

pub use pass::{rounds, Factors, Pass};
pub use table::{Base, Table};

use super::policy::Policy;
use crate::{field::ScalarField, work::Work};

/// log2 of the elements of a tile, and threads of a block.
pub use halo2_offload_kernels::signatures::ntt_pass::{LOG_TILE, THREADS};

/// Shared memory of a block.
pub const SHARED_BYTES: u32 = 32 << LOG_TILE;
/// Largest log2 of the size of a pass that there is a kernel for.
pub const MAX_LOG_ROWS: u32 = 8;
/// The most passes.
const MAX_PASSES: u32 = 4;
/// Wide multiplications of a multiplication by a twiddle, as in `twiddle.cuh`.
const TWIDDLE_MULTIPLICATION: u64 = 92;
/// The scalar field has no larger domain.
pub const MAX_K: u32 = ScalarField::S;

/// Which of the transforms of a column.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Kind {
    /// Out_o = sum_i in_i w^(i o).
    Forward,
    /// Its inverse.
    Inverse,
    /// Out_o = sum_i in_i (shift w^o)^i.
    CosetForward,
    /// Its inverse.
    CosetInverse,
}

impl Kind {
    /// All of them.
    pub const ALL: [Self; 4] = [
        Self::Forward,
        Self::Inverse,
        Self::CosetForward,
        Self::CosetInverse,
    ];

    fn is_inverse(self) -> bool {
        matches!(self, Self::Inverse | Self::CosetInverse)
    }
}

/// A transform of size 2^k in passes.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Plan {
    k: u32,
    /// log2 of n_1, n_2, ..
    logs: Vec<u32>,
}

impl Plan {
    /// For size 2^k, k at most [`MAX_K`]: as few passes as the policy has it, or four, of sizes that are
    /// as equal as can be.
    pub fn new(k: u32, policy: &Policy) -> Self {
        let max_log_rows = policy.max_log_rows.clamp(1, MAX_LOG_ROWS);
        let passes = k.div_ceil(max_log_rows).min(MAX_PASSES);
        let logs = (0..passes).map(|pass| (k + passes - 1 - pass) / passes);
        Self {
            k,
            logs: logs.collect(),
        }
    }

    /// log2 of the size.
    pub fn k(&self) -> u32 {
        self.k
    }

    /// The size.
    pub fn n(&self) -> usize {
        1 << self.k
    }

    /// log2 of the sizes of the passes.
    pub fn logs(&self) -> &[u32] {
        &self.logs
    }

    /// log2 of the sizes of the passes before the last, zero where there is none.
    pub fn log_digits(&self) -> [u32; 3] {
        let before_last = &self.logs[..self.logs.len().saturating_sub(1)];
        std::array::from_fn(|pass| before_last.get(pass).copied().unwrap_or(0))
    }

    /// Values of workspace for each column of a batch: several passes do not work in place.
    pub fn workspace_len(&self) -> usize {
        match self.logs.len() {
            0 | 1 => 0,
            _ => self.n(),
        }
    }

    /// The passes of a transform.
    pub fn passes(&self, kind: Kind) -> Vec<Pass> {
        let mut passes: Vec<Pass> = self
            .logs
            .iter()
            .enumerate()
            .map(|(index, &log_rows)| self.pass(index, log_rows, kind))
            .collect();
        match kind {
            Kind::Forward => {}
            Kind::Inverse => self.scale(&mut passes),
            Kind::CosetForward => self.shift_inputs(&mut passes),
            Kind::CosetInverse => self.shift_outputs(&mut passes),
        }
        passes
    }

    fn pass(&self, index: usize, log_rows: u32, kind: Kind) -> Pass {
        let [high, low] = rounds(log_rows);
        Pass {
            log_rows,
            log_distance: self.logs[index + 1..].iter().sum(),
            last: index + 1 == self.logs.len(),
            negated: index == 0 && kind.is_inverse(),
            load: self.between(index),
            store: Factors::default(),
            round: (high > 0)
                .then(|| Table::products(high, 0, low, Base::omega(self.k - log_rows))),
        }
    }

    /// The factors before a pass, as the table at the top has them.
    fn between(&self, index: usize) -> Factors {
        let none = Factors::default();
        match (&self.logs[..], index) {
            (&[a, b], 1) => none.with_row(Table::products(a, 0, b, Base::omega(0)), 0),
            (&[a, b, c], 1) => none
                .with_row(Table::products(a, 0, b, Base::omega(c)), c)
                .with_column(Table::products(a, 0, c, Base::omega(0)), a + c),
            (&[a, b, c], 2) => none.with_row(Table::products(b, 0, c, Base::omega(a)), a),
            (&[a, b, c, d], 1) => {
                none.with_row(Table::products(a, 0, b, Base::omega(c + d)), c + d)
            }
            (&[a, b, c, d], 2) => none
                .with_row(Table::products(a, b, c, Base::omega(d)), d)
                .with_column(Table::products(a, b, d, Base::omega(0)), a + b + d),
            (&[a, b, c, d], 3) => {
                none.with_row(Table::products(c, 0, d, Base::omega(a + b)), a + b)
            }
            _ => none,
        }
    }

    /// 1/n goes into the smallest table between passes, or takes a multiplication where there is none.
    fn scale(&self, passes: &mut [Pass]) {
        let between = passes.iter_mut().flat_map(|pass| pass.load.tables_mut());
        match between.min_by_key(|table| table.entries()) {
            Some(table) => table.scaled = true,
            None => {
                if let Some(pass) = passes.last_mut() {
                    let scale = Table {
                        scaled: true,
                        ..Table::powers(pass.log_rows, Base::ONE)
                    };
                    pass.store = pass.store.with_row(scale, 0);
                }
            }
        }
    }

    /// shift^i.
    fn shift_inputs(&self, passes: &mut [Pass]) {
        let Some(first) = passes.first_mut() else {
            return;
        };
        let none = Factors::default();
        first.load = match self.logs[..] {
            [a, b] => none
                .with_row(Table::powers(a, Base::shift(b)), b)
                .with_column(Table::powers(b, Base::shift(0)), b),
            // i_3's part goes with (o_1, i_3).
            [a, b, c] => none.with_row(two_digits(b, a, Base::shift(c), Base::shift(b + c)), c),
            [a, b, c, d] => none
                .with_row(
                    two_digits(b, a, Base::shift(c + d), Base::shift(b + c + d)),
                    c + d,
                )
                .with_column(Table::powers(c + d, Base::shift(0)), c + d),
            _ => none.with_row(Table::powers(self.k, Base::shift(0)), 0),
        };
        if let [_, Pass { load, .. }, _] = passes {
            if let Some(column) = &mut load.column {
                column.steps = Base::shift(0);
            }
        }
    }

    /// g^o / n, g = 1 / shift.
    fn shift_outputs(&self, passes: &mut [Pass]) {
        let scaled = |table| Table {
            scaled: true,
            ..table
        };
        let Some(last) = passes.last_mut() else {
            return;
        };
        let none = Factors::default();
        last.store = match self.logs[..] {
            [a, b] => none
                .with_row(Table::powers(b, Base::shift(a)), a)
                .with_column(scaled(Table::powers(a, Base::shift(0))), a),
            // o_1's part goes with (o_1, i_3).
            [a, b, c] => none.with_row(two_digits(b, c, Base::shift(a), Base::shift(a + b)), a),
            [a, b, c, d] => none
                .with_row(
                    two_digits(c, d, Base::shift(a + b), Base::shift(a + b + c)),
                    a + b,
                )
                .with_column(scaled(Table::powers(a + b, Base::shift(0))), a + b),
            _ => none.with_row(scaled(Table::powers(self.k, Base::shift(0))), 0),
        };
        if let [_, Pass { load, .. }, _] = passes {
            if let Some(column) = &mut load.column {
                *column = scaled(Table {
                    rows: Base::shift(0),
                    ..*column
                });
            }
        }
    }

    /// The tables of a transform, each once.
    pub fn tables(&self, kind: Kind) -> Vec<Table> {
        let mut tables = Vec::new();
        for pass in self.passes(kind) {
            let all = [
                pass.load.row,
                pass.load.column,
                pass.store.row,
                pass.store.column,
                pass.round,
            ];
            for table in all.into_iter().flatten() {
                if !tables.contains(&table) {
                    tables.push(table);
                }
            }
        }
        tables
    }

    /// Field multiplications of a column's transform: those in registers, those between the rounds of a
    /// pass, and the factors.
    pub fn multiplications(&self, kind: Kind) -> u64 {
        let n = self.n() as u64;
        self.passes(kind)
            .iter()
            .map(|pass| {
                let [high, low] = rounds(pass.log_rows);
                let transforms =
                    (n >> high) * dft_multiplications(high) + (n >> low) * dft_multiplications(low);
                // The outputs of index 0 of the first round are multiplied by 1, which is left out.
                let between_rounds = match pass.round {
                    Some(_) => n - (n >> high),
                    None => 0,
                };
                let factors = pass.load.count() + pass.store.count();
                transforms + between_rounds + u64::from(factors) * n
            })
            .sum()
    }

    /// The work of a column's transform. Tables are left out of the bytes: they stay in the caches.
    pub fn work(&self, kind: Kind) -> Work {
        let moved = 32 * self.n() as u64 * self.logs.len() as u64;
        Work {
            multiplications: TWIDDLE_MULTIPLICATION * self.multiplications(kind),
            bytes_read: moved,
            bytes_written: moved,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const POLICY: Policy = Policy {
        max_log_rows: 8,
        batch_bytes: 0,
    };

    #[test]
    fn passes_are_few_and_equal() {
        let logs = |k| Plan::new(k, &POLICY).logs;
        assert!(logs(0).is_empty());
        assert_eq!(logs(8), [8]);
        assert_eq!(logs(9), [5, 4]);
        assert_eq!(logs(22), [8, 7, 7]);
        assert_eq!(logs(24), [8, 8, 8]);
        assert_eq!(logs(28), [7, 7, 7, 7]);
        for k in 0..=MAX_K {
            for max_log_rows in 0..=9 {
                let plan = Plan::new(
                    k,
                    &Policy {
                        max_log_rows,
                        ..POLICY
                    },
                );
                assert_eq!(plan.logs().iter().sum::<u32>(), k);
                let sizes = 1..=MAX_LOG_ROWS;
                assert!(plan.logs().iter().all(|log| sizes.contains(log)));
                assert!(plan.logs().len() <= MAX_PASSES as usize);
            }
        }
    }

    /// The counts in the contract of `pass.cu`, in 16ths of a multiplication a point.
    #[test]
    fn multiplications_are_those_of_the_contract() {
        let count = |k, kind| {
            let plan = Plan::new(k, &POLICY);
            16 * plan.multiplications(kind) / plan.n() as u64
        };
        let forward = [
            (16, 98),
            (18, 138),
            (20, 148),
            (22, 159),
            (24, 171),
            (26, 194),
            (28, 204),
        ];
        for (k, expected) in forward {
            assert_eq!(count(k, Kind::Forward), expected, "2^{k}");
            assert_eq!(count(k, Kind::Inverse), expected, "2^{k}");
        }
        for (k, of_shift) in [(8, 1), (16, 2), (22, 1), (28, 2)] {
            let plain = count(k, Kind::Forward);
            for kind in [Kind::CosetForward, Kind::CosetInverse] {
                assert_eq!(count(k, kind), plain + 16 * of_shift, "2^{k} {kind:?}");
            }
        }
        assert_eq!(count(8, Kind::Inverse), count(8, Kind::Forward) + 16);
    }

    #[test]
    fn tables_are_small() {
        for k in 17..=MAX_K {
            let plan = Plan::new(k, &POLICY);
            for kind in Kind::ALL {
                let entries: usize = plan.tables(kind).iter().map(Table::entries).sum();
                // Of 64 bytes, where elements have 32.
                assert!(
                    8 * entries <= plan.n(),
                    "2^{k}, {kind:?}: {entries} entries"
                );
            }
        }
    }

    #[test]
    fn every_pass_after_the_first_reads_with_a_row_factor() {
        for k in 1..=MAX_K {
            for kind in Kind::ALL {
                let passes = Plan::new(k, &POLICY).passes(kind);
                assert!(passes[1..].iter().all(|pass| pass.load.row.is_some()));
                let store = passes.iter().filter(|pass| pass.store.count() > 0);
                assert!(store
                    .clone()
                    .all(|pass| pass.last && pass.store.row.is_some()));
            }
        }
    }
}

//! What a multi-scalar multiplication will do, decided on the host before anything is launched.
//!
//! A scalar has `count` windows of `width` bits. With `multiples` of the bases in memory, the powers
//! 2^(stride j) B, window w takes multiple `w / sets` and is added up in bucket set `w % sets`, where
//! `stride = sets * width`: with as many multiples as windows all share one set of buckets; with the
//! bases alone each has its own. The sum over bucket set s counts 2^(width s) times.
//!
//! Columns go through the device in passes. A pass takes the same rows of several columns at once,
//! their buckets side by side, so that small columns fill the device together; one that exceeds the
//! workspace is cut by rows.

mod pass;
mod sizes;
mod table;
mod windows;

pub(super) use pass::{
    seam_levels, AFFINE_THREADS, CHUNK, FOLD_PARTS, FOLD_RESULTS, FOLD_THREADS, LOG_FOLD_THREADS,
    SEAMS_THREADS,
};
pub use pass::{Pass, RadixPass, Sums};
pub use sizes::Sizes;
pub use table::Table;
pub use windows::{Windows, SCALAR_BITS};

use super::policy::Policy;

/// A column is not cut into parts of fewer rows.
const MIN_ROWS: u64 = 256;

/// All passes of a batch of columns.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Plan {
    /// The passes, in order.
    pub passes: Vec<Pass>,
    /// The workspace that serves all of them.
    pub sizes: Sizes,
    /// The points that all of them leave.
    pub results: usize,
}

impl Plan {
    /// For columns of so many scalars each, over a table of at least as many bases.
    pub fn new(table: &Table, lengths: &[usize], policy: &Policy) -> Self {
        let mut order: Vec<usize> = (0..lengths.len()).filter(|&i| lengths[i] > 0).collect();
        order.sort_by_key(|&i| std::cmp::Reverse(lengths[i]));
        let mut plan = Self {
            passes: Vec::new(),
            sizes: Sizes::default(),
            results: 0,
        };
        let mut rest = order.as_slice();
        while let Some(&longest) = rest.first() {
            let rows = lengths[longest];
            // Columns of half the length are not worth a pass of their own.
            let similar = rest.iter().take_while(|&&i| 2 * lengths[i] >= rows).count();
            let taken = plan.add(table, &rest[..similar], rows as u64, policy);
            rest = &rest[taken..];
        }
        plan
    }

    /// Adds passes for as many of these columns as go together, the first and longest at least, which
    /// has `rows` rows; how many those are.
    fn add(&mut self, table: &Table, columns: &[usize], rows: u64, policy: &Policy) -> usize {
        let (parts, windows) = cut(table, &columns[..1], rows, policy);
        let part_rows = rows.div_ceil(parts);
        let pass = |columns: &[usize], part: u64| {
            let first_row = part * part_rows;
            let rows = part_rows.min(rows - first_row);
            Pass::new(
                columns.to_vec(),
                first_row as u32,
                rows as u32,
                windows,
                policy,
            )
        };
        let mut taken = 1;
        if parts == 1 {
            let joins = |count: usize| {
                let pass = pass(&columns[..count], 0);
                pass.entries() <= policy.pass_entries
                    && pass.is_possible()
                    && pass.sizes().bytes() <= policy.workspace_bytes
            };
            while taken < columns.len() && joins(taken + 1) {
                taken += 1;
            }
        }
        for part in (0..parts).take_while(|part| part * part_rows < rows) {
            let mut pass = pass(&columns[..taken], part);
            pass.first_result = self.results;
            self.results += pass.results();
            self.sizes = self.sizes.max(pass.sizes());
            self.passes.push(pass);
        }
        taken
    }
}

/// Into how many parts a column must be cut so that one fits the workspace, and its windows. If none
/// fits, small parts and little memory.
fn cut(table: &Table, column: &[usize], rows: u64, policy: &Policy) -> (u64, Windows) {
    let mut parts = 1;
    loop {
        let part_rows = rows.div_ceil(parts);
        let passes = || {
            table
                .windows(policy)
                .map(|windows| Pass::new(column.to_vec(), 0, part_rows as u32, windows, policy))
                .filter(Pass::is_possible)
        };
        let fitting = passes().filter(|pass| pass.sizes().bytes() <= policy.workspace_bytes);
        if let Some(pass) = fitting.min_by_key(|pass| pass.windows.cost(part_rows, policy)) {
            return (parts, pass.windows);
        }
        if part_rows <= MIN_ROWS {
            let smallest = passes().min_by_key(|pass| pass.sizes().bytes());
            return (
                parts,
                smallest.map_or(Windows::new(1, table.stride), |pass| pass.windows),
            );
        }
        parts *= 2;
    }
}

fn ceil_log2(n: u64) -> u32 {
    n.max(1).next_power_of_two().ilog2()
}

#[cfg(test)]
mod tests {
    use super::{pass::RADIX_BITS, *};

    fn h100() -> Policy {
        Policy::h100()
    }

    #[test]
    fn large_tables_share_one_bucket_set() {
        let table = Table::choose(1 << 22, &h100());
        assert_eq!((table.multiples, table.stride), (13, 20));
        let plan = Plan::new(&table, &[1 << 22], &h100());
        assert_eq!(plan.passes.len(), 1);
        let pass = &plan.passes[0];
        assert_eq!(
            (pass.windows.width, pass.windows.count, pass.windows.sets),
            (20, 13, 1)
        );
        assert_eq!(pass.radix.iter().map(|radix| radix.bits).sum::<u32>(), 19);
        assert_eq!(pass.sums, Sums::Affine { runs: 8 });
        assert_eq!((pass.accumulate_blocks, pass.runs()), (264, 540_672));
        assert_eq!(pass.fold_blocks, 512);
        assert!(plan.sizes.bytes() < 3 << 29);
    }

    #[test]
    fn bases_alone_have_a_bucket_set_a_window() {
        let table = Table::bases_alone(1 << 20);
        let plan = Plan::new(&table, &[1 << 20], &h100());
        let windows = plan.passes[0].windows;
        assert_eq!(windows.sets, windows.count);
        assert!((14..=18).contains(&windows.width), "{windows:?}");
    }

    #[test]
    fn small_columns_over_a_large_table_take_narrower_windows() {
        let table = Table::choose(1 << 22, &h100());
        let plan = Plan::new(&table, &[1 << 10], &h100());
        assert_eq!(plan.passes[0].windows, Windows::new(10, 2));
    }

    #[test]
    fn columns_are_covered_once() {
        let lengths = [0, 5, 1000, 1000, 700, 1, 0, 400_000, 390_000, 30, 1000];
        for workspace_bytes in [0, 1 << 20, 1 << 22, 1 << 26, u64::MAX] {
            for pass_entries in [0, 100_000, 1 << 30] {
                let policy = Policy {
                    workspace_bytes,
                    pass_entries,
                    ..h100()
                };
                for table in [Table::bases_alone(400_000), Table::choose(400_000, &h100())] {
                    let plan = Plan::new(&table, &lengths, &policy);
                    let mut rows = lengths.map(|_| 0);
                    let mut results = 0;
                    for pass in &plan.passes {
                        assert_eq!(pass.first_result, results);
                        results += pass.results();
                        for &column in &pass.columns {
                            assert_eq!(rows[column], pass.first_row as usize);
                            rows[column] += pass.rows as usize;
                        }
                        assert_eq!(plan.sizes.max(pass.sizes()), plan.sizes);
                        assert!(pass.is_possible());
                    }
                    assert_eq!(plan.results, results);
                    for (covered, length) in rows.into_iter().zip(lengths) {
                        assert!(covered >= length && covered <= 2 * length);
                    }
                }
            }
        }
    }

    #[test]
    fn workspace_stays_within_its_bytes() {
        let table = Table::bases_alone(1 << 22);
        for log_bytes in 23..34 {
            let policy = Policy {
                workspace_bytes: 1 << log_bytes,
                ..h100()
            };
            let plan = Plan::new(&table, &[1 << 22, 1 << 22, 1 << 14], &policy);
            assert!(plan.sizes.bytes() <= policy.workspace_bytes, "{plan:?}");
        }
    }

    #[test]
    fn radix_passes_cover_the_bits_of_a_bucket() {
        let table = Table::bases_alone(1 << 20);
        for max_width in 1..=22 {
            let policy = Policy {
                max_width,
                ..h100()
            };
            for columns in [1, 3, 100] {
                let plan = Plan::new(&table, &vec![1 << 12; columns], &policy);
                for pass in &plan.passes {
                    let mut bits = 0;
                    for radix in &pass.radix {
                        assert_eq!(radix.shift, bits);
                        assert!((1..=RADIX_BITS).contains(&radix.bits));
                        bits += radix.bits;
                    }
                    assert!(1 << bits >= pass.buckets());
                    // The second level of `fold` has one block an array.
                    assert!(pass.fold_blocks <= FOLD_THREADS << pass.log_slice_run());
                }
            }
        }
    }

    #[test]
    fn nothing_to_do() {
        let table = Table::choose(0, &h100());
        for lengths in [&[][..], &[0, 0]] {
            let plan = Plan::new(&table, lengths, &h100());
            assert!(plan.passes.is_empty());
            assert_eq!((plan.results, plan.sizes.bytes()), (0, 0));
        }
    }
}

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

use halo2_offload_kernels::signatures::{msm_accumulate_affine, msm_fold, msm_radix, msm_seams};

use super::policy::Policy;

/// Bits of the largest magnitude of a scalar as a signed integer: (p - 1) / 2 < 2^253.
pub const SCALAR_BITS: u32 = 253;

/// Entries of a tile, and tiles of a chunk, of `radix`.
const TILE: u64 = msm_radix::TILE as u64;
pub(super) const CHUNK: u32 = msm_radix::CHUNK;
/// Bits that a pass of `radix` sorts by, at most.
const RADIX_BITS: u32 = msm_radix::MAX_BITS;
/// Threads of a block of `accumulate`, `accumulate_affine`, `seams` and `fold`.
pub(super) const XYZZ_THREADS: u32 = super::kernels::XYZZ_THREADS;
pub(super) const AFFINE_THREADS: u32 = msm_accumulate_affine::THREADS;
pub(super) const SEAMS_THREADS: u32 = msm_seams::THREADS;
pub(super) const LOG_FOLD_THREADS: u32 = msm_fold::BITS;
pub(super) const FOLD_THREADS: u32 = msm_fold::THREADS;
/// Points that a block of `fold` leaves of an array of buckets, and that are left of it in the end.
pub(super) const FOLD_PARTS: usize = msm_fold::PARTS as usize;
pub(super) const FOLD_RESULTS: usize = msm_fold::RESULTS as usize;
/// Digits are numbered in 32 bits, points of a table beside a sign.
const MAX_ENTRIES: u64 = 1 << 31;
const MAX_POINTS: u64 = 1 << 31;
const MAX_LOG_BUCKETS: u32 = 31;
/// Blocks that a grid has at most in y: windows of all columns of a pass, blocks of a bucket set.
const MAX_GRID_Y: u64 = 65_535;
/// The widest window that any policy gets.
const MAX_WIDTH: u32 = 24;
/// A column is not cut into parts of fewer rows.
const MIN_ROWS: u64 = 256;

const ENTRY_BYTES: u64 = 8;
const POINT_BYTES: u64 = 64;
const XYZZ_BYTES: u64 = 128;
const AFFINE_SUM_BYTES: u64 = 64;
const SCALAR_BYTES: u64 = 32;

/// What an entry costs, in wide multiplications: an addition with its digit, in XYZZ or affine; and the
/// time that each pass of the sort takes to move about 24 bytes.
const XYZZ_COST: u64 = 1200;
const AFFINE_COST: u64 = 850;
const RADIX_COST: u64 = 70;
/// What a bucket costs: two additions, and a fifth more in the fold.
const BUCKET_COST: u64 = 4000;

/// The multiples of a set of bases that are kept: 2^(stride j) B for j below `multiples`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Table {
    /// Bases.
    pub bases: u32,
    /// Points kept of each, itself included.
    pub multiples: u32,
    /// Bits between one multiple and the next.
    pub stride: u32,
}

impl Table {
    /// The most bases that points can be numbered for.
    pub const MAX_BASES: usize = MAX_POINTS as usize;

    /// The cheapest table for columns as long as the bases, within the policy's bytes.
    pub fn choose(bases: u32, policy: &Policy) -> Self {
        let rows = u64::from(bases);
        let bytes = |multiples: u32| (u64::from(multiples) - 1) * rows * POINT_BYTES;
        widths(policy)
            .flat_map(|width| (1..=window_count(width)).map(move |sets| Windows::new(width, sets)))
            .filter(|windows| {
                let multiples = windows.multiples();
                multiples == 1
                    || (bytes(multiples) <= policy.table_bytes
                        && u64::from(multiples) * rows <= MAX_POINTS)
            })
            .min_by_key(|windows| (windows.cost(rows, policy), windows.multiples()))
            .map_or(Self::bases_alone(bases), |windows| Self {
                bases,
                multiples: windows.multiples(),
                stride: windows.sets * windows.width,
            })
    }

    /// The bases and no multiples of them.
    pub fn bases_alone(bases: u32) -> Self {
        Self {
            bases,
            multiples: 1,
            stride: SCALAR_BITS + 1,
        }
    }

    /// Points in the table.
    pub fn points(&self) -> usize {
        self.bases as usize * self.multiples as usize
    }

    /// The ways to use this table.
    fn windows(&self, policy: &Policy) -> impl Iterator<Item = Windows> + '_ {
        widths(policy).filter_map(|width| match self.multiples {
            1 => Some(Windows::new(width, window_count(width))),
            _ if self.stride % width == 0 => Some(Windows::new(width, self.stride / width)),
            _ => None,
        })
    }
}

fn widths(policy: &Policy) -> std::ops::RangeInclusive<u32> {
    let widest = policy.max_width.clamp(1, MAX_WIDTH);
    policy.min_width.clamp(1, widest)..=widest
}

fn window_count(width: u32) -> u32 {
    // One bit more than a magnitude has, for the carry out of its top digit.
    (SCALAR_BITS + 1).div_ceil(width)
}

/// How scalars are cut into digits, and where the digits are added up.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Windows {
    /// Bits of a window.
    pub width: u32,
    /// Windows of a scalar.
    pub count: u32,
    /// Bucket sets of a column.
    pub sets: u32,
}

impl Windows {
    fn new(width: u32, sets: u32) -> Self {
        Self {
            width,
            count: window_count(width),
            sets,
        }
    }

    /// Multiples of the bases that they take.
    fn multiples(&self) -> u32 {
        self.count.div_ceil(self.sets)
    }

    /// log2 of the buckets of a set: one for each magnitude of a digit but zero.
    pub fn log_buckets(&self) -> u32 {
        self.width - 1
    }

    fn buckets(&self) -> u64 {
        1 << self.log_buckets()
    }

    /// What a column of so many scalars of full length costs, in wide multiplications.
    fn cost(&self, rows: u64, policy: &Policy) -> u64 {
        let entry = match policy.affine_runs {
            0 => XYZZ_COST,
            _ => AFFINE_COST,
        };
        let passes = ceil_log2(u64::from(self.sets) * self.buckets()).div_ceil(RADIX_BITS);
        rows * u64::from(self.count) * (entry + RADIX_COST * u64::from(passes))
            + u64::from(self.sets) * self.buckets() * BUCKET_COST
    }
}

/// A pass of the radix sort: the bits of a bucket's number that it sorts by.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct RadixPass {
    /// The lowest of them.
    pub shift: u32,
    /// How many.
    pub bits: u32,
}

/// How the sums of buckets are kept.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Sums {
    /// In XYZZ coordinates, a run a thread.
    Xyzz,
    /// Affine, with shared inversions.
    Affine {
        /// Runs of a thread.
        runs: u32,
    },
}

/// Some rows of some columns, together through the device.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Pass {
    /// Which columns.
    pub columns: Vec<usize>,
    /// The first row.
    pub first_row: u32,
    /// Rows; shorter columns have fewer scalars in them.
    pub rows: u32,
    /// Their windows.
    pub windows: Windows,
    /// The passes of the sort.
    pub radix: Vec<RadixPass>,
    /// How it accumulates.
    pub sums: Sums,
    /// In how many blocks.
    pub accumulate_blocks: u32,
    /// log2 of the buckets that a thread of `fold` takes.
    pub log_run: u32,
    /// Blocks of `fold` for a bucket set.
    pub fold_blocks: u32,
    /// Where its results begin, among those of all passes.
    pub first_result: usize,
}

impl Pass {
    fn new(
        columns: Vec<usize>,
        first_row: u32,
        rows: u32,
        windows: Windows,
        policy: &Policy,
    ) -> Self {
        let mut pass = Self {
            columns,
            first_row,
            rows,
            windows,
            radix: Vec::new(),
            sums: Sums::Xyzz,
            accumulate_blocks: 1,
            log_run: 0,
            fold_blocks: 1,
            first_result: 0,
        };
        let buckets = pass.arrays() * windows.buckets();
        let bits = ceil_log2(buckets).max(1);
        let steps = bits.div_ceil(RADIX_BITS);
        let boundary = |step: u32| bits * step / steps;
        pass.radix = (0..steps)
            .map(|step| RadixPass {
                shift: boundary(step),
                bits: boundary(step + 1) - boundary(step),
            })
            .collect();
        let runs = pass.entries().div_ceil(u64::from(policy.min_run.max(1)));
        let affine_runs = u64::from(AFFINE_THREADS)
            * u64::from(policy.affine_blocks)
            * u64::from(policy.affine_runs);
        if (1..=runs).contains(&affine_runs) {
            // With fewer runs, a step would not hide its inversion, nor share it well.
            pass.sums = Sums::Affine {
                runs: policy.affine_runs,
            };
            pass.accumulate_blocks = policy.affine_blocks;
        } else {
            let blocks = runs.div_ceil(u64::from(XYZZ_THREADS));
            pass.accumulate_blocks = blocks.clamp(1, u64::from(policy.xyzz_blocks.max(1))) as u32;
        }
        pass.log_run = (buckets / u64::from(policy.fold_threads.max(1)))
            .max(1)
            .ilog2()
            .min(policy.max_log_run)
            .min(windows.log_buckets());
        let of_a_block = 1 << (pass.log_run + LOG_FOLD_THREADS);
        pass.fold_blocks = windows.buckets().div_ceil(of_a_block) as u32;
        pass
    }

    /// Bucket sets of all columns: the arrays that `fold` takes.
    pub fn arrays(&self) -> u64 {
        self.columns.len() as u64 * u64::from(self.windows.sets)
    }

    /// Windows of all columns.
    pub fn segments(&self) -> u64 {
        self.columns.len() as u64 * u64::from(self.windows.count)
    }

    /// Digits, and entries if none of them is zero.
    pub fn entries(&self) -> u64 {
        self.segments() * u64::from(self.rows)
    }

    /// All buckets.
    pub fn buckets(&self) -> u64 {
        self.arrays() * self.windows.buckets()
    }

    /// The grid that `radix` takes digits in: tiles of a window, windows.
    pub fn digit_tiles(&self) -> [u32; 2] {
        [
            u64::from(self.rows).div_ceil(TILE) as u32,
            self.segments() as u32,
        ]
    }

    /// Tiles that `radix` takes entries in, if no digit is zero.
    pub fn entry_tiles(&self) -> u32 {
        self.entries().div_ceil(TILE) as u32
    }

    /// Runs of equal length that the entries are accumulated in.
    pub fn runs(&self) -> u32 {
        self.accumulate_blocks
            * match self.sums {
                Sums::Xyzz => XYZZ_THREADS,
                Sums::Affine { runs } => AFFINE_THREADS * runs,
            }
    }

    /// log2 of the points that a thread of `fold` takes in its second level, where an array has one
    /// block.
    pub fn log_slice_run(&self) -> u32 {
        ceil_log2(u64::from(self.fold_blocks).div_ceil(1 << LOG_FOLD_THREADS))
    }

    /// The points that `fold` leaves.
    pub fn results(&self) -> usize {
        self.arrays() as usize * FOLD_RESULTS
    }

    fn sizes(&self) -> Sizes {
        let tiles = |pass: usize| match pass {
            0 => self.digit_tiles().map(u64::from).iter().product(),
            _ => u64::from(self.entry_tiles()),
        };
        let largest = |size: &dyn Fn(u64) -> u64| {
            let sizes = self.radix.iter().enumerate();
            sizes
                .map(|(pass, radix)| size(tiles(pass)) << radix.bits)
                .max()
                .unwrap_or(0)
        };
        Sizes {
            scalars: u64::from(self.rows),
            columns: self.columns.len() as u64,
            digits: self.entries(),
            entries: self.entries(),
            entries_between: if self.radix.len() > 1 {
                self.entries()
            } else {
                0
            },
            counts: largest(&|tiles| tiles),
            chunk_counts: largest(&|tiles: u64| tiles.div_ceil(u64::from(CHUNK))),
            buckets: self.buckets(),
            heads: seam_levels(self.runs()).map(u64::from).sum(),
            affine_sums: match self.sums {
                Sums::Xyzz => 0,
                Sums::Affine { .. } => u64::from(self.runs()),
            },
            slices: FOLD_PARTS as u64 * self.arrays() * u64::from(self.fold_blocks),
        }
    }

    fn is_possible(&self) -> bool {
        self.entries() < MAX_ENTRIES
            && self.segments() <= MAX_GRID_Y
            && ceil_log2(self.buckets()) <= MAX_LOG_BUCKETS
            && u64::from(self.fold_blocks) <= MAX_GRID_Y
    }
}

/// How many heads there are for each launch of `seams`, and after the last: the last is one that no
/// other comes before.
pub(super) fn seam_levels(runs: u32) -> impl Iterator<Item = u32> {
    std::iter::successors(Some(runs), |&heads| {
        (heads > 1).then(|| heads.div_ceil(SEAMS_THREADS))
    })
}

fn ceil_log2(n: u64) -> u32 {
    n.max(1).next_power_of_two().ilog2()
}

/// Lengths of the buffers of the workspace, in values.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Sizes {
    /// Scalars of a column, twice over.
    pub scalars: u64,
    /// Counts of windows in use.
    pub columns: u64,
    /// Digits.
    pub digits: u64,
    /// Sorted entries.
    pub entries: u64,
    /// Entries between two passes of the sort.
    pub entries_between: u64,
    /// Counts of the sort by tile and bin.
    pub counts: u64,
    /// Counts of the sort by chunk and bin.
    pub chunk_counts: u64,
    /// Buckets.
    pub buckets: u64,
    /// Heads of all levels.
    pub heads: u64,
    /// Affine sums of runs.
    pub affine_sums: u64,
    /// What `fold` hands to its second level.
    pub slices: u64,
}

impl Sizes {
    /// Buffers for this and for another.
    fn max(self, other: Self) -> Self {
        Self {
            scalars: self.scalars.max(other.scalars),
            columns: self.columns.max(other.columns),
            digits: self.digits.max(other.digits),
            entries: self.entries.max(other.entries),
            entries_between: self.entries_between.max(other.entries_between),
            counts: self.counts.max(other.counts),
            chunk_counts: self.chunk_counts.max(other.chunk_counts),
            buckets: self.buckets.max(other.buckets),
            heads: self.heads.max(other.heads),
            affine_sums: self.affine_sums.max(other.affine_sums),
            slices: self.slices.max(other.slices),
        }
    }

    /// Their bytes altogether.
    pub fn bytes(&self) -> u64 {
        2 * self.scalars * SCALAR_BYTES
            + 4 * (self.columns + self.digits + self.counts + self.chunk_counts + self.heads)
            + ENTRY_BYTES * (self.entries + self.entries_between)
            + XYZZ_BYTES * (self.buckets + self.heads + self.slices)
            + AFFINE_SUM_BYTES * self.affine_sums
    }
}

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

#[cfg(test)]
mod tests {
    use super::*;

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
    fn tables_stay_within_their_bytes() {
        for log_bases in 0..26 {
            let bases = 1u32 << log_bases;
            for multiples in [0, 1, 2, 5, 100] {
                let policy = Policy {
                    table_bytes: multiples * u64::from(bases) * 64,
                    ..h100()
                };
                let table = Table::choose(bases, &policy);
                assert!(u64::from(table.multiples) <= 1 + multiples);
                assert!(table.multiples * table.stride > SCALAR_BITS);
                for windows in table.windows(&policy) {
                    assert!(windows.count * windows.width > SCALAR_BITS);
                    assert!((windows.count - 1) / windows.sets < table.multiples);
                    assert!(table.multiples == 1 || windows.sets * windows.width == table.stride);
                }
            }
        }
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

    #[test]
    fn seams_end_with_a_head_that_stands_alone() {
        assert_eq!(seam_levels(128).collect::<Vec<_>>(), [128, 1]);
        assert_eq!(seam_levels(67_584).collect::<Vec<_>>(), [67_584, 528, 5, 1]);
    }
}

//! A grid cut into blocks, and blocks given to workers.

use std::sync::atomic::{AtomicBool, AtomicU32, Ordering::Relaxed};
use std::sync::Arc;

use super::block::Block;
use super::decode::{Code, Constant};
use super::lanes::{Lanes, LANES};
use super::log::{merge, Log};
use super::memory::{Memory, Table};
use super::{Fault, FaultKind, Launch, LaunchStats, Options, Program, Site};
use crate::ptx::instruction::{LaneMask, Special};

/// The most shared memory that a block of any supported device has.
const MOST_SHARED: u32 = 227 << 10;

/// What all blocks of a launch have in common.
pub(super) struct Grid<'a> {
    pub program: &'a Program,
    pub code: &'a Code,
    pub name: &'a str,
    pub grid: [u32; 3],
    pub block: [u32; 3],
    pub dynamic_shared: u32,
    pub params: &'a [u8],
    pub options: &'a Options,
    pub table: Arc<Table>,
    /// Whether several workers run.
    pub concurrent: bool,
    /// Constant registers, but for those that differ between warps.
    pub narrow: Vec<Lanes<u32>>,
    pub wide: Vec<Lanes<u64>>,
}

impl Grid<'_> {
    pub fn threads(&self) -> u32 {
        self.block.iter().product()
    }

    pub fn warps(&self) -> u32 {
        self.threads().div_ceil(LANES as u32)
    }

    pub fn block_index(&self, block: u32) -> [u32; 3] {
        unravel(block, self.grid)
    }

    pub fn thread_index(&self, thread: u32) -> [u32; 3] {
        unravel(thread, self.block)
    }

    /// Where a thread is, for a fault.
    pub fn site(&self, block: u32, thread: u32, origin: u32) -> Site {
        let (line, instruction) = self.program.origin(self.code, origin);
        Site {
            kernel: self.name.to_owned(),
            block: self.block_index(block),
            thread: self.thread_index(thread),
            line,
            instruction,
        }
    }

    /// The value of a constant for each lane of a warp.
    pub fn constant(&self, constant: Constant, block: u32, warp: u32) -> Lanes<u64> {
        let thread = |lane: usize| self.thread_index(warp * LANES as u32 + lane as u32);
        let by_lane =
            |value: &dyn Fn(usize) -> u32| Lanes(std::array::from_fn(|l| u64::from(value(l))));
        let same = |value: u32| Lanes::splat(u64::from(value));
        match constant {
            Constant::Value(value) => Lanes::splat(value),
            Constant::Param {
                offset,
                bytes,
                signed,
            } => Lanes::splat(self.param(offset, bytes, signed)),
            Constant::Special(special) => match special {
                Special::Thread(axis) => by_lane(&|lane| thread(lane)[usize::from(axis)]),
                Special::BlockShape(axis) => same(self.block[usize::from(axis)]),
                Special::Block(axis) => same(self.block_index(block)[usize::from(axis)]),
                Special::GridShape(axis) => same(self.grid[usize::from(axis)]),
                Special::Lane => by_lane(&|lane| lane as u32),
                Special::Warp => same(warp),
                Special::Warps => same(self.warps()),
                Special::LaneMask(mask) => by_lane(&|lane| {
                    let bit = 1_u32 << lane;
                    match mask {
                        LaneMask::Equal => bit,
                        LaneMask::Below => bit - 1,
                        LaneMask::UpTo => bit | (bit - 1),
                        LaneMask::Above => !(bit | (bit - 1)),
                        LaneMask::From => !(bit - 1),
                    }
                }),
                Special::DynamicShared => same(self.dynamic_shared),
                Special::Zero => same(0),
                Special::One => same(1),
            },
        }
    }

    /// A value in the parameter block; whether a load of it lies inside was checked before.
    pub fn param(&self, offset: u32, bytes: u32, signed: bool) -> u64 {
        let mut value = [0; 8];
        let from = offset as usize;
        if let Some(found) = self.params.get(from..from + bytes as usize) {
            value[..found.len()].copy_from_slice(found);
        }
        let value = u64::from_le_bytes(value);
        let unused = 64 - 8 * bytes;
        if signed {
            ((value << unused) as i64 >> unused) as u64
        } else {
            value
        }
    }
}

/// Index along each axis of a linear index, the first axis fastest.
fn unravel(index: u32, shape: [u32; 3]) -> [u32; 3] {
    let [x, y, _] = shape.map(|length| length.max(1));
    [index % x, index / x % y, index / x / y]
}

/// Whether a constant differs between the warps or blocks of a launch.
pub(super) fn varies(constant: Constant) -> bool {
    matches!(
        constant,
        Constant::Special(Special::Thread(_) | Special::Block(_) | Special::Warp)
    )
}

pub(super) fn launch(
    program: &Program,
    memory: &Memory,
    launch: &Launch<'_>,
    options: &Options,
) -> Result<LaunchStats, Vec<Fault>> {
    let refused = |detail: String| vec![Fault::host(FaultKind::InvalidLaunch, None, detail)];
    let (entry, code) = program
        .code(launch.entry)
        .ok_or_else(|| refused(format!("no entry `{}` in the module", launch.entry)))?;
    check_shape(program, launch).map_err(refused)?;
    let blocks = product(launch.grid).unwrap_or(0) as u32;
    let workers = options
        .workers
        .unwrap_or_else(|| std::thread::available_parallelism().map_or(1, usize::from))
        .clamp(1, (blocks as usize).max(1));
    let mut grid = Grid {
        program,
        code,
        name: &entry.name,
        grid: launch.grid,
        block: launch.block,
        dynamic_shared: launch.dynamic_shared,
        params: launch.params,
        options,
        table: memory.begin_launch(),
        concurrent: workers > 1,
        narrow: Vec::new(),
        wide: Vec::new(),
    };
    grid.narrow = code
        .narrow_constants
        .iter()
        .map(|&(_, constant)| Lanes(grid.constant(constant, 0, 0).0.map(|v| v as u32)))
        .collect();
    grid.wide = code
        .wide_constants
        .iter()
        .map(|&(_, constant)| grid.constant(constant, 0, 0))
        .collect();
    let grid = &grid;
    let stop = Arc::new(AtomicBool::new(false));
    // Blocks begin in order, as on a device: one that waits for an earlier one finds it running.
    let next = AtomicU32::new(0);
    let work = || {
        let mut log = Log::new(options.max_faults, Arc::clone(&stop));
        let mut stats = LaunchStats::default();
        let mut block = Block::new(grid);
        while !log.is_stopped() {
            let number = next.fetch_add(1, Relaxed);
            if number >= blocks || block.run(grid, number, &mut log, &mut stats).is_err() {
                break;
            }
        }
        (log, stats)
    };
    let mut done = Vec::with_capacity(workers);
    if workers == 1 {
        done.push(work());
    } else {
        let results = std::sync::Mutex::new(&mut done);
        rayon::scope(|scope| {
            for _ in 0..workers {
                scope.spawn(|_| {
                    let result = work();
                    results
                        .lock()
                        .unwrap_or_else(std::sync::PoisonError::into_inner)
                        .push(result);
                });
            }
        });
    }
    let mut stats = LaunchStats {
        blocks: u64::from(blocks),
        warps: u64::from(blocks) * u64::from(grid.warps()),
        ..LaunchStats::default()
    };
    let mut logs = Vec::with_capacity(done.len());
    for (log, part) in done {
        stats.warp_instructions += part.warp_instructions;
        stats.lane_instructions += part.lane_instructions;
        logs.push(log);
    }
    let faults = merge(logs);
    if faults.is_empty() {
        Ok(stats)
    } else {
        Err(faults)
    }
}

fn product(shape: [u32; 3]) -> Option<u64> {
    shape
        .iter()
        .try_fold(1_u64, |product, &length| product.checked_mul(length.into()))
}

/// The limits of every device since compute capability 7.0.
fn check_shape(program: &Program, launch: &Launch<'_>) -> Result<(), String> {
    let entry = program
        .entry(launch.entry)
        .ok_or_else(|| format!("no entry `{}` in the module", launch.entry))?;
    let (grid, block) = (launch.grid, launch.block);
    let threads = product(block).unwrap_or(u64::MAX);
    if threads == 0 || threads > 1024 || block[2] > 64 {
        return Err(format!("a block of {block:?} threads"));
    }
    let blocks = product(grid).unwrap_or(u64::MAX);
    if blocks == 0 || blocks > u64::from(u32::MAX) || grid[1] > 65535 || grid[2] > 65535 {
        return Err(format!("a grid of {grid:?} blocks"));
    }
    if let Some(most) = entry.max_threads {
        if threads > u64::from(most) {
            return Err(format!("{threads} threads for an entry of at most {most}"));
        }
    }
    if let Some(required) = entry.required_block.filter(|&r| r != block) {
        return Err(format!("a block of {block:?} for an entry of {required:?}"));
    }
    let shared = entry.shared_bytes.saturating_add(launch.dynamic_shared);
    if shared > MOST_SHARED {
        return Err(format!("{shared} bytes of shared memory"));
    }
    let expected = entry.param_bytes() as usize;
    if launch.params.len() != expected {
        let given = launch.params.len();
        return Err(format!("{given} bytes of parameters for {expected}"));
    }
    Ok(())
}

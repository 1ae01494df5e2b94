//! A block of threads: its warps take turns, and meet at barriers.

use super::decode::{Action, Instruction};
use super::lanes::{Lanes, LANES};
use super::launch::Grid;
use super::log::{Log, Stop};
use super::races::{Actor, Clocks};
use super::shared::SharedMemory;
use super::warp::{Fragment, Pause, State, Warp};
use super::{Fault, FaultKind, LaunchStats};
use crate::ptx::operation::{Barrier, Logic, Operation};

/// Threads that have arrived at a barrier without waiting there.
pub(super) type Arrival = (u32, u32, u32);

/// What an instruction meets beyond its warp.
pub(super) struct Environment<'a> {
    pub grid: &'a Grid<'a>,
    pub shared: &'a mut SharedMemory,
    pub clocks: &'a mut Clocks,
    pub log: &'a mut Log,
    /// Linear number of the block.
    pub block: u32,
    /// Barrier, warp and number of threads.
    pub arrived: &'a mut Vec<Arrival>,
}

impl Environment<'_> {
    /// Notes what a lane does wrong at an instruction.
    pub fn fault(
        &mut self,
        warp: &Warp,
        lane: usize,
        instruction: &Instruction,
        kind: FaultKind,
        address: Option<u64>,
        detail: impl FnOnce() -> String,
    ) -> Result<(), Stop> {
        let thread = warp.number * LANES as u32 + lane as u32;
        let (grid, block, origin) = (self.grid, self.block, instruction.origin);
        self.log.report(kind, origin, block, || Fault {
            kind,
            site: Some(Box::new(grid.site(block, thread, origin))),
            address,
            detail: detail(),
            count: 1,
        })
    }

    /// Whether any race in global memory is looked for.
    pub fn watches_global(&self) -> bool {
        let options = self.grid.options;
        options.races_in_block || options.races_between_blocks
    }

    pub fn global_actor(&self, warp: u32) -> Actor<'_> {
        let launch = self.grid.table.launch;
        let concurrent = self.grid.concurrent;
        self.clocks
            .actor(warp as usize, launch, self.block, concurrent)
    }
}

/// The place where a worker runs blocks, one after the other.
pub(super) struct Block {
    warps: Vec<Warp>,
    shared: SharedMemory,
    clocks: Clocks,
    arrived: Vec<Arrival>,
}

impl Block {
    pub fn new(grid: &Grid<'_>) -> Self {
        Self {
            warps: (0..grid.warps())
                .map(|warp| Warp::new(warp, grid))
                .collect(),
            shared: SharedMemory::new(&grid.code.shared, grid.dynamic_shared),
            clocks: Clocks::new(grid.warps() as usize),
            arrived: Vec::new(),
        }
    }

    /// Runs block number `number` to its end.
    pub fn run(
        &mut self,
        grid: &Grid<'_>,
        number: u32,
        log: &mut Log,
        stats: &mut LaunchStats,
    ) -> Result<(), Stop> {
        self.shared.reset();
        self.clocks.reset();
        self.arrived.clear();
        for warp in &mut self.warps {
            warp.begin(grid, number);
        }
        let mut env = Environment {
            grid,
            shared: &mut self.shared,
            clocks: &mut self.clocks,
            log,
            block: number,
            arrived: &mut self.arrived,
        };
        let result = take_turns(&mut self.warps, &mut env);
        for warp in &self.warps {
            stats.warp_instructions += warp.executed;
            stats.lane_instructions += warp.lanes_executed;
        }
        result
    }
}

fn take_turns(warps: &mut [Warp], env: &mut Environment<'_>) -> Result<(), Stop> {
    loop {
        let mut running = false;
        let mut waiting = false;
        for warp in warps.iter_mut() {
            match warp.run(env)? {
                Pause::Exited => {}
                Pause::Waiting => waiting = true,
                Pause::Sliced => running = true,
            }
        }
        if !running && !waiting {
            return Ok(());
        }
        let released = release(warps, env)?;
        if !running && !released {
            return stuck(warps, env);
        }
    }
}

/// Fragments at barrier `id`: warp and fragment.
fn at_barrier(warps: &[Warp], id: u32) -> Vec<(usize, usize)> {
    let mut found = Vec::new();
    for (w, warp) in warps.iter().enumerate() {
        for (f, fragment) in warp.fragments.iter().enumerate() {
            if matches!(fragment.state, State::Barrier { id: at, .. } if at == id) {
                found.push((w, f));
            }
        }
    }
    found
}

/// Releases the barriers that all their threads have reached, and returns whether there was one.
fn release(warps: &mut [Warp], env: &mut Environment<'_>) -> Result<bool, Stop> {
    let mut ids: Vec<(u32, Option<u32>)> = warps
        .iter()
        .flat_map(|warp| &warp.fragments)
        .filter_map(|fragment| match fragment.state {
            State::Barrier { id, threads } => Some((id, threads)),
            _ => None,
        })
        .collect();
    ids.sort_unstable();
    ids.dedup_by_key(|(id, _)| *id);
    let mut released = false;
    for (id, threads) in ids {
        let fragments = at_barrier(warps, id);
        let arrived: u32 = env
            .arrived
            .iter()
            .filter(|(at, ..)| *at == id)
            .map(|(.., count)| count)
            .sum();
        let waiting: u32 = fragments
            .iter()
            .map(|&(w, f)| warps[w].fragments[f].mask.count_ones())
            .sum();
        let whole = env.grid.threads();
        let expected = threads.unwrap_or(whole);
        if arrived + waiting < expected {
            continue;
        }
        check_aligned(warps, &fragments, env)?;
        let mut joined: Vec<usize> = fragments.iter().map(|&(w, _)| w).collect();
        joined.extend(
            env.arrived
                .iter()
                .filter(|(at, ..)| *at == id)
                .map(|(_, warp, _)| *warp as usize),
        );
        joined.sort_unstable();
        joined.dedup();
        env.clocks.join_warps(&joined, expected == whole);
        env.arrived.retain(|(at, ..)| *at != id);
        finish(warps, &fragments, env);
        released = true;
    }
    Ok(released)
}

/// An aligned barrier is executed by all lanes of a warp together.
fn check_aligned(
    warps: &[Warp],
    fragments: &[(usize, usize)],
    env: &mut Environment<'_>,
) -> Result<(), Stop> {
    for &(w, f) in fragments {
        let warp = &warps[w];
        let fragment = &warp.fragments[f];
        let instruction = warp.instruction(env.grid.code, fragment);
        let aligned = matches!(
            instruction.action,
            Action::Ptx(Operation::Barrier { aligned: true, .. })
        );
        if aligned && fragment.mask != warp.registers.live {
            return missed(
                warp,
                fragment,
                env,
                &describe_elsewhere(warp, fragment, env),
            );
        }
    }
    Ok(())
}

/// Gives the threads at a barrier what it computes, and lets them go on.
fn finish(warps: &mut [Warp], fragments: &[(usize, usize)], env: &Environment<'_>) {
    let code = env.grid.code;
    let (mut count, mut all) = (0, true);
    for &(w, f) in fragments {
        let fragment = &warps[w].fragments[f];
        let instruction = warps[w].instruction(code, fragment);
        if let Some((_, source)) = reduction(instruction) {
            let holds = warps[w].registers.predicate(instruction, source) & fragment.mask;
            count += holds.count_ones();
            all &= holds == fragment.mask;
        }
    }
    for &(w, f) in fragments {
        let warp = &mut warps[w];
        let instruction = warp.instruction(code, &warp.fragments[f]);
        let mask = warp.fragments[f].mask;
        let destination = instruction.destinations[0];
        match reduction(instruction) {
            Some((Barrier::ReducePredicate(logic), _)) => {
                let holds = match logic {
                    Logic::And => all,
                    Logic::Or | Logic::Xor => count > 0,
                };
                let value = u32::from(holds).wrapping_neg();
                warp.registers.set_predicate(destination, mask, value);
            }
            Some(_) => {
                let count = Lanes::splat(count);
                warp.registers.set_narrow(destination, mask, &count);
            }
            None => {}
        }
        let fragment = &mut warp.fragments[f];
        fragment.pc += 1;
        fragment.state = State::Ready;
    }
}

/// What a barrier computes, and the source with the predicate.
fn reduction(instruction: &Instruction) -> Option<(Barrier, usize)> {
    match instruction.action {
        Action::Ptx(Operation::Barrier {
            what: what @ (Barrier::CountPredicate | Barrier::ReducePredicate(_)),
            counted,
            ..
        }) => Some((what, if counted { 2 } else { 1 })),
        _ => None,
    }
}

/// No warp can go on: some thread waits for one that will not come.
fn stuck(warps: &[Warp], env: &mut Environment<'_>) -> Result<(), Stop> {
    for warp in warps {
        if let Some(fragment) = warp.fragments.first() {
            let detail = describe_missing(warps, warp, fragment, env);
            return missed(warp, fragment, env, &detail);
        }
    }
    Ok(())
}

fn missed(
    warp: &Warp,
    fragment: &Fragment,
    env: &mut Environment<'_>,
    detail: &str,
) -> Result<(), Stop> {
    let lane = fragment.mask.trailing_zeros() as usize;
    let instruction = warp.instruction(env.grid.code, fragment);
    let kind = FaultKind::DivergentBarrier;
    env.fault(warp, lane, instruction, kind, None, || detail.to_owned())
}

/// Where a thread is that is not at a barrier.
fn describe_thread(warp: &Warp, lane: u32, env: &Environment<'_>) -> String {
    let thread = warp.number * LANES as u32 + lane;
    let [x, y, z] = env.grid.thread_index(thread);
    let at = warp.fragments.iter().find(|f| f.mask >> lane & 1 != 0);
    match at {
        None => format!("thread ({x},{y},{z}) has exited"),
        Some(fragment) => {
            let origin = warp.instruction(env.grid.code, fragment).origin;
            let (line, _) = env.grid.program.origin(env.grid.code, origin);
            format!("thread ({x},{y},{z}) is at PTX line {line}")
        }
    }
}

fn describe_elsewhere(warp: &Warp, fragment: &Fragment, env: &Environment<'_>) -> String {
    let elsewhere = warp.registers.live & !fragment.mask;
    describe_thread(warp, elsewhere.trailing_zeros(), env)
}

/// Who keeps a fragment waiting: the first thread of its warp, or of the block, that is not
/// where the fragment is.
fn describe_missing(
    warps: &[Warp],
    warp: &Warp,
    fragment: &Fragment,
    env: &Environment<'_>,
) -> String {
    if fragment.state == State::Members {
        return describe_elsewhere(warp, fragment, env);
    }
    for other in warps {
        let there = other
            .fragments
            .iter()
            .filter(|f| f.state == fragment.state)
            .fold(0, |mask, f| mask | f.mask);
        let missing = other.present & !there;
        if missing != 0 {
            return describe_thread(other, missing.trailing_zeros(), env);
        }
    }
    "the barrier waits for more threads than the block has".to_owned()
}

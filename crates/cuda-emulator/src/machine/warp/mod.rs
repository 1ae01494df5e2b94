//! A warp: its registers, and the places in the program where its lanes are.

mod compute;
mod control;
mod members;

use super::block::Environment;
use super::decode::{Action, Code, Constant, Instruction};
use super::lanes::{lanes, Lanes, Registers, ALL, LANES};
use super::launch::{varies, Grid};
use super::local::LocalMemory;
use super::log::Stop;
use super::FaultKind;
use crate::ptx::operation::Operation;
use control::Next;

/// Instructions after which a warp lets others run: it may loop until one of them has written something.
const SLICE: u64 = 1 << 16;

/// What a fragment waits for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum State {
    Ready,
    /// A barrier by its number, and the threads it waits for if it says so.
    Barrier {
        id: u32,
        threads: Option<u32>,
    },
    /// Lanes that a warp-wide instruction names and that have not come to it yet.
    Members,
}

/// Lanes that are at the same place in the program.
#[derive(Clone, Debug)]
pub(super) struct Fragment {
    pub pc: u32,
    pub mask: u32,
    /// The return addresses of the functions that they are in, the innermost last.
    pub calls: Vec<u32>,
    pub state: State,
}

/// Why a warp stopped running.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Pause {
    Exited,
    /// Every lane waits.
    Waiting,
    /// Its slice is over: the other warps run next.
    Sliced,
}

pub(super) struct Warp {
    pub number: u32,
    pub registers: Registers,
    pub frame: Vec<Lanes<u32>>,
    pub local: LocalMemory,
    pub fragments: Vec<Fragment>,
    /// Lanes that have written each watched register.
    written: Vec<u32>,
    /// Lanes that are threads of the block.
    pub present: u32,
    pub executed: u64,
    pub lanes_executed: u64,
    /// Whether the last slice ended before its time.
    sliced: bool,
}

impl Warp {
    pub fn new(number: u32, grid: &Grid<'_>) -> Self {
        let code = grid.code;
        let threads = grid.threads() - number * LANES as u32;
        Self {
            number,
            registers: Registers::new(code.predicates, code.narrow, code.wide),
            frame: vec![Lanes::splat(0); code.frame_words],
            local: LocalMemory::new(code.local_bytes),
            fragments: Vec::new(),
            written: vec![0; code.watched.len()],
            present: if threads >= LANES as u32 {
                ALL
            } else {
                (1 << threads) - 1
            },
            executed: 0,
            lanes_executed: 0,
            sliced: false,
        }
    }

    /// Makes the warp one of block number `block`, at its start.
    pub fn begin(&mut self, grid: &Grid<'_>, block: u32) {
        let code = grid.code;
        let value = |constant: Constant| grid.constant(constant, block, self.number);
        for (&(slot, constant), same) in code.narrow_constants.iter().zip(&grid.narrow) {
            self.registers.narrow[usize::from(slot)] = if varies(constant) {
                Lanes(value(constant).0.map(|v| v as u32))
            } else {
                *same
            };
        }
        for (&(slot, constant), same) in code.wide_constants.iter().zip(&grid.wide) {
            self.registers.wide[usize::from(slot)] = if varies(constant) {
                value(constant)
            } else {
                *same
            };
        }
        self.registers.live = self.present;
        self.local.reset();
        self.written.fill(0);
        self.executed = 0;
        self.lanes_executed = 0;
        self.sliced = false;
        self.fragments.clear();
        self.fragments.push(Fragment {
            pc: 0,
            mask: self.present,
            calls: Vec::new(),
            state: State::Ready,
        });
    }

    /// The fragment to run: of those deepest in calls the one furthest behind. After a slice the
    /// one furthest ahead, as the others may wait for it.
    fn choose(&self) -> Option<usize> {
        let ready = self.fragments.iter().enumerate();
        let ready = ready.filter(|(_, f)| f.state == State::Ready);
        let chosen = if self.sliced {
            ready.max_by_key(|(_, f)| (f.calls.len(), f.pc))
        } else {
            ready.min_by_key(|(_, f)| (usize::MAX - f.calls.len(), f.pc))
        };
        chosen.map(|(index, _)| index)
    }

    /// Puts a fragment back, joined with one that is at the same place.
    fn put(&mut self, fragment: Fragment) {
        let same = self.fragments.iter_mut().find(|f| {
            f.pc == fragment.pc && f.state == fragment.state && f.calls == fragment.calls
        });
        match same {
            Some(same) => same.mask |= fragment.mask,
            None => self.fragments.push(fragment),
        }
    }

    /// Runs until every lane has exited or waits, or for a slice of time.
    pub fn run(&mut self, env: &mut Environment<'_>) -> Result<Pause, Stop> {
        let end = self.executed + SLICE;
        loop {
            let Some(chosen) = self.choose() else {
                return Ok(if self.fragments.is_empty() {
                    Pause::Exited
                } else {
                    Pause::Waiting
                });
            };
            let fragment = self.fragments.swap_remove(chosen);
            self.run_fragment(fragment, end, env)?;
            self.sliced = self.executed >= end;
            if self.sliced {
                if self.executed > env.grid.options.budget {
                    return self.exhausted(env);
                }
                if env.log.is_stopped() {
                    return Err(Stop);
                }
                return Ok(Pause::Sliced);
            }
        }
    }

    fn exhausted(&mut self, env: &mut Environment<'_>) -> Result<Pause, Stop> {
        let code = env.grid.code;
        if let Some(fragment) = self.fragments.first() {
            let lane = fragment.mask.trailing_zeros() as usize;
            let instruction = &code.instructions[fragment.pc as usize];
            let executed = self.executed;
            env.fault(self, lane, instruction, FaultKind::Budget, None, || {
                format!("{executed} instructions by a warp that has not ended")
            })?;
        }
        Err(Stop)
    }

    /// Runs lanes that are together, until they part, wait, exit, or come to where others are.
    ///
    /// Most of it is the same arithmetic on 32 lanes, of which the compiler makes vector instructions:
    /// it is compiled once for any machine, and once for those with wider vectors.
    fn run_fragment(
        &mut self,
        fragment: Fragment,
        end: u64,
        env: &mut Environment<'_>,
    ) -> Result<(), Stop> {
        #[cfg(target_arch = "x86_64")]
        if is_x86_feature_detected!("avx2") {
            // SAFETY: the machine has AVX2.
            return unsafe { self.run_fragment_avx2(fragment, end, env) };
        }
        self.run_together(fragment, end, env)
    }

    /// [`run_together`](Self::run_together) with vectors of 256 bits.
    ///
    /// # Safety
    /// The machine has AVX2.
    #[cfg(target_arch = "x86_64")]
    #[target_feature(enable = "avx2")]
    unsafe fn run_fragment_avx2(
        &mut self,
        fragment: Fragment,
        end: u64,
        env: &mut Environment<'_>,
    ) -> Result<(), Stop> {
        self.run_together(fragment, end, env)
    }

    #[inline(always)]
    fn run_together(
        &mut self,
        mut fragment: Fragment,
        end: u64,
        env: &mut Environment<'_>,
    ) -> Result<(), Stop> {
        let code = env.grid.code;
        let first = fragment.pc;
        // Where the nearest of the others waits to be joined.
        let meeting = self
            .fragments
            .iter()
            .filter(|f| f.pc > first && f.state == State::Ready && f.calls == fragment.calls)
            .map(|f| f.pc)
            .min()
            .unwrap_or(u32::MAX);
        let mask = fragment.mask;
        let mut steps = 0_u64;
        let result = loop {
            if fragment.pc >= meeting {
                self.put(fragment);
                break Ok(());
            }
            let instruction = &code.instructions[fragment.pc as usize];
            steps += 1;
            let active = mask & self.registers.guarded(instruction);
            if active == 0 {
                fragment.pc += 1;
                continue;
            }
            let operation = match instruction.action {
                Action::Ptx(operation) => operation,
                _ => {
                    steps -= 1;
                    if let Err(stop) = self.internal(instruction, active, env) {
                        break Err(stop);
                    }
                    fragment.pc += 1;
                    continue;
                }
            };
            match operation {
                Operation::Branch if active == mask => {
                    let target = instruction.target;
                    let back = target <= fragment.pc;
                    fragment.pc = target;
                    if back && self.executed + steps >= end {
                        self.put(fragment);
                        break Ok(());
                    }
                }
                Operation::Branch
                | Operation::BranchIndexed
                | Operation::Call
                | Operation::Return
                | Operation::Exit
                | Operation::Trap
                | Operation::Barrier { .. }
                | Operation::WarpBarrier
                | Operation::Shuffle(_)
                | Operation::Vote(_)
                | Operation::MatchAny(_)
                | Operation::MatchAll(_)
                | Operation::Reduce(..) => {
                    match self.control(&mut fragment, instruction, active, operation, env) {
                        Ok(Next::On) => fragment.pc += 1,
                        Ok(Next::Done) => break Ok(()),
                        Err(stop) => break Err(stop),
                    }
                }
                _ => {
                    if let Err(stop) = self.compute(instruction, active, operation, env) {
                        break Err(stop);
                    }
                    fragment.pc += 1;
                }
            }
        };
        self.executed += steps;
        self.lanes_executed += steps * u64::from(mask.count_ones());
        result
    }

    /// Executes what decoding has added to the instructions of the text: checks of registers, and copies
    /// of a call's arguments and results.
    fn internal(
        &mut self,
        instruction: &Instruction,
        active: u32,
        env: &mut Environment<'_>,
    ) -> Result<(), Stop> {
        match instruction.action {
            Action::CheckRegister(register) => {
                let missing = active & !self.written[register as usize];
                if missing != 0 && env.grid.options.uninitialised_registers {
                    let lane = missing.trailing_zeros() as usize;
                    let name = &env.grid.code.watched[register as usize];
                    let kind = FaultKind::UninitialisedRegister;
                    env.fault(self, lane, instruction, kind, None, || {
                        format!("nothing has written `{name}`")
                    })?;
                }
            }
            Action::MarkRegister(register) => self.written[register as usize] |= active,
            Action::CopyFrame { to, from, words } => {
                for word in 0..words {
                    let value = self.frame[(from + word) as usize];
                    let to = &mut self.frame[(to + word) as usize];
                    for lane in lanes(active) {
                        to.0[lane] = value.0[lane];
                    }
                }
            }
            Action::Ptx(_) => {}
        }
        Ok(())
    }

    /// The instruction a fragment is at.
    pub fn instruction<'c>(&self, code: &'c Code, fragment: &Fragment) -> &'c Instruction {
        &code.instructions[fragment.pc as usize]
    }
}

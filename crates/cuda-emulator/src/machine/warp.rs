//! A warp: its registers, and the places in the program where its lanes are.

use super::block::Environment;
use super::decode::{Action, Code, Constant, Instruction};
use super::execute::{bits, carry, collective, convert, float, integer, memory, predicate};
use super::lanes::{lanes, Lanes, Registers, ALL, LANES};
use super::launch::{varies, Grid};
use super::local::LocalMemory;
use super::log::Stop;
use super::FaultKind;
use crate::ptx::operation::{Barrier, Operation, Width};

/// Instructions after which a warp lets others run: one of them may be what it waits for.
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
    /// Lanes that a warp-wide instruction names and that are elsewhere.
    Members,
}

/// Lanes that are at the same place in the program.
#[derive(Clone, Debug)]
pub(super) struct Fragment {
    pub pc: u32,
    pub mask: u32,
    /// Where the functions they are in return to.
    pub calls: Vec<u32>,
    pub state: State,
}

/// Why a warp stopped running.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Pause {
    Exited,
    /// Every lane waits.
    Waiting,
    /// Others may run for a while.
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

/// What happens to a fragment after an instruction.
enum Next {
    /// On to the next instruction.
    On,
    /// The fragment has been put back, in whole or in parts.
    Done,
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

    /// Instructions that the text does not have.
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

    /// Instructions after which every active lane goes on to the next.
    #[inline(always)]
    fn compute(
        &mut self,
        i: &Instruction,
        mask: u32,
        operation: Operation,
        env: &mut Environment<'_>,
    ) -> Result<(), Stop> {
        let r = &mut self.registers;
        match operation {
            Operation::Extended {
                what,
                integer,
                carry_in,
                carry_out,
            } => carry::extended(r, i, mask, what, integer, (carry_in, carry_out)),
            Operation::Binary(binary, integer) => {
                let undefined = integer::binary(r, i, mask, binary, integer);
                if undefined != 0 {
                    let lane = undefined.trailing_zeros() as usize;
                    let kind = FaultKind::DivisionByZero;
                    env.fault(self, lane, i, kind, None, || "the divisor is zero".into())?;
                }
            }
            Operation::Move(Width::Predicate) => predicate::copy(r, i, mask, false),
            Operation::Move(width) => convert::copy(r, i, mask, width),
            Operation::Mad(part, integer) => integer::mad(r, i, mask, part, integer),
            Operation::MulWide(integer) => integer::mul_wide(r, i, mask, integer),
            Operation::MadWide(integer) => integer::mad_wide(r, i, mask, integer),
            Operation::Compare(comparison, integer, logic) => {
                predicate::compare(r, i, mask, comparison, integer, logic);
            }
            Operation::Select(width) => predicate::select(r, i, mask, width),
            Operation::Convert {
                to,
                from,
                rounding,
                saturate,
                width,
            } => convert::convert(r, i, mask, (to, from), (rounding, saturate), width),
            Operation::Load(access) => memory::load(self, env, i, mask, access)?,
            Operation::Store(access) => memory::store(self, env, i, mask, access)?,
            Operation::Atomic { space, op, integer } => {
                memory::atomic(self, env, i, mask, (space, op, integer))?;
            }
            Operation::Unary(unary, integer) => integer::unary(r, i, mask, unary, integer),
            Operation::Sad(integer) => integer::sad(r, i, mask, integer),
            Operation::Lop3 => bits::lop3(r, i, mask),
            Operation::Prmt(permute) => bits::prmt(r, i, mask, permute),
            Operation::FunnelShift { left, wrap } => bits::funnel_shift(r, i, mask, left, wrap),
            Operation::BitFieldExtract(integer) => bits::extract(r, i, mask, integer),
            Operation::BitFieldInsert(integer) => bits::insert(r, i, mask, integer),
            Operation::SelectSign(width) => predicate::select_sign(r, i, mask, width),
            Operation::FloatCompare(comparison, float, logic) => {
                predicate::float_compare(r, i, mask, comparison, float, logic);
            }
            Operation::PredicateLogic(logic) => predicate::logic(r, i, mask, logic),
            Operation::PredicateNot => predicate::copy(r, i, mask, true),
            Operation::Pack { part, whole } => convert::pack(r, i, mask, part, whole),
            Operation::Unpack { part, whole } => convert::unpack(r, i, mask, part, whole),
            Operation::Float(binary, float, rounding) => {
                float::binary(r, i, mask, binary, float, rounding);
            }
            Operation::FloatUnary(unary, float) => float::unary(r, i, mask, unary, float),
            Operation::FusedMultiplyAdd(float, rounding) => {
                float::fused(r, i, mask, float, rounding);
            }
            Operation::FrameLoad {
                scalar,
                count,
                offset,
            } => memory::frame(self, i, mask, (scalar, count, offset), false),
            Operation::FrameStore {
                scalar,
                count,
                offset,
            } => memory::frame(self, i, mask, (scalar, count, offset), true),
            Operation::ActiveMask => {
                r.set_narrow(i.destinations[0], mask, &Lanes::splat(mask));
            }
            Operation::Clock(Width::W64) => {
                r.set_wide(i.destinations[0], mask, &Lanes::splat(self.executed));
            }
            Operation::Clock(_) => {
                let now = self.executed as u32;
                r.set_narrow(i.destinations[0], mask, &Lanes::splat(now));
            }
            Operation::Fence => std::sync::atomic::fence(std::sync::atomic::Ordering::SeqCst),
            Operation::Sleep => std::thread::yield_now(),
            Operation::Hint
            | Operation::Branch
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
            | Operation::Reduce(..) => {}
        }
        Ok(())
    }

    /// Instructions after which lanes may be at different places, or wait.
    fn control(
        &mut self,
        fragment: &mut Fragment,
        instruction: &Instruction,
        active: u32,
        operation: Operation,
        env: &mut Environment<'_>,
    ) -> Result<Next, Stop> {
        let code = env.grid.code;
        let here = fragment.pc;
        let rest = fragment.mask & !active;
        match operation {
            Operation::Branch => {
                self.go(fragment, active, instruction.target);
            }
            Operation::BranchIndexed => self.go_indexed(fragment, instruction, active, env)?,
            Operation::Call => {
                let mut calls = fragment.calls.clone();
                calls.push(here + 1);
                self.put(Fragment {
                    pc: instruction.target,
                    mask: active,
                    calls,
                    state: State::Ready,
                });
            }
            Operation::Return => {
                let mut calls = fragment.calls.clone();
                // An entry exits where a function returns, so there is a place to return to.
                if let Some(pc) = calls.pop() {
                    self.put(Fragment {
                        pc,
                        mask: active,
                        calls,
                        state: State::Ready,
                    });
                }
            }
            Operation::Exit => {
                self.registers.live &= !active;
                // Those that waited for the lanes that are gone need not.
                for waiting in &mut self.fragments {
                    if waiting.state == State::Members {
                        waiting.state = State::Ready;
                    }
                }
            }
            Operation::Trap => {
                let lane = active.trailing_zeros() as usize;
                env.fault(self, lane, instruction, FaultKind::Trap, None, || {
                    "the program gave up".to_owned()
                })?;
            }
            Operation::Barrier { what, counted, .. } => {
                let lane = active.trailing_zeros() as usize;
                let value = |n: usize| self.registers.narrow(instruction.sources[n]).0[lane];
                let id = value(0);
                let threads = counted.then(|| value(1));
                if what == Barrier::Arrive {
                    env.arrived.push((id, self.number, active.count_ones()));
                    return Ok(Next::On);
                }
                self.put(Fragment {
                    mask: active,
                    state: State::Barrier { id, threads },
                    ..fragment.clone()
                });
            }
            _ => {
                let groups = self.groups(instruction, active, operation, env)?;
                let Some(groups) = groups else {
                    self.wait_for_members(fragment, active);
                    self.leave_rest(fragment, rest, here + 1);
                    return Ok(Next::Done);
                };
                for group in groups {
                    self.together(instruction, group, operation, env)?;
                }
                return Ok(Next::On);
            }
        }
        debug_assert!((here as usize) < code.instructions.len());
        self.leave_rest(fragment, rest, here + 1);
        Ok(Next::Done)
    }

    fn go(&mut self, fragment: &Fragment, mask: u32, pc: u32) {
        self.put(Fragment {
            pc,
            mask,
            calls: fragment.calls.clone(),
            state: State::Ready,
        });
    }

    /// Lanes whose guard did not hold pass an instruction by.
    fn leave_rest(&mut self, fragment: &Fragment, rest: u32, pc: u32) {
        if rest != 0 {
            self.go(fragment, rest, pc);
        }
    }

    fn go_indexed(
        &mut self,
        fragment: &Fragment,
        instruction: &Instruction,
        active: u32,
        env: &mut Environment<'_>,
    ) -> Result<(), Stop> {
        let first = instruction.target as usize;
        let targets = &env.grid.code.targets[first..first + instruction.offset as usize];
        let index = *self.registers.narrow(instruction.sources[0]);
        for lane in lanes(active) {
            match targets.get(index.0[lane] as usize) {
                Some(&target) => self.go(fragment, 1 << lane, target),
                None => {
                    let (index, count) = (index.0[lane], targets.len());
                    let kind = FaultKind::OutOfBounds;
                    env.fault(self, lane, instruction, kind, None, || {
                        format!("branch number {index} of {count}")
                    })?;
                }
            }
        }
        Ok(())
    }

    /// Joins lanes at a warp-wide instruction with those that wait there, to try again together.
    fn wait_for_members(&mut self, fragment: &Fragment, active: u32) {
        let at = |f: &Fragment| {
            f.pc == fragment.pc && f.state == State::Members && f.calls == fragment.calls
        };
        match self.fragments.iter_mut().find(|f| at(f)) {
            Some(waiting) => {
                waiting.mask |= active;
                waiting.state = State::Ready;
            }
            None => self.fragments.push(Fragment {
                mask: active,
                state: State::Members,
                ..fragment.clone()
            }),
        }
    }

    /// The groups of lanes that execute a warp-wide instruction together: each lane names the
    /// lanes of its group. `None` while some of them are elsewhere.
    fn groups(
        &mut self,
        instruction: &Instruction,
        active: u32,
        operation: Operation,
        env: &mut Environment<'_>,
    ) -> Result<Option<Vec<u32>>, Stop> {
        let source = collective::members_source(operation).unwrap_or(0);
        let named = *self.registers.narrow(instruction.sources[source]);
        let mut groups = Vec::with_capacity(1);
        let mut left = active;
        while left != 0 {
            let lane = left.trailing_zeros() as usize;
            let members = named.0[lane];
            let group = lanes(left)
                .filter(|&other| named.0[other] == members)
                .fold(0, |group, other| group | 1 << other);
            if group & !members != 0 {
                let lane = (group & !members).trailing_zeros() as usize;
                let kind = FaultKind::DivergentBarrier;
                env.fault(self, lane, instruction, kind, None, || {
                    format!("lane {lane} is not among the lanes {members:#010x} it names")
                })?;
            }
            if members & self.registers.live & !group != 0 {
                return Ok(None);
            }
            groups.push(group);
            left &= !group;
        }
        Ok(Some(groups))
    }

    fn together(
        &mut self,
        instruction: &Instruction,
        group: u32,
        operation: Operation,
        env: &mut Environment<'_>,
    ) -> Result<(), Stop> {
        if operation == Operation::WarpBarrier {
            env.clocks.join_lanes(self.number as usize);
            return Ok(());
        }
        if let Operation::Shuffle(shuffle) = operation {
            let outside = collective::outside(&self.registers, instruction, group, shuffle);
            if let Some(lane) = outside.filter(|_| env.grid.options.uninitialised_registers) {
                let kind = FaultKind::UninitialisedRegister;
                env.fault(self, lane as usize, instruction, kind, None, || {
                    format!("lane {lane} reads a lane that takes no part in the shuffle")
                })?;
            }
        }
        collective::execute(&mut self.registers, instruction, group, operation);
        Ok(())
    }

    /// The instruction a fragment is at.
    pub fn instruction<'c>(&self, code: &'c Code, fragment: &Fragment) -> &'c Instruction {
        &code.instructions[fragment.pc as usize]
    }
}

//! Instructions after which lanes may be at different places, or wait: branches, calls, exits, barriers.

use super::{Fragment, State, Warp};
use crate::machine::block::Environment;
use crate::machine::decode::Instruction;
use crate::machine::lanes::lanes;
use crate::machine::log::Stop;
use crate::machine::FaultKind;
use crate::ptx::operation::{Barrier, Operation};

/// What happens to a fragment after an instruction.
pub(super) enum Next {
    /// On to the next instruction.
    On,
    /// The fragment has been put back, in whole or in parts.
    Done,
}

impl Warp {
    /// Executes such an instruction for the active lanes of a fragment.
    pub(super) fn control(
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
}

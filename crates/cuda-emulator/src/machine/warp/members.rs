//! Instructions that lanes of a warp execute together: each lane names the lanes that it waits for.

use super::{Fragment, State, Warp};
use crate::machine::block::Environment;
use crate::machine::decode::Instruction;
use crate::machine::execute::collective;
use crate::machine::lanes::lanes;
use crate::machine::log::Stop;
use crate::machine::FaultKind;
use crate::ptx::operation::Operation;

impl Warp {
    /// Joins lanes at a warp-wide instruction with those that wait there, to try again together.
    pub(super) fn wait_for_members(&mut self, fragment: &Fragment, active: u32) {
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
    pub(super) fn groups(
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

    pub(super) fn together(
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
}

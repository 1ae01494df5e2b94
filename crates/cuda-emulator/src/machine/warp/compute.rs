//! Instructions after which every active lane goes on to the next.

use super::Warp;
use crate::machine::block::Environment;
use crate::machine::decode::Instruction;
use crate::machine::execute::{bits, carry, convert, float, integer, memory, predicate};
use crate::machine::lanes::Lanes;
use crate::machine::log::Stop;
use crate::machine::FaultKind;
use crate::ptx::operation::{Operation, Width};

impl Warp {
    /// Executes such an instruction for the lanes of a mask.
    #[inline(always)]
    pub(super) fn compute(
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
}

//! Shuffles, votes, matches and reductions over the lanes of a warp.

use crate::machine::decode::Instruction;
use crate::machine::lanes::{lanes, Lanes, Registers};
use crate::ptx::operation::{AtomicOp, Integer, Operation, Shuffle, Vote, Width};

/// Number of the source that names the lanes that take part, for instructions that have one.
pub fn members_source(operation: Operation) -> Option<usize> {
    match operation {
        Operation::WarpBarrier => Some(0),
        Operation::Vote(_)
        | Operation::MatchAny(_)
        | Operation::MatchAll(_)
        | Operation::Reduce(..) => Some(1),
        Operation::Shuffle(_) => Some(3),
        _ => None,
    }
}

/// Executes an instruction for the lanes of `group`, which take part in it together.
pub fn execute(
    registers: &mut Registers,
    instruction: &Instruction,
    group: u32,
    operation: Operation,
) {
    match operation {
        Operation::Shuffle(shuffle) => shuffled(registers, instruction, group, shuffle),
        Operation::Vote(vote) => voted(registers, instruction, group, vote),
        Operation::MatchAny(width) => {
            let values = values(registers, instruction, width);
            let mut out = Lanes::splat(0);
            for lane in lanes(group) {
                for other in lanes(group) {
                    out.0[lane] |= u32::from(values.0[lane] == values.0[other]) << other;
                }
            }
            registers.set_narrow(instruction.destinations[0], group, &out);
        }
        Operation::MatchAll(width) => {
            let values = values(registers, instruction, width);
            let first = group.trailing_zeros() as usize;
            let equal = lanes(group).all(|lane| values.0[lane] == values.0[first]);
            let out = Lanes::splat(if equal { group } else { 0 });
            registers.set_narrow(instruction.destinations[0], group, &out);
            let holds = u32::from(equal).wrapping_neg();
            registers.set_predicate(instruction.destinations[1], group, holds);
        }
        Operation::Reduce(op, integer) => {
            let values = registers.narrow(instruction.sources[0]);
            let reduced = lanes(group)
                .map(|lane| values.0[lane])
                .reduce(|a, b| combined(op, integer == Integer::S32, a, b));
            let out = Lanes::splat(reduced.unwrap_or(0));
            registers.set_narrow(instruction.destinations[0], group, &out);
        }
        _ => {}
    }
}

fn values(registers: &Registers, instruction: &Instruction, width: Width) -> Lanes<u64> {
    let source = instruction.sources[0];
    match width {
        Width::W64 => *registers.wide(source),
        _ => Lanes(registers.narrow(source).0.map(u64::from)),
    }
}

fn combined(op: AtomicOp, signed: bool, a: u32, b: u32) -> u32 {
    match op {
        AtomicOp::Min if signed => (a as i32).min(b as i32) as u32,
        AtomicOp::Max if signed => (a as i32).max(b as i32) as u32,
        AtomicOp::Min => a.min(b),
        AtomicOp::Max => a.max(b),
        AtomicOp::And => a & b,
        AtomicOp::Or => a | b,
        AtomicOp::Xor => a ^ b,
        _ => a.wrapping_add(b),
    }
}

fn voted(registers: &mut Registers, instruction: &Instruction, group: u32, vote: Vote) {
    let yes = registers.predicate(instruction, 0) & group;
    let holds = match vote {
        Vote::Ballot => {
            registers.set_narrow(instruction.destinations[0], group, &Lanes::splat(yes));
            return;
        }
        Vote::All => yes == group,
        Vote::Any => yes != 0,
        Vote::Uniform => yes == group || yes == 0,
    };
    let value = u32::from(holds).wrapping_neg();
    registers.set_predicate(instruction.destinations[0], group, value);
}

/// The lane that each lane reads from, and whether it lies in the lane's segment. `c` holds the
/// clamp value in bits 0 to 4 and the segment mask in bits 8 to 12.
fn source_lane(shuffle: Shuffle, lane: u32, b: u32, c: u32) -> (u32, bool) {
    let (b, clamp, segment) = (b & 31, c & 31, c >> 8 & 31);
    let last = (lane & segment) | (clamp & !segment);
    let first = lane & segment;
    let (from, within) = match shuffle {
        Shuffle::Up => {
            let from = lane as i32 - b as i32;
            (from as u32, from >= last as i32)
        }
        Shuffle::Down => (lane + b, lane + b <= last),
        Shuffle::Butterfly => (lane ^ b, lane ^ b <= last),
        Shuffle::Index => {
            let from = first | (b & !segment);
            (from, from <= last)
        }
    };
    if within {
        (from, true)
    } else {
        (lane, false)
    }
}

fn shuffled(registers: &mut Registers, instruction: &Instruction, group: u32, shuffle: Shuffle) {
    let [a, b, c, _] = instruction.sources.map(|s| *registers.narrow(s));
    let mut out = Lanes::splat(0);
    let mut within = 0;
    for lane in lanes(group) {
        let (from, inside) = source_lane(shuffle, lane as u32, b.0[lane], c.0[lane]);
        out.0[lane] = a.0[from as usize & 31];
        within |= u32::from(inside) << lane;
    }
    registers.set_narrow(instruction.destinations[0], group, &out);
    if instruction.has_second {
        registers.set_predicate(instruction.destinations[1], group, within);
    }
}

/// The lane of `group` that a shuffle makes read from a lane that takes no part.
pub fn outside(
    registers: &Registers,
    instruction: &Instruction,
    group: u32,
    shuffle: Shuffle,
) -> Option<u32> {
    let (b, c) = (
        registers.narrow(instruction.sources[1]),
        registers.narrow(instruction.sources[2]),
    );
    lanes(group)
        .find(|&lane| {
            let (from, _) = source_lane(shuffle, lane as u32, b.0[lane], c.0[lane]);
            group >> (from & 31) & 1 == 0
        })
        .map(|lane| lane as u32)
}

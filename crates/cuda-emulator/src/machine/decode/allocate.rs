//! Slots for registers, by linear scan over their lives (Poletto and Sarkar, *Linear scan register
//! allocation*, TOPLAS 1999). Slots are never short: nothing is spilled.

use std::cmp::Reverse;
use std::collections::BinaryHeap;

use super::flow::Life;
use crate::ptx::instruction::RegisterInfo;
use crate::ptx::operation::Width;

/// The three register files.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum File {
    Predicate,
    Narrow,
    Wide,
}

impl File {
    pub fn of(width: Width) -> Self {
        match width {
            Width::Predicate => Self::Predicate,
            Width::W16 | Width::W32 => Self::Narrow,
            Width::W64 => Self::Wide,
        }
    }
}

/// A slot for every register that is used, from `first` on in each file; and the ends of the
/// files.
pub(super) fn allocate(
    registers: &[RegisterInfo],
    lives: &[Option<Life>],
    first: [usize; 3],
) -> (Vec<usize>, [usize; 3]) {
    let mut by_start: Vec<(usize, Life)> = lives
        .iter()
        .enumerate()
        .filter_map(|(register, life)| Some((register, (*life)?)))
        .collect();
    by_start.sort_by_key(|(register, life)| (life.first, *register));
    let mut slots = vec![0; registers.len()];
    let mut ends = first;
    // Free slots, lowest first, and slots in use by the end of their life.
    let mut free: [BinaryHeap<Reverse<usize>>; 3] = Default::default();
    let mut used: [BinaryHeap<Reverse<(usize, usize)>>; 3] = Default::default();
    for (register, life) in by_start {
        let file = File::of(registers[register].width) as usize;
        // An instruction reads all its sources before it writes, so a source that is read for the
        // last time can give its slot to a destination.
        while let Some(&Reverse((last, slot))) = used[file].peek() {
            if last >= life.first {
                break;
            }
            used[file].pop();
            free[file].push(Reverse(slot));
        }
        let slot = match free[file].pop() {
            Some(Reverse(slot)) => slot,
            None => {
                ends[file] += 1;
                ends[file] - 1
            }
        };
        slots[register] = slot;
        used[file].push(Reverse((life.last, slot)));
    }
    (slots, ends)
}

//! The registers of a warp: for each slot the values of 32 lanes side by side, so that the
//! compiler makes vector instructions of a loop over lanes.

use super::decode::{Instruction, Slot, ALWAYS};

pub(super) const LANES: usize = 32;
pub(super) const ALL: u32 = u32::MAX;

/// One value for each lane.
#[derive(Clone, Copy, Debug)]
#[repr(align(64))]
pub(super) struct Lanes<T>(pub [T; LANES]);

impl<T: Copy> Lanes<T> {
    #[inline(always)]
    pub fn splat(value: T) -> Self {
        Self([value; LANES])
    }

    /// Takes the lanes of `mask` from `new`.
    #[inline(always)]
    fn blend(&mut self, new: &Self, mask: u32) {
        for lane in 0..LANES {
            if mask >> lane & 1 != 0 {
                self.0[lane] = new.0[lane];
            }
        }
    }
}

/// The lanes of a mask, from the lowest.
pub(super) fn lanes(mask: u32) -> impl Iterator<Item = usize> {
    std::iter::successors((mask != 0).then_some(mask), |m| {
        let rest = m & (m - 1);
        (rest != 0).then_some(rest)
    })
    .map(|m| m.trailing_zeros() as usize)
}

/// The register files of a warp.
pub(super) struct Registers {
    pub predicates: Vec<u32>,
    pub narrow: Vec<Lanes<u32>>,
    pub wide: Vec<Lanes<u64>>,
    /// The carry flag, 0 or 1.
    pub carry: Lanes<u32>,
    /// Lanes that have not exited. Nothing reads the registers of the others any more, so that an
    /// instruction which all of these execute writes whole slots, without a mask.
    pub live: u32,
}

impl Registers {
    pub fn new(predicates: usize, narrow: usize, wide: usize) -> Self {
        let mut registers = Self {
            predicates: vec![0; predicates],
            narrow: vec![Lanes::splat(0); narrow],
            wide: vec![Lanes::splat(0); wide],
            carry: Lanes::splat(0),
            live: ALL,
        };
        registers.predicates[usize::from(ALWAYS)] = ALL;
        registers
    }

    #[inline(always)]
    pub fn narrow(&self, slot: Slot) -> &Lanes<u32> {
        &self.narrow[usize::from(slot)]
    }

    #[inline(always)]
    pub fn wide(&self, slot: Slot) -> &Lanes<u64> {
        &self.wide[usize::from(slot)]
    }

    #[inline(always)]
    pub fn set_narrow(&mut self, slot: Slot, mask: u32, value: &Lanes<u32>) {
        let register = &mut self.narrow[usize::from(slot)];
        if mask == self.live {
            *register = *value;
        } else {
            register.blend(value, mask);
        }
    }

    #[inline(always)]
    pub fn set_wide(&mut self, slot: Slot, mask: u32, value: &Lanes<u64>) {
        let register = &mut self.wide[usize::from(slot)];
        if mask == self.live {
            *register = *value;
        } else {
            register.blend(value, mask);
        }
    }

    #[inline(always)]
    pub fn set_carry(&mut self, mask: u32, value: &Lanes<u32>) {
        if mask == self.live {
            self.carry = *value;
        } else {
            self.carry.blend(value, mask);
        }
    }

    /// Lanes for which the guard of an instruction holds.
    #[inline(always)]
    pub fn guarded(&self, instruction: &Instruction) -> u32 {
        let flip = u32::from(instruction.guard_negated).wrapping_neg();
        self.predicates[usize::from(instruction.guard)] ^ flip
    }

    /// Source number `source`, a predicate, as a mask of lanes.
    #[inline(always)]
    pub fn predicate(&self, instruction: &Instruction, source: usize) -> u32 {
        let flip = u32::from(instruction.negated >> source & 1).wrapping_neg();
        self.predicates[usize::from(instruction.sources[source])] ^ flip
    }

    #[inline(always)]
    pub fn set_predicate(&mut self, slot: Slot, mask: u32, value: u32) {
        let register = &mut self.predicates[usize::from(slot)];
        *register = (*register & !mask) | (value & mask);
    }
}

/// Applies a function to the values of each lane.
#[inline(always)]
pub(super) fn map1<A: Copy, T: Copy + Default>(a: &Lanes<A>, f: impl Fn(A) -> T) -> Lanes<T> {
    let mut out = Lanes([T::default(); LANES]);
    for lane in 0..LANES {
        out.0[lane] = f(a.0[lane]);
    }
    out
}

#[inline(always)]
pub(super) fn map2<A: Copy, B: Copy, T: Copy + Default>(
    a: &Lanes<A>,
    b: &Lanes<B>,
    f: impl Fn(A, B) -> T,
) -> Lanes<T> {
    let mut out = Lanes([T::default(); LANES]);
    for lane in 0..LANES {
        out.0[lane] = f(a.0[lane], b.0[lane]);
    }
    out
}

#[inline(always)]
pub(super) fn map3<A: Copy, B: Copy, C: Copy, T: Copy + Default>(
    a: &Lanes<A>,
    b: &Lanes<B>,
    c: &Lanes<C>,
    f: impl Fn(A, B, C) -> T,
) -> Lanes<T> {
    let mut out = Lanes([T::default(); LANES]);
    for lane in 0..LANES {
        out.0[lane] = f(a.0[lane], b.0[lane], c.0[lane]);
    }
    out
}

/// The lanes for which a comparison holds.
#[inline(always)]
pub(super) fn test2<A: Copy>(a: &Lanes<A>, b: &Lanes<A>, f: impl Fn(A, A) -> bool) -> u32 {
    let mut mask = 0;
    for lane in 0..LANES {
        mask |= u32::from(f(a.0[lane], b.0[lane])) << lane;
    }
    mask
}

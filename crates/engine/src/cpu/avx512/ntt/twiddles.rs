//! The table of roots, and the multipliers that are made of it.

use std::array;

use ff::Field;
use halo2curves::bn256::Fr;
use rayon::prelude::*;

use super::{Constant, Factor, Value};
use crate::cpu::{
    avx512::{
        modulus::{words, Modulus, ScalarModulus, Words},
        words::{gather_words, LANES},
    },
    ntt::twiddles::Twiddles,
};

/// Entries that a thread takes at least.
const PARALLEL_CHUNK: usize = 1 << 10;

/// -1, raised.
const MINUS_ONE: Words = {
    let (p, one) = (ScalarModulus::WORDS, ScalarModulus::R260);
    let mut difference = [0; 4];
    let mut borrow = false;
    let mut i = 0;
    while i < 4 {
        let (word, first) = p[i].overflowing_sub(one[i]);
        let (word, second) = word.overflowing_sub(borrow as u64);
        difference[i] = word;
        borrow = first || second;
        i += 1;
    }
    difference
};

/// The words of an element, raised: x 2^260 modulo p.
pub(super) fn raised(x: Fr) -> Words {
    element_words(&[x * Fr::from(16)])[0]
}

/// The words of elements.
pub(super) fn element_words(elements: &[Fr]) -> &[Words] {
    words::<ScalarModulus, Fr>(elements).unwrap_or_default()
}

/// The twiddles of the portable transform, raised.
pub(super) fn table(k: u32, omega: Fr) -> Vec<Fr> {
    let mut entries = Twiddles::new(k, omega).into_entries();
    let sixteen = Fr::from(16);
    entries
        .par_iter_mut()
        .with_min_len(PARALLEL_CHUNK)
        .for_each(|entry| *entry *= &sixteen);
    entries
}

/// The twiddles of a transform: entry b is that of block b of every level, up to the direction's sign
/// ([`outputs`](super::descent::outputs)).
#[derive(Clone, Copy)]
pub(super) struct Table<'a, const INVERSE: bool>(pub(super) &'a [Words]);

impl<'a, const INVERSE: bool> Table<'a, INVERSE> {
    /// The inverse takes away what the table has, so that 1 is minus -1.
    #[inline]
    pub(super) fn at(self, block: usize) -> &'a Words {
        match (INVERSE, block) {
            (false, block) => &self.0[block],
            (true, 0) => &MINUS_ONE,
            (true, block) => &self.0[(3 << block.ilog2()) - 1 - block],
        }
    }

    /// Entries from the first one on, so far apart; the first is less than this from a multiple of
    /// eight times as much.
    #[inline]
    pub(super) fn eight(self, first: usize, stride: usize) -> [&'a Words; LANES] {
        if !INVERSE {
            array::from_fn(|lane| &self.0[first + stride * lane])
        } else if first < LANES * stride {
            array::from_fn(|lane| self.at(first + stride * lane))
        } else {
            let mirrored = (3 << first.ilog2()) - 1 - first;
            array::from_fn(|lane| &self.0[mirrored - stride * lane])
        }
    }
}

/// What multiplies the twiddles of evaluations over shift * H: with the coefficients of p(shift X), the
/// descent of a level of blocks of length 2 h has twiddles shift^h times those of H.
pub(super) struct Coset {
    /// For shift^h, of each level.
    expansions: Vec<Factor>,
    /// For the twiddles of a block of 64 as [`Source::of_vectors`] has them: shift^32, shift^16 twice, shift^8.
    block: Factor,
    /// shift^1 .. shift^7.
    pub(super) elements: [Constant; LANES - 1],
}

impl Coset {
    #[target_feature(enable = "avx512f,avx512ifma,avx512vbmi2")]
    pub(super) fn new(k: u32, shift: Fr) -> Self {
        let mut squares: Vec<Fr> = std::iter::successors(Some(shift), |power| Some(power.square()))
            .take(k as usize)
            .collect();
        squares.reverse();
        let mut expansions = Vec::with_capacity(squares.len());
        for power in &squares {
            expansions.push(Constant::expansion(Value::splat(&raised(*power))));
        }
        // shift^0 .. shift^7.
        let mut powers = [Fr::ONE; LANES];
        for i in 1..LANES {
            powers[i] = powers[i - 1] * shift;
        }
        let mut elements = [Constant::none(); LANES - 1];
        for (element, power) in elements.iter_mut().zip(&powers[1..]) {
            *element = Constant::new(Value::splat(&raised(*power)));
        }
        let power_8 = powers[LANES - 1] * shift;
        let power_16 = raised(power_8.square());
        let power_32 = raised(power_8.square().square());
        let power_8 = raised(power_8);
        let block = [
            power_32, power_16, power_16, power_8, power_8, power_8, power_8, power_32,
        ];
        Self {
            expansions,
            block: Value::load(&block).factors(),
            elements,
        }
    }
}

/// Where a descent has its multipliers from.
pub(super) struct Source<'a, const INVERSE: bool> {
    pub(super) table: Table<'a, INVERSE>,
    pub(super) coset: Option<&'a Coset>,
    /// Those of the first levels, once for all tiles; else they are made for each block.
    pub(super) made: Option<&'a [Constant]>,
}

impl<const INVERSE: bool> Source<'_, INVERSE> {
    /// Whether the twiddle of a block is 1.
    pub(super) fn is_one(&self, block: usize) -> bool {
        block == 0 && self.coset.is_none()
    }

    /// The multiplier of a block, which may have to be made.
    #[target_feature(enable = "avx512f,avx512ifma,avx512vbmi2")]
    #[inline]
    pub(super) fn at<'m>(
        &'m self,
        level: usize,
        block: usize,
        place: &'m mut Constant,
    ) -> &'m Constant {
        match (self.made, self.coset) {
            (Some(made), None) => &made[block],
            (Some(made), Some(_)) => &made[(1 << level) - 1 + block],
            (None, _) => {
                *place = self.make(level, block);
                place
            }
        }
    }

    #[target_feature(enable = "avx512f,avx512ifma,avx512vbmi2")]
    #[inline]
    fn make(&self, level: usize, block: usize) -> Constant {
        let twiddle = Value::splat(self.table.at(block));
        match self.coset {
            None => Constant::new(twiddle),
            Some(coset) => Constant::expanded(twiddle, &coset.expansions[level]),
        }
    }

    /// Those of so many levels from the first on, as [`at`](Self::at) finds them: without a coset the
    /// blocks of one level, of which the others have the first.
    #[target_feature(enable = "avx512f,avx512ifma,avx512vbmi2")]
    pub(super) fn make_all(&self, levels: usize) -> Vec<Constant> {
        let first = match self.coset {
            None => levels.saturating_sub(1),
            Some(_) => 0,
        };
        let mut made = Vec::with_capacity(1 << levels);
        for level in first..levels {
            for block in 0..1 << level {
                made.push(self.make(level, block));
            }
        }
        made
    }

    /// The twiddles of a block of 64 elements, in the order of [`STEPS`](super::descent::STEPS): below p.
    #[target_feature(enable = "avx512f,avx512ifma,avx512vbmi2")]
    #[inline]
    pub(super) fn of_vectors(&self, block: usize, made: &mut [Factor; LANES - 1]) {
        let at = |block| self.table.at(block);
        let [b2, b4] = [2 * block, 4 * block];
        let mut twiddles = Value::of_words(gather_words([
            at(block),
            at(b2),
            at(b2 + 1),
            at(b4),
            at(b4 + 1),
            at(b4 + 2),
            at(b4 + 3),
            at(block),
        ]));
        if let Some(coset) = self.coset {
            let product = twiddles.factors().product(&coset.block);
            twiddles = product.canonical_of_two();
        }
        twiddles.factors().splat_lanes(made);
    }

    /// Those of the eight blocks of eight elements that a block of 64 has become, one a lane. Without the
    /// coset's shift.
    #[target_feature(enable = "avx512f,avx512ifma,avx512vbmi2")]
    #[inline]
    pub(super) fn of_lanes(&self, block: usize, made: &mut [Factor; LANES - 1]) {
        let places = [(1, 0), (2, 0), (2, 1), (4, 0), (4, 1), (4, 2), (4, 3)];
        for (made, (blocks, i)) in made.iter_mut().zip(places) {
            let entries = self.table.eight(LANES * blocks * block + i, blocks);
            *made = Value::of_words(gather_words(entries)).factors();
        }
    }
}

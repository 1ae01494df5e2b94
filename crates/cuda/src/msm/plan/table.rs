//! The multiples of the bases that are kept.

use super::windows::{widths, window_count, Windows, SCALAR_BITS};
use crate::{field::Affine, msm::policy::Policy};

/// Points of a table are numbered in 32 bits, one of which is a sign.
const MAX_POINTS: u64 = 1 << 31;
const POINT_BYTES: u64 = size_of::<Affine>() as u64;

/// The multiples of a set of bases that are kept: 2^(stride j) B for j below `multiples`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Table {
    /// Bases.
    pub bases: u32,
    /// Points kept of each, itself included.
    pub multiples: u32,
    /// Bits between one multiple and the next.
    pub stride: u32,
}

impl Table {
    /// The most bases that points can be numbered for.
    pub const MAX_BASES: usize = MAX_POINTS as usize;

    /// The cheapest table for columns as long as the bases, within the policy's bytes.
    pub fn choose(bases: u32, policy: &Policy) -> Self {
        let rows = u64::from(bases);
        let bytes = |multiples: u32| (u64::from(multiples) - 1) * rows * POINT_BYTES;
        widths(policy)
            .flat_map(|width| (1..=window_count(width)).map(move |sets| Windows::new(width, sets)))
            .filter(|windows| {
                let multiples = windows.multiples();
                multiples == 1
                    || (bytes(multiples) <= policy.table_bytes
                        && u64::from(multiples) * rows <= MAX_POINTS)
            })
            .min_by_key(|windows| (windows.cost(rows, policy), windows.multiples()))
            .map_or(Self::bases_alone(bases), |windows| Self {
                bases,
                multiples: windows.multiples(),
                stride: windows.sets * windows.width,
            })
    }

    /// The bases and no multiples of them.
    pub fn bases_alone(bases: u32) -> Self {
        Self {
            bases,
            multiples: 1,
            stride: SCALAR_BITS + 1,
        }
    }

    /// Points in the table.
    pub fn points(&self) -> usize {
        self.bases as usize * self.multiples as usize
    }

    /// The ways to use this table.
    pub(super) fn windows(&self, policy: &Policy) -> impl Iterator<Item = Windows> + '_ {
        widths(policy).filter_map(|width| match self.multiples {
            1 => Some(Windows::new(width, window_count(width))),
            _ if self.stride % width == 0 => Some(Windows::new(width, self.stride / width)),
            _ => None,
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn tables_stay_within_their_bytes() {
        for log_bases in 0..26 {
            let bases = 1u32 << log_bases;
            for multiples in [0, 1, 2, 5, 100] {
                let policy = Policy {
                    table_bytes: multiples * u64::from(bases) * 64,
                    ..Policy::h100()
                };
                let table = Table::choose(bases, &policy);
                assert!(u64::from(table.multiples) <= 1 + multiples);
                assert!(table.multiples * table.stride > SCALAR_BITS);
                for windows in table.windows(&policy) {
                    assert!(windows.count * windows.width > SCALAR_BITS);
                    assert!((windows.count - 1) / windows.sets < table.multiples);
                    assert!(table.multiples == 1 || windows.sets * windows.width == table.stride);
                }
            }
        }
    }
}

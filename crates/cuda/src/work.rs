//! The work that operations give to a device, counted by what their kernels' contracts say.

use std::{
    collections::BTreeMap,
    iter::Sum,
    ops::{Add, AddAssign, Mul, Sub},
    sync::{Mutex, MutexGuard, PoisonError},
};

/// What bounds how long a device takes: arithmetic, and traffic to its memory.
///
/// Counts and not measurements. What caches save is left out of the bytes where a kernel's contract
/// leaves it out; where the work depends on values (digits that are zero, for one), it is an upper
/// bound.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Work {
    /// Wide multiplications, 32 bits by 32 to 64: 120 for a multiplication in Fr, 92 for a squaring.
    pub multiplications: u64,
    /// Bytes of device memory that are read.
    pub bytes_read: u64,
    /// Bytes of device memory that are written.
    pub bytes_written: u64,
}

impl Work {
    /// Bytes read and written.
    pub fn bytes(&self) -> u64 {
        self.bytes_read.saturating_add(self.bytes_written)
    }
}

impl Add for Work {
    type Output = Self;

    fn add(self, more: Self) -> Self {
        Self {
            multiplications: self.multiplications.saturating_add(more.multiplications),
            bytes_read: self.bytes_read.saturating_add(more.bytes_read),
            bytes_written: self.bytes_written.saturating_add(more.bytes_written),
        }
    }
}

impl AddAssign for Work {
    fn add_assign(&mut self, more: Self) {
        *self = *self + more;
    }
}

impl Sub for Work {
    type Output = Self;

    fn sub(self, earlier: Self) -> Self {
        Self {
            multiplications: self.multiplications.saturating_sub(earlier.multiplications),
            bytes_read: self.bytes_read.saturating_sub(earlier.bytes_read),
            bytes_written: self.bytes_written.saturating_sub(earlier.bytes_written),
        }
    }
}

impl Mul<u64> for Work {
    type Output = Self;

    /// The same so many times.
    fn mul(self, times: u64) -> Self {
        Self {
            multiplications: self.multiplications.saturating_mul(times),
            bytes_read: self.bytes_read.saturating_mul(times),
            bytes_written: self.bytes_written.saturating_mul(times),
        }
    }
}

impl Sum for Work {
    fn sum<I: Iterator<Item = Self>>(parts: I) -> Self {
        parts.fold(Self::default(), Add::add)
    }
}

/// The work of a context, by operation.
#[derive(Debug, Default)]
pub(crate) struct Account(Mutex<BTreeMap<&'static str, Work>>);

impl Account {
    pub(crate) fn add(&self, operation: &'static str, work: Work) {
        *self.lock().entry(operation).or_default() += work;
    }

    pub(crate) fn totals(&self) -> BTreeMap<&'static str, Work> {
        self.lock().clone()
    }

    /// What came to an earlier snapshot of the totals. Operations that did nothing since are left
    /// out.
    pub(crate) fn since(
        &self,
        earlier: &BTreeMap<&'static str, Work>,
    ) -> BTreeMap<&'static str, Work> {
        self.totals()
            .into_iter()
            .map(|(name, work)| {
                let before = earlier.get(name).copied().unwrap_or_default();
                (name, work - before)
            })
            .filter(|(_, work)| *work != Work::default())
            .collect()
    }

    fn lock(&self) -> MutexGuard<'_, BTreeMap<&'static str, Work>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[cfg(test)]
mod tests {
    use super::{Account, Work};

    fn work(multiplications: u64, bytes_read: u64, bytes_written: u64) -> Work {
        Work {
            multiplications,
            bytes_read,
            bytes_written,
        }
    }

    #[test]
    fn work_adds_up() {
        let mut sum = work(1, 2, 3) + work(10, 20, 30);
        sum += work(100, 200, 300);
        assert_eq!(sum, work(111, 222, 333));
        assert_eq!(sum - work(11, 22, 33), work(100, 200, 300));
        assert_eq!(sum.bytes(), 555);
        assert_eq!([sum, sum].into_iter().sum::<Work>(), sum * 2);
        assert_eq!(work(u64::MAX, 0, 0) + work(1, 0, 0), work(u64::MAX, 0, 0));
    }

    #[test]
    fn operations_are_told_apart_and_snapshots_subtracted() {
        let account = Account::default();
        account.add("ntt", work(1, 2, 3));
        account.add("msm", work(4, 5, 6));
        let before = account.totals();
        account.add("ntt", work(10, 10, 10));
        assert_eq!(account.totals()["ntt"], work(11, 12, 13));
        let since = account.since(&before);
        assert_eq!(
            since.into_iter().collect::<Vec<_>>(),
            [("ntt", work(10, 10, 10))]
        );
    }
}

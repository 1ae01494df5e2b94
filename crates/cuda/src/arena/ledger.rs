//! Who holds how much device memory, and who held how much at the peak. Pure host code.

use std::{
    borrow::Cow,
    collections::{BTreeMap, HashMap},
    fmt,
};

/// Holdings listed one by one in a message; the rest are summed up.
const LISTED: usize = 8;

/// An allocation in the ledger.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(crate) struct EntryId(u64);

/// The names and sizes of all live allocations, and of those at the peak.
#[derive(Debug, Default)]
pub(crate) struct Ledger {
    next: u64,
    live: HashMap<EntryId, (Cow<'static, str>, u64)>,
    current_bytes: u64,
    peak_bytes: u64,
    /// Who held what at the peak, once something was freed after it.
    past_peak: Option<Vec<Holding>>,
}

/// All allocations of one name.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Holding {
    /// The name.
    pub name: String,
    /// How many allocations have it.
    pub allocations: usize,
    /// Their bytes together.
    pub bytes: u64,
}

/// What was held, largest first.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct LedgerReport {
    /// Bytes in all.
    pub bytes: u64,
    /// Who held them.
    pub holdings: Vec<Holding>,
}

impl Ledger {
    pub(crate) fn current_bytes(&self) -> u64 {
        self.current_bytes
    }

    pub(crate) fn add(&mut self, name: Cow<'static, str>, bytes: u64) -> EntryId {
        let id = EntryId(self.next);
        self.next += 1;
        self.live.insert(id, (name, bytes));
        self.current_bytes += bytes;
        if self.current_bytes > self.peak_bytes {
            self.peak_bytes = self.current_bytes;
            self.past_peak = None;
        }
        id
    }

    /// What is booked goes on under another name.
    pub(crate) fn rename(&mut self, id: EntryId, name: Cow<'static, str>) {
        self.keep_peak();
        if let Some(entry) = self.live.get_mut(&id) {
            entry.0 = name;
        }
    }

    pub(crate) fn remove(&mut self, id: EntryId) {
        self.keep_peak();
        if let Some((_, bytes)) = self.live.remove(&id) {
            self.current_bytes -= bytes;
        }
    }

    /// What is held now.
    pub(crate) fn current(&self) -> LedgerReport {
        LedgerReport {
            bytes: self.current_bytes,
            holdings: self.holdings(),
        }
    }

    /// What was held at the peak.
    pub(crate) fn peak(&self) -> LedgerReport {
        LedgerReport {
            bytes: self.peak_bytes,
            holdings: match &self.past_peak {
                Some(holdings) => holdings.clone(),
                None => self.holdings(),
            },
        }
    }

    /// Lets a new peak begin at what is held now.
    pub(crate) fn reset_peak(&mut self) {
        self.peak_bytes = self.current_bytes;
        self.past_peak = None;
    }

    /// Called before the holdings change other than by an allocation: the list of the peak is made
    /// when it is left, not with each allocation on the way up.
    fn keep_peak(&mut self) {
        if self.past_peak.is_none() && self.current_bytes == self.peak_bytes {
            self.past_peak = Some(self.holdings());
        }
    }

    fn holdings(&self) -> Vec<Holding> {
        let mut sums = BTreeMap::<&str, (usize, u64)>::new();
        for (name, bytes) in self.live.values() {
            let sum = sums.entry(name).or_default();
            sum.0 += 1;
            sum.1 += bytes;
        }
        let mut holdings: Vec<_> = sums
            .into_iter()
            .map(|(name, (allocations, bytes))| Holding {
                name: name.to_owned(),
                allocations,
                bytes,
            })
            .collect();
        holdings.sort_by_key(|holding| std::cmp::Reverse(holding.bytes));
        holdings
    }
}

impl LedgerReport {
    /// The report as it was before an allocation was booked.
    pub(super) fn without(mut self, name: &str, bytes: u64) -> Self {
        self.bytes = self.bytes.saturating_sub(bytes);
        if let Some(holding) = self
            .holdings
            .iter_mut()
            .find(|holding| holding.name == name)
        {
            holding.bytes = holding.bytes.saturating_sub(bytes);
            holding.allocations -= 1;
        }
        self.holdings.retain(|holding| holding.allocations > 0);
        self
    }
}

impl fmt::Display for LedgerReport {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if self.holdings.is_empty() {
            return f.write_str("nothing else is held");
        }
        write!(f, "held: {} bytes in all", self.bytes)?;
        for holding in self.holdings.iter().take(LISTED) {
            write!(f, ", {} {}", holding.name, holding.bytes)?;
            if holding.allocations > 1 {
                write!(f, " in {}", holding.allocations)?;
            }
        }
        match self.holdings.get(LISTED..) {
            Some(rest) if !rest.is_empty() => {
                let bytes: u64 = rest.iter().map(|holding| holding.bytes).sum();
                write!(f, ", {} others {bytes}", rest.len())
            }
            _ => Ok(()),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::{Holding, Ledger};

    fn holding(name: &str, allocations: usize, bytes: u64) -> Holding {
        Holding {
            name: name.to_owned(),
            allocations,
            bytes,
        }
    }

    #[test]
    fn the_peak_is_remembered_with_its_holders() {
        let mut ledger = Ledger::default();
        let bases = ledger.add("srs".into(), 100);
        let first = ledger.add("advice".into(), 30);
        let second = ledger.add("advice".into(), 40);
        ledger.remove(first);
        let small = ledger.add("lookup".into(), 20);
        assert_eq!(ledger.current_bytes(), 160);
        let peak = ledger.peak();
        assert_eq!(peak.bytes, 170);
        assert_eq!(
            peak.holdings,
            [holding("srs", 1, 100), holding("advice", 2, 70)]
        );
        ledger.remove(second);
        ledger.remove(small);
        assert_eq!(ledger.peak(), peak);
        ledger.remove(bases);
        assert_eq!(ledger.current().bytes, 0);
        assert!(ledger.current().holdings.is_empty());
        assert_eq!(ledger.peak(), peak);
    }

    #[test]
    fn a_higher_peak_replaces_the_list() {
        let mut ledger = Ledger::default();
        let first = ledger.add("a".into(), 5);
        ledger.remove(first);
        ledger.add("b".into(), 6);
        assert_eq!(ledger.peak().holdings, [holding("b", 1, 6)]);
        ledger.reset_peak();
        ledger.add("c".into(), 1);
        assert_eq!(ledger.peak().bytes, 7);
    }

    #[test]
    fn a_new_name_holds_from_then_on() {
        let mut ledger = Ledger::default();
        let column = ledger.add("a".into(), 5);
        ledger.rename(column, "a, extended".into());
        assert_eq!(ledger.current().holdings, [holding("a, extended", 1, 5)]);
        assert_eq!(ledger.peak().holdings, [holding("a", 1, 5)]);
        ledger.add("b".into(), 1);
        assert_eq!(ledger.peak(), ledger.current());
    }

    #[test]
    fn an_unknown_entry_changes_nothing() {
        let mut ledger = Ledger::default();
        let id = ledger.add("a".into(), 5);
        ledger.remove(id);
        ledger.remove(id);
        ledger.rename(id, "b".into());
        assert_eq!(ledger.current_bytes(), 0);
    }

    #[test]
    fn a_report_names_the_largest_and_sums_the_rest() {
        let mut ledger = Ledger::default();
        assert_eq!(ledger.current().to_string(), "nothing else is held");
        for i in 0..10 {
            ledger.add(format!("column[{i}]").into(), 100 - i);
        }
        ledger.add("srs".into(), 200);
        ledger.add("srs".into(), 300);
        let text = ledger.current().to_string();
        assert!(
            text.starts_with("held: 1455 bytes in all, srs 500 in 2, column[0] 100, column[1] 99,"),
            "{text}"
        );
        assert!(text.ends_with(", column[6] 94, 3 others 276"), "{text}");
    }
}

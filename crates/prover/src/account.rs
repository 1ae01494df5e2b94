//! What each stage of a proof takes, of whatever can be read off when one is entered and left.

use crate::meter::{Meter, Stage};

/// Something that is used up while a proof is made: time, memory, a device's work.
pub trait Account {
    /// How it stands at one moment.
    type Reading;
    /// What was used up between two moments.
    type Spent;

    /// How it stands now.
    fn read(&self) -> Self::Reading;

    /// Adds to `sum`, which is none before the first time, what was spent between two readings.
    fn add(&self, sum: &mut Option<Self::Spent>, from: &Self::Reading, to: &Self::Reading);

    /// The most bytes that were held at a time up to a reading, where memory is accounted for.
    fn peak_bytes(&self, _reading: &Self::Reading) -> u64 {
        0
    }

    /// See [`Meter::host_work`].
    fn host_work(&self, _operation: &'static str, _multiplications: u64) {}
}

/// Adds up an account per stage. A proof is in one stage at a time, so that the stages are disjoint and add
/// up to the whole.
pub struct AccountMeter<A: Account> {
    account: A,
    /// The stage that the proof is in, and how the account stood when it was entered.
    inside: Option<(Stage, A::Reading)>,
    /// In the order of [`Stage::ALL`]; none if the proof was never there.
    spent: [Option<A::Spent>; Stage::ALL.len()],
    peak: (u64, Stage),
}

impl<A: Account> AccountMeter<A> {
    /// A meter of this account.
    pub fn new(account: A) -> Self {
        Self {
            account,
            inside: None,
            spent: [const { None }; Stage::ALL.len()],
            peak: (0, Stage::Witness),
        }
    }

    /// What each stage took, in the order of [`Stage::ALL`]; none if the proof was never there, or has not
    /// left it.
    pub fn spent(self) -> [(Stage, Option<A::Spent>); Stage::ALL.len()] {
        let mut stages = Stage::ALL.into_iter();
        self.spent
            .map(|spent| (stages.next().expect("one for each stage"), spent))
    }

    /// The stage in which the account's high-water mark was reached.
    pub fn peak_stage(&self) -> Stage {
        self.peak.1
    }

    /// [`Meter::enter`], at a moment that was read before.
    pub fn enter_at(&mut self, stage: Stage, now: A::Reading) {
        self.leave_at(&now);
        self.inside = Some((stage, now));
    }

    /// [`Meter::leave`], at a moment that was read before.
    pub fn leave_at(&mut self, now: &A::Reading) {
        if let Some((stage, entered)) = self.inside.take() {
            let sum = &mut self.spent[stage as usize];
            self.account.add(sum, &entered, now);
            let peak_bytes = self.account.peak_bytes(now);
            if peak_bytes > self.peak.0 {
                self.peak = (peak_bytes, stage);
            }
        }
    }
}

impl<A: Account> Meter for AccountMeter<A> {
    fn enter(&mut self, stage: Stage) {
        self.enter_at(stage, self.account.read());
    }

    fn leave(&mut self) {
        self.leave_at(&self.account.read());
    }

    fn host_work(&mut self, operation: &'static str, multiplications: u64) {
        self.account.host_work(operation, multiplications);
    }
}

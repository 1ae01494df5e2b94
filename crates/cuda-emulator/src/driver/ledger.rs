//! What is counted, what fails on request, and what was found wrong.

use std::collections::BTreeMap;

use crate::control::{Aftermath, CopiedBytes, Failure, Fault, FaultKind, KernelReport, Leak};

use super::status::Status;

/// How many faults are kept; more are counted.
const KEPT_FAULTS: usize = 256;

/// The stand-in's account of one session.
#[derive(Default)]
pub struct Ledger {
    pub faults: Vec<Fault>,
    pub faults_dropped: u64,
    /// What went down with its context.
    pub lost: Vec<Leak>,
    pub calls: BTreeMap<&'static str, u64>,
    pub kernels: BTreeMap<String, KernelReport>,
    pub copied: CopiedBytes,
    print_faults: bool,
    /// Each planned failure and how many calls it has matched.
    failures: Vec<(Failure, u64)>,
}

impl Ledger {
    pub fn new(failures: &[Failure], print_faults: bool) -> Self {
        Self {
            print_faults,
            failures: failures
                .iter()
                .map(|failure| (failure.clone(), 0))
                .collect(),
            ..Self::default()
        }
    }

    /// Counts a call, and says how it fails where that was asked for.
    pub fn enter(&mut self, name: &'static str) -> Result<(), (Status, Aftermath)> {
        *self.calls.entry(name).or_default() += 1;
        let mut outcome = Ok(());
        for (failure, matched) in &mut self.failures {
            if failure.calls.contains(name) {
                *matched += 1;
                let again = failure.aftermath == Aftermath::SameAgain && *matched > failure.nth;
                if *matched == failure.nth || again {
                    outcome = Err((Status(failure.code), failure.aftermath));
                }
            }
        }
        outcome
    }

    /// Counts a call that never fails on request.
    pub fn count(&mut self, name: &'static str) {
        *self.calls.entry(name).or_default() += 1;
    }

    pub fn fault(&mut self, fault: Fault) {
        if self.print_faults {
            eprintln!("CUDA emulator: {fault}");
        }
        if self.faults.len() < KEPT_FAULTS {
            self.faults.push(fault);
        } else {
            self.faults_dropped += 1;
        }
    }

    /// A fault of the host's: a call, with no place in a kernel.
    pub fn host_fault(
        &mut self,
        kind: FaultKind,
        operation: &str,
        address: Option<u64>,
        message: String,
    ) {
        self.fault(Fault {
            kind,
            operation: operation.to_owned(),
            site: None,
            address,
            message,
        });
    }

    pub fn forgive(&mut self) {
        self.faults.clear();
        self.faults_dropped = 0;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_nth_call_of_a_name_fails_and_no_other() {
        let failures = [Failure::of("cuMemAlloc", 2, 2), Failure::of_any(5, 999)];
        let mut ledger = Ledger::new(&failures, false);
        let mut call = |name| ledger.enter(name).err().map(|(status, _)| status.0);
        assert_eq!(call("cuMemAlloc_v2"), None);
        assert_eq!(call("cuMemAllocAsync"), None);
        assert_eq!(call("cuMemAlloc_v2"), Some(2));
        assert_eq!(call("cuMemAlloc_v2"), None);
        assert_eq!(call("cuInit"), Some(999));
        assert_eq!(call("cuInit"), None);
        assert_eq!(ledger.calls["cuMemAlloc_v2"], 3);
    }

    #[test]
    fn allocations_fail_from_the_nth_on() {
        let failures = [Failure::of_allocation(2).lasting(), Failure::device_lost(6)];
        let mut ledger = Ledger::new(&failures, false);
        let mut call = |name| ledger.enter(name).err();
        let full = Some((Status::OUT_OF_MEMORY, Aftermath::SameAgain));
        assert_eq!(call("cuMemHostAlloc"), None);
        assert_eq!(call("cuMemAlloc_v2"), full);
        assert_eq!(call("cuMemFree_v2"), None);
        assert_eq!(call("cuMemAllocAsync"), full);
        assert_eq!(call("cuMemAllocAsync"), full);
        assert_eq!(call("cuGetErrorName"), None);
        let lost = Some((Status::LAUNCH_FAILED, Aftermath::DeviceLost));
        assert_eq!(call("cuMemFree_v2"), lost);
    }
}

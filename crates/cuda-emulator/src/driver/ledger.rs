//! What is counted, what fails on request, and what was found wrong.

use std::collections::BTreeMap;

use crate::control::{CopiedBytes, Failure, Fault, FaultKind, KernelReport, Leak};

use super::status::{Outcome, Status};

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

    /// Counts a call, and fails it where that was asked for.
    pub fn enter(&mut self, name: &'static str) -> Outcome {
        *self.calls.entry(name).or_default() += 1;
        let mut outcome = Ok(());
        for (failure, matched) in &mut self.failures {
            if failure.call.as_deref().is_none_or(|call| names(call, name)) {
                *matched += 1;
                if *matched == failure.nth {
                    outcome = Err(Status(failure.code));
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

/// Whether `call` names the entry point `name`: `cuMemAlloc` names `cuMemAlloc_v2`.
fn names(call: &str, name: &str) -> bool {
    match name.strip_prefix(call) {
        Some("") => true,
        Some(rest) => (rest.strip_prefix("_v"))
            .is_some_and(|version| version.bytes().all(|byte| byte.is_ascii_digit())),
        None => false,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_nth_call_of_a_name_fails_and_no_other() {
        let failures = [Failure::of("cuMemAlloc", 2, 2), Failure::of_any(5, 999)];
        let mut ledger = Ledger::new(&failures, false);
        let mut call = |name| ledger.enter(name).err().map(|status| status.0);
        assert_eq!(call("cuMemAlloc_v2"), None);
        assert_eq!(call("cuMemAllocAsync"), None);
        assert_eq!(call("cuMemAlloc_v2"), Some(2));
        assert_eq!(call("cuMemAlloc_v2"), None);
        assert_eq!(call("cuInit"), Some(999));
        assert_eq!(call("cuInit"), None);
        assert_eq!(ledger.calls["cuMemAlloc_v2"], 3);
    }
}

//! What is to be measured.

use halo2_axiom::halo2curves::bn256::Fr;
use halo2_offload_engine::CpuKernels;
use halo2_offload_prover::{check_rows, Multiopen};
use halo2_offload_workloads::{find, WorkloadError, MAX_K};
use std::{env, path::PathBuf};

use crate::{
    error::{Error, Result},
    host::Host,
    report::RunFacts,
    rung::Rung,
    srs::{check_srs, srs_bytes, POINT_BYTES},
    table::describe_bytes,
    worker::DeviceChoice,
};

/// What is measured if nothing is asked for: small enough for two minutes on two cores, keys
/// included.
pub const DEFAULT_WORKLOADS: [(&str, u32); 2] = [("plonk", 15), ("lookup", 15)];

/// Proofs of one rung at most: of more, no statistics need to be kept.
const MOST_RUNS: usize = 1_000_000;

/// A workload at one size.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct WorkloadPlan {
    /// Its name in the catalogue.
    pub name: &'static str,
    /// log2 of the number of rows.
    pub k: u32,
}

impl WorkloadPlan {
    /// The workload of that name; without k, at its default size.
    ///
    /// # Errors
    ///
    /// If there is none, or it does not come in this size.
    pub fn new(name: &str, k: Option<u32>) -> Result<Self> {
        let info = find(name)?;
        let (name, k) = (info.name, k.unwrap_or(info.default_k));
        if k < info.min_k {
            let min_k = info.min_k;
            return Err(WorkloadError::KTooSmall { name, k, min_k }.into());
        }
        if k > MAX_K {
            let max_k = MAX_K;
            return Err(WorkloadError::KTooLarge { name, k, max_k }.into());
        }
        // Stock keys, verifying keys too, are made of what is left of the constraint system.
        let most = env::var("MAX_DEGREE")
            .ok()
            .and_then(|most| most.parse().ok());
        if let Some(most) = most.filter(|most: &usize| *most < info.degree) {
            return Err(Error::Plan(format!(
                "the environment variable MAX_DEGREE is {most}, to which halo2-axiom cuts constraint systems down, and \
                 workload {name} needs degree {}: unset it, which means 5",
                info.degree
            )));
        }
        check_rows::<Fr>(k, info.degree)
            .map_err(|error| Error::Plan(format!("workload `{name}`: {error}")))?;
        let (srs, memory) = (srs_bytes(k, POINT_BYTES), Host::look().memory_bytes());
        if memory.is_some_and(|memory| srs > memory) {
            return Err(Error::Plan(format!(
                "k = {k} is too large for this machine: the SRS alone takes {}, and there are {}",
                describe_bytes(srs),
                describe_bytes(memory.unwrap_or_default())
            )));
        }
        Ok(Self { name, k })
    }
}

/// A measurement, checked.
#[derive(Clone, Debug)]
pub struct Plan {
    /// What is proven.
    pub workloads: Vec<WorkloadPlan>,
    /// On which rungs, from below, and why not on some.
    pub rungs: Vec<(Rung, Option<String>)>,
    /// Proofs measured per rung.
    pub runs: usize,
    /// Proofs made before, per rung.
    pub warmup_runs: usize,
    /// The multi-opening argument.
    pub multiopen: Multiopen,
    /// Of the witness and of the prover's randomness.
    pub seed: u64,
    /// The device, if there is one to use.
    pub device: Option<DeviceChoice>,
    /// An SRS to use instead of an insecure one.
    pub srs: Option<PathBuf>,
    /// Where it is noted which SRS files were checked ([`crate::srs()`]).
    pub checked_srs: Option<PathBuf>,
    /// Where to put the work folder, which holds the keys.
    pub work: PathBuf,
    /// The version of halo2-offload.
    pub version: String,
    /// The command line.
    pub command: Vec<String>,
}

impl Plan {
    /// Checks that there is something to do.
    ///
    /// # Errors
    ///
    /// If there are no runs, no workloads, or no rung that can run, or the SRS cannot be what it
    /// says it is.
    pub fn check(&self) -> Result<()> {
        if self.runs.max(self.warmup_runs) > MOST_RUNS {
            return Err(Error::Plan(format!(
                "--runs and --warmup are at most {MOST_RUNS}: {} and {} were asked for",
                self.runs, self.warmup_runs
            )));
        }
        if self.runs == 0 {
            return Err(Error::Plan(
                "0 runs measure nothing: use --runs 1 or more".to_owned(),
            ));
        }
        if self.workloads.is_empty() {
            return Err(Error::Plan("no workload was named".to_owned()));
        }
        if self.measured().next().is_none() {
            let mut reasons = self.rungs.iter().filter_map(|(_, reason)| reason.as_ref());
            return Err(Error::Plan(format!(
                "none of the rungs asked for can run here: {}. `--rungs stock,cpu` runs everywhere",
                reasons.next().map_or("there are none", String::as_str)
            )));
        }
        for path in [Some(&self.work), self.srs.as_ref()].into_iter().flatten() {
            if path.to_str().is_none() {
                return Err(Error::Plan(format!(
                    "the path {} is not UTF-8, in which worker processes are told of it: use another, with --work \
                     for the work folder",
                    path.display()
                )));
            }
        }
        let largest = self.workloads.iter().map(|workload| workload.k).max();
        match &self.srs {
            Some(path) => check_srs(path, largest.unwrap_or_default()),
            None => Ok(()),
        }
    }

    /// The rungs that are not skipped.
    pub fn measured(&self) -> impl Iterator<Item = Rung> + '_ {
        let can_run = self.rungs.iter().filter(|(_, reason)| reason.is_none());
        can_run.map(|(rung, _)| *rung)
    }

    pub(crate) fn facts(&self) -> RunFacts {
        RunFacts {
            version: self.version.clone(),
            command: self.command.clone(),
            seed: self.seed,
            runs: self.runs,
            warmup_runs: self.warmup_runs,
            multiopen: self.multiopen,
            srs: match &self.srs {
                Some(path) => path.display().to_string(),
                None => "insecure: made for this run, trapdoor known".to_owned(),
            },
            cpu_kernels: Some(CpuKernels::default().name().to_owned()),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sizes_that_cannot_be() {
        let message = |name, k| {
            let error = WorkloadPlan::new(name, Some(k)).expect_err("no such size");
            error.to_string()
        };
        assert!(message("plonk", 1).contains("at least 5"));
        assert!(message("plonk", MAX_K + 1).contains("up to 28"));
        assert!(message("plonk", MAX_K).contains("the largest k is 27"));
        assert!(message("lookup", 27).contains("the largest k is 26"));
        assert!(message("sudoku", 8).contains("lookup"));
    }

    #[test]
    fn defaults_exist() {
        for (name, k) in DEFAULT_WORKLOADS {
            WorkloadPlan::new(name, Some(k)).expect("a workload");
        }
    }
}

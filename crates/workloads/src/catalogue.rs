use crate::{
    base::BaseWorkload,
    ecdsa::{self, Ecdsa},
    lookup::{self, LookupWorkload},
    openvm::{self, Outer, Wrapper},
    pairing::{self, Pairing},
    plonk::{self, PlonkWorkload},
    poseidon::{self, Poseidon},
    wide::{self, WideWorkload},
    Workload, WorkloadError,
};

/// The largest k of any workload: BN254's scalar field has 2^28-th roots of unity, no more. A prover needs some
/// of them for the quotient, the more the higher the degree.
pub const MAX_K: u32 = 28;

/// What is known of a workload before it is made.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct WorkloadInfo {
    /// The name that [`visit`] takes.
    pub name: &'static str,
    /// What the circuit is, in a sentence or two.
    pub summary: &'static str,
    /// The smallest k that the circuit fits into.
    pub min_k: u32,
    /// The k that is measured if none is given.
    pub default_k: u32,
    /// Degree of the constraint system at the k where it is largest.
    pub degree: usize,
    /// Whether it proves something that people prove, rather than being shaped like it.
    pub real: bool,
}

static ALL: [WorkloadInfo; 8] = [
    plonk::INFO,
    lookup::INFO,
    poseidon::INFO,
    ecdsa::INFO,
    pairing::INFO,
    wide::INFO,
    openvm::OUTER,
    openvm::WRAPPER,
];

/// All workloads.
pub fn all() -> &'static [WorkloadInfo] {
    &ALL
}

/// The workload of that name; the error names those that exist.
pub fn find(name: &str) -> Result<&'static WorkloadInfo, WorkloadError> {
    ALL.iter()
        .find(|info| info.name == name)
        .ok_or_else(|| unknown(name))
}

/// Something to do with a workload, whatever its circuit type.
pub trait Visitor {
    /// What comes of it.
    type Output;

    /// Called once, with the workload.
    fn visit<W: Workload>(self, workload: W) -> Self::Output;
}

/// Makes the workload of that name, size and seed, and calls `visitor` with it.
pub fn visit<V: Visitor>(
    name: &str,
    k: u32,
    seed: u64,
    visitor: V,
) -> Result<V::Output, WorkloadError> {
    let info = find(name)?;
    if k < info.min_k {
        return Err(WorkloadError::KTooSmall {
            name: info.name,
            k,
            min_k: info.min_k,
        });
    }
    if k > MAX_K {
        return Err(WorkloadError::KTooLarge {
            name: info.name,
            k,
            max_k: MAX_K,
        });
    }
    match info.name {
        plonk::NAME => Ok(visitor.visit(PlonkWorkload::new(k, seed))),
        lookup::NAME => Ok(visitor.visit(LookupWorkload::new(k, seed))),
        poseidon::NAME => Ok(visitor.visit(BaseWorkload::new(k, Poseidon::new(k, seed)))),
        ecdsa::NAME => Ok(visitor.visit(BaseWorkload::new(k, Ecdsa::new(k, seed)))),
        pairing::NAME => Ok(visitor.visit(BaseWorkload::new(k, Pairing::new(k, seed)))),
        wide::NAME => Ok(visitor.visit(WideWorkload::new(k, seed))),
        openvm::OUTER_NAME => Ok(visitor.visit(BaseWorkload::new(k, Outer::new(k, seed)))),
        openvm::WRAPPER_NAME => Ok(visitor.visit(BaseWorkload::new(k, Wrapper::new(k, seed)))),
        _ => Err(unknown(name)),
    }
}

fn unknown(name: &str) -> WorkloadError {
    let known: Vec<_> = ALL.iter().map(|info| info.name).collect();
    WorkloadError::UnknownName {
        name: name.to_owned(),
        known: known.join(", "),
    }
}

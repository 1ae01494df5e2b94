use thiserror::Error;

/// Why there is no such workload.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
pub enum WorkloadError {
    /// No workload has this name.
    #[error("there is no workload named {name:?}; there are: {known}")]
    UnknownName {
        /// What was asked for.
        name: String,
        /// The names that exist, separated by commas.
        known: String,
    },
    /// The circuit does not fit into 2^k rows.
    #[error("workload `{name}` needs k of at least {min_k}, not {k}")]
    KTooSmall {
        /// The workload.
        name: &'static str,
        /// What was asked for.
        k: u32,
        /// The smallest k that works.
        min_k: u32,
    },
    /// The scalar field has no root of unity of order 2^k.
    #[error("workload `{name}` takes k up to {max_k}, not {k}")]
    KTooLarge {
        /// The workload.
        name: &'static str,
        /// What was asked for.
        k: u32,
        /// The largest k that works.
        max_k: u32,
    },
}

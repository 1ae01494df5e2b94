//! What is where: the decisions that trade device memory for time.

use crate::field::ScalarField;
use halo2_offload_engine::Kept;

/// Where columns are.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Place {
    /// In device memory.
    Device,
    /// In host memory: an operation brings the column to the device for as long as it takes.
    Host,
}

/// What is where, and how much memory work may take. Any placement gives the same proofs; those with
/// less on the device move more across the bus.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Placement {
    /// The columns of the key: fixed and permutation polynomials.
    pub key: Place,
    /// The columns that a proof opens.
    pub proof: Place,
    /// Bytes that the multiples of each half of the SRS may take, the points themselves apart.
    pub table_bytes: u64,
    /// Bytes of workspace that a multi-scalar multiplication stays below, as far as possible.
    pub workspace_bytes: u64,
    /// Extended columns that are kept for later segments of the quotient, at most.
    pub working_columns: usize,
}

impl Placement {
    /// The smallest for columns of n rows: nothing stays on the device but the points of the SRS. With
    /// less workspace than two columns, multiplications fall into so many parts that these take more.
    pub fn smallest(n: usize) -> Self {
        Self {
            key: Place::Host,
            proof: Place::Host,
            table_bytes: 0,
            workspace_bytes: 2 * (n * size_of::<ScalarField>()) as u64,
            working_columns: 0,
        }
    }

    /// Everything on the device, with multiples of the SRS and workspace by the memory that is free.
    pub fn resident(free_bytes: u64) -> Self {
        Self {
            key: Place::Device,
            proof: Place::Device,
            // halo2 commits in two bases.
            table_bytes: free_bytes / 6,
            workspace_bytes: free_bytes / 8,
            working_columns: usize::MAX,
        }
    }

    /// Where columns that are kept so long are.
    pub(super) fn place(&self, kept: Kept) -> Place {
        match kept {
            Kept::WithKey => self.key,
            Kept::WithProof => self.proof,
            Kept::Briefly => Place::Device,
        }
    }
}

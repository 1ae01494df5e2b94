//! A digest of a program's content.

use std::{
    fmt,
    hash::{Hash, Hasher},
};

use ff::PrimeField;
use sha2::{Digest as _, Sha256};

use super::Program;

/// SHA-256 of all that a program computes: equal programs have equal digests, and different ones
/// different digests. Stable within a build of this crate: engines keep what they make of a program
/// under it for as long as they live, and not beyond.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub struct Digest([u8; 32]);

impl Digest {
    /// Of a program's parts, whatever its digest is so far. Slices hash their lengths too, so that no
    /// two lists of parts run into the same bytes; the other fields follow from these.
    pub(super) fn of<F: PrimeField>(program: &Program<F>) -> Self {
        let mut state = Sha256State(Sha256::new());
        program.constants.len().hash(&mut state);
        for constant in &program.constants {
            constant.to_repr().as_ref().hash(&mut state);
        }
        program.scalars.hash(&mut state);
        program.uniform_steps.hash(&mut state);
        program.queries.hash(&mut state);
        program.steps.hash(&mut state);
        program.outputs.hash(&mut state);
        Self(state.0.finalize().into())
    }
}

impl fmt::Display for Digest {
    /// The first 8 bytes: enough to tell programs apart in messages.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0[..8]
            .iter()
            .try_for_each(|byte| write!(f, "{byte:02x}"))
    }
}

/// What the standard library's [`Hash`] writes, into SHA-256.
struct Sha256State(Sha256);

impl Hasher for Sha256State {
    fn write(&mut self, bytes: &[u8]) {
        self.0.update(bytes);
    }

    fn finish(&self) -> u64 {
        let digest: [u8; 32] = self.0.clone().finalize().into();
        u64::from_le_bytes(std::array::from_fn(|i| digest[i]))
    }
}

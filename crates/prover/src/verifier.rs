//! What the verifier of a key's proofs has, and what it checks last.

use halo2_offload_engine::halo2curves::CurveAffine;

/// The pairing of the curve with the SRS's points of the second group. The prover is free of both groups'
/// pairing: a frontend brings it.
pub trait Pairing<C: CurveAffine>: Send + Sync {
    /// Whether e(a, \[s\]H) = e(b, H), H and \[s\]H being the SRS's points of the second group.
    fn holds(&self, a: C, b: C) -> bool;
}

/// What the verifier of a key's proofs has: with it, a proof is checked before it leaves.
pub struct VerifierSide<C> {
    /// The generator, \[1\]G of the SRS.
    pub generator: C,
    /// The commitments of the fixed columns.
    pub fixed_commitments: Vec<C>,
    /// The commitments of the permutation columns.
    pub permutation_commitments: Vec<C>,
    /// The pairing.
    pub pairing: Box<dyn Pairing<C>>,
}

//! What is told when a proof goes from one stage to the next.

/// A stage of a proof.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Stage {
    /// Synthesis: the circuit computes its advice.
    Witness,
    /// Fractions inverted, blinding rows, upload, commitments of advice columns.
    Advice,
    /// Lookup arguments: compression, A' and S', their commitments.
    Lookup,
    /// Grand products of the permutation and lookup arguments, their commitments.
    Permutation,
    /// Interpolation of what is left, the blinding polynomial, the quotient, its commitments.
    Quotient,
    /// Evaluations at x.
    Evaluations,
    /// The multi-opening argument.
    Multiopen,
    /// The proof checked, before it leaves: the identity at x, and the pairing.
    SelfCheck,
}

impl Stage {
    /// All stages, in the order in which a proof first enters them, but for the self-check, where it ends.
    pub const ALL: [Stage; 8] = [
        Stage::Witness,
        Stage::Advice,
        Stage::Lookup,
        Stage::Permutation,
        Stage::Quotient,
        Stage::Evaluations,
        Stage::Multiopen,
        Stage::SelfCheck,
    ];

    /// The name used in reports.
    pub fn name(self) -> &'static str {
        match self {
            Stage::Witness => "witness",
            Stage::Advice => "advice",
            Stage::Lookup => "lookup",
            Stage::Permutation => "permutation",
            Stage::Quotient => "quotient",
            Stage::Evaluations => "evaluations",
            Stage::Multiopen => "multiopen",
            Stage::SelfCheck => "self-check",
        }
    }
}

/// Is told when a proof goes from one stage to another. A proof is in exactly one stage at a time,
/// from the first call to the last: stages are disjoint and add up to the whole. The witness and
/// advice stages alternate where there are several phases or circuits; the self-check is entered between the
/// evaluations, and at the end.
pub trait Meter {
    /// The proof enters `stage`, leaving the one before.
    fn enter(&mut self, stage: Stage);
    /// The proof is finished.
    fn leave(&mut self) {}
    /// On an engine without data: what the prover would compute itself in this stage, beside its engine.
    fn host_work(&mut self, _operation: &'static str, _multiplications: u64) {}
}

/// Measures nothing.
impl Meter for () {
    fn enter(&mut self, _: Stage) {}
}

impl<M: Meter + ?Sized> Meter for &mut M {
    fn enter(&mut self, stage: Stage) {
        (**self).enter(stage);
    }

    fn leave(&mut self) {
        (**self).leave();
    }

    fn host_work(&mut self, operation: &'static str, multiplications: u64) {
        (**self).host_work(operation, multiplications);
    }
}

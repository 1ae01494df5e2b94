//! The meter at the doors between the prover's rooms.

/// A phase of the protocol.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Room {
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

impl Room {
    /// All rooms, in the order in which a proof first enters them, but for the self-check, where it ends.
    pub const ALL: [Room; 8] = [
        Room::Witness,
        Room::Advice,
        Room::Lookup,
        Room::Permutation,
        Room::Quotient,
        Room::Evaluations,
        Room::Multiopen,
        Room::SelfCheck,
    ];

    /// The name used in reports.
    pub fn name(self) -> &'static str {
        match self {
            Room::Witness => "witness",
            Room::Advice => "advice",
            Room::Lookup => "lookup",
            Room::Permutation => "permutation",
            Room::Quotient => "quotient",
            Room::Evaluations => "evaluations",
            Room::Multiopen => "multiopen",
            Room::SelfCheck => "self-check",
        }
    }
}

/// Is told when a proof goes from one room to another. A proof is in exactly one room at a time,
/// from the first call to the last: rooms are disjoint and add up to the whole. The witness and
/// advice rooms alternate where there are several phases or circuits; the self-check is entered between the
/// evaluations, and at the end.
pub trait Meter {
    /// The proof enters `room`, leaving the one before.
    fn enter(&mut self, room: Room);
    /// The proof is finished.
    fn leave(&mut self) {}
    /// On an engine without data: what the prover would compute itself in this room, beside its engine.
    fn host_work(&mut self, _operation: &'static str, _multiplications: u64) {}
}

/// Measures nothing.
impl Meter for () {
    fn enter(&mut self, _: Room) {}
}

impl<M: Meter + ?Sized> Meter for &mut M {
    fn enter(&mut self, room: Room) {
        (**self).enter(room);
    }

    fn leave(&mut self) {
        (**self).leave();
    }

    fn host_work(&mut self, operation: &'static str, multiplications: u64) {
        (**self).host_work(operation, multiplications);
    }
}

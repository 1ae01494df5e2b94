//! Where the witness comes from.

use crate::error::ProverError;

/// The witness of one circuit.
pub trait WitnessSource<F> {
    /// Computes the advice columns, phase by phase: calls [`AdviceSink::close_phase`] once for each
    /// phase, in order. Challenges of a phase can be read once it is closed.
    fn synthesize(&mut self, sink: &mut dyn AdviceSink<F>) -> Result<(), ProverError>;
}

/// The prover's side of synthesis.
pub trait AdviceSink<F> {
    /// The phase that is open; the number of phases once all are closed.
    fn phase(&self) -> u8;

    /// A challenge, if it has been squeezed.
    fn challenge(&self, index: usize) -> Option<F>;

    /// Ends the open phase: takes in its advice columns, commits to them and squeezes its
    /// challenges. `column(i)` gives the n values of advice column i; its blinding rows are
    /// overwritten. It is called once for each column of the phase, in order, so that a source can
    /// give the memory of each back, and not at all by engines without data.
    fn close_phase(&mut self, column: &mut dyn FnMut(usize) -> Vec<F>) -> Result<(), ProverError>;
}

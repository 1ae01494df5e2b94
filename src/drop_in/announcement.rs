//! Which prover ran: counted, and said once on stderr where the feature `announce` is on.

use std::sync::{
    atomic::{AtomicU64, Ordering},
    Once,
};

static OFFLOAD: Prover = Prover::new();
static STOCK: Prover = Prover::new();

/// A prover, and whether anybody was told of it.
struct Prover {
    proofs: AtomicU64,
    announced: Once,
}

impl Prover {
    const fn new() -> Self {
        Self {
            proofs: AtomicU64::new(0),
            announced: Once::new(),
        }
    }

    fn ran(&self, what: impl FnOnce() -> String) {
        self.proofs.fetch_add(1, Ordering::Relaxed);
        self.announced.call_once(|| say(&what()));
    }
}

/// How many proofs were begun by which prover, in this process.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct ProversRan {
    /// By ours.
    pub offload: u64,
    /// By halo2-axiom's own.
    pub stock: u64,
}

/// How many proofs [`create_proof`](crate::create_proof) and
/// [`create_proof_from_advice`](crate::create_proof_from_advice) have begun with our prover, and how many
/// they have handed on to halo2-axiom's.
pub fn provers_ran() -> ProversRan {
    ProversRan {
        offload: OFFLOAD.proofs.load(Ordering::Relaxed),
        stock: STOCK.proofs.load(Ordering::Relaxed),
    }
}

pub(super) fn offload_ran(place: &str) {
    tracing::info!(place, "proves");
    OFFLOAD.ran(|| format!("proves here, {place}"));
}

pub(super) fn stock_ran(why: &str) {
    tracing::info!(why, "halo2-axiom's own prover proves");
    STOCK.ran(|| format!("halo2-axiom's own prover proves here: {why}"));
}

/// A line on stderr, for programs that know nothing of this library. Where stderr is closed nobody reads it.
#[cfg(feature = "announce")]
pub(super) fn say(what: &str) {
    use std::io::Write;
    let line = format!("halo2-offload {}: {what}\n", env!("CARGO_PKG_VERSION"));
    let _ = std::io::stderr().write_all(line.as_bytes());
}

#[cfg(not(feature = "announce"))]
pub(super) fn say(_: &str) {}

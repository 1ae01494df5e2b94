//! halo2-axiom 0.5.3 with the prover of halo2-offload.
//!
//! All of it is the stock crate's own, types and traits included, but for
//! [`plonk::create_proof`] and [`plonk::create_proof_from_advice`]. These take what the stock ones
//! take, and leave to the stock prover what halo2-offload does not prove.

pub use stock::*;

pub mod plonk {
    //! The stock module, with the prover of halo2-offload.

    // A name that is given beats one that a glob brings in.
    pub use halo2_offload::{create_proof, create_proof_from_advice};
    pub use stock::plonk::*;
}

pub mod offload {
    //! Which prover ran. The stock crate has no such module.

    pub use halo2_offload::{provers_ran, ProversRan};
}

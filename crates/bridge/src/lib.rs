//! From halo2-axiom's generic callers to the types that they are.
//!
//! `create_proof` of halo2-axiom is generic in the commitment scheme, and so are most who call it. Our
//! prover is for KZG on BN254. What a call is about is known when it is compiled, but Rust has no way
//! to write "where Scheme is this type, do that": [`KzgBn256::of`] asks for the types' identity, and
//! what it returns turns arguments over the caller's type parameters into the same arguments over
//! [`Fr`](halo2_axiom::halo2curves::bn256::Fr) and
//! [`G1Affine`](halo2_axiom::halo2curves::bn256::G1Affine). Nothing is copied or converted: all of it
//! compiles to nothing.
//!
//! The unsafe code is in one file, `same.rs`.

mod circuit;
mod same;
mod scheme;
mod transcript;

pub use circuit::BridgedCircuit;
pub use scheme::KzgBn256;
pub use transcript::BridgedTranscript;

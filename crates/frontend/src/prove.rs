//! Proofs with a key that is on an engine.

use halo2_axiom::{
    halo2curves::bn256::{Fr, G1Affine},
    plonk::Circuit,
};
use halo2_offload_prover::{Meter, Multiopen, Transcript};
use rand_core::RngCore;

use crate::{
    error::Error,
    resident_key::{Bn256Engine, ResidentKey},
    transcript::{MultiopenScheme, StockTranscript},
    witness::{AdviceColumns, Circuits, Witness},
};

/// Proves that each circuit is satisfied with its instances: `create_proof` of halo2-axiom, with a
/// key that has been loaded before. The type parameters are the multi-opening argument
/// (`ProverSHPLONK` or `ProverGWC`), the encoding of challenges, and three that follow from the
/// arguments.
///
/// `instances` has one slice of columns a circuit, without padding.
///
/// # Errors
///
/// If the circuits do not fit the key, the witness or the instances are not complete, or the engine fails;
/// and, unless [`ResidentKey::unsatisfied`] asks for stock's behaviour, if the proof is not one that a verifier
/// accepts, because a gate, a copy or a lookup is not satisfied for one. The transcript is of no use then.
pub fn prove<P, Ch, E, T, C>(
    engine: &E,
    key: &ResidentKey<E>,
    circuits: &[C],
    instances: &[&[&[Fr]]],
    rng: impl RngCore,
    transcript: &mut T,
) -> Result<(), Error>
where
    P: MultiopenScheme,
    E: Bn256Engine,
    T: StockTranscript<Ch>,
    C: Circuit<Fr>,
{
    prove_metered::<P, Ch, E, T, C>(engine, key, circuits, instances, rng, transcript, &mut ())
}

/// [`prove`], with a meter that is told of each stage of the proof.
pub fn prove_metered<P, Ch, E, T, C>(
    engine: &E,
    key: &ResidentKey<E>,
    circuits: &[C],
    instances: &[&[&[Fr]]],
    rng: impl RngCore,
    transcript: &mut T,
    meter: &mut impl Meter,
) -> Result<(), Error>
where
    P: MultiopenScheme,
    E: Bn256Engine,
    T: StockTranscript<Ch>,
    C: Circuit<Fr>,
{
    prove_witness::<P, Ch, E, T>(
        engine,
        key,
        &mut Circuits(circuits.iter().collect()),
        instances,
        rng,
        transcript,
        meter,
    )
}

/// Proves that advice columns satisfy the circuit with the instances: `create_proof_from_advice` of
/// halo2-axiom, with a key that has been loaded before. For one circuit of one phase, whose witness was
/// made by other means than synthesis.
///
/// `advice` has one vector of 2^k values for each advice column of the key; those in rows that are not
/// usable are overwritten. `instances` has the instance columns, without padding.
///
/// # Errors
///
/// If there are not as many columns as the key has, one is not of 2^k values, or the circuit has several
/// phases; and as [`prove`].
pub fn prove_from_advice<P, Ch, E, T>(
    engine: &E,
    key: &ResidentKey<E>,
    instances: &[&[Fr]],
    advice: Vec<Vec<Fr>>,
    rng: impl RngCore,
    transcript: &mut T,
) -> Result<(), Error>
where
    P: MultiopenScheme,
    E: Bn256Engine,
    T: StockTranscript<Ch>,
{
    prove_witness::<P, Ch, E, T>(
        engine,
        key,
        &mut AdviceColumns(advice),
        &[instances],
        rng,
        transcript,
        &mut (),
    )
}

fn prove_witness<P, Ch, E, T>(
    engine: &E,
    key: &ResidentKey<E>,
    witness: &mut dyn Witness,
    instances: &[&[&[Fr]]],
    mut rng: impl RngCore,
    transcript: &mut T,
    meter: &mut dyn Meter,
) -> Result<(), Error>
where
    P: MultiopenScheme,
    E: Bn256Engine,
    T: StockTranscript<Ch>,
{
    halo2_offload_prover::prove(
        engine,
        key.key(),
        key.lagrange_srs(),
        key.choices(P::MULTIOPEN),
        &mut witness.sources(key.circuit(), instances)?,
        instances,
        &mut rng,
        &mut transcript.for_prover(),
        meter,
    )?;
    Ok(())
}

/// [`prove`] or [`prove_from_advice`], as the last proof with this key: the half of the SRS that values
/// are committed with is dropped before the quotient, where the prover needs most memory. That is two
/// columns. The multi-opening argument is a value here, and the transcript the prover's, for callers
/// who are generic in both.
pub fn prove_once<E: Bn256Engine>(
    engine: &E,
    key: ResidentKey<E>,
    multiopen: Multiopen,
    witness: &mut dyn Witness,
    instances: &[&[&[Fr]]],
    rng: &mut dyn RngCore,
    transcript: &mut dyn Transcript<G1Affine>,
) -> Result<(), Error> {
    let choices = key.choices(multiopen);
    let (key, lagrange_srs) = key.into_parts();
    halo2_offload_prover::prove(
        engine,
        &key,
        lagrange_srs,
        choices,
        &mut witness.sources(key.circuit(), instances)?,
        instances,
        rng,
        transcript,
        &mut (),
    )?;
    Ok(())
}

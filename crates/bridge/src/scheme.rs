//! Whether a call is about KZG on BN254, and its arguments if it is.

use halo2_axiom::{
    halo2curves::{
        bn256::{Bn256, Fr, G1Affine},
        CurveAffine,
    },
    plonk::{AdviceColumns, Circuit, ProvingKey},
    poly::{
        commitment::{CommitmentScheme, Prover},
        kzg::{
            commitment::ParamsKZG,
            multiopen::{ProverGWC, ProverSHPLONK},
        },
    },
};
use halo2_offload_prover::Multiopen;
use ref_cast::RefCast;
use std::{any::TypeId, marker::PhantomData};

use crate::{
    circuit::BridgedCircuit,
    same::{self, OverCurve, SameCurve},
    transcript::BridgedTranscript,
};

/// A call that is about KZG on BN254 with SHPLONK or GWC: its SRS and its multi-opening argument, and
/// how its other arguments are had.
pub struct KzgBn256<'params, Scheme: CommitmentScheme> {
    /// The SRS.
    pub params: &'params ParamsKZG<Bn256>,
    /// The multi-opening argument.
    pub multiopen: Multiopen,
    curve: SameCurve<Scheme::Curve>,
}

struct OfKey<'a>(PhantomData<&'a ()>);
impl<'a> OverCurve for OfKey<'a> {
    type Of<C: CurveAffine> = &'a ProvingKey<C>;
}

/// The instances of one circuit.
struct OfInstances<'c, 'v>(PhantomData<(&'c (), &'v ())>);
impl<'c, 'v: 'c> OverCurve for OfInstances<'c, 'v> {
    type Of<C: CurveAffine> = &'c [&'v [C::ScalarExt]];
}

/// The instances of all circuits of a proof.
struct OfAllInstances<'a, 'c, 'v>(PhantomData<(&'a (), &'c (), &'v ())>);
impl<'a, 'c: 'a, 'v: 'c> OverCurve for OfAllInstances<'a, 'c, 'v> {
    type Of<C: CurveAffine> = &'a [&'c [&'v [C::ScalarExt]]];
}

struct OfAdvice;
impl OverCurve for OfAdvice {
    type Of<C: CurveAffine> = AdviceColumns<C::ScalarExt>;
}

impl<'params, Scheme: CommitmentScheme> KzgBn256<'params, Scheme> {
    /// None where scheme, curve or multi-opening argument are others.
    pub fn of<P: Prover<'params, Scheme>>(params: &'params Scheme::ParamsProver) -> Option<Self> {
        // Only which of the two it is is asked for: lifetimes do not matter.
        let multiopen = typeid::of::<P>();
        let multiopen = if multiopen == TypeId::of::<ProverSHPLONK<'static, Bn256>>() {
            Multiopen::Shplonk
        } else if multiopen == TypeId::of::<ProverGWC<'static, Bn256>>() {
            Multiopen::Gwc
        } else {
            return None;
        };
        Some(Self {
            params: same::params(params)?,
            multiopen,
            curve: SameCurve::check()?,
        })
    }

    /// The proving key.
    pub fn key<'a>(&self, pk: &'a ProvingKey<Scheme::Curve>) -> &'a ProvingKey<G1Affine> {
        self.curve.forth::<OfKey<'a>>(pk)
    }

    /// The circuits.
    pub fn circuits<'a, C: Circuit<Scheme::Scalar>>(
        &self,
        circuits: &'a [C],
    ) -> Vec<&'a BridgedCircuit<C, Scheme::Scalar>> {
        // The scheme's field is its curve's, so Fr.
        circuits.iter().map(BridgedCircuit::ref_cast).collect()
    }

    /// The instances of one circuit.
    pub fn instances<'c, 'v>(&self, instances: &'c [&'v [Scheme::Scalar]]) -> &'c [&'v [Fr]] {
        self.curve.forth::<OfInstances<'c, 'v>>(instances)
    }

    /// The instances of all circuits of a proof.
    pub fn all_instances<'a, 'c, 'v>(
        &self,
        instances: &'a [&'c [&'v [Scheme::Scalar]]],
    ) -> &'a [&'c [&'v [Fr]]] {
        self.curve.forth::<OfAllInstances<'a, 'c, 'v>>(instances)
    }

    /// Advice columns.
    pub fn advice(&self, advice: AdviceColumns<Scheme::Scalar>) -> AdviceColumns<Fr> {
        self.curve.forth::<OfAdvice>(advice)
    }

    /// The transcript.
    pub fn transcript<'t, T, E>(
        &self,
        transcript: &'t mut T,
    ) -> BridgedTranscript<'t, T, Scheme::Curve, E> {
        BridgedTranscript::new(transcript, self.curve)
    }
}

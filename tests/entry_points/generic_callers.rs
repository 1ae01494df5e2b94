//! Callers that are generic as halo2-axiom's are: what is KZG on BN254 is proven by us, the rest by stock.

use ff::WithSmallOrderMulGroup;
use halo2_axiom::{
    halo2curves::{
        bn256::{Bn256, Fr, G1Affine},
        pluto_eris::ErisAffine,
    },
    plonk::{keygen_pk2, Error, ProvingKey},
    poly::{
        commitment::{CommitmentScheme, ParamsProver, Prover},
        ipa::{
            commitment::{IPACommitmentScheme, ParamsIPA},
            multiopen::ProverIPA,
        },
        kzg::{
            commitment::{KZGCommitmentScheme, ParamsKZG},
            multiopen::{ProverGWC, ProverSHPLONK},
        },
    },
    transcript::{
        Blake2bWrite, Challenge255, EncodedChallenge, TranscriptWrite, TranscriptWriterBuffer,
    },
};
use halo2_offload::{create_proof, create_proof_from_advice, provers_ran};
use std::hash::Hash;

use crate::zoo::{proving::srs, witness_rng};

#[path = "../../crates/bridge/tests/everything/mod.rs"]
mod everything;

use everything::{Everything, K};

type Kzg = KZGCommitmentScheme<Bn256>;

/// Generic in everything, with the bounds that halo2-axiom asks for and no others.
fn proves<'params, Scheme, P, E, T>(
    params: &'params Scheme::ParamsProver,
    pk: &ProvingKey<Scheme::Curve>,
    transcript: &mut T,
) -> Result<(), Error>
where
    Scheme: CommitmentScheme,
    Scheme::Scalar: Hash + WithSmallOrderMulGroup<3>,
    Scheme::ParamsProver: Sync,
    P: Prover<'params, Scheme>,
    E: EncodedChallenge<Scheme::Curve>,
    T: TranscriptWrite<Scheme::Curve, E>,
{
    let first = Scheme::Scalar::from(6);
    let circuit = Everything { first };
    create_proof::<Scheme, P, E, _, T, _>(
        params,
        pk,
        &[circuit],
        &[&[&[first]]],
        witness_rng(1),
        transcript,
    )
}

/// As snark-verifier-sdk is: generic in the multi-opening argument alone.
fn proves_kzg<'params, P: Prover<'params, Kzg>>(
    params: &'params ParamsKZG<Bn256>,
    pk: &ProvingKey<G1Affine>,
) -> Vec<u8> {
    let mut transcript = Blake2bWrite::<_, _, Challenge255<_>>::init(Vec::new());
    let first = Fr::from(6);
    create_proof::<_, P, _, _, _, _>(
        params,
        pk,
        &[Everything { first }],
        &[&[&[first]]],
        witness_rng(1),
        &mut transcript,
    )
    .unwrap();
    transcript.finalize()
}

#[test]
fn kzg_on_bn254_is_proven_here() {
    fn check<'params, P: Prover<'params, Kzg>>(
        params: &'params ParamsKZG<Bn256>,
        pk: &ProvingKey<G1Affine>,
    ) -> Vec<u8> {
        let before = provers_ran().offload;
        let mut transcript = Blake2bWrite::<_, _, Challenge255<_>>::init(Vec::new());
        proves::<Kzg, P, _, _>(params, pk, &mut transcript).unwrap();
        let proof = transcript.finalize();
        assert!(proof == proves_kzg::<P>(params, pk));
        assert!(provers_ran().offload >= before + 2);
        proof
    }
    let params = srs(K);
    let pk = keygen_pk2(params, &Everything::<Fr>::default(), false).unwrap();
    let shplonk = check::<ProverSHPLONK<'_, Bn256>>(params, &pk);
    let gwc = check::<ProverGWC<'_, Bn256>>(params, &pk);
    assert_ne!(shplonk, gwc);

    // The same proof without the bridge.
    let engine = halo2_offload::CpuEngine::new();
    let key = halo2_offload::ResidentKey::load(&engine, params, &pk).unwrap();
    let mut transcript = Blake2bWrite::<_, _, Challenge255<_>>::init(Vec::new());
    let first = Fr::from(6);
    halo2_offload::prove::<ProverSHPLONK<'_, Bn256>, _, _, _, _>(
        &engine,
        &key,
        &[Everything { first }],
        &[&[&[first]]],
        witness_rng(1),
        &mut transcript,
    )
    .unwrap();
    assert!(shplonk == transcript.finalize());
}

/// On our own curve: the scheme decides.
#[test]
fn ipa_is_proven_by_stock() {
    type Ipa = IPACommitmentScheme<G1Affine>;
    let params = ParamsIPA::<G1Affine>::new(K);
    let pk = keygen_pk2(&params, &Everything::<Fr>::default(), false).unwrap();
    let before = provers_ran().stock;
    let mut transcript = Blake2bWrite::<_, _, Challenge255<_>>::init(Vec::new());
    proves::<Ipa, ProverIPA<'_, G1Affine>, _, _>(&params, &pk, &mut transcript).unwrap();
    assert!(!transcript.finalize().is_empty());
    assert!(provers_ran().stock > before);
}

/// Whose scalars are of another size than ours. halo2-axiom's transcripts cannot prove over it.
#[test]
fn callers_on_another_curve_compile() {
    type Ipa = IPACommitmentScheme<ErisAffine>;
    type Blake2b = Blake2bWrite<Vec<u8>, ErisAffine, Challenge255<ErisAffine>>;
    fn compiles(
        params: &ParamsIPA<ErisAffine>,
        pk: &ProvingKey<ErisAffine>,
        transcript: &mut Blake2b,
    ) -> Result<(), Error> {
        proves::<Ipa, ProverIPA<'_, ErisAffine>, _, _>(params, pk, transcript)
    }
    // What is not called would not be compiled.
    let _: *const () = compiles as *const ();
}

/// Compiled, for callers that are generic where they call it.
#[test]
fn generic_callers_have_columns() {
    fn refused<'params, Scheme, P>(
        params: &'params Scheme::ParamsProver,
        pk: &ProvingKey<Scheme::Curve>,
    ) -> String
    where
        Scheme: CommitmentScheme,
        Scheme::Scalar: Hash + WithSmallOrderMulGroup<3>,
        Scheme::ParamsProver: Sync,
        P: Prover<'params, Scheme>,
        Blake2bWrite<Vec<u8>, Scheme::Curve, Challenge255<Scheme::Curve>>:
            TranscriptWriterBuffer<Vec<u8>, Scheme::Curve, Challenge255<Scheme::Curve>>,
        Challenge255<Scheme::Curve>: EncodedChallenge<Scheme::Curve>,
    {
        let mut transcript =
            Blake2bWrite::<_, Scheme::Curve, Challenge255<Scheme::Curve>>::init(Vec::new());
        let advice = vec![vec![Scheme::Scalar::from(6); 1 << K]; 2];
        let instance = [Scheme::Scalar::from(6)];
        create_proof_from_advice::<Scheme, P, Challenge255<Scheme::Curve>, _, _>(
            params,
            pk,
            &[&instance],
            advice,
            witness_rng(1),
            &mut transcript,
        )
        .unwrap_err()
        .to_string()
    }
    let params = srs(K);
    let pk = keygen_pk2(params, &Everything::<Fr>::default(), false).unwrap();
    let message = refused::<Kzg, ProverSHPLONK<'_, Bn256>>(params, &pk);
    assert!(message.contains("has 2 phases"), "{message}");
}

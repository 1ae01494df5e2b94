//! What comes over the bridge is what was put on it. The calls are generic, as those of clients are; the
//! prover at the other end is halo2-axiom's own.

use ff::{PrimeField, WithSmallOrderMulGroup};
use halo2_axiom::{
    halo2curves::{
        bn256::{Bn256, Fr, G1Affine, G1},
        ff::Field,
        group::Curve,
        pasta::EqAffine,
    },
    plonk::{keygen_pk2, synthesize_witness, ProvingKey},
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
use halo2_offload_bridge::KzgBn256;
use halo2_offload_prover::{Multiopen, Transcript};
use rand::SeedableRng;
use rand_chacha::ChaCha20Rng;
use std::hash::Hash;

mod everything;

use everything::{Everything, K};

type Kzg = KZGCommitmentScheme<Bn256>;

fn rng() -> ChaCha20Rng {
    ChaCha20Rng::seed_from_u64(1)
}

fn srs() -> ParamsKZG<Bn256> {
    ParamsKZG::setup(K, rng())
}

/// Which multi-opening argument a generic caller is about.
fn multiopen<'params, Scheme: CommitmentScheme, P: Prover<'params, Scheme>>(
    params: &'params Scheme::ParamsProver,
) -> Option<Multiopen> {
    KzgBn256::<Scheme>::of::<P>(params).map(|kzg| kzg.multiopen)
}

#[test]
fn what_is_kzg_on_bn254_is_found_whatever_its_lifetimes() {
    fn within<'params>(params: &'params ParamsKZG<Bn256>) -> [Option<Multiopen>; 2] {
        [
            multiopen::<Kzg, ProverSHPLONK<'params, Bn256>>(params),
            multiopen::<Kzg, ProverGWC<'params, Bn256>>(params),
        ]
    }
    assert_eq!(
        within(&srs()),
        [Some(Multiopen::Shplonk), Some(Multiopen::Gwc)]
    );
}

#[test]
fn what_is_not_is_not() {
    let pasta = ParamsIPA::<EqAffine>::new(3);
    let of_pasta = multiopen::<IPACommitmentScheme<EqAffine>, ProverIPA<'_, EqAffine>>(&pasta);
    assert_eq!(of_pasta, None);
    let bn254 = ParamsIPA::<G1Affine>::new(3);
    let of_bn254 = multiopen::<IPACommitmentScheme<G1Affine>, ProverIPA<'_, G1Affine>>(&bn254);
    assert_eq!(of_bn254, None);
}

/// Instances and advice columns are the same slices: nothing is copied.
#[test]
fn arguments_are_what_they_were() {
    fn check<'params, Scheme, P>(
        params: &'params Scheme::ParamsProver,
        pk: &ProvingKey<Scheme::Curve>,
    ) where
        Scheme: CommitmentScheme<Scalar: PrimeField>,
        P: Prover<'params, Scheme>,
    {
        let kzg = KzgBn256::<Scheme>::of::<P>(params).unwrap();
        let address = |params: *const ParamsKZG<Bn256>| params as usize;
        assert_eq!(
            address(kzg.params),
            std::ptr::from_ref(params) as *const u8 as usize
        );
        let key = kzg.key(pk);
        assert_eq!(key.get_vk().get_domain().k(), K);
        assert_eq!(
            std::ptr::from_ref(key) as usize,
            std::ptr::from_ref(pk) as *const u8 as usize
        );

        let values: Vec<Scheme::Scalar> = (0..7u64).map(|value| value.into()).collect();
        let columns: [&[Scheme::Scalar]; 2] = [&values, &values[2..5]];
        let expected =
            [0..7, 2..5].map(|range: std::ops::Range<u64>| range.map(Fr::from).collect());
        let expected: [Vec<Fr>; 2] = expected;
        let bridged = kzg.instances(&columns);
        assert!(bridged.iter().zip(&expected).all(|(a, b)| a == b));
        let circuits = [&columns[..]];
        let all = kzg.all_instances(&circuits);
        assert!(all.len() == 1 && all[0].iter().zip(&expected).all(|(a, b)| a == b));

        let advice = vec![values.clone(), values];
        let addresses: Vec<usize> = advice
            .iter()
            .map(|column| column.as_ptr() as usize)
            .collect();
        let advice = kzg.advice(advice);
        assert!(advice.iter().all(|column| *column == expected[0]));
        let bridged: Vec<usize> = advice
            .iter()
            .map(|column| column.as_ptr() as usize)
            .collect();
        assert_eq!(addresses, bridged);
    }
    let params = srs();
    let pk = keygen_pk2(&params, &Everything::<Fr>::default(), false).unwrap();
    check::<Kzg, ProverSHPLONK<'_, Bn256>>(&params, &pk);
}

/// The transcript hears and writes the same.
#[test]
fn a_transcript_is_what_it_was() {
    type Blake2b = Blake2bWrite<Vec<u8>, G1Affine, Challenge255<G1Affine>>;
    fn through<'params, Scheme, P, E, T>(
        params: &'params Scheme::ParamsProver,
        transcript: &mut T,
    ) -> Fr
    where
        Scheme: CommitmentScheme,
        P: Prover<'params, Scheme>,
        E: EncodedChallenge<Scheme::Curve>,
        T: TranscriptWrite<Scheme::Curve, E>,
    {
        let kzg = KzgBn256::<Scheme>::of::<P>(params).unwrap();
        let mut transcript = kzg.transcript::<T, E>(transcript);
        transcript.common_scalar(Fr::from(3)).unwrap();
        transcript.write_point(G1::generator().to_affine()).unwrap();
        transcript.write_scalar(Fr::from(5)).unwrap();
        transcript.squeeze()
    }
    let params = srs();
    let mut direct = Blake2b::init(Vec::new());
    halo2_axiom::transcript::Transcript::common_scalar(&mut direct, Fr::from(3)).unwrap();
    TranscriptWrite::write_point(&mut direct, G1::generator().to_affine()).unwrap();
    TranscriptWrite::write_scalar(&mut direct, Fr::from(5)).unwrap();
    let expected: Fr =
        *halo2_axiom::transcript::Transcript::squeeze_challenge_scalar::<()>(&mut direct);
    let mut bridged = Blake2b::init(Vec::new());
    let challenge =
        through::<Kzg, ProverGWC<'_, Bn256>, Challenge255<G1Affine>, _>(&params, &mut bridged);
    assert_eq!(challenge, expected);
    assert_eq!(bridged.finalize(), direct.finalize());
}

/// A bridged circuit is configured, makes its key and its witness as it does itself.
#[test]
fn a_circuit_is_what_it_was() {
    fn witness<'params, Scheme, P>(
        params: &'params Scheme::ParamsProver,
        pk: &ProvingKey<Scheme::Curve>,
        first: Scheme::Scalar,
    ) -> (Vec<Vec<Fr>>, Vec<Fr>)
    where
        Scheme: CommitmentScheme,
        Scheme::Scalar: Hash + WithSmallOrderMulGroup<3>,
        P: Prover<'params, Scheme>,
    {
        let kzg = KzgBn256::<Scheme>::of::<P>(params).unwrap();
        let circuits = [Everything { first }];
        let circuits = kzg.circuits(&circuits);
        let bridged = keygen_pk2(kzg.params, circuits[0], false).unwrap();
        let of_bridged = bridged.get_vk();
        let of_itself = kzg.key(pk).get_vk();
        assert_eq!(
            of_bridged.fixed_commitments(),
            of_itself.fixed_commitments()
        );
        assert_eq!(of_bridged.transcript_repr(), of_itself.transcript_repr());
        let again = halo2_axiom::plonk::Circuit::without_witnesses(circuits[0]);
        let unwitnessed = keygen_pk2(kzg.params, &again, false).unwrap();
        assert_eq!(
            unwitnessed.get_vk().transcript_repr(),
            of_itself.transcript_repr()
        );

        let first = kzg.advice(vec![vec![first]]).remove(0);
        let mut transcript = Blake2bWrite::<_, G1Affine, Challenge255<_>>::init(Vec::new());
        let (_, advice, challenges) =
            synthesize_witness::<Kzg, ProverSHPLONK<'_, Bn256>, _, _, _, _>(
                kzg.params,
                &bridged,
                std::slice::from_ref(circuits[0]),
                &[&[&first]],
                rng(),
                &mut transcript,
            )
            .unwrap();
        let columns = advice[0].advice_values.iter();
        (columns.map(|column| column.to_vec()).collect(), challenges)
    }
    let params = srs();
    let circuit = Everything { first: Fr::from(6) };
    let pk = keygen_pk2(&params, &circuit, false).unwrap();
    let (columns, challenges) =
        witness::<Kzg, ProverSHPLONK<'_, Bn256>>(&params, &pk, circuit.first);

    let mut transcript = Blake2bWrite::<_, G1Affine, Challenge255<_>>::init(Vec::new());
    let (_, advice, expected) = synthesize_witness::<Kzg, ProverSHPLONK<'_, Bn256>, _, _, _, _>(
        &params,
        &pk,
        &[circuit],
        &[&[&[circuit.first]]],
        rng(),
        &mut transcript,
    )
    .unwrap();
    assert_eq!(challenges, expected);
    assert_ne!(challenges[0], Fr::ZERO);
    for (column, expected) in columns.iter().zip(&advice[0].advice_values) {
        assert!(column[..] == expected[..]);
    }
    assert_eq!(columns[0][0], Fr::from(6));
    assert_eq!(columns[1][0], Fr::from(6) * challenges[0]);
}

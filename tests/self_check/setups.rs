//! SRSs that contradict themselves, and keys of other SRSs.

use halo2_axiom::{
    halo2curves::{
        bn256::{Bn256, G1Affine, G2Affine},
        group::{prime::PrimeCurveAffine, Curve},
        serde::SerdeObject,
    },
    plonk::{Circuit, ProvingKey},
    poly::{commitment::ParamsProver, kzg::commitment::ParamsKZG},
    SerdeFormat,
};
use halo2_offload::{verify_srs, write_key, CpuEngine, ResidentKey};
use rand::SeedableRng;
use rand_chacha::ChaCha20Rng;

use crate::zoo::{
    self,
    everything::Everything,
    proving::{Blake2b, Gwc, Opening, Prepared, Shplonk},
};

/// The parts of an SRS.
#[derive(Clone)]
struct Parts {
    k: u32,
    powers: Vec<G1Affine>,
    lagrange: Vec<G1Affine>,
    h: G2Affine,
    s_h: G2Affine,
}

impl Parts {
    fn of(params: &ParamsKZG<Bn256>) -> Self {
        let mut bytes = Vec::new();
        params
            .write_custom(&mut bytes, SerdeFormat::RawBytes)
            .unwrap();
        let powers = params.get_g().to_vec();
        let lagrange = bytes[4 + 64 * powers.len()..][..64 * powers.len()].chunks(64);
        let point = G1Affine::from_raw_bytes_unchecked;
        Self {
            k: powers.len().ilog2(),
            lagrange: lagrange.map(point).collect(),
            powers,
            h: params.g2(),
            s_h: params.s_g2(),
        }
    }

    fn with_secret(k: u32, secret: u64) -> Self {
        Self::of(&ParamsKZG::setup(k, ChaCha20Rng::seed_from_u64(secret)))
    }

    fn params(self) -> ParamsKZG<Bn256> {
        let any = ParamsKZG::<Bn256>::setup(1, ChaCha20Rng::seed_from_u64(0));
        any.from_parts(self.k, self.powers, Some(self.lagrange), self.h, self.s_h)
    }
}

/// What loading, the drop-in and writing a key say of an SRS, with a key of another. A drop-in that says
/// nothing has to make a proof that verifies, and there has to be none.
fn refused<O: Opening>(key: &Prepared<Everything>, params: &ParamsKZG<Bn256>) -> [String; 3] {
    let engine = CpuEngine::new();
    let loaded = ResidentKey::load(&engine, params, &key.pk).err().unwrap();
    let mut file = Vec::new();
    let written = write_key(params, &key.pk, &mut file).unwrap_err();
    assert!(file.is_empty());
    let prepared = Prepared {
        specimen: zoo::everything::in_one_phase(),
        // The zoo's SRSs live as long as the process.
        params: Box::leak(Box::new(params.clone())),
        pk: key.pk.clone(),
    };
    let drop_in = prepared.drop_in_bytes::<O, Blake2b>(1).unwrap_err();
    [loaded.to_string(), drop_in.to_string(), written.to_string()]
}

#[track_caller]
fn says(messages: &[String; 3], loading: &[&str], proving: &[&str]) {
    let [loaded, drop_in, written] = messages;
    assert_eq!(loaded, written);
    for (message, parts) in [(loaded, loading), (drop_in, proving)] {
        for part in parts {
            assert!(message.contains(part), "{message:?} lacks {part:?}");
        }
    }
}

fn key() -> Prepared<Everything> {
    zoo::everything::in_one_phase().prepare()
}

#[test]
fn a_good_one_is_taken() {
    let key = key();
    let params = Parts::of(key.params).params();
    assert!(ResidentKey::load(&CpuEngine::new(), &params, &key.pk).is_ok());
    assert!(verify_srs(&params).is_ok());
}

/// An SRS that contradicts itself is found by itself, too.
#[track_caller]
fn is_no_srs(params: &ParamsKZG<Bn256>) {
    let message = verify_srs(params).unwrap_err().to_string();
    assert!(message.contains("the SRS is not usable"), "{message}");
}

#[test]
fn another_srs_than_the_key_s() {
    let key = key();
    let other = Parts::with_secret(7, 99).params();
    for messages in [
        refused::<Shplonk>(&key, &other),
        refused::<Gwc>(&key, &other),
    ] {
        says(
            &messages,
            &["made with another SRS", "fixed column 0"],
            &["no verifier would accept", "fixed column 0", "another SRS"],
        );
    }
}

#[test]
fn halves_that_are_not_of_one_setup() {
    let key = key();
    let good = Parts::of(key.params);
    let other = Parts::with_secret(7, 99);
    let of_another = Parts {
        lagrange: other.lagrange,
        ..good.clone()
    };
    let mut in_another_order = good.clone();
    in_another_order.lagrange.reverse();
    let mut two_swapped = good;
    two_swapped.lagrange.swap(40, 41);
    for parts in [of_another, in_another_order, two_swapped] {
        let params = parts.params();
        is_no_srs(&params);
        for messages in [
            refused::<Shplonk>(&key, &params),
            refused::<Gwc>(&key, &params),
        ] {
            says(
                &messages,
                &[
                    "the SRS is not usable",
                    "Lagrange points are not those of its powers",
                ],
                &[
                    "advice column 0 of circuit 0",
                    "two halves of the SRS",
                    "another order",
                ],
            );
        }
    }
}

#[test]
fn powers_that_are_not_of_one_secret() {
    let key = key();
    let mut parts = Parts::of(key.params);
    parts.powers[5] = (parts.powers[5] + G1Affine::generator()).to_affine();
    let params = parts.params();
    is_no_srs(&params);
    let messages = refused::<Shplonk>(&key, &params);
    says(
        &messages,
        &[
            "the SRS is not usable",
            "its powers are not those that its Lagrange points are of",
        ],
        &["no verifier would accept", "the powers are damaged"],
    );
}

/// A stock key holds each column twice: bits that fall over in either form are the key's fault, and not blamed on
/// the witness or on the machine.
#[test]
fn a_damaged_key_is_blamed() {
    const FORMAT: SerdeFormat = SerdeFormat::RawBytesUnchecked;
    let Prepared {
        specimen,
        params,
        pk,
    } = key();
    let bytes = pk.to_bytes(FORMAT);
    let read = |bytes: &[u8]| {
        let circuit = specimen.circuits[0].params();
        ProvingKey::<G1Affine>::from_bytes::<Everything>(bytes, FORMAT, circuit).unwrap()
    };
    let from_advice = |pk| {
        let specimen = zoo::everything::in_one_phase();
        Prepared {
            specimen,
            params,
            pk,
        }
        .drop_in_bytes::<Shplonk, Blake2b>(1)
    };
    assert!(from_advice(read(&bytes)).is_ok());
    let verifying_key = pk.get_vk().to_bytes(FORMAT).len();
    let mut blamed = 0;
    for position in (verifying_key + 40..bytes.len()).step_by(bytes.len() / 61) {
        let mut damaged = bytes.clone();
        damaged[position] ^= 1;
        let damaged = read(&damaged);
        match from_advice(damaged.clone()) {
            // In what this prover does not read, or in a row of no meaning.
            Ok(proof) => key().verify::<Shplonk, Blake2b>(&proof).unwrap(),
            Err(error) => {
                let message = error.to_string();
                assert!(message.contains("of the key"), "{position}: {message}");
                assert!(
                    message.contains("the key is damaged"),
                    "{position}: {message}"
                );
                blamed += 1;
            }
        }
        if let Err(error) = write_key(params, &damaged, Vec::new()) {
            let message = error.to_string();
            assert!(
                message.contains("the key is damaged"),
                "{position}: {message}"
            );
        }
    }
    assert!(blamed > 10, "{blamed}");
}

/// What is found before anything is spent.
#[test]
fn an_srs_that_contradicts_itself() {
    let key = key();
    let good = Parts::of(key.params);
    let other = Parts::with_secret(7, 99);
    let twice = |point: G1Affine| (point + point).to_affine();
    let mut off_curve = G2Affine::generator();
    off_curve.y += off_curve.y;
    let cases = [
        (
            Parts {
                s_h: other.s_h,
                ..good.clone()
            },
            "not of one setup",
        ),
        (
            Parts {
                h: G2Affine::identity(),
                s_h: G2Affine::identity(),
                ..good.clone()
            },
            "cut off and filled with zeros",
        ),
        (
            Parts {
                h: off_curve,
                ..good.clone()
            },
            "not on the curve",
        ),
        (
            Parts {
                lagrange: vec![G1Affine::identity(); 128],
                ..good.clone()
            },
            "do not add up to the generator",
        ),
        (
            Parts {
                powers: good.powers.iter().map(|point| twice(*point)).collect(),
                ..good.clone()
            },
            "not the generator",
        ),
        (
            Parts {
                powers: vec![G1Affine::identity(); 128],
                ..good.clone()
            },
            "not the generator",
        ),
    ];
    for (parts, what) in cases {
        let params = parts.params();
        is_no_srs(&params);
        let messages = refused::<Shplonk>(&key, &params);
        says(
            &messages,
            &["the SRS is not usable", what],
            &["the SRS is not usable", what],
        );
    }
}

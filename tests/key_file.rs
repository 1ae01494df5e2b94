//! Key files hold a key whole, and nothing but a whole one is read.

use halo2_axiom::{
    halo2curves::bn256::{Bn256, Fr, G1Affine},
    plonk::{keygen_pk, keygen_vk, ProvingKey},
    poly::kzg::{commitment::ParamsKZG, multiopen::ProverSHPLONK},
    transcript::{Blake2bWrite, Challenge255, TranscriptWriterBuffer},
};
use halo2_offload::{prove, write_key, CpuEngine, Error, ResidentKey};
use halo2_offload_workloads::{visit, Visitor, Workload};
use rand::{rngs::StdRng, SeedableRng};

const K: u32 = 9;

fn keygen<W: Workload>(workload: &W) -> (ParamsKZG<Bn256>, ProvingKey<G1Affine>) {
    let params = ParamsKZG::<Bn256>::setup(K, StdRng::seed_from_u64(1));
    let circuit = workload.keygen_circuit();
    let vk = keygen_vk(&params, &circuit).unwrap();
    let pk = keygen_pk(&params, vk, &circuit).unwrap();
    (params, pk)
}

fn proof<'h, W: Workload>(
    workload: &W,
    engine: &CpuEngine<'h>,
    key: &ResidentKey<CpuEngine<'h>>,
) -> Vec<u8> {
    let instances = workload.instances();
    let instances: Vec<&[Fr]> = instances.iter().map(Vec::as_slice).collect();
    let mut transcript = Blake2bWrite::<_, G1Affine, Challenge255<_>>::init(Vec::new());
    prove::<ProverSHPLONK<'_, Bn256>, Challenge255<G1Affine>, _, _, _>(
        engine,
        key,
        &[workload.circuit()],
        &[&instances],
        StdRng::seed_from_u64(2),
        &mut transcript,
    )
    .unwrap();
    transcript.finalize()
}

struct RoundTrip;

impl Visitor for RoundTrip {
    type Output = ();

    fn visit<W: Workload>(self, workload: W) {
        let (params, pk) = keygen(&workload);
        let engine = CpuEngine::new();
        let loaded = ResidentKey::load(&engine, &params, &pk).unwrap();
        let mut file = Vec::new();
        write_key(&params, &pk, &mut file).unwrap();
        let read = ResidentKey::read(&engine, file.as_slice()).unwrap();
        assert_eq!(read.circuit(), loaded.circuit());
        assert_eq!(
            proof(&workload, &engine, &read),
            proof(&workload, &engine, &loaded)
        );
    }
}

#[test]
fn a_key_that_was_read_makes_the_proofs_of_one_that_was_loaded() {
    for name in ["plonk", "lookup"] {
        visit(name, K, 1, RoundTrip).unwrap();
    }
}

struct KeyFile;

impl Visitor for KeyFile {
    type Output = Vec<u8>;

    fn visit<W: Workload>(self, workload: W) -> Vec<u8> {
        let (params, pk) = keygen(&workload);
        let mut file = Vec::new();
        write_key(&params, &pk, &mut file).unwrap();
        file
    }
}

fn refused(file: &[u8]) -> String {
    match ResidentKey::read(&CpuEngine::new(), file) {
        Err(error @ Error::KeyFile { .. }) => error.to_string(),
        Err(other) => panic!("{other}"),
        Ok(_) => panic!("a damaged file was read"),
    }
}

#[test]
fn a_truncated_file_is_refused_wherever_it_ends() {
    let file = visit("plonk", K, 1, KeyFile).unwrap();
    let lengths = [0, 1, 24, 25, 30, 33, 100, file.len() / 2, file.len() - 1];
    for length in lengths {
        let message = refused(&file[..length]);
        assert!(message.contains("ends too early"), "{length}: {message}");
    }
}

#[test]
fn a_flipped_bit_is_noticed_wherever_it_is() {
    let mut file = visit("plonk", K, 1, KeyFile).unwrap();
    for position in (0..file.len()).step_by(file.len() / 97) {
        file[position] ^= 1;
        refused(&file);
        file[position] ^= 1;
    }
    assert!(ResidentKey::read(&CpuEngine::new(), file.as_slice()).is_ok());
}

#[test]
fn something_else_is_no_key_file() {
    let message = refused(&[7; 4096]);
    assert!(
        message.contains("does not begin as a key file"),
        "{message}"
    );
}

/// A key file taken apart, so that it can be put together wrong with a hash that fits.
struct Parts {
    circuit: serde_json::Value,
    /// The points of the second group and the commitments: what the verifier has.
    verifier: Vec<u8>,
    srs: Vec<u8>,
    columns: Vec<Vec<u8>>,
}

const MAGIC_BYTES: usize = 25;
const COLUMN_BYTES: usize = 32 << K;

impl Parts {
    fn of(file: &[u8]) -> Self {
        let (length, rest) = file[MAGIC_BYTES..].split_at(8);
        let length = u64::from_le_bytes(length.try_into().unwrap()) as usize;
        let circuit: serde_json::Value = serde_json::from_slice(&rest[..length]).unwrap();
        let permutation = circuit["permutation"].as_array().unwrap().len();
        let columns = circuit["fixed_columns"].as_u64().unwrap() as usize + permutation;
        let rest = &rest[length..rest.len() - 32];
        let (verifier, rest) = rest.split_at(2 * 128 + 64 * columns);
        let (srs, columns) = rest.split_at(4 * COLUMN_BYTES);
        Self {
            circuit,
            verifier: verifier.to_vec(),
            srs: srs.to_vec(),
            columns: columns.chunks(COLUMN_BYTES).map(<[u8]>::to_vec).collect(),
        }
    }

    fn file(&self, version: u8) -> Vec<u8> {
        let circuit = serde_json::to_vec(&self.circuit).unwrap();
        let mut file = format!("halo2-offload key file {version}\n").into_bytes();
        file.extend((circuit.len() as u64).to_le_bytes());
        file.extend(circuit);
        if version > 1 {
            file.extend(&self.verifier);
        }
        file.extend(&self.srs);
        file.extend(self.columns.iter().flatten());
        let hash = blake2b_simd::Params::new().hash_length(32).hash(&file);
        file.extend(hash.as_bytes());
        file
    }
}

/// Reads a file, and proves with the key: the proof, or what was said instead.
struct Prove(Vec<u8>);

impl Visitor for Prove {
    type Output = Result<Vec<u8>, String>;

    fn visit<W: Workload>(self, workload: W) -> Self::Output {
        let engine = CpuEngine::new();
        let key = ResidentKey::read(&engine, self.0.as_slice()).map_err(|e| e.to_string())?;
        let instances = workload.instances();
        let instances: Vec<&[Fr]> = instances.iter().map(Vec::as_slice).collect();
        let mut transcript = Blake2bWrite::<_, G1Affine, Challenge255<_>>::init(Vec::new());
        prove::<ProverSHPLONK<'_, Bn256>, Challenge255<G1Affine>, _, _, _>(
            &engine,
            &key,
            &[workload.circuit()],
            &[&instances],
            StdRng::seed_from_u64(2),
            &mut transcript,
        )
        .map_err(|e| e.to_string())?;
        Ok(transcript.finalize())
    }
}

fn proven(file: Vec<u8>) -> Result<Vec<u8>, String> {
    visit("lookup", K, 1, Prove(file)).unwrap()
}

#[test]
fn a_file_of_the_first_version_makes_the_same_proof() {
    let parts = Parts::of(&visit("lookup", K, 1, KeyFile).unwrap());
    let [first, second] = [1, 2].map(|version| parts.file(version));
    for (file, is_whole) in [(&first, false), (&second, true)] {
        let key = ResidentKey::read(&CpuEngine::new(), file.as_slice()).unwrap();
        assert_eq!(key.has_verifier(), is_whole);
    }
    assert!(proven(first).unwrap() == proven(second).unwrap());
}

/// Files that are put together wrong, with a hash that fits: each is an error, at the latest of the proof.
#[test]
fn what_a_file_says_wrong_is_found() {
    type Change = fn(&mut Parts);
    let cases: [(Change, &[&str]); 11] = [
        (
            |parts| parts.circuit["blinding_factors"] = 6.into(),
            &["has 6 blinding factors, and 5 are what its queries need"],
        ),
        (
            |parts| parts.circuit["degree"] = 4.into(),
            &["a constraint system of degree 4", "needs degree 5"],
        ),
        (
            |parts| parts.circuit["degree"] = 6.into(),
            &[
                "made for another circuit",
                "is of degree 6, the circuit is of degree 5",
            ],
        ),
        (
            |parts| parts.circuit["advice_queries"][0]["rotation"] = 7.into(),
            &["a column is read where no query opens it"],
        ),
        (
            |parts| {
                let queries = parts.circuit["advice_queries"].as_array_mut().unwrap();
                queries.push(serde_json::json!({ "column": 0, "rotation": 9 }));
            },
            &["made for another circuit", "advice column"],
        ),
        (
            |parts| parts.columns.swap(0, 1),
            &[
                "fixed column 0 (and 1 more) of the key",
                "the key is damaged",
            ],
        ),
        (
            |parts| {
                let last = parts.columns.len() - 1;
                parts.columns.swap(last, last - 1);
            },
            &["(and 1 more) of the key", "the key is damaged"],
        ),
        (
            |parts| parts.verifier[256..].rotate_left(64),
            &[
                "no verifier would accept",
                "fixed column 0 (and",
                "is not what the verifying key commits to",
            ],
        ),
        (
            |parts| parts.verifier[..256].rotate_left(128),
            &["the SRS is not usable", "not of one setup"],
        ),
        (
            |parts| parts.srs[2 * COLUMN_BYTES..].reverse(),
            &["off the curve"],
        ),
        (
            |parts| {
                let half = &mut parts.srs[2 * COLUMN_BYTES..];
                half[..128].rotate_left(64);
            },
            &["no verifier would accept", "two halves of the SRS"],
        ),
    ];
    let good = visit("lookup", K, 1, KeyFile).unwrap();
    assert!(proven(good.clone()).is_ok());
    for (change, says) in cases {
        let mut parts = Parts::of(&good);
        change(&mut parts);
        let message = proven(parts.file(2)).unwrap_err();
        for part in says {
            assert!(message.contains(part), "{message:?} lacks {part:?}");
        }
    }
}

#[test]
fn a_key_is_not_written_with_another_srs() {
    struct Written;
    impl Visitor for Written {
        type Output = ();

        fn visit<W: Workload>(self, workload: W) {
            let (_, pk) = keygen(&workload);
            let other = ParamsKZG::<Bn256>::setup(K, StdRng::seed_from_u64(7));
            let mut file = Vec::new();
            let message = write_key(&other, &pk, &mut file).unwrap_err().to_string();
            assert!(message.contains("made with another SRS"), "{message}");
            assert!(file.is_empty());
        }
    }
    visit("plonk", K, 1, Written).unwrap();
}

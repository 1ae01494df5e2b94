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

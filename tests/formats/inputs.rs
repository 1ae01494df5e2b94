//! What is asked of every file that is read, whatever its bytes: by the mutation test and by the fuzz targets
//! (`fuzz/`). What must not be is a panic.

use halo2_axiom::{
    halo2curves::bn256::{Bn256, Fr, G1Affine},
    plonk::{ProvingKey, VerifyingKey},
    poly::kzg::{commitment::ParamsKZG, multiopen::ProverSHPLONK},
    transcript::{Blake2bWrite, Challenge255, TranscriptWriterBuffer},
    SerdeFormat,
};
use halo2_offload::{prove, write_key, CpuEngine, Error, ResidentKey};
use halo2_offload_measure::{
    insecure_srs, keygen, srs, table, verify, Host, Multiopen, Report, RunFacts, Rung, RungReport,
    Sample, Setup, Shape, StageReport, Statement, Status, Verdict, VerifyingParams, Vram,
    VramHolding, WorkloadReport, SCHEMA,
};
use halo2_offload_workloads::{visit, Visitor, Workload};
use rand_chacha::{rand_core::SeedableRng, ChaCha20Rng};
use std::{fs, sync::OnceLock};

pub const K: u32 = 9;
const HASH_BYTES: usize = 32;

type Key = ResidentKey<CpuEngine<'static>>;

/// Good files, and what a reader of them has.
pub struct Files {
    pub key: Vec<u8>,
    pub raw_srs: Vec<u8>,
    pub processed_srs: Vec<u8>,
    pub proof: Vec<u8>,
    pub statement: Vec<u8>,
    pub report: Vec<u8>,
    vk: VerifyingKey<G1Affine>,
    params: VerifyingParams,
    instances: Vec<Vec<Fr>>,
    engine: CpuEngine<'static>,
    resident: Key,
}

/// Made once a process.
pub fn files() -> &'static Files {
    static FILES: OnceLock<Files> = OnceLock::new();
    FILES.get_or_init(|| visit("lookup", K, 1, MakeFiles).expect("a workload"))
}

fn prove_with(key: &Key) -> Result<Vec<u8>, Error> {
    visit("lookup", K, 1, Prove { key }).expect("a workload")
}

struct Prove<'a> {
    key: &'a Key,
}

impl Visitor for Prove<'_> {
    type Output = Result<Vec<u8>, Error>;

    fn visit<W: Workload>(self, workload: W) -> Self::Output {
        let instances = workload.instances();
        let columns: Vec<&[Fr]> = instances.iter().map(Vec::as_slice).collect();
        let mut transcript = Blake2bWrite::<_, G1Affine, Challenge255<_>>::init(Vec::new());
        prove::<ProverSHPLONK<'_, Bn256>, Challenge255<G1Affine>, _, _, _>(
            &CpuEngine::new(),
            self.key,
            &[workload.circuit()],
            &[&columns],
            ChaCha20Rng::seed_from_u64(2),
            &mut transcript,
        )?;
        Ok(transcript.finalize())
    }
}

struct MakeFiles;

impl Visitor for MakeFiles {
    type Output = Files;

    fn visit<W: Workload>(self, workload: W) -> Files {
        let params = insecure_srs(K);
        let pk: ProvingKey<G1Affine> = keygen(&params, &workload.keygen_circuit()).expect("a key");
        let mut key = Vec::new();
        write_key(&params, &pk, &mut key).expect("memory");
        let engine = CpuEngine::new();
        let resident = ResidentKey::read(&engine, key.as_slice()).expect("a key");
        let instances = workload.instances();
        let proof = prove_with(&resident).expect("a proof");
        let srs = |format| {
            let mut bytes = Vec::new();
            params.write_custom(&mut bytes, format).expect("memory");
            bytes
        };
        let setup = Setup::of(&params);
        let shplonk = Multiopen::Shplonk;
        let statement = Statement::new(("lookup", K), 1, shplonk, Some(&setup), &instances, &proof);
        Files {
            key,
            raw_srs: srs(SerdeFormat::RawBytes),
            processed_srs: srs(SerdeFormat::Processed),
            proof,
            statement: serde_json::to_vec_pretty(&statement).expect("JSON"),
            report: serde_json::to_vec_pretty(&report()).expect("JSON"),
            vk: pk.get_vk().clone(),
            params: VerifyingParams::from(params),
            instances,
            engine,
            resident,
        }
    }
}

/// A report that has most of what reports may have.
fn report() -> Report {
    let rung = |rung: Rung, wall_ns: u64| {
        let mut report = RungReport::empty(rung, Status::Measured, None);
        let sample = |wall_ns| Sample {
            wall_ns,
            cpu_ns: 2 * wall_ns,
        };
        report.samples = vec![sample(wall_ns), sample(wall_ns + 1)];
        report.median_wall_ns = Some(wall_ns);
        report.median_cpu_ns = Some(2 * wall_ns);
        report.peak_rss_bytes = Some(wall_ns);
        report.proof_bytes = Some(992);
        report.verified = Some(true);
        report.equals_cpu = (rung != Rung::Stock).then_some(true);
        report.stages = ["advice", "quotient"]
            .map(|name| StageReport {
                device: None,
                name: name.into(),
                wall_ns,
                cpu_ns: wall_ns,
            })
            .to_vec();
        report.peak_vram = Some(Vram {
            bytes: wall_ns,
            planned_bytes: Some(wall_ns),
            holdings: (0..7u64)
                .map(|index| VramHolding {
                    name: format!("advice[{index}]"),
                    buffers: 1,
                    bytes: index,
                })
                .collect(),
        });
        report.notes = vec!["a note".into()];
        report
    };
    let skipped = RungReport::empty(Rung::Resident, Status::Skipped, Some("no device".into()));
    Report {
        schema: SCHEMA.into(),
        run: RunFacts {
            version: "0.1.0".into(),
            command: vec!["halo2-offload".into()],
            seed: 1,
            runs: 2,
            warmup_runs: 1,
            multiopen: Multiopen::Shplonk,
            srs: "insecure".into(),
            cpu_kernels: Some("portable".into()),
        },
        host: Host::default(),
        devices: vec![serde_json::json!({ "name": "a card" })],
        workloads: vec![WorkloadReport {
            name: "lookup".into(),
            k: K,
            shape: Shape {
                advice: 6,
                fixed: 12,
                instance: 1,
                lookups: 4,
                permutation: 8,
                degree: 5,
            },
            rungs: vec![rung(Rung::Stock, 4000), rung(Rung::Cpu, 2000), skipped],
        }],
    }
}

/// Gives a key file the hash of what it holds.
pub fn mend_hash(file: &mut [u8]) {
    let Some(start) = file.len().checked_sub(HASH_BYTES) else {
        return;
    };
    let (contents, hash) = file.split_at_mut(start);
    let expected = blake2b_simd::Params::new()
        .hash_length(HASH_BYTES)
        .hash(contents);
    hash.copy_from_slice(expected.as_bytes());
}

/// A key that is read makes proofs that verify, or none: unless the description of the circuit was changed together
/// with the hash, in which case there is nothing to compare it with.
pub fn check_key(bytes: &[u8]) {
    let files = files();
    let Ok(key) = ResidentKey::read(&files.engine, bytes) else {
        return;
    };
    let Ok(proof) = prove_with(&key) else {
        return;
    };
    if key.circuit() == files.resident.circuit() {
        let verdict = verify_proof(&proof);
        assert_eq!(verdict, Verdict::Accepted, "a proof came out that is none");
    }
}

/// An SRS that is read is the good one.
pub fn check_srs(bytes: &[u8]) {
    let file = tempfile::NamedTempFile::new().expect("a file");
    fs::write(file.path(), bytes).expect("written");
    let Ok(params): Result<ParamsKZG<Bn256>, _> = srs(Some(file.path()), K, None) else {
        return;
    };
    let mut read = Vec::new();
    params
        .write_custom(&mut read, SerdeFormat::RawBytes)
        .expect("memory");
    assert!(read == files().raw_srs, "another SRS was accepted");
}

/// No bytes but the proof's own are accepted.
pub fn check_proof(bytes: &[u8]) {
    if verify_proof(bytes) == Verdict::Accepted {
        assert!(
            bytes == files().proof,
            "other bytes are accepted as the proof"
        );
    }
}

fn verify_proof(bytes: &[u8]) -> Verdict {
    let files = files();
    verify(
        &files.params,
        &files.vk,
        bytes,
        &files.instances,
        Multiopen::Shplonk,
    )
}

/// What is read is what is written, and has public values.
pub fn check_statement(bytes: &[u8]) {
    let Ok(statement) = Statement::parse(bytes) else {
        return;
    };
    let written = serde_json::to_vec(&statement).expect("JSON");
    assert_eq!(Statement::parse(&written).as_ref(), Ok(&statement));
    statement.instances().expect("it was parsed");
}

/// A table can be made of every report that can be read.
pub fn check_report(bytes: &[u8]) {
    if let Ok(report) = serde_json::from_slice::<Report>(bytes) {
        assert!(!table(&report).is_empty() || report.workloads.is_empty());
    }
}

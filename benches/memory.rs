//! What a proof adds to the memory of a process that holds the stock key: halo2-axiom's
//! `create_proof` beside ours, each in a process of its own.
//!
//! `MEMORY_WORKLOADS` chooses what is proven, `name:k,name:k` (`plonk:14,lookup:14` by default). A
//! line of JSON on stdout for each workload: bytes of the resident set with SRS and key loaded, and
//! by how much its high-water mark grows while proving. Linux only (`/proc/self`).

use halo2_axiom::{
    halo2curves::bn256::{Bn256, Fr, G1Affine},
    plonk::{self, keygen_pk, keygen_vk, Circuit, ProvingKey},
    poly::kzg::{
        commitment::{KZGCommitmentScheme, ParamsKZG},
        multiopen::ProverSHPLONK,
    },
    transcript::{Blake2bWrite, Challenge255, TranscriptWriterBuffer},
    SerdeFormat,
};
use halo2_offload_measure::{peak_bytes, reset_peak, resident_bytes, trim};
use halo2_offload_workloads::{visit, Visitor, Workload};
use rand::{rngs::StdRng, SeedableRng};
use std::{
    env,
    error::Error,
    fs::File,
    io::{BufReader, BufWriter, Write},
    path::Path,
    process::Command,
};

type Result<T> = std::result::Result<T, Box<dyn Error>>;
type Scheme = KZGCommitmentScheme<Bn256>;
type Shplonk<'a> = ProverSHPLONK<'a, Bn256>;

/// The name by which a process is told that it is one that proves, and how.
const ROLE: &str = "MEMORY_BENCH_ROLE";
const FORMAT: SerdeFormat = SerdeFormat::RawBytesUnchecked;

fn main() -> Result<()> {
    let workloads = env::var("MEMORY_WORKLOADS").unwrap_or_else(|_| "plonk:14,lookup:14".into());
    for workload in workloads.split(',') {
        let (name, k) = workload
            .split_once(':')
            .ok_or("MEMORY_WORKLOADS is name:k,name:k")?;
        let (name, k) = (name.to_owned(), k.parse()?);
        match env::var(ROLE) {
            Ok(role) => {
                let folder = env::current_dir()?;
                visit(
                    &name,
                    k,
                    1,
                    Prover {
                        folder: &folder,
                        role,
                    },
                )??;
            }
            Err(_) => compare(&name, k, workload)?,
        }
    }
    Ok(())
}

/// Runs both provers on one workload.
fn compare(name: &str, k: u32, workload: &str) -> Result<()> {
    let folder = tempfile::tempdir()?;
    visit(
        name,
        k,
        1,
        KeyMaker {
            folder: folder.path(),
            k,
        },
    )??;
    let added = |role: &str| -> Result<(u64, u64)> {
        let output = Command::new(env::current_exe()?)
            .env("MEMORY_WORKLOADS", workload)
            .env(ROLE, role)
            .current_dir(folder.path())
            .output()?;
        if !output.status.success() {
            return Err(String::from_utf8_lossy(&output.stderr).into());
        }
        let text = String::from_utf8(output.stdout)?;
        let (loaded, added) = text
            .trim()
            .split_once(' ')
            .ok_or("a process said nothing")?;
        Ok((loaded.parse()?, added.parse()?))
    };
    let (loaded_bytes, stock_bytes) = added("stock")?;
    let (_, drop_in_bytes) = added("drop-in")?;
    let line = serde_json::json!({
        "workload": name,
        "k": k,
        "loaded_bytes": loaded_bytes,
        "stock_added_bytes": stock_bytes,
        "drop_in_added_bytes": drop_in_bytes,
        "ratio": drop_in_bytes as f64 / stock_bytes as f64,
    });
    println!("{line}");
    Ok(())
}

/// Writes SRS and key, so that no process that is measured has made them.
struct KeyMaker<'a> {
    folder: &'a Path,
    k: u32,
}

impl Visitor for KeyMaker<'_> {
    type Output = Result<()>;

    fn visit<W: Workload>(self, workload: W) -> Result<()> {
        let params = ParamsKZG::<Bn256>::setup(self.k, StdRng::seed_from_u64(0));
        let circuit = workload.keygen_circuit();
        let vk = keygen_vk(&params, &circuit)?;
        let pk = keygen_pk(&params, vk, &circuit)?;
        let create =
            |name| Ok::<_, Box<dyn Error>>(BufWriter::new(File::create(self.folder.join(name))?));
        let mut srs = create("srs")?;
        params.write_custom(&mut srs, FORMAT)?;
        srs.flush()?;
        let mut key = create("key")?;
        pk.write(&mut key, FORMAT)?;
        key.flush()?;
        Ok(())
    }
}

/// Makes one proof, and says what that added.
struct Prover<'a> {
    folder: &'a Path,
    role: String,
}

impl Visitor for Prover<'_> {
    type Output = Result<()>;

    fn visit<W: Workload>(self, workload: W) -> Result<()> {
        let open =
            |name| Ok::<_, Box<dyn Error>>(BufReader::new(File::open(self.folder.join(name))?));
        let params = ParamsKZG::<Bn256>::read_custom(&mut open("srs")?, FORMAT)?;
        let circuit_params = workload.keygen_circuit().params();
        let pk = ProvingKey::<G1Affine>::read::<_, W::Circuit>(
            &mut open("key")?,
            FORMAT,
            circuit_params,
        )?;
        let instances = workload.instances();
        let instances: Vec<&[Fr]> = instances.iter().map(Vec::as_slice).collect();
        let circuits = [workload.circuit()];
        let rng = StdRng::seed_from_u64(1);
        let mut transcript = Blake2bWrite::<_, G1Affine, Challenge255<G1Affine>>::init(Vec::new());

        trim();
        reset_peak()?;
        let loaded = resident_bytes().ok_or("no VmRSS in /proc/self/status")?;
        match self.role.as_str() {
            "stock" => plonk::create_proof::<Scheme, Shplonk<'_>, _, _, _, _>(
                &params,
                &pk,
                &circuits,
                &[&instances],
                rng,
                &mut transcript,
            )?,
            _ => halo2_offload::create_proof::<Scheme, Shplonk<'_>, _, _, _, _>(
                &params,
                &pk,
                &circuits,
                &[&instances],
                rng,
                &mut transcript,
            )?,
        }
        let peak = peak_bytes().ok_or("no VmHWM in /proc/self/status")?;
        println!("{loaded} {}", peak.saturating_sub(loaded));
        Ok(())
    }
}

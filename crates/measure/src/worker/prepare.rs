//! Makes the SRS and the keys, writes them, and ends: no rung has them in memory twice.

use halo2_axiom::{
    halo2curves::bn256::{Bn256, Fr},
    plonk::ConstraintSystem,
    poly::kzg::commitment::ParamsKZG,
    SerdeFormat,
};
use halo2_offload_frontend::key_file::write_key;
use halo2_offload_prover::Shape;
use halo2_offload_workloads::{visit, Visitor, Workload};
use std::path::Path;

use super::{files, say, Job, Reply};
use crate::{error::Result, prove::keygen, srs};

/// Writes into the job's folder what the rungs and the referee read.
///
/// # Errors
///
/// If the SRS is not usable, key generation fails, or the disk is full.
pub fn prepare(
    job: &Job,
    stock_only: bool,
    srs: Option<&Path>,
    checked_srs: Option<&Path>,
) -> Result<()> {
    let params = srs::srs(srs, job.k, checked_srs)?;
    let shape = visit(
        &job.workload,
        job.k,
        job.seed,
        Prepare {
            params: &params,
            folder: &job.folder,
            stock_only,
        },
    )??;
    say(&Reply::Prepared { shape })
}

struct Prepare<'a> {
    params: &'a ParamsKZG<Bn256>,
    folder: &'a Path,
    stock_only: bool,
}

impl Visitor for Prepare<'_> {
    type Output = Result<Shape>;

    fn visit<W: Workload>(self, workload: W) -> Result<Shape> {
        const FORMAT: SerdeFormat = SerdeFormat::RawBytesUnchecked;
        files::write(&files::srs(self.folder), |mut writer| {
            let written = self.params.write_custom(&mut writer, FORMAT);
            Ok(written.map_err(halo2_axiom::plonk::Error::from)?)
        })?;
        let pk = keygen(self.params, &workload.keygen_circuit())?;
        files::write(&files::stock_key(self.folder), |mut writer| {
            let written = pk.write(&mut writer, FORMAT);
            Ok(written.map_err(halo2_axiom::plonk::Error::from)?)
        })?;
        if !self.stock_only {
            files::write(&files::resident_key(self.folder), |writer| {
                Ok(write_key(self.params, &pk, writer)?)
            })?;
        }
        Ok(shape(pk.get_vk().cs()))
    }
}

fn shape(cs: &ConstraintSystem<Fr>) -> Shape {
    Shape {
        advice: cs.num_advice_columns(),
        fixed: cs.num_fixed_columns(),
        instance: cs.num_instance_columns(),
        lookups: cs.lookups().len(),
        permutation: cs.permutation().get_columns().len(),
        degree: cs.degree(),
    }
}

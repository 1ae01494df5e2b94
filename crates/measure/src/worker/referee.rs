//! Holds a verifying key, and verifies what it is asked to.

use halo2_axiom::{
    halo2curves::bn256::G1Affine,
    plonk::{Circuit, VerifyingKey},
    SerdeFormat,
};
use halo2_offload_workloads::{visit, Visitor, Workload};
use std::{
    fs::{self, File},
    io::BufReader,
};

use super::{files, say, serve, unexpected, Job, Loaded, Reply, Request, Verified};
use crate::{
    error::{Error, Result},
    prove::sha256,
    verify::{verify, VerifyingParams},
};

/// Answers with the stock verifier's word on proofs of the job's workload.
pub fn referee(job: &Job) -> Result<()> {
    visit(&job.workload, job.k, job.seed, Referee { job })?
}

struct Referee<'a> {
    job: &'a Job,
}

impl Visitor for Referee<'_> {
    type Output = Result<()>;

    fn visit<W: Workload>(self, workload: W) -> Result<()> {
        let job = self.job;
        let params = VerifyingParams::read(&files::srs(&job.folder), job.k)?;
        let path = files::stock_key(&job.folder);
        let file = File::open(&path).map_err(Error::file("read", &path))?;
        let vk = VerifyingKey::<G1Affine>::read::<_, W::Circuit>(
            &mut BufReader::new(file),
            SerdeFormat::RawBytesUnchecked,
            workload.keygen_circuit().params(),
        )
        .map_err(Error::file("read", path))?;
        let instances = workload.instances();
        drop(workload);
        say(&Reply::Ready(Loaded::default()))?;
        serve(|request| match request {
            Request::Verify { proof: path } => {
                let proof = fs::read(&path).map_err(Error::file("read", path))?;
                Ok(Reply::Verified(Verified {
                    verdict: verify(&params, &vk, &proof, &instances, job.multiopen),
                    bytes: proof.len() as u64,
                    sha256: sha256(&proof),
                }))
            }
            other => Err(unexpected(&other)),
        })
    }
}

//! The CUDA engine: columns stay on the device from upload to opening.
//!
//! What comes back to the host is points, evaluations and the verdicts on lookups; what goes there is
//! witness columns, blinding values and the scalars of programs. Work is given to the device and not
//! waited for, but where the prover asks for values: commitments and evaluations, once a challenge.
//!
//! What is on the device at a time is decided beforehand, by a [`Placement`]: on a small device the
//! columns of the key, or of the proof too, are in host memory and pass through the device as
//! operations need them.

mod columns;
mod commit;
mod domain;
mod lookups;
mod memory;
mod placement;
mod polynomials;
mod products;
mod rows;
mod transforms;

use std::sync::Arc;

use crate::field::Affine;
use halo2_offload_engine::Storage;

pub use domain::CudaDomain;
pub use memory::CudaMemory;
pub use placement::{Place, Placement};

use crate::{
    context::Context,
    error::CudaError,
    msm::{self, CudaBases, CudaMsm, Pending},
    ntt::CudaNtt,
    plonk::{CudaLookups, CudaPrograms, CudaSeeds},
    poly::CudaPoly,
};

/// A prover's engine on a device.
#[derive(Debug)]
pub struct CudaEngine {
    context: Arc<Context>,
    placement: Placement,
    msm: CudaMsm,
    ntt: CudaNtt,
    programs: CudaPrograms,
    poly: CudaPoly,
    lookups: CudaLookups,
    seeds: CudaSeeds,
}

/// Commitments under way: batches of columns, in order.
#[derive(Debug)]
pub struct CudaCommitments(Vec<Pending>);

impl Storage for CudaEngine {
    type Curve = Affine;
    type Memory = CudaMemory;
    type Tables = CudaDomain;
    type Points = CudaBases;
    type Commitments = CudaCommitments;
}

impl CudaEngine {
    /// An engine that keeps everything on the device.
    pub fn new(context: Arc<Context>) -> Result<Self, CudaError> {
        let placement = Placement::resident(context.available_bytes()?);
        Self::with_placement(context, placement)
    }

    /// An engine that keeps things where the placement says.
    pub fn with_placement(context: Arc<Context>, placement: Placement) -> Result<Self, CudaError> {
        let policy = msm::Policy {
            table_bytes: placement.table_bytes,
            workspace_bytes: placement.workspace_bytes,
            ..msm::Policy::of(context.device(), context.available_bytes()?)
        };
        Ok(Self {
            msm: CudaMsm::with_policy(context.clone(), policy)?,
            ntt: CudaNtt::new(context.clone())?,
            programs: CudaPrograms::new(context.clone())?,
            poly: CudaPoly::new(context.clone())?,
            lookups: CudaLookups::new(context.clone())?,
            seeds: CudaSeeds::new(context.clone())?,
            placement,
            context,
        })
    }

    /// The device, opened.
    pub fn context(&self) -> &Arc<Context> {
        &self.context
    }

    /// What is where.
    pub fn placement(&self) -> &Placement {
        &self.placement
    }
}

//! Multi-scalar multiplication on the device: `sum_i s_i B_i`, for several columns of scalars over one
//! set of bases.
//!
//! Pippenger's bucket method with signed digits (`plan`), its kernels in `kernels/msm`:
//!
//! 1. `multiples`: once for a set of bases, as many of their powers 2^(stride j) B as memory allows, so
//!    that windows share buckets.
//! 2. `digits`: scalars become short signed integers, and those digits.
//! 3. `radix`: digits that are not zero, sorted by bucket. Zeros are gone from here on, and so are the
//!    upper windows of small scalars.
//! 4. `accumulate`, `seams`: points into buckets, in runs of equal length whatever the distribution.
//! 5. `fold`: weighted sums of buckets, down to 17 points a bucket set; the host adds those up.
//!
//! A batch is given to the device as a whole and waited for once.

mod combine;
mod kernels;
mod plan;
mod policy;
mod work;
mod workspace;

use std::{borrow::Cow, sync::Arc};

use group::Group;
use halo2_offload_engine::{EngineError, MsmAccel};
use rayon::prelude::*;

use kernels::{Kernels, Xyzz};
use workspace::{Columns, Workspace};

pub use plan::{Pass, Plan, RadixPass, Sizes, Table, Windows, SCALAR_BITS};
pub use policy::Policy;
pub use work::MsmWork;

use crate::{
    buffer::{DeviceBuffer, DeviceSlice},
    context::Context,
    error::CudaError,
    field::{Affine, Projective, ScalarField},
    transfer::Download,
};

/// Multi-scalar multiplication on a device.
#[derive(Debug)]
pub struct CudaMsm {
    context: Arc<Context>,
    kernels: Kernels,
    policy: Policy,
}

/// Bases on a device, with their multiples.
#[derive(Debug)]
pub struct CudaBases {
    table: Table,
    points: DeviceBuffer<Affine>,
}

/// A batch under way.
#[derive(Debug)]
#[must_use = "the sums come with `wait`"]
pub struct Pending {
    columns: usize,
    plan: Plan,
    results: Option<Download<Xyzz>>,
}

impl CudaMsm {
    /// With the policy for the device, and for the memory that is available now.
    pub fn new(context: Arc<Context>) -> Result<Self, CudaError> {
        let policy = Policy::of(context.device(), context.available_bytes()?);
        Self::with_policy(context, policy)
    }

    /// With a policy of one's own.
    pub fn with_policy(context: Arc<Context>, policy: Policy) -> Result<Self, CudaError> {
        Ok(Self {
            kernels: Kernels::load(&context, &policy)?,
            context,
            policy,
        })
    }

    /// The policy.
    pub fn policy(&self) -> &Policy {
        &self.policy
    }

    /// Takes bases to the device, and makes their multiples there.
    pub fn load_bases(&self, bases: &[Affine]) -> Result<CudaBases, CudaError> {
        self.load_bases_with(bases.len(), || bases)
    }

    /// The same for bases that are made when they are asked for: a modelled device does not.
    pub fn load_bases_with<V: AsRef<[Affine]>>(
        &self,
        count: usize,
        bases: impl FnOnce() -> V,
    ) -> Result<CudaBases, CudaError> {
        let table = self.table(count, self.policy.table_bytes)?;
        let mut points = self.allocate_table(&table)?;
        let _started = self
            .context
            .upload_with(points.range_mut(..count)?, bases)?;
        self.complete_table(table, points)
    }

    /// The same for bases that are on the device already; they are copied.
    pub fn load_device_bases(
        &self,
        bases: DeviceSlice<'_, Affine>,
    ) -> Result<CudaBases, CudaError> {
        let table = self.table(bases.len(), self.policy.table_bytes)?;
        self.load_device_table(table, bases)
    }

    /// [`load_device_bases`](Self::load_device_bases), with the multiples that this [`table`](Self::table)
    /// has.
    pub fn load_device_table(
        &self,
        table: Table,
        bases: DeviceSlice<'_, Affine>,
    ) -> Result<CudaBases, CudaError> {
        let mut points = self.allocate_table(&table)?;
        self.context
            .copy(points.range_mut(..table.bases as usize)?, bases)?;
        self.complete_table(table, points)
    }

    /// The table that the policy has for so many bases, with multiples of them in at most so many bytes.
    pub fn table(&self, bases: usize, table_bytes: u64) -> Result<Table, CudaError> {
        let policy = Policy {
            table_bytes,
            ..self.policy
        };
        u32::try_from(bases)
            .ok()
            .filter(|_| bases <= Table::MAX_BASES)
            .map(|bases| Table::choose(bases, &policy))
            .ok_or(CudaError::Length {
                operation: "loading msm bases",
                given: bases,
                needed: Table::MAX_BASES,
            })
    }

    fn allocate_table(&self, table: &Table) -> Result<DeviceBuffer<Affine>, CudaError> {
        self.context.allocate("msm bases", table.points())
    }

    fn complete_table(
        &self,
        table: Table,
        mut points: DeviceBuffer<Affine>,
    ) -> Result<CudaBases, CudaError> {
        let _timed = self.context.time("msm multiples")?;
        let multiples = &self.kernels.multiples;
        multiples.launch(&self.context, &table, points.all_mut())?;
        self.context.account("msm multiples", table.work());
        Ok(CudaBases { table, points })
    }

    /// Gives a batch of columns on the host to the device. They have been read when this returns.
    pub fn begin(
        &self,
        bases: &CudaBases,
        columns: &[&[ScalarField]],
    ) -> Result<Pending, CudaError> {
        self.begin_columns(bases, Columns::Host(columns))
    }

    /// Gives a batch of columns on the device to it.
    pub fn begin_device(
        &self,
        bases: &CudaBases,
        columns: &[DeviceSlice<'_, ScalarField>],
    ) -> Result<Pending, CudaError> {
        self.begin_columns(bases, Columns::Device(columns))
    }

    fn begin_columns(&self, bases: &CudaBases, columns: Columns<'_>) -> Result<Pending, CudaError> {
        let lengths = columns.lengths();
        let longest = lengths.iter().copied().max().unwrap_or(0);
        if longest > bases.len() {
            return Err(CudaError::Length {
                operation: "msm",
                given: longest,
                needed: bases.len(),
            });
        }
        let plan = Plan::new(&bases.table, &lengths, &self.policy);
        let results = match plan.passes.is_empty() {
            true => None,
            false => Some(self.run(bases, &columns, &plan)?),
        };
        Ok(Pending {
            columns: lengths.len(),
            plan,
            results,
        })
    }

    fn run(
        &self,
        bases: &CudaBases,
        columns: &Columns<'_>,
        plan: &Plan,
    ) -> Result<Download<Xyzz>, CudaError> {
        let _timed = self.context.time("msm")?;
        let mut workspace = Workspace::new(&self.context, &plan.sizes, columns)?;
        let mut results = self.context.allocate("msm results", plan.results)?;
        for pass in &plan.passes {
            let range = pass.first_result..pass.first_result + pass.results();
            workspace.run(self, bases, columns, pass, results.range_mut(range)?)?;
        }
        self.context.begin_download(results.all())
    }
}

impl CudaBases {
    /// How many bases there are.
    pub fn len(&self) -> usize {
        self.table.bases as usize
    }

    /// Whether there are none.
    pub fn is_empty(&self) -> bool {
        self.table.bases == 0
    }

    /// What is kept of them.
    pub fn table(&self) -> &Table {
        &self.table
    }
}

impl Pending {
    /// Waits for the device; the sum of each column.
    pub fn wait(self) -> Result<Vec<Projective>, CudaError> {
        let mut sums = vec![Projective::identity(); self.columns];
        if let Some(results) = self.results {
            let results = results.wait()?;
            let of_passes: Vec<_> = self
                .plan
                .passes
                .par_iter()
                .map(|pass| {
                    let range = pass.first_result..pass.first_result + pass.results();
                    combine::sums(pass, results.get(range).unwrap_or_default())
                })
                .collect();
            for (pass, of_pass) in self.plan.passes.iter().zip(of_passes) {
                for (&column, sum) in pass.columns.iter().zip(of_pass) {
                    sums[column] += sum;
                }
            }
        }
        Ok(sums)
    }
}

impl MsmAccel<Affine> for CudaMsm {
    type Bases<'h> = CudaBases;

    fn name(&self) -> String {
        "cuda".into()
    }

    fn load<'h>(&self, bases: Cow<'h, [Affine]>) -> Result<Self::Bases<'h>, EngineError> {
        Ok(self.load_bases(&bases)?)
    }

    fn msm(
        &self,
        bases: &Self::Bases<'_>,
        columns: &[&[ScalarField]],
    ) -> Result<Vec<Projective>, EngineError> {
        let longest = columns.iter().map(|column| column.len()).max();
        EngineError::check_length(
            "msm",
            "the base set",
            longest.unwrap_or(0).max(bases.len()),
            bases.len(),
        )?;
        Ok(self.begin(bases, columns)?.wait()?)
    }
}

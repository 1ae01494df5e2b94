//! What a proof of one circuit takes of a device, and where everything is so that it fits.
//!
//! The engine itself is led through a proof on a device that is only modelled: every buffer is booked
//! under its name, every launch and copy counted, by the code that proves. So a plan's figures are
//! those of the proof, and they are there before anything is allocated, with no device either.

use halo2_axiom::halo2curves::bn256::Fr;
use halo2_offload_cuda::{
    Context, Counters, CudaEngine, CudaError, DeviceModel, KernelImage, LedgerReport, Options,
    Place, Placement, Work,
};
use halo2_offload_prover::{
    walk, Account, AccountMeter, CompiledCircuit, Multiopen, ProverError, Stage, Walk,
};
use std::{collections::BTreeMap, fmt, sync::Arc};

/// What is asked of a device beside the ledger's bytes: what the driver's context and its allocator
/// take, so that a plan for all that is free is not refused.
const MARGIN_SHARE: u64 = 20;

/// Where everything is, and what one proof takes then.
#[derive(Clone, Debug)]
pub struct DevicePlan {
    /// Where everything is.
    pub placement: Placement,
    /// Bytes of device memory of the loaded key.
    pub key_bytes: u64,
    /// The most device memory that is held at a time, by what.
    pub peak: LedgerReport,
    /// The stage in which that is.
    pub peak_stage: Stage,
    /// Page-locked host memory for copies, in bytes.
    pub pinned_bytes: u64,
    /// What loading a stock key takes, with the checks of the SRS and of the columns. The columns of a key
    /// file were checked when it was written: two commitments less.
    pub loading: Counters,
    /// The most device memory that is held at a time until the key is loaded, in bytes.
    pub loading_peak_bytes: u64,
    /// What a proof takes.
    pub proof: Counters,
    /// What each stage of a proof takes, in the order of [`Stage::ALL`].
    pub stages: Vec<(Stage, Counters)>,
    /// What each operation of a proof gives the device to do.
    pub work: BTreeMap<&'static str, Work>,
}

/// There is no plan.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum PlanError {
    /// The smallest plan needs more memory than there is.
    #[error("a proof of k = {k} needs at least {} of device memory with everything but the SRS on the host, and {} may be used; most of it in the {} stage ({held}): prove with a smaller k, on a device with more memory, or on the CPU (--device cpu)", rounded_up(*.needed_bytes), rounded_down(*.budget_bytes), stage.name())]
    TooLittleMemory {
        /// log2 of the rows.
        k: u32,
        /// Peak of the smallest plan.
        needed_bytes: u64,
        /// What may be used.
        budget_bytes: u64,
        /// The stage in which the peak is.
        stage: Stage,
        /// What is held then.
        held: Box<LedgerReport>,
    },
    /// The circuit cannot be proved on the device, whatever memory there is.
    #[error(transparent)]
    Prover(#[from] ProverError),
    /// The device cannot be modelled.
    #[error(transparent)]
    Device(#[from] CudaError),
}

/// What is needed is said rounded up, and what there is rounded down: what is too little reads so.
fn rounded_up(bytes: u64) -> String {
    let (each, unit) = unit(bytes);
    format!("{} {unit}", bytes.div_ceil(each))
}

fn rounded_down(bytes: u64) -> String {
    let (each, unit) = unit(bytes);
    format!("{} {unit}", bytes / each)
}

/// One of which there are at least ten.
fn unit(bytes: u64) -> (u64, &'static str) {
    let units = [(1 << 20, "MiB"), (1 << 10, "KiB")];
    let large = units.into_iter().find(|(each, _)| bytes >= 10 * each);
    large.unwrap_or((1, "bytes"))
}

/// One line: where everything is, and what it takes.
impl fmt::Display for DevicePlan {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Placement {
            key,
            proof,
            table_bytes,
            ..
        } = self.placement;
        f.write_str(match (key, proof) {
            (Place::Device, Place::Device) => "everything on the device",
            (Place::Host, Place::Device) => "the key's columns on the host, the rest on the device",
            (_, Place::Host) => "all columns on the host, and on the device when they are read",
        })?;
        write!(
            f,
            "; multiples of the SRS up to {}; {} with the key loaded, {} at the peak, in the {} stage",
            rounded_up(2 * table_bytes),
            rounded_up(self.key_bytes),
            rounded_up(self.peak.bytes),
            self.peak_stage.name()
        )
    }
}

impl DevicePlan {
    /// The first of the plans, from the one with most on the device to the one with least, that fits
    /// `budget_bytes`; if nothing is said, what is free less a twentieth.
    ///
    /// # Errors
    ///
    /// If even the smallest needs more.
    pub fn choose(
        circuit: &CompiledCircuit<Fr>,
        multiopen: Multiopen,
        device: &DeviceModel,
        budget_bytes: Option<u64>,
    ) -> Result<Self, PlanError> {
        let free_bytes = device.free_bytes();
        let usable_bytes = free_bytes - free_bytes / MARGIN_SHARE;
        let budget_bytes = budget_bytes.map_or(usable_bytes, |budget| budget.min(usable_bytes));
        let mut smallest = None;
        for (key, proof) in [
            (Place::Device, Place::Device),
            (Place::Host, Place::Device),
            (Place::Host, Place::Host),
        ] {
            for working_columns in [usize::MAX, 0] {
                let bare = Placement {
                    key,
                    proof,
                    working_columns,
                    ..Placement::smallest(circuit.n())
                };
                let plan = Self::of(circuit, multiopen, device, bare)?;
                match budget_bytes.checked_sub(plan.peak.bytes) {
                    Some(spare_bytes) => {
                        return plan.with_spare(circuit, multiopen, device, spare_bytes)
                    }
                    None => smallest = Some(plan),
                }
            }
        }
        let smallest = smallest.expect("six plans were made, and none fits");
        Err(PlanError::TooLittleMemory {
            k: circuit.k,
            needed_bytes: smallest.peak.bytes,
            budget_bytes,
            stage: smallest.peak_stage,
            held: Box::new(smallest.peak),
        })
    }

    /// This plan with what memory is left put to use: for multiples of the SRS, which save additions in
    /// every commitment, and for workspace, which costs nothing where other stages hold more than
    /// commitments do.
    fn with_spare(
        self,
        circuit: &CompiledCircuit<Fr>,
        multiopen: Multiopen,
        device: &DeviceModel,
        spare_bytes: u64,
    ) -> Result<Self, PlanError> {
        let budget_bytes = self.peak.bytes + spare_bytes;
        for (table_share, workspace_share) in [(2, 8), (3, 8), (4, 8), (6, 8), (8, 16), (16, 16)] {
            let placement = Placement {
                table_bytes: spare_bytes / table_share,
                workspace_bytes: self
                    .placement
                    .workspace_bytes
                    .max(spare_bytes / workspace_share),
                ..self.placement
            };
            let plan = Self::of(circuit, multiopen, device, placement)?;
            if plan.peak.bytes <= budget_bytes {
                return Ok(plan);
            }
        }
        Ok(self)
    }

    /// What a proof takes with this placement, whether it fits the device or not.
    pub fn of(
        circuit: &CompiledCircuit<Fr>,
        multiopen: Multiopen,
        device: &DeviceModel,
        placement: Placement,
    ) -> Result<Self, PlanError> {
        let without_bound = device.clone().with_memory_bytes(u64::MAX / 2);
        let context =
            Context::modelled(without_bound, &KernelImage::shipped(), Options::default())?;
        let engine = CudaEngine::with_placement(context.clone(), placement)?;
        let mut loading = Loading {
            context: &context,
            loaded: None,
        };
        let mut meter = AccountMeter::new(DeviceWork(&context));
        walk(&engine, circuit, multiopen, &mut loading, &mut meter)?;
        let Loaded {
            key_bytes,
            peak_bytes: loading_peak_bytes,
            counters: before,
            work: work_before,
        } = loading.loaded.unwrap_or_default();
        Ok(Self {
            placement,
            key_bytes,
            loading_peak_bytes,
            peak: context.peak_memory(),
            peak_stage: meter.peak_stage(),
            pinned_bytes: context.peak_pinned_bytes(),
            loading: before,
            proof: context.counters()? - before,
            stages: meter
                .spent()
                .map(|(stage, counters)| (stage, counters.unwrap_or_default()))
                .to_vec(),
            work: context.work_since(&work_before),
        })
    }
}

/// What was held and done when the proof began.
#[derive(Default)]
struct Loaded {
    key_bytes: u64,
    peak_bytes: u64,
    counters: Counters,
    work: BTreeMap<&'static str, Work>,
}

/// Looks when the proof begins.
struct Loading<'a> {
    context: &'a Arc<Context>,
    loaded: Option<Loaded>,
}

impl Walk for Loading<'_> {
    fn loaded(&mut self) {
        self.loaded = Some(Loaded {
            key_bytes: self.context.memory().bytes,
            peak_bytes: self.context.peak_memory().bytes,
            counters: self.context.counters().unwrap_or_default(),
            work: self.context.work(),
        });
    }
}

/// What the device is given to do.
struct DeviceWork<'a>(&'a Arc<Context>);

impl Account for DeviceWork<'_> {
    type Reading = Counters;
    type Spent = Counters;

    fn read(&self) -> Counters {
        self.0.counters().unwrap_or_default()
    }

    fn add(&self, sum: &mut Option<Counters>, from: &Counters, to: &Counters) {
        *sum = Some(sum.unwrap_or_default() + (*to - *from));
    }

    fn peak_bytes(&self, _: &Counters) -> u64 {
        self.0.peak_memory().bytes
    }
}

#[cfg(test)]
mod tests {
    use super::{rounded_down, rounded_up};

    #[test]
    fn what_is_too_little_reads_so() {
        assert_eq!(rounded_down(1), "1 bytes");
        for (needed, budget, said) in [
            ((20 << 20) + 1, 20 << 20, ["21 MiB", "20 MiB"]),
            ((20 << 20) + 2, (20 << 20) + 1, ["21 MiB", "20 MiB"]),
            (10 << 20, (10 << 20) - 1, ["10 MiB", "10239 KiB"]),
            (10_241, 10_240, ["11 KiB", "10 KiB"]),
            (10_240, 10_239, ["10 KiB", "10239 bytes"]),
        ] {
            assert_eq!([rounded_up(needed), rounded_down(budget)], said);
        }
    }
}

//! A device as reports have it: what it is, and what a rung used of it.

use halo2_offload::DevicePlan;
use halo2_offload_cuda::{Context, Counters, DeviceInfo, KernelImage, Work};
use halo2_offload_measure::{DeviceProbe, DeviceUse, Vram, VramHolding};
use serde_json::{json, Value};
use std::sync::Arc;

/// Facts about a device, as reports have them.
pub fn describe(device: &DeviceInfo) -> Value {
    json!({
        "name": device.name,
        "emulated": device.is_emulated(),
        "ordinal": device.ordinal,
        "uuid": device.uuid,
        "pci": device.pci,
        "compute_capability": device.capability.to_string(),
        "multiprocessors": device.multiprocessors,
        "clock_khz": device.clock_khz,
        "memory_bytes": device.memory_bytes,
        "driver_cuda": device.driver.to_string(),
    })
}

/// The device that a rung works with, for its report.
pub struct Watched {
    context: Arc<Context>,
    planned_bytes: Option<u64>,
}

impl Watched {
    pub fn new(context: Arc<Context>) -> Self {
        Self {
            context,
            planned_bytes: None,
        }
    }

    /// The same, with the peak of memory that a plan predicts, which the report has beside the measured one.
    pub fn planned(context: Arc<Context>, plan: &DevicePlan) -> Self {
        Self {
            context,
            planned_bytes: Some(plan.peak.bytes),
        }
    }
}

impl DeviceProbe for Watched {
    fn describe(&self) -> Option<Value> {
        let mut facts = describe(self.context.device());
        facts["kernel_sources_sha256"] = json!(KernelImage::shipped().source_hash());
        Some(facts)
    }

    fn is_emulated(&self) -> bool {
        self.context.device().is_emulated()
    }

    fn used(&self) -> Option<DeviceUse> {
        let Counters {
            launches,
            synchronisations,
            bytes_to_device,
            bytes_from_device,
            device_ns,
        } = match self.context.counters() {
            Ok(counters) => counters,
            Err(error) => {
                tracing::error!(%error, "the device's counters");
                return None;
            }
        };
        let work: Work = self.context.work().into_values().sum();
        Some(DeviceUse {
            multiplications: work.multiplications,
            memory_bytes_read: work.bytes_read,
            memory_bytes_written: work.bytes_written,
            bytes_to_device,
            bytes_from_device,
            launches,
            synchronisations,
            device_ns: (!self.is_emulated()).then_some(device_ns),
        })
    }

    fn peak_vram(&self) -> Option<Vram> {
        let peak = self.context.peak_memory();
        let holdings = peak.holdings.into_iter().map(|holding| VramHolding {
            name: holding.name,
            buffers: holding.allocations as u64,
            bytes: holding.bytes,
        });
        Some(Vram {
            bytes: peak.bytes,
            planned_bytes: self.planned_bytes,
            holdings: holdings.collect(),
        })
    }
}

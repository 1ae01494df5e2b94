//! How long counted work takes at least: a prediction from rates, never a measurement.
//!
//! An operation takes no less than its wide multiplications at the rate at which a device issues them,
//! and no less than its bytes at the bandwidth of the device's memory; at best the one goes on beside the
//! other. Operations follow each other in one stream, so their times add up, and launches take theirs.
//! (Williams, Waterman, Patterson, "Roofline", CACM 52, 2009.) What else kernels do, additions above all,
//! is not in it, nor copies from and to the host: a device that took exactly this long would do nothing
//! else. Of work that is counted as an upper bound, it is the least that so much work takes.

use std::collections::BTreeMap;

use crate::{ceilings::Ceilings, device::DeviceInfo, work::Work};

/// Wide multiplications (IMAD.WIDE) that a multiprocessor issues in a clock. The CUDA C++ Programming
/// Guide ("Arithmetic Instructions") has 64 multiply-adds of 32 bits from compute capability 7.0 on;
/// wide ones take two slots, as far as published timings of field arithmetic tell. `ceilings` measures it.
const WIDE_PER_CLOCK: f64 = 32.0;
/// Transfers of a memory bus in a cycle of its clock, as drivers report that: both edges.
const TRANSFERS_PER_CLOCK: f64 = 2.0;

/// The rates of a device that bound all work on it.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Rates {
    /// Wide multiplications a second.
    pub multiplications: f64,
    /// Bytes of device memory a second, read and written.
    pub bytes: f64,
    /// Nanoseconds from one launch to the next.
    pub launch_ns: f64,
    /// Where they come from.
    pub source: RateSource,
}

/// Where rates come from. What is predicted with either is a prediction.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum RateSource {
    /// Clocks, widths and counts that the maker publishes or the driver reports.
    Published,
    /// [`Ceilings`] that were measured on the device.
    Ceilings,
}

/// The least that work takes.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct Floor {
    /// Nanoseconds of multiplications.
    pub multiplications_ns: f64,
    /// Nanoseconds of memory traffic.
    pub bytes_ns: f64,
}

/// The least that operations take, one after the other.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Prediction {
    /// By operation.
    pub operations: BTreeMap<&'static str, Floor>,
    /// Nanoseconds that launches take, all together.
    pub launches_ns: f64,
}

impl Rates {
    /// By what is published about the device. Nobody publishes what a launch takes, so here it takes no
    /// time; see [`with_launch_ns`](Self::with_launch_ns).
    pub fn published(device: &DeviceInfo) -> Self {
        let clock = f64::from(device.clock_khz) * 1e3;
        let memory_clock = f64::from(device.memory_clock_khz) * 1e3;
        Self {
            multiplications: WIDE_PER_CLOCK * f64::from(device.multiprocessors) * clock,
            bytes: TRANSFERS_PER_CLOCK * memory_clock * f64::from(device.memory_bus_bits) / 8.0,
            launch_ns: 0.0,
            source: RateSource::Published,
        }
    }

    /// By what was measured on the device; nothing for those of the emulator, which are no device's.
    pub fn of_ceilings(ceilings: &Ceilings) -> Option<Self> {
        (!ceilings.is_emulated).then(|| Self {
            multiplications: ceilings.arithmetic.carried_multiply_adds,
            bytes: f64::max(ceilings.copies.device, ceilings.copies.device_by_kernel),
            launch_ns: ceilings.launch_ns,
            source: RateSource::Ceilings,
        })
    }

    /// With launches that take so long.
    pub fn with_launch_ns(self, launch_ns: f64) -> Self {
        Self { launch_ns, ..self }
    }

    /// The least that this work takes. A rate of zero is one that is not known, and bounds nothing.
    pub fn floor(&self, work: Work) -> Floor {
        let ns = |amount: u64, rate: f64| match rate > 0.0 {
            true => amount as f64 * 1e9 / rate,
            false => 0.0,
        };
        Floor {
            multiplications_ns: ns(work.multiplications, self.multiplications),
            bytes_ns: ns(work.bytes(), self.bytes),
        }
    }

    /// The least that operations take in so many launches, from
    /// [`Context::work`](crate::Context::work) and [`Counters`](crate::Counters).
    pub fn predict(&self, work: &BTreeMap<&'static str, Work>, launches: u64) -> Prediction {
        Prediction {
            operations: work
                .iter()
                .map(|(&name, &work)| (name, self.floor(work)))
                .collect(),
            launches_ns: launches as f64 * self.launch_ns,
        }
    }
}

impl Floor {
    /// The longer of the two, beside which the other goes on.
    pub fn ns(&self) -> f64 {
        self.multiplications_ns.max(self.bytes_ns)
    }
}

impl Prediction {
    /// All of it.
    pub fn ns(&self) -> f64 {
        self.operations.values().map(Floor::ns).sum::<f64>() + self.launches_ns
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{
        ceilings::{Arithmetic, Copies},
        model::DeviceModel,
    };

    fn work(multiplications: u64, bytes_read: u64) -> Work {
        Work {
            multiplications,
            bytes_read,
            bytes_written: 0,
        }
    }

    const ROUND: Rates = Rates {
        multiplications: 1e12,
        bytes: 1e11,
        launch_ns: 10.0,
        source: RateSource::Published,
    };

    #[test]
    fn the_longer_of_the_two_counts_for_each_operation() {
        assert_eq!(ROUND.floor(work(3000, 100)).ns(), 3.0);
        assert_eq!(ROUND.floor(work(3000, 1000)).ns(), 10.0);
        let work = BTreeMap::from([("msm", work(3000, 100)), ("sort", work(0, 1000))]);
        let prediction = ROUND.predict(&work, 5);
        assert_eq!(prediction.ns(), 3.0 + 10.0 + 50.0);
        assert_eq!(prediction.operations["sort"].bytes_ns, 10.0);
        let free = ROUND.with_launch_ns(0.0).predict(&work, 5);
        assert_eq!(free.ns(), 13.0);
    }

    #[test]
    fn a_rate_that_is_not_known_bounds_nothing() {
        let unknown = Rates {
            multiplications: 0.0,
            ..ROUND
        };
        assert_eq!(unknown.floor(work(u64::MAX, 100)).ns(), 1.0);
    }

    /// 132 multiprocessors at 1.98 GHz, 3.35 TB/s.
    #[test]
    fn published_rates_of_an_h100() {
        let model = DeviceModel::named("h100").expect("it is known");
        let rates = Rates::published(model.info());
        assert!((rates.multiplications / 8.36e12 - 1.0).abs() < 0.01);
        assert!((rates.bytes / 3.35e12 - 1.0).abs() < 0.01);
        assert_eq!(rates.launch_ns, 0.0);
    }

    #[test]
    fn rates_of_the_emulator_are_none() {
        let mut ceilings = Ceilings {
            device: "a device".to_owned(),
            is_emulated: false,
            arithmetic: Arithmetic {
                multiply_adds: 7.0,
                wide_multiply_adds: 6.0,
                carried_multiply_adds: 5.0,
                carried_adds: 4.0,
                fr_multiplications: 3.0,
                fr_squarings: 3.0,
                fq_multiplications: 3.0,
                fq_squarings: 3.0,
                g1_mixed_additions: 2.0,
                g1_affine_additions: 2.0,
            },
            copies: Copies {
                device: 11.0,
                device_by_kernel: 12.0,
                upload_pinned: 1.0,
                download_pinned: 1.0,
                upload_pageable: 1.0,
                download_pageable: 1.0,
                upload_staged: 1.0,
                download_staged: 1.0,
            },
            launch_ns: 8.0,
        };
        let expected = Rates {
            multiplications: 5.0,
            bytes: 12.0,
            launch_ns: 8.0,
            source: RateSource::Ceilings,
        };
        assert_eq!(Rates::of_ceilings(&ceilings), Some(expected));
        ceilings.is_emulated = true;
        assert_eq!(Rates::of_ceilings(&ceilings), None);
    }
}

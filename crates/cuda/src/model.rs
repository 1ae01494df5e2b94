//! Devices that are not there: what is known of them is enough to plan for them.

use crate::{
    device::{ComputeCapability, DeviceInfo, Nature},
    sys::OLDEST_DRIVER,
};

/// A device to plan for, see [`Context::modelled`](crate::Context::modelled).
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct DeviceModel(DeviceInfo);

/// Published facts of a card.
struct Card {
    /// What [`DeviceModel::named`] knows it by.
    key: &'static str,
    name: &'static str,
    capability: (u32, u32),
    multiprocessors: u32,
    clock_khz: u32,
    memory_bytes: u64,
    memory_clock_khz: u32,
    memory_bus_bits: u32,
    l2_bytes: u32,
    shared_kib_opt_in: u32,
}

/// Memory is in the maker's gigabytes of 10^9 bytes: a card has more, and its system takes some. Twice
/// the memory clock, times the width of the bus, is the published bandwidth.
const CARDS: [Card; 3] = [
    // NVIDIA H100 Tensor Core GPU datasheet and architecture whitepaper, SXM5: 80 GB, 3.35 TB/s.
    Card {
        key: "h100",
        name: "NVIDIA H100 80GB HBM3",
        capability: (9, 0),
        multiprocessors: 132,
        clock_khz: 1_980_000,
        memory_bytes: 80_000_000_000,
        memory_clock_khz: 2_619_000,
        memory_bus_bits: 5120,
        l2_bytes: 50 << 20,
        shared_kib_opt_in: 227,
    },
    // NVIDIA Ada GPU architecture whitepaper, table of the GeForce RTX 4090: 24 GB, 1008 GB/s.
    Card {
        key: "rtx4090",
        name: "NVIDIA GeForce RTX 4090",
        capability: (8, 9),
        multiprocessors: 128,
        clock_khz: 2_520_000,
        memory_bytes: 24_000_000_000,
        memory_clock_khz: 10_501_000,
        memory_bus_bits: 384,
        l2_bytes: 72 << 20,
        shared_kib_opt_in: 99,
    },
    // NVIDIA's specifications of the GeForce RTX 4060: 8 GB, 272 GB/s.
    Card {
        key: "rtx4060",
        name: "NVIDIA GeForce RTX 4060",
        capability: (8, 9),
        multiprocessors: 24,
        clock_khz: 2_460_000,
        memory_bytes: 8_000_000_000,
        memory_clock_khz: 8_501_000,
        memory_bus_bits: 128,
        l2_bytes: 24 << 20,
        shared_kib_opt_in: 99,
    },
];

impl DeviceModel {
    /// A well-known card: one of [`names`](Self::names).
    pub fn named(name: &str) -> Option<Self> {
        CARDS.iter().find(|card| card.key == name).map(Card::model)
    }

    /// The names of the well-known cards.
    pub fn names() -> impl Iterator<Item = &'static str> {
        CARDS.iter().map(|card| card.key)
    }

    /// With so much memory, all of it free.
    pub fn with_memory_bytes(mut self, bytes: u64) -> Self {
        self.0.memory_bytes = bytes;
        self.with_free_bytes(bytes)
    }

    /// With so many bytes of its memory free, at most all.
    pub fn with_free_bytes(mut self, bytes: u64) -> Self {
        let free_bytes = bytes.min(self.0.memory_bytes);
        self.0.nature = Nature::Modelled { free_bytes };
        self
    }

    /// How much of its memory is free.
    pub fn free_bytes(&self) -> u64 {
        match self.0.nature {
            Nature::Modelled { free_bytes } => free_bytes,
            _ => self.0.memory_bytes,
        }
    }

    /// What there is to know about it.
    pub fn info(&self) -> &DeviceInfo {
        &self.0
    }

    pub(crate) fn into_info(self) -> DeviceInfo {
        self.0
    }
}

impl From<&DeviceInfo> for DeviceModel {
    /// A device like this one, with all of its memory free.
    fn from(info: &DeviceInfo) -> Self {
        Self(info.clone()).with_free_bytes(info.memory_bytes)
    }
}

impl Card {
    fn model(&self) -> DeviceModel {
        let (major, minor) = self.capability;
        DeviceModel(DeviceInfo {
            ordinal: 0,
            name: self.name.to_owned(),
            uuid: String::new(),
            pci: String::new(),
            capability: ComputeCapability { major, minor },
            multiprocessors: self.multiprocessors,
            clock_khz: self.clock_khz,
            memory_bytes: self.memory_bytes,
            memory_clock_khz: self.memory_clock_khz,
            memory_bus_bits: self.memory_bus_bits,
            l2_bytes: self.l2_bytes,
            shared_bytes_per_block: 48 << 10,
            shared_bytes_per_block_opt_in: self.shared_kib_opt_in << 10,
            max_threads_per_block: 1024,
            max_grid_x: i32::MAX as u32,
            max_grid_y: u32::from(u16::MAX),
            memory_pools: true,
            driver: OLDEST_DRIVER,
            nature: Nature::Modelled {
                free_bytes: self.memory_bytes,
            },
        })
    }
}

#[cfg(test)]
mod tests {
    use super::DeviceModel;

    #[test]
    fn cards_have_their_published_bandwidth() {
        for (name, gigabytes_a_second) in [("h100", 3350), ("rtx4090", 1008), ("rtx4060", 272)] {
            let model = DeviceModel::named(name).expect("it is known");
            let info = model.info();
            let bytes = 2 * u64::from(info.memory_clock_khz) * u64::from(info.memory_bus_bits) / 8;
            let published = gigabytes_a_second * 1_000_000;
            assert!(
                bytes.abs_diff(published) * 1000 < published * 2,
                "{name}: {bytes}"
            );
            assert!(info.is_modelled() && !info.is_emulated());
        }
        assert_eq!(DeviceModel::names().count(), 3);
        assert_eq!(DeviceModel::named("abacus"), None);
    }

    #[test]
    fn memory_is_what_one_says() {
        let model = DeviceModel::named("h100").expect("it is known");
        let free = |model: &DeviceModel| model.info().free_bytes().ok();
        assert_eq!(free(&model), Some(80_000_000_000));
        let small = model.with_memory_bytes(1000);
        assert_eq!(
            (small.info().memory_bytes, free(&small)),
            (1000, Some(1000))
        );
        let used = small.with_free_bytes(10);
        assert_eq!((used.info().memory_bytes, free(&used)), (1000, Some(10)));
        assert_eq!(free(&DeviceModel::from(used.info())), Some(1000));
    }
}

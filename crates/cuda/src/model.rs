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
/// the memory clock, times the width of the bus, is the published bandwidth. Clocks are boost clocks. Shared
/// memory is that of the compute capability (CUDA C++ Programming Guide, "Technical Specifications per
/// Compute Capability").
///
/// The documents are named for whoever wants to check. What is here was taken from pages that quote them and, for the
/// T4 and the A100, from what `deviceQuery` prints, not from the documents themselves.
const CARDS: [Card; 15] = [
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
    // NVIDIA H100 PCIe product brief (PB-11133-001) and architecture whitepaper: 80 GB, "greater than 2,000
    // GB/s".
    Card {
        key: "h100-pcie",
        name: "NVIDIA H100 PCIe",
        capability: (9, 0),
        multiprocessors: 114,
        clock_khz: 1_755_000,
        memory_bytes: 80_000_000_000,
        memory_clock_khz: 1_593_000,
        memory_bus_bits: 5120,
        l2_bytes: 50 << 20,
        shared_kib_opt_in: 227,
    },
    // NVIDIA H200 Tensor Core GPU datasheet, SXM: 141 GB, 4.8 TB/s; the chip is that of the H100.
    Card {
        key: "h200",
        name: "NVIDIA H200",
        capability: (9, 0),
        multiprocessors: 132,
        clock_khz: 1_980_000,
        memory_bytes: 141_000_000_000,
        memory_clock_khz: 3_125_000,
        memory_bus_bits: 6144,
        l2_bytes: 50 << 20,
        shared_kib_opt_in: 227,
    },
    // NVIDIA A100 Tensor Core GPU architecture whitepaper: 40 GB, 1555 GB/s.
    Card {
        key: "a100-40gb",
        name: "NVIDIA A100-SXM4-40GB",
        capability: (8, 0),
        multiprocessors: 108,
        clock_khz: 1_410_000,
        memory_bytes: 40_000_000_000,
        memory_clock_khz: 1_215_000,
        memory_bus_bits: 5120,
        l2_bytes: 40 << 20,
        shared_kib_opt_in: 163,
    },
    // NVIDIA A100 Tensor Core GPU datasheet, 80 GB SXM: 2039 GB/s; the chip is that of the 40 GB card.
    Card {
        key: "a100-80gb",
        name: "NVIDIA A100-SXM4-80GB",
        capability: (8, 0),
        multiprocessors: 108,
        clock_khz: 1_410_000,
        memory_bytes: 80_000_000_000,
        memory_clock_khz: 1_593_000,
        memory_bus_bits: 5120,
        l2_bytes: 40 << 20,
        shared_kib_opt_in: 163,
    },
    // NVIDIA L40S datasheet: 48 GB, 864 GB/s; Ada GPU architecture whitepaper for the L40, of the same chip.
    Card {
        key: "l40s",
        name: "NVIDIA L40S",
        capability: (8, 9),
        multiprocessors: 142,
        clock_khz: 2_520_000,
        memory_bytes: 48_000_000_000,
        memory_clock_khz: 9_001_000,
        memory_bus_bits: 384,
        l2_bytes: 96 << 20,
        shared_kib_opt_in: 99,
    },
    // NVIDIA L4 datasheet: 24 GB, 300 GB/s; Ada GPU architecture whitepaper, version 2, table of the L4.
    Card {
        key: "l4",
        name: "NVIDIA L4",
        capability: (8, 9),
        multiprocessors: 58,
        clock_khz: 2_040_000,
        memory_bytes: 24_000_000_000,
        memory_clock_khz: 6_251_000,
        memory_bus_bits: 192,
        l2_bytes: 48 << 20,
        shared_kib_opt_in: 99,
    },
    // NVIDIA A10 datasheet: 24 GB, 600 GB/s; Ampere GA102 GPU architecture whitepaper for the chip.
    Card {
        key: "a10",
        name: "NVIDIA A10",
        capability: (8, 6),
        multiprocessors: 72,
        clock_khz: 1_695_000,
        memory_bytes: 24_000_000_000,
        memory_clock_khz: 6_251_000,
        memory_bus_bits: 384,
        l2_bytes: 6 << 20,
        shared_kib_opt_in: 99,
    },
    // NVIDIA T4 datasheet: 16 GB, 320 GB/s; Turing GPU architecture whitepaper, table of the T4.
    Card {
        key: "t4",
        name: "Tesla T4",
        capability: (7, 5),
        multiprocessors: 40,
        clock_khz: 1_590_000,
        memory_bytes: 16_000_000_000,
        memory_clock_khz: 5_001_000,
        memory_bus_bits: 256,
        l2_bytes: 4 << 20,
        shared_kib_opt_in: 64,
    },
    // NVIDIA RTX Blackwell GPU architecture whitepaper, table of the GeForce RTX 5090: 32 GB, 1792 GB/s.
    Card {
        key: "rtx5090",
        name: "NVIDIA GeForce RTX 5090",
        capability: (12, 0),
        multiprocessors: 170,
        clock_khz: 2_407_000,
        memory_bytes: 32_000_000_000,
        memory_clock_khz: 14_001_000,
        memory_bus_bits: 512,
        l2_bytes: 96 << 20,
        shared_kib_opt_in: 99,
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
    // NVIDIA Ada GPU architecture whitepaper, table of the GeForce RTX 4080: 16 GB, 717 GB/s.
    Card {
        key: "rtx4080",
        name: "NVIDIA GeForce RTX 4080",
        capability: (8, 9),
        multiprocessors: 76,
        clock_khz: 2_505_000,
        memory_bytes: 16_000_000_000,
        memory_clock_khz: 11_201_000,
        memory_bus_bits: 256,
        l2_bytes: 64 << 20,
        shared_kib_opt_in: 99,
    },
    // NVIDIA's specifications of the GeForce RTX 4070: 12 GB, 504 GB/s.
    Card {
        key: "rtx4070",
        name: "NVIDIA GeForce RTX 4070",
        capability: (8, 9),
        multiprocessors: 46,
        clock_khz: 2_475_000,
        memory_bytes: 12_000_000_000,
        memory_clock_khz: 10_501_000,
        memory_bus_bits: 192,
        l2_bytes: 36 << 20,
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
    // NVIDIA Ampere GA102 GPU architecture whitepaper, table of the GeForce RTX 3090: 24 GB, 936 GB/s.
    Card {
        key: "rtx3090",
        name: "NVIDIA GeForce RTX 3090",
        capability: (8, 6),
        multiprocessors: 82,
        clock_khz: 1_695_000,
        memory_bytes: 24_000_000_000,
        memory_clock_khz: 9_751_000,
        memory_bus_bits: 384,
        l2_bytes: 6 << 20,
        shared_kib_opt_in: 99,
    },
];

/// A card that is given by a few numbers, see [`DeviceModel::of_numbers`].
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct CardNumbers {
    /// Its multiprocessors.
    pub multiprocessors: u32,
    /// The highest clock of its multiprocessors.
    pub clock_khz: u32,
    /// Its memory.
    pub memory_bytes: u64,
    /// Bytes a second between it and its memory. Without it, memory traffic bounds no time.
    pub bandwidth: Option<u64>,
}

impl DeviceModel {
    /// A well-known card: one of [`names`](Self::names).
    pub fn named(name: &str) -> Option<Self> {
        CARDS.iter().find(|card| card.key == name).map(Card::model)
    }

    /// The names of the well-known cards.
    pub fn names() -> impl Iterator<Item = &'static str> {
        CARDS.iter().map(|card| card.key)
    }

    /// A card of which no more than these numbers is known. Its caches are taken to be those of the smallest
    /// card that there are kernels for: they decide on workspaces, not on what is kept where.
    pub fn of_numbers(numbers: CardNumbers) -> Self {
        // Wide enough for any bandwidth, in steps of a megabyte a second.
        const BUS_BITS: u32 = 4096;
        let bytes_per_kilocycle = u64::from(BUS_BITS) / 8 * 2 * 1000;
        let memory_clock_khz = numbers.bandwidth.map_or(0, |bytes| {
            u32::try_from(bytes.div_ceil(bytes_per_kilocycle)).unwrap_or(u32::MAX)
        });
        Card {
            key: "",
            name: "the card given by its numbers",
            capability: (7, 5),
            multiprocessors: numbers.multiprocessors,
            clock_khz: numbers.clock_khz,
            memory_bytes: numbers.memory_bytes,
            memory_clock_khz,
            memory_bus_bits: BUS_BITS,
            l2_bytes: 4 << 20,
            shared_kib_opt_in: 64,
        }
        .model()
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
    use super::{CardNumbers, DeviceModel};
    use crate::floor::Rates;

    /// Published gigabytes a second.
    const BANDWIDTHS: [(&str, u64); 15] = [
        ("h100", 3350),
        ("h100-pcie", 2039),
        ("h200", 4800),
        ("a100-40gb", 1555),
        ("a100-80gb", 2039),
        ("l40s", 864),
        ("l4", 300),
        ("a10", 600),
        ("t4", 320),
        ("rtx5090", 1792),
        ("rtx4090", 1008),
        ("rtx4080", 717),
        ("rtx4070", 504),
        ("rtx4060", 272),
        ("rtx3090", 936),
    ];

    #[test]
    fn cards_have_their_published_bandwidth() {
        assert!(DeviceModel::names().eq(BANDWIDTHS.map(|(name, _)| name)));
        for (name, gigabytes_a_second) in BANDWIDTHS {
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
        assert_eq!(DeviceModel::named("abacus"), None);
    }

    #[test]
    fn a_card_is_what_its_numbers_say() {
        let numbers = CardNumbers {
            multiprocessors: 142,
            clock_khz: 2_520_000,
            memory_bytes: 48_000_000_000,
            bandwidth: Some(864_000_000_000),
        };
        let rates =
            |numbers: CardNumbers| Rates::published(DeviceModel::of_numbers(numbers).info());
        let known = DeviceModel::named("l40s").expect("it is known");
        let published = Rates::published(known.info());
        assert_eq!(rates(numbers).multiplications, published.multiplications);
        let ratio = rates(numbers).bytes / published.bytes;
        assert!((ratio - 1.0).abs() < 0.001, "{ratio}");
        let unknown = CardNumbers {
            bandwidth: None,
            ..numbers
        };
        assert_eq!(rates(unknown).bytes, 0.0);
        let absurd = CardNumbers {
            bandwidth: Some(u64::MAX),
            ..numbers
        };
        assert!(rates(absurd).bytes > 1e15);
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

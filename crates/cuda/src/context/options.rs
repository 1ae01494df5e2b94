//! How a device is opened.

use std::path::PathBuf;

use crate::{
    arena::MemorySource,
    kernel::{CodeChoice, ProgramCode},
};

/// How a device is opened.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Options {
    /// Bytes of device memory that may be allocated; all there is if nothing is said.
    pub vram_budget: Option<u64>,
    /// Bytes of each of the two page-locked buffers that copies in one direction go through.
    pub staging_bytes: usize,
    /// Where device memory comes from.
    pub memory: MemorySource,
    /// Whether operations are timed by events.
    pub timing: bool,
    /// Which form of the kernels runs.
    pub code: CodeChoice,
    /// How expression programs run.
    pub programs: ProgramCode,
    /// The folder where machine code is kept that was compiled from generated text; nothing is kept if
    /// none is given. It is made when something is first put there. Whoever can write to it decides
    /// what runs on the device.
    pub code_cache: Option<PathBuf>,
}

impl Default for Options {
    fn default() -> Self {
        Self {
            vram_budget: None,
            // Large enough that a copy's fixed cost, some 10 us, is a few percent of its time at
            // 50 GB/s; small enough that the first part is on its way soon.
            staging_bytes: 8 << 20,
            memory: MemorySource::default(),
            timing: false,
            code: CodeChoice::default(),
            programs: ProgramCode::default(),
            code_cache: None,
        }
    }
}

impl Options {
    /// With at most so many bytes of device memory.
    pub fn with_vram_budget(self, bytes: u64) -> Self {
        Self {
            vram_budget: Some(bytes),
            ..self
        }
    }

    /// With staging buffers of so many bytes.
    pub fn with_staging_bytes(self, bytes: usize) -> Self {
        Self {
            staging_bytes: bytes,
            ..self
        }
    }

    /// With device memory from there.
    pub fn with_memory(self, memory: MemorySource) -> Self {
        Self { memory, ..self }
    }

    /// With or without timing.
    pub fn with_timing(self, timing: bool) -> Self {
        Self { timing, ..self }
    }

    /// With this form of the kernels.
    pub fn with_code(self, code: CodeChoice) -> Self {
        Self { code, ..self }
    }

    /// With expression programs run in this way.
    pub fn with_programs(self, programs: ProgramCode) -> Self {
        Self { programs, ..self }
    }

    /// With machine code from generated text kept in this folder.
    pub fn with_code_cache(self, directory: impl Into<PathBuf>) -> Self {
        Self {
            code_cache: Some(directory.into()),
            ..self
        }
    }
}

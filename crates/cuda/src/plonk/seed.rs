//! `seed.cu`: a column of values expanded from a seed.

use std::sync::Arc;

use crate::{
    buffer::DeviceSliceMut,
    context::Context,
    entry_points,
    error::CudaError,
    field::{DeviceField, ScalarField},
    kernel::{EntryPoint, Kernel},
    launch::LaunchConfig,
    work::Work,
};

entry_points!(plonk_seed);

/// 32 bytes, least byte of each word first.
type Seed = [u32; 8];

const OPERATION: &str = "expand seed";
/// Wide multiplications of a value: three field multiplications.
const MULTIPLICATIONS: u64 = 3 * ScalarField::MULTIPLICATION;

/// Expands seeds on a device.
#[derive(Debug)]
pub struct CudaSeeds {
    context: Arc<Context>,
    kernel: Kernel<PlonkSeed>,
}

impl CudaSeeds {
    /// Looks up the kernel.
    pub fn new(context: Arc<Context>) -> Result<Self, CudaError> {
        Ok(Self {
            kernel: PlonkSeed::load(&context)?,
            context,
        })
    }

    /// Value i becomes what `Field::random` makes of the i-th 64 bytes of the seed's ChaCha20 stream.
    /// Waits for nothing.
    pub fn expand(
        &self,
        seed: [u8; 32],
        out: DeviceSliceMut<'_, ScalarField>,
    ) -> Result<(), CudaError> {
        if out.is_empty() {
            return Ok(());
        }
        let _timed = self.context.time(OPERATION)?;
        let words: Seed = std::array::from_fn(|word| {
            u32::from_le_bytes(std::array::from_fn(|byte| seed[4 * word + byte]))
        });
        let count = out.len() as u64;
        // SAFETY: a thread writes the value of its number, below `count`, which is the slice's length.
        unsafe {
            self.kernel.launch(
                &self.context,
                LaunchConfig::covering(out.len(), PlonkSeed::THREADS),
                (&out, &count, &words),
            )?;
        }
        self.context.account(
            OPERATION,
            Work {
                multiplications: count * MULTIPLICATIONS,
                bytes_read: 0,
                bytes_written: count * size_of::<ScalarField>() as u64,
            },
        );
        Ok(())
    }
}

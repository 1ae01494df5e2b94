//! What changes from run to run: the uniforms, and where the columns are.

use crate::{
    buffer::{DeviceBuffer, DeviceSlice, DeviceSliceMut},
    context::Context,
    error::CudaError,
    field::ScalarField,
    repr::bytes_of,
};

use super::lower::Lowered;

/// Uniforms, then the table of queries and outputs (`Entry` of `evaluate.cu`): one buffer, one copy.
#[derive(Debug)]
pub(super) struct RunArguments {
    buffer: DeviceBuffer<u8>,
    uniform_bytes: usize,
}

/// A column or an output: where it begins, and the rotation that it is read at.
pub(super) type Entry = [u32; 4];

fn entry(address: u64, rotation: i32) -> Entry {
    [address as u32, (address >> 32) as u32, rotation as u32, 0]
}

impl RunArguments {
    /// Starts to copy them to the device. The first output is the accumulator, where there is one.
    pub(super) fn upload(
        context: &Context,
        program: &Lowered,
        uniforms: &[ScalarField],
        inputs: &[DeviceSlice<'_, ScalarField>],
        outputs: &[DeviceSliceMut<'_, ScalarField>],
    ) -> Result<Self, CudaError> {
        let queries = program.queries.iter().map(|query| {
            let column = inputs[query.input as usize].address().number();
            entry(column, query.rotation)
        });
        let outputs = || {
            outputs
                .iter()
                .map(|output| entry(output.address().number(), 0))
        };
        let accumulator = outputs().take(usize::from(program.reads_accumulator));
        let table: Vec<Entry> = queries.chain(accumulator).chain(outputs()).collect();
        let bytes = [bytes_of(uniforms), bytes_of(&table)].concat();
        Ok(Self {
            buffer: context.allocate_from("arguments of a program", &bytes)?,
            uniform_bytes: size_of_val(uniforms),
        })
    }

    pub(super) fn uniforms(&self) -> Result<DeviceSlice<'_, ScalarField>, CudaError> {
        self.buffer.range(..self.uniform_bytes)?.cast()
    }

    pub(super) fn table(&self) -> Result<DeviceSlice<'_, Entry>, CudaError> {
        self.buffer.range(self.uniform_bytes..)?.cast()
    }
}

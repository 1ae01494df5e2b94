//! `evaluate.cu`: a program, interpreted.

use halo2curves::bn256::Fr;

use super::{arguments::RunArguments, encode::EncodedStep, points::PointTables, shape::Shape};
use crate::{
    buffer::{DeviceSlice, DeviceSliceMut},
    context::Context,
    error::CudaError,
    kernel::Function,
    launch::{Argument, LaunchConfig},
};

/// `NO_POINT` of `evaluate.cu`.
const NO_POINT: u32 = u32::MAX;

#[derive(Debug)]
pub(super) struct EvaluateKernel(Function);

/// The points of the rows, and where a program has its own.
#[derive(Clone, Copy, Debug)]
pub(super) struct Points<'a> {
    pub(super) log_n: u32,
    /// Of the domain of 2^log_n rows; needed where there is a slot.
    pub(super) tables: Option<&'a PointTables>,
    pub(super) shift: Fr,
    pub(super) slot: Option<u32>,
}

/// The columns that a run reads and writes, of 2^log_n values each.
#[derive(Debug)]
pub(super) struct Columns<'r, 'a> {
    pub(super) inputs: &'r [DeviceSlice<'a, Fr>],
    pub(super) outputs: &'r [DeviceSliceMut<'a, Fr>],
}

impl EvaluateKernel {
    /// With as much shared memory as a block may have on the device.
    pub(super) fn load(context: &Context) -> Result<Self, CudaError> {
        let shared_bytes = context.device().shared_bytes_per_block_opt_in;
        context
            .function("plonk_evaluate", "plonk_evaluate")?
            .with_shared_bytes(shared_bytes)
            .map(Self)
    }

    /// The blocks for a program of so many slots.
    pub(super) fn shape(&self, slots: u32) -> Result<Shape, CudaError> {
        Shape::new(&self.0, slots)
    }

    /// Runs a program. `arguments` are of the very program that `steps` are, made for these columns.
    pub(super) fn launch(
        &self,
        context: &Context,
        steps: DeviceSlice<'_, EncodedStep>,
        arguments: &RunArguments,
        points: Points<'_>,
        shape: Shape,
        columns: Columns<'_, '_>,
    ) -> Result<(), CudaError> {
        let reached: Vec<&dyn Argument> = columns
            .inputs
            .iter()
            .map(|input| input as &dyn Argument)
            .chain(columns.outputs.iter().map(|output| output as &dyn Argument))
            .collect();
        let config = LaunchConfig::covering(1 << points.log_n, shape.threads)
            .with_shared_bytes(shape.shared_bytes);
        let log_low = points.tables.map_or(0, PointTables::log_low);
        // SAFETY: the steps end with two ENDs, and name slots, uniforms and entries of the table below
        // the numbers that `shape` and `arguments` have room for: `Encoded` made them so, and the
        // queries' columns are among `inputs`, which `Program::check_run` saw to. Each entry is a column
        // of 2^log_n values, in which a row is taken modulo 2^log_n; only outputs are written. There is
        // a thread for each row.
        unsafe {
            context.launch_reaching(
                &self.0,
                config,
                &[
                    &steps,
                    &arguments.table()?,
                    &arguments.uniforms()?,
                    &points.tables.map(PointTables::powers),
                    &points.shift,
                    &points.log_n,
                    &log_low,
                    &shape.slots,
                    &points.slot.unwrap_or(NO_POINT),
                ],
                &reached,
            )
        }
    }
}

//! `evaluate.cu`, which interprets a program, and the kernels that are generated for one program each.

use halo2_offload_kernels::signatures::plonk_evaluate::NO_POINT;

use super::{
    arguments::{Entry, RunArguments},
    encode::{encode, EncodedStep},
    lower::Lowered,
    points::PointTables,
    shape::Shape,
};
use crate::{
    buffer::{DeviceBuffer, DeviceSlice, DeviceSliceMut},
    context::Context,
    entry_points,
    error::CudaError,
    field::ScalarField,
    kernel::{EntryPoint, Function, Kernel},
    launch::{Argument, LaunchConfig},
    plonk::specialise,
};

entry_points!(plonk_evaluate);

type Step = EncodedStep;

/// The interpreter.
#[derive(Debug)]
pub(super) struct EvaluateKernel(Kernel<PlonkEvaluate>);

/// The code of a program, and the blocks that it is launched in.
#[derive(Debug)]
pub(super) struct Code {
    form: Form,
    shape: Shape,
}

#[derive(Debug)]
enum Form {
    /// The interpreter, and the steps for it.
    Interpreted(Kernel<PlonkEvaluate>, DeviceBuffer<EncodedStep>),
    /// A kernel of its own.
    Specialised(Function),
}

/// The points of the rows, and where a program has its own.
#[derive(Clone, Copy, Debug)]
pub(super) struct Points<'a> {
    pub(super) log_n: u32,
    /// Of the domain of 2^log_n rows; needed where there is a slot.
    pub(super) tables: Option<&'a PointTables>,
    pub(super) shift: ScalarField,
    pub(super) slot: Option<u32>,
}

/// The columns that a run reads and writes, of 2^log_n values each.
#[derive(Debug)]
pub(super) struct Columns<'r, 'a> {
    pub(super) inputs: &'r [DeviceSlice<'a, ScalarField>],
    pub(super) outputs: &'r [DeviceSliceMut<'a, ScalarField>],
}

impl EvaluateKernel {
    /// With as much shared memory as a block may have on the device.
    pub(super) fn load(context: &Context) -> Result<Self, CudaError> {
        let shared_bytes = context.device().shared_bytes_per_block_opt_in;
        Ok(Self(
            PlonkEvaluate::load(context)?.with_shared_bytes(shared_bytes)?,
        ))
    }

    /// The blocks for a program, if it fits.
    pub(super) fn shape(&self, program: &Lowered) -> Result<Shape, CudaError> {
        Shape::new(&self.0, program.slots)
    }

    /// The program's steps, to be interpreted.
    pub(super) fn interpreted(
        &self,
        context: &Context,
        program: &Lowered,
    ) -> Result<Code, CudaError> {
        let shape = self.shape(program)?;
        let steps = encode(&program.steps);
        Ok(Code {
            form: Form::Interpreted(
                self.0.clone(),
                context.allocate_from("steps of a program", &steps)?,
            ),
            shape,
        })
    }
}

impl Code {
    /// A kernel for the program alone.
    pub(super) fn specialised(
        context: &Context,
        name: &str,
        program: &Lowered,
    ) -> Result<Self, CudaError> {
        let shared_bytes = context.device().shared_bytes_per_block_opt_in;
        let in_registers = specialise::slots_in_registers(program.slots, shared_bytes);
        let arithmetic = context.ptx(specialise::ARITHMETIC)?;
        let text = specialise::text(program, in_registers, &arithmetic);
        let function = context.compile(name, specialise::ENTRY, &text)?;
        let function = function.with_shared_bytes(shared_bytes)?;
        Ok(Self {
            shape: Shape::new(&function, program.slots - in_registers)?,
            form: Form::Specialised(function),
        })
    }

    pub(super) fn is_specialised(&self) -> bool {
        matches!(self.form, Form::Specialised(_))
    }

    pub(super) fn shape(&self) -> Shape {
        self.shape
    }

    /// Runs the program. `arguments` were made for it and for these columns.
    pub(super) fn launch(
        &self,
        context: &Context,
        arguments: &RunArguments,
        points: Points<'_>,
        columns: Columns<'_, '_>,
    ) -> Result<(), CudaError> {
        let reached: Vec<&dyn Argument> = columns
            .inputs
            .iter()
            .map(|input| input as &dyn Argument)
            .chain(columns.outputs.iter().map(|output| output as &dyn Argument))
            .collect();
        let config = LaunchConfig::covering(1 << points.log_n, self.shape.threads)
            .with_shared_bytes(self.shape.shared_bytes);
        let (table, uniforms) = (arguments.table()?, arguments.uniforms()?);
        let powers = points.tables.map(PointTables::powers);
        let log_low = points.tables.map_or(0, PointTables::log_low);
        let (shift, log_n) = (&points.shift, &points.log_n);
        // SAFETY: the steps end with two ENDs, and name slots, uniforms and entries of the table below
        // the numbers that `shape` and `arguments` have room for: `Lowered` made them so, and the
        // queries' columns are among `inputs`, which `Program::check_run` saw to. Each entry is a column
        // of 2^log_n values, in which a row is taken modulo 2^log_n; only outputs are written. There is
        // a thread for each row. All of this is as true of the text that was generated from the steps.
        unsafe {
            match &self.form {
                Form::Interpreted(kernel, steps) => {
                    let point_slot = points.slot.unwrap_or(NO_POINT);
                    let arguments = (
                        &steps.all(),
                        &table,
                        &uniforms,
                        &powers,
                        shift,
                        log_n,
                        &log_low,
                        &self.shape.slots,
                        &point_slot,
                    );
                    kernel.launch_reaching(context, config, arguments, &reached)
                }
                Form::Specialised(function) => {
                    let arguments: [&dyn Argument; 6] =
                        [&table, &uniforms, &powers, shift, log_n, &log_low];
                    context.launch_reaching(function, config, &arguments, &reached)
                }
            }
        }
    }
}

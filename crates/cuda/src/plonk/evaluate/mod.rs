//! Expression programs on the device: each row of the outputs from the rows of many columns.
//!
//! A program of the engine ([`Program`]) is brought to the device once ([`CudaPrograms::load`]) in one of
//! two forms: as steps that one kernel interprets for all programs, `kernels/plonk/evaluate.cu`, or as a
//! kernel of its own, whose text is generated and compiled by the driver ([`ProgramCode`] says which). In
//! both a thread has a row, and its values are in shared memory and in registers. What changes from run
//! to run - where the columns are, and what is the same at all rows - goes to the device in one small
//! copy. Nothing of a run is in global memory but the columns that it reads and those that it writes.

mod arguments;
mod encode;
mod kernel;
pub(in crate::plonk) mod lower;
mod points;
mod shape;

use std::{
    collections::HashMap,
    ops::RangeInclusive,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
};

use ff::PrimeField;
use halo2_offload_engine::{
    program::{Digest, Program},
    EngineError,
};

use arguments::RunArguments;
use kernel::{Code, Columns, EvaluateKernel, Points};
use lower::Lowered;
use points::PointTables;

pub use crate::kernel::ProgramCode;
use crate::{
    buffer::{DeviceSlice, DeviceSliceMut},
    context::Context,
    error::CudaError,
    field::ScalarField,
};

const OPERATION: &str = "evaluate";

/// log2 of the most rows: as many as the field has roots of unity.
const MAX_LOG_ROWS: u32 = ScalarField::S;

/// Programs that are kept, some KB each: all of a key with thousands of gates. Beyond this many, those
/// that nobody holds are dropped.
const KEPT: usize = 4096;

/// Steps of the programs that [`ProgramCode::Auto`] compiles.
const WORTH_COMPILING: RangeInclusive<usize> = 32..=2048;

/// The rows that a program runs over: row i stands for the point shift omega^i.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct RowPoints {
    /// The number of rows, a power of two.
    pub n: usize,
    /// A primitive n-th root of unity.
    pub omega: ScalarField,
    /// 1 for the domain itself, otherwise the coset's shift.
    pub shift: ScalarField,
}

/// Runs expression programs on a device.
#[derive(Debug)]
pub struct CudaPrograms {
    context: Arc<Context>,
    code: ProgramCode,
    kernel: EvaluateKernel,
    programs: Mutex<HashMap<Digest, Arc<Place>>>,
    points: Mutex<HashMap<(u32, ScalarField), Arc<PointTables>>>,
}

/// Where a program is, once it has been brought to the device. Who finds the place empty brings it there,
/// which may take seconds; only those wait who want the same program.
type Place = Mutex<Option<Arc<DeviceProgram>>>;

/// A program on the device.
#[derive(Debug)]
pub struct DeviceProgram {
    program: Program<ScalarField>,
    lowered: Lowered,
    code: Code,
}

impl DeviceProgram {
    /// Whether it has a kernel of its own.
    pub fn is_specialised(&self) -> bool {
        self.code.is_specialised()
    }

    /// The threads of a block.
    pub fn threads(&self) -> u32 {
        self.code.shape().threads
    }

    /// Values of a row that are in shared memory at a time.
    pub fn slots(&self) -> u32 {
        self.code.shape().slots
    }
}

impl CudaPrograms {
    /// Looks up the kernel. Programs run as the context's options say.
    pub fn new(context: Arc<Context>) -> Result<Self, CudaError> {
        let code = context.programs();
        Self::with_code(context, code)
    }

    /// Looks up the kernel. Programs run as `code` says, whatever the context's options are.
    pub fn with_code(context: Arc<Context>, code: ProgramCode) -> Result<Self, CudaError> {
        Ok(Self {
            code,
            kernel: EvaluateKernel::load(&context)?,
            context,
            programs: Mutex::default(),
            points: Mutex::default(),
        })
    }

    /// Brings a program to the device, unless it is there. A program whose values do not fit the
    /// device's shared memory is an error that says so.
    pub fn load(&self, program: &Program<ScalarField>) -> Result<Arc<DeviceProgram>, CudaError> {
        let place = self.place(program);
        let mut place = lock(&place);
        if let Some(known) = &*place {
            return Ok(known.clone());
        }
        let lowered = Lowered::new(program);
        let loaded = Arc::new(DeviceProgram {
            code: self.code(program, &lowered)?,
            lowered,
            program: program.clone(),
        });
        *place = Some(loaded.clone());
        Ok(loaded)
    }

    /// The program's place, which is made where there is none.
    fn place(&self, program: &Program<ScalarField>) -> Arc<Place> {
        let mut places = lock(&self.programs);
        if places.len() >= KEPT && !places.contains_key(&program.digest()) {
            // Whoever waits at a place, or is about to fill it, holds it.
            places.retain(|_, place| {
                let is_held = |program: &Arc<DeviceProgram>| Arc::strong_count(program) > 1;
                Arc::strong_count(place) > 1 || lock(place).as_ref().is_some_and(is_held)
            });
        }
        places.entry(program.digest()).or_default().clone()
    }

    /// Does what is done once for a program and a domain, so that a run of it over rows of that domain
    /// finds it done.
    pub fn prepare(
        &self,
        program: &Program<ScalarField>,
        rows: RowPoints,
    ) -> Result<(), CudaError> {
        let loaded = self.load(program)?;
        if loaded.lowered.point_slot.is_some() {
            self.point_tables(log_rows(rows.n)?, rows.omega)?;
        }
        Ok(())
    }

    /// The program's code, in the form that is asked for.
    fn code(&self, program: &Program<ScalarField>, lowered: &Lowered) -> Result<Code, CudaError> {
        let context = &self.context;
        let specialised = match self.code {
            ProgramCode::Interpreted => false,
            ProgramCode::Specialised => true,
            ProgramCode::Auto => {
                self.kernel.shape(lowered).is_err()
                    || context.keeps_code() && WORTH_COMPILING.contains(&lowered.steps.len())
            }
        };
        match specialised {
            true => Code::specialised(context, &format!("program {}", program.digest()), lowered),
            false => self.kernel.interpreted(context, lowered),
        }
    }

    /// Gives a run of the program to the device: output j of row i goes to `outputs[j]`, row i. What the
    /// program reads as the accumulator is what the first output holds before. Waits for nothing.
    ///
    /// There may be more columns and scalars than the program reads; columns and outputs are of n
    /// values each.
    pub fn run(
        &self,
        program: &DeviceProgram,
        rows: RowPoints,
        inputs: &[DeviceSlice<'_, ScalarField>],
        scalars: &[ScalarField],
        outputs: &mut [DeviceSliceMut<'_, ScalarField>],
    ) -> Result<(), EngineError> {
        let DeviceProgram {
            program,
            lowered,
            code,
        } = program;
        let lengths = inputs.iter().map(DeviceSlice::len);
        program.check_run(OPERATION, rows.n, lengths, scalars.len(), outputs.len())?;
        for output in outputs.iter() {
            EngineError::check_length(OPERATION, "an output", rows.n, output.len())?;
        }
        let log_n = log_rows(rows.n)?;
        if outputs.is_empty() {
            return Ok(());
        }
        let _timed = self.context.time(OPERATION)?;
        let uniforms = program.uniforms(scalars);
        let arguments = RunArguments::upload(&self.context, lowered, &uniforms, inputs, outputs)?;
        let tables = match lowered.point_slot {
            Some(_) => Some(self.point_tables(log_n, rows.omega)?),
            None => None,
        };
        let points = Points {
            log_n,
            tables: tables.as_deref(),
            shift: rows.shift,
            slot: lowered.point_slot,
        };
        code.launch(
            &self.context,
            &arguments,
            points,
            Columns { inputs, outputs },
        )?;
        self.context
            .account(OPERATION, lowered.work_of_row() * rows.n as u64);
        Ok(())
    }

    /// The powers of a domain's generator, made when a program first reads its points.
    fn point_tables(&self, log_n: u32, omega: ScalarField) -> Result<Arc<PointTables>, CudaError> {
        let mut known = lock(&self.points);
        if let Some(tables) = known.get(&(log_n, omega)) {
            return Ok(tables.clone());
        }
        let tables = PointTables::new(&self.context, log_n, omega)?;
        known.insert((log_n, omega), tables.clone());
        Ok(tables)
    }
}

fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

/// log2 of the number of rows.
fn log_rows(n: usize) -> Result<u32, CudaError> {
    if n.is_power_of_two() && n.ilog2() <= MAX_LOG_ROWS {
        return Ok(n.ilog2());
    }
    let most = 1 << MAX_LOG_ROWS;
    Err(CudaError::Length {
        operation: OPERATION,
        given: n,
        needed: n.checked_next_power_of_two().map_or(most, |n| n.min(most)),
    })
}

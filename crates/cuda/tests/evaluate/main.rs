//! Expression programs on the emulator, against the CPU's interpreter: interpreted, and specialised.

mod code;
mod failures;
mod programs;
mod random;

use std::sync::Arc;

use ff::{Field, PrimeField};
use halo2_offload_cuda::{
    plonk::evaluate::{CudaPrograms, ProgramCode, RowPoints},
    Context, DeviceBuffer, DeviceSlice, DeviceSliceMut, KernelImage, Options,
};
use halo2_offload_cuda_emulator::{install, Config, Emulator};
use halo2_offload_engine::program::{interpret::Interpreter, Program};
use halo2curves::bn256::Fr;
use rand::{rngs::StdRng, Rng};

/// An emulated machine. It comes first in a test, so that it outlives all that was opened on it.
fn machine() -> Emulator {
    install(Config::default()).expect("the emulator is built with this test")
}

fn open(options: Options) -> Arc<Context> {
    Context::open(0, &KernelImage::shipped(), options).expect("the device opens")
}

/// Runs a test on a device that interprets programs, and on one where each has a kernel of its own.
fn with_both_codes(test: impl Fn(&Arc<Context>, &CudaPrograms)) {
    let emulator = machine();
    for code in [ProgramCode::Interpreted, ProgramCode::Specialised] {
        let context = open(Options::default().with_programs(code));
        let programs = CudaPrograms::new(context.clone()).expect("the kernel loads");
        test(&context, &programs);
    }
    emulator.assert_clean();
}

/// What a run is given.
struct Run {
    rows: RowPoints,
    inputs: Vec<Vec<Fr>>,
    scalars: Vec<Fr>,
    accumulator: Vec<Fr>,
}

/// A value at an end of the field, or a random one.
fn value(rng: &mut StdRng) -> Fr {
    match rng.gen_range(0..8) {
        0 => Fr::ZERO,
        1 => Fr::ONE,
        2 => -Fr::ONE,
        _ => Fr::random(rng),
    }
}

impl Run {
    /// Over a coset of the domain of 2^k rows.
    fn random(rng: &mut StdRng, k: u32, inputs: usize, scalars: usize) -> Self {
        let n = 1 << k;
        let omega = (k..Fr::S).fold(Fr::ROOT_OF_UNITY, |root, _| root.square());
        let mut column = || (0..n).map(|_| value(rng)).collect::<Vec<_>>();
        Self {
            inputs: (0..inputs).map(|_| column()).collect(),
            accumulator: column(),
            scalars: (0..scalars).map(|_| value(rng)).collect(),
            rows: RowPoints {
                n,
                omega,
                shift: Fr::random(rng),
            },
        }
    }

    fn on_cpu(&self, program: &Program<Fr>) -> Vec<Vec<Fr>> {
        let inputs: Vec<&[Fr]> = self.inputs.iter().map(Vec::as_slice).collect();
        let RowPoints { n, omega, shift } = self.rows;
        let interpreter = Interpreter::new(program, &inputs, &self.scalars, n, omega, shift);
        interpreter.outputs(&self.accumulator)
    }

    /// The columns lie in one buffer, in an order that is not theirs; the first output is where the
    /// accumulator was, the others hold nothing before.
    fn on_device(
        &self,
        context: &Context,
        programs: &CudaPrograms,
        program: &Program<Fr>,
    ) -> Vec<Vec<Fr>> {
        let n = self.rows.n;
        let reversed: Vec<Fr> = self.inputs.iter().rev().flatten().copied().collect();
        let columns = context.allocate_from("inputs", &reversed).expect("memory");
        let inputs: Vec<DeviceSlice<'_, Fr>> = (0..self.inputs.len())
            .rev()
            .map(|place| columns.range(place * n..(place + 1) * n).expect("a column"))
            .collect();
        let mut outputs: Vec<DeviceBuffer<Fr>> = (0..program.outputs().len())
            .map(|index| match (index, program.reads_accumulator()) {
                (0, true) => context.allocate_from("accumulator", &self.accumulator),
                _ => context.allocate("output", n),
            })
            .collect::<Result<_, _>>()
            .expect("memory");
        let mut slices: Vec<DeviceSliceMut<'_, Fr>> =
            outputs.iter_mut().map(DeviceBuffer::all_mut).collect();
        let loaded = programs.load(program).expect("it loads");
        programs
            .run(&loaded, self.rows, &inputs, &self.scalars, &mut slices)
            .expect("it runs");
        outputs
            .iter()
            .map(|output| {
                let mut values = vec![Fr::ZERO; n];
                context
                    .download(output.all(), &mut values)
                    .expect("it copies");
                values
            })
            .collect()
    }

    /// The device against the CPU.
    fn check(&self, context: &Context, programs: &CudaPrograms, program: &Program<Fr>, case: &str) {
        let expected = self.on_cpu(program);
        let actual = self.on_device(context, programs, program);
        for (output, (actual, expected)) in actual.iter().zip(&expected).enumerate() {
            let different = actual.iter().zip(expected).position(|(a, b)| a != b);
            assert_eq!(
                different, None,
                "{case}: output {output}, first row that differs"
            );
        }
    }
}

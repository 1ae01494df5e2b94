//! Columns expanded from a seed against the CPU's.

use std::sync::Arc;

use halo2_offload_engine::{Coeff, Columns, CpuEngine, CpuKernels, Label};
use rand_chacha::rand_core::RngCore;

use super::{difference, values, Difference, Failure, Suite};
use crate::{
    context::Context,
    field::{Affine, ScalarField},
    plonk::CudaSeeds,
};

pub(super) const OPERATION: &str = "seed";

pub(super) fn check(suite: &mut Suite<'_>, context: &Arc<Context>, seeds: &CudaSeeds) {
    let mut random = [0; 32];
    values::generator(suite.options.seed).fill_bytes(&mut random);
    for n in suite.sizes(
        &[0, 1, 127, 129, 1000],
        &[0, 1, 127, 129, 1 << 16, (1 << 20) + 3],
    ) {
        for (name, seed) in [("zeros", [0; 32]), ("ones", [0xff; 32]), ("random", random)] {
            suite.check(OPERATION, format!("{n} values of a seed, {name}"), || {
                compare(context, seeds, n, seed)
            });
        }
    }
}

fn compare(
    context: &Arc<Context>,
    seeds: &CudaSeeds,
    n: usize,
    seed: [u8; 32],
) -> Result<Option<Difference>, Failure> {
    let mut column = context.allocate::<ScalarField>("selftest column", n)?;
    seeds.expand(seed, column.all_mut())?;
    let engine = CpuEngine::<Affine>::with_kernels(CpuKernels::Portable);
    let expected = engine.expand_seed::<Coeff>(Label::brief("selftest column", 0), n, seed)?;
    let actual = context.begin_download(column.all())?.wait()?;
    Ok(difference(expected.memory().values(), &actual))
}

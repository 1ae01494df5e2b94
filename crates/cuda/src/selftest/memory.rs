//! Copies, there and back, across the staging buffers' ends.

use std::sync::Arc;

use rand_chacha::rand_core::RngCore;

use super::{difference, values, Suite};
use crate::context::Context;

pub(super) fn check(suite: &mut Suite<'_>, context: &Arc<Context>) {
    let sizes = suite.sizes(
        &[0, 1, 1023, 1024, 1025, 100_003],
        &[0, 1, 1023, 1024, 1025, 1 << 20, (1 << 23) + 17],
    );
    let mut rng = values::generator(suite.options.seed);
    for n in sizes {
        let words: Vec<u32> = (0..n).map(|_| rng.next_u32()).collect();
        suite.check("memory_roundtrip", format!("{n} words"), || {
            let buffer = context.allocate_from("selftest", &words)?;
            let mut back = vec![0; n];
            context.download(buffer.all(), &mut back)?;
            Ok(difference(&words, &back))
        });
        suite.check("memory_copy", format!("{n} words"), || {
            let from = context.allocate_from("selftest", &words)?;
            let mut to = context.allocate_zeroed::<u32>("selftest", n + 2)?;
            context.copy(to.range_mut(1..n + 1)?, from.all())?;
            drop(from);
            let expected: Vec<u32> = [&[0], &words[..], &[0]].concat();
            Ok(difference(
                &expected,
                &context.begin_download(to.all())?.wait()?,
            ))
        });
    }
}

//! The verifier of a STARK over BabyBear.

use ff::Field;
use halo2_axiom::halo2curves::bn256::Fr;
use halo2_base::{
    gates::{circuit::builder::BaseCircuitBuilder, RangeInstructions},
    AssignedValue,
};

use super::{babybear, circuit::LookupApart, path::Path, OneColumn, Verifier};
use crate::draw;

/// Products in the extension field for each step up a path.
const PRODUCTS: usize = 2;

pub(crate) struct Outer {
    path: Path,
    lookup_bits: usize,
    seed: u64,
}

impl Outer {
    pub(crate) fn new(k: u32, seed: u64) -> OneColumn<Self> {
        let outer = Self {
            path: Path::new(),
            lookup_bits: k as usize - 1,
            seed,
        };
        OneColumn::new(k, outer)
    }
}

impl Verifier for Outer {
    type Circuit = LookupApart;

    fn lookup_bits(&self) -> usize {
        self.lookup_bits
    }

    /// A step is one up a path, and the products.
    fn verify(&self, builder: &mut BaseCircuitBuilder<Fr>, steps: usize) -> Vec<AssignedValue<Fr>> {
        let range = builder.range_chip();
        let context = builder.main(0);
        let mut rng = draw::witness(self.seed);
        let leaf = context.load_witness(Fr::random(&mut rng));
        let mut node = leaf;
        let mut product = babybear::load(context, &range, &mut rng);
        for _ in 0..steps {
            node = self.path.climb(context, range.gate(), node, &mut rng);
            for _ in 0..PRODUCTS {
                let factor = babybear::load(context, &range, &mut rng);
                product = babybear::multiply(context, &range, product, factor);
            }
        }
        [leaf, node].into_iter().chain(product).collect()
    }
}

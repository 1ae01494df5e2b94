//! The verifier of the outer proof.

use ff::Field;
use halo2_axiom::halo2curves::bn256::{Fq, Fr};
use halo2_base::{
    gates::{circuit::builder::BaseCircuitBuilder, RangeInstructions},
    AssignedValue,
};
use halo2_ecc::{bn254::FpChip, fields::FieldChip};

use super::{path::Path, OneColumn, Verifier};
use crate::{
    draw,
    ecdsa::{LIMBS, LIMB_BITS},
};

pub(crate) struct Wrapper {
    path: Path,
    lookup_bits: usize,
    seed: u64,
}

impl Wrapper {
    pub(crate) fn new(k: u32, seed: u64) -> OneColumn<Self> {
        let wrapper = Self {
            path: Path::new(),
            lookup_bits: k as usize - 1,
            seed,
        };
        OneColumn::new(k, wrapper)
    }
}

impl Verifier for Wrapper {
    type Circuit = BaseCircuitBuilder<Fr>;

    fn lookup_bits(&self) -> usize {
        self.lookup_bits
    }

    /// A step is one up a path, and one product in BN254's base field, by halo2-ecc.
    fn verify(&self, builder: &mut BaseCircuitBuilder<Fr>, steps: usize) -> Vec<AssignedValue<Fr>> {
        let range = builder.range_chip();
        let field = FpChip::new(&range, LIMB_BITS, LIMBS);
        let context = builder.main(0);
        let mut rng = draw::witness(self.seed);
        let leaf = context.load_witness(Fr::random(&mut rng));
        let mut node = leaf;
        let mut product = field.load_private(context, Fq::random(&mut rng));
        for _ in 0..steps {
            node = self.path.climb(context, range.gate(), node, &mut rng);
            let factor = field.load_private(context, Fq::random(&mut rng));
            product = field.mul(context, product, factor);
        }
        let product = product.limbs().to_vec();
        [leaf, node].into_iter().chain(product).collect()
    }
}

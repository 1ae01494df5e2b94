//! One optimal ate pairing over BN254, out of halo2-ecc's chips.
//!
//! | k | advice | fixed | instance | lookups | permutation | degree |
//! |---|---|---|---|---|---|---|
//! | 16 | 59 | 54 | 1 | 7 | 61 | 4 |
//!
//! Miller loop and final exponentiation of two random points, which are constrained to lie on
//! their curves. The result, twelve coordinates of three 88-bit limbs, is public.

use halo2_axiom::halo2curves::bn256::{Fr, G1Affine, G2Affine};
use halo2_base::{gates::circuit::builder::BaseCircuitBuilder, AssignedValue};
use halo2_ecc::{
    bn254::{pairing::PairingChip, Fp2Chip, FpChip},
    ecc::EccChip,
};

use crate::{
    base::Program,
    catalogue::WorkloadInfo,
    draw,
    ecdsa::{LIMBS, LIMB_BITS},
};

pub(crate) const NAME: &str = "pairing";

pub(crate) const INFO: WorkloadInfo = WorkloadInfo {
    name: NAME,
    summary: "one BN254 pairing out of halo2-ecc; the number of columns follows from k, the \
              pairing stays one",
    min_k: 13,
    default_k: 16,
    degree: 5,
    real: true,
};

pub(crate) struct Pairing {
    lookup_bits: usize,
    p: G1Affine,
    q: G2Affine,
}

impl Pairing {
    pub(crate) fn new(k: u32, seed: u64) -> Self {
        let mut rng = draw::witness(seed);
        Self {
            lookup_bits: k as usize - 1,
            p: G1Affine::random(&mut rng),
            q: G2Affine::random(&mut rng),
        }
    }
}

impl Program for Pairing {
    type Circuit = BaseCircuitBuilder<Fr>;

    fn lookup_bits(&self) -> Option<usize> {
        Some(self.lookup_bits)
    }

    fn run(&self, builder: &mut BaseCircuitBuilder<Fr>) -> Vec<AssignedValue<Fr>> {
        let range = builder.range_chip();
        let fp = FpChip::new(&range, LIMB_BITS, LIMBS);
        let fp2 = Fp2Chip::new(&fp);
        let context = builder.main(0);

        let p = EccChip::new(&fp).load_private::<G1Affine>(context, (self.p.x, self.p.y));
        let q = EccChip::new(&fp2).load_private::<G2Affine>(context, (self.q.x, self.q.y));
        let result = PairingChip::new(&fp).pairing(context, &q, &p);
        let coordinates = result.0.iter();
        coordinates.flat_map(|x| x.limbs().to_vec()).collect()
    }
}

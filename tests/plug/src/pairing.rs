//! One pairing over BN254, out of halo2-ecc's chips. Its result is public.

use halo2_base::{
    gates::circuit::builder::BaseCircuitBuilder,
    halo2_proofs::halo2curves::bn256::{Fr, G1Affine, G2Affine},
};
use halo2_ecc::bn254::{pairing::PairingChip, FpChip};
use rand::{rngs::StdRng, SeedableRng};

use crate::range;

const LIMB_BITS: usize = 88;
const LIMBS: usize = 3;

pub fn circuit(k: usize) -> BaseCircuitBuilder<Fr> {
    let mut rng = StdRng::seed_from_u64(2);
    let (p, q) = (G1Affine::random(&mut rng), G2Affine::random(&mut rng));
    let mut builder = range::builder(k);
    let chip = builder.range_chip();
    let coordinates = FpChip::new(&chip, LIMB_BITS, LIMBS);
    let pairings = PairingChip::new(&coordinates);
    let context = builder.main(0);

    let p = pairings.load_private_g1_unchecked(context, p);
    let q = pairings.load_private_g2_unchecked(context, q);
    let result = pairings.pairing(context, &q, &p);
    let coordinates = result.0.iter();
    let public = coordinates.flat_map(|x| x.limbs().to_vec()).collect();
    range::finish(builder, public)
}

//! One ECDSA signature over secp256k1, out of halo2-ecc's chips. That it is valid is public.

use halo2_base::{
    gates::circuit::builder::BaseCircuitBuilder,
    halo2_proofs::{
        arithmetic::Field,
        halo2curves::{
            bn256::Fr,
            secp256k1::{Fp, Fq, Secp256k1Affine},
        },
    },
    utils::{biguint_to_fe, fe_to_biguint, modulus},
};
use halo2_ecc::{
    ecc::{ecdsa::ecdsa_verify_no_pubkey_check, EccChip},
    fields::FieldChip,
    secp256k1::{FpChip, FqChip},
};
use rand::{rngs::StdRng, SeedableRng};

use crate::range;

const LIMB_BITS: usize = 88;
const LIMBS: usize = 3;
const WINDOW_BITS: usize = 4;

pub fn circuit(k: usize) -> BaseCircuitBuilder<Fr> {
    let signature = Signature::new();
    let mut builder = range::builder(k);
    let chip = builder.range_chip();
    let coordinates = FpChip::new(&chip, LIMB_BITS, LIMBS);
    let scalars = FqChip::new(&chip, LIMB_BITS, LIMBS);
    let curve = EccChip::new(&coordinates);
    let context = builder.main(0);

    let Signature { key, hash, r, s } = signature;
    let [hash, r, s] = [hash, r, s].map(|scalar| scalars.load_private(context, scalar));
    let key = curve.load_private_unchecked(context, (key.x, key.y));
    let valid = ecdsa_verify_no_pubkey_check::<Fr, Fp, Fq, Secp256k1Affine>(
        &curve,
        context,
        key,
        r,
        s,
        hash,
        WINDOW_BITS,
        WINDOW_BITS,
    );
    assert_eq!(*valid.value(), Fr::ONE);
    range::finish(builder, vec![valid])
}

struct Signature {
    key: Secp256k1Affine,
    hash: Fq,
    r: Fq,
    s: Fq,
}

impl Signature {
    fn new() -> Self {
        let mut rng = StdRng::seed_from_u64(1);
        let [secret, hash, nonce] = [(); 3].map(|()| Fq::random(&mut rng));
        let multiple = |scalar| Secp256k1Affine::from(Secp256k1Affine::generator() * scalar);
        let x = fe_to_biguint(&multiple(nonce).x);
        let r: Fq = biguint_to_fe(&(x % modulus::<Fq>()));
        let s = nonce.invert().expect("no zero") * (hash + r * secret);
        Self {
            key: multiple(secret),
            hash,
            r,
            s,
        }
    }
}

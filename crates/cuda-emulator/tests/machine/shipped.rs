//! The kernels that ship: all of them load, and the field's give the field's values.

use ff::PrimeField;
use halo2_offload_kernels::KernelImage;
use halo2curves::bn256::{Fq, Fr};
use rand::rngs::StdRng;
use rand::{Rng, SeedableRng};

use crate::rig::Rig;

#[test]
fn every_module_loads() {
    let image = KernelImage::shipped();
    let mut entries = 0;
    for kernel in image.modules() {
        let ptx = kernel.ptx().unwrap();
        let rig = Rig::of(&ptx);
        let module = rig.program.module();
        // Functions alone are what generated code is put behind.
        let has_code = !module.entries.is_empty() || ptx.contains(".func");
        assert!(has_code, "{}", kernel.name());
        assert!(module.version <= (8, 0), "{}", kernel.name());
        entries += module.entries.len();
    }
    assert!(entries > 0);
}

/// A field in the layout of the device, and the name that its kernels have.
trait Shipped: PrimeField {
    const NAME: &'static str;
    fn limbs(&self) -> [u64; 4];
    fn of_limbs(limbs: [u64; 4]) -> Self;
}

macro_rules! shipped {
    ($field:ty, $name:literal) => {
        impl Shipped for $field {
            const NAME: &'static str = $name;

            /// Montgomery form: `a R` is the value whose canonical form is asked for.
            fn limbs(&self) -> [u64; 4] {
                let bytes = (*self * radix::<Self>()).to_repr();
                std::array::from_fn(|i| {
                    u64::from_le_bytes(bytes.as_ref()[8 * i..8 * i + 8].try_into().unwrap())
                })
            }

            fn of_limbs(limbs: [u64; 4]) -> Self {
                let mut repr = <Self as PrimeField>::Repr::default();
                for (i, limb) in limbs.iter().enumerate() {
                    repr.as_mut()[8 * i..8 * i + 8].copy_from_slice(&limb.to_le_bytes());
                }
                Option::<Self>::from(Self::from_repr(repr)).expect("a canonical value")
                    * radix::<Self>().invert().unwrap()
            }
        }
    };
}

shipped!(Fr, "fr");
shipped!(Fq, "fq");

/// R = 2^256.
fn radix<F: PrimeField>() -> F {
    F::from(2).pow([256])
}

/// Values whose limbs, in Montgomery form, lie at the edges of carries; then random ones.
fn values<F: Shipped>(n: usize, rng: &mut StdRng) -> Vec<F> {
    let top = (F::ZERO - F::ONE) * radix::<F>().invert().unwrap();
    let mut values = vec![
        F::ZERO,
        F::ONE,
        -F::ONE,
        F::from(2),
        top,
        -top,
        radix(),
        -radix::<F>(),
    ];
    while values.len() < n {
        // Limbs of all zeros and all ones, below the modulus.
        let limbs: [u64; 4] = std::array::from_fn(|i| {
            let limb = [0, 1, u64::MAX, u64::MAX << 32, u64::MAX >> 32][rng.gen_range(0..5)];
            if i == 3 {
                limb >> 3 & 0x2fff_ffff_ffff_ffff
            } else {
                limb
            }
        });
        values.push(if values.len() % 2 == 0 {
            F::of_limbs(limbs)
        } else {
            F::random(&mut *rng)
        });
    }
    values
}

fn bytes<F: Shipped>(values: &[F]) -> Vec<u8> {
    let limbs = values.iter().flat_map(|v| v.limbs());
    limbs.flat_map(u64::to_le_bytes).collect()
}

/// Runs an operation over vectors and compares every element.
fn check<F: Shipped>(rig: &Rig, operation: &str, operands: &[&[F]], expected: &[F]) {
    let entry = format!("field_{}_{operation}", F::NAME);
    let n = expected.len();
    let result = rig.empty("r", 32 * n as u64);
    let mut run = rig.run(&entry).grid(2).block(128).wide(result);
    for operand in operands {
        run = run.wide(rig.bytes("operand", &bytes(operand)));
    }
    run.wide(n as u64).clean();
    let words = rig.read_words(result, 8 * n);
    let expected = bytes(expected);
    for (i, (found, expected)) in words.chunks(8).zip(expected.chunks(32)).enumerate() {
        let found: Vec<u8> = found.iter().flat_map(|w| w.to_le_bytes()).collect();
        assert_eq!(found, expected, "{entry}, element {i}");
    }
}

fn field<F: Shipped>() {
    let image = KernelImage::shipped();
    let kernel = image.module(&format!("field_{}", F::NAME)).unwrap();
    let rig = Rig::of(&kernel.ptx().unwrap());
    let rng = &mut StdRng::seed_from_u64(1);
    // Not a multiple of the threads, and several elements a thread.
    let n = 1000;
    let (a, b) = (values::<F>(n, rng), values::<F>(n, rng));
    let b: Vec<F> = b.iter().cycle().skip(3).take(n).copied().collect();
    let pairs = |f: fn(F, F) -> F| -> Vec<F> { a.iter().zip(&b).map(|(a, b)| f(*a, *b)).collect() };
    let each = |f: fn(F) -> F| -> Vec<F> { a.iter().map(|a| f(*a)).collect() };
    check(&rig, "mul", &[&a, &b], &pairs(|a, b| a * b));
    check(&rig, "add", &[&a, &b], &pairs(|a, b| a + b));
    check(&rig, "sub", &[&a, &b], &pairs(|a, b| a - b));
    check(&rig, "sqr", &[&a], &each(|a| a.square()));
    check(&rig, "neg", &[&a], &each(|a| -a));
    check(&rig, "dbl", &[&a], &each(|a| a.double()));
    let inverse = |a: F| a.invert().unwrap_or(F::ZERO);
    let few = &a[..130];
    let inverses: Vec<F> = few.iter().map(|a| inverse(*a)).collect();
    check(&rig, "inverse", &[few], &inverses);
    check(
        &rig,
        "batch_inverse",
        &[&a],
        &a.iter().map(|a| inverse(*a)).collect::<Vec<_>>(),
    );
}

#[test]
fn fr_is_the_field() {
    field::<Fr>();
}

#[test]
fn fq_is_the_field() {
    field::<Fq>();
}

/// A multiplication in which one instruction of the carry chain forgets its carry is wrong. A few
/// carries hardly ever happen: where a limb's product is added to nothing but a carry.
#[test]
fn a_dropped_carry_shows() {
    let image = KernelImage::shipped();
    let text = image.module("field_fr").unwrap().ptx().unwrap();
    let entry = text.find(".entry field_fr_mul(").unwrap();
    let end = entry + text[entry..].find("\n}").unwrap();
    let rng = &mut StdRng::seed_from_u64(2);
    let n = 256;
    let (a, b) = (values::<Fr>(n, rng), values::<Fr>(n, rng));
    let products: Vec<Fr> = a.iter().zip(&b).map(|(a, b)| a * b).collect();
    let expected = bytes(&products);
    let carries: Vec<usize> = text[entry..end]
        .match_indices("madc.hi.cc.u32")
        .map(|(at, _)| entry + at)
        .step_by(3)
        .collect();
    assert!(carries.len() > 20, "the multiplication is a carry chain");
    let shows = |at: usize| {
        let mut wrong = text.clone();
        wrong.replace_range(at..at + 14, "mad.hi.cc.u32");
        let rig = Rig::of(&wrong);
        let result = rig.empty("r", 32 * n as u64);
        let run = rig.run("field_fr_mul").grid(2).block(128).wide(result);
        let run = run.wide(rig.bytes("a", &bytes(&a)));
        let run = run.wide(rig.bytes("b", &bytes(&b)));
        run.wide(n as u64).clean();
        let found = rig.read_words(result, 8 * n);
        let found: Vec<u8> = found.iter().flat_map(|w| w.to_le_bytes()).collect();
        found != expected
    };
    let seen = carries.iter().filter(|&&at| shows(at)).count();
    assert!(
        10 * seen >= 9 * carries.len(),
        "{seen} of {}",
        carries.len()
    );
}

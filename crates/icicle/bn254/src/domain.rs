//! The roots of unity that clients gave.
//!
//! The engine transforms over the domain of halo2's root omega. Any other root of order n = 2^k is
//! omega^e with e odd, and a transform over it has the values of the engine's at other places: value i at
//! e i modulo n. So a root is kept as the exponent e of its order, and that of a subdomain is e modulo the
//! smaller order.

use std::{
    cell::Cell,
    sync::{PoisonError, RwLock},
};

use ff::{Field, PrimeField};
use halo2curves::bn256::Fr;
use icicle_core::error::{IcicleError, IcicleResult};

/// log2 of the largest order.
pub(crate) const MAX_K: u32 = Fr::S;

/// By k, the exponent of the root of order 2^k.
#[derive(Clone, Copy)]
struct Roots {
    /// Which release these roots came after.
    epoch: u64,
    exponents: [Option<u32>; MAX_K as usize + 1],
}

impl Roots {
    const NONE: Self = Self {
        epoch: 0,
        exponents: [None; MAX_K as usize + 1],
    };

    /// Takes a root of order 2^k in, and with it those of its subdomains.
    fn give(&mut self, k: u32, exponent: u32) {
        for (j, kept) in self.exponents.iter_mut().enumerate().take(k as usize + 1) {
            *kept = Some(exponent & mask(j as u32));
        }
    }

    fn get(&self, k: u32) -> Option<u32> {
        *self.exponents.get(k as usize)?
    }
}

static ROOTS: RwLock<Roots> = RwLock::new(Roots::NONE);

thread_local! {
    /// What this thread gave, so that threads with roots of their own do not take each other's.
    static OWN: Cell<Roots> = const { Cell::new(Roots::NONE) };
}

/// Takes the generator of a domain in.
pub(crate) fn initialize(root: Fr) -> IcicleResult<()> {
    let Some(k) = log_order(root) else {
        return Err(IcicleError::invalid_argument(
            "the root of a domain is to be of an order 2^k, k at most 28",
        ));
    };
    let exponent = exponent_of(root, k);
    let epoch = {
        let mut roots = ROOTS.write().unwrap_or_else(PoisonError::into_inner);
        roots.give(k, exponent);
        roots.epoch
    };
    let mut own = OWN.get();
    if own.epoch != epoch {
        own = Roots {
            epoch,
            ..Roots::NONE
        };
    }
    own.give(k, exponent);
    OWN.set(own);
    Ok(())
}

/// Forgets all roots, those of all threads.
pub(crate) fn release() {
    let mut roots = ROOTS.write().unwrap_or_else(PoisonError::into_inner);
    *roots = Roots {
        epoch: roots.epoch + 1,
        ..Roots::NONE
    };
}

/// The exponent of the root that a transform of size 2^k is over.
pub(crate) fn exponent(k: u32) -> IcicleResult<u32> {
    let roots = *ROOTS.read().unwrap_or_else(PoisonError::into_inner);
    let own = OWN.get();
    let found = match own.epoch == roots.epoch {
        true => own.get(k).or(roots.get(k)),
        false => roots.get(k),
    };
    found.ok_or_else(|| {
        IcicleError::invalid_argument(&format!(
            "a transform of size 2^{k} without a domain of that size; see initialize_domain"
        ))
    })
}

/// The inverse of an odd number modulo 2^k.
pub(crate) fn inverse(exponent: u32, k: u32) -> u32 {
    // Newton's iteration doubles the correct digits, of which an odd number is its own inverse to three.
    (0..4).fold(exponent, |inverse, _| {
        inverse.wrapping_mul(2_u32.wrapping_sub(exponent.wrapping_mul(inverse)))
    }) & mask(k)
}

/// ICICLE's root of order 2^k: 5 raised to (r - 1) / 2^k.
pub(crate) fn icicle_root(k: u32) -> Option<Fr> {
    let to_odd_part = (0..4).map(|i| {
        // (r - 1) / 2^28, limb by limb; r - 1 ends in 28 zeros.
        let limb = |i: usize| MODULUS_MINUS_ONE.get(i).copied().unwrap_or(0);
        limb(i) >> MAX_K | limb(i + 1) << (64 - MAX_K)
    });
    let exponent: Vec<u64> = to_odd_part.collect();
    (k <= MAX_K).then(|| squared(Fr::from(5).pow_vartime(exponent), MAX_K - k))
}

/// r - 1, in limbs, least first.
const MODULUS_MINUS_ONE: [u64; 4] = [
    0x43e1f593f0000000,
    0x2833e84879b97091,
    0xb85045b68181585d,
    0x30644e72e131a029,
];

fn mask(k: u32) -> u32 {
    // The root of order 1 is omega^0; its exponent is kept as 1, which changes no place.
    match k {
        0 => 1,
        k => u32::MAX >> (32 - k),
    }
}

fn squared(value: Fr, times: u32) -> Fr {
    (0..times).fold(value, |value, _| value.square())
}

/// halo2's root of order 2^k.
fn omega(k: u32) -> Fr {
    squared(Fr::ROOT_OF_UNITY, MAX_K - k)
}

/// k, if the root is of order 2^k.
fn log_order(root: Fr) -> Option<u32> {
    let mut power = root;
    for k in 0..=MAX_K {
        if power == Fr::ONE {
            return Some(k);
        }
        power = power.square();
    }
    None
}

/// e with omega^e = root, both of order 2^k: digit by digit from the lowest (Pohlig and Hellman 1978).
fn exponent_of(root: Fr, k: u32) -> u32 {
    if root == omega(k) {
        return 1;
    }
    let mut exponent = 0;
    let mut rest = root;
    let mut step = Fr::ROOT_OF_UNITY_INV;
    step = squared(step, MAX_K - k);
    for digit in 0..k {
        if squared(rest, k - 1 - digit) != Fr::ONE {
            exponent |= 1 << digit;
            rest *= step;
        }
        step = step.square();
    }
    exponent
}

#[cfg(test)]
mod tests {
    use ff::Field;
    use halo2curves::bn256::Fr;

    use super::{exponent_of, icicle_root, inverse, log_order, omega, MAX_K};

    #[test]
    fn exponents_of_roots() {
        for (k, exponent) in [(1, 1), (5, 13), (28, 0x0abc_def1), (3, 7)] {
            let root = omega(k).pow_vartime([exponent]);
            assert_eq!(log_order(root), Some(k));
            assert_eq!(u64::from(exponent_of(root, k)), exponent);
        }
        assert_eq!(log_order(Fr::ONE), Some(0));
        assert_eq!(log_order(Fr::ZERO), None);
        assert_eq!(log_order(Fr::from(5)), None);
    }

    #[test]
    fn inverses_of_odd_numbers() {
        for exponent in [1_u32, 3, 5, 0x0abc_def1, 0x0fff_ffff] {
            let product = exponent.wrapping_mul(inverse(exponent, 28));
            assert_eq!(product & 0x0fff_ffff, 1);
        }
    }

    #[test]
    fn the_root_that_icicle_chooses() {
        let root = icicle_root(MAX_K).expect("there is one");
        let expected = "0x2a3c09f0a58a7e8500e0a7eb8ef62abc402d111e41112ed49bd61b6e725b19f0";
        assert_eq!(format!("{root:?}"), expected);
        assert_eq!(log_order(root), Some(28));
        assert_eq!(icicle_root(29), None);
    }
}

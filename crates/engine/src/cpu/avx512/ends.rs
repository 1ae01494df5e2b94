//! Vectors of columns whose length is no multiple of eight.

use super::{
    lanes::Lanes,
    modulus::{ScalarModulus, Words},
    words::{store_words, LANES},
};

/// Vector `vector` of the elements, those that are missing replaced.
#[target_feature(enable = "avx512f,avx512ifma,avx512vbmi2")]
#[inline]
pub(super) fn load(elements: &[Words], vector: usize, missing: &Words) -> Lanes<ScalarModulus> {
    let elements = &elements[LANES * vector..];
    match elements.first_chunk() {
        Some(elements) => Lanes::load(elements),
        None => Lanes::load(&filled_up(elements, missing)),
    }
}

/// As [`load`], raised.
#[target_feature(enable = "avx512f,avx512ifma,avx512vbmi2")]
#[inline]
pub(super) fn load_raised(
    elements: &[Words],
    vector: usize,
    missing: &Words,
) -> Lanes<ScalarModulus> {
    let elements = &elements[LANES * vector..];
    match elements.first_chunk() {
        Some(elements) => Lanes::load_raised(elements),
        None => Lanes::load_raised(&filled_up(elements, missing)),
    }
}

#[cold]
#[inline(never)]
fn filled_up(elements: &[Words], missing: &Words) -> [Words; LANES] {
    let mut all = [*missing; LANES];
    all[..elements.len()].copy_from_slice(elements);
    all
}

/// Stores the first of eight values as elements, as many as there is room for.
#[target_feature(enable = "avx512f,avx512ifma,avx512vbmi2")]
#[inline]
pub(super) fn store(values: Lanes<ScalarModulus>, to: &mut [Words]) {
    store_canonical(values.canonical(), to);
}

/// As [`store`], for digits below p.
#[target_feature(enable = "avx512f,avx512ifma,avx512vbmi2")]
#[inline]
pub(super) fn store_canonical(values: Lanes<ScalarModulus>, to: &mut [Words]) {
    match to.first_chunk_mut() {
        Some(to) => store_words(values.words(), to),
        None => {
            let mut all = [[0; 4]; LANES];
            store_words(values.words(), &mut all);
            to.copy_from_slice(&all[..to.len()]);
        }
    }
}

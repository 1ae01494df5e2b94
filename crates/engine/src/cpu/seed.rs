//! Values expanded from a seed.

use ff::Field;
use rand_chacha::{rand_core::SeedableRng, ChaCha20Rng};
use rayon::prelude::*;

/// Values that one task makes.
const CHUNK: usize = 1 << 12;
/// ChaCha20 counts its stream in words of 4 bytes; a value takes 64 bytes.
const WORDS: u128 = 64 / 4;

/// n values, value i made of the i-th 64 bytes of the seed's stream.
pub(super) fn expand_seed<F: Field>(n: usize, seed: [u8; 32]) -> Vec<F> {
    let mut values = vec![F::ZERO; n];
    values
        .par_chunks_mut(CHUNK)
        .enumerate()
        .for_each(|(chunk, values)| {
            let mut stream = ChaCha20Rng::from_seed(seed);
            stream.set_word_pos((chunk * CHUNK) as u128 * WORDS);
            for value in values {
                *value = F::random(&mut stream);
            }
        });
    values
}

#[cfg(test)]
mod tests {
    use super::*;
    use halo2curves::bn256::Fr;

    #[test]
    fn a_column_is_one_stream() {
        let seed = [7; 32];
        let mut stream = ChaCha20Rng::from_seed(seed);
        let sequential: Vec<Fr> = (0..10_000).map(|_| Fr::random(&mut stream)).collect();
        assert_eq!(expand_seed::<Fr>(10_000, seed), sequential);
    }
}

//! Files that are nearly right.

use rand_chacha::{
    rand_core::{RngCore, SeedableRng},
    ChaCha20Rng,
};

/// Numbers at the ends of their ranges, as they are written.
const NUMBERS: [&str; 12] = [
    "0",
    "-1",
    "1",
    "2",
    "29",
    "1000",
    "4294967295",
    "4294967296",
    "9223372036854775807",
    "18446744073709551615",
    "18446744073709551616",
    "1e400",
];

pub struct Mutator(ChaCha20Rng);

impl Mutator {
    pub fn new(seed: u64) -> Self {
        Self(ChaCha20Rng::seed_from_u64(seed))
    }

    pub fn below(&mut self, bound: usize) -> usize {
        (self.0.next_u64() % bound.max(1) as u64) as usize
    }

    /// One to four changes, of which some undo each other.
    pub fn mutate(&mut self, good: &[u8]) -> Vec<u8> {
        let mut bytes = good.to_vec();
        for _ in 0..=self.below(4) {
            self.change(&mut bytes);
        }
        bytes
    }

    fn change(&mut self, bytes: &mut Vec<u8>) {
        if bytes.is_empty() {
            return bytes.push(self.below(256) as u8);
        }
        // Half of them in what a file begins with, where its lengths and descriptions are.
        let reach = match self.below(2) {
            0 => bytes.len(),
            _ => bytes.len().min(4096),
        };
        let at = self.below(reach);
        let end = at + 1 + self.below((bytes.len() - at).min(300));
        let end = end.min(bytes.len());
        match self.below(11) {
            0..=2 => bytes[at] ^= 1 << self.below(8),
            3 => bytes[at] = self.below(256) as u8,
            4 => bytes[at..end].fill([0, 0xff][self.below(2)]),
            5 => bytes.truncate(at),
            6 => drop(bytes.drain(at..end)),
            7 => {
                let copied = bytes[at..end].to_vec();
                let to = self.below(bytes.len());
                bytes.splice(to..to, copied);
            }
            8 => {
                let length = 8.min(bytes.len() - at);
                let number = [0, 1, 1 << 32, u64::MAX, u64::MAX - 1, 1 << 63][self.below(6)];
                bytes[at..at + length].copy_from_slice(&number.to_le_bytes()[..length]);
            }
            9 => bytes.extend_from_slice(&[0; 64][..1 + self.below(64)]),
            _ => self.change_number(bytes, at),
        }
    }

    /// Of a text: the next number in it becomes another.
    fn change_number(&mut self, bytes: &mut Vec<u8>, from: usize) {
        let is_digit = |byte: &u8| byte.is_ascii_digit();
        let Some(start) = bytes[from..].iter().position(is_digit) else {
            return;
        };
        let start = from + start;
        let length = bytes[start..]
            .iter()
            .take_while(|byte| is_digit(byte))
            .count();
        let number = NUMBERS[self.below(NUMBERS.len())].bytes();
        bytes.splice(start..start + length, number);
    }
}

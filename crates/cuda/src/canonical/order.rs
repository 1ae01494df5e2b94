//! The orders that vectors are kept in.

/// Vectors of equal length, one after the other or interleaved.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Vectors {
    /// Values of a vector.
    pub n: usize,
    /// Vectors.
    pub count: usize,
    /// Whether value i of all vectors comes before value i + 1 of any: the vectors are the columns of a
    /// matrix that is kept row by row.
    pub by_columns: bool,
}

/// A permutation of the values of each vector: by a factor, and by bit reversal. Anything but
/// [`NATURAL`](Self::NATURAL) is for lengths that are powers of two.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Places {
    /// Whether the binary digits of places are reversed on the caller's side.
    pub reversed: bool,
    /// An odd number that places are multiplied by on the side of the transform, modulo the length.
    pub factor: u32,
}

impl Vectors {
    /// All values.
    pub fn len(&self) -> usize {
        self.n * self.count
    }

    /// Whether there are none.
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// Where a caller keeps a value of a vector.
    pub fn place(&self, vector: usize, value: usize) -> usize {
        match self.by_columns {
            true => value * self.count + vector,
            false => vector * self.n + value,
        }
    }

    /// log2 of a length that is a power of two.
    pub fn log_n(&self) -> u32 {
        self.n.checked_ilog2().unwrap_or(0)
    }
}

impl Places {
    /// Every value stays where it is.
    pub const NATURAL: Self = Self {
        reversed: false,
        factor: 1,
    };

    /// Which value of the caller's comes to place `j` of the transform.
    pub fn taken(&self, vectors: &Vectors, j: usize) -> usize {
        self.turned(vectors, self.multiplied(vectors, j))
    }

    /// Which value of the transform comes to the caller's place `j`.
    pub fn given(&self, vectors: &Vectors, j: usize) -> usize {
        self.multiplied(vectors, self.turned(vectors, j))
    }

    fn turned(&self, vectors: &Vectors, j: usize) -> usize {
        match (self.reversed, vectors.log_n()) {
            (false, _) | (true, 0) => j,
            (true, log_n) => j.reverse_bits() >> (usize::BITS - log_n),
        }
    }

    fn multiplied(&self, vectors: &Vectors, j: usize) -> usize {
        match self.factor {
            1 => j,
            factor => j.wrapping_mul(factor as usize) & vectors.n.wrapping_sub(1),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::{Places, Vectors};

    #[test]
    fn what_is_given_back_in_the_same_order_is_what_was_taken() {
        let vectors = Vectors {
            n: 16,
            count: 3,
            by_columns: true,
        };
        let inverse = |factor: u32| (1..16).step_by(2).find(|f| f * factor % 16 == 1);
        for (reversed, factor) in [(false, 1), (true, 1), (false, 5), (true, 11)] {
            let taken = Places { reversed, factor };
            let given = Places {
                reversed,
                factor: inverse(factor).expect("it is odd"),
            };
            for j in 0..16 {
                assert_eq!(taken.taken(&vectors, given.given(&vectors, j)), j);
            }
        }
        let reversed = Places {
            reversed: true,
            factor: 1,
        };
        assert_eq!(reversed.taken(&vectors, 1), 8);
        assert_eq!(vectors.place(1, 2), 7);
    }
}

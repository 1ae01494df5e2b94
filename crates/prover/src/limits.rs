//! What is the most that a circuit can be: said before anything is allocated for it.

use ff::PrimeField;

use crate::shape::Shape;

/// The most columns of one kind, and the most lookup arguments. Circuits have some hundreds; a count
/// beyond this is a mistake, and lists of such a length are not worth making to find that out.
pub const MOST_COLUMNS: usize = 1 << 14;

/// The largest degree of a constraint system: the quotient has one piece less, 2^10. The work of telling
/// pieces apart grows with the cube of their number.
pub const LARGEST_DEGREE: usize = (1 << 10) + 1;

/// The smallest degree of a constraint system, that of the permutation argument.
pub const SMALLEST_DEGREE: usize = 3;

/// A circuit is larger than any can be.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum LimitError {
    /// The field has too few roots of unity for so many rows and so many pieces of the quotient.
    #[error(
        "k = {k}: with degree {degree} the quotient needs a domain of 2^{domain_k}, and the scalar field has \
         none above 2^{largest_domain_k}: the largest k is {largest_k}"
    )]
    Rows {
        /// log2 of the number of rows.
        k: u32,
        /// Degree of the constraint system.
        degree: usize,
        /// log2 of the domain that its quotient has.
        domain_k: u32,
        /// log2 of the largest domain that there is.
        largest_domain_k: u32,
        /// The largest k with this degree.
        largest_k: u32,
    },
    /// The degree is not one that a constraint system can have.
    #[error(
        "degree {degree}: that of a constraint system is from {SMALLEST_DEGREE} to {LARGEST_DEGREE}"
    )]
    Degree {
        /// What it is.
        degree: usize,
    },
    /// There are too many of something.
    #[error("{count} {what}: the most is {most}")]
    Count {
        /// Of what.
        what: &'static str,
        /// How many.
        count: usize,
        /// How many there can be.
        most: usize,
    },
}

/// The largest k of circuits of this degree: the quotient's cosets are among those of halo2's extended
/// domain, the least power of two that holds `degree - 1` times as many values as there are rows, and the
/// field has a domain of that size.
///
/// # Errors
///
/// If no constraint system is of this degree.
pub fn largest_k<F: PrimeField>(degree: usize) -> Result<u32, LimitError> {
    if !(SMALLEST_DEGREE..=LARGEST_DEGREE).contains(&degree) {
        return Err(LimitError::Degree { degree });
    }
    Ok(F::S.saturating_sub(pieces_k(degree)))
}

/// log2 of the number of pieces of the quotient, rounded up.
fn pieces_k(degree: usize) -> u32 {
    (degree - 1).next_power_of_two().trailing_zeros()
}

/// Checks that there are domains for 2^k rows at this degree.
///
/// # Errors
///
/// If there are not; the error names the largest k.
pub fn check_rows<F: PrimeField>(k: u32, degree: usize) -> Result<(), LimitError> {
    let largest_k = largest_k::<F>(degree)?;
    if k <= largest_k {
        return Ok(());
    }
    Err(LimitError::Rows {
        k,
        degree,
        domain_k: k.saturating_add(pieces_k(degree)),
        largest_domain_k: F::S,
        largest_k,
    })
}

impl Shape {
    /// Checks that a circuit of 2^k rows over this field can be so large, by arithmetic alone.
    ///
    /// # Errors
    ///
    /// If it cannot; the error names the most that can be.
    pub fn check<F: PrimeField>(&self, k: u32) -> Result<(), LimitError> {
        check_rows::<F>(k, self.degree)?;
        let columns = [
            ("advice columns", self.advice),
            ("fixed columns", self.fixed),
            ("instance columns", self.instance),
            ("lookup arguments", self.lookups),
        ];
        let counts = columns.map(|(what, count)| (what, count, MOST_COLUMNS));
        // All columns, each once.
        let permutation = (
            "columns of the permutation argument",
            self.permutation,
            3 * MOST_COLUMNS,
        );
        for (what, count, most) in counts.into_iter().chain([permutation]) {
            if count > most {
                return Err(LimitError::Count { what, count, most });
            }
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use halo2_offload_engine::halo2curves::bn256::Fr;

    const SHAPE: Shape = Shape {
        advice: 6,
        fixed: 12,
        instance: 1,
        lookups: 4,
        permutation: 8,
        degree: 5,
    };

    #[test]
    fn rows_are_limited_by_the_quotient_s_domain() {
        for (degree, largest) in [(3, 27), (4, 26), (5, 26), (6, 25), (9, 25), (10, 24)] {
            assert_eq!(largest_k::<Fr>(degree), Ok(largest), "degree {degree}");
            assert_eq!(check_rows::<Fr>(largest, degree), Ok(()));
            assert!(check_rows::<Fr>(largest + 1, degree).is_err());
        }
        let error = check_rows::<Fr>(27, 9).unwrap_err().to_string();
        assert_eq!(
            error,
            "k = 27: with degree 9 the quotient needs a domain of 2^30, and the scalar field has none above \
             2^28: the largest k is 25"
        );
        assert!(check_rows::<Fr>(u32::MAX, 9).is_err());
    }

    #[test]
    fn no_degree_and_no_count_overflows() {
        for degree in [0, 1, 2, LARGEST_DEGREE + 1, usize::MAX] {
            let shape = Shape { degree, ..SHAPE };
            assert_eq!(shape.check::<Fr>(10), Err(LimitError::Degree { degree }));
        }
        assert_eq!(SHAPE.check::<Fr>(10), Ok(()));
        let too_many: [fn(&mut Shape) -> &mut usize; 5] = [
            |shape| &mut shape.advice,
            |shape| &mut shape.fixed,
            |shape| &mut shape.instance,
            |shape| &mut shape.lookups,
            |shape| &mut shape.permutation,
        ];
        for count in too_many {
            let mut shape = SHAPE;
            *count(&mut shape) = usize::MAX;
            let error = shape.check::<Fr>(10).unwrap_err().to_string();
            assert!(error.contains("the most is"), "{error}");
        }
    }
}

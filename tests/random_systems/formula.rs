//! Random expressions, as halo2-axiom has them and as they are computed.

use ff::Field;
use halo2_axiom::{halo2curves::bn256::Fr, plonk::Expression};
use rand::Rng;
use rand_chacha::ChaCha20Rng;

/// A kind of column.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Kind {
    Advice,
    Fixed,
    Instance,
}

/// An expression.
#[derive(Clone, Debug)]
pub enum Formula {
    Constant(Fr),
    Cell(Kind, usize, i32),
    Challenge,
    Negated(Box<Formula>),
    Scaled(Box<Formula>, Fr),
    Sum(Box<Formula>, Box<Formula>),
    Product(Box<Formula>, Box<Formula>),
}

impl Formula {
    /// A formula of at most this degree that reads some of the columns.
    pub fn draw(
        rng: &mut ChaCha20Rng,
        degree: usize,
        columns: &[(Kind, usize)],
        with_challenge: bool,
        rotation: &impl Fn(&mut ChaCha20Rng) -> i32,
    ) -> Self {
        let draw = |rng: &mut ChaCha20Rng, degree| {
            Box::new(Self::draw(rng, degree, columns, with_challenge, rotation))
        };
        match rng.gen_range(0..8) {
            0 if with_challenge => Self::Challenge,
            0 => Self::Constant(Fr::random(rng)),
            1 => Self::Negated(draw(rng, degree)),
            2 => Self::Scaled(draw(rng, degree), Fr::random(&mut *rng)),
            3 => Self::Sum(draw(rng, degree), draw(rng, degree)),
            4..=6 if degree > 1 => {
                let left = rng.gen_range(1..degree);
                Self::Product(draw(rng, left), draw(rng, degree - left))
            }
            _ => {
                let (kind, index) = columns[rng.gen_range(0..columns.len())];
                Self::Cell(kind, index, rotation(rng))
            }
        }
    }

    /// As halo2-axiom has it.
    pub fn expression(
        &self,
        cell: &mut impl FnMut(Kind, usize, i32) -> Expression<Fr>,
        challenge: &Option<Expression<Fr>>,
    ) -> Expression<Fr> {
        let mut expression = |formula: &Self| formula.expression(cell, challenge);
        match self {
            Self::Constant(value) => Expression::Constant(*value),
            Self::Cell(kind, index, rotation) => cell(*kind, *index, *rotation),
            Self::Challenge => challenge
                .clone()
                .expect("formulas of a second phase have it"),
            Self::Negated(a) => -expression(a),
            Self::Scaled(a, factor) => expression(a) * *factor,
            Self::Sum(a, b) => expression(a) + expression(b),
            Self::Product(a, b) => expression(a) * expression(b),
        }
    }

    /// Its value, where `cell` is what cells hold.
    pub fn value(&self, cell: &impl Fn(Kind, usize, i32) -> Fr, challenge: Fr) -> Fr {
        let value = |formula: &Self| formula.value(cell, challenge);
        match self {
            Self::Constant(value) => *value,
            Self::Cell(kind, index, rotation) => cell(*kind, *index, *rotation),
            Self::Challenge => challenge,
            Self::Negated(a) => -value(a),
            Self::Scaled(a, factor) => value(a) * factor,
            Self::Sum(a, b) => value(a) + value(b),
            Self::Product(a, b) => value(a) * value(b),
        }
    }
}

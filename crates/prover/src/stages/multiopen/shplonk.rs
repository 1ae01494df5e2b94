//! SHPLONK (Boneh, Drake, Fisch, Gabizon 2020, section 4), as halo2 has it.
//!
//! Polynomials that are opened at the same set of points S_i are one: p_i(X) = sum_j y^j p_ij(X), and
//! r_i(X) interpolates its values on S_i. With T the union of all sets and Z_S the polynomial that
//! vanishes on S, the first commitment is to h(X) = sum_i v^i (p_i(X) - r_i(X)) / Z_(S_i)(X), the second
//! to L(X) / (X - u) with
//! L(X) = sum_i v^i Z_(T \ S_i)(u) (p_i(X) - r_i(u)) - Z_T(u) h(X), which is zero at u, all scaled so
//! that the first set's factor is 1.

use ff::Field;
use halo2_offload_engine::{Coeff, Engine, EngineColumn, Scalar};
use std::collections::{BTreeMap, BTreeSet, HashMap};

use super::super::{
    evaluations::{Evaluated, Opening},
    self_check::Claim,
    Prover,
};
use crate::{error::ProverError, transcript::Transcript};

/// The polynomials that are opened at one set of points.
struct RotationSet<F> {
    points: Vec<F>,
    polynomials: Vec<usize>,
    /// For each point, the values of the polynomials.
    values: Vec<Vec<F>>,
}

impl<F: Field> RotationSet<F> {
    /// r(u), where r interpolates sum_j y^j values_j on the points: Lagrange's formula.
    fn remainder_at(&self, y: F, u: F) -> F {
        let mut sum = F::ZERO;
        for (i, (point, values)) in self.points.iter().zip(&self.values).enumerate() {
            let value = values.iter().rev().fold(F::ZERO, |sum, v| sum * y + v);
            let (mut numerator, mut denominator) = (value, F::ONE);
            for (_, other) in self.points.iter().enumerate().filter(|(k, _)| *k != i) {
                numerator *= u - other;
                denominator *= *point - other;
            }
            sum += numerator * denominator.invert().expect("points of a set are distinct");
        }
        sum
    }
}

/// Sets in the order in which a polynomial first has them; polynomials of a set in the order in
/// which they first occur.
fn rotation_sets<F: Field + Ord>(openings: &[Opening<F>]) -> Vec<RotationSet<F>> {
    let mut order = Vec::new();
    let mut points: HashMap<usize, BTreeMap<F, F>> = HashMap::new();
    for opening in openings {
        let values = points.entry(opening.polynomial).or_insert_with(|| {
            order.push(opening.polynomial);
            BTreeMap::new()
        });
        values.insert(opening.point, opening.value);
    }
    let mut sets: Vec<RotationSet<F>> = Vec::new();
    for polynomial in order {
        let values = &points[&polynomial];
        let points: Vec<F> = values.keys().copied().collect();
        let index = sets.iter().position(|set| set.points == points);
        let index = index.unwrap_or_else(|| {
            sets.push(RotationSet {
                values: points.iter().map(|_| Vec::new()).collect(),
                points,
                polynomials: Vec::new(),
            });
            sets.len() - 1
        });
        let set = &mut sets[index];
        set.polynomials.push(polynomial);
        for (list, value) in set.values.iter_mut().zip(values.values()) {
            list.push(*value);
        }
    }
    sets
}

pub(super) fn open<E: Engine>(
    prover: &Prover<'_, E>,
    evaluated: &Evaluated<'_, E>,
    transcript: &mut impl Transcript<E::Curve>,
) -> Result<Claim<E>, ProverError> {
    let Prover { engine, key } = *prover;
    let n = key.circuit.n();
    let one = Scalar::<E>::ONE;
    let powers = |base: Scalar<E>| std::iter::successors(Some(one), move |p| Some(*p * base));
    let y = transcript.squeeze();
    let v = transcript.squeeze();

    let sets = rotation_sets(&evaluated.openings);
    // The polynomials of a set, each times factor * y^j. The sums are taken twice, for h(X) and for
    // l(X), rather than kept: a column less a set, where all that is opened is in memory.
    let weighted = |set: &RotationSet<Scalar<E>>, factor: Scalar<E>| -> Vec<_> {
        let weights = powers(y).map(|power| factor * power);
        weights.zip(set.polynomials.iter().copied()).collect()
    };
    let terms = |weighted: &[(Scalar<E>, usize)]| -> Vec<_> {
        let weighted = weighted.iter();
        weighted
            .map(|(weight, i)| (*weight, evaluated.polynomial(*i)))
            .collect()
    };
    let mut h: Option<EngineColumn<E, Coeff>> = None;
    for (set, power_of_v) in sets.iter().zip(powers(v)) {
        // The division drops the remainder, which is r_i(X).
        let dividend = engine.linear_combination(n, &terms(&weighted(set, power_of_v)), &[])?;
        let quotient = engine.kate_division(dividend, &set.points)?;
        h = Some(match h {
            Some(h) => engine.accumulate(h, &[(one, &quotient)])?,
            None => quotient,
        });
    }
    // h(X) is always opened: there is at least one set.
    let h = h.map_or_else(|| engine.zeros(n), Ok)?;
    let h_commitments = engine.commit(&key.srs, &[&h])?;
    for commitment in &h_commitments {
        transcript.write_point(*commitment)?;
    }
    let u = transcript.squeeze();

    let all_points: BTreeSet<_> = sets.iter().flat_map(|set| &set.points).copied().collect();
    let vanishing = |set: &RotationSet<Scalar<E>>| -> Scalar<E> {
        let others = all_points.iter().filter(|p| !set.points.contains(p));
        others.map(|point| u - point).product()
    };
    let scale: Option<Scalar<E>> = sets.first().map_or(one, &vanishing).invert().into();
    let scale = scale.ok_or_else(|| {
        std::io::Error::other(
            "the challenge u is one of the opened points: a transcript of random challenges \
             never yields that",
        )
    })?;
    let mut opened = Vec::new();
    let mut constant = Scalar::<E>::ZERO;
    for (set, power_of_v) in sets.iter().zip(powers(v)) {
        let factor = power_of_v * vanishing(set) * scale;
        constant -= factor * set.remainder_at(y, u);
        opened.extend(weighted(set, factor));
    }
    let vanishing_at_u: Scalar<E> = all_points.iter().map(|point| u - point).product();
    let of_h = -vanishing_at_u * scale;
    let mut all_terms = terms(&opened);
    all_terms.push((of_h, &h));
    let l = engine.linear_combination(n, &all_terms, &[constant])?;
    let witness = engine.kate_division(l, &[u])?;
    let witnesses = engine.commit(&key.srs, &[&witness])?;
    for commitment in &witnesses {
        transcript.write_point(*commitment)?;
    }

    // L(s) = (s - u) W(s)
    let witnesses = witnesses.into_iter();
    let left: Vec<_> = witnesses.map(|witness| (one, witness)).collect();
    let mut points: Vec<_> = left.iter().map(|(_, witness)| (u, *witness)).collect();
    points.extend(h_commitments.into_iter().map(|h| (of_h, h)));
    Ok(Claim {
        left,
        opened,
        points,
        constant,
    })
}

//! The permutation stage: the grand products of the permutation and lookup arguments, committed to in
//! one batch.

use halo2_offload_engine::{
    Engine, EngineColumn, EnginePermuted, EngineSrs, Fractions, Label, LagrangeCoeff, Scalar,
};
use rand_core::RngCore;

use super::{
    draw_blinds,
    lookup::{PermutedLookups, Values},
    random_scalars,
    working_set::WorkingSet,
    Challenges, CircuitColumns, Prover,
};
use crate::{error::ProverError, programs::Segment, transcript::Transcript};

/// What leaves the stage: all products, committed to.
pub(super) struct Products<'i, E: Engine> {
    pub circuits: Vec<CircuitColumns<'i, E, LagrangeCoeff>>,
    pub permuted: Vec<Vec<EnginePermuted<E>>>,
    /// For each circuit, the permutation products.
    pub permutation: Vec<Vec<EngineColumn<E, LagrangeCoeff>>>,
    /// For each circuit, the product of each lookup.
    pub lookup: Vec<Vec<EngineColumn<E, LagrangeCoeff>>>,
    pub challenges: Challenges<Scalar<E>>,
    /// Commitments to the permutation products, then the lookup products, under way: no challenge
    /// comes before the next ones.
    pub commitments: E::Commitments,
    /// Of A' and S' of each lookup, circuit by circuit.
    pub permuted_commitments: Vec<E::Curve>,
}

pub(super) fn enter<'i, E: Engine>(
    prover: &Prover<'_, E>,
    srs: &EngineSrs<E, LagrangeCoeff>,
    permuted_lookups: PermutedLookups<'i, E>,
    rng: &mut impl RngCore,
    transcript: &mut impl Transcript<E::Curve>,
) -> Result<Products<'i, E>, ProverError> {
    let Prover { engine, key } = *prover;
    let PermutedLookups {
        circuits,
        permuted,
        commitments: permuted_commitments,
        mut challenges,
    } = permuted_lookups;
    challenges.beta = transcript.squeeze();
    challenges.gamma = transcript.squeeze();

    let of_all_circuits = |segments: &'_ [Segment<Scalar<E>>]| -> Vec<(usize, Vec<_>)> {
        (0..circuits.len())
            .flat_map(|c| segments.iter().map(move |s| (c, s.inputs.clone())))
            .collect()
    };
    let mut steps = of_all_circuits(&key.programs.permutation_fractions);
    steps.extend(of_all_circuits(&key.programs.lookup_fractions));
    let mut accumulate = Accumulate {
        values: Values {
            prover,
            derived: WorkingSet::new(steps.iter().map(|(c, inputs)| (*c, inputs.as_slice()))),
            step: 0,
        },
        scalars: challenges.scalars(),
    };

    let mut placed = 0;
    let mut permutation_products = Vec::with_capacity(circuits.len());
    for circuit in circuits.iter().enumerate() {
        let mut products = Vec::new();
        for segment in &key.programs.permutation_fractions {
            let z = accumulate.product(circuit, segment, None, products.last(), rng)?;
            products.push(place(engine, "permutation product", &mut placed, z)?);
        }
        permutation_products.push(products);
    }
    let mut placed = 0;
    let mut lookup_products = Vec::with_capacity(circuits.len());
    for (circuit, permuted) in circuits.iter().enumerate().zip(&permuted) {
        let mut products = Vec::new();
        for (segment, pair) in key.programs.lookup_fractions.iter().zip(permuted) {
            let z = accumulate.product(circuit, segment, Some(pair), None, rng)?;
            products.push(place(engine, "lookup product", &mut placed, z)?);
        }
        lookup_products.push(products);
    }

    let all = permutation_products.iter().chain(&lookup_products);
    let columns: Vec<_> = all.flatten().collect();
    let commitments = engine.begin_commit(srs, &columns)?;
    Ok(Products {
        circuits,
        permuted,
        permutation: permutation_products,
        lookup: lookup_products,
        challenges,
        commitments,
        permuted_commitments,
    })
}

/// Names a product by its number among all of its kind.
fn place<E: Engine>(
    engine: &E,
    name: &'static str,
    placed: &mut usize,
    z: EngineColumn<E, LagrangeCoeff>,
) -> Result<EngineColumn<E, LagrangeCoeff>, ProverError> {
    *placed += 1;
    Ok(engine.place(Label::of_proof(name, *placed - 1), z)?)
}

/// Takes grand products, one after the other.
struct Accumulate<'a, 'h, E: Engine> {
    values: Values<'a, 'h, E>,
    scalars: Vec<Scalar<E>>,
}

impl<E: Engine> Accumulate<'_, '_, E> {
    /// z, going on from the product before it.
    fn product(
        &mut self,
        circuit: (usize, &CircuitColumns<'_, E, LagrangeCoeff>),
        segment: &Segment<Scalar<E>>,
        permuted: Option<&EnginePermuted<E>>,
        after: Option<&EngineColumn<E, LagrangeCoeff>>,
        rng: &mut impl RngCore,
    ) -> Result<EngineColumn<E, LagrangeCoeff>, ProverError> {
        let Prover { engine, key } = *self.values.prover;
        let blinding: Vec<_> = random_scalars(rng, key.circuit.blinding_factors);
        draw_blinds::<Scalar<E>>(rng, 1);
        let scalars = &self.scalars;
        self.values
            .read(&segment.inputs, circuit, permuted, |inputs| {
                let product = engine.grand_product(
                    &key.domain,
                    Fractions {
                        program: &segment.program,
                        inputs: inputs.to_vec(),
                        scalars,
                        after,
                        usable_rows: key.circuit.usable_rows(),
                        blinding: &blinding,
                    },
                )?;
                Ok(product)
            })
    }
}

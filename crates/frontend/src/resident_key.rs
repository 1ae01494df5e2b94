//! Proving keys on an engine.

use ff::Field;
use halo2_axiom::{
    halo2curves::{
        bn256::{Bn256, Fr, G1Affine},
        group::{prime::PrimeCurveAffine, Curve},
    },
    plonk::ProvingKey,
    poly::{commitment::ParamsProver, kzg::commitment::ParamsKZG},
};
use halo2_offload_engine::{
    process, BorrowHost, Coeff, Engine, EngineError, EngineSrs, LagrangeCoeff,
};
use halo2_offload_prover::{
    Choices, CompiledCircuit, Key, KeyColumn, KeyColumnIndex, KeyColumns, Multiopen, Unsatisfied,
    VerifierSide,
};

use crate::{
    compile::compile,
    error::Error,
    srs::{self, SecondGroup},
};

/// An engine over the first group of BN254, which halo2-axiom's KZG is on: every [`Engine`] over it is one.
pub trait Bn256Engine: Engine<Curve = G1Affine> {}

impl<E: Engine<Curve = G1Affine>> Bn256Engine for E {}

/// A proving key and its SRS on an engine, loaded once for many proofs.
///
/// Of every fixed and permutation column it holds one form, the coefficients (halo2's key holds
/// two, and a domain full of twiddles); values are derived when they are read. In units of one
/// column, 32 * 2^k bytes: 4 for the SRS, 1/2 for twiddles, 1 for each column.
pub struct ResidentKey<E: Bn256Engine> {
    key: Key<E>,
    lagrange_srs: EngineSrs<E, LagrangeCoeff>,
    unsatisfied: Unsatisfied,
}

impl<E: Bn256Engine> ResidentKey<E> {
    /// Copies a stock key and SRS onto the engine. What is returned owns what it needs: `params` and
    /// `pk` can be dropped.
    ///
    /// # Errors
    ///
    /// If halo2-axiom has cut the degree of the constraint system down to less than its constraints need
    /// (`MAX_DEGREE`). If the SRS is truncated, of another size than the key, or contradicts itself: its first
    /// point is the generator, its first two points fit those of the second group, the Lagrange points add up
    /// to the generator. If the SRS is not the one that the key was made with, or the key is damaged: a random
    /// combination of all columns is committed to over both halves and compared with the verifying key.
    pub fn load(
        engine: &E,
        params: &ParamsKZG<Bn256>,
        pk: &ProvingKey<G1Affine>,
    ) -> Result<Self, Error> {
        process::enter().map_err(EngineError::from)?;
        let circuit = compile(pk.get_vk())?;
        srs::check_size(params, circuit.k)?;
        let n = circuit.n();
        let second_group = SecondGroup::of(params)?;
        let lagrange_srs = srs::load_lagrange(engine, n, srs::g_lagrange(params)?)?;
        let srs = engine.load_srs(params.get_g().len(), || params.get_g().to_vec())?;
        let (fixed, permutation) = (pk.fixed_polys(), pk.permutation().polys());
        let columns = KeyColumns::load([fixed.len(), permutation.len()], |column, label| {
            let polynomial = match column {
                KeyColumnIndex::Fixed(index) => &fixed[index],
                KeyColumnIndex::Permutation(index) => &permutation[index],
            };
            engine
                .upload(label, n, || polynomial.to_vec())
                .map(Into::into)
        })?;
        let key = Self::assemble(engine, circuit, srs, lagrange_srs, columns)?;
        let key = key.with_verifier(verifier_side(pk, second_group))?;
        key.check_columns(engine)?;
        Ok(key)
    }

    /// A key that borrows a stock key and the monomial half of the SRS instead of copying them. Both
    /// forms of each column are at hand then, so none is derived. Its own are the Lagrange half
    /// of the SRS, which halo2-axiom does not give access to, and the twiddles: 2 1/2 columns.
    ///
    /// # Errors
    ///
    /// As [`load`](Self::load), but that no column is compared with the verifying key: this is for keys that
    /// make one proof, which is checked before it leaves.
    pub fn borrow<'h>(
        engine: &E,
        params: &'h ParamsKZG<Bn256>,
        pk: &'h ProvingKey<G1Affine>,
    ) -> Result<Self, Error>
    where
        E: BorrowHost<'h>,
    {
        process::enter().map_err(EngineError::from)?;
        let circuit = compile(pk.get_vk())?;
        srs::check_size(params, circuit.k)?;
        let second_group = SecondGroup::of(params)?;
        let lagrange_srs = srs::load_lagrange(engine, circuit.n(), srs::g_lagrange(params)?)?;
        let srs = engine.borrow_srs(params.get_g())?;
        let borrow = |(coeff, values): (&'h [Fr], &'h [Fr])| KeyColumn {
            coeff: engine.borrow(coeff),
            values: Some(engine.borrow(values)),
        };
        let fixed = slices(pk.fixed_polys()).zip(slices(pk.fixed_values()));
        let permutation = pk.permutation();
        let permutation = slices(permutation.polys()).zip(slices(permutation.permutations()));
        let columns = KeyColumns {
            fixed: fixed.map(borrow).collect(),
            permutation: permutation.map(borrow).collect(),
        };
        let key = Self::assemble(engine, circuit, srs, lagrange_srs, columns)?;
        key.with_verifier(verifier_side(pk, second_group))
    }

    pub(crate) fn assemble(
        engine: &E,
        circuit: CompiledCircuit<Fr>,
        srs: EngineSrs<E, Coeff>,
        lagrange_srs: EngineSrs<E, LagrangeCoeff>,
        columns: KeyColumns<E>,
    ) -> Result<Self, Error> {
        Ok(Self {
            key: Key::new(engine, circuit, srs, columns)?,
            lagrange_srs,
            unsatisfied: Unsatisfied::default(),
        })
    }

    pub(crate) fn with_verifier(self, side: VerifierSide<G1Affine>) -> Result<Self, Error> {
        Ok(Self {
            key: self.key.with_verifier(side)?,
            ..self
        })
    }

    /// Commits to a random combination of all columns over both halves of the SRS, and compares with the
    /// verifying key.
    pub(crate) fn check_columns(&self, engine: &E) -> Result<(), Error> {
        let key = &self.key;
        let Some(side) = key.verifier() else {
            return Ok(());
        };
        let columns: Vec<_> = key.fixed().iter().chain(key.permutation()).collect();
        let columns: Vec<_> = columns.iter().map(|column| &column.coeff).collect();
        let known = [&side.fixed_commitments[..], &side.permutation_commitments].concat();
        let mut rng = srs::fresh_rng()?;
        let factors: Vec<Fr> = columns.iter().map(|_| Fr::random(&mut rng)).collect();
        let expected = srs::weighted_sum(&factors, &known)?.to_affine();

        let [of_powers, of_values] =
            key.commit_combination(engine, &self.lagrange_srs, &factors)?;
        match (of_powers == [expected], of_values == [expected]) {
            (true, true) => return Ok(()),
            (true, false) => return Err(srs::contradicts(srs::HALVES)),
            (false, true) => {
                return Err(srs::contradicts(
                    "its powers are not those that its Lagrange points are of",
                ))
            }
            (false, false) if of_powers != of_values => return Err(srs::contradicts(srs::HALVES)),
            (false, false) => {}
        }
        // The SRS agrees with itself: either all columns are of another one, or some are damaged.
        let (mut damaged, mut some_are_good) = (None, false);
        for (index, (column, known)) in columns.into_iter().zip(known).enumerate() {
            let is_good = engine.commit(key.srs(), &[column])? == [known];
            // A column of zeros commits to the identity, whatever the SRS.
            some_are_good |= is_good && !bool::from(known.is_identity());
            if !is_good {
                damaged.get_or_insert(match index.checked_sub(key.fixed().len()) {
                    None => format!("fixed column {index}"),
                    Some(index) => format!("permutation column {index}"),
                });
            }
        }
        let column = damaged.unwrap_or_default();
        Err(match some_are_good {
            true => Error::DamagedKey { column },
            false => Error::WrongSrs { column },
        })
    }

    /// Whether proofs with this key are checked to the end before they leave, the pairing included. Keys from
    /// files of the first version lack what that takes; write them anew.
    pub fn has_verifier(&self) -> bool {
        self.key.verifier().is_some()
    }

    /// What becomes of witnesses that do not satisfy the circuit, in all proofs with this key. They are
    /// refused unless this says otherwise, and proofs are checked before they leave; with
    /// [`AsStock`](Unsatisfied::AsStock) neither.
    #[must_use]
    pub fn unsatisfied(self, unsatisfied: Unsatisfied) -> Self {
        Self {
            unsatisfied,
            ..self
        }
    }

    /// The circuit that the key is for.
    pub fn circuit(&self) -> &CompiledCircuit<Fr> {
        self.key.circuit()
    }

    /// The key as the prover has it.
    pub fn key(&self) -> &Key<E> {
        &self.key
    }

    /// The half of the SRS that values are committed with.
    pub(crate) fn lagrange_srs(&self) -> &EngineSrs<E, LagrangeCoeff> {
        &self.lagrange_srs
    }

    /// What is chosen for a proof with this key.
    pub(crate) fn choices(&self, multiopen: Multiopen) -> Choices {
        Choices {
            multiopen,
            unsatisfied: self.unsatisfied,
        }
    }

    /// The key, and the half of the SRS that values are committed with.
    pub(crate) fn into_parts(self) -> (Key<E>, EngineSrs<E, LagrangeCoeff>) {
        (self.key, self.lagrange_srs)
    }
}

fn slices<B>(polynomials: &[halo2_axiom::poly::Polynomial<Fr, B>]) -> impl Iterator<Item = &[Fr]> {
    polynomials.iter().map(|polynomial| polynomial.values())
}

/// What the verifier has of a key.
fn verifier_side(pk: &ProvingKey<G1Affine>, second_group: SecondGroup) -> VerifierSide<G1Affine> {
    let vk = pk.get_vk();
    VerifierSide {
        generator: G1Affine::generator(),
        fixed_commitments: vk.fixed_commitments().clone(),
        permutation_commitments: vk.permutation().commitments().clone(),
        pairing: Box::new(second_group),
    }
}

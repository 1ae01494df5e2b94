//! A circuit over the caller's field, as one over Fr.

use ff::Field;
use halo2_axiom::{
    circuit::{Cell, Layouter, Region, Table, Value},
    halo2curves::bn256::Fr,
    plonk::{Challenge, Circuit, Column, ConstraintSystem, Error, Instance},
};
use ref_cast::RefCast;
use std::marker::PhantomData;

use crate::same::{OverField, SameField};

/// A `Circuit<S>`, where S is Fr, as a `Circuit<Fr>`. `ref_cast` makes one of a reference; who makes
/// one has checked that S is Fr.
#[derive(RefCast)]
#[repr(transparent)]
pub struct BridgedCircuit<C, S>(C, PhantomData<S>);

/// # Panics
///
/// In all methods, if S is not Fr.
fn same<S: Field>() -> SameField<S> {
    SameField::check().expect("a circuit is bridged where its field is Fr")
}

struct OfConstraintSystem<'a>(PhantomData<&'a ()>);
impl<'a> OverField for OfConstraintSystem<'a> {
    type Of<F: Field> = &'a mut ConstraintSystem<F>;
}

impl<C: Circuit<S>, S: Field> Circuit<Fr> for BridgedCircuit<C, S> {
    type Config = C::Config;
    type FloorPlanner = C::FloorPlanner;
    type Params = C::Params;

    fn without_witnesses(&self) -> Self {
        Self(self.0.without_witnesses(), PhantomData)
    }

    fn params(&self) -> C::Params {
        self.0.params()
    }

    fn configure_with_params(cs: &mut ConstraintSystem<Fr>, params: C::Params) -> C::Config {
        C::configure_with_params(same::<S>().back::<OfConstraintSystem<'_>>(cs), params)
    }

    fn configure(cs: &mut ConstraintSystem<Fr>) -> C::Config {
        C::configure(same::<S>().back::<OfConstraintSystem<'_>>(cs))
    }

    fn synthesize(&self, config: C::Config, layouter: impl Layouter<Fr>) -> Result<(), Error> {
        self.0
            .synthesize(config, BridgedLayouter::<_, S>(layouter, PhantomData))
    }
}

/// A `Layouter<Fr>` as a `Layouter<S>`.
#[derive(RefCast)]
#[repr(transparent)]
struct BridgedLayouter<L, S>(L, PhantomData<S>);

struct OfRegion<'r>(PhantomData<&'r ()>);
impl<'r> OverField for OfRegion<'r> {
    type Of<F: Field> = Region<'r, F>;
}

struct OfTable<'t>(PhantomData<&'t ()>);
impl<'t> OverField for OfTable<'t> {
    type Of<F: Field> = Table<'t, F>;
}

struct OfValue;
impl OverField for OfValue {
    type Of<F: Field> = Value<F>;
}

impl<L: Layouter<Fr>, S: Field> Layouter<S> for BridgedLayouter<L, S> {
    type Root = BridgedLayouter<L::Root, S>;

    fn assign_region<A, AR, N, NR>(&mut self, name: N, assignment: A) -> Result<AR, Error>
    where
        A: FnOnce(Region<'_, S>) -> Result<AR, Error>,
        N: Fn() -> NR,
        NR: Into<String>,
    {
        self.0.assign_region(name, |region| {
            assignment(same::<S>().back::<OfRegion<'_>>(region))
        })
    }

    fn assign_table<A, N, NR>(&mut self, name: N, mut assignment: A) -> Result<(), Error>
    where
        A: FnMut(Table<'_, S>) -> Result<(), Error>,
        N: Fn() -> NR,
        NR: Into<String>,
    {
        self.0.assign_table(name, |table| {
            assignment(same::<S>().back::<OfTable<'_>>(table))
        })
    }

    fn constrain_instance(&mut self, cell: Cell, column: Column<Instance>, row: usize) {
        self.0.constrain_instance(cell, column, row);
    }

    fn next_phase(&mut self) {
        self.0.next_phase();
    }

    fn get_challenge(&self, challenge: Challenge) -> Value<S> {
        same::<S>().back::<OfValue>(self.0.get_challenge(challenge))
    }

    fn get_root(&mut self) -> &mut Self::Root {
        BridgedLayouter::ref_cast_mut(self.0.get_root())
    }

    fn push_namespace<NR, N>(&mut self, name: N)
    where
        NR: Into<String>,
        N: FnOnce() -> NR,
    {
        self.0.push_namespace(name);
    }

    fn pop_namespace(&mut self, name: Option<String>) {
        self.0.pop_namespace(name);
    }
}

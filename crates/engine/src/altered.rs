//! An engine whose results a test can alter: what notices that an engine computes something wrong, and
//! what does not.

use std::any::Any;

use crate::{
    basis::{Basis, CommitBasis},
    column::Column,
    engine::{
        Domain, Engine, EngineColumn, EngineDomain, EnginePermuted, EngineSrs, Permuted, Storage,
    },
    srs::Srs,
};

/// The engine `E`, whose results pass through the hands of `By`. It follows from the definitions of the
/// operations (`#[operations]`).
#[derive(Clone, Copy, Debug)]
pub struct Altered<E, By> {
    engine: E,
    by: By,
}

/// Who alters results.
pub trait Alter<E: Engine> {
    /// A column that an operation made; each of them, if it made several.
    fn column(&self, operation: &'static str, memory: &mut E::Memory);

    /// A value that an operation made: a point or a scalar, omega, the points of half an SRS.
    fn value(&self, operation: &'static str, value: &mut dyn Any);
}

impl<E, By> Altered<E, By> {
    /// Results of `engine`, in the hands of `by`.
    pub fn new(engine: E, by: By) -> Self {
        Self { engine, by }
    }

    /// The engine.
    pub fn engine(&self) -> &E {
        &self.engine
    }

    /// Who alters its results.
    pub fn by(&self) -> &By {
        &self.by
    }
}

impl<E: Engine, By> Storage for Altered<E, By> {
    type Curve = E::Curve;
    type Memory = E::Memory;
    type Tables = E::Tables;
    type Points = E::Points;
    type Commitments = E::Commitments;
}

/// What an operation makes.
pub trait Returned<E: Engine> {
    /// As it comes from the hands of `by`.
    fn altered(self, operation: &'static str, by: &impl Alter<E>) -> Self;
}

impl<E: Engine> Returned<E> for () {
    fn altered(self, _: &'static str, _: &impl Alter<E>) {}
}

impl<E: Engine, T: PartialEq + 'static> Returned<E> for Vec<T> {
    fn altered(mut self, operation: &'static str, by: &impl Alter<E>) -> Self {
        for value in &mut self {
            by.value(operation, value);
        }
        self
    }
}

impl<E: Engine, B: Basis> Returned<E> for EngineColumn<E, B> {
    fn altered(mut self, operation: &'static str, by: &impl Alter<E>) -> Self {
        by.column(operation, self.memory_mut());
        self
    }
}

impl<E: Engine, B: Basis> Returned<E> for Vec<Column<E::Memory, B>> {
    fn altered(mut self, operation: &'static str, by: &impl Alter<E>) -> Self {
        for column in &mut self {
            by.column(operation, column.memory_mut());
        }
        self
    }
}

impl<E: Engine> Returned<E> for EnginePermuted<E> {
    fn altered(self, operation: &'static str, by: &impl Alter<E>) -> Self {
        let [input, table] = [self.input, self.table].map(|column| column.altered(operation, by));
        Permuted { input, table }
    }
}

impl<E: Engine<Points: 'static>, B: CommitBasis> Returned<E> for EngineSrs<E, B> {
    fn altered(self, operation: &'static str, by: &impl Alter<E>) -> Self {
        let mut points = self.into_points();
        by.value(operation, &mut points);
        Srs::from_points(points)
    }
}

impl<E: Engine> Returned<E> for EngineDomain<E> {
    fn altered(self, operation: &'static str, by: &impl Alter<E>) -> Self {
        let Domain {
            k,
            mut omega,
            tables,
        } = self;
        by.value(operation, &mut omega);
        Domain { k, omega, tables }
    }
}

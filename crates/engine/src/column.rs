//! A column: n field elements in an engine's memory, with their basis in the type.

use ref_cast::RefCast;
use std::marker::PhantomData;

use crate::basis::Basis;

/// n field elements in the basis `B`, in the memory `M` of an engine.
#[derive(Clone, Debug, RefCast)]
#[repr(transparent)]
pub struct Column<M, B> {
    memory: M,
    basis: PhantomData<B>,
}

impl<M, B: Basis> Column<M, B> {
    /// For engines: claims that `memory` holds values in the basis `B`.
    pub fn from_memory(memory: M) -> Self {
        Self {
            memory,
            basis: PhantomData,
        }
    }

    /// For engines made of other engines: a column of the memory that one of them keeps.
    pub fn from_memory_ref(memory: &M) -> &Self {
        Self::ref_cast(memory)
    }

    /// For engines: where the values are.
    pub fn memory(&self) -> &M {
        &self.memory
    }

    /// For engines: where the values are, to be changed in place.
    pub fn memory_mut(&mut self) -> &mut M {
        &mut self.memory
    }

    /// For engines: takes the memory, so that it can be given another meaning.
    pub fn into_memory(self) -> M {
        self.memory
    }
}

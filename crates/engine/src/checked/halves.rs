//! Arguments of an operation on two engines, taken apart: each engine has its own half.

use ff::Field;

use crate::{
    basis::Basis,
    column::Column,
    engine::{Domain, Fractions, Rows},
    srs::Srs,
};

/// What two engines keep, side by side.
#[derive(Clone, Debug)]
pub struct Pair<A, B>(pub A, pub B);

/// What can be taken apart.
pub trait Halves {
    /// What the first engine is given.
    type Left;
    /// What the second engine is given.
    type Right;

    /// Both.
    fn halves(self) -> (Self::Left, Self::Right);
}

impl<A, B> Halves for Pair<A, B> {
    type Left = A;
    type Right = B;

    fn halves(self) -> (A, B) {
        (self.0, self.1)
    }
}

impl<A, B, Bs: Basis> Halves for Column<Pair<A, B>, Bs> {
    type Left = Column<A, Bs>;
    type Right = Column<B, Bs>;

    fn halves(self) -> (Self::Left, Self::Right) {
        let Pair(left, right) = self.into_memory();
        (Column::from_memory(left), Column::from_memory(right))
    }
}

impl<'c, A, B, Bs: Basis> Halves for &'c Column<Pair<A, B>, Bs> {
    type Left = &'c Column<A, Bs>;
    type Right = &'c Column<B, Bs>;

    fn halves(self) -> (Self::Left, Self::Right) {
        let Pair(left, right) = self.memory();
        (
            Column::from_memory_ref(left),
            Column::from_memory_ref(right),
        )
    }
}

impl<'s, A, B, Bs: crate::basis::CommitBasis> Halves for &'s Srs<Pair<A, B>, Bs> {
    type Left = &'s Srs<A, Bs>;
    type Right = &'s Srs<B, Bs>;

    fn halves(self) -> (Self::Left, Self::Right) {
        let Pair(left, right) = self.points();
        (Srs::from_points_ref(left), Srs::from_points_ref(right))
    }
}

impl<'d, F, A, B> Halves for &'d Domain<F, Pair<A, B>> {
    type Left = &'d A;
    type Right = &'d B;

    fn halves(self) -> (Self::Left, Self::Right) {
        (&self.tables.0, &self.tables.1)
    }
}

/// A factor and its column.
impl<'c, F: Field, A, B, Bs: Basis> Halves for (F, &'c Column<Pair<A, B>, Bs>) {
    type Left = (F, &'c Column<A, Bs>);
    type Right = (F, &'c Column<B, Bs>);

    fn halves(self) -> (Self::Left, Self::Right) {
        let (left, right) = self.1.halves();
        ((self.0, left), (self.0, right))
    }
}

/// A column and the point that it is evaluated at.
impl<'c, F: Field, A, B, Bs: Basis> Halves for (&'c Column<Pair<A, B>, Bs>, F) {
    type Left = (&'c Column<A, Bs>, F);
    type Right = (&'c Column<B, Bs>, F);

    fn halves(self) -> (Self::Left, Self::Right) {
        let (left, right) = self.0.halves();
        ((left, self.1), (right, self.1))
    }
}

impl<'d, F: Field, A, B> Halves for Rows<'d, F, Pair<Domain<F, A>, Domain<F, B>>> {
    type Left = Rows<'d, F, A>;
    type Right = Rows<'d, F, B>;

    fn halves(self) -> (Self::Left, Self::Right) {
        let (left, right) = self.domain.halves();
        let shift = self.shift;
        let left = Rows {
            domain: left,
            shift,
        };
        let right = Rows {
            domain: right,
            shift,
        };
        (left, right)
    }
}

impl<'c, F, A, B> Halves for Fractions<'c, F, Pair<A, B>> {
    type Left = Fractions<'c, F, A>;
    type Right = Fractions<'c, F, B>;

    fn halves(self) -> (Self::Left, Self::Right) {
        let Self {
            program,
            inputs,
            scalars,
            after,
            usable_rows,
            blinding,
        } = self;
        let (left_inputs, right_inputs) = inputs.halves();
        let (left_after, right_after) = after.halves();
        let left = Fractions {
            program,
            inputs: left_inputs,
            scalars,
            after: left_after,
            usable_rows,
            blinding,
        };
        let right = Fractions {
            program,
            inputs: right_inputs,
            scalars,
            after: right_after,
            usable_rows,
            blinding,
        };
        (left, right)
    }
}

impl<T: Halves> Halves for Option<T> {
    type Left = Option<T::Left>;
    type Right = Option<T::Right>;

    fn halves(self) -> (Self::Left, Self::Right) {
        self.map(T::halves).unzip()
    }
}

impl<T: Halves> Halves for Vec<T> {
    type Left = Vec<T::Left>;
    type Right = Vec<T::Right>;

    fn halves(self) -> (Self::Left, Self::Right) {
        self.into_iter().map(T::halves).unzip()
    }
}

impl<T: Halves + Copy> Halves for &[T] {
    type Left = Vec<T::Left>;
    type Right = Vec<T::Right>;

    fn halves(self) -> (Self::Left, Self::Right) {
        self.iter().copied().map(T::halves).unzip()
    }
}

//! What two engines say of themselves, brought together.

/// Answers that need not be equal.
pub trait Agree: Sized {
    /// What holds for both.
    fn agree(self, other: Self) -> Self;
}

/// Both did something.
impl Agree for () {
    fn agree(self, (): Self) {}
}

/// Whether both do.
impl Agree for bool {
    fn agree(self, other: Self) -> Self {
        self && other
    }
}

/// So many columns as both have room for.
impl Agree for usize {
    fn agree(self, other: Self) -> Self {
        self.min(other)
    }
}

/// A name.
impl Agree for String {
    fn agree(self, other: Self) -> Self {
        format!("{self} checked by {other}")
    }
}

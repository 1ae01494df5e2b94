//! Columns in host memory.

use std::borrow::Cow;

use super::counting::Booking;

/// The n values of a column in host memory, owned or borrowed for `'h`; or the memory that they would
/// take, for an engine that only counts.
#[derive(Debug)]
pub struct Buffer<'h, F: Clone> {
    len: usize,
    /// None where they are only counted.
    values: Cow<'h, [F]>,
    /// Where they are only counted: the account of their memory, closed when this is dropped.
    _booking: Option<Booking>,
}

impl<'h, F: Clone> Buffer<'h, F> {
    /// The caller's values.
    pub fn borrowed(values: &'h [F]) -> Self {
        Cow::Borrowed(values).into()
    }

    /// Memory for n values that is only accounted for.
    pub(super) fn counted(len: usize, booking: Booking) -> Self {
        Self {
            len,
            values: Cow::Borrowed(&[]),
            _booking: Some(booking),
        }
    }

    /// The number of values.
    pub fn len(&self) -> usize {
        self.len
    }

    /// Whether there is no value.
    pub fn is_empty(&self) -> bool {
        self.len == 0
    }

    /// The values; none where they are only counted.
    pub fn values(&self) -> &[F] {
        &self.values
    }

    /// The values, to be changed in place: borrowed ones are copied first.
    pub fn values_mut(&mut self) -> &mut [F] {
        self.values.to_mut()
    }
}

impl<F: Clone> From<Vec<F>> for Buffer<'_, F> {
    fn from(values: Vec<F>) -> Self {
        Cow::<[F]>::Owned(values).into()
    }
}

impl<'h, F: Clone> From<Cow<'h, [F]>> for Buffer<'h, F> {
    fn from(values: Cow<'h, [F]>) -> Self {
        Self {
            len: values.len(),
            values,
            _booking: None,
        }
    }
}

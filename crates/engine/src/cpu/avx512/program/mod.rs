//! Expression programs in lanes: what a program becomes when it is bound to its columns, and how that runs.

pub(super) mod plan;
mod registers;
pub(super) mod run;

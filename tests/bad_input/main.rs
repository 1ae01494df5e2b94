//! Every bad input is an error that says what is wrong and what to do.

mod advice;
mod circuit;
mod failure;
mod instances;
mod key;
mod witness;
mod writer;

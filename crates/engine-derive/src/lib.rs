//! What follows from the definition of an engine's operations.
//!
//! An operation is a method of one of the traits in `halo2-offload-engine`'s `engine/`. Two engines do the
//! same with every operation, whatever it computes: `Checked`, which runs it on two others and compares
//! what comes back, and `Altered`, which lets a test have its hands in the results. So they are not
//! written, but made here from the traits themselves: an operation that is new is in them without a line,
//! and one with a default is asked of the engines behind too, whatever they answer.

mod altered;
mod checked;
mod signature;

use proc_macro::TokenStream;
use quote::quote;
use syn::{parse_macro_input, ItemTrait};

/// To be put on a trait of engine operations: implements it for `Checked` and for `Altered`.
///
/// Methods take `&self` and named arguments. What `Checked` does with an argument, its type says:
/// - `impl FnOnce() -> T`: is called once, and both engines are given what it returns;
/// - a type that depends on the engine by more than its curve, such as `EngineColumn<Self, B>`, is taken
///   apart by `Halves`;
/// - anything else is the same for both engines, and `Copy`.
///
/// A method that returns a `Result` has its values compared by `Join`; of other methods the answers are
/// brought together by `Agree`.
#[proc_macro_attribute]
pub fn operations(_: TokenStream, family: TokenStream) -> TokenStream {
    let family = parse_macro_input!(family as ItemTrait);
    let implementations = checked::implementation(&family)
        .and_then(|checked| Ok((checked, altered::implementation(&family)?)));
    match implementations {
        Ok((checked, altered)) => quote! { #family #checked #altered }.into(),
        Err(error) => error.into_compile_error().into(),
    }
}

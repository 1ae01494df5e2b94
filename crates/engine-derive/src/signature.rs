//! What the signature of an operation says.

use proc_macro2::TokenStream;
use quote::{quote, ToTokens};
use syn::{
    Error, FnArg, GenericParam, Ident, ItemTrait, Pat, Result, ReturnType, Signature, TraitItem,
    Type,
};

/// The operations of a family.
pub fn operations(family: &ItemTrait) -> Result<Vec<&Signature>> {
    family.items.iter().map(operation).collect()
}

fn operation(item: &TraitItem) -> Result<&Signature> {
    match item {
        TraitItem::Fn(method) => Ok(&method.sig),
        other => Err(Error::new_spanned(
            other,
            "operations are methods; what engines keep things in is in `Storage`",
        )),
    }
}

/// An argument of an operation.
pub struct Argument<'a> {
    pub name: Ident,
    pub is: &'a Type,
}

impl Argument<'_> {
    pub fn declaration(&self) -> TokenStream {
        let Self { name, is } = self;
        quote! { #name: #is }
    }
}

/// The arguments after `&self`.
pub fn arguments(operation: &Signature) -> Result<Vec<Argument<'_>>> {
    let mut inputs = operation.inputs.iter();
    match inputs.next() {
        Some(FnArg::Receiver(receiver))
            if receiver.reference.is_some() && receiver.mutability.is_none() => {}
        _ => return Err(Error::new_spanned(operation, "an operation takes `&self`")),
    }
    inputs.map(argument).collect()
}

fn argument(argument: &FnArg) -> Result<Argument<'_>> {
    let FnArg::Typed(argument) = argument else {
        return Err(Error::new_spanned(argument, "an engine is taken once"));
    };
    let Pat::Ident(pattern) = &*argument.pat else {
        let message = "an argument of an operation has a name";
        return Err(Error::new_spanned(&argument.pat, message));
    };
    // What a default does not read begins with an underscore; here it is read.
    let name = pattern.ident.to_string();
    Ok(Argument {
        name: Ident::new(name.trim_start_matches('_'), pattern.ident.span()),
        is: &argument.ty,
    })
}

/// `::<B>`, where the operation has type parameters of its own.
pub fn turbofish(operation: &Signature) -> Option<TokenStream> {
    let parameters = &operation.generics.params;
    let names = parameters.iter().map(|parameter| match parameter {
        GenericParam::Type(parameter) => parameter.ident.to_token_stream(),
        other => other.to_token_stream(),
    });
    (!parameters.is_empty()).then(|| quote! { ::<#(#names),*> })
}

/// What an operation returns.
#[derive(PartialEq, Eq)]
pub enum Returns {
    /// Commitments that are under way, or an error.
    Begun,
    /// Something that was made, or an error.
    Made,
    /// What an engine says of itself.
    Said,
}

pub fn returns(output: &ReturnType) -> Returns {
    let written = written(output);
    if written.starts_with("->Result<Self::Commitments,") {
        Returns::Begun
    } else if written.starts_with("->Result<") {
        Returns::Made
    } else {
        Returns::Said
    }
}

/// Whether a type is another one for each engine, even if their curve is the same.
pub fn depends_on_engine(of: &Type) -> bool {
    written(of)
        .replace("Scalar<Self>", "")
        .replace("Self::Curve", "")
        .contains("Self")
}

/// What stands in the source, without spaces: how many a compiler puts there is its own affair.
fn written(of: &impl ToTokens) -> String {
    let mut text = of.to_token_stream().to_string();
    text.retain(|c| !c.is_whitespace());
    text
}

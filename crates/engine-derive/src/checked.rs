//! `Checked`: every operation on two engines.

use proc_macro2::TokenStream;
use quote::{format_ident, quote};
use syn::{Ident, ItemTrait, Result, Signature, Type};

use crate::signature::{
    arguments, depends_on_engine, operations, returns, turbofish, Argument, Returns,
};

/// The trait, implemented for `Checked`.
pub fn implementation(family: &ItemTrait) -> Result<TokenStream> {
    let name = &family.ident;
    let methods = operations(family)?
        .into_iter()
        .map(|operation| method(name, operation))
        .collect::<Result<Vec<_>>>()?;
    Ok(quote! {
        impl<Left, Right> #name for crate::checked::Checked<Left, Right>
        where
            Left: crate::engine::Engine,
            Right: crate::engine::Engine<Curve = Left::Curve>,
        {
            #(#methods)*
        }
    })
}

fn method(family: &Ident, operation: &Signature) -> Result<TokenStream> {
    let arguments = arguments(operation)?;
    let declarations = arguments.iter().map(Argument::declaration);
    let taken_apart = arguments.iter().map(taken_apart);
    let to_left = arguments.iter().map(|argument| given(argument, Side::Left));
    let to_right = arguments
        .iter()
        .map(|argument| given(argument, Side::Right));

    let name = &operation.ident;
    let text = name.to_string();
    let generics = &operation.generics;
    let turbofish = turbofish(operation);
    let output = &operation.output;
    let answer = match returns(output) {
        Returns::Begun => quote! { crate::checked::begun(&self.compare(#text), left, right) },
        Returns::Made => quote! { crate::checked::Join::join(&self.compare(#text), left, right) },
        Returns::Said => quote! { crate::checked::Agree::agree(left, right) },
    };
    Ok(quote! {
        fn #name #generics (&self, #(#declarations),*) #output {
            #(#taken_apart)*
            let left = #family::#name #turbofish (self.left(), #(#to_left),*);
            let right = #family::#name #turbofish (self.right(), #(#to_right),*);
            #answer
        }
    })
}

/// How both engines come by an argument.
enum Kind {
    /// It makes something, which it may be asked for once.
    Maker,
    /// Each engine has a half of it.
    Halves,
    /// Each engine has a list of halves, and is given a slice of it.
    ListOfHalves,
    /// Both take it as it is.
    Same,
}

fn kind(argument: &Type) -> Kind {
    match argument {
        Type::ImplTrait(_) => Kind::Maker,
        _ if !depends_on_engine(argument) => Kind::Same,
        Type::Reference(reference) if matches!(*reference.elem, Type::Slice(_)) => {
            Kind::ListOfHalves
        }
        _ => Kind::Halves,
    }
}

#[derive(Clone, Copy)]
enum Side {
    Left,
    Right,
}

fn halves(name: &Ident) -> (Ident, Ident) {
    (format_ident!("left_{name}"), format_ident!("right_{name}"))
}

fn taken_apart(Argument { name, is }: &Argument<'_>) -> Option<TokenStream> {
    match kind(is) {
        Kind::Maker => Some(quote! { let #name = #name(); }),
        Kind::Halves | Kind::ListOfHalves => {
            let (left, right) = halves(name);
            Some(quote! { let (#left, #right) = crate::checked::Halves::halves(#name); })
        }
        Kind::Same => None,
    }
}

fn given(Argument { name, is }: &Argument<'_>, side: Side) -> TokenStream {
    let (left, right) = halves(name);
    let half = match side {
        Side::Left => left,
        Side::Right => right,
    };
    match (kind(is), side) {
        (Kind::Maker, Side::Left) => quote! { || #name.clone() },
        (Kind::Maker, Side::Right) => quote! { || #name },
        (Kind::Halves, _) => quote! { #half },
        (Kind::ListOfHalves, _) => quote! { &#half },
        (Kind::Same, _) => quote! { #name },
    }
}

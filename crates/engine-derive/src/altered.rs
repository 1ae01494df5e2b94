//! `Altered`: every operation of an engine, its results in the hands of a test.

use proc_macro2::TokenStream;
use quote::quote;
use syn::{Ident, ItemTrait, Result, Signature};

use crate::signature::{arguments, operations, returns, turbofish, Argument, Returns};

/// The trait, implemented for `Altered`.
pub fn implementation(family: &ItemTrait) -> Result<TokenStream> {
    let name = &family.ident;
    let methods = operations(family)?
        .into_iter()
        .map(|operation| method(name, operation))
        .collect::<Result<Vec<_>>>()?;
    Ok(quote! {
        #[cfg(any(test, feature = "suite"))]
        impl<Inner, By> #name for crate::altered::Altered<Inner, By>
        where
            Inner: crate::engine::Engine<Points: 'static>,
            By: crate::altered::Alter<Inner>,
        {
            #(#methods)*
        }
    })
}

fn method(family: &Ident, operation: &Signature) -> Result<TokenStream> {
    let arguments = arguments(operation)?;
    let declarations = arguments.iter().map(Argument::declaration);
    let given = arguments.iter().map(|argument| &argument.name);
    let name = &operation.ident;
    let text = name.to_string();
    let generics = &operation.generics;
    let turbofish = turbofish(operation);
    let output = &operation.output;
    let result = quote! { #family::#name #turbofish (self.engine(), #(#given),*) };
    let altered = match returns(output) {
        Returns::Made => {
            quote! { Ok(crate::altered::Returned::altered(#result?, #text, self.by())) }
        }
        Returns::Begun | Returns::Said => result,
    };
    Ok(quote! {
        fn #name #generics (&self, #(#declarations),*) #output {
            #altered
        }
    })
}

//! `#[orm::test]`: a test function that gets a database of its own.
//!
//! The macro only checks the signature and hands the function over; `orm_embedded` makes the database and the runtime.

use proc_macro2::{Span, TokenStream};
use quote::{ToTokens as _, quote, quote_spanned};
use syn::parse::Parser;
use syn::spanned::Spanned;
use syn::{Attribute, Error, FnArg, ItemFn, Path, Result, Type};

/// Expands the attribute; after an error the function stays, unused, so that nothing follows from the error.
pub(crate) fn expand(arguments: TokenStream, item: TokenStream) -> TokenStream {
    let function: ItemFn = match syn::parse2(item) {
        Ok(function) => function,
        Err(error) => return Error::new(error.span(), "`#[orm::test]` goes on an async function").into_compile_error(),
    };
    match parse_setup(arguments).and_then(|setup| Ok(write(&function, argument_type(&function)?, setup.as_ref()))) {
        Ok(test) => test,
        Err(error) => {
            let error = error.into_compile_error();
            let kept = without_test(function);
            quote!(#error #kept)
        }
    }
}

/// `setup = path::to::an_async_fn`, or nothing.
fn parse_setup(arguments: TokenStream) -> Result<Option<Path>> {
    let mut setup = None;
    syn::meta::parser(|meta| {
        if !meta.path.is_ident("setup") {
            return Err(meta.error("unknown key; `#[orm::test]` takes only `setup = path::to::an_async_fn`"));
        }
        if setup.is_some() {
            return Err(meta.error("`setup` is given twice"));
        }
        setup = Some(meta.value()?.parse::<Path>()?);
        Ok(())
    })
    .parse2(arguments)?;
    Ok(setup)
}

/// The type of the one argument, if the signature is one that a test can have.
fn argument_type(function: &ItemFn) -> Result<&Type> {
    const SHAPE: &str = "write `async fn name(db: Database)`";
    let signature = &function.sig;
    if let Some(attribute) = function.attrs.iter().find(|attribute| is_test(attribute)) {
        return Err(Error::new(
            attribute.path().span(),
            "`#[orm::test]` is the test attribute already; remove this one",
        ));
    }
    if signature.asyncness.is_none() {
        return Err(Error::new(
            signature.fn_token.span,
            format!("a test with a database is async; {SHAPE}"),
        ));
    }
    if !signature.generics.params.is_empty() {
        return Err(Error::new(
            signature.generics.span(),
            format!("a test cannot be generic; {SHAPE}"),
        ));
    }
    let mut arguments = signature.inputs.iter();
    match (arguments.next(), arguments.next()) {
        (None, _) => Err(Error::new(
            signature.ident.span(),
            format!("the test takes no database; {SHAPE}, or use `#[test]`"),
        )),
        (_, Some(second)) => Err(Error::new(
            second.span(),
            format!("a test takes its database and nothing else; {SHAPE}"),
        )),
        (Some(FnArg::Receiver(receiver)), None) => Err(Error::new(
            receiver.self_token.span,
            format!("a test is a function, not a method; {SHAPE}"),
        )),
        (Some(FnArg::Typed(argument)), None) => Ok(&argument.ty),
    }
}

fn is_test(attribute: &Attribute) -> bool {
    attribute
        .path()
        .segments
        .last()
        .is_some_and(|segment| segment.ident == "test")
}

/// The test: the user's function inside one that hands it to `orm_embedded`, with the function that connects.
fn write(function: &ItemFn, argument: &Type, setup: Option<&Path>) -> TokenStream {
    let ItemFn {
        attrs, vis, sig, block, ..
    } = function;
    let (name, output) = (&sig.ident, &sig.output);
    let connect = quote!(async |url: ::std::string::String| ::orm::Database::connect(&url).await);
    // A wrong type of the argument is an error at that type.
    let database = quote_spanned!(argument.span().resolved_at(Span::mixed_site())=> database);
    let test = quote!(async |#database| #name(#database).await);
    let run = match setup {
        None => quote!(::orm_embedded::run_test(#connect, #test)),
        Some(setup) => {
            let key = setup.to_token_stream().to_string().replace(' ', "");
            let key = quote!(::core::concat!(::core::module_path!(), "::", #key));
            quote!(::orm_embedded::run_test_with_setup(#key, #connect, #setup, #test))
        }
    };
    quote! {
        #(#attrs)*
        #[::core::prelude::v1::test]
        #vis fn #name() #output {
            #sig #block
            #run
        }
    }
}

/// What is left of the user's function after an error about it.
fn without_test(mut function: ItemFn) -> TokenStream {
    if function.sig.receiver().is_some() {
        return TokenStream::new();
    }
    function
        .attrs
        .retain(|attribute| !is_test(attribute) && !attribute.path().is_ident("should_panic"));
    function.attrs.retain(|attribute| !attribute.path().is_ident("ignore"));
    function.sig.asyncness.get_or_insert_default();
    quote!(#[allow(dead_code)] #function)
}

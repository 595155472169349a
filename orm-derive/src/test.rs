//! `#[orm::test]`: a test function that gets a database of its own.
//!
//! The macro only checks the signature and hands the function over; `orm_embedded` makes the database and the runtime.

use proc_macro2::{Span, TokenStream};
use quote::{ToTokens as _, quote, quote_spanned};
use syn::parse::{ParseStream, Parser};
use syn::spanned::Spanned;
use syn::{Attribute, Error, FnArg, ItemFn, LitInt, Path, Result, Type};

/// Expands the attribute; after an error the function stays, unused, so that nothing follows from the error.
pub(crate) fn expand(arguments: TokenStream, item: TokenStream) -> TokenStream {
    let function: ItemFn = match syn::parse2(item) {
        Ok(function) => function,
        Err(error) => return Error::new(error.span(), "`#[orm::test]` goes on an async function").into_compile_error(),
    };
    match parse_arguments(arguments).and_then(|arguments| Ok(write(&function, argument_type(&function)?, &arguments))) {
        Ok(test) => test,
        Err(error) => {
            let error = error.into_compile_error();
            let kept = without_test(function);
            quote!(#error #kept)
        }
    }
}

const NO_NUMBER: &str = "`at_most` is a number of statements: `at_most = 5`";

/// What stands in the attribute.
#[derive(Default)]
struct Arguments {
    /// `setup = path::to::an_async_fn`
    setup: Option<Path>,
    /// `at_most = 5`: how many statements the test may send, without those of its setup.
    at_most: Option<usize>,
}

fn parse_arguments(tokens: TokenStream) -> Result<Arguments> {
    let mut arguments = Arguments::default();
    syn::meta::parser(|meta| {
        let twice = if meta.path.is_ident("setup") {
            let setup = meta.value()?.parse()?;
            arguments.setup.replace(setup).map(|_| "`setup` is given twice")
        } else if meta.path.is_ident("at_most") {
            let at_most = parse_at_most(meta.value()?)?;
            arguments.at_most.replace(at_most).map(|_| "`at_most` is given twice")
        } else {
            Some("unknown key; `#[orm::test]` takes only `setup = path::to::an_async_fn` and `at_most = 5`")
        };
        twice.map_or(Ok(()), |mistake| Err(meta.error(mistake)))
    })
    .parse2(tokens)?;
    Ok(arguments)
}

fn parse_at_most(input: ParseStream<'_>) -> Result<usize> {
    let number: LitInt = input.parse().map_err(|error| Error::new(error.span(), NO_NUMBER))?;
    number.base10_parse().map_err(|_| Error::new(number.span(), NO_NUMBER))
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
fn write(function: &ItemFn, argument: &Type, arguments: &Arguments) -> TokenStream {
    let ItemFn {
        attrs, vis, sig, block, ..
    } = function;
    let (name, output) = (&sig.ident, &sig.output);
    let connect = quote!(async |url: ::std::string::String| ::orm::Database::connect(&url).await);
    // A wrong type of the argument is an error at that type.
    let database = quote_spanned!(argument.span().resolved_at(Span::mixed_site())=> database);
    let body = match &arguments.at_most {
        None => quote!(#name(#database)),
        Some(most) => quote!(::orm::at_most(#most, #name(#database))),
    };
    let test = quote!(async |#database| #body.await);
    let run = match &arguments.setup {
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

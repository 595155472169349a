//! Derive macros of the `orm` crate, which re-exports them; the generated code names everything by `::orm::…`.
//!
//! Each derive reads its input, checks it and writes code, in this order and apart. A mistake is a compile error at its
//! own token, and stands alone: stub impls are written besides, so that nothing follows from it.

mod attributes;
mod db_enum;
mod db_type;
mod input;
mod insert;
mod model;
mod patch;
mod row;
mod test;

use proc_macro::TokenStream;
use syn::{DeriveInput, parse_macro_input};

/// Reads the input, and writes what `derive` gives or its errors.
fn expand(input: TokenStream, derive: fn(DeriveInput) -> syn::Result<proc_macro2::TokenStream>) -> TokenStream {
    let input = parse_macro_input!(input as DeriveInput);
    derive(input).unwrap_or_else(syn::Error::into_compile_error).into()
}

/// Makes a struct a model: a table, a view or a materialized view whose rows it holds.
#[proc_macro_derive(Model, attributes(orm))]
pub fn derive_model(input: TokenStream) -> TokenStream {
    expand(input, model::derive)
}

/// Makes a struct a row to insert into a model's table.
#[proc_macro_derive(Insert, attributes(orm))]
pub fn derive_insert(input: TokenStream) -> TokenStream {
    expand(input, insert::derive)
}

/// Makes a struct a set of changes to some columns of a model.
#[proc_macro_derive(Patch, attributes(orm))]
pub fn derive_patch(input: TokenStream) -> TokenStream {
    expand(input, patch::derive)
}

/// Makes a struct a row that a query can select.
#[proc_macro_derive(Row, attributes(orm))]
pub fn derive_row(input: TokenStream) -> TokenStream {
    expand(input, row::derive)
}

/// Makes an enum of unit variants a PostgreSQL enum, or a text or integer column that holds only these values.
#[proc_macro_derive(DbEnum, attributes(orm))]
pub fn derive_db_enum(input: TokenStream) -> TokenStream {
    expand(input, db_enum::derive)
}

/// Makes a newtype or a struct a column's type.
#[proc_macro_derive(DbType, attributes(orm))]
pub fn derive_db_type(input: TokenStream) -> TokenStream {
    expand(input, db_type::derive)
}

/// Runs an async function as a test against a database of its own.
#[proc_macro_attribute]
pub fn test(arguments: TokenStream, item: TokenStream) -> TokenStream {
    test::expand(arguments.into(), item.into()).into()
}

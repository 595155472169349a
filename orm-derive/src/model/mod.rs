//! `#[derive(Model)]`: read the attributes, check them against each other, write the impls.
//!
//! [`parse`] knows how things are written, [`check`] what they mean together, [`write`] the code. The SQL of find,
//! insert, update and delete is made here, at compile time.

mod check;
mod index;
mod keys;
mod names;
mod parse;
mod relation;
mod relations;
mod resolve;
mod soft_delete;
mod sql;
mod tenant;
mod types;
mod write;

pub(crate) use types::check as check_type;

use proc_macro2::{Span, TokenStream};
use syn::{ExprClosure, Ident, LitStr, Type, Visibility};

use crate::attributes::Errors;
use relation::Has;

pub(crate) fn derive(input: syn::DeriveInput) -> syn::Result<TokenStream> {
    parse::refuse_generics(&input)?;
    let mut errors = Errors::default();
    let declared = parse::read(input, &mut errors);
    let mut model = check::check(declared, &mut errors);
    let errors = errors.into_error();
    model.broken = errors.is_some();
    let mut code = write::write(&model);
    code.extend(errors.map(syn::Error::into_compile_error));
    Ok(code)
}

/// A model that is known to be right, or `broken`: then only stubs are written, so that the code that uses it has no
/// errors of its own.
struct Model {
    vis: Visibility,
    ident: Ident,
    broken: bool,
    kind: Kind,
    schema: Option<String>,
    table: String,
    columns: Vec<Column>,
    /// Columns of the primary key, in its order; none for views.
    primary_key: Vec<usize>,
    primary_key_name: String,
    /// Unique constraints.
    uniques: Vec<Unique>,
    /// What `on_conflict` can name, the primary key first.
    keys: Vec<Unique>,
    indexes: Vec<Index>,
    checks: Vec<Check>,
    /// Closures of the standing filter.
    filters: Vec<ExprClosure>,
    /// The column that says when a row was deleted.
    soft_delete: Option<usize>,
    /// The column that says whose a row is.
    tenant: Option<usize>,
    belongs_to: Vec<BelongsTo>,
    has: Vec<Has>,
}

impl Model {
    fn is_table(&self) -> bool {
        matches!(self.kind, Kind::Table)
    }

    /// Whether a standing filter may hide rows.
    fn hides(&self) -> bool {
        !self.filters.is_empty() || self.soft_delete.is_some() || self.tenant.is_some()
    }

    fn version(&self) -> Option<usize> {
        self.columns.iter().position(|column| column.role == Role::Version)
    }

    /// The columns of this role or insert rule.
    fn positions(&self, wanted: impl Fn(&Column) -> bool) -> Vec<usize> {
        let columns = self.columns.iter().enumerate();
        columns.filter(|(_, column)| wanted(column)).map(|(at, _)| at).collect()
    }
}

/// What the model describes.
enum Kind {
    Table,
    View(Option<LitStr>),
    MaterializedView(Option<LitStr>),
}

/// A column.
struct Column {
    ident: Ident,
    /// The field's name without `r#`.
    field: String,
    /// The field's type as the user wrote it.
    ty: Type,
    /// The type that columns have: another one only in a broken model whose field has an impossible type.
    column_ty: Type,
    name: String,
    role: Role,
    insert: Insert,
    default: Option<String>,
    generation: Option<Generation>,
    sql_type: Option<LitStr>,
}

/// What an update may do with a column.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Role {
    Writable,
    PrimaryKey,
    Generated,
    Version,
}

/// What an insert does with a column.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Insert {
    /// It gives a value.
    Required,
    /// It may give one; else the database does.
    Optional,
    /// Only the database does.
    Never,
}

/// How the database makes a column's value.
enum Generation {
    IdentityByDefault,
    IdentityAlways,
    Stored(LitStr),
}

/// A unique key.
struct Unique {
    /// Its field of `UserKeys`.
    ident: Ident,
    name: String,
    columns: Vec<usize>,
    /// The condition of the rows that it is for.
    filter: Option<LitStr>,
}

/// An index.
struct Index {
    name: String,
    unique: bool,
    columns: Vec<IndexColumn>,
    include: Vec<usize>,
    filter: Option<LitStr>,
    method: Option<LitStr>,
}

/// A column of an index, with `nulls first` as `Some(true)`.
struct IndexColumn {
    column: usize,
    descending: bool,
    nulls_first: Option<bool>,
}

/// A CHECK constraint, on one field or on the model.
struct Check {
    name: String,
    sql: LitStr,
    field: Option<usize>,
}

/// A key that points to another model: a relation, and the foreign key of a table.
struct BelongsTo {
    name: Ident,
    parent: syn::Path,
    columns: Vec<usize>,
    /// The foreign key's name.
    key_name: String,
    on_delete: &'static str,
    on_update: &'static str,
    inverse: Option<Ident>,
}

/// An identifier of generated code that no code of the user's can see or shadow.
fn local(name: &str) -> Ident {
    Ident::new(name, Span::mixed_site())
}

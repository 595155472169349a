//! What `#[derive(Model)]` writes calls of, so that its output stays small.

use crate::driver::{Columns, Param};
use crate::error::Error;
use crate::expr::{AnyInstant, Assignable, Column, Condition, InFilter, Source};
use crate::model::{ColumnDef, Fields, FieldsOf, InsertExprs, KeyTo, Keys, Model, Table, TableKind, TableModel};
use crate::query::{Many, Query};
use crate::scope::ScopeValue;
use crate::sql::Node;
use crate::types::{DbType, Nullable, Nullness, PgType, ValueError};

/// What a standing filter says of the rows of a source.
pub fn standing<M: Model, C: Condition>(source: Source, filter: impl FnOnce(FieldsOf<M>) -> C) -> Node
where
    C::Phase: InFilter,
{
    filter(Fields::at(source)).into_condition()
}

/// The type of a column that says when a row was deleted.
#[diagnostic::on_unimplemented(
    message = "a column of type `{Self}` cannot say when a row was deleted",
    label = "expected `Option` of a timestamp",
    note = "rows are marked by `now()`; whether a row is there can also be a `filter = |row| …` of the struct"
)]
pub trait DeletedAt {}

#[diagnostic::do_not_recommend]
impl<T> DeletedAt for T where AnyInstant: Assignable<T> {}

/// Checks the type of such a column.
pub const fn deleted_at<T: DeletedAt>() {}

/// What a row fulfils that was not deleted: the column at this position is NULL.
#[must_use]
pub fn not_deleted(source: Source, table: &'static Table, column: usize) -> Node {
    let column = Node::Column(source, &table.columns[column]);
    Node::sql(&["", " IS NULL"], crate::sql::Level::Is, [column])
}

/// The value of a scope as a parameter.
#[must_use]
pub fn tenant<T: ScopeValue>() -> Param {
    crate::scope::param::<T>()
}

/// All of these.
#[must_use]
pub fn all(conditions: Vec<Node>) -> Node {
    Node::all(conditions)
}

/// Takes and checks all columns of a table.
///
/// # Errors
/// [`ErrorKind::ColumnType`](crate::ErrorKind::ColumnType).
pub fn check_columns(table: &'static Table, columns: &mut Columns<'_>) -> Result<(), Error> {
    table.columns.iter().try_for_each(|column| {
        columns.is_named(column.name, column.field)?;
        columns.expect(column.ty)
    })
}

/// The error of a cell that could not be decoded; it names the field as `User.email`.
///
/// # Errors
/// Always: [`ErrorKind::Decode`](crate::ErrorKind::Decode).
#[cold]
pub fn not_decoded<T>(table: &'static Table, at: usize, column: usize, reason: ValueError) -> Result<T, Error> {
    let definition = &table.columns[column];
    Err(Error::decode(at + column, Some(definition.field), definition.ty, &reason).with_table(Some(table)))
}

/// Selects all columns of a table.
pub fn select_columns(source: Source, table: &'static Table, items: &mut Vec<Node>) {
    items.extend(table.columns.iter().map(|column| Node::Column(source, column)));
}

/// The columns that a new row made of expressions gives.
pub fn insert_exprs<M: TableModel>(row: impl InsertExprs<M>) -> Vec<(usize, Node)> {
    let mut columns = Vec::new();
    row.append_to(&mut columns);
    columns
}

/// A model that rows of others belong to. Generated code names the model only by it, so that one that is none is one
/// error with one text, that of [`TableModel`], wherever it is used.
#[diagnostic::on_unimplemented(
    message = "`{Self}` is not the model of a table: only tables have keys and can be written",
    label = "not the model of a table",
    note = "write to the table that a view reads; the model of a table has `#[orm(table = \"…\")]`"
)]
pub trait Parent: Sized {
    /// Its columns, where the key that leads to it has this nullness: a standing filter may hide the row besides.
    type Columns<N: Nullness>: Fields<Model = Self>;
    /// A query of its rows.
    type Query;
    /// The type of its key.
    type Key;
    /// Its table.
    const TABLE: &'static Table;
}

#[diagnostic::do_not_recommend]
impl<M: TableModel> Parent for M {
    type Columns<N: Nullness> = M::Fields<<M::Hidden as Nullness>::Or<N>>;
    type Query = Query<M>;
    type Key = M::Key;
    const TABLE: &'static Table = <M as Model>::TABLE;
}

/// The function that gives the table of `P`, to whose key a foreign key of the type `F` points.
///
/// What a `Table` leads to must be found without generic functions and closures: rustc takes a chain of 128 of them for an
/// endless one. So that function is the caller's, and this one is gone after the check.
#[must_use]
pub const fn parent<F: HoldsKey<P::Key>, P: Parent>(table: fn() -> &'static Table) -> fn() -> &'static Table {
    table
}

/// A field type that can hold a key of the type `K`.
#[diagnostic::on_unimplemented(
    message = "this foreign key is `{Self}`, but the primary key that it points to is `{K}`",
    label = "expected `{K}`",
    note = "a foreign key has the type of the key, or `Option` of it; one of several columns is declared on the struct: \
            `belongs_to(…: Model, key(a, b))`"
)]
pub trait HoldsKey<K> {}

#[diagnostic::do_not_recommend]
impl<F: DbType, K: DbType<Base = F::Base>> HoldsKey<K> for F {}

/// The columns of a foreign key: one, or a tuple of them in the order of the parent's key.
#[diagnostic::on_unimplemented(
    message = "`{Self}` is not a key of `{C}`",
    label = "not a column of `{C}`, or a tuple of them"
)]
pub trait KeyColumns<C> {
    /// The fields' types.
    type Type;
    /// The columns.
    fn definitions(self) -> Vec<&'static ColumnDef>;
}

#[diagnostic::do_not_recommend]
impl<C, T, W> KeyColumns<C> for Column<C, T, W> {
    type Type = T;
    fn definitions(self) -> Vec<&'static ColumnDef> {
        vec![self.definition()]
    }
}

/// Keys of several columns.
macro_rules! composite_keys {
    ($(($($column:ident $key:ident $role:ident $index:tt),+))*) => { $(
        #[diagnostic::do_not_recommend]
        impl<$($column: HoldsKey<$key>, $key),+> HoldsKey<($($key,)+)> for ($($column,)+) {}

        #[diagnostic::do_not_recommend]
        impl<M, $($column, $role),+> KeyColumns<M> for ($(Column<M, $column, $role>,)+) {
            type Type = ($($column,)+);
            fn definitions(self) -> Vec<&'static ColumnDef> {
                vec![$(self.$index.definition()),+]
            }
        }
    )* };
}

composite_keys! {
    (A KA WA 0, B KB WB 1)
    (A KA WA 0, B KB WB 1, C KC WC 2)
    (A KA WA 0, B KB WB 1, C KC WC 2, D KD WD 3)
    (A KA WA 0, B KB WB 1, C KC WC 2, D KD WD 3, E KE WE 4)
    (A KA WA 0, B KB WB 1, C KC WC 2, D KD WD 3, E KE WE 4, F KF WF 5)
    (A KA WA 0, B KB WB 1, C KC WC 2, D KD WD 3, E KE WE 4, F KF WF 5, G KG WG 6)
    (A KA WA 0, B KB WB 1, C KC WC 2, D KD WD 3, E KE WE 4, F KF WF 5, G KG WG 6, H KH WH 7)
}

/// The columns of a model: each one's name, its field, and a column of the field's type. It is no generic of these types,
/// so that one that is no column's is one error with one text, wherever it is used.
#[must_use]
pub const fn columns<const N: usize>(
    model: &'static str,
    named: [(&'static str, &'static str, ColumnDef); N],
) -> [ColumnDef; N] {
    let mut columns = [const { <i32 as DbType>::COLUMN }; N];
    let mut at = 0;
    while at < N {
        let (name, field, column) = &named[at];
        columns[at] = ColumnDef {
            name,
            field,
            model,
            array: PgType::array(column.ty),
            ..*column
        };
        at += 1;
    }
    columns
}

/// What stands for the table of a model that has errors. Nothing runs with it: the program does not compile.
pub const STUB_TABLE: &Table = &Table {
    model: "",
    schema: None,
    name: "",
    kind: TableKind::Table,
    columns: &[],
    primary_key: &[],
    primary_key_name: "",
    uniques: &[],
    indexes: &[],
    checks: &[],
    foreign_keys: &[],
    relations: &[],
    version: None,
    standing: None,
    tenant: None,
    soft_delete: None,
};

/// The key that these columns of a table are to the primary key of another one.
#[must_use]
pub fn keys_to(table: &'static Table, columns: &[usize], parent: &'static Table) -> Keys {
    let of_parent = parent.primary_key.iter().filter_map(|name| parent.column(name));
    columns.iter().map(|at| &table.columns[*at]).zip(of_parent).collect()
}

/// The same key, seen from the other side.
#[must_use]
pub fn swapped(keys: Keys) -> Keys {
    keys.into_iter().map(|(here, there)| (there, here)).collect()
}

/// A model with one key to `P`, seen from there. Its words are those of [`KeyTo`]: rustc takes the one or the other, and
/// shows one error if they are the same.
#[diagnostic::on_unimplemented(
    message = "`{Self}` does not belong to `{P}`, or has several keys to it",
    label = "has no single `belongs_to(…: {P})`",
    note = "declare `#[orm(belongs_to(…: {P}))]` on the key field of `{Self}`; if it has several, \
            say which: `via = field` (of `many_to_many`: `from = field` and `to = field`)"
)]
pub trait OneOf<P> {
    /// A query of its rows.
    type Query;
    /// Its columns: there may be no such row.
    type Columns: Fields;
    /// Its table.
    const TABLE: &'static Table;
    /// What points to `P`, and its key.
    const KEYS: fn() -> Keys;
}

#[diagnostic::do_not_recommend]
impl<C: KeyTo<P>, P> OneOf<P> for C {
    type Query = Query<C>;
    type Columns = C::Fields<Nullable>;
    const TABLE: &'static Table = <C as Model>::TABLE;
    const KEYS: fn() -> Keys = <C as KeyTo<P>>::keys;
}

/// The key to `P` that columns of `C` are: those which `via` names.
pub fn via<P: TableModel, C: Model, K: KeyColumns<C>>(columns: K, parent: &'static Table) -> Keys
where
    K::Type: HoldsKey<P::Key>,
{
    let of_parent = parent.primary_key.iter().filter_map(|name| parent.column(name));
    columns.definitions().into_iter().zip(of_parent).collect()
}

/// The rows of `M` that belong to a row of the source: their key, and what it points to.
pub fn many<M: Model>(source: Source, keys: Keys) -> Many<M> {
    Many::new(source, keys)
}

/// A model, as the rows that another one has. Its words are those of [`Model`].
#[diagnostic::on_unimplemented(
    message = "`{Self}` is not a model",
    label = "not a model",
    note = "put `#[derive(Model)]` and `#[orm(table = \"…\")]` on it"
)]
pub trait Related {
    /// A query of its rows.
    type Query;
}

#[diagnostic::do_not_recommend]
impl<M: Model> Related for M {
    type Query = Query<M>;
}

/// The rows that belong to a row: `user.posts()`.
pub fn related<M: TableModel, C: Model>(row: &M, many: impl FnOnce(FieldsOf<M>) -> Many<C>) -> Query<C> {
    many(Fields::at(Source::new())).of_row(|column| crate::load::param(row, column))
}

/// The row that a relation to one leads to, by its index among the table's relations: `post.author()`.
pub fn related_one<M: TableModel, C: Model>(row: &M, relation: usize) -> Query<C> {
    let keys = M::TABLE.relations.get(relation).map(|relation| (relation.keys)());
    let keys = swapped(keys.unwrap_or_default());
    Many::new(Source::new(), keys).of_row(|column| crate::load::param(row, column))
}

/// The rows of `M` that `T` leads to: its keys to the row of the source, and to `M`.
pub fn many_through<M: Model, T: Model>(source: Source, to_source: Keys, to_model: Keys) -> Many<M> {
    Many::through::<T>(source, to_source, to_model)
}

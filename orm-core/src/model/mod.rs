//! What a derive describes: tables, their columns and keys, and how rows go in and out.

mod change;
mod insertable;
mod params;
mod relation;
mod table;

pub use change::Change;
pub use insertable::{InsertExprs, Insertable, IntoInsert};
pub use relation::{KeyTo, Keys, Relation};
pub use table::{
    Action, Check, ColumnDef, ForeignKey, Generation, Index, IndexColumn, NullsOrder, Table, TableKind, Tenant,
    UniqueKey,
};

use crate::driver::Param;
use crate::expr::{Assign, Expr, Expression, Predicates as _, Source};
use crate::types::{Buffer, DbType, FromRow, IsNull, NotNull, Nullness, ValueError};

/// A struct whose rows can be read: a table, a view or a materialized view. Written by `#[derive(Model)]`.
#[diagnostic::on_unimplemented(
    message = "`{Self}` is not a model",
    label = "not a model",
    note = "put `#[derive(Model)]` and `#[orm(table = \"…\")]` on it"
)]
pub trait Model: FromRow + Sync {
    /// The columns, as closures receive them; with [`Nullable`](crate::Nullable) each is an `Option`.
    type Fields<N: Nullness>: Fields<Model = Self>;
    /// Whether a standing filter may hide rows: then what leads to one row of the model may find none.
    type Hidden: Nullness;
    /// The table or view.
    const TABLE: &'static Table;
    /// The columns and the relations, as the fields of a `#[derive(Shape)]` name them.
    #[doc(hidden)]
    type Reads;
    /// Those of a row.
    #[doc(hidden)]
    fn reads(fields: FieldsOf<Self>) -> Self::Reads;
}

/// The columns of a model in scope: a `Copy` struct with a field for each column. Written by `#[derive(Model)]`.
pub trait Fields: Copy + Send + Sync + 'static {
    /// The model.
    type Model: Model;
    /// Whether the row can be missing.
    type Null: Nullness;
    /// The columns of one source of a query.
    fn at(source: Source) -> Self;
    /// The source that they are of.
    fn source(self) -> Source;
}

/// What the columns of one side of a join can do as a whole.
pub trait MapFields: Fields {
    /// Calls a function over the columns of a model that is there, such as a condition to use again, on a side that may be
    /// missing: `.left_join(|u| u.posts()).filter(|(_, p)| p.map(published))`.
    ///
    /// What it gives is an `Option`: over a row that is missing all columns are NULL. (Not what asks for NULLs itself:
    /// `is_null()` of an `Option` column is true there.)
    fn map<E: Expression>(
        self,
        function: impl FnOnce(FieldsOf<Self::Model>) -> E,
    ) -> Expr<Option<<E::Type as DbType>::Base>, E::Phase>
    where
        Option<<E::Type as DbType>::Base>: DbType,
    {
        function(FieldsOf::<Self::Model>::at(self.source())).nullable()
    }
}

impl<F: Fields> MapFields for F {}

/// The fields of a model that is never missing.
pub type FieldsOf<M> = <M as Model>::Fields<NotNull>;

/// A model that can be written: a table with a primary key. Written by `#[derive(Model)]` for `table = "…"`.
#[diagnostic::on_unimplemented(
    message = "`{Self}` is not the model of a table: only tables have keys and can be written",
    label = "not the model of a table",
    note = "write to the table that a view reads; the model of a table has `#[orm(table = \"…\")]`"
)]
pub trait TableModel: Model {
    /// The primary key: a column's type, or a tuple of them in the key's order.
    type Key: Send + Sync;
    /// The struct of columns that an insert must give: `NewUser`.
    type New: Insertable<Model = Self>;
    /// The unique keys, for `on_conflict` and `violates`: `UserKeys`.
    type Keys: Default;

    /// `SELECT <columns> FROM <table> WHERE <key> = $1 …`
    const FIND: &'static str;
    /// `INSERT INTO <table> (<columns of New>) VALUES ($1 …) RETURNING <columns>`
    const INSERT: &'static str;
    /// `UPDATE <table> SET <settable columns> = $1 …, <version> = <version> + 1 WHERE <key> = $n … AND <version> = $m
    /// RETURNING <columns>`. Empty if the model has no settable column and no version.
    const UPDATE: &'static str;
    /// `DELETE FROM <table> WHERE <key> = $1 … AND <version> = $n`
    const DELETE: &'static str;

    /// The columns of [`UPDATE`](Self::UPDATE)'s parameters, by their positions: the settable ones, the key, the version.
    #[doc(hidden)]
    const PARAMS: &'static [usize];

    /// The key of this row.
    fn key(&self) -> Self::Key;
    /// Appends the value of the key's column at this position of the key.
    #[doc(hidden)]
    fn put_key(key: &Self::Key, nth: usize, out: &mut Buffer) -> Result<IsNull, ValueError>;
    /// Appends the value of the column at this position of the table, if it is one of [`PARAMS`](Self::PARAMS).
    #[doc(hidden)]
    fn put_column(&self, column: usize, out: &mut Buffer) -> Result<IsNull, ValueError>;

    /// The parameters of [`FIND`](Self::FIND).
    fn key_params(key: &Self::Key) -> Vec<Param> {
        params::of_key::<Self>(key)
    }
    /// The parameters of [`UPDATE`](Self::UPDATE): the settable columns in order, the key, the version.
    fn update_params(&self) -> Vec<Param> {
        params::of_row(self, Self::PARAMS)
    }
    /// The parameters of [`DELETE`](Self::DELETE): the key, the version.
    fn delete_params(&self) -> Vec<Param> {
        params::of_row(self, params::delete::<Self>())
    }
}

/// A struct of changes to some columns. Written by `#[derive(Patch)]`.
#[diagnostic::on_unimplemented(
    message = "`{Self}` is not a patch of `{M}`",
    label = "not a patch",
    note = "put `#[derive(Patch)]` and `#[orm(of = {M})]` on it"
)]
pub trait Patch<M: TableModel> {
    /// The assignments of the fields that are [`Change::Set`].
    fn assignments(self, fields: FieldsOf<M>) -> Vec<Assign<M>>;
}

/// A model of a materialized view, which can be refreshed. Written by `#[derive(Model)]` for `materialized_view = "…"`.
#[diagnostic::on_unimplemented(
    message = "`{Self}` is not a materialized view: there is nothing to refresh",
    label = "not a materialized view"
)]
pub trait MaterializedView: Model {}

//! One row by its primary key, with SQL that the derive has made a constant.

use std::fmt;
use std::future::Future;
use std::marker::PhantomData;

use super::fetch::{Fetch, execute, fetch_optional, not_found};
use super::visible_row;
use super::{
    GraphRow, InScopeOf, Insert, InsertGraphs, InsertMany, InsertSelect, Joinable, Locked, Merge, PatchByKey, Query,
    Rowset,
};
use crate::driver::{Executor, Param, Statement};
use crate::error::{Error, ErrorKind};
use crate::load::Load;
use crate::model::{FieldsOf, InsertExprs, IntoInsert, Model, Patch, TableModel};
use crate::options::{Options, Tune};
use crate::query::Loading;
use crate::query::parts::Parts;
use crate::sql::{Level, Node};
use crate::statements::here;

/// Rows of a table: found, inserted, changed and deleted one by one. A trait, so that functions of your own with these
/// names on the struct win over it.
pub trait Record: TableModel {
    /// The row with this primary key; a tuple for composite keys, in the key's order.
    fn find(key: Self::Key) -> Find<Self> {
        Find::by_key(&key)
    }

    /// `INSERT` of one row: a `NewX`, one with more columns set (`NewX { .. }.created_at(t)`), or a struct of yours
    /// with `#[derive(Insert)]`.
    fn insert<I: IntoInsert<Self>>(row: I) -> Insert<Self> {
        Insert::new(&row.into_row())
    }

    /// `INSERT` of many rows, atomic.
    fn insert_many<I: IntoInsert<Self>>(rows: impl IntoIterator<Item = I>) -> InsertMany<Self> {
        InsertMany::new(rows)
    }

    /// `INSERT` of many rows with their children, and these with theirs, atomic: each row is a `NewX` that says by
    /// [`with`](GraphRow::with) what its children are. One row with its children: `User::insert(new).with(…)`.
    fn insert_graphs<R: GraphRow>(rows: impl IntoIterator<Item = R>) -> InsertGraphs<R>
    where
        R::Row: IntoInsert<Self>,
    {
        InsertGraphs::new(rows)
    }

    /// `INSERT … SELECT`: a row for each one that the query gives. The closure receives its columns and gives a `NewXExpr`,
    /// with an expression for each column that an insert must give; columns that the database would fill by itself can be
    /// given besides, by methods of their names.
    #[rustfmt::skip] // In one line, because errors show it.
    fn insert_select<Q: Rowset, I: InsertExprs<Self>>(query: Q, row: impl FnOnce(InScopeOf<Q::Row>) -> I) -> InsertSelect<Self> {
        InsertSelect::new(query, row)
    }

    /// `MERGE INTO … USING source ON condition`: update, delete and insert rows by what a source says. The closure gives a
    /// source with its condition, as that of a join does. PostgreSQL 15 and newer.
    fn merge<J: Joinable>(using: impl FnOnce(FieldsOf<Self>) -> J) -> Merge<Self, J::Row> {
        Merge::new(using)
    }

    /// `UPDATE` of the columns that a patch sets, by primary key. An empty patch writes nothing.
    fn patch<P: Patch<Self>>(key: Self::Key, patch: P) -> PatchByKey<Self> {
        PatchByKey::new(key, patch)
    }

    /// `UPDATE` of all columns that can be set, by primary key; gives the row as it is stored now.
    ///
    /// # Errors
    /// [`ErrorKind::NotFound`] if there is no such row; with a version column [`ErrorKind::Stale`] if it is gone or was
    /// changed since it was read.
    #[track_caller]
    fn update(&self, db: &dyn Executor) -> impl Future<Output = Result<Self, Error>> + Send {
        let statement = if Self::UPDATE.is_empty() {
            // Nothing but the key: there is nothing to set, but the row must be there.
            Find::<Self>::by_key(&self.key()).to_sql()
        } else if Self::TABLE.hides() {
            visible_row::update(self)
        } else {
            Ok(statement::<Self>("UPDATE", Self::UPDATE, self.update_params()))
        };
        let statement = here(statement);
        async move { fetch_optional(statement, db).await?.ok_or_else(|| gone(Self::TABLE)) }
    }

    /// `DELETE` by primary key; of a model with a `soft_delete` column `UPDATE … SET column = now()`
    /// ([`Delete::for_good`](crate::Delete::for_good) removes the row).
    ///
    /// # Errors
    /// As [`update`](Self::update).
    #[track_caller]
    fn delete(&self, db: &dyn Executor) -> impl Future<Output = Result<(), Error>> + Send {
        let statement = match Self::TABLE.hides() {
            false => Ok(statement::<Self>("DELETE", Self::DELETE, self.delete_params())),
            true => visible_row::delete(self),
        };
        let statement = here(statement);
        async move {
            match execute(statement, db).await? {
                0 => Err(gone(Self::TABLE)),
                _ => Ok(()),
            }
        }
    }
}

impl<M: TableModel> Record for M {}

fn statement<M: Model>(operation: &'static str, text: &'static str, params: Vec<Param>) -> Statement {
    Statement {
        text: text.into(),
        params,
        operation,
        table: Some(M::TABLE),
        place: None,
        only_reads: operation == "SELECT",
        options: None,
    }
}

fn gone(table: &'static crate::model::Table) -> Error {
    if table.version.is_none() {
        return not_found(table);
    }
    Error::new(
        ErrorKind::Stale,
        "the row was changed or deleted since it was read; read it again and repeat the change",
    )
    .with_table(Some(table))
}

/// The row with a primary key.
#[must_use = "a query does nothing until it is run, by `.first(&db)` for instance"]
pub struct Find<M: TableModel> {
    params: Vec<Param>,
    options: Option<Box<Options>>,
    marker: PhantomData<fn() -> M>,
}

impl<M: TableModel> Find<M> {
    /// Loads a relation beside the row: `User::find(7).with(|u| u.posts()).first(&db)` gives `Option<(User, Vec<Post>)>`.
    /// See [`Query::with`].
    pub fn with<L: Load>(self, load: impl FnOnce(FieldsOf<M>) -> L) -> Loading<M, (M, L::Value)> {
        self.into_query().with(load)
    }

    pub(crate) fn by_key(key: &M::Key) -> Self {
        Self {
            params: M::key_params(key),
            options: None,
            marker: PhantomData,
        }
    }

    /// The row, or `None`.
    ///
    /// # Errors
    /// The server's, the driver's, or a row that the model cannot hold.
    #[track_caller]
    pub fn first(self, db: &dyn Executor) -> impl Future<Output = Result<Option<M>, Error>> + Send {
        fetch_optional(here(self.to_sql()), db)
    }

    /// The row.
    ///
    /// # Errors
    /// [`ErrorKind::NotFound`] if there is none; else as [`first`](Self::first).
    #[track_caller]
    pub fn one(self, db: &dyn Executor) -> impl Future<Output = Result<M, Error>> + Send {
        let row = self.first(db);
        async move { row.await?.ok_or_else(|| not_found(M::TABLE)) }
    }

    /// Whether there is such a row.
    ///
    /// # Errors
    /// As [`first`](Self::first).
    #[track_caller]
    pub fn exists(self, db: &dyn Executor) -> impl Future<Output = Result<bool, Error>> + Send {
        self.into_query().exists(db)
    }

    /// The row, locked until the transaction ends: `FOR UPDATE`.
    pub fn for_update(self) -> Locked<Query<M>> {
        self.into_query().for_update()
    }

    /// The same as a query, to update or delete the row by an expression.
    pub fn into_query(self) -> Query<M> {
        let mut parts = Parts::new(M::TABLE);
        parts.options = self.options;
        let keys = M::TABLE.primary_key.iter().filter_map(|name| M::TABLE.column(name));
        for (column, param) in keys.zip(self.params) {
            let column = Node::Column(parts.source(), column);
            let filter = Node::infix(&["", " = ", ""], Level::Comparison, column, Node::param(param));
            parts.filters.push(filter);
        }
        Query::new(parts)
    }

    /// As a query that finds the row also where the model's standing filter hides it.
    pub fn with_hidden(self) -> Query<M> {
        self.into_query().with_hidden()
    }

    /// The statement that [`first`](Self::first) would send.
    ///
    /// # Errors
    /// [`ErrorKind::InvalidQuery`] for a standing filter that cannot be written.
    pub fn to_sql(self) -> Result<Statement, Error> {
        match M::TABLE.hides() {
            false => Ok(Statement {
                options: self.options,
                ..statement::<M>("SELECT", M::FIND, self.params)
            }),
            true => self.into_query().into_parts().statement(),
        }
    }
}

impl<M: TableModel> Tune for Find<M> {
    fn options_mut(&mut self) -> &mut Options {
        self.options.get_or_insert_default()
    }
}

impl<M: TableModel> fmt::Debug for Find<M> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Find<{}>", M::TABLE.model)
    }
}

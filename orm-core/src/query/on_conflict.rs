//! `ON CONFLICT`: upserts, on unique keys only.

use std::fmt;
use std::future::Future;

use super::modification::deepest;
use super::update::{map_settings, write_settings};
use super::write::Write;
use super::{Insert, InsertMany};
use crate::driver::{Executor, Statement};
use crate::error::Error;
use crate::expr::{Assign, Assigns, Setting, Source};
use crate::model::{Fields, FieldsOf, Table, TableModel, UniqueKey};
use crate::sql::{Alias, Node, SourceMap, Survey, Writer};

/// The clause itself.
#[derive(Debug, Clone)]
pub(crate) struct ConflictClause {
    key: UniqueKey,
    /// `DO UPDATE SET`; empty is `DO NOTHING`.
    settings: Vec<Setting>,
    /// The row that was proposed: a source of its own, so that no other upsert's is taken for it.
    excluded: Source,
}

impl ConflictClause {
    fn new(key: UniqueKey) -> Self {
        Self {
            key,
            settings: Vec::new(),
            excluded: Source::new(),
        }
    }

    fn nodes(&self) -> impl Iterator<Item = &Node> {
        self.settings.iter().map(|setting| &setting.value)
    }

    pub(crate) fn survey(&self, survey: &mut Survey) {
        survey.nodes(self.nodes());
    }

    pub(crate) fn depth(&self) -> u16 {
        deepest(self.nodes())
    }

    pub(crate) fn map_sources(&self, map: SourceMap<'_>) -> Self {
        Self {
            key: self.key,
            settings: map_settings(&self.settings, map),
            excluded: map(self.excluded),
        }
    }

    /// The source that it brings into scope.
    pub(crate) fn root(&self) -> Source {
        self.excluded
    }

    /// Brings the proposed row into scope.
    pub(crate) fn bring(&self, writer: &mut Writer, table: &'static Table) {
        writer.bring(self.excluded, table, Alias::Fixed("excluded"));
    }

    pub(crate) fn write(&self, writer: &mut Writer, source: Source, table: &'static Table) {
        writer.push(" ON CONFLICT (");
        writer.names(self.key.columns.iter().copied());
        writer.push(")");
        if self.settings.is_empty() {
            writer.push(" DO NOTHING");
        } else {
            writer.push(" DO UPDATE SET ");
            write_settings(writer, &self.settings, table, source);
        }
    }
}

/// An insert that was told which unique key may exist already, but not yet what to do then.
#[must_use = "say `.update(…)` or `.do_nothing()`"]
pub struct Conflict<I> {
    insert: I,
    key: UniqueKey,
}

impl<I> Conflict<I> {
    pub(crate) fn new(insert: I, key: UniqueKey) -> Self {
        Self { insert, key }
    }

    fn clause<M: TableModel, A: Assigns<M>>(
        key: UniqueKey,
        source: Source,
        assignments: impl FnOnce(FieldsOf<M>, FieldsOf<M>) -> A,
    ) -> ConflictClause {
        let mut clause = ConflictClause::new(key);
        let (stored, proposed) = (FieldsOf::<M>::at(source), FieldsOf::<M>::at(clause.excluded));
        let mut list = Vec::new();
        assignments(stored, proposed).append_to(&mut list);
        clause.settings = list.into_iter().map(Assign::into_setting).collect();
        clause
    }
}

impl<M: TableModel> Conflict<Insert<M>> {
    /// `DO UPDATE SET …`: the first argument is the row that is there, the second the one that was proposed
    /// (`excluded`). No assignments is `DO NOTHING`, and then `.one(&db)` may find nothing.
    pub fn update<A: Assigns<M>>(self, assignments: impl FnOnce(FieldsOf<M>, FieldsOf<M>) -> A) -> Insert<M> {
        let clause = Self::clause(self.key, self.insert.source(), assignments);
        self.insert.with_conflict(clause)
    }

    /// `DO NOTHING`: the row that is there stays, and the insert gives `None`.
    pub fn do_nothing(self) -> InsertOrNothing<M> {
        let clause = ConflictClause::new(self.key);
        InsertOrNothing {
            insert: self.insert.with_conflict(clause),
        }
    }
}

impl<M: TableModel> Conflict<InsertMany<M>> {
    /// `DO UPDATE SET …`, as for one row. Two rows of the batch with the same key are the server's error 21000.
    pub fn update<A: Assigns<M>>(self, assignments: impl FnOnce(FieldsOf<M>, FieldsOf<M>) -> A) -> InsertMany<M> {
        let clause = Self::clause(self.key, self.insert.source(), assignments);
        self.insert.with_conflict(clause)
    }

    /// `DO NOTHING`: rows whose key is there already are left out.
    pub fn do_nothing(self) -> InsertMany<M> {
        let clause = ConflictClause::new(self.key);
        self.insert.with_conflict(clause)
    }
}

/// An insert that does nothing if the key exists already.
#[must_use = "an insert does nothing until it is run, by `.one(&db)` for instance"]
pub struct InsertOrNothing<M: TableModel> {
    insert: Insert<M>,
}

impl<M: TableModel> InsertOrNothing<M> {
    /// Runs it: the stored row, or `None` if the key existed already.
    ///
    /// # Errors
    /// As [`Write`] says.
    pub fn one(self, db: &dyn Executor) -> impl Future<Output = Result<Option<M>, Error>> + Send {
        let rows = self.insert.all(db);
        async move { Ok(rows.await?.pop()) }
    }

    /// Runs it: 1, or 0 if the key existed already.
    ///
    /// # Errors
    /// As [`Write`] says.
    pub fn execute(self, db: &dyn Executor) -> impl Future<Output = Result<u64, Error>> + Send {
        self.insert.execute(db)
    }

    /// The statement that [`execute`](Self::execute) would send.
    ///
    /// # Errors
    /// As at sending.
    pub fn to_sql(self) -> Result<Statement, Error> {
        self.insert.to_sql()
    }
}

impl<I> fmt::Debug for Conflict<I> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Conflict({})", self.key.name)
    }
}

impl<M: TableModel> fmt::Debug for InsertOrNothing<M> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "InsertOrNothing<{}>", M::TABLE.model)
    }
}

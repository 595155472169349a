//! `ON CONFLICT`: upserts, on unique keys only.

use std::fmt;
use std::future::Future;

use super::write::{Write, write_assignments};
use super::{Insert, InsertMany};
use crate::driver::{Executor, Statement};
use crate::error::Error;
use crate::expr::{Assign, Assigns, Source};
use crate::model::{Fields, FieldsOf, TableModel, UniqueKey};
use crate::sql::{Alias, Node, Writer};

/// The clause itself.
pub(crate) struct ConflictClause<M> {
    key: UniqueKey,
    /// `DO UPDATE SET`; empty is `DO NOTHING`.
    assignments: Vec<Assign<M>>,
    /// The row that was proposed: a source of its own, so that no other upsert's is taken for it.
    excluded: Source,
}

impl<M: TableModel> ConflictClause<M> {
    fn new(key: UniqueKey) -> Self {
        Self {
            key,
            assignments: Vec::new(),
            excluded: Source::new(),
        }
    }

    /// What it is made of.
    pub(crate) fn nodes(&self) -> impl Iterator<Item = &Node> {
        self.assignments.iter().map(|assignment| &assignment.value)
    }

    /// Brings the proposed row into scope.
    pub(crate) fn bring(&self, writer: &mut Writer) {
        writer.bring(self.excluded, M::TABLE, Alias::Fixed("excluded"));
    }

    pub(crate) fn write(&self, writer: &mut Writer, source: Source) {
        writer.push(" ON CONFLICT (");
        writer.names(self.key.columns.iter().copied());
        writer.push(")");
        if self.assignments.is_empty() {
            writer.push(" DO NOTHING");
        } else {
            writer.push(" DO UPDATE SET ");
            write_assignments(writer, &self.assignments, M::TABLE, source);
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
    ) -> ConflictClause<M> {
        let mut clause = ConflictClause::new(key);
        let (stored, proposed) = (FieldsOf::<M>::at(source), FieldsOf::<M>::at(clause.excluded));
        assignments(stored, proposed).append_to(&mut clause.assignments);
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

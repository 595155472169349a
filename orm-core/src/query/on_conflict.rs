//! `ON CONFLICT`: upserts, on unique keys only.

use std::fmt;
use std::future::Future;

use super::update::write_settings;
use super::write::Write;
use super::{Insert, InsertMany, InsertSelect};
use crate::driver::{Executor, Statement};
use crate::error::Error;
use crate::expr::{Assign, Assigns, Condition, InFilter, Setting, Source};
use crate::model::{Fields, FieldsOf, Table, TableModel, UniqueKey};
use crate::options::{Options, Tune};
use crate::sql::{Alias, Node, Survey, Writer};

/// The clause itself.
#[derive(Debug, Clone)]
pub(crate) struct ConflictClause {
    /// `None` is any key.
    key: Option<UniqueKey>,
    /// `DO UPDATE SET`; empty is `DO NOTHING`.
    settings: Vec<Setting>,
    /// `WHERE` of `DO UPDATE`.
    filters: Vec<Node>,
    /// The row that was proposed: a source of its own, so that no other upsert's is taken for it.
    excluded: Source,
}

impl ConflictClause {
    fn new(key: Option<UniqueKey>) -> Self {
        Self {
            key,
            settings: Vec::new(),
            filters: Vec::new(),
            excluded: Source::new(),
        }
    }

    /// `ON CONFLICT DO NOTHING`
    pub(crate) fn any_key() -> Self {
        Self::new(None)
    }

    fn nodes(&self) -> impl Iterator<Item = &Node> {
        let values = self.settings.iter().map(|setting| &setting.value);
        values.chain(&self.filters)
    }

    pub(crate) fn survey(&self, survey: &mut Survey) {
        survey.nodes(self.nodes());
    }

    /// Brings the proposed row into scope.
    pub(crate) fn bring(&self, writer: &mut Writer, table: &'static Table) {
        writer.bring(self.excluded, table, Alias::Fixed("excluded"));
    }

    pub(crate) fn write(&self, writer: &mut Writer, source: Source, table: &'static Table) {
        writer.push(" ON CONFLICT");
        if let Some(key) = &self.key {
            writer.push(" (");
            writer.names(key.columns.iter().copied());
            writer.push(")");
            if let Some(predicate) = predicate(key, table) {
                writer.push(" WHERE ");
                writer.push(&predicate);
            }
        }
        if self.settings.is_empty() {
            writer.push(" DO NOTHING");
        } else {
            writer.push(" DO UPDATE SET ");
            write_settings(writer, &self.settings, table, source);
            // By the primary key, which is that of hidden rows, too, such a row is met: it stays as it is.
            let standing = writer.standing_of(source, table);
            let filters: Vec<Node> = self
                .filters
                .iter()
                .cloned()
                .chain(standing.into_iter().flat_map(Node::into_conjuncts))
                .collect();
            writer.filters(&filters);
        }
    }
}

/// The rows that a unique key is for.
fn predicate(key: &UniqueKey, table: &Table) -> Option<String> {
    match key.name == table.primary_key_name {
        true => None,
        false => table.whole_key_predicate(key.filter),
    }
}

/// An insert that was told which unique key may exist already, but not yet what to do then.
#[must_use = "say `.update(…)` or `.do_nothing()`"]
pub struct Conflict<I> {
    insert: I,
    key: UniqueKey,
}

/// An insert that is to update the row with the same key if a condition holds for it.
#[must_use = "say `.update(…)`"]
pub struct FilteredConflict<I> {
    insert: I,
    clause: ConflictClause,
}

/// An insert that can be told what to do with rows that are there already.
#[doc(hidden)]
pub trait Upsert: Sized {
    type Model: TableModel;
    fn target(&self) -> Source;
    #[allow(private_interfaces, reason = "hidden; only what is in this crate implements it")]
    fn with_clause(self, clause: ConflictClause) -> Self;
}

macro_rules! upsert {
    ($($insert:ident),*) => { $(
        impl<M: TableModel> Upsert for $insert<M> {
            type Model = M;
            fn target(&self) -> Source {
                self.source()
            }
            #[allow(private_interfaces, reason = "hidden; only what is in this crate implements it")]
            fn with_clause(self, clause: ConflictClause) -> Self {
                self.with_conflict(clause)
            }
        }
    )* };
}
upsert!(Insert, InsertMany, InsertSelect);

impl<I: Upsert> Conflict<I> {
    pub(crate) fn new(insert: I, key: UniqueKey) -> Self {
        Self { insert, key }
    }

    /// `DO UPDATE … WHERE condition`: the first argument is the row that is there, the second the one that was proposed
    /// (`excluded`). A row for which the condition does not hold stays as it is, and is not returned; it is locked all the
    /// same. Several conditions are joined by AND.
    pub fn filter<C: Condition>(
        self,
        condition: impl FnOnce(FieldsOf<I::Model>, FieldsOf<I::Model>) -> C,
    ) -> FilteredConflict<I>
    where
        C::Phase: InFilter,
    {
        let clause = ConflictClause::new(Some(self.key));
        FilteredConflict {
            insert: self.insert,
            clause,
        }
        .filter(condition)
    }

    fn updated<A: Assigns<I::Model>>(self, assignments: impl FnOnce(FieldsOf<I::Model>, FieldsOf<I::Model>) -> A) -> I {
        let clause = ConflictClause::new(Some(self.key));
        FilteredConflict {
            insert: self.insert,
            clause,
        }
        .updated(assignments)
    }

    fn ignored(self) -> I {
        self.insert.with_clause(ConflictClause::new(Some(self.key)))
    }
}

impl<I: Upsert> FilteredConflict<I> {
    fn scope(&self) -> (FieldsOf<I::Model>, FieldsOf<I::Model>) {
        (Fields::at(self.insert.target()), Fields::at(self.clause.excluded))
    }

    /// One condition more.
    pub fn filter<C: Condition>(mut self, condition: impl FnOnce(FieldsOf<I::Model>, FieldsOf<I::Model>) -> C) -> Self
    where
        C::Phase: InFilter,
    {
        let (stored, proposed) = self.scope();
        let condition = condition(stored, proposed).into_condition();
        self.clause.filters.push(condition);
        self
    }

    fn updated<A: Assigns<I::Model>>(
        mut self,
        assignments: impl FnOnce(FieldsOf<I::Model>, FieldsOf<I::Model>) -> A,
    ) -> I {
        let (stored, proposed) = self.scope();
        let mut list = Vec::new();
        assignments(stored, proposed).append_to(&mut list);
        self.clause.settings = list.into_iter().map(Assign::into_setting).collect();
        self.insert.with_clause(self.clause)
    }
}

impl<M: TableModel> Conflict<Insert<M>> {
    /// `DO UPDATE SET …`: the first argument is the row that is there, the second the one that was proposed
    /// (`excluded`). No assignments is `DO NOTHING`, and then `.one(&db)` may find nothing.
    pub fn update<A: Assigns<M>>(self, assignments: impl FnOnce(FieldsOf<M>, FieldsOf<M>) -> A) -> Insert<M> {
        self.updated(assignments)
    }

    /// `DO NOTHING`: the row that is there stays, and the insert gives `None`.
    pub fn do_nothing(self) -> InsertOrNothing<M> {
        InsertOrNothing::new(self.ignored())
    }
}

impl<M: TableModel> FilteredConflict<Insert<M>> {
    /// `DO UPDATE SET … WHERE …`: the insert gives `None` if the condition did not hold for the row that is there.
    pub fn update<A: Assigns<M>>(self, assignments: impl FnOnce(FieldsOf<M>, FieldsOf<M>) -> A) -> InsertOrNothing<M> {
        InsertOrNothing::new(self.updated(assignments))
    }
}

macro_rules! many {
    ($($insert:ident),*) => { $(
        impl<M: TableModel> Conflict<$insert<M>> {
            /// `DO UPDATE SET …`, as for one row. Two rows with the same key are the server's error 21000.
            pub fn update<A: Assigns<M>>(
                self,
                assignments: impl FnOnce(FieldsOf<M>, FieldsOf<M>) -> A,
            ) -> $insert<M> {
                self.updated(assignments)
            }

            /// `DO NOTHING`: rows whose key is there already are left out.
            pub fn do_nothing(self) -> $insert<M> {
                self.ignored()
            }
        }

        impl<M: TableModel> FilteredConflict<$insert<M>> {
            /// `DO UPDATE SET … WHERE …`: rows for which the condition does not hold stay as they are. Two rows with the
            /// same key are the server's error 21000.
            pub fn update<A: Assigns<M>>(
                self,
                assignments: impl FnOnce(FieldsOf<M>, FieldsOf<M>) -> A,
            ) -> $insert<M> {
                self.updated(assignments)
            }
        }
    )* };
}
many!(InsertMany, InsertSelect);

/// An insert that writes nothing if the key exists already, or if the condition of its update does not hold.
#[must_use = "an insert does nothing until it is run, by `.one(&db)` for instance"]
pub struct InsertOrNothing<M: TableModel> {
    insert: Insert<M>,
}

impl<M: TableModel> InsertOrNothing<M> {
    pub(crate) fn new(insert: Insert<M>) -> Self {
        Self { insert }
    }

    /// Runs it: the row as it is stored now, or `None` if nothing was written.
    ///
    /// # Errors
    /// As [`Write`] says.
    #[track_caller]
    pub fn one(self, db: &dyn Executor) -> impl Future<Output = Result<Option<M>, Error>> + Send {
        let rows = self.insert.all(db);
        async move { Ok(rows.await?.pop()) }
    }

    /// Runs it: 1, or 0 if nothing was written.
    ///
    /// # Errors
    /// As [`Write`] says.
    #[track_caller]
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

impl<M: TableModel> Tune for InsertOrNothing<M> {
    fn options_mut(&mut self) -> &mut Options {
        self.insert.options_mut()
    }
}

impl<I> fmt::Debug for Conflict<I> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Conflict({})", self.key.name)
    }
}

impl<I> fmt::Debug for FilteredConflict<I> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("FilteredConflict")
    }
}

impl<M: TableModel> fmt::Debug for InsertOrNothing<M> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "InsertOrNothing<{}>", M::TABLE.model)
    }
}

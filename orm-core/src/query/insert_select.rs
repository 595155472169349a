//! `INSERT … SELECT`: rows that the database makes out of others.

use std::fmt;
use std::marker::PhantomData;

use super::insert::{InsertParts, InsertRows};
use super::modification::{Modification, Verb};
use super::on_conflict::{Conflict, ConflictClause};
use super::write::{ReturningClause, Write};
use super::{InScopeOf, Parts, Rowset};
use crate::expr::Source;
use crate::model::{Fields, FieldsOf, InsertExprs, TableModel, UniqueKey};
use crate::options::{Options, Tune};
use crate::sql::Node;

/// An insert of what a query gives. Run it by [`Write`]'s methods.
#[must_use = "an insert does nothing until it is run, by `.execute(&db)` for instance"]
pub struct InsertSelect<M: TableModel> {
    parts: InsertParts,
    marker: PhantomData<fn() -> M>,
}

impl<M: TableModel> InsertSelect<M> {
    pub(crate) fn new<Q: Rowset, I: InsertExprs<M>>(query: Q, row: impl FnOnce(InScopeOf<Q::Row>) -> I) -> Self {
        let from = query.into_from();
        let (columns, values) = columns_and_values(row(from.scope));
        let mut parts = Parts::from(from.item);
        parts.filters = from.filters;
        parts.items = Some(values);
        Self {
            parts: InsertParts {
                source: Source::new(),
                table: M::TABLE,
                columns,
                rows: InsertRows::Select(Box::new(parts)),
                conflict: None,
                options: None,
            },
            marker: PhantomData,
        }
    }

    /// `ON CONFLICT (key)`: what to do with rows whose unique key exists already.
    pub fn on_conflict(self, key: impl FnOnce(M::Keys) -> UniqueKey) -> Conflict<Self> {
        Conflict::new(self, key(M::Keys::default()))
    }

    /// `ON CONFLICT DO NOTHING`: rows that are there already by any of the unique keys are left out.
    pub fn on_conflict_do_nothing(self) -> Self {
        self.with_conflict(ConflictClause::any_key())
    }

    pub(crate) fn source(&self) -> Source {
        self.parts.source
    }

    pub(crate) fn with_conflict(mut self, conflict: ConflictClause) -> Self {
        self.parts.conflict = Some(conflict);
        self
    }
}

/// The columns by position, each once, and what goes into them.
pub(crate) fn columns_and_values<M: TableModel>(row: impl InsertExprs<M>) -> (Vec<usize>, Vec<Node>) {
    let mut given = Vec::new();
    row.append_to(&mut given);
    given.extend(
        M::TABLE
            .tenant_value()
            .map(|(column, value)| (column, Node::param(value))),
    );
    // Of a column that was given twice the last counts.
    given.reverse();
    given.sort_by_key(|(column, _)| *column);
    given.dedup_by_key(|(column, _)| *column);
    given.into_iter().unzip()
}

impl<M: TableModel> Tune for InsertSelect<M> {
    fn options_mut(&mut self) -> &mut Options {
        self.parts.options.get_or_insert_default()
    }
}

impl<M: TableModel> Write for InsertSelect<M> {
    type Model = M;
    type Rows = M;

    fn into_modification(self, returning: ReturningClause) -> Option<Modification> {
        let verb = Verb::Insert(self.parts);
        Some(Modification { verb, returning })
    }

    fn scope(&self) -> FieldsOf<M> {
        FieldsOf::<M>::at(self.parts.source)
    }
}

impl<M: TableModel> fmt::Debug for InsertSelect<M> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "InsertSelect<{}>", M::TABLE.model)
    }
}

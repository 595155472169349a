//! `DELETE` by query.

use std::fmt;
use std::marker::PhantomData;

use super::modification::{Modification, Verb};
use super::parts::Parts;
use super::target::Target;
use super::update::write_update;
use super::write::{ReturningClause, Write};
use super::{InScope, InScopeOf};
use crate::expr::Setting;
use crate::model::{FieldsOf, Table, TableModel};
use crate::options::{Options, Tune};
use crate::sql::{Level, Node, SourceMap, Survey, Writer, fresh};

/// A delete of the rows of `M` that a query finds; `R` is what they were joined with, beside `M` itself. Run it by
/// [`Write`]'s methods.
///
/// Of a model with a `soft_delete` column it is an `UPDATE … SET column = now()`: the rows stay, and its standing filter
/// hides them. What refers to them stays, too: no `ON DELETE` of a foreign key is done.
#[must_use = "a delete does nothing until it is run, by `.execute(&db)` for instance"]
pub struct Delete<M: TableModel, R: InScope = M> {
    parts: DeleteParts,
    scope: InScopeOf<R>,
    marker: PhantomData<fn() -> M>,
}

/// A DELETE.
#[derive(Debug, Clone)]
pub(crate) struct DeleteParts {
    pub(crate) target: Target,
    /// Whether rows are removed also where the model marks them as deleted.
    pub(crate) for_good: bool,
}

impl<M: TableModel> Delete<M> {
    pub(crate) fn new(rows: Parts, scope: FieldsOf<M>) -> Self {
        Self::joined(Target::new(rows.of_table(M::TABLE)), scope)
    }
}

impl<M: TableModel, R: InScope> Delete<M, R> {
    pub(crate) fn joined(target: Target, scope: InScopeOf<R>) -> Self {
        Self {
            parts: DeleteParts {
                target,
                for_good: false,
            },
            scope,
            marker: PhantomData,
        }
    }

    /// Removes the rows also where the model has a `soft_delete` column, by which they are marked as deleted otherwise.
    pub fn for_good(mut self) -> Self {
        self.parts.for_good = true;
        self
    }

    /// Says that every row is meant: without a filter it is refused otherwise.
    pub fn all_rows(mut self) -> Self {
        self.parts.target.rows.all_rows = true;
        self
    }
}

impl<M: TableModel, R: InScope> Tune for Delete<M, R> {
    fn options_mut(&mut self) -> &mut Options {
        self.parts.target.rows.options.get_or_insert_default()
    }
}

impl<M: TableModel, R: InScope> Write for Delete<M, R> {
    type Model = M;
    type Rows = R;

    fn into_modification(self, returning: ReturningClause) -> Option<Modification> {
        let verb = Verb::Delete(self.parts);
        Some(Modification { verb, returning })
    }

    fn scope(&self) -> InScopeOf<R> {
        self.scope
    }
}

/// A copy has sources of its own, so that it can stand beside the original.
impl<M: TableModel, R: InScope> Clone for Delete<M, R> {
    fn clone(&self) -> Self {
        let map = fresh(self.parts.target.roots());
        Self {
            parts: self.parts.map_sources(&map),
            scope: R::map_sources(self.scope, &map),
            marker: PhantomData,
        }
    }
}

impl<M: TableModel, R: InScope> fmt::Debug for Delete<M, R> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Delete<{}>", M::TABLE.model)
    }
}

impl DeleteParts {
    pub(crate) fn survey(&self, survey: &mut Survey) {
        self.target.survey(survey);
    }

    pub(crate) fn map_sources(&self, map: SourceMap<'_>) -> Self {
        Self {
            target: self.target.map_sources(map),
            for_good: self.for_good,
        }
    }

    /// The column by which the rows are marked as deleted, if they are not removed.
    fn marks(&self) -> Option<Setting> {
        match self.for_good {
            true => None,
            false => deleted_now(self.target.named().1),
        }
    }

    /// The command.
    pub(crate) fn operation(&self) -> &'static str {
        match self.marks() {
            Some(_) => "UPDATE",
            None => "DELETE",
        }
    }

    pub(crate) fn write(&self, writer: &mut Writer) {
        self.target.check_all_rows(writer, "delete");
        let picked = self.target.is_picked();
        if let Some(mark) = self.marks() {
            self.target.write_picked(writer, picked, " FOR NO KEY UPDATE");
            write_update(writer, &self.target, picked, &[mark]);
            return;
        }
        self.target.write_picked(writer, picked, " FOR UPDATE");
        writer.push("DELETE FROM ");
        self.target.write_name(writer, picked);
        self.target.write_using(writer, picked, " USING ");
        self.target.write_where(writer, picked);
    }
}

/// What marks a row of this table as deleted, if its rows are not removed.
pub(crate) fn deleted_now(table: &'static Table) -> Option<Setting> {
    let column = table.column(table.soft_delete?)?;
    let value = Node::sql(&["now()"], Level::Atom, []);
    Some(Setting { column, value })
}

//! `DELETE` by query.

use std::fmt;
use std::marker::PhantomData;

use super::parts::Parts;
use super::update::{check_all_rows, write_picked, write_target, write_where};
use super::write::{ReturningClause, Write};
use crate::driver::Statement;
use crate::error::Error;
use crate::expr::Source;
use crate::model::TableModel;
use crate::sql::{Survey, Writer};

/// A delete of the rows that a query finds. Run it by [`Write`]'s methods.
#[must_use = "a delete does nothing until it is run, by `.execute(&db)` for instance"]
pub struct Delete<M: TableModel> {
    parts: Parts,
    marker: PhantomData<fn() -> M>,
}

impl<M: TableModel> Delete<M> {
    pub(crate) fn new(parts: Parts) -> Self {
        Self {
            parts,
            marker: PhantomData,
        }
    }
    /// Says that every row is meant: without a filter it is refused otherwise.
    pub fn all_rows(mut self) -> Self {
        self.parts.all_rows = true;
        self
    }
}

impl<M: TableModel> Write for Delete<M> {
    type Model = M;

    fn into_statement(self, returning: ReturningClause) -> Result<Option<Statement>, Error> {
        check_all_rows(&self.parts, "delete")?;
        let (source, table) = (self.parts.source(), self.parts.table());
        let mut survey = Survey::default();
        survey.parts(&self.parts);
        survey.nodes(returning.nodes());
        let mut writer = Writer::new("DELETE", table, survey);
        let picked = write_picked(&mut writer, &self.parts, " FOR UPDATE");
        writer.push("DELETE FROM ");
        write_target(&mut writer, &self.parts, picked);
        if picked {
            writer.push(" USING picked");
        }
        write_where(&mut writer, &self.parts, picked);
        returning.write(&mut writer, source, table);
        writer.finish().map(Some)
    }

    fn source(&self) -> Source {
        self.parts.source()
    }
}

impl<M: TableModel> fmt::Debug for Delete<M> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Delete<{}>", M::TABLE.model)
    }
}

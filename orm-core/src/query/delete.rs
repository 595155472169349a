//! `DELETE` by query.

use std::fmt;
use std::marker::PhantomData;

use super::parts::Parts;
use super::update::{check_all_rows, write_picked, write_target, write_where};
use super::write::{Body, ReturningClause, Write, WriteBody};
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

    fn into_body(self, returning: ReturningClause) -> Result<Option<WriteBody>, Error> {
        check_all_rows(&self.parts, "delete")?;
        let parts = self.parts;
        Ok(Some(WriteBody::new(
            "DELETE",
            M::TABLE,
            DeleteBody { parts, returning },
        )))
    }

    fn source(&self) -> Source {
        self.parts.source()
    }
}

struct DeleteBody {
    parts: Parts,
    returning: ReturningClause,
}

impl Body for DeleteBody {
    fn survey(&self, survey: &mut Survey) {
        survey.parts(&self.parts);
        survey.nodes(self.returning.nodes());
    }

    fn write(&self, writer: &mut Writer) {
        let picked = write_picked(writer, &self.parts, " FOR UPDATE");
        writer.push("DELETE FROM ");
        write_target(writer, &self.parts, picked);
        if picked {
            writer.push(" USING picked");
        }
        write_where(writer, &self.parts, picked);
        self.returning.write(writer, self.parts.source(), self.parts.table());
    }
}

impl<M: TableModel> fmt::Debug for Delete<M> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Delete<{}>", M::TABLE.model)
    }
}

//! `UPDATE` by query.

use std::fmt;

use super::parts::{LockClause, Parts};
use super::write::{Body, ReturningClause, Write, WriteBody, write_assignments};
use crate::error::{Error, ErrorKind};
use crate::expr::{Assign, Source};
use crate::model::{Table, TableModel};
use crate::sql::{Alias, Node, Survey, Writer};

/// An update of the rows that a query finds. Run it by [`Write`]'s methods.
#[must_use = "an update does nothing until it is run, by `.execute(&db)` for instance"]
pub struct Update<M: TableModel> {
    parts: Parts,
    assignments: Vec<Assign<M>>,
}

impl<M: TableModel> Update<M> {
    pub(crate) fn new(parts: Parts, assignments: Vec<Assign<M>>) -> Self {
        Self { parts, assignments }
    }

    /// Says that every row is meant: without a filter it is refused otherwise.
    pub fn all_rows(mut self) -> Self {
        self.parts.all_rows = true;
        self
    }

    pub(crate) fn is_empty(&self) -> bool {
        self.assignments.is_empty()
    }
}

impl<M: TableModel> Write for Update<M> {
    type Model = M;

    fn into_body(self, returning: ReturningClause) -> Result<Option<WriteBody>, Error> {
        if self.assignments.is_empty() {
            return Ok(None);
        }
        check_all_rows(&self.parts, "update")?;
        let update = self;
        Ok(Some(WriteBody::new(
            "UPDATE",
            M::TABLE,
            UpdateBody { update, returning },
        )))
    }

    fn source(&self) -> Source {
        self.parts.source()
    }
}

struct UpdateBody<M: TableModel> {
    update: Update<M>,
    returning: ReturningClause,
}

impl<M: TableModel> Body for UpdateBody<M> {
    fn survey(&self, survey: &mut Survey) {
        survey.parts(&self.update.parts);
        survey.nodes(self.update.assignments.iter().map(|assignment| &assignment.value));
        survey.nodes(self.returning.nodes());
    }

    fn write(&self, writer: &mut Writer) {
        let Update { parts, assignments } = &self.update;
        let (source, table) = (parts.source(), parts.table());
        let picked = write_picked(writer, parts, " FOR NO KEY UPDATE");
        writer.push("UPDATE ");
        write_target(writer, parts, picked);
        writer.push(" SET ");
        write_assignments(writer, assignments, table, source);
        if picked {
            writer.push(" FROM picked");
        }
        write_where(writer, parts, picked);
        self.returning.write(writer, source, table);
    }
}

impl<M: TableModel> fmt::Debug for Update<M> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Update<{}>", M::TABLE.model)
    }
}

/// Refuses to write all rows unless that was said. A condition that was made of nothing is no filter.
pub(crate) fn check_all_rows(parts: &Parts, verb: &str) -> Result<(), Error> {
    if !parts.filters.iter().all(holds_for_all) || parts.all_rows || parts.limit.is_some() {
        return Ok(());
    }
    Err(Error::new(
        ErrorKind::AllRows,
        format!("this would {verb} every row; add a `.filter(…)`, or `.all_rows()` if that is meant"),
    )
    .with_table(Some(parts.table())))
}

/// Whether a condition holds for every row because it was made of nothing: `Cond::all()`, `all_of` of such, what is joined
/// to one by OR, and NOT of one that holds for none.
fn holds_for_all(condition: &Node) -> bool {
    match condition {
        Node::And(list) => list.iter().all(holds_for_all),
        Node::Or(list) => list.iter().any(holds_for_all),
        _ => negated(condition).is_some_and(holds_for_none),
    }
}

fn holds_for_none(condition: &Node) -> bool {
    match condition {
        Node::Or(list) => list.iter().all(holds_for_none),
        Node::And(list) => list.iter().any(holds_for_none),
        _ => negated(condition).is_some_and(holds_for_all),
    }
}

fn negated(condition: &Node) -> Option<&Node> {
    match condition {
        Node::Sql {
            pieces: ["NOT ", ""],
            args,
            ..
        } => args.first(),
        _ => None,
    }
}

/// With an order, a limit or a lock: `WITH picked AS MATERIALIZED (SELECT key …) `. Materialized, because a sub-select
/// that the planner runs again would find other rows than it locked. Without a lock of its own it gets the one that the
/// write takes anyway: else of two writers at once both would pick the same rows, and the second would write them although
/// they do not fit the filter any more.
pub(crate) fn write_picked(writer: &mut Writer, parts: &Parts, lock: &'static str) -> bool {
    let picked = !parts.order.is_empty() || parts.is_bounded() || !parts.is_one_table();
    if picked {
        let mut keys = parts.clone();
        keys.items = Some(
            key_columns(parts.table())
                .map(|key| Node::Column(parts.source(), key))
                .collect(),
        );
        if parts.from.is_lockable() {
            keys.lock.get_or_insert(LockClause {
                strength: lock,
                of: Vec::new(),
                wait: "",
            });
        }
        writer.with_more();
        writer.push("picked AS MATERIALIZED (");
        keys.write(writer);
        writer.push(") ");
        writer.with_open = false;
    } else {
        writer.end_with_clause();
    }
    picked
}

fn key_columns(table: &'static Table) -> impl Iterator<Item = &'static crate::model::ColumnDef> {
    table.primary_key.iter().filter_map(move |name| table.column(name))
}

/// The table, as `target` when it is joined with the picked keys.
pub(crate) fn write_target(writer: &mut Writer, parts: &Parts, picked: bool) {
    writer.table(parts.table());
    if picked || writer.survey.several {
        writer.push(" AS target");
        writer.bring(parts.source(), parts.table(), Alias::Fixed("target"));
    } else {
        writer.bring(parts.source(), parts.table(), Alias::None);
    }
}

/// ` WHERE` the filters, or the picked keys.
pub(crate) fn write_where(writer: &mut Writer, parts: &Parts, picked: bool) {
    if !picked {
        writer.filters(&parts.filters);
        return;
    }
    for (index, key) in key_columns(parts.table()).enumerate() {
        writer.push(if index == 0 { " WHERE " } else { " AND " });
        writer.push("target.");
        writer.name(key.name);
        writer.push(" = picked.");
        writer.name(key.name);
    }
}

//! Columns behind a relation of a row that nothing can be joined to.
//!
//! The row that is written, and `excluded`, are in no FROM clause. What their relations lead to is read by a sub-select for
//! each column, so it stands wherever an expression does: in SET, in RETURNING (there it follows the row as it is written),
//! in an upsert.

use super::{Level, Node, Writer};
use crate::expr::Source;
use crate::model::{ColumnDef, Table};
use crate::query::{Item, Parts};

impl Writer {
    /// `(SELECT column FROM table WHERE key = …)`, if the source is a path behind a row in scope.
    pub(super) fn path_column(&mut self, source: Source, column: &'static ColumnDef) -> bool {
        let Some((parts, end)) = self.path_query(source, column) else {
            return false;
        };
        self.survey.paths.push(end);
        self.push("(");
        parts.write(self);
        self.push(")");
        let _ = self.survey.paths.pop();
        true
    }

    /// The query of a column, and the path that the column has in it.
    fn path_query(&self, source: Source, column: &'static ColumnDef) -> Option<(Parts, Source)> {
        let (row, relations) = take_apart(source)?;
        let (first, rest) = relations.split_first()?;
        let table: &Table = self.scope.table(row)?;
        let relation = table.relations.get(*first)?;
        let item = Item::table((relation.table)());
        let end = rest.iter().fold(item.source, |source, next| source.follow(*next));
        let keys = (relation.keys)().into_iter().map(|(here, there)| {
            let (here, there) = (Node::Column(row, here), Node::Column(item.source, there));
            Node::infix(&["", " = ", ""], Level::Comparison, there, here)
        });
        let filters = keys.collect();
        let mut parts = Parts::from(item);
        parts.filters = filters;
        parts.items = Some(vec![Node::Column(end, column)]);
        Some((parts, end))
    }
}

/// The row that a path begins at, and the relations that it follows from there.
fn take_apart(source: Source) -> Option<(Source, Vec<usize>)> {
    let mut relations = Vec::new();
    let mut row = source;
    while let Some((before, relation)) = row.last_relation() {
        relations.push(relation);
        row = before;
    }
    relations.reverse();
    (!relations.is_empty() && !source.is_too_long()).then_some((row, relations))
}

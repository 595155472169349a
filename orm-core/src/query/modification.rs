//! The untyped parts of a statement that writes, and its text.

use super::delete::DeleteParts;
use super::insert::InsertParts;
use super::merge::MergeParts;
use super::update::UpdateParts;
use super::write::ReturningClause;
use super::{Item, Join, Parts};
use crate::driver::Statement;
use crate::error::Error;
use crate::expr::Source;
use crate::model::Table;
use crate::options::Options;
use crate::sql::{Output, Survey, Writer};

/// An INSERT, UPDATE, DELETE or MERGE: what [`Parts`] is of a SELECT. The typed builders are thin shells over it.
#[derive(Debug, Clone)]
pub struct Modification {
    pub(crate) verb: Verb,
    pub(crate) returning: ReturningClause,
}

#[derive(Debug, Clone)]
pub(crate) enum Verb {
    Insert(InsertParts),
    Update(UpdateParts),
    Delete(DeleteParts),
    Merge(MergeParts),
}

impl Modification {
    /// The table that is written, as the source that `returning` knows it by.
    pub(crate) fn target(&self) -> (Source, &'static Table) {
        match &self.verb {
            Verb::Insert(insert) => (insert.source, insert.table),
            Verb::Update(update) => update.target.named(),
            Verb::Delete(delete) => delete.target.named(),
            Verb::Merge(merge) => (merge.source, merge.table),
        }
    }

    /// What is asked of the statement of its own.
    fn options(&self) -> &Option<Box<Options>> {
        match &self.verb {
            Verb::Insert(insert) => &insert.options,
            Verb::Update(update) => &update.target.rows.options,
            Verb::Delete(delete) => &delete.target.rows.options,
            Verb::Merge(merge) => &merge.options,
        }
    }

    /// The statement of its own.
    pub(crate) fn statement(&self) -> Result<Statement, Error> {
        let mut survey = Survey::default();
        self.survey(&mut survey);
        let operation = match &self.verb {
            Verb::Insert(_) => "INSERT",
            Verb::Update(_) => "UPDATE",
            Verb::Delete(delete) => delete.operation(),
            Verb::Merge(_) => "MERGE",
        };
        let mut writer = Writer::new(operation, self.target().1, survey);
        writer.begin_with_clause();
        self.write(&mut writer);
        let options = self.options().clone();
        writer.finish().map(|statement| Statement { options, ..statement })
    }

    /// What must be known of it before the statement that it is or stands in is written.
    pub(crate) fn survey(&self, survey: &mut Survey) {
        survey.table(self.target().1);
        match &self.verb {
            Verb::Insert(insert) => insert.survey(survey),
            Verb::Update(update) => update.survey(survey),
            Verb::Delete(delete) => delete.survey(survey),
            Verb::Merge(merge) => merge.survey(survey),
        }
        survey.nodes(self.returning.nodes());
    }

    /// Its text, wherever it stands. Its sources are in scope for it alone.
    pub(crate) fn write(&self, writer: &mut Writer) {
        let outer = writer.scope.open(self.target().1);
        if matches!(self.verb, Verb::Insert(_) | Verb::Merge(_)) {
            writer.end_with_clause();
        }
        match &self.verb {
            Verb::Insert(insert) => insert.write(writer),
            Verb::Update(update) => update.write(writer),
            Verb::Delete(delete) => delete.write(writer),
            Verb::Merge(merge) => merge.write(writer),
        }
        let (source, table) = self.target();
        self.returning.write(writer, source, table);
        writer.scope.close(outer);
    }

    /// The names of what it returns.
    pub(crate) fn outputs(&self) -> Vec<Output> {
        let (source, table) = self.target();
        let mut parts = Parts::new(table);
        parts.from.source = source;
        if let ReturningClause::Items(items) = &self.returning {
            parts.items = Some(items.clone());
        }
        let joined = match &self.verb {
            Verb::Insert(_) | Verb::Merge(_) => &[],
            Verb::Update(update) => update.target.using.as_slice(),
            Verb::Delete(delete) => delete.target.using.as_slice(),
        };
        parts.joins = joined.iter().cloned().map(Join::cross).collect();
        parts.outputs()
    }
}

impl Join {
    /// `CROSS JOIN item`
    fn cross(item: Item) -> Self {
        Self {
            kind: super::from::JoinKind::Cross,
            item,
            on: None,
        }
    }
}

#[cfg(test)]
mod tests;

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
use crate::sql::{Node, Output, SourceMap, Survey, Writer};

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

    /// The statement of its own.
    pub(crate) fn statement(&self) -> Result<Statement, Error> {
        let mut survey = Survey::default();
        self.survey(&mut survey);
        let operation = match &self.verb {
            Verb::Insert(_) => "INSERT",
            Verb::Update(_) => "UPDATE",
            Verb::Delete(_) => "DELETE",
            Verb::Merge(_) => "MERGE",
        };
        let mut writer = Writer::new(operation, self.target().1, survey);
        writer.begin_with_clause();
        self.write(&mut writer);
        writer.finish()
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

    /// How deep its expressions are nested.
    pub(crate) fn depth(&self) -> u16 {
        let verb = match &self.verb {
            Verb::Insert(insert) => insert.depth(),
            Verb::Update(update) => update.depth(),
            Verb::Delete(delete) => delete.depth(),
            Verb::Merge(merge) => merge.depth(),
        };
        deepest(self.returning.nodes()).max(verb)
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

    /// The same over other sources.
    pub(crate) fn map_sources(&self, map: SourceMap<'_>) -> Self {
        Self {
            verb: match &self.verb {
                Verb::Insert(insert) => Verb::Insert(insert.map_sources(map)),
                Verb::Update(update) => Verb::Update(update.map_sources(map)),
                Verb::Delete(delete) => Verb::Delete(delete.map_sources(map)),
                Verb::Merge(merge) => Verb::Merge(merge.map_sources(map)),
            },
            returning: match &self.returning {
                ReturningClause::Items(items) => {
                    ReturningClause::Items(items.iter().map(|item| item.map_sources(map)).collect())
                }
                other => other.clone(),
            },
        }
    }

    /// The sources that it brings into scope.
    pub(crate) fn roots(&self) -> Vec<Source> {
        match &self.verb {
            Verb::Insert(insert) => insert.roots(),
            Verb::Update(update) => update.target.roots(),
            Verb::Delete(delete) => delete.target.roots(),
            Verb::Merge(merge) => merge.roots(),
        }
    }
}

pub(crate) fn deepest<'n>(nodes: impl IntoIterator<Item = &'n Node>) -> u16 {
    nodes.into_iter().map(Node::depth).max().unwrap_or(0)
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

//! `UPDATE` by query.

use std::fmt;
use std::marker::PhantomData;

use super::modification::{Modification, Verb};
use super::parts::Parts;
use super::target::Target;
use super::write::{ReturningClause, Write};
use super::{InScope, InScopeOf};
use crate::error::{Error, ErrorKind};
use crate::expr::{Assign, Setting, Source};
use crate::model::{FieldsOf, Table, TableModel};
use crate::options::{Options, Tune};
use crate::sql::{Node, SourceMap, Survey, Writer, fresh};

/// An update of the rows of `M` that a query finds; `R` is what they were joined with, beside `M` itself. Run it by
/// [`Write`]'s methods.
#[must_use = "an update does nothing until it is run, by `.execute(&db)` for instance"]
pub struct Update<M: TableModel, R: InScope = M> {
    parts: UpdateParts,
    scope: InScopeOf<R>,
    marker: PhantomData<fn() -> M>,
}

/// An UPDATE.
#[derive(Debug, Clone)]
pub(crate) struct UpdateParts {
    pub(crate) target: Target,
    settings: Vec<Setting>,
}

impl<M: TableModel> Update<M> {
    pub(crate) fn new(rows: Parts, scope: FieldsOf<M>, assignments: Vec<Assign<M>>) -> Self {
        Self::joined(Target::new(rows.of_table(M::TABLE)), scope, assignments)
    }
}

impl<M: TableModel, R: InScope> Update<M, R> {
    pub(crate) fn joined(target: Target, scope: InScopeOf<R>, assignments: Vec<Assign<M>>) -> Self {
        let settings = assignments.into_iter().map(Assign::into_setting).collect();
        Self {
            parts: UpdateParts::new(target, settings),
            scope,
            marker: PhantomData,
        }
    }

    /// Says that every row is meant: without a filter it is refused otherwise.
    pub fn all_rows(mut self) -> Self {
        self.parts.target.rows.all_rows = true;
        self
    }

    pub(crate) fn is_empty(&self) -> bool {
        self.parts.settings.is_empty()
    }
}

impl<M: TableModel, R: InScope> Tune for Update<M, R> {
    fn options_mut(&mut self) -> &mut Options {
        self.parts.target.rows.options.get_or_insert_default()
    }
}

impl<M: TableModel, R: InScope> Write for Update<M, R> {
    type Model = M;
    type Rows = R;

    fn into_modification(self, returning: ReturningClause) -> Option<Modification> {
        let nothing = self.is_empty();
        let verb = Verb::Update(self.parts);
        (!nothing).then_some(Modification { verb, returning })
    }

    fn scope(&self) -> InScopeOf<R> {
        self.scope
    }
}

/// A copy has sources of its own, so that it can stand beside the original.
impl<M: TableModel, R: InScope> Clone for Update<M, R> {
    fn clone(&self) -> Self {
        let map = fresh(self.parts.target.roots());
        Self {
            parts: self.parts.map_sources(&map),
            scope: R::map_sources(self.scope, &map),
            marker: PhantomData,
        }
    }
}

impl<M: TableModel, R: InScope> fmt::Debug for Update<M, R> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Update<{}>", M::TABLE.model)
    }
}

impl UpdateParts {
    pub(crate) fn new(target: Target, settings: Vec<Setting>) -> Self {
        Self { target, settings }
    }

    pub(crate) fn survey(&self, survey: &mut Survey) {
        self.target.survey(survey);
        survey.nodes(self.settings.iter().map(|setting| &setting.value));
    }

    pub(crate) fn map_sources(&self, map: SourceMap<'_>) -> Self {
        Self {
            target: self.target.map_sources(map),
            settings: map_settings(&self.settings, map),
        }
    }

    pub(crate) fn write(&self, writer: &mut Writer) {
        self.target.check_all_rows(writer, "update");
        let picked = self.target.is_picked();
        self.target.write_picked(writer, picked, " FOR NO KEY UPDATE");
        write_update(writer, &self.target, picked, &self.settings);
    }
}

/// `UPDATE table SET … FROM … WHERE …`
pub(crate) fn write_update(writer: &mut Writer, target: &Target, picked: bool, settings: &[Setting]) {
    writer.push("UPDATE ");
    target.write_name(writer, picked);
    writer.push(" SET ");
    let (source, table) = target.named();
    write_settings(writer, settings, table, source);
    target.write_using(writer, picked, " FROM ");
    target.write_where(writer, picked);
}

pub(crate) fn map_settings(settings: &[Setting], map: SourceMap<'_>) -> Vec<Setting> {
    let mapped = settings.iter().map(|setting| Setting {
        column: setting.column,
        value: setting.value.map_sources(map),
    });
    mapped.collect()
}

/// `"a" = …, "b" = …`, and the version counted up.
pub(crate) fn write_settings(writer: &mut Writer, settings: &[Setting], table: &'static Table, source: Source) {
    for (index, setting) in settings.iter().enumerate() {
        if index > 0 {
            writer.push(", ");
        }
        let mut earlier = settings[..index].iter();
        if earlier.any(|earlier| earlier.column.name == setting.column.name) {
            writer.fail(Error::new(
                ErrorKind::InvalidQuery,
                format!("`{}` is set twice in one update", setting.column.field),
            ));
        }
        writer.name(setting.column.name);
        writer.push(" = ");
        writer.node(&setting.value);
    }
    if let Some(version) = table.version.and_then(|name| table.column(name)) {
        if !settings.is_empty() {
            writer.push(", ");
        }
        writer.name(version.name);
        writer.push(" = ");
        writer.node(&Node::Column(source, version));
        writer.push(" + 1");
    }
}

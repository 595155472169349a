//! `INSERT` of one row.

use std::fmt;
use std::marker::PhantomData;

use super::Parts;
use super::modification::{Modification, Verb};
use super::on_conflict::{Conflict, ConflictClause, InsertOrNothing};
use super::write::{ReturningClause, Write};
use crate::driver::{Param, Statement};
use crate::error::Error;
use crate::expr::Source;
use crate::model::{Fields, FieldsOf, Generation, Insertable, Table, TableModel, UniqueKey};
use crate::options::{Options, Tune};
use crate::sql::{Alias, Node, Survey, Writer};

/// An insert of one row. Run it by [`Write`]'s methods: `.one(&db)` gives the row as it was stored.
#[must_use = "an insert does nothing until it is run, by `.one(&db)` for instance"]
pub struct Insert<M: TableModel> {
    values: Vec<(usize, Param)>,
    /// Whether the columns are just those of `NewX`, so that the constant statement fits.
    plain: bool,
    source: Source,
    conflict: Option<ConflictClause>,
    options: Option<Box<Options>>,
    marker: PhantomData<fn() -> M>,
}

impl<M: TableModel> Insert<M> {
    pub(crate) fn new<I: Insertable<Model = M>>(row: &I) -> Self {
        let values = (0..M::TABLE.columns.len())
            .filter(|&column| row.gives(column))
            .map(|column| {
                let ty = M::TABLE.columns[column].ty;
                (column, Param::encode(ty, |out| row.put(column, out)))
            })
            .chain(M::TABLE.tenant_value())
            .collect();
        Self {
            values,
            plain: !I::VARIES && M::TABLE.tenant.is_none(),
            source: Source::new(),
            conflict: None,
            options: None,
            marker: PhantomData,
        }
    }

    /// `ON CONFLICT (key)`: what to do if the unique key exists already. The closure's argument holds the model's
    /// unique keys only, so nothing else can be named.
    pub fn on_conflict(self, key: impl FnOnce(M::Keys) -> UniqueKey) -> Conflict<Self> {
        Conflict::new(self, key(M::Keys::default()))
    }

    /// `ON CONFLICT DO NOTHING`: if a row is there already by any of the unique keys, the insert gives `None`.
    pub fn on_conflict_do_nothing(self) -> InsertOrNothing<M> {
        InsertOrNothing::new(self.with_conflict(ConflictClause::any_key()))
    }

    pub(crate) fn with_conflict(mut self, conflict: ConflictClause) -> Self {
        self.conflict = Some(conflict);
        self
    }

    pub(crate) fn source(&self) -> Source {
        self.source
    }

    fn const_statement(self) -> Statement {
        Statement {
            text: M::INSERT.into(),
            params: self.values.into_iter().map(|(_, param)| param).collect(),
            operation: "INSERT",
            table: Some(M::TABLE),
            place: None,
            only_reads: false,
            options: self.options,
        }
    }
}

impl<M: TableModel> Tune for Insert<M> {
    fn options_mut(&mut self) -> &mut Options {
        self.options.get_or_insert_default()
    }
}

impl<M: TableModel> Write for Insert<M> {
    type Model = M;
    type Rows = M;

    fn into_modification(self, returning: ReturningClause) -> Option<Modification> {
        let values = self.values.into_iter();
        let (columns, values) = values.map(|(column, param)| (column, Node::param(param))).unzip();
        let verb = Verb::Insert(InsertParts {
            source: self.source,
            table: M::TABLE,
            columns,
            rows: InsertRows::Values(values),
            conflict: self.conflict,
            options: self.options,
        });
        Some(Modification { verb, returning })
    }

    fn scope(&self) -> FieldsOf<M> {
        FieldsOf::<M>::at(self.source)
    }

    fn into_statement(self, returning: ReturningClause) -> Result<Option<Statement>, Error> {
        if self.plain && self.conflict.is_none() && matches!(returning, ReturningClause::Model) {
            return Ok(Some(self.const_statement()));
        }
        let parts = self.into_modification(returning);
        parts.as_ref().map(Modification::statement).transpose()
    }
}

/// An INSERT.
#[derive(Debug, Clone)]
pub(crate) struct InsertParts {
    pub(crate) source: Source,
    pub(crate) table: &'static Table,
    /// Positions among the table's columns.
    pub(crate) columns: Vec<usize>,
    pub(crate) rows: InsertRows,
    pub(crate) conflict: Option<ConflictClause>,
    pub(crate) options: Option<Box<Options>>,
}

/// What is inserted: as many values as there are columns.
#[derive(Debug, Clone)]
pub(crate) enum InsertRows {
    /// One row.
    Values(Vec<Node>),
    /// What a query gives.
    Select(Box<Parts>),
}

impl InsertParts {
    pub(crate) fn survey(&self, survey: &mut Survey) {
        match &self.rows {
            InsertRows::Values(values) => survey.nodes(values),
            InsertRows::Select(parts) => survey.parts(parts),
        }
        if let Some(conflict) = &self.conflict {
            conflict.survey(survey);
        }
    }

    pub(crate) fn write(&self, writer: &mut Writer) {
        write_into(writer, self.source, self.table, &self.columns, self.conflict.as_ref());
        match &self.rows {
            InsertRows::Values(values) if values.is_empty() => writer.push(" DEFAULT VALUES"),
            InsertRows::Values(values) => {
                writer.push(" VALUES (");
                writer.list(values);
                writer.push(")");
            }
            InsertRows::Select(parts) => {
                writer.push(" ");
                parts.write(writer);
            }
        }
        if let Some(conflict) = &self.conflict {
            conflict.write(writer, self.source, self.table);
        }
    }
}

/// What the clauses behind the rows hold.
pub(crate) fn survey_clauses(conflict: Option<&ConflictClause>, returning: &ReturningClause) -> Survey {
    let mut survey = Survey::default();
    if let Some(conflict) = conflict {
        conflict.survey(&mut survey);
    }
    survey.nodes(returning.nodes());
    survey
}

/// `INSERT INTO table (columns)`
pub(crate) fn write_into(
    writer: &mut Writer,
    source: Source,
    table: &'static Table,
    columns: &[usize],
    conflict: Option<&ConflictClause>,
) {
    writer.push("INSERT INTO ");
    writer.table(table);
    if conflict.is_some() || writer.survey.several {
        // Beside `excluded` and sub-selects the table's own columns need a name.
        writer.push(" AS target");
        writer.bring(source, table, Alias::Fixed("target"));
    } else {
        writer.bring(source, table, Alias::None);
    }
    if let Some(conflict) = conflict {
        conflict.bring(writer, table);
    }
    write_columns(writer, table, columns);
}

/// ` (columns)`, with `OVERRIDING SYSTEM VALUE` if one of them is an identity ALWAYS; nothing without columns.
pub(crate) fn write_columns(writer: &mut Writer, table: &'static Table, columns: &[usize]) {
    if columns.is_empty() {
        return;
    }
    writer.push(" (");
    writer.names(columns.iter().map(|&column| table.columns[column].name));
    writer.push(")");
    if overrides(table, columns) {
        writer.push(" OVERRIDING SYSTEM VALUE");
    }
}

fn overrides(table: &Table, columns: &[usize]) -> bool {
    columns
        .iter()
        .any(|&column| table.columns[column].generation == Generation::IdentityAlways)
}

impl<M: TableModel> fmt::Debug for Insert<M> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Insert<{}>", M::TABLE.model)
    }
}

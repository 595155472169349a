//! `INSERT` of one row.

use std::fmt;
use std::marker::PhantomData;

use super::on_conflict::{Conflict, ConflictClause};
use super::write::{ReturningClause, Write};
use crate::driver::{Param, Statement};
use crate::error::Error;
use crate::expr::Source;
use crate::model::{Generation, Insertable, Table, TableModel, UniqueKey};
use crate::sql::{Alias, Survey, Writer};

/// An insert of one row. Run it by [`Write`]'s methods: `.one(&db)` gives the row as it was stored.
#[must_use = "an insert does nothing until it is run, by `.one(&db)` for instance"]
pub struct Insert<M: TableModel> {
    values: Vec<(usize, Param)>,
    /// Whether the columns are just those of `NewX`, so that the constant statement fits.
    plain: bool,
    source: Source,
    conflict: Option<ConflictClause<M>>,
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
            .collect();
        Self {
            values,
            plain: !I::VARIES,
            source: Source::new(),
            conflict: None,
            marker: PhantomData,
        }
    }

    /// `ON CONFLICT (key)`: what to do if the unique key exists already. The closure's argument holds the model's
    /// unique keys only, so nothing else can be named.
    pub fn on_conflict(self, key: impl FnOnce(M::Keys) -> UniqueKey) -> Conflict<Self> {
        Conflict::new(self, key(M::Keys::default()))
    }

    pub(crate) fn with_conflict(mut self, conflict: ConflictClause<M>) -> Self {
        self.conflict = Some(conflict);
        self
    }

    fn const_statement(self) -> Statement {
        Statement {
            text: M::INSERT.into(),
            params: self.values.into_iter().map(|(_, param)| param).collect(),
            operation: "INSERT",
            table: Some(M::TABLE),
        }
    }
}

impl<M: TableModel> Write for Insert<M> {
    type Model = M;

    fn into_statement(self, returning: ReturningClause) -> Result<Option<Statement>, Error> {
        if self.plain && self.conflict.is_none() && matches!(returning, ReturningClause::Model) {
            return Ok(Some(self.const_statement()));
        }
        let table = M::TABLE;
        let mut writer = Writer::new("INSERT", table, survey(self.conflict.as_ref(), &returning));
        let columns: Vec<usize> = self.values.iter().map(|(column, _)| *column).collect();
        write_into(&mut writer, self.source, table, &columns, self.conflict.as_ref());
        if columns.is_empty() {
            writer.push(" DEFAULT VALUES");
        } else {
            writer.push(" VALUES (");
            for (index, (_, param)) in self.values.into_iter().enumerate() {
                if index > 0 {
                    writer.push(", ");
                }
                writer.param(param);
            }
            writer.push(")");
        }
        if let Some(conflict) = &self.conflict {
            conflict.write(&mut writer, self.source);
        }
        returning.write(&mut writer, self.source, table);
        writer.finish().map(Some)
    }

    fn source(&self) -> Source {
        self.source
    }
}

/// What the clauses behind the values hold.
pub(crate) fn survey<M: TableModel>(conflict: Option<&ConflictClause<M>>, returning: &ReturningClause) -> Survey {
    let mut survey = Survey::default();
    if let Some(conflict) = conflict {
        survey.nodes(conflict.nodes());
    }
    survey.nodes(returning.nodes());
    survey
}

/// `INSERT INTO table (columns)`, with `OVERRIDING SYSTEM VALUE` if one of them is an identity ALWAYS.
pub(crate) fn write_into<M: TableModel>(
    writer: &mut Writer,
    source: Source,
    table: &'static Table,
    columns: &[usize],
    conflict: Option<&ConflictClause<M>>,
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
        conflict.bring(writer);
    }
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

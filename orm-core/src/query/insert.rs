//! `INSERT` of one row.

use std::fmt;
use std::marker::PhantomData;

use super::on_conflict::{Conflict, ConflictClause};
use super::write::{Body, ReturningClause, Write, WriteBody};
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
        let body = self.into_body(returning)?;
        body.as_ref().map(WriteBody::statement).transpose()
    }

    fn into_body(self, returning: ReturningClause) -> Result<Option<WriteBody>, Error> {
        let insert = self;
        Ok(Some(WriteBody::new(
            "INSERT",
            M::TABLE,
            InsertBody { insert, returning },
        )))
    }

    fn source(&self) -> Source {
        self.source
    }
}

struct InsertBody<M: TableModel> {
    insert: Insert<M>,
    returning: ReturningClause,
}

impl<M: TableModel> Body for InsertBody<M> {
    fn survey(&self, whole: &mut Survey) {
        survey(whole, self.insert.conflict.as_ref(), &self.returning);
    }

    fn write(&self, writer: &mut Writer) {
        let Insert {
            values,
            source,
            conflict,
            ..
        } = &self.insert;
        let columns: Vec<usize> = values.iter().map(|(column, _)| *column).collect();
        writer.end_with_clause();
        write_into(writer, *source, M::TABLE, &columns, conflict.as_ref());
        if columns.is_empty() {
            writer.push(" DEFAULT VALUES");
        } else {
            writer.push(" VALUES (");
            for (index, (_, param)) in values.iter().enumerate() {
                if index > 0 {
                    writer.push(", ");
                }
                writer.param(param.clone());
            }
            writer.push(")");
        }
        if let Some(conflict) = conflict {
            conflict.write(writer, *source);
        }
        self.returning.write(writer, *source, M::TABLE);
    }
}

/// What the clauses behind the values hold.
pub(crate) fn survey<M: TableModel>(
    survey: &mut Survey,
    conflict: Option<&ConflictClause<M>>,
    returning: &ReturningClause,
) {
    if let Some(conflict) = conflict {
        survey.nodes(conflict.nodes());
    }
    survey.nodes(returning.nodes());
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

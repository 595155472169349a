//! `INSERT` of many rows: one `UNNEST` statement, or COPY where that is faster and nothing is returned.
//!
//! Measured on PostgreSQL 15, 10,000 rows of 5 columns: multi-row VALUES 27–41 ms, UNNEST 8–16 ms, COPY 6.5–8 ms.

mod groups;

use std::fmt;
use std::future::Future;
use std::marker::PhantomData;
use std::panic::Location;
use std::sync::Arc;

use groups::{Group, unnests};

use super::cte::{CteBody, CteId, WriteMany};
use super::fetch::{execute, fetch_all};
use super::insert::{survey_clauses, write_into};
use super::on_conflict::{Conflict, ConflictClause};
use super::write::ReturningClause;
use super::{Cte, InScope, Parts};
use crate::copy::{CopyRows, CopyTarget};
use crate::driver::{Executor, Param, Statement};
use crate::error::{Error, ErrorKind};
use crate::expr::Source;
use crate::model::{Insertable, IntoInsert, TableModel, UniqueKey};
use crate::options::{Options, Tune};
use crate::sql::{Node, Survey, Writer};
use crate::types::{Buffer, FromRow, IsNull, PgType, ValueError, encode_array};

/// Above this number of rows COPY is faster than UNNEST.
const COPY_FROM: usize = 5_000;

/// An insert of many rows, atomic whatever their number.
///
/// NULLs and defaults are right row by row: rows that give different columns are grouped, and each group is a statement
/// of its own in one transaction. No rows send nothing.
///
/// Inside a transaction of yours a batch that the server refuses aborts the transaction, as every statement does: to go on
/// after a failure, run it in a savepoint (`tx.transaction(…)`). A value that cannot be sent leaves it as it was.
#[must_use = "an insert does nothing until it is run, by `.execute(&db)` for instance"]
pub struct InsertMany<M: TableModel> {
    rows: Box<dyn Rows>,
    source: Source,
    conflict: Option<ConflictClause>,
    copy: Option<bool>,
    /// Where it is run.
    place: Option<&'static Location<'static>>,
    options: Option<Box<Options>>,
    marker: PhantomData<fn() -> M>,
}

/// Rows of one type, erased: the batch code is compiled once.
pub(crate) trait Rows: Send + Sync {
    fn len(&self) -> usize;
    fn varies(&self) -> bool;
    fn gives(&self, row: usize, column: usize) -> bool;
    fn put(&self, row: usize, column: usize, out: &mut Buffer) -> Result<IsNull, ValueError>;
    /// The column of some rows as one array.
    fn put_array(
        &self,
        rows: &[u32],
        column: usize,
        ty: &'static PgType,
        out: &mut Buffer,
    ) -> Result<IsNull, ValueError>;
}

impl<I: Insertable> Rows for Vec<I> {
    fn len(&self) -> usize {
        Vec::len(self)
    }

    fn varies(&self) -> bool {
        I::VARIES
    }

    fn gives(&self, row: usize, column: usize) -> bool {
        self[row].gives(column)
    }

    fn put(&self, row: usize, column: usize, out: &mut Buffer) -> Result<IsNull, ValueError> {
        self[row].put(column, out)
    }

    fn put_array(
        &self,
        rows: &[u32],
        column: usize,
        ty: &'static PgType,
        out: &mut Buffer,
    ) -> Result<IsNull, ValueError> {
        encode_array(ty, rows.iter(), |&row, out| self[row as usize].put(column, out), out)
    }
}

impl<M: TableModel> Tune for InsertMany<M> {
    fn options_mut(&mut self) -> &mut Options {
        self.options.get_or_insert_default()
    }
}

impl<M: TableModel> InsertMany<M> {
    pub(crate) fn new<I: IntoInsert<M>>(rows: impl IntoIterator<Item = I>) -> Self {
        Self::of_rows(rows.into_iter().map(IntoInsert::into_row).collect())
    }

    pub(crate) fn of_rows<I: Insertable<Model = M>>(rows: Vec<I>) -> Self {
        Self {
            rows: Box::new(rows),
            source: Source::new(),
            conflict: None,
            copy: None,
            place: None,
            options: None,
            marker: PhantomData,
        }
    }

    /// `ON CONFLICT (key)`: what to do with rows whose unique key exists already.
    pub fn on_conflict(self, key: impl FnOnce(M::Keys) -> UniqueKey) -> Conflict<Self> {
        Conflict::new(self, key(M::Keys::default()))
    }

    /// `ON CONFLICT DO NOTHING`: rows that are there already by any of the unique keys are left out.
    pub fn on_conflict_do_nothing(self) -> Self {
        self.with_conflict(ConflictClause::any_key())
    }

    /// Uses COPY (`true`) or never uses it (`false`); by default [`execute`](Self::execute) uses it from 5,000 rows on.
    ///
    /// It has no effect on what COPY cannot do: upserts, returned rows, composites and arrays of enums, columns whose
    /// type in the database is not the model's, and roles under row-level security, which COPY FROM refuses.
    pub fn copy(mut self, copy: bool) -> Self {
        self.copy = Some(copy);
        self
    }

    pub(crate) fn source(&self) -> Source {
        self.source
    }

    pub(crate) fn with_conflict(mut self, conflict: ConflictClause) -> Self {
        self.conflict = Some(conflict);
        self
    }

    /// For the line of the program at `place`.
    pub(super) fn at(mut self, place: &'static Location<'static>) -> Self {
        self.place = Some(place);
        self
    }

    /// Inserts the rows; gives their number (without those that `do_nothing` left out).
    ///
    /// # Errors
    /// As [`Write`](super::Write) says; nothing is stored then.
    #[track_caller]
    pub fn execute(mut self, db: &dyn Executor) -> impl Future<Output = Result<u64, Error>> + Send {
        self.place = Some(Location::caller());
        self.execute_here(db)
    }

    pub(super) async fn execute_here(self, db: &dyn Executor) -> Result<u64, Error> {
        let groups = self.groups();
        // The values of a scope come when a statement is sent, and a COPY is none.
        let copy = M::TABLE.tenant.is_none() && self.uses_copy(&groups, db).await?;
        match groups.as_slice() {
            [] => Ok(0),
            [group] if copy || group.fits_one_statement(M::TABLE) => self.store(group, copy, db).await,
            groups if db.is_transaction() => self.store_all(groups, copy, db).await,
            groups => {
                let transaction = db.begin().await?;
                let stored = self.store_all(groups, copy, &transaction).await?;
                transaction.commit().await?;
                Ok(stored)
            }
        }
    }

    /// Inserts the rows; gives them as they were stored, in the order in which they were given (without those that
    /// `do_nothing` left out).
    ///
    /// # Errors
    /// As [`Write`](super::Write) says; nothing is stored then.
    #[track_caller]
    pub fn all(mut self, db: &dyn Executor) -> impl Future<Output = Result<Vec<M>, Error>> + Send {
        self.place = Some(Location::caller());
        self.all_here(db)
    }

    pub(super) async fn all_here(self, db: &dyn Executor) -> Result<Vec<M>, Error> {
        self.all_returning(&ReturningClause::Model, db).await
    }

    pub(crate) async fn all_returning<R: FromRow>(
        self,
        returning: &ReturningClause,
        db: &dyn Executor,
    ) -> Result<Vec<R>, Error> {
        let groups = self.groups();
        match groups.as_slice() {
            [] => Ok(Vec::new()),
            [group] if group.fits_one_statement(M::TABLE) => {
                let statement = self.statement(group, &group.rows, returning.clone());
                fetch_all(statement, db).await
            }
            groups if db.is_transaction() => self.all_in(groups, returning, db).await,
            groups => {
                let transaction = db.begin().await?;
                let rows = self.all_in(groups, returning, &transaction).await?;
                transaction.commit().await?;
                Ok(rows)
            }
        }
    }

    async fn all_in<R: FromRow>(
        &self,
        groups: &[Group],
        returning: &ReturningClause,
        db: &dyn Executor,
    ) -> Result<Vec<R>, Error> {
        let mut stored: Vec<(u32, R)> = Vec::with_capacity(self.rows.len());
        let mut complete = true;
        for (rows, statement) in self.statements(groups, || returning.clone())? {
            let models: Vec<R> = fetch_all(Ok(statement), db).await?;
            complete &= models.len() == rows.len();
            stored.extend(rows.iter().copied().zip(models));
        }
        // Rows that were left out leave no trace of which they were, so then the order is the statements'.
        if complete {
            stored.sort_by_key(|(row, _)| *row);
        }
        Ok(stored.into_iter().map(|(_, model)| model).collect())
    }

    /// The rows by the columns that they give, in order of first appearance.
    fn groups(&self) -> Vec<Group> {
        let count = M::TABLE.columns.len();
        let columns_of =
            |row: usize| -> Vec<usize> { (0..count).filter(|&column| self.rows.gives(row, column)).collect() };
        let rows = self.rows.len();
        if rows == 0 {
            return Vec::new();
        }
        if !self.rows.varies() {
            return vec![Group {
                columns: columns_of(0),
                rows: (0..rows as u32).collect(),
            }];
        }
        let mut groups: Vec<Group> = Vec::new();
        for row in 0..rows {
            let columns = columns_of(row);
            match groups.iter_mut().find(|group| group.columns == columns) {
                Some(group) => group.rows.push(row as u32),
                None => groups.push(Group {
                    columns,
                    rows: vec![row as u32],
                }),
            }
        }
        groups
    }

    async fn uses_copy(&self, groups: &[Group], db: &dyn Executor) -> Result<bool, Error> {
        let wanted = self.copy.unwrap_or(self.rows.len() >= COPY_FROM);
        let mut given = groups
            .iter()
            .map(|group| group.columns.as_slice())
            .filter(|columns| !columns.is_empty());
        let holds_oids = |columns: &[usize]| columns.iter().any(|&column| M::TABLE.columns[column].ty.holds_oids());
        if !wanted || self.conflict.is_some() || given.clone().next().is_none() || given.clone().any(holds_oids) {
            return Ok(false);
        }
        let target = CopyTarget::ask(M::TABLE, self.place, db).await?;
        Ok(given.all(|columns| target.takes(M::TABLE, columns)))
    }

    /// The groups one after another, in a transaction. A statement that the server refuses undoes those before it; a
    /// value that cannot be sent would not, so it is looked for first.
    async fn store_all(&self, groups: &[Group], copy: bool, db: &dyn Executor) -> Result<u64, Error> {
        let mut stored = 0;
        if copy {
            for group in groups {
                stored += self.store(group, copy, db).await?;
            }
        } else {
            for (_, statement) in self.statements(groups, || ReturningClause::Nothing)? {
                stored += execute(Ok(statement), db).await?;
            }
        }
        Ok(stored)
    }

    /// All statements with the rows of each, none of which has a value that cannot be sent.
    fn statements<'g>(
        &self,
        groups: &'g [Group],
        returning: impl Fn() -> ReturningClause,
    ) -> Result<Vec<(&'g [u32], Statement)>, Error> {
        let pieces = groups
            .iter()
            .flat_map(|group| group.chunks(M::TABLE).map(move |rows| (group, rows)));
        pieces
            .map(|(group, rows)| {
                let statement = self.statement(group, rows, returning())?;
                statement.check_values()?;
                Ok((rows, statement))
            })
            .collect()
    }

    async fn store(&self, group: &Group, copy: bool, db: &dyn Executor) -> Result<u64, Error> {
        if copy && !group.columns.is_empty() {
            let mut source = CopyRows::new(&*self.rows, &group.rows, &group.columns, M::TABLE).at(self.place);
            return db
                .copy_in(&source.sql(), &mut source)
                .await
                .map_err(|error| error.with_table(Some(M::TABLE)));
        }
        let mut stored = 0;
        for rows in group.chunks(M::TABLE) {
            stored += execute(self.statement(group, rows, ReturningClause::Nothing), db).await?;
        }
        Ok(stored)
    }

    fn statement(&self, group: &Group, rows: &[u32], returning: ReturningClause) -> Result<Statement, Error> {
        let mut writer = Writer::new("INSERT", M::TABLE, survey_clauses(self.conflict.as_ref(), &returning));
        writer.begin_with_clause();
        self.write(&mut writer, &group.columns, rows, &returning);
        let mut statement = writer.finish()?;
        statement.place = self.place;
        statement.options.clone_from(&self.options);
        Ok(statement)
    }

    fn write(&self, writer: &mut Writer, columns: &[usize], rows: &[u32], returning: &ReturningClause) {
        writer.end_with_clause();
        let tenant = M::TABLE.tenant_value();
        let all: Vec<usize> = columns
            .iter()
            .copied()
            .chain(tenant.as_ref().map(|(at, _)| *at))
            .collect();
        write_into(writer, self.source, M::TABLE, &all, self.conflict.as_ref());
        if let (Some((_, value)), true) = (tenant, columns.is_empty()) {
            writer.push(" SELECT ");
            writer.param(value);
            writer.push(" FROM generate_series(1, ");
            writer.param(Param::new(&(rows.len() as i64)));
            writer.push(")");
        } else if columns.is_empty() {
            write_defaults(writer, rows.len());
        } else if unnests(M::TABLE, columns) {
            self.write_unnest(writer, columns, rows);
        } else {
            self.write_values(writer, columns, rows);
        }
        if let Some(conflict) = &self.conflict {
            conflict.write(writer, self.source, M::TABLE);
        }
        returning.write(writer, self.source, M::TABLE);
    }

    /// `WITH … AS (INSERT … RETURNING …)`: as [`Write::cte`](super::Write::cte). The rows must give the same columns and
    /// fit one statement, else the statement that reads it is [`ErrorKind::InvalidQuery`]; no rows give none.
    pub fn cte(self) -> Cte<M> {
        self.cte_returning(ReturningClause::Model)
    }

    pub(crate) fn cte_returning<R: InScope>(self, returning: ReturningClause) -> Cte<R> {
        let mut parts = Parts::new(M::TABLE);
        parts.from.source = self.source;
        if let ReturningClause::Items(items) = &returning {
            parts.items = Some(items.clone());
        }
        let outputs = parts.outputs();
        let mut groups = self.groups();
        let Some(group) = groups.pop() else {
            parts.filters.push(Node::any(Vec::new()));
            return Cte::new(CteId::new(), CteBody::Query(Arc::new(parts)), M::TABLE, outputs);
        };
        let body = match groups.is_empty() && group.fits_one_statement(M::TABLE) {
            true => CteBody::WriteMany(Arc::new(Whole {
                insert: self,
                group,
                returning,
            })),
            false => CteBody::Invalid(
                ErrorKind::InvalidQuery,
                "an insert of many rows in a CTE is one statement: its rows give the same columns, and are not too many"
                    .to_owned(),
            ),
        };
        Cte::new(CteId::new(), body, M::TABLE, outputs)
    }

    /// ` SELECT unnest($1), unnest($2) …`: as many parameters as columns, whatever the number of rows.
    ///
    /// In the list and not in FROM: there each array would first go into a tuplestore of its own (8 to 15 % slower from
    /// 100 rows on), and an array of composites would become as many columns as they have fields.
    fn write_unnest(&self, writer: &mut Writer, columns: &[usize], rows: &[u32]) {
        writer.push(" SELECT ");
        for (index, &column) in columns.iter().enumerate() {
            writer.push(if index == 0 { "unnest(" } else { ", unnest(" });
            let definition = &M::TABLE.columns[column];
            writer.param(Param::encode(&definition.array, |out| {
                self.rows.put_array(rows, column, definition.ty, out)
            }));
            writer.push(")");
        }
        write_tenant(writer, M::TABLE);
    }

    /// ` VALUES ($1, $2), …`: for columns that `unnest` would take apart.
    fn write_values(&self, writer: &mut Writer, columns: &[usize], rows: &[u32]) {
        writer.push(" VALUES ");
        for (index, &row) in rows.iter().enumerate() {
            writer.push(if index == 0 { "(" } else { ", (" });
            for (index, &column) in columns.iter().enumerate() {
                if index > 0 {
                    writer.push(", ");
                }
                let ty = M::TABLE.columns[column].ty;
                writer.param(Param::encode(ty, |out| self.rows.put(row as usize, column, out)));
            }
            write_tenant(writer, M::TABLE);
            writer.push(")");
        }
    }
}

/// `, $n`: the tenant of each row, the last column.
fn write_tenant(writer: &mut Writer, table: &'static crate::model::Table) {
    if let Some((_, value)) = table.tenant_value() {
        writer.push(", ");
        writer.param(value);
    }
}

/// Rows of defaults only: `INSERT` has no form for many of them but a SELECT of no columns.
fn write_defaults(writer: &mut Writer, rows: usize) {
    if rows == 1 {
        writer.push(" DEFAULT VALUES");
        return;
    }
    writer.push(" SELECT FROM generate_series(1, ");
    writer.param(Param::new(&(rows as i64)));
    writer.push(")");
}

/// All rows, as one statement.
struct Whole<M: TableModel> {
    insert: InsertMany<M>,
    group: Group,
    returning: ReturningClause,
}

impl<M: TableModel> WriteMany for Whole<M> {
    fn survey(&self, whole: &mut Survey) {
        whole.table(M::TABLE);
        if let Some(conflict) = &self.insert.conflict {
            conflict.survey(whole);
        }
        whole.nodes(self.returning.nodes());
    }

    fn write(&self, writer: &mut Writer) {
        let outer = writer.scope.open(M::TABLE);
        let Group { columns, rows } = &self.group;
        self.insert.write(writer, columns, rows, &self.returning);
        writer.scope.close(outer);
    }
}

impl<M: TableModel> fmt::Debug for InsertMany<M> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "InsertMany<{}>({} rows)", M::TABLE.model, self.rows.len())
    }
}

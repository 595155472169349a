//! What belongs to rows that the program has already.

use std::fmt;
use std::marker::PhantomData;
use std::panic::Location;

use super::keys::Keys;
use super::run::{To, run_all};
use super::{Items, Level, Load, Rows};
use crate::driver::{Cells, Executor, Param, ResultColumn, Row, RowSink, Statement};
use crate::error::{Error, ErrorKind};
use crate::expr::{Order, Source};
use crate::model::{ColumnDef, Fields, FieldsOf, TableModel};
use crate::query::{Item, Parts};
use crate::sql::{Node, Survey};
use crate::types::builtin;

/// What belongs to each of these rows: `load(&users, |u| u.posts()).all(&db)` gives a `Vec<Vec<Post>>` in the order of the
/// rows, `load(&posts, |p| p.author())` a `Vec<User>`. One statement is sent for it, and one more for each relation to many
/// that is nested in it.
///
/// The rows' keys are those that they hold here, whatever the database holds by now. Columns that only the database knows
/// (generated ones) cannot be named by a filter.
pub fn load<M: TableModel, L: Load>(rows: &[M], relation: impl FnOnce(FieldsOf<M>) -> L) -> LoadRows<L::Value> {
    let source = Source::new();
    let mut items = Items::default();
    let slot = relation(Fields::at(source)).into_slot(&mut items);
    let columns = needed::<M>(source, &items);
    let mut keys = Keys::new(columns.iter().map(|column| (0, *column)).collect());
    let mut failed = None;
    for row in rows {
        match cells(row, &columns) {
            Ok(cells) => keys.push_cells(cells.iter().map(|cell| cell.as_deref())),
            Err(error) => failed = failed.or(Some(error)),
        }
    }
    LoadRows {
        rows: rows.len(),
        source,
        table: M::TABLE,
        columns,
        keys,
        items,
        level: Box::new(Rows::new(slot)),
        failed,
        marker: PhantomData,
    }
}

/// What belongs to rows that the program has already: made by [`load`].
#[must_use = "it does nothing until it is run, by `.all(&db)`"]
pub struct LoadRows<T> {
    rows: usize,
    source: Source,
    table: &'static crate::model::Table,
    columns: Vec<&'static ColumnDef>,
    keys: Keys,
    items: Items,
    level: Box<dyn Level<T>>,
    failed: Option<Error>,
    marker: PhantomData<fn() -> T>,
}

impl<T: Send + 'static> LoadRows<T> {
    /// What belongs to each row, in the order of the rows.
    ///
    /// # Errors
    /// The server's, the driver's, or a row that the Rust type cannot hold; [`ErrorKind::NotFound`] where a relation to one
    /// leads to a row that is not there any more.
    #[track_caller]
    pub fn all(mut self, db: &dyn Executor) -> impl Future<Output = Result<Vec<T>, Error>> + Send {
        let place = Some(Location::caller());
        async move {
            if let Some(failed) = self.failed.take() {
                return Err(failed);
            }
            self.items.check_end()?;
            let connection = db.one_connection().await?;
            let to = To {
                db: connection.as_deref().unwrap_or(db),
                place,
            };
            match self.items.nodes.iter().all(|node| self.is_known(node)) {
                true => self.read_known()?,
                false => self.read(to).await?,
            }
            let mut below = Vec::new();
            self.level.loads(&mut below);
            run_all(below, to).await?;
            Ok(self.level.finish())
        }
    }

    fn is_known(&self, node: &Node) -> bool {
        matches!(node, Node::Column(source, _) if *source == self.source)
    }

    /// Only keys are needed, and the rows have them.
    fn read_known(&mut self) -> Result<(), Error> {
        let places: Vec<Option<usize>> = self.items.nodes.iter().map(|node| self.place(node)).collect();
        for chunk in self.keys.take() {
            let mut result = Ok(());
            chunk.each(|cells| {
                let row: Vec<Option<&[u8]>> = places.iter().map(|at| at.and_then(|at| cells[at])).collect();
                let read = self.level.read(&Row::new(&Known(row)));
                if result.is_ok() {
                    result = read;
                }
            });
            result?;
        }
        Ok(())
    }

    /// Which of the known columns an item is.
    fn place(&self, node: &Node) -> Option<usize> {
        let Node::Column(_, named) = node else { return None };
        self.columns.iter().position(|column| column.name == named.name)
    }

    /// Rows that relations to one lead to are read by the keys that the rows here hold.
    async fn read(&mut self, to: To<'_>) -> Result<(), Error> {
        let mut found = 0;
        for chunk in self.keys.take() {
            let params = self.keys.params(&chunk)?;
            let statement = self
                .statement(params)
                .map_err(|error| error.with_table(Some(self.table)))?;
            let mut sink = Sink {
                items: &self.items,
                level: &mut *self.level,
                found: &mut found,
            };
            let sent = to.db.run(&statement, &mut sink).await;
            sent.map_err(|error| error.with_table(Some(self.table)))?;
        }
        if found == self.rows {
            return Ok(());
        }
        Err(Error::new(
            ErrorKind::NotFound,
            "a row that a relation to one leads to is not there (any more)",
        )
        .with_table(Some(self.table)))
    }

    fn statement(&self, params: Vec<Param>) -> Result<Statement, Error> {
        let given = Item::known(self.source, &self.columns, self.table, params);
        let number = given.number(self.columns.len());
        let mut parts = Parts::from(given);
        parts.order = vec![Order::by(number.clone(), builtin::INT8, false, false)];
        parts.items = Some(self.items.nodes.iter().cloned().chain([number]).collect());
        parts.statement()
    }
}

/// The columns of the rows that a load needs: those that are named, and the keys of relations that are followed.
fn needed<M: TableModel>(source: Source, items: &Items) -> Vec<&'static ColumnDef> {
    let mut survey = Survey {
        of: Some((source, Vec::new())),
        ..Survey::default()
    };
    survey.nodes(&items.nodes);
    let mut columns = survey.of.map(|(_, columns)| columns).unwrap_or_default();
    for path in survey.paths {
        let mut first = None;
        let mut at = path;
        while let Some((before, relation)) = at.last_relation() {
            first = Some(relation);
            at = before;
        }
        let relation = first.filter(|_| at == source).and_then(|at| M::TABLE.relations.get(at));
        for (here, _) in relation.map(|relation| (relation.keys)()).unwrap_or_default() {
            if !columns.iter().any(|column| column.name == here.name) {
                columns.push(here);
            }
        }
    }
    columns
}

/// The values of some columns of a row.
fn cells<M: TableModel>(row: &M, columns: &[&'static ColumnDef]) -> Result<Vec<Option<Vec<u8>>>, Error> {
    columns
        .iter()
        .map(|column| param(row, column))
        .map(|param| {
            let param = param?;
            match param.bytes {
                Ok(bytes) => Ok(bytes.map(|bytes| bytes.as_slice().to_vec())),
                Err(reason) => Err(Error::encode(0, param.ty, &reason, Some(M::TABLE))),
            }
        })
        .collect()
}

/// A column of a row as a parameter.
///
/// # Errors
/// A column whose value only the database knows.
pub(crate) fn param<M: TableModel>(row: &M, column: &ColumnDef) -> Result<Param, Error> {
    let named = |at: &&usize| M::TABLE.columns[**at].name == column.name;
    let found = M::PARAMS.iter().find(named);
    found.map(|at| Param::encode(column.ty, |out| row.put_column(*at, out))).ok_or_else(|| {
        let message = format!(
            "\"{}\" is written by the database alone, so it cannot be taken from a row here; query the rows with `with`",
            column.name
        );
        Error::new(ErrorKind::InvalidQuery, message).with_table(Some(M::TABLE))
    })
}

/// A row of known cells.
struct Known<'c>(Vec<Option<&'c [u8]>>);

impl Cells for Known<'_> {
    fn fill<'r>(&'r self, from: usize, out: &mut [Option<&'r [u8]>]) {
        for (at, cell) in out.iter_mut().enumerate() {
            *cell = self.0.get(from + at).copied().flatten();
        }
    }
}

struct Sink<'s, T> {
    items: &'s Items,
    level: &'s mut dyn Level<T>,
    found: &'s mut usize,
}

impl<T> RowSink for Sink<'_, T> {
    fn columns(&mut self, columns: &[ResultColumn]) -> Result<(), Error> {
        self.items.check(columns)
    }

    fn row(&mut self, row: &Row<'_>) -> Result<(), Error> {
        *self.found += 1;
        self.level.read(row)
    }
}

impl<T> fmt::Debug for LoadRows<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "LoadRows({} of {})", self.rows, self.table.model)
    }
}

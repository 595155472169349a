//! What belongs to rows that the program has already.

use std::cmp::Ordering;
use std::fmt;
use std::marker::PhantomData;
use std::panic::Location;

use super::keys::Keys;
use super::run::{To, run_all};
use super::{Items, Level, Load, Rows};
use crate::driver::{Cells, Columns, Executor, Param, ResultColumn, Row, RowSink, Statement};
use crate::error::{Error, ErrorKind};
use crate::expr::{Order, Source};
use crate::model::{ColumnDef, Fields, FieldsOf, TableModel};
use crate::query::{Item, Parts};
use crate::sql::{Node, Survey};
use crate::types::{PgType, builtin};

/// What belongs to each of these rows: `load(&users, |u| u.posts()).all(&db)` gives a `Vec<Vec<Post>>` in the order of the
/// rows, `load(&posts, |p| p.author())` a `Vec<User>`. One statement is sent for it, and one more for each relation to many
/// that is nested in it.
///
/// The rows' keys are those that they hold here, whatever the database holds by now. Columns that only the database knows
/// (generated ones) cannot be named by a filter.
pub fn load<M: TableModel, L: Load>(rows: &[M], relation: impl FnOnce(FieldsOf<M>) -> L) -> LoadRows<L::Value> {
    let source = Source::new();
    let mut items = Items::of(vec![source]);
    let slot = relation(Fields::at(source)).into_slot(&mut items);
    let Needed { columns, certain } = needed::<M>(source, &mut items);
    let mut keys = Keys::new(columns.iter().map(|column| (0, *column)).collect(), columns.len());
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
        certain,
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
    certain: Vec<(usize, &'static str)>,
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
    /// leads to a row that is not there any more, [`ErrorKind::TooManyRows`] where a `has_one` leads to several.
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
                options: None,
            };
            match self.items.nodes.iter().all(|node| self.is_known(node)) {
                true => self.read_known()?,
                false => self.read(to).await?,
            }
            let mut below = Vec::new();
            self.level.loads(&mut below);
            run_all(below, to).await?;
            Ok(self.level.finish().collect())
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
        for chunk in self.keys.take() {
            let params = self.keys.params(&chunk)?;
            let statement = self
                .statement(params)
                .map_err(|error| error.with_table(Some(self.table)))?;
            let mut sink = Sink {
                items: &self.items,
                certain: &self.certain,
                level: &mut *self.level,
                found: 0,
            };
            let sent = to.db.run(&statement, &mut sink).await;
            let sent = sent.and_then(|_| sink.is_whole(chunk.len()));
            sent.map_err(|error| error.with_table(Some(self.table)))?;
        }
        Ok(())
    }

    fn statement(&self, params: Vec<Param>) -> Result<Statement, Error> {
        let given = Item::known(self.source, &self.columns, self.table, params);
        let number = given.number(self.columns.len());
        let mut parts = Parts::from(given);
        parts.order = vec![Order::by(number.clone(), builtin::INT8, false, false)];
        parts.items = Some(self.items.nodes.iter().cloned().chain([number]).collect());
        let statement = parts.statement()?;
        Ok(Statement {
            table: Some(self.table),
            ..statement
        })
    }
}

/// What a load needs of the rows at hand.
struct Needed {
    columns: Vec<&'static ColumnDef>,
    /// Cells that are never NULL unless the row that a relation leads to is gone, and the relation.
    certain: Vec<(usize, &'static str)>,
}

/// The columns of the rows that a load needs: those that are named, and the keys of relations that are followed.
fn needed<M: TableModel>(source: Source, items: &mut Items) -> Needed {
    let mut survey = Survey {
        of: Some((vec![source], Vec::new())),
        ..Survey::default()
    };
    survey.nodes(&items.nodes);
    let named = survey.of.map(|(_, columns)| columns).unwrap_or_default();
    let here = named.into_iter().filter(|(of, _)| *of == source);
    let mut certain = Vec::new();
    let mut columns: Vec<&'static ColumnDef> = here.map(|(_, column)| column).collect();
    for path in survey.paths {
        let mut first = None;
        let mut at = path;
        while let Some((before, relation)) = at.last_relation() {
            first = Some(relation);
            at = before;
        }
        let first = first.filter(|_| at == source);
        let Some((index, relation)) = first.and_then(|at| Some((at, M::TABLE.relations.get(at)?))) else {
            continue;
        };
        for (here, there) in (relation.keys)() {
            if !columns.iter().any(|column| column.name == here.name) {
                columns.push(here);
            }
            if !relation.optional && !(relation.table)().hides() {
                let at = items.key(Node::Column(source.follow(index), there), there.ty);
                certain.push((at, relation.name));
            }
        }
    }
    Needed { columns, certain }
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
    certain: &'s [(usize, &'static str)],
    level: &'s mut dyn Level<T>,
    found: usize,
}

impl<T> Sink<'_, T> {
    /// What is read belongs to the rows at hand by its place, so there must be one for each.
    fn is_whole(&self, rows: usize) -> Result<(), Error> {
        match self.found == rows {
            true => Ok(()),
            false => Err(gone("a relation to one")),
        }
    }
}

#[cold]
fn gone(relation: &str) -> Error {
    let message = format!("the row that `{relation}` leads to is not there (any more)");
    Error::new(ErrorKind::NotFound, message)
}

#[cold]
fn several() -> Error {
    let message = "a relation to one (`has_one`?) leads to several rows; make its key unique, or load it by `has_many`";
    Error::new(ErrorKind::TooManyRows, message)
}

impl<T> RowSink for Sink<'_, T> {
    fn columns(&mut self, columns: &[ResultColumn]) -> Result<(), Error> {
        self.items.check(columns)
    }

    fn expected(&self, types: &mut Vec<&'static PgType>) -> bool {
        self.items.take(&mut Columns::expected(types)).is_ok()
    }

    fn row(&mut self, row: &Row<'_>) -> Result<(), Error> {
        let number = row.get::<i64>(self.items.nodes.len())?;
        match number.cmp(&(self.found as i64 + 1)) {
            Ordering::Less => return Err(several()),
            Ordering::Greater => return Err(gone("a relation to one")),
            Ordering::Equal => {}
        }
        if let Some((_, relation)) = self.certain.iter().find(|(at, _)| row.is_null(*at, 1)) {
            return Err(gone(relation));
        }
        self.found += 1;
        self.level.read(row)
    }
}

impl<T> fmt::Debug for LoadRows<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "LoadRows({} of {})", self.rows, self.table.model)
    }
}

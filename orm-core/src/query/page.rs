//! Pages by keyset: the rows after a place in the order, whatever was inserted or deleted meanwhile.
//!
//! The condition for "after" is a row comparison where all terms have one direction and none can be NULL, so that an
//! index serves it; else it is spelled out term by term, with NULLs where the order has them.

use std::future::Future;
use std::panic::Location;

use super::cursor::{Cursor, digest, invalid};
use super::parts::{DistinctClause, Parts};
use super::{Fetch, Query, Selected};
use crate::driver::{Columns, Executor, Param, ResultColumn, Row, RowSink};
use crate::error::{Error, ErrorKind};
use crate::expr::Order;
use crate::model::{NullsOrder, TableModel};
use crate::options::Options;
use crate::sql::{Alias, Level, Node, Writer};
use crate::types::{Buffer, FromRow};

/// Some rows of an order, and the cursors of the pages beside them.
#[derive(Debug, Clone)]
pub struct Page<T> {
    /// The rows, in the query's order (also when paging backwards).
    pub items: Vec<T>,
    /// The page after this one; `None` if this is the last.
    pub next: Option<Cursor>,
    /// The page before this one; `None` if this is the first, or if no row is left behind the cursor.
    pub previous: Option<Cursor>,
}

macro_rules! pages {
    ([$($generics:tt)*] $stage:ty, $row:ty) => {
        impl<$($generics)*> $stage {
            /// `size` rows after (or before) a cursor of an earlier page, or from the start. The primary key is added
            /// to the order as tie-break, in the direction of the last term, so no row is given twice or left out. It
            /// is fast with an index over the order's columns and the key.
            ///
            /// # Errors
            /// [`ErrorKind::InvalidCursor`] for a cursor of another order; [`ErrorKind::InvalidQuery`] with a limit,
            /// an offset or a size of 0; else the server's and the driver's.
            #[track_caller]
            pub fn page(
                self,
                size: u64,
                cursor: Option<&Cursor>,
                db: &dyn Executor,
            ) -> impl Future<Output = Result<Page<$row>, Error>> + Send {
                let keyset = Keyset::new(self.into_parts().of_table(M::TABLE), size, cursor);
                let place = Location::caller();
                async move {
                    let keyset = keyset?;
                    let mut rows: Vec<$row> = Vec::new();
                    let check = &mut |columns: &mut Columns<'_>| <$row>::check(columns);
                    let read = &mut |row: &Row<'_>| {
                        rows.push(<$row>::from_row(row, 0)?);
                        Ok(())
                    };
                    let places = keyset.read(<$row>::WIDTH, check, read, place, db).await?;
                    Ok(keyset.page(rows, places))
                }
            }
        }
    };
}

pages!([M: TableModel] Query<M>, M);
pages!([M: TableModel, R: FromRow] Selected<M, R>, R);

/// The rows behind a place in an order.
pub(super) struct Keyset {
    parts: Parts,
    size: usize,
    fingerprint: [u8; 8],
    backwards: bool,
    /// Whether it began at a cursor, so that there are rows on its other side.
    continued: bool,
    terms: Vec<Order>,
}

impl Keyset {
    pub(super) fn new(mut parts: Parts, size: u64, cursor: Option<&Cursor>) -> Result<Self, Error> {
        if parts.limit.is_some() || parts.offset.is_some() || !matches!(parts.distinct, DistinctClause::No) {
            return Err(Error::new(
                ErrorKind::InvalidQuery,
                "`page` sets the limit itself; remove `.limit(…)` and `.offset(…)`",
            )
            .with_table(Some(parts.table())));
        }
        if size == 0 {
            let error = Error::new(
                ErrorKind::InvalidQuery,
                "a page has at least one row, but its size is 0",
            );
            return Err(error.with_table(Some(parts.table())));
        }
        if parts.has_windows() {
            // They would look only at the rows behind the cursor.
            let error = Error::new(
                ErrorKind::InvalidQuery,
                "`page` filters rows before window functions are computed; select them in a derived table first, by \
                 `.subquery()`",
            );
            return Err(error.with_table(Some(parts.table())));
        }
        add_tie_break(&mut parts);
        let fingerprint = fingerprint(&parts)?;
        let backwards = cursor.is_some_and(|cursor| cursor.backwards);
        if backwards {
            parts.order = parts.order.into_iter().map(Order::reverse).collect();
        }
        let terms = parts.order.clone();
        if let Some(cursor) = cursor {
            if cursor.fingerprint != fingerprint || cursor.values.len() != terms.len() {
                return Err(invalid("belongs to another query or order"));
            }
            if terms
                .iter()
                .zip(&cursor.values)
                .any(|(term, value)| value.is_none() && !term.nullable)
            {
                return Err(invalid("holds a NULL that its order cannot have"));
            }
            parts.filters.push(after(&terms, &cursor.values));
        }
        let size = usize::try_from(size).unwrap_or(usize::MAX - 1).min(usize::MAX - 1);
        parts.limit = Some(size as u64 + 1);
        let items = parts.items.take().unwrap_or_else(|| parts.columns());
        let order = terms.iter().map(|term| term.node.clone());
        parts.items = Some(items.into_iter().chain(order).collect());
        Ok(Self {
            parts,
            size,
            fingerprint,
            backwards,
            continued: cursor.is_some(),
            terms,
        })
    }

    /// Reads the page's rows, whose own columns are the first `width` ones. Gives their places in the order.
    pub(super) async fn read(
        &self,
        width: usize,
        check: &mut (dyn FnMut(&mut Columns<'_>) -> Result<(), Error> + Send),
        read: &mut (dyn FnMut(&Row<'_>) -> Result<(), Error> + Send),
        place: &'static Location<'static>,
        db: &dyn Executor,
    ) -> Result<Places, Error> {
        let table = self.parts.table();
        let mut statement = self.parts.statement()?;
        statement.place = Some(place);
        let mut sink = Collect {
            places: Places::default(),
            size: self.size,
            width,
            check,
            read,
            terms: &self.terms,
            padded: Vec::new(),
        };
        db.run(&statement, &mut sink).await.map_err(|error| {
            if self.continued && error.sqlstate().is_some_and(|code| MALFORMED.contains(&code)) {
                return invalid("holds a value that the server cannot read").with_table(Some(table));
            }
            error.with_table(Some(table))
        })?;
        Ok(sink.places)
    }

    /// What is asked of its statement.
    pub(super) fn options(&self) -> Option<&Options> {
        self.parts.options.as_deref()
    }

    /// The page of these rows, which were read in this order.
    pub(super) fn page<T>(&self, mut rows: Vec<T>, places: Places) -> Page<T> {
        let Places { mut values, more } = places;
        if self.backwards {
            rows.reverse();
            values.reverse();
        }
        // Behind the page lies what it was fetched towards; before it, what it came from.
        let (has_next, has_previous) = if self.backwards {
            (self.continued, more)
        } else {
            (more, self.continued)
        };
        let cursor = |place: Option<&Values>, backwards| {
            place.map(|values| Cursor {
                backwards,
                fingerprint: self.fingerprint,
                values: values.clone(),
            })
        };
        Page {
            items: rows,
            next: has_next.then(|| cursor(values.last(), false)).flatten(),
            previous: has_previous.then(|| cursor(values.first(), true)).flatten(),
        }
    }
}

/// What the server answers to a parameter that is not in its type's format (protocol_violation,
/// invalid_binary_representation, character_not_in_repertoire). Of all parameters only a forged cursor's can be.
const MALFORMED: [&str; 3] = ["08P01", "22P03", "22021"];

type Values = Vec<Option<Vec<u8>>>;

/// The places of a page's rows in the order, and whether there are more rows behind them.
#[derive(Default)]
pub(super) struct Places {
    values: Vec<Values>,
    more: bool,
}

/// Hands over the rows of a page, and keeps the bytes of the order's columns behind each.
struct Collect<'a> {
    places: Places,
    size: usize,
    width: usize,
    check: &'a mut (dyn FnMut(&mut Columns<'_>) -> Result<(), Error> + Send),
    read: &'a mut (dyn FnMut(&Row<'_>) -> Result<(), Error> + Send),
    terms: &'a [Order],
    /// Which terms are `char(n)`.
    padded: Vec<bool>,
}

/// The OID of `char(n)`. Its values are sent with trailing blanks, but compared as text they have none.
const BPCHAR: u32 = 1042;

impl RowSink for Collect<'_> {
    fn columns(&mut self, columns: &[ResultColumn]) -> Result<(), Error> {
        self.padded = columns
            .iter()
            .skip(self.width)
            .map(|column| column.ty.oid == BPCHAR)
            .collect();
        let mut columns = Columns::new(columns);
        (self.check)(&mut columns)?;
        self.terms.iter().try_for_each(|term| columns.expect(term.ty))
    }

    fn row(&mut self, row: &Row<'_>) -> Result<(), Error> {
        if self.places.values.len() == self.size {
            self.places.more = true;
            return Ok(());
        }
        (self.read)(row)?;
        let values = (0..self.terms.len()).map(|index| {
            let [cell] = row.cells::<1>(self.width + index);
            let padded = self.padded.get(index).is_some_and(|padded| *padded);
            cell.map(|bytes| if padded { trim_blanks(bytes) } else { bytes }.to_vec())
        });
        self.places.values.push(values.collect());
        Ok(())
    }
}

fn trim_blanks(bytes: &[u8]) -> &[u8] {
    let end = bytes.iter().rposition(|byte| *byte != b' ').map_or(0, |last| last + 1);
    &bytes[..end]
}

/// Appends the primary key's columns that the order does not name, in the direction of its last term: an order of one
/// direction is a row comparison, which an index serves.
fn add_tie_break(parts: &mut Parts) {
    let descending = parts.order.last().is_some_and(|term| term.descending);
    for name in parts.table().primary_key {
        let Some(column) = parts.table().column(name) else {
            continue;
        };
        // By name: the address of a constant differs between crates.
        let source = parts.source();
        let named =
            |term: &Order| matches!(term.node, Node::Column(of, named) if of == source && named.name == column.name);
        if !parts.order.iter().any(named) {
            let node = Node::Column(parts.source(), column);
            parts.order.push(Order::by(node, column.ty, false, descending));
        }
    }
}

/// Stands for the table and the order with its types and values.
fn fingerprint(parts: &Parts) -> Result<[u8; 8], Error> {
    let mut writer = Writer::plain("SELECT", parts.table());
    writer.bring(parts.source(), parts.table(), Alias::None);
    writer.table(parts.table());
    writer.order(&parts.order);
    for term in &parts.order {
        writer.push(" ");
        writer.push(&term.ty.to_string());
    }
    let statement = writer.finish()?;
    statement.check_values()?;
    let mut parts: Vec<&[u8]> = vec![statement.text.as_bytes()];
    let values: Vec<&[u8]> = statement
        .params
        .iter()
        .map(|param| {
            param
                .bytes
                .as_ref()
                .ok()
                .and_then(Option::as_ref)
                .map_or(&[][..], Buffer::as_slice)
        })
        .collect();
    let lengths: Vec<[u8; 8]> = values.iter().map(|value| (value.len() as u64).to_be_bytes()).collect();
    for (length, value) in lengths.iter().zip(values) {
        parts.extend([&length[..], value]);
    }
    Ok(digest(&parts))
}

/// The condition of the rows behind a place.
fn after(terms: &[Order], values: &[Option<Vec<u8>>]) -> Node {
    let bounds: Vec<Option<Node>> = terms
        .iter()
        .zip(values)
        .map(|(term, value)| {
            value.as_ref().map(|bytes| {
                let mut buffer = Buffer::new();
                buffer.put(bytes);
                Node::param(Param {
                    ty: term.ty,
                    bytes: Ok(Some(buffer)),
                    scope: None,
                })
            })
        })
        .collect();
    let descending = terms.first().is_some_and(|term| term.descending);
    let uniform = terms.iter().all(|term| term.descending == descending && !term.nullable);
    if uniform && bounds.iter().all(Option::is_some) {
        let columns: Vec<Node> = terms.iter().map(|term| term.node.clone()).collect();
        let params: Vec<Node> = bounds.into_iter().flatten().collect();
        let pieces = if descending { &["", " < ", ""] } else { &["", " > ", ""] };
        return Node::infix(
            pieces,
            Level::Comparison,
            Node::Row(columns.into()),
            Node::Row(params.into()),
        );
    }
    let mut alternatives = Vec::new();
    for (index, term) in terms.iter().enumerate() {
        let mut conditions: Vec<Node> = terms[..index]
            .iter()
            .zip(&bounds)
            .map(|(term, bound)| same(term, bound.as_ref()))
            .collect();
        if let Some(beyond) = beyond(term, bounds[index].as_ref()) {
            conditions.push(beyond);
            alternatives.push(Node::all(conditions));
        }
    }
    let behind = Node::any(alternatives);
    match terms
        .first()
        .zip(bounds.first())
        .and_then(|(term, bound)| at_or_beyond(term, bound.as_ref()))
    {
        Some(bound) => bound.and(behind),
        None => behind,
    }
}

/// What all rows behind a place have in common: their first term is at its bound or beyond. It says no more than the
/// alternatives do, but an index can begin there. `None` where that is no range of an index.
fn at_or_beyond(term: &Order, bound: Option<&Node>) -> Option<Node> {
    let nulls_last = term.nulls_order() == NullsOrder::Last;
    match bound {
        None => nulls_last.then(|| term.node.clone().null_test(term.ty, true)),
        Some(_) if term.nullable && nulls_last => None,
        Some(param) => {
            let pieces = if term.descending {
                &["", " <= ", ""]
            } else {
                &["", " >= ", ""]
            };
            Some(Node::infix(pieces, Level::Comparison, term.node.clone(), param.clone()))
        }
    }
}

fn same(term: &Order, bound: Option<&Node>) -> Node {
    match bound {
        Some(param) => Node::infix(&["", " = ", ""], Level::Comparison, term.node.clone(), param.clone()),
        None => term.node.clone().null_test(term.ty, true),
    }
}

/// The rows behind a bound by one term alone; `None` if there can be none.
fn beyond(term: &Order, bound: Option<&Node>) -> Option<Node> {
    let nulls_last = term.nulls_order() == NullsOrder::Last;
    let Some(param) = bound else {
        // At the NULLs: behind them lie all values if NULLs come first, else nothing.
        return (!nulls_last).then(|| term.node.clone().null_test(term.ty, false));
    };
    let pieces = if term.descending {
        &["", " < ", ""]
    } else {
        &["", " > ", ""]
    };
    let beyond = Node::infix(pieces, Level::Comparison, term.node.clone(), param.clone());
    if term.nullable && nulls_last {
        return Some(beyond.or(term.node.clone().null_test(term.ty, true)));
    }
    Some(beyond)
}

#[cfg(feature = "json")]
impl<T: serde_core::Serialize> serde_core::Serialize for Page<T> {
    fn serialize<S: serde_core::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        use serde_core::ser::SerializeStruct;

        let mut page = serializer.serialize_struct("Page", 3)?;
        page.serialize_field("items", &self.items)?;
        page.serialize_field("next", &self.next)?;
        page.serialize_field("previous", &self.previous)?;
        page.end()
    }
}

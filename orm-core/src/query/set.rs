//! `UNION`, `INTERSECT`, `EXCEPT` (*Combining Queries*).

use std::sync::Arc;

use super::from::{Item, Origin};
use super::parts::DistinctClause;
use super::{Aggregated, ClauseScope, Distinct, Fetch, InScope, Parts, Query, Selected};
use crate::sql::{Node, Output, Writer};
use crate::types::{FromRow, PgType};

/// Queries between which one operator stands.
#[derive(Debug, Clone)]
pub(crate) struct SetOperation {
    keyword: &'static str,
    /// At least two. `a EXCEPT b EXCEPT c` is `(a EXCEPT b) EXCEPT c`.
    operands: Vec<Parts>,
    pub(crate) outputs: Vec<Output>,
}

/// A query that gives rows of the type `R`, and can be combined with another one: any but a locked one, which PostgreSQL
/// does not take there.
#[diagnostic::on_unimplemented(
    message = "both sides of a `union`, `intersect` or `except` must give the same row: `{Self}` does not give `{R}`",
    label = "expected a query that gives `{R}`",
    note = "select the same types in the same order on both sides: `.nullable()` makes a column an `Option`, \
            `.cast::<T>()` gives it another type"
)]
pub trait SetOperand<R>: SetSide {}

#[diagnostic::do_not_recommend]
impl<R: InScope> SetOperand<R> for Query<R> {}
#[diagnostic::do_not_recommend]
impl<S: ClauseScope, R: FromRow> SetOperand<R> for Selected<S, R> {}
#[diagnostic::do_not_recommend]
impl<S: ClauseScope, R: FromRow> SetOperand<R> for Distinct<S, R> {}
#[diagnostic::do_not_recommend]
impl<R: FromRow> SetOperand<R> for Aggregated<R> {}

/// A query that can be one side of a set operation.
#[diagnostic::on_unimplemented(
    message = "`{Self}` cannot be one side of a `union`, `intersect` or `except`",
    label = "PostgreSQL locks no rows there",
    note = "combine the queries without the lock"
)]
pub trait SetSide: Fetch {}

#[diagnostic::do_not_recommend]
impl<R: InScope> SetSide for Query<R> {}
#[diagnostic::do_not_recommend]
impl<S: ClauseScope, R: FromRow> SetSide for Selected<S, R> {}
#[diagnostic::do_not_recommend]
impl<S: ClauseScope, R: FromRow> SetSide for Distinct<S, R> {}
#[diagnostic::do_not_recommend]
impl<R: FromRow> SetSide for Aggregated<R> {}

/// Combining the rows of two queries. What comes out is a query again: it can be ordered, filtered, joined and combined
/// further, and its clauses hold for all rows.
///
/// Rows are the same if all columns are, NULLs being equal. The order in which the rows come is open, whatever the two
/// queries' own orders are; these matter together with their limits. A query with an order or a limit is written in
/// parentheses.
pub trait SetOperations: Fetch {
    /// `UNION`: the rows of both, each once.
    #[rustfmt::skip] // In one line, because errors show it.
    fn union<Q: SetOperand<Self::Row>>(self, other: Q) -> Query<Self::Row> where Self: SetSide, Self::Row: InScope {
        combined(" UNION ", self, other)
    }

    /// `UNION ALL`: the rows of both.
    #[rustfmt::skip] // In one line, because errors show it.
    fn union_all<Q: SetOperand<Self::Row>>(self, other: Q) -> Query<Self::Row> where Self: SetSide, Self::Row: InScope {
        combined(" UNION ALL ", self, other)
    }

    /// `INTERSECT`: the rows that both give, each once.
    #[rustfmt::skip] // In one line, because errors show it.
    fn intersect<Q: SetOperand<Self::Row>>(self, other: Q) -> Query<Self::Row> where Self: SetSide, Self::Row: InScope {
        combined(" INTERSECT ", self, other)
    }

    /// `INTERSECT ALL`: a row as often as both give it.
    #[rustfmt::skip] // In one line, because errors show it.
    fn intersect_all<Q: SetOperand<Self::Row>>(self, other: Q) -> Query<Self::Row> where Self: SetSide, Self::Row: InScope {
        combined(" INTERSECT ALL ", self, other)
    }

    /// `EXCEPT`: the rows that the other one does not give, each once.
    #[rustfmt::skip] // In one line, because errors show it.
    fn except<Q: SetOperand<Self::Row>>(self, other: Q) -> Query<Self::Row> where Self: SetSide, Self::Row: InScope {
        combined(" EXCEPT ", self, other)
    }

    /// `EXCEPT ALL`: each row as many times more as this one gives it than the other.
    #[rustfmt::skip] // In one line, because errors show it.
    fn except_all<Q: SetOperand<Self::Row>>(self, other: Q) -> Query<Self::Row> where Self: SetSide, Self::Row: InScope {
        combined(" EXCEPT ALL ", self, other)
    }
}

impl<Q: Fetch> SetOperations for Q {}

fn combined<R: InScope>(keyword: &'static str, left: impl Fetch<Row = R>, right: impl Fetch) -> Query<R> {
    let (left, right) = (left.into_parts(), right.into_parts());
    let table = left.table();
    let types = row_types::<R>();
    let mut set = match flat(left, keyword) {
        Ok(set) => set,
        Err(left) => SetOperation {
            keyword,
            outputs: left.outputs(),
            operands: vec![typed(left.bounded(), &types, false)],
        },
    };
    // `a EXCEPT (b EXCEPT c)` is another thing than `a EXCEPT b EXCEPT c`.
    let right = if keyword.contains("EXCEPT") {
        Err(Box::new(right))
    } else {
        flat(right, keyword)
    };
    match right {
        Ok(right) => set.operands.extend(right.operands),
        Err(right) => set.operands.push(typed(right.bounded(), &types, false)),
    }
    let parts = Parts::from(Item::new(table, Origin::Set(Arc::new(set))));
    let scope = R::fields(parts.source());
    Query::with_scope(parts, scope)
}

/// The operation that a query is, if another operand can be appended to it.
fn flat(mut parts: Parts, keyword: &'static str) -> Result<SetOperation, Box<Parts>> {
    let plain = parts.is_plain_set() && !parts.is_bounded() && parts.with.is_empty();
    match parts.from.rows {
        Origin::Set(set) if plain && set.keyword == keyword => Ok(Arc::unwrap_or_clone(set)),
        rows => {
            parts.from.rows = rows;
            Err(Box::new(parts))
        }
    }
}

/// The PostgreSQL types of a row's columns.
pub(crate) fn row_types<R: InScope>() -> Vec<&'static PgType> {
    let mut columns = Vec::new();
    R::append(R::fields::<crate::NotNull>(crate::expr::Source::new()), &mut columns);
    let types = columns.iter().map(|column| match column {
        Node::Column(_, definition) => definition.ty,
        _ => crate::types::builtin::TEXT,
    });
    types.collect()
}

/// The query with casts where a column may have another type in the database than `types` say: PostgreSQL finds no
/// common type for json and jsonb, and NULL alone has none. `all` casts whatever may be narrower than its type is
/// (`varchar(80)`, `numeric(12, 2)`), for where PostgreSQL wants the very same.
pub(crate) fn typed(mut parts: Parts, types: &[&'static PgType], all: bool) -> Parts {
    if parts.is_plain_set() && !all {
        return parts;
    }
    let items = parts.items.clone().unwrap_or_else(|| parts.columns());
    if items.iter().zip(types).all(|(item, ty)| is_of(item, ty, all)) {
        return parts;
    }
    if matches!(parts.distinct, DistinctClause::Rows) {
        // Its order is compared with what it selects, so the casts are written around it.
        parts.items = Some(items);
        let derived = Parts::from(Item::query(parts)).with_all_columns();
        return typed(derived, types, all);
    }
    let cast = |(item, &ty): (Node, &&'static PgType)| match is_of(&item, ty, all) {
        true => item,
        false => Node::cast(item, ty),
    };
    parts.items = Some(items.into_iter().zip(types).map(cast).collect());
    parts
}

/// Whether an expression surely has this type in the database, too, or one that serves as well.
fn is_of(item: &Node, ty: &PgType, all: bool) -> bool {
    match item {
        Node::Null => false,
        Node::Param(_) | Node::Cast(..) => true,
        Node::Column(_, column) if !all => column.sql_type.is_none(),
        _ => !all || ty.is_exact(),
    }
}

impl SetOperation {
    /// Whether the operand at this place may hold the rows of a recursion.
    pub(crate) fn recurs(&self, operand: usize) -> bool {
        match self.keyword {
            " INTERSECT ALL " | " EXCEPT ALL " => false,
            " EXCEPT " => operand == 0,
            _ => true,
        }
    }

    pub(crate) fn operands(&self) -> &[Parts] {
        &self.operands
    }

    /// The same operation over other sources.
    pub(crate) fn map_operands(&self, map: impl Fn(&Parts) -> Parts) -> Self {
        Self {
            operands: self.operands.iter().map(map).collect(),
            ..self.clone()
        }
    }

    pub(crate) fn depth(&self) -> u16 {
        self.operands.iter().map(Parts::depth).max().unwrap_or(0)
    }

    /// `… UNION … UNION …`
    pub(crate) fn write(&self, writer: &mut Writer) {
        for (index, operand) in self.operands.iter().enumerate() {
            if index > 0 {
                writer.push(self.keyword);
            }
            operand.write_operand(writer);
        }
    }
}

impl Parts {
    /// As one side of a set operation: in parentheses if what follows would belong to the whole otherwise.
    pub(crate) fn write_operand(&self, writer: &mut Writer) {
        let bare = self.order.is_empty() && !self.is_bounded() && !self.is_plain_set();
        if bare && !matches!(self.distinct, DistinctClause::On(_)) {
            self.write(writer);
            return;
        }
        writer.push("(");
        self.write(writer);
        writer.push(")");
    }
}

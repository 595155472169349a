//! Rows of values: `(a, b) < (c, d)` (*Row and Array Comparisons*).

use std::fmt;
use std::marker::PhantomData;

use super::phase::either;
use super::{Base, Comparable, Expr, Expression, Is, Lift, Mode, ModeOf, Operand, PerRow, Value};
use crate::driver::Param;
use crate::query::{ClauseScope, Distinct, Selected};
use crate::sql::{Level, Node};
use crate::types::{DbType, Element, NotNull, PgKind, encode_array};

/// Columns and expressions as a row of values: `row((p.last_name, p.first_name)).lt(("Miller", "Ann"))`.
///
/// Rows are compared from left to right: the first pair that differs decides `<` and its kin, as words are sorted. An
/// index over the same columns serves such a comparison. A NULL that decides gives NULL.
pub fn row<P: RowParts>(parts: P) -> RowExpr<P::Types, P::Mode> {
    RowExpr {
        node: parts.into_row(),
        marker: PhantomData,
    }
}

/// A row of values: `T` is the tuple of their types, `M` says whether one may be NULL, and their latest phase.
#[must_use = "a row of values does nothing until it is compared"]
pub struct RowExpr<T, M> {
    pub(crate) node: Node,
    marker: PhantomData<fn() -> (T, M)>,
}

impl<T, M> Clone for RowExpr<T, M> {
    fn clone(&self) -> Self {
        Self {
            node: self.node.clone(),
            marker: PhantomData,
        }
    }
}

impl<T, M> fmt::Debug for RowExpr<T, M> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("RowExpr")
    }
}

/// The mode of an operator on a row whose other side is an `R`.
type Sides<M, R, T> = <M as Mode>::Or<<R as Operands<T>>::Mode>;
/// The mode of asking whether a row is in an `L`.
type Within<M, L, T> = <M as Mode>::Or<<L as RowList<T>>::Mode>;
/// Never NULL, of the phase of a mode.
type Certain<M> = Expr<bool, <M as Mode>::Phase>;

impl<T, M: Mode> RowExpr<T, M> {
    /// `(…) = (…)`: all pairs are equal.
    pub fn eq<R: Operands<T>>(self, other: R) -> Lift<Sides<M, R, T>, bool> {
        self.compared(&["", " = ", ""], other)
    }

    /// `(…) <> (…)`: some pair differs.
    pub fn ne<R: Operands<T>>(self, other: R) -> Lift<Sides<M, R, T>, bool> {
        self.compared(&["", " <> ", ""], other)
    }

    /// `(…) < (…)`: the first pair that differs does so.
    pub fn lt<R: Operands<T>>(self, other: R) -> Lift<Sides<M, R, T>, bool> {
        self.compared(&["", " < ", ""], other)
    }

    /// `(…) <= (…)`
    pub fn le<R: Operands<T>>(self, other: R) -> Lift<Sides<M, R, T>, bool> {
        self.compared(&["", " <= ", ""], other)
    }

    /// `(…) > (…)`
    pub fn gt<R: Operands<T>>(self, other: R) -> Lift<Sides<M, R, T>, bool> {
        self.compared(&["", " > ", ""], other)
    }

    /// `(…) >= (…)`
    pub fn ge<R: Operands<T>>(self, other: R) -> Lift<Sides<M, R, T>, bool> {
        self.compared(&["", " >= ", ""], other)
    }

    /// `(…) IS NOT DISTINCT FROM (…)`: each pair is equal, or both NULL. Never NULL.
    pub fn is_not_distinct_from<R: Operands<T>>(self, other: R) -> Certain<Sides<M, R, T>> {
        let args = [self.node, other.into_row()];
        Expr::new(Node::sql(&["", " IS NOT DISTINCT FROM ", ""], Level::Is, args))
    }

    /// `(…) IS DISTINCT FROM (…)`: in some pair the two differ, or just one is NULL. Never NULL.
    pub fn is_distinct_from<R: Operands<T>>(self, other: R) -> Certain<Sides<M, R, T>> {
        let args = [self.node, other.into_row()];
        Expr::new(Node::sql(&["", " IS DISTINCT FROM ", ""], Level::Is, args))
    }

    /// `(…) IN (SELECT * FROM unnest($1, $2))`: one array parameter per column, whatever the list's length; of a query
    /// `(…) IN (SELECT …)`. False for every row if the list is empty.
    pub fn in_<L: RowList<T>>(self, list: L) -> Lift<Within<M, L, T>, bool> {
        Expr::new(list.membership(self.node, false))
    }

    /// `(…) NOT IN (…)`; true for every row if the list is empty. A NULL on the way makes it NULL: see
    /// [`not_in`](super::Predicates::not_in) of columns.
    pub fn not_in<L: RowList<T>>(self, list: L) -> Lift<Within<M, L, T>, bool> {
        Expr::new(list.membership(self.node, true))
    }

    /// `(…) IS NULL`: all values are NULL.
    pub fn is_null(self) -> Certain<M> {
        Expr::new(Node::sql(&["", " IS NULL"], Level::Is, [self.node]))
    }

    /// `(…) IS NOT NULL`: no value is NULL. Not the contrary of [`is_null`](Self::is_null): of a row with some NULLs neither
    /// holds.
    pub fn is_not_null(self) -> Certain<M> {
        Expr::new(Node::sql(&["", " IS NOT NULL"], Level::Is, [self.node]))
    }

    fn compared<R: Operands<T>, U, P>(self, pieces: &'static [&'static str; 3], other: R) -> Expr<U, P> {
        Expr::new(super::compare::comparison(pieces, self.node, other.into_row()))
    }
}

/// What [`row`] takes: a tuple of two to eight columns or expressions.
#[diagnostic::on_unimplemented(
    message = "`{Self}` is not a row of columns",
    label = "expected a tuple of two to eight columns or expressions: `row((p.last_name, p.first_name))`"
)]
pub trait RowParts {
    /// The tuple of their types.
    type Types;
    /// Whether one may be NULL, and their latest phase.
    type Mode: Mode;
    /// The untyped row.
    #[doc(hidden)]
    fn into_row(self) -> Node;
}

/// The other side of a row of the types `T`: a tuple of values, columns and expressions of these types, or another
/// [`row`].
#[diagnostic::on_unimplemented(
    message = "`{Self}` cannot be compared with a row of `{T}`",
    label = "expected a tuple of values, columns or expressions of the types `{T}`"
)]
pub trait Operands<T> {
    /// Whether one may be NULL, and their latest phase.
    type Mode: Mode;
    /// The untyped row.
    #[doc(hidden)]
    fn into_row(self) -> Node;
}

#[diagnostic::do_not_recommend]
impl<T, M: Mode> Operands<T> for RowExpr<T, M> {
    type Mode = M;
    fn into_row(self) -> Node {
        self.node
    }
}

/// What `in_` of a [`row`] looks into: an array, `Vec` or slice of tuples of values, or a query that selects such tuples.
#[diagnostic::on_unimplemented(
    message = "`{Self}` is not a list of rows of `{T}`",
    label = "expected an array, `Vec` or slice of tuples of `{T}`, or a query that selects them"
)]
pub trait RowList<T> {
    /// Whether asking it may give NULL, and when it is computed.
    type Mode: Mode;
    /// `left IN list`, or `left NOT IN list`.
    #[doc(hidden)]
    fn membership(self, left: Node, negated: bool) -> Node;
}

fn among(left: Node, rows: Node, negated: bool) -> Node {
    let pieces = match negated {
        false => &["", " IN ", ""],
        true => &["", " NOT IN ", ""],
    };
    Node::sql(pieces, Level::Range, [left, rows])
}

/// One value of a row, as an array's element.
fn encoded<'r, T: Element, V: Value<T> + 'r>(values: impl ExactSizeIterator<Item = &'r V>) -> Node
where
    Vec<T>: DbType,
{
    Node::param(Param::encode(<Vec<T> as DbType>::TYPE, |out| {
        encode_array(T::TYPE, values, |value, out| value.encode_value(out), out)
    }))
}

/// One value of a row, by itself.
fn single<T: DbType, V: Value<T>>(value: &V) -> Node {
    Node::param(Param::encode(T::TYPE, |out| value.encode_value(out)))
}

/// Whether `unnest` would take the values apart.
fn is_composite<T: DbType>() -> bool {
    matches!(T::TYPE.kind, PgKind::Composite(_))
}

/// The same as `IN`, of rows whose values `unnest` would take apart.
fn one_by_one(left: &Node, rows: impl Iterator<Item = Vec<Node>>, negated: bool) -> Node {
    let pieces = if negated { &["", " <> ", ""] } else { &["", " = ", ""] };
    let each = rows.map(|row| Node::infix(pieces, Level::Comparison, left.clone(), Node::Row(row.into())));
    if negated {
        Node::all(each.collect())
    } else {
        Node::any(each.collect())
    }
}

macro_rules! rows {
    ($(($($name:ident $other:ident $index:tt),+))*) => { $(
        impl<$($name: Expression),+> RowParts for ($($name,)+) {
            type Types = ($(Base<$name>,)+);
            type Mode = either!($(ModeOf<$name>),+);
            fn into_row(self) -> Node {
                Node::Row(vec![$(self.$index.into_node()),+].into())
            }
        }

        impl<$($name: Operand<$other>, $other),+> Operands<($($other,)+)> for ($($name,)+) {
            type Mode = either!($(<$name as Operand<$other>>::Mode),+);
            fn into_row(self) -> Node {
                Node::Row(vec![$(self.$index.into_operand()),+].into())
            }
        }

        row_queries!(Selected; $($name $other),+);
        row_queries!(Distinct; $($name $other),+);
        row_values!([] Vec<($($name,)+)>; $($name $other $index),+);
        row_values!([] &Vec<($($name,)+)>; $($name $other $index),+);
        row_values!([] &[($($name,)+)]; $($name $other $index),+);
        row_values!([const LENGTH: usize] [($($name,)+); LENGTH]; $($name $other $index),+);
        row_values!([const LENGTH: usize] &[($($name,)+); LENGTH]; $($name $other $index),+);
    )* };
}

macro_rules! row_queries {
    ($stage:ident; $($name:ident $other:ident),+) => {
        #[diagnostic::do_not_recommend]
        impl<Scope: ClauseScope, $($name: DbType + Comparable<$other>, $other),+> RowList<($($other,)+)>
            for $stage<Scope, ($($name,)+)>
        {
            type Mode = Is<either!(@null $($name),+), PerRow>;
            fn membership(self, left: Node, negated: bool) -> Node {
                among(left, Node::select(self.parts), negated)
            }
        }
    };
}

macro_rules! row_values {
    ([$($generics:tt)*] $list:ty; $($name:ident $other:ident $index:tt),+) => {
        #[diagnostic::do_not_recommend]
        impl<$($name: Value<$other>, $other: Element<Base = $other, Null = NotNull>,)+ $($generics)*>
            RowList<($($other,)+)> for $list
        {
            type Mode = Is<NotNull, PerRow>;
            fn membership(self, left: Node, negated: bool) -> Node {
                if $(is_composite::<$other>())||+ {
                    let rows = self.iter().map(|row| vec![$(single::<$other, $name>(&row.$index)),+]);
                    return one_by_one(&left, rows, negated);
                }
                let columns = vec![$(encoded::<$other, $name>(self.iter().map(|row| &row.$index))),+];
                let rows = Node::sql(&["(SELECT * FROM unnest", ")"], Level::Atom, [Node::Row(columns.into())]);
                among(left, rows, negated)
            }
        }
    };
}

rows! {
    (A TA 0, B TB 1)
    (A TA 0, B TB 1, C TC 2)
    (A TA 0, B TB 1, C TC 2, D TD 3)
    (A TA 0, B TB 1, C TC 2, D TD 3, E TE 4)
    (A TA 0, B TB 1, C TC 2, D TD 3, E TE 4, F TF 5)
    (A TA 0, B TB 1, C TC 2, D TD 3, E TE 4, F TF 5, G TG 6)
    (A TA 0, B TB 1, C TC 2, D TD 3, E TE 4, F TF 5, G TG 6, H TH 7)
}

//! Comparisons (*Comparison Functions and Operators*).
//!
//! With an `Option` on either side the result is an `Option<bool>`, which `filter` takes too: as in SQL, a row whose
//! condition is NULL is not selected.

use std::cmp::Ordering;

use super::list::membership;
use super::phase::Perhaps;
use super::{Base, Both, Column, Expr, Expression, Is, Lift, List, Mode, ModeOf, Operand, OrNull, Phase};
use crate::sql::{Level, Node};
use crate::types::DbType;

/// Comparisons of a column or expression with an `R`: a value, column or expression of the same type.
///
/// `R` is a parameter of the trait and not of its methods, so that an error of its type is at the argument and short. A
/// Rust `Option` is no such value, because `= NULL` is never true.
#[diagnostic::on_unimplemented(
    message = "`{Self}` cannot be compared with `{R}`",
    label = "expected a value, column or expression of the same type",
    note = "convert the value in Rust (a whole number beside a float is `3.0`), or a column by `.cast::<T>()`; `.is_null()` finds NULLs, `.is_not_distinct_from(value)` takes an `Option`"
)]
pub trait Compare<R>: Expression {
    /// Nullable if either side is.
    type Both: Mode;
    /// Nullable if both sides are.
    type Neither: Mode;
    /// Nullable if the other side is.
    type Other: Mode;

    /// `self = other`
    fn eq(self, other: R) -> Lift<Self::Both, bool>;

    /// `self <> other`. NULL is neither equal nor unequal to anything: see
    /// [`is_distinct_from`](Predicates::is_distinct_from).
    fn ne(self, other: R) -> Lift<Self::Both, bool>;

    /// `self < other`
    fn lt(self, other: R) -> Lift<Self::Both, bool>;

    /// `self <= other`
    fn le(self, other: R) -> Lift<Self::Both, bool>;

    /// `self > other`
    fn gt(self, other: R) -> Lift<Self::Both, bool>;

    /// `self >= other`
    fn ge(self, other: R) -> Lift<Self::Both, bool>;

    /// `coalesce(self, other)`: `other` where this is NULL. Not an `Option` any more if `other` is none.
    fn coalesce(self, other: R) -> Lift<Self::Other, Base<Self>>;

    /// `nullif(self, other)`: NULL where the two are equal.
    fn nullif(self, other: R) -> Lift<Perhaps<Self::Both>, Base<Self>>;

    /// `greatest(self, other)`; NULL only if both are.
    fn greatest(self, other: R) -> Lift<Self::Neither, Base<Self>>;

    /// `least(self, other)`; NULL only if both are.
    fn least(self, other: R) -> Lift<Self::Neither, Base<Self>>;
}

#[diagnostic::do_not_recommend]
impl<E: Expression, R: Operand<Base<E>>> Compare<R> for E {
    type Both = Both<E, R>;
    type Neither = <ModeOf<E> as Mode>::And<R::Mode>;
    type Other = Is<<R::Mode as Mode>::Null, <Both<E, R> as Mode>::Phase>;

    fn eq(self, other: R) -> Lift<Self::Both, bool> {
        compared(self, &["", " = ", ""], other)
    }

    fn ne(self, other: R) -> Lift<Self::Both, bool> {
        compared(self, &["", " <> ", ""], other)
    }

    fn lt(self, other: R) -> Lift<Self::Both, bool> {
        compared(self, &["", " < ", ""], other)
    }

    fn le(self, other: R) -> Lift<Self::Both, bool> {
        compared(self, &["", " <= ", ""], other)
    }

    fn gt(self, other: R) -> Lift<Self::Both, bool> {
        compared(self, &["", " > ", ""], other)
    }

    fn ge(self, other: R) -> Lift<Self::Both, bool> {
        compared(self, &["", " >= ", ""], other)
    }

    fn coalesce(self, other: R) -> Lift<Self::Other, Base<Self>> {
        called(self, &["coalesce(", ", ", ")"], other)
    }

    fn nullif(self, other: R) -> Lift<Perhaps<Self::Both>, Base<Self>> {
        called(self, &["nullif(", ", ", ")"], other)
    }

    fn greatest(self, other: R) -> Lift<Self::Neither, Base<Self>> {
        called(self, &["greatest(", ", ", ")"], other)
    }

    fn least(self, other: R) -> Lift<Self::Neither, Base<Self>> {
        called(self, &["least(", ", ", ")"], other)
    }
}

fn compared<E: Expression, R: Operand<Base<E>>, T, P>(
    left: E,
    pieces: &'static [&'static str; 3],
    right: R,
) -> Expr<T, P> {
    Expr::new(comparison(pieces, left.into_node(), right.into_operand()))
}

fn called<E: Expression, R: Operand<Base<E>>, T, P>(
    left: E,
    pieces: &'static [&'static str; 3],
    right: R,
) -> Expr<T, P> {
    Expr::new(Node::sql(pieces, Level::Atom, [left.into_node(), right.into_operand()]))
}

/// Ranges, lists and NULLs.
pub trait Predicates: Expression {
    /// `self BETWEEN low AND high`: both ends included; never true when `low > high`.
    fn between<L, H>(self, low: L, high: H) -> Lift<Both2<Self, L, H>, bool>
    where
        L: Operand<Base<Self>>,
        H: Operand<Base<Self>>,
    {
        let args = [self.into_node(), low.into_operand(), high.into_operand()];
        Expr::new(Node::sql(&["", " BETWEEN ", " AND ", ""], Level::Range, args))
    }

    /// `self BETWEEN SYMMETRIC low AND high`: the two ends in either order.
    fn between_symmetric<L, H>(self, low: L, high: H) -> Lift<Both2<Self, L, H>, bool>
    where
        L: Operand<Base<Self>>,
        H: Operand<Base<Self>>,
    {
        let args = [self.into_node(), low.into_operand(), high.into_operand()];
        Expr::new(Node::sql(&["", " BETWEEN SYMMETRIC ", " AND ", ""], Level::Range, args))
    }

    /// `self NOT BETWEEN low AND high`
    fn not_between<L, H>(self, low: L, high: H) -> Lift<Both2<Self, L, H>, bool>
    where
        L: Operand<Base<Self>>,
        H: Operand<Base<Self>>,
    {
        let args = [self.into_node(), low.into_operand(), high.into_operand()];
        Expr::new(Node::sql(&["", " NOT BETWEEN ", " AND ", ""], Level::Range, args))
    }

    /// `self = ANY($1)`: one parameter whatever the list's length; an empty list is false for every row. Of a query
    /// `self IN (SELECT …)`.
    ///
    /// A NULL is in no list; and where a query selects an `Option`, the answer is NULL and not false when only a NULL
    /// could have been it. `filter` takes NULL for false.
    fn in_<L: List<Base<Self>>>(self, list: L) -> Lift<Listed<Self, L>, bool> {
        Expr::new(membership(self.into_node(), list.into_list(), false))
    }

    /// `self <> ALL($1)`; an empty list is true for every row. Of a query `self NOT IN (SELECT …)`.
    ///
    /// A NULL is in no list and not in none. Nor is anything in none of the rows of a query that yields a NULL: **`NOT IN`
    /// over a query with a single NULL is true for no row at all**. Where the query selects an `Option`, use
    /// [`not_exists`](crate::not_exists), which is also planned better, or leave the NULLs out in the query.
    fn not_in<L: List<Base<Self>>>(self, list: L) -> Lift<Listed<Self, L>, bool> {
        Expr::new(membership(self.into_node(), list.into_list(), true))
    }

    /// `self IS NOT DISTINCT FROM other`: equal, or both NULL. Takes an `Option`. Never NULL.
    fn is_not_distinct_from<R: OrNull<Base<Self>>>(self, other: R) -> Expr<bool, Told<Self, R>> {
        let args = [self.into_node(), other.into_side()];
        Expr::new(Node::sql(&["", " IS NOT DISTINCT FROM ", ""], Level::Is, args))
    }

    /// `self IS DISTINCT FROM other`: unequal, or just one of them NULL. Takes an `Option`. Never NULL.
    fn is_distinct_from<R: OrNull<Base<Self>>>(self, other: R) -> Expr<bool, Told<Self, R>> {
        let args = [self.into_node(), other.into_side()];
        Expr::new(Node::sql(&["", " IS DISTINCT FROM ", ""], Level::Is, args))
    }

    /// `self IS NULL`. For `Option` columns: others never are. A composite is NULL if it is missing, not if its fields are.
    fn is_null(self) -> Expr<<Self::Type as MayBeNull>::Test, Self::Phase>
    where
        Self::Type: MayBeNull,
    {
        Expr::new(self.into_node().null_test(Self::Type::TYPE, true))
    }

    /// `self IS NOT NULL`. For `Option` columns: others always are.
    fn is_not_null(self) -> Expr<<Self::Type as MayBeNull>::Test, Self::Phase>
    where
        Self::Type: MayBeNull,
    {
        Expr::new(self.into_node().null_test(Self::Type::TYPE, false))
    }

    /// The same expression as no `Option`: for what is never NULL by a filter, which types do not know. It sends no SQL:
    /// `.filter(|u| u.team.is_not_null()).select(|u| u.team.assume_not_null())`. A NULL all the same is
    /// [`ErrorKind::Decode`](crate::ErrorKind::Decode) where it is read;
    /// [`coalesce`](crate::Compare::coalesce) gives NULL a value.
    fn assume_not_null(self) -> Expr<<Self::Type as MayBeNull>::Without<Base<Self>>, Self::Phase>
    where
        Self::Type: MayBeNull,
    {
        Expr::new(self.into_node())
    }

    /// The same expression as an `Option`, where a type must agree with one that may be NULL.
    fn nullable(self) -> Expr<Option<Base<Self>>, Self::Phase>
    where
        Option<Base<Self>>: DbType,
    {
        Expr::new(self.into_node())
    }
}

impl<E: Expression> Predicates for E {}

type Both2<E, L, H> = <Both<E, L> as Mode>::Or<<H as Operand<Base<E>>>::Mode>;
pub(crate) type Listed<E, L> = <ModeOf<E> as Mode>::Or<<L as List<Base<E>>>::Mode>;
type Told<E, R> = <<E as Expression>::Phase as Phase>::Or<<R as OrNull<Base<E>>>::Phase>;

pub(crate) fn comparison(pieces: &'static [&'static str; 3], left: Node, right: Node) -> Node {
    Node::infix(pieces, Level::Comparison, left, right)
}

/// A type that may be NULL: an `Option`.
#[diagnostic::on_unimplemented(
    message = "`{Self}` is never NULL",
    label = "not an `Option`",
    note = "only `Option` columns can be NULL; remove this call"
)]
pub trait MayBeNull {
    /// `bool`. Said here, so that the error of a type that is never NULL is one of the method's result, and short.
    #[doc(hidden)]
    type Test: DbType;
    /// `T`, for the same reason.
    #[doc(hidden)]
    type Without<T: DbType>: DbType;
}

#[diagnostic::do_not_recommend]
impl<T> MayBeNull for Option<T> {
    type Test = bool;
    type Without<U: DbType> = U;
}

/// What no type is: the other side of Rust's `==`, `<` and so on in a query. Their impls carry its words; they give a
/// `bool` of Rust, which a database cannot.
#[diagnostic::on_unimplemented(
    message = "the comparison operators of Rust do not work in a query",
    label = "write `.eq(…)`, `.ne(…)`, `.lt(…)`, `.le(…)`, `.gt(…)` or `.ge(…)`"
)]
pub trait RustComparison {}

impl<M, T, W, N, R: RustComparison> PartialEq<R> for Column<M, T, W, N> {
    fn eq(&self, _: &R) -> bool {
        false
    }
}

impl<M, T, W, N, R: RustComparison> PartialOrd<R> for Column<M, T, W, N> {
    fn partial_cmp(&self, _: &R) -> Option<Ordering> {
        None
    }
}

impl<T, P, R: RustComparison> PartialEq<R> for Expr<T, P> {
    fn eq(&self, _: &R) -> bool {
        false
    }
}

impl<T, P, R: RustComparison> PartialOrd<R> for Expr<T, P> {
    fn partial_cmp(&self, _: &R) -> Option<Ordering> {
        None
    }
}

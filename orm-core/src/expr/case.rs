//! `CASE`, and values as expressions.

use std::marker::PhantomData;

use super::{Condition, Expr, Expression, Is, Lift, Mode, Operand, PerRow, Phase};
use crate::driver::Param;
use crate::sql::{self, Node};
use crate::types::{DbType, NotNull};

/// What can be made an expression by itself: columns, expressions, and values (`&str` as text).
#[diagnostic::on_unimplemented(
    message = "`{Self}` is not a value, column or expression",
    label = "expected a value, column or expression"
)]
pub trait IntoExpr {
    /// Its Rust type.
    type Type: DbType;
    /// When it is computed.
    type Phase: Phase;
    /// Makes it.
    fn into_expr(self) -> Expr<Self::Type, Self::Phase>;
}

#[diagnostic::do_not_recommend]
impl<E: Expression> IntoExpr for E {
    type Type = E::Type;
    type Phase = E::Phase;
    fn into_expr(self) -> Expr<E::Type, E::Phase> {
        Expr::new(self.into_node())
    }
}

#[diagnostic::do_not_recommend]
impl IntoExpr for &str {
    type Type = String;
    type Phase = PerRow;
    fn into_expr(self) -> Expr<String> {
        Expr::new(Operand::<String>::into_operand(self))
    }
}

macro_rules! values {
    ($($type:ty),*) => { $(
        #[diagnostic::do_not_recommend]
        impl IntoExpr for $type {
            type Type = $type;
            type Phase = PerRow;
            fn into_expr(self) -> Expr<$type> {
                value(self)
            }
        }
    )* };
}
values!(bool, i16, i32, i64, f32, f64, String);

/// A value as an expression: a parameter.
pub fn value<T: DbType>(value: T) -> Expr<T> {
    Expr::new(Node::param(Param::new(&value)))
}

/// Begins a `CASE`: `case().when(u.age.lt(18), "minor").otherwise("adult")`.
pub fn case() -> Case<Empty> {
    Case {
        branches: Vec::new(),
        marker: PhantomData,
    }
}

/// A `CASE` in the making, of type `T`; `M` says whether a result may be NULL, and the latest phase so far.
#[derive(Debug)]
#[must_use = "a CASE ends with `.otherwise(…)` or `.end()`"]
pub struct Case<T, M = Is<NotNull, PerRow>> {
    branches: Vec<(Node, Node)>,
    marker: PhantomData<fn() -> (T, M)>,
}

/// A `CASE` without a branch.
#[derive(Debug)]
pub struct Empty;

/// The mode of a first branch: its result's nullness, and the later phase of both.
type First<C, V> =
    Is<<<V as IntoExpr>::Type as DbType>::Null, <<C as Condition>::Phase as Phase>::Or<<V as IntoExpr>::Phase>>;
/// The mode after another branch.
type Next<M, C, V, T> = <<M as Mode>::Or<<V as Operand<T>>::Mode> as Mode>::Or<Is<NotNull, <C as Condition>::Phase>>;

impl Case<Empty> {
    /// `WHEN condition THEN result`: the first result says the type of the others.
    pub fn when<C: Condition, V: IntoExpr>(
        mut self,
        condition: C,
        result: V,
    ) -> Case<<V::Type as DbType>::Base, First<C, V>> {
        self.branches
            .push((condition.into_condition(), result.into_expr().node));
        Case {
            branches: self.branches,
            marker: PhantomData,
        }
    }
}

impl<T: DbType<Base = T, Null = NotNull>, M: Mode> Case<T, M> {
    /// `WHEN condition THEN result`
    pub fn when<C: Condition, V: Operand<T>>(mut self, condition: C, result: V) -> Case<T, Next<M, C, V, T>> {
        self.branches.push((condition.into_condition(), result.into_operand()));
        Case {
            branches: self.branches,
            marker: PhantomData,
        }
    }

    /// `ELSE result END`
    pub fn otherwise<V: Operand<T>>(self, result: V) -> Lift<M::Or<V::Mode>, T> {
        Expr::new(Node::case(sql::Case {
            branches: self.branches,
            otherwise: Some(result.into_operand()),
        }))
    }

    /// `END`: NULL when no condition holds.
    pub fn end(self) -> Expr<Option<T>, M::Phase> {
        Expr::new(Node::case(sql::Case {
            branches: self.branches,
            otherwise: None,
        }))
    }
}

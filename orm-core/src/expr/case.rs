//! `CASE`, and values as expressions.

use std::marker::PhantomData;

use super::{Condition, Expr, Expression, Lift, Operand};
use crate::driver::Param;
use crate::sql::{self, Node};
use crate::types::{DbType, NotNull, Nullness};

/// What can be made an expression by itself: columns, expressions, and values (`&str` as text).
#[diagnostic::on_unimplemented(
    message = "`{Self}` is not a value, column or expression",
    label = "expected a value, column or expression"
)]
pub trait IntoExpr {
    /// Its Rust type.
    type Type: DbType;
    /// Makes it.
    fn into_expr(self) -> Expr<Self::Type>;
}

#[diagnostic::do_not_recommend]
impl<E: Expression> IntoExpr for E {
    type Type = E::Type;
    fn into_expr(self) -> Expr<E::Type> {
        Expr::new(self.into_node())
    }
}

#[diagnostic::do_not_recommend]
impl IntoExpr for &str {
    type Type = String;
    fn into_expr(self) -> Expr<String> {
        Expr::new(Operand::<String>::into_operand(self))
    }
}

macro_rules! values {
    ($($type:ty),*) => { $(
        #[diagnostic::do_not_recommend]
        impl IntoExpr for $type {
            type Type = $type;
            fn into_expr(self) -> Expr<$type> {
                value(self)
            }
        }
    )* };
}
values!(bool, i16, i32, i64, f32, f64, String);

/// A value as an expression: a parameter.
pub fn value<T: DbType>(value: T) -> Expr<T> {
    Expr::new(Node::Param(Param::new(&value)))
}

/// Begins a `CASE`: `case().when(u.age.lt(18), "minor").otherwise("adult")`.
pub fn case() -> Case<Empty> {
    Case {
        branches: Vec::new(),
        marker: PhantomData,
    }
}

/// A `CASE` in the making.
#[derive(Debug)]
#[must_use = "a CASE ends with `.otherwise(…)` or `.end()`"]
pub struct Case<T, N = NotNull> {
    branches: Vec<(Node, Node)>,
    marker: PhantomData<fn() -> (T, N)>,
}

/// A `CASE` without a branch.
#[derive(Debug)]
pub struct Empty;

impl Case<Empty> {
    /// `WHEN condition THEN result`: the first result says the type of the others.
    pub fn when<V: IntoExpr>(
        mut self,
        condition: impl Condition,
        result: V,
    ) -> Case<<V::Type as DbType>::Base, <V::Type as DbType>::Null> {
        self.branches
            .push((condition.into_condition(), result.into_expr().node));
        Case {
            branches: self.branches,
            marker: PhantomData,
        }
    }
}

impl<T: DbType<Base = T, Null = NotNull>, N: Nullness> Case<T, N> {
    /// `WHEN condition THEN result`
    pub fn when<V: Operand<T>>(mut self, condition: impl Condition, result: V) -> Case<T, N::Or<V::Null>> {
        self.branches.push((condition.into_condition(), result.into_operand()));
        Case {
            branches: self.branches,
            marker: PhantomData,
        }
    }

    /// `ELSE result END`
    pub fn otherwise<V: Operand<T>>(self, result: V) -> Lift<N::Or<V::Null>, T> {
        Expr::new(Node::case(sql::Case {
            branches: self.branches,
            otherwise: Some(result.into_operand()),
        }))
    }

    /// `END`: NULL when no condition holds.
    pub fn end(self) -> Expr<Option<T>> {
        Expr::new(Node::case(sql::Case {
            branches: self.branches,
            otherwise: None,
        }))
    }
}

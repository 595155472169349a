//! One of several values: the first, the greatest, the least.

use super::{Base, Expr, Expression, Lift, Mode, ModeOf, Operand};
use crate::sql::{Level, Node};
use crate::types::DbType;

/// `coalesce(…)`: the first that is not NULL, `coalesce_all((u.nickname, u.name, "?"))`. An `Option` only if all are.
pub fn coalesce_all<C: Choices<T, M>, T: DbType, M: Mode>(values: C) -> Lift<M, T> {
    chosen(&["coalesce", ""], values)
}

/// `greatest(…)`: NULLs are left out; an `Option` only if all are.
pub fn greatest_all<C: Choices<T, M>, T: DbType, M: Mode>(values: C) -> Lift<M, T> {
    chosen(&["greatest", ""], values)
}

/// `least(…)`: NULLs are left out; an `Option` only if all are.
pub fn least_all<C: Choices<T, M>, T: DbType, M: Mode>(values: C) -> Lift<M, T> {
    chosen(&["least", ""], values)
}

fn chosen<C: Choices<T, M>, T: DbType, M: Mode>(pieces: &'static [&'static str; 2], values: C) -> Lift<M, T> {
    Expr::new(Node::sql(
        pieces,
        Level::Atom,
        [Node::Row(values.into_choices().into())],
    ))
}

/// Two to eight values of one type `T`: the first is a column or an expression, the others are of its type. `M` says whether
/// all may be NULL, and their latest phase.
#[diagnostic::on_unimplemented(
    message = "`{Self}` are not values of one type",
    label = "expected a tuple of two to eight, the first a column or expression: `(u.nickname, u.name, \"?\")`"
)]
pub trait Choices<T, M> {
    /// The untyped trees.
    #[doc(hidden)]
    fn into_choices(self) -> Vec<Node>;
}

/// Nullable if all of these are.
macro_rules! all {
    ($only:ty) => { $only };
    ($first:ty, $($rest:ty),+) => { <$first as Mode>::And<all!($($rest),+)> };
}

macro_rules! choices {
    ($(($($name:ident $index:tt),+))*) => { $(
        impl<First: Expression, $($name: Operand<Base<First>>),+> Choices<Base<First>, all!(ModeOf<First>, $($name::Mode),+)>
            for (First, $($name),+)
        {
            fn into_choices(self) -> Vec<Node> {
                vec![self.0.into_node(), $(self.$index.into_operand()),+]
            }
        }
    )* };
}
choices! {
    (B 1)
    (B 1, C 2)
    (B 1, C 2, D 3)
    (B 1, C 2, D 3, E 4)
    (B 1, C 2, D 3, E 4, F 5)
    (B 1, C 2, D 3, E 4, F 5, G 6)
    (B 1, C 2, D 3, E 4, F 5, G 6, H 7)
}

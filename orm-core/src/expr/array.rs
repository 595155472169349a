//! Arrays (*Array Functions and Operators*): what is one, what can stand beside one, and arrays made of expressions.
//!
//! A `Vec` has one dimension and begins at 1, so functions about dimensions and bounds have no place here.

mod functions;

pub use functions::ArrayFunctions;

use super::phase::latest;
use super::{Base, Column, Comparable, Elements, Expr, Expression, IntoExpr, Is, Lift, Mode, ModeOf, Operand, Phase};
use crate::sql::{Level, Node};
use crate::types::{DbType, Element, NotNull, Nullness};

/// An array.
#[diagnostic::on_unimplemented(message = "`{Self}` is not an array", label = "expected a `Vec` column")]
pub trait ArrayOf: DbType {
    /// Its elements' type, without `Option`.
    type Item: Element + DbType<Base = Self::Item, Null = NotNull>;
    /// Whether its elements may be NULL.
    type Elements: Nullness;
    /// `T`. Said here, so that the error of a type that is no array is one of the method's result, and short.
    #[doc(hidden)]
    type Gives<T: DbType>: DbType;
}

#[diagnostic::do_not_recommend]
impl<T: Element> ArrayOf for Vec<T>
where
    T::Base: Element,
{
    type Item = T::Base;
    type Elements = T::Null;
    type Gives<R: DbType> = R;
}

/// An array of elements that PostgreSQL compares with a `T`: `Vec<T>`, `Vec<Option<T>>`, and an `Option` of either.
#[diagnostic::on_unimplemented(
    message = "`{Self}` is not an array of `{T}`",
    label = "expected an array column or expression with elements of type `{T}`"
)]
pub trait ArrayOver<T>: DbType {
    /// Whether its elements may be NULL.
    type Elements: Nullness;
}

#[diagnostic::do_not_recommend]
impl<T, E: Element + Comparable<T>> ArrayOver<T> for Vec<E> {
    type Elements = E::Null;
}

#[diagnostic::do_not_recommend]
impl<T, A: ArrayOver<T>> ArrayOver<T> for Option<A>
where
    Option<A>: DbType,
{
    type Elements = A::Elements;
}

/// The other side of an operator between arrays: a list of values, which becomes one parameter, or an array column or
/// expression.
#[diagnostic::on_unimplemented(
    message = "`{Self}` is not an array of `{T}`",
    label = "expected a list of `{T}`, or an array column or expression"
)]
pub trait ArrayOperand<T> {
    /// Whether it may be NULL, and when it is computed.
    type Mode: Mode;
    /// Whether its elements may be NULL.
    type Elements: Nullness;
    /// The untyped tree.
    #[doc(hidden)]
    fn into_array_operand(self) -> Node;
}

#[diagnostic::do_not_recommend]
impl<M, A: ArrayOver<T>, W, N: Nullness, T> ArrayOperand<T> for Column<M, A, W, N> {
    type Mode = Is<<A::Null as Nullness>::Or<N>>;
    type Elements = A::Elements;
    fn into_array_operand(self) -> Node {
        self.into_node()
    }
}

#[diagnostic::do_not_recommend]
impl<A: ArrayOver<T>, P: Phase, T> ArrayOperand<T> for Expr<A, P> {
    type Mode = Is<A::Null, P>;
    type Elements = A::Elements;
    fn into_array_operand(self) -> Node {
        self.node
    }
}

/// `ARRAY[…]`: an array of a tuple of columns, expressions and values: `array((u.first, u.last, "none"))`. The first says
/// the type of the others; where one may be NULL, the elements are `Option`s.
///
/// A list of values needs no function: `.contains_any([1, 2])`, `value(vec![1, 2])`.
pub fn array<T: ArrayItems>(items: T) -> Expr<<<T::Mode as Mode>::Null as Nullness>::Array<T::Item>, PhaseOf<T>> {
    let literal = Node::sql(&["ARRAY[", "]"], Level::Atom, [Node::list(items.into_items())]);
    Expr::new(Node::cast(literal, <Vec<T::Item> as DbType>::TYPE))
}

type PhaseOf<T> = <<T as ArrayItems>::Mode as Mode>::Phase;

/// One to twelve columns, expressions and values of one type in a tuple.
#[diagnostic::on_unimplemented(
    message = "`{Self}` is not a tuple of values of one type",
    label = "expected a tuple such as `(u.first, u.last)`, of one type"
)]
pub trait ArrayItems {
    /// Their type, without `Option`.
    type Item: Element + DbType<Base = Self::Item, Null = NotNull>;
    /// Nullable if one of them is, of the latest phase.
    type Mode: Mode;
    /// The untyped trees.
    #[doc(hidden)]
    fn into_items(self) -> Vec<Node>;
}

type BaseOf<A> = <<A as IntoExpr>::Type as DbType>::Base;

/// The nullness of the first item and of the others.
macro_rules! or_null {
    ($null:ty;) => { $null };
    ($null:ty; $first:ty, $($rest:ty,)*) => {
        <$null as Nullness>::Or<or_null!(<<$first as Operand<BaseOf<A>>>::Mode as Mode>::Null; $($rest,)*)>
    };
}

macro_rules! items {
    ($(($($name:ident $index:tt),*))*) => { $(
        impl<A: IntoExpr, $($name: Operand<BaseOf<A>>),*> ArrayItems for (A, $($name,)*)
        where
            BaseOf<A>: Element,
        {
            type Item = BaseOf<A>;
            type Mode = Is<
                or_null!(<A::Type as DbType>::Null; $($name,)*),
                latest!(A::Phase $(, <$name::Mode as Mode>::Phase)*),
            >;
            fn into_items(self) -> Vec<Node> {
                vec![self.0.into_expr().node $(, self.$index.into_operand())*]
            }
        }
    )* };
}
items! {
    ()
    (B 1)
    (B 1, C 2)
    (B 1, C 2, D 3)
    (B 1, C 2, D 3, E 4)
    (B 1, C 2, D 3, E 4, F 5)
    (B 1, C 2, D 3, E 4, F 5, G 6)
    (B 1, C 2, D 3, E 4, F 5, G 6, H 7)
    (B 1, C 2, D 3, E 4, F 5, G 6, H 7, I 8)
    (B 1, C 2, D 3, E 4, F 5, G 6, H 7, I 8, J 9)
    (B 1, C 2, D 3, E 4, F 5, G 6, H 7, I 8, J 9, K 10)
    (B 1, C 2, D 3, E 4, F 5, G 6, H 7, I 8, J 9, K 10, L 11)
}

/// What an element of the array `E` is read as: `Option` if it may be NULL.
pub(crate) type ElementOf<E> = <<Base<E> as ArrayOf>::Elements as Nullness>::Of<<Base<E> as ArrayOf>::Item>;

type Item<E> = <Base<E> as ArrayOf>::Item;
type ElementsOf<E> = <Base<E> as ArrayOf>::Elements;
type Gives<E, T> = <Base<E> as ArrayOf>::Gives<T>;
/// An array of `E`'s items whose elements may be NULL if `N` says so.
type ArrayWith<E, N> = <N as Nullness>::Array<Item<E>>;
/// The mode of an operator that takes an array on the other side.
type Against<E, L> = <ModeOf<E> as Mode>::Or<<L as ArrayOperand<Item<E>>>::Mode>;
/// The mode of what is NULL only if the array is, though it takes an `R`.
type Though<E, R> = Is<<<E as Expression>::Type as DbType>::Null, Later<E, R, Item<E>>>;
/// The later phase of an expression and an operand of type `T`.
type Later<E, R, T> = <<E as Expression>::Phase as Phase>::Or<<<R as Operand<T>>::Mode as Mode>::Phase>;
/// The nullness of an operand.
type NullOf<R, T> = <<R as Operand<T>>::Mode as Mode>::Null;
/// Never NULL: an expression of `T` that an array and an operand are part of.
type Made<E, R, T> = Lift<Is<NotNull, Later<E, R, Item<E>>>, T>;

/// `value = ANY(array)` and the like take lists as arrays.
macro_rules! lists_as_arrays {
    ($([$($generics:tt)*] $type:ty;)*) => { $(
        #[diagnostic::do_not_recommend]
        impl<$($generics)*> ArrayOperand<T> for $type
        where
            $type: Elements<T>,
        {
            type Mode = Is;
            type Elements = NotNull;
            fn into_array_operand(self) -> Node {
                self.into_array()
            }
        }
    )* };
}
lists_as_arrays! {
    [T, V] Vec<V>;
    ['a, T, V] &'a Vec<V>;
    ['a, T, V] &'a [V];
    [T, V, const N: usize] [V; N];
    ['a, T, V, const N: usize] &'a [V; N];
    [T, V, S] std::collections::HashSet<V, S>;
    ['a, T, V, S] &'a std::collections::HashSet<V, S>;
    [T, V] std::collections::BTreeSet<V>;
    ['a, T, V] &'a std::collections::BTreeSet<V>;
}

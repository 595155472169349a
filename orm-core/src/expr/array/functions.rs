//! Operators and functions of arrays.

use super::{Against, ArrayOf, ArrayOperand, ArrayWith, ElementsOf, Gives, Item, Later, Made, NullOf, Though};
use crate::expr::{Base, Expr, Expression, Lift, Mode, ModeOf, Operand, Phase, With};
use crate::sql::{Level, Node};
use crate::types::{DbType, NotNull, Nullness};

/// Operators and functions of arrays. `.contains(element)` is [`Contains`](crate::Contains)'.
///
/// An array on the other side is a list of values (one parameter, whatever its length) or an array column or expression.
pub trait ArrayFunctions: Expression {
    /// `self @> list`: every one of these is an element. An empty list always is; a NULL is found nowhere.
    fn contains_all<L: ArrayOperand<Item<Self>>>(self, list: L) -> Lift<Against<Self, L>, Gives<Self, bool>>
    where
        Base<Self>: ArrayOf,
    {
        between(self, &["", " @> ", ""], list)
    }

    /// `self && list`: at least one of these is an element.
    fn contains_any<L: ArrayOperand<Item<Self>>>(self, list: L) -> Lift<Against<Self, L>, Gives<Self, bool>>
    where
        Base<Self>: ArrayOf,
    {
        between(self, &["", " && ", ""], list)
    }

    /// `self <@ list`: every element is one of these.
    fn contained_in<L: ArrayOperand<Item<Self>>>(self, list: L) -> Lift<Against<Self, L>, Gives<Self, bool>>
    where
        Base<Self>: ArrayOf,
    {
        between(self, &["", " <@ ", ""], list)
    }

    /// `cardinality(self)`: how many elements; 0 of an empty array, where `array_length` would be NULL.
    fn cardinality(self) -> Lift<ModeOf<Self>, Gives<Self, i32>>
    where
        Base<Self>: ArrayOf,
    {
        Expr::new(Node::sql(&["cardinality(", ")"], Level::Atom, [self.into_node()]))
    }

    /// `coalesce(self, '{}')`: an empty array where it is NULL, such as what `array_agg` gives of no rows.
    fn or_empty(self) -> Expr<Gives<Self, Base<Self>>, Self::Phase>
    where
        Base<Self>: ArrayOf,
    {
        Expr::new(Node::sql(&["coalesce(", ", '{}')"], Level::Atom, [self.into_node()]))
    }

    /// `self[position]`: the element at a position counted from 1; NULL past the ends.
    fn element<R: Operand<i32>>(self, position: R) -> Expr<Option<Item<Self>>, Later<Self, R, i32>>
    where
        Base<Self>: ArrayOf,
    {
        let args = [self.into_node(), position.into_operand()];
        Expr::new(Node::sql(&["(", ")[", "]"], Level::Atom, args))
    }

    /// `self[from:to]`: the elements from one position to another, both counted from 1 and included. What lies past the
    /// ends is left out; nothing is an empty array.
    fn slice<F, T>(self, from: F, to: T) -> Lift<Sliced<Self, F, T>, Gives<Self, Base<Self>>>
    where
        Base<Self>: ArrayOf,
        F: Operand<i32>,
        T: Operand<i32>,
    {
        let args = [self.into_node(), from.into_operand(), to.into_operand()];
        Expr::new(Node::sql(&["(", ")[", ":", "]"], Level::Atom, args))
    }

    /// `array_append(self, element)`; a NULL array counts as empty. With an element that may be NULL the elements become
    /// `Option`s.
    fn append<R: Operand<Item<Self>>>(self, element: R) -> Made<Self, R, ArrayWith<Self, Mixed<Self, R>>>
    where
        Base<Self>: ArrayOf,
    {
        let args = [self.into_node(), element.into_operand()];
        Expr::new(Node::sql(&["array_append(", ", ", ")"], Level::Atom, args))
    }

    /// `array_prepend(element, self)`; a NULL array counts as empty. With an element that may be NULL the elements become
    /// `Option`s.
    fn prepend<R: Operand<Item<Self>>>(self, element: R) -> Made<Self, R, ArrayWith<Self, Mixed<Self, R>>>
    where
        Base<Self>: ArrayOf,
    {
        let args = [element.into_operand(), self.into_node()];
        Expr::new(Node::sql(&["array_prepend(", ", ", ")"], Level::Atom, args))
    }

    /// `array_cat(self, other)`: both arrays, one after the other. A NULL array counts as empty, so the result is NULL only
    /// if both are.
    fn concat_array<L>(self, other: L) -> Lift<Joined<Self, L>, ArrayWith<Self, MixedArrays<Self, L>>>
    where
        Base<Self>: ArrayOf,
        L: ArrayOperand<Item<Self>>,
    {
        let args = [self.into_node(), other.into_array_operand()];
        Expr::new(Node::sql(&["array_cat(", ", ", ")"], Level::Atom, args))
    }

    /// `array_remove(self, element)`: without every element that equals this; a NULL removes the NULLs.
    fn remove<R: Operand<Item<Self>>>(self, element: R) -> Lift<Though<Self, R>, Gives<Self, Base<Self>>>
    where
        Base<Self>: ArrayOf,
    {
        let args = [self.into_node(), element.into_operand()];
        Expr::new(Node::sql(&["array_remove(", ", ", ")"], Level::Atom, args))
    }

    /// `array_remove(self, NULL)`: the elements that are not NULL, as a `Vec<T>`.
    fn remove_nulls(self) -> Lift<ModeOf<Self>, Vec<Item<Self>>>
    where
        Base<Self>: ArrayOf,
    {
        let args = [self.into_node(), Node::Null];
        Expr::new(Node::sql(&["array_remove(", ", ", ")"], Level::Atom, args))
    }

    /// `array_replace(self, from, to)`: every element that equals the one becomes the other. `replace` is the same for
    /// text.
    fn replace_element<F, T>(self, from: F, to: T) -> Lift<Replaced<Self, F, T>, ArrayWith<Self, Mixed<Self, T>>>
    where
        Base<Self>: ArrayOf,
        F: Operand<Item<Self>>,
        T: Operand<Item<Self>>,
    {
        let args = [self.into_node(), from.into_operand(), to.into_operand()];
        Expr::new(Node::sql(&["array_replace(", ", ", ", ", ")"], Level::Atom, args))
    }

    /// `array_position(self, element)`: where the first such element is, counted from 1; NULL if there is none. A NULL finds
    /// a NULL.
    fn position_of<R: Operand<Item<Self>>>(self, element: R) -> Expr<Option<i32>, Later<Self, R, Item<Self>>>
    where
        Base<Self>: ArrayOf,
    {
        let args = [self.into_node(), element.into_operand()];
        Expr::new(Node::sql(&["array_position(", ", ", ")"], Level::Atom, args))
    }

    /// `array_position(self, element, from)`: the first such element at this position or behind it.
    fn position_from<R, S>(self, element: R, from: S) -> Expr<Option<i32>, LaterOf<Later<Self, R, Item<Self>>, S>>
    where
        Base<Self>: ArrayOf,
        R: Operand<Item<Self>>,
        S: Operand<i32>,
        S::Mode: Mode<Null = NotNull>,
    {
        let args = [self.into_node(), element.into_operand(), from.into_operand()];
        Expr::new(Node::sql(&["array_position(", ", ", ", ", ")"], Level::Atom, args))
    }

    /// `array_positions(self, element)`: where all such elements are, counted from 1; empty if there is none.
    fn positions_of<R: Operand<Item<Self>>>(self, element: R) -> Lift<Though<Self, R>, Gives<Self, Vec<i32>>>
    where
        Base<Self>: ArrayOf,
    {
        let args = [self.into_node(), element.into_operand()];
        Expr::new(Node::sql(&["array_positions(", ", ", ")"], Level::Atom, args))
    }

    /// `array_to_string(self, delimiter)`: the elements as texts with a delimiter between them; NULLs are left out.
    fn array_to_string<D: Operand<String>>(self, delimiter: D) -> Lift<With<Self, D, String>, Gives<Self, String>>
    where
        Base<Self>: ArrayOf,
    {
        let args = [self.into_node(), delimiter.into_operand()];
        Expr::new(Node::sql(&["array_to_string(", ", ", ")"], Level::Atom, args))
    }

    /// `array_to_string(self, delimiter, null)`: as [`array_to_string`](Self::array_to_string), with a text for NULLs.
    fn array_to_string_with<D, T>(self, delimiter: D, null: T) -> Lift<Spelled<Self, D, T>, Gives<Self, String>>
    where
        Base<Self>: ArrayOf,
        D: Operand<String>,
        T: Operand<String>,
    {
        let args = [self.into_node(), delimiter.into_operand(), null.into_operand()];
        Expr::new(Node::sql(&["array_to_string(", ", ", ", ", ")"], Level::Atom, args))
    }
}

impl<E: Expression> ArrayFunctions for E {}

fn between<E: Expression, T, L: ArrayOperand<T>, R, P>(
    left: E,
    pieces: &'static [&'static str; 3],
    right: L,
) -> Expr<R, P> {
    let right = right.into_array_operand();
    Expr::new(Node::infix(pieces, Level::Operator, left.into_node(), right))
}

/// The elements' nullness with another element among them.
type Mixed<E, R> = <ElementsOf<E> as Nullness>::Or<NullOf<R, Item<E>>>;
/// The elements' nullness with another array's.
type MixedArrays<E, L> = <ElementsOf<E> as Nullness>::Or<<L as ArrayOperand<Item<E>>>::Elements>;
/// NULL only if both arrays are.
type Joined<E, L> = <ModeOf<E> as Mode>::And<<L as ArrayOperand<Item<E>>>::Mode>;
type LaterOf<P, S> = <P as Phase>::Or<<<S as Operand<i32>>::Mode as Mode>::Phase>;
type Sliced<E, F, T> = <<ModeOf<E> as Mode>::Or<<F as Operand<i32>>::Mode> as Mode>::Or<<T as Operand<i32>>::Mode>;
type Replaced<E, F, T> = crate::expr::Is<
    <<E as Expression>::Type as DbType>::Null,
    <Later<E, F, Item<E>> as Phase>::Or<<<T as Operand<Item<E>>>::Mode as Mode>::Phase>,
>;
/// The text for NULLs may be NULL itself: then they are left out.
type Spelled<E, D, T> =
    <With<E, D, String> as Mode>::Or<crate::expr::Is<NotNull, <<T as Operand<String>>::Mode as Mode>::Phase>>;

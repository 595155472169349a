//! Arrays, and `contains` for all that contains something (*Array Functions and Operators*).

use super::{Base, Both, Elements, Expr, Expression, Is, Lift, Mode, ModeOf, Operand, With, text::like_literal};
use crate::driver::Param;
use crate::sql::{Level, Node};
use crate::types::{DbType, Element, NotNull};

/// A type that contains something: text a part, an array an element, jsonb a document, a range a value.
#[diagnostic::on_unimplemented(
    message = "`{Self}` contains nothing",
    label = "expected text, an array, jsonb or a range"
)]
pub trait Container: DbType {
    /// What it contains.
    type Item;
    /// `container contains item`
    #[doc(hidden)]
    fn contains(container: Node, item: Node) -> Node;
}

#[diagnostic::do_not_recommend]
impl Container for String {
    type Item = String;
    fn contains(container: Node, item: Node) -> Node {
        // A text given as a value is escaped into a LIKE pattern, which a trigram index can serve.
        if let Node::Param(param) = &item
            && let Ok(Some(bytes)) = &param.bytes
            && let Ok(literal) = std::str::from_utf8(bytes.as_slice())
        {
            return like_literal(container, "%", literal, "%");
        }
        let position = Node::sql(&["strpos(", ", ", ")"], Level::Atom, [container, item]);
        Node::sql(&["", " > 0"], Level::Comparison, [position])
    }
}

#[diagnostic::do_not_recommend]
impl<T: Element + DbType<Base = T, Null = NotNull>> Container for Vec<T> {
    type Item = T;
    fn contains(container: Node, item: Node) -> Node {
        Node::sql(&["", " = ANY(", ")"], Level::Comparison, [item, container])
    }
}

/// `.contains(item)`
pub trait Contains: Expression {
    /// Whether it contains this: a text the part (taken literally), an array the element (`item = ANY(self)`), jsonb
    /// the document (`@>`), a range the value (`@>`).
    fn contains<R: Operand<<Base<Self> as Container>::Item>>(
        self,
        item: R,
    ) -> Lift<With<Self, R, <Base<Self> as Container>::Item>, bool>
    where
        Base<Self>: Container,
    {
        Expr::new(Base::<Self>::contains(self.into_node(), item.into_operand()))
    }
}

impl<E: Expression> Contains for E {}

/// An array.
#[diagnostic::on_unimplemented(message = "`{Self}` is not an array", label = "expected a `Vec` column")]
pub trait ArrayOf: DbType {
    /// Its elements' type.
    type Item: Element + DbType<Base = Self::Item, Null = NotNull>;
    /// `T`. Said here, so that the error of a type that is no array is one of the method's result, and short.
    #[doc(hidden)]
    type Gives<T: DbType>: DbType;
}

#[diagnostic::do_not_recommend]
impl<T: Element + DbType<Base = T, Null = NotNull>> ArrayOf for Vec<T> {
    type Item = T;
    type Gives<R: DbType> = R;
}

/// Operators and functions of arrays.
pub trait ArrayFunctions: Expression {
    /// `self @> list`: every one of these is an element. An empty list always is.
    fn contains_all<L: Elements<<Base<Self> as ArrayOf>::Item>>(self, list: L) -> Lift<ModeOf<Self>, Gives<Self, bool>>
    where
        Base<Self>: ArrayOf,
    {
        let args = [self.into_node(), list.into_array()];
        Expr::new(Node::sql(&["", " @> ", ""], Level::Operator, args))
    }

    /// `self && list`: at least one of these is an element.
    fn contains_any<L: Elements<<Base<Self> as ArrayOf>::Item>>(self, list: L) -> Lift<ModeOf<Self>, Gives<Self, bool>>
    where
        Base<Self>: ArrayOf,
    {
        let args = [self.into_node(), list.into_array()];
        Expr::new(Node::sql(&["", " && ", ""], Level::Operator, args))
    }

    /// `self <@ list`: every element is one of these.
    fn contained_in<L: Elements<<Base<Self> as ArrayOf>::Item>>(self, list: L) -> Lift<ModeOf<Self>, Gives<Self, bool>>
    where
        Base<Self>: ArrayOf,
    {
        let args = [self.into_node(), list.into_array()];
        Expr::new(Node::sql(&["", " <@ ", ""], Level::Operator, args))
    }

    /// `cardinality(self)`: how many elements.
    fn cardinality(self) -> Lift<ModeOf<Self>, Gives<Self, i32>>
    where
        Base<Self>: ArrayOf,
    {
        Expr::new(Node::sql(&["cardinality(", ")"], Level::Atom, [self.into_node()]))
    }

    /// `self[position]`: the element at a position counted from 1; NULL past the ends.
    fn element(self, position: i32) -> Expr<Option<Item<Self>>, Self::Phase>
    where
        Base<Self>: ArrayOf,
    {
        let args = [self.into_node(), Node::param(Param::new(&position))];
        Expr::new(Node::sql(&["(", ")[", "]"], Level::Atom, args))
    }

    /// `array_append(self, element)`; a NULL array counts as empty. The element is never NULL: a `Vec` of values could not
    /// be read back with one.
    fn append<R: Operand<Item<Self>>>(self, element: R) -> Expr<Base<Self>, <With<Self, R, Item<Self>> as Mode>::Phase>
    where
        Base<Self>: ArrayOf,
        R::Mode: Mode<Null = NotNull>,
    {
        let args = [self.into_node(), element.into_operand()];
        Expr::new(Node::sql(&["array_append(", ", ", ")"], Level::Atom, args))
    }

    /// `array_remove(self, element)`: without every element that equals this.
    fn remove<R: Operand<Item<Self>>>(self, element: R) -> Lift<Without<Self, R>, Gives<Self, Base<Self>>>
    where
        Base<Self>: ArrayOf,
    {
        let args = [self.into_node(), element.into_operand()];
        Expr::new(Node::sql(&["array_remove(", ", ", ")"], Level::Atom, args))
    }

    /// `self || other`: both arrays, one after the other.
    fn concat_array<R: Operand<Base<Self>>>(self, other: R) -> Lift<Both<Self, R>, Gives<Self, Base<Self>>>
    where
        Base<Self>: ArrayOf,
    {
        let args = [self.into_node(), other.into_operand()];
        Expr::new(Node::sql(&["", " || ", ""], Level::Operator, args))
    }
}

impl<E: Expression> ArrayFunctions for E {}

/// The mode of an array without an element: NULL only if the array is.
type Without<E, R> = Is<<<E as Expression>::Type as DbType>::Null, <With<E, R, Item<E>> as Mode>::Phase>;
type Item<E> = <Base<E> as ArrayOf>::Item;
type Gives<E, T> = <Base<E> as ArrayOf>::Gives<T>;

//! `contains`, for all that contains something.

use super::list::array_value;
use super::{Base, Expr, Expression, Lift, Mode, Operand, With, text::like_literal};
use crate::sql::{Level, Node};
use crate::types::{DbType, Element, NotNull, Nullness};

/// A type that contains something: text a part, an array an element, jsonb a document, a range a value.
#[diagnostic::on_unimplemented(
    message = "`{Self}` contains nothing",
    label = "expected text, an array, jsonb or a range"
)]
pub trait Container: DbType {
    /// What it contains.
    type Item;
    /// Whether the answer may be NULL though neither side is: that of an array with a NULL among its elements.
    type Null: Nullness;
    /// `container contains item`
    #[doc(hidden)]
    fn contains(container: Node, item: Node) -> Node;
}

#[diagnostic::do_not_recommend]
impl Container for String {
    type Item = String;
    type Null = NotNull;
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
impl<T: Element> Container for Vec<T> {
    type Item = T::Base;
    type Null = T::Null;
    fn contains(container: Node, item: Node) -> Node {
        let array = array_value::<Self>(container);
        Node::sql(&["", " = ANY(", ")"], Level::Comparison, [item, array])
    }
}

/// `.contains(item)`
pub trait Contains: Expression {
    /// Whether it contains this: a text the part (taken literally), an array the element (`item = ANY(self)`), jsonb
    /// the document (`self @> item`), a range or multirange the value (`self @> item`).
    ///
    /// Of an array with NULLs among its elements (`Vec<Option<T>>`) the answer is NULL where the element is not found:
    /// a NULL might be it.
    fn contains<R: Operand<<Base<Self> as Container>::Item>>(self, item: R) -> Lift<Answer<Self, R>, bool>
    where
        Base<Self>: Container,
    {
        Expr::new(Base::<Self>::contains(self.into_node(), item.into_operand()))
    }
}

impl<E: Expression> Contains for E {}

type Answer<E, R> = <With<E, R, <Base<E> as Container>::Item> as Mode>::Or<super::Is<<Base<E> as Container>::Null>>;

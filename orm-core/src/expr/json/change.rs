//! Documents made of others.

use serde_json::Value as JsonValue;

use super::functions::{Keyed, operator};
use super::{Gives, Joined, JsonOperand, Jsonb};
use crate::expr::{ArrayOperand, Base, Expr, Expression, Lift, Mode, ModeOf, Operand, With};
use crate::sql::{Level, Node};

/// Operators and functions that make a document of another, to be selected or set. What they give is a
/// `serde_json::Value`, which a `Json<T>` column takes, too: `p.meta.set(p.meta.set_path(["size"], to_jsonb(5)))`. The
/// database does not know `T`: a document that is none is an error of whoever reads it.
///
/// Paths are keys and positions as texts: `["tags", "0"]`; negative positions count from the end.
pub trait JsonChanges: Expression {
    /// `self || other`: the members of both objects, of the other where both have one; or both arrays, one after the
    /// other; what is no array counts as one of one element.
    fn concat_json<R>(self, other: R) -> Lift<Joined<Self, R>, Gives<Self, JsonValue>>
    where
        Base<Self>: Jsonb,
        R: JsonOperand,
    {
        operator(self.into_node(), &["", " || ", ""], other.into_document())
    }

    /// `self - key`: without the member of this key, or without this text where it is an element.
    fn without_key<R>(self, key: R) -> Lift<With<Self, R, String>, Gives<Self, JsonValue>>
    where
        Base<Self>: Jsonb,
        R: Operand<String>,
    {
        additive(self, &["", " - ", ""], key.into_operand())
    }

    /// `self - keys`: without the members of all these keys.
    fn without_keys<L>(self, keys: L) -> Lift<Keyed<Self, L>, Gives<Self, JsonValue>>
    where
        Base<Self>: Jsonb,
        L: ArrayOperand<String>,
    {
        additive(self, &["", " - ", ""], keys.into_array_operand())
    }

    /// `self - index`: without the element at this index, counted from 0, or from the end if negative. Of an object the
    /// server's error 22023.
    fn without_index<R>(self, index: R) -> Lift<With<Self, R, i32>, Gives<Self, JsonValue>>
    where
        Base<Self>: Jsonb,
        R: Operand<i32>,
    {
        additive(self, &["", " - ", ""], index.into_operand())
    }

    /// `self #- path`: without what lies at the path.
    fn without_path<R>(self, path: R) -> Lift<With<Self, R, Vec<String>>, Gives<Self, JsonValue>>
    where
        Base<Self>: Jsonb,
        R: Operand<Vec<String>>,
    {
        operator(self.into_node(), &["", " #- ", ""], path.into_operand())
    }

    /// `jsonb_set(self, path, value)`: with this value at the path, also where there was none before (if all that leads
    /// to it is there). A NULL value makes NULL of it all: JSON's `null` is `Value::Null`.
    fn set_path<R, V>(self, path: R, value: V) -> Lift<Placed<Self, R, V>, Gives<Self, JsonValue>>
    where
        Base<Self>: Jsonb,
        R: Operand<Vec<String>>,
        V: JsonOperand,
    {
        placed(&["jsonb_set(", ", ", ", ", ")"], self, path, value)
    }

    /// `jsonb_set(self, path, value, false)`: with this value at the path, where there was one before.
    fn replace_path<R, V>(self, path: R, value: V) -> Lift<Placed<Self, R, V>, Gives<Self, JsonValue>>
    where
        Base<Self>: Jsonb,
        R: Operand<Vec<String>>,
        V: JsonOperand,
    {
        placed(&["jsonb_set(", ", ", ", ", ", false)"], self, path, value)
    }

    /// `jsonb_insert(self, path, value)`: with this value before the element at the path, or as a new member. A key that
    /// is there is the server's error 22023.
    fn insert_path<R, V>(self, path: R, value: V) -> Lift<Placed<Self, R, V>, Gives<Self, JsonValue>>
    where
        Base<Self>: Jsonb,
        R: Operand<Vec<String>>,
        V: JsonOperand,
    {
        placed(&["jsonb_insert(", ", ", ", ", ")"], self, path, value)
    }

    /// `jsonb_insert(self, path, value, true)`: with this value behind the element at the path.
    fn insert_path_after<R, V>(self, path: R, value: V) -> Lift<Placed<Self, R, V>, Gives<Self, JsonValue>>
    where
        Base<Self>: Jsonb,
        R: Operand<Vec<String>>,
        V: JsonOperand,
    {
        placed(&["jsonb_insert(", ", ", ", ", ", true)"], self, path, value)
    }

    /// `jsonb_strip_nulls(self)`: without the members that are JSON's `null`, at every level; elements of arrays stay.
    fn strip_nulls(self) -> Lift<ModeOf<Self>, Gives<Self, JsonValue>>
    where
        Base<Self>: Jsonb,
    {
        let args = [self.into_node()];
        Expr::new(Node::sql(&["jsonb_strip_nulls(", ")"], Level::Atom, args))
    }
}

impl<E: Expression> JsonChanges for E {}

fn additive<E: Expression, T, P>(left: E, pieces: &'static [&'static str; 3], right: Node) -> Expr<T, P> {
    Expr::new(Node::infix(pieces, Level::Additive, left.into_node(), right))
}

fn placed<E, R, V, T, P>(pieces: &'static [&'static str; 4], document: E, path: R, value: V) -> Expr<T, P>
where
    E: Expression,
    R: Operand<Vec<String>>,
    V: JsonOperand,
{
    let args = [document.into_node(), path.into_operand(), value.into_document()];
    Expr::new(Node::sql(pieces, Level::Atom, args))
}

type Placed<E, R, V> = <With<E, R, Vec<String>> as Mode>::Or<<V as JsonOperand>::Mode>;

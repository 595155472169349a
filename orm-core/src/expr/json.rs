//! jsonb (*JSON Functions and Operators*).

use serde_core::Serialize;
use serde_core::de::DeserializeOwned;
use serde_json::Value as JsonValue;

use super::{Base, Comparable, Container, Expr, Expression, Lift, ModeOf};
use crate::driver::Param;
use crate::sql::{Level, Node};
use crate::types::{DbType, Json};

/// A jsonb column: `serde_json::Value` or `Json<T>`.
#[diagnostic::on_unimplemented(
    message = "`{Self}` is not jsonb",
    label = "expected a `Json<T>` or `serde_json::Value` column"
)]
pub trait Jsonb: DbType {}

#[diagnostic::do_not_recommend]
impl Jsonb for JsonValue {}
#[diagnostic::do_not_recommend]
impl<T: Serialize + DeserializeOwned + Send + Sync + 'static> Jsonb for Json<T> where Json<T>: DbType {}

#[diagnostic::do_not_recommend]
impl<T: Serialize + DeserializeOwned + Send + Sync + 'static> Comparable<JsonValue> for Json<T> where Json<T>: DbType {}

#[diagnostic::do_not_recommend]
impl Container for JsonValue {
    type Item = JsonValue;
    fn contains(container: Node, item: Node) -> Node {
        Node::sql(&["", " @> ", ""], Level::Operator, [container, item])
    }
}

#[diagnostic::do_not_recommend]
impl<T: Serialize + DeserializeOwned + Send + Sync + 'static> Container for Json<T>
where
    Json<T>: DbType,
{
    type Item = JsonValue;
    fn contains(container: Node, item: Node) -> Node {
        Node::sql(&["", " @> ", ""], Level::Operator, [container, item])
    }
}

/// Operators and functions of jsonb. What is not there is NULL, so most give an `Option`.
pub trait JsonFunctions: Expression {
    /// `self -> key`: a member of an object.
    fn get(self, key: impl AsRef<str>) -> Expr<Option<JsonValue>, Self::Phase>
    where
        Base<Self>: Jsonb,
    {
        let args = [self.into_node(), text(key.as_ref())];
        Expr::new(Node::sql(&["", " -> ", ""], Level::Operator, args))
    }

    /// `self ->> key`: a member of an object as text.
    fn get_text(self, key: impl AsRef<str>) -> Expr<Option<String>, Self::Phase>
    where
        Base<Self>: Jsonb,
    {
        let args = [self.into_node(), text(key.as_ref())];
        Expr::new(Node::sql(&["", " ->> ", ""], Level::Operator, args))
    }

    /// `self -> index`: an element of an array, counted from 0, or from the end if negative.
    fn get_index(self, index: i32) -> Expr<Option<JsonValue>, Self::Phase>
    where
        Base<Self>: Jsonb,
    {
        let args = [self.into_node(), Node::param(Param::new(&index))];
        Expr::new(Node::sql(&["", " -> ", ""], Level::Operator, args))
    }

    /// `self #> path`: what lies at a path of keys and positions.
    fn get_path(self, path: &[&str]) -> Expr<Option<JsonValue>, Self::Phase>
    where
        Base<Self>: Jsonb,
    {
        let args = [self.into_node(), texts(path)];
        Expr::new(Node::sql(&["", " #> ", ""], Level::Operator, args))
    }

    /// `self #>> path`: what lies at a path, as text.
    fn get_path_text(self, path: &[&str]) -> Expr<Option<String>, Self::Phase>
    where
        Base<Self>: Jsonb,
    {
        let args = [self.into_node(), texts(path)];
        Expr::new(Node::sql(&["", " #>> ", ""], Level::Operator, args))
    }

    /// `self ? key`: whether it is an object with this key, or an array with this text.
    fn has_key(self, key: impl AsRef<str>) -> Lift<ModeOf<Self>, bool>
    where
        Base<Self>: Jsonb,
    {
        let args = [self.into_node(), text(key.as_ref())];
        Expr::new(Node::sql(&["", " ? ", ""], Level::Operator, args))
    }

    /// `jsonb_typeof(self)`: `object`, `array`, `string`, `number`, `boolean` or `null`.
    fn json_type(self) -> Lift<ModeOf<Self>, String>
    where
        Base<Self>: Jsonb,
    {
        Expr::new(Node::sql(&["jsonb_typeof(", ")"], Level::Atom, [self.into_node()]))
    }

    /// `jsonb_array_length(self)`; of what is no array the server's error 22023.
    fn json_array_length(self) -> Lift<ModeOf<Self>, i32>
    where
        Base<Self>: Jsonb,
    {
        Expr::new(Node::sql(
            &["jsonb_array_length(", ")"],
            Level::Atom,
            [self.into_node()],
        ))
    }
}

impl<E: Expression> JsonFunctions for E {}

fn text(text: &str) -> Node {
    Node::param(Param::encode(<String as DbType>::TYPE, |out| {
        crate::types::encode_text(text, out)
    }))
}

fn texts(path: &[&str]) -> Node {
    super::Operand::<Vec<String>>::into_operand(path)
}

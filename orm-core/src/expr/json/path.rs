//! jsonpath (*The SQL/JSON Path Language*): `$.tags[*] ? (@.size > 3)`.

use serde_json::Value as JsonValue;

use super::functions::operator;
use super::{Gives, Jsonb, Later};
use crate::expr::{Base, Expr, Expression, Lift, Mode, Operand, Phase, With};
use crate::sql::{Level, Node};
use crate::types::builtin;

/// Questions in the SQL/JSON path language.
///
/// The path is a text, sent as a parameter and cast (`$1::jsonpath`); one that cannot be parsed is the server's error
/// 42601. Values belong into `vars`, an object whose members the path names by `$name`, and never into the path's text.
pub trait JsonPathFunctions: Expression {
    /// `self @? path`: whether the path finds anything. A GIN index serves it. Errors inside of the path are no errors but
    /// NULL.
    fn path_exists<R>(self, path: R) -> Expr<Gives<Self, Option<bool>>, Later<Self, R, String>>
    where
        Base<Self>: Jsonb,
        R: Operand<String>,
    {
        operator(self.into_node(), &["", " @? ", ""], jsonpath(path))
    }

    /// `self @@ path`: what the path's predicate says: `.path_matches("$.size > 3")`. A GIN index serves it. NULL where the
    /// result is no boolean, and for errors inside of the path.
    fn path_matches<R>(self, path: R) -> Expr<Gives<Self, Option<bool>>, Later<Self, R, String>>
    where
        Base<Self>: Jsonb,
        R: Operand<String>,
    {
        operator(self.into_node(), &["", " @@ ", ""], jsonpath(path))
    }

    /// `jsonb_path_exists(self, path, vars)`: whether the path finds anything. Errors inside of the path are the server's
    /// errors (class 22).
    fn path_exists_with<R, V>(self, path: R, vars: V) -> Lift<Asked<Self, R, V>, Gives<Self, bool>>
    where
        Base<Self>: Jsonb,
        R: Operand<String>,
        V: Operand<JsonValue>,
    {
        function(&["jsonb_path_exists(", ", ", ", ", ")"], self, path, vars)
    }

    /// `jsonb_path_match(self, path, vars)`: what the path's predicate says; NULL where it is unknown. A result that is no
    /// boolean is the server's error 22038.
    fn path_matches_with<R, V>(self, path: R, vars: V) -> Expr<Gives<Self, Option<bool>>, AskedIn<Self, R, V>>
    where
        Base<Self>: Jsonb,
        R: Operand<String>,
        V: Operand<JsonValue>,
    {
        function(&["jsonb_path_match(", ", ", ", ", ")"], self, path, vars)
    }

    /// `jsonb_path_query_first(self, path)`: the first thing that the path finds; NULL if it finds nothing.
    fn path_first<R>(self, path: R) -> Expr<Gives<Self, Option<JsonValue>>, Later<Self, R, String>>
    where
        Base<Self>: Jsonb,
        R: Operand<String>,
    {
        let args = [self.into_node(), jsonpath(path)];
        Expr::new(Node::sql(&["jsonb_path_query_first(", ", ", ")"], Level::Atom, args))
    }

    /// `jsonb_path_query_first(self, path, vars)`: the first thing that the path finds; NULL if it finds nothing.
    fn path_first_with<R, V>(self, path: R, vars: V) -> Expr<Gives<Self, Option<JsonValue>>, AskedIn<Self, R, V>>
    where
        Base<Self>: Jsonb,
        R: Operand<String>,
        V: Operand<JsonValue>,
    {
        function(&["jsonb_path_query_first(", ", ", ", ", ")"], self, path, vars)
    }

    /// `jsonb_path_query_array(self, path)`: all that the path finds, as a JSON array.
    fn path_all<R>(self, path: R) -> Lift<With<Self, R, String>, Gives<Self, JsonValue>>
    where
        Base<Self>: Jsonb,
        R: Operand<String>,
    {
        let args = [self.into_node(), jsonpath(path)];
        Expr::new(Node::sql(&["jsonb_path_query_array(", ", ", ")"], Level::Atom, args))
    }

    /// `jsonb_path_query_array(self, path, vars)`: all that the path finds, as a JSON array.
    fn path_all_with<R, V>(self, path: R, vars: V) -> Lift<Asked<Self, R, V>, Gives<Self, JsonValue>>
    where
        Base<Self>: Jsonb,
        R: Operand<String>,
        V: Operand<JsonValue>,
    {
        function(&["jsonb_path_query_array(", ", ", ", ", ")"], self, path, vars)
    }
}

impl<E: Expression> JsonPathFunctions for E {}

fn jsonpath<R: Operand<String>>(path: R) -> Node {
    Node::cast(path.into_operand(), builtin::JSONPATH)
}

fn function<E, R, V, T, P>(pieces: &'static [&'static str; 4], document: E, path: R, vars: V) -> Expr<T, P>
where
    E: Expression,
    R: Operand<String>,
    V: Operand<JsonValue>,
{
    let args = [document.into_node(), jsonpath(path), vars.into_operand()];
    Expr::new(Node::sql(pieces, Level::Atom, args))
}

type Asked<E, R, V> = <With<E, R, String> as Mode>::Or<<V as Operand<JsonValue>>::Mode>;
type AskedIn<E, R, V> = <Later<E, R, String> as Phase>::Or<<<V as Operand<JsonValue>>::Mode as Mode>::Phase>;

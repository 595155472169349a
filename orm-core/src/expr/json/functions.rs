//! Reading from jsonb.

use serde_json::Value as JsonValue;

use super::{Gives, Joined, JsonKey, JsonOperand, Jsonb, Later};
use crate::expr::{ArrayOperand, Base, Expr, Expression, Lift, Mode, ModeOf, Operand, Phase, With};
use crate::sql::{Level, Node};
use crate::types::DbType;

/// Operators and functions that read jsonb. `.contains(document)` is [`Contains`](crate::Contains)'.
///
/// What is not there is NULL, so most give an `Option`. JSON's own `null` is a value: `.get(…)` gives it as
/// `Some(Value::Null)`; `.get_text(…)` and [`json_as`](Self::json_as) give NULL for it.
pub trait JsonFunctions: Expression {
    /// `self -> key`: a member of an object by its key, or an element of an array by its index, counted from 0, or from
    /// the end if negative.
    fn get<K: JsonKey>(self, key: K) -> Expr<Gives<Self, Option<JsonValue>>, Found<Self, K>>
    where
        Base<Self>: Jsonb,
    {
        operator(self.into_node(), &["", " -> ", ""], key.into_key())
    }

    /// `self ->> key`: as [`get`](Self::get), as text; JSON's `null` is NULL.
    fn get_text<K: JsonKey>(self, key: K) -> Expr<Gives<Self, Option<String>>, Found<Self, K>>
    where
        Base<Self>: Jsonb,
    {
        operator(self.into_node(), &["", " ->> ", ""], key.into_key())
    }

    /// `self #> path`: what lies at a path of keys and positions: `.get_path(["tags", "0"])`.
    fn get_path<R>(self, path: R) -> Expr<Gives<Self, Option<JsonValue>>, Later<Self, R, Vec<String>>>
    where
        Base<Self>: Jsonb,
        R: Operand<Vec<String>>,
    {
        operator(self.into_node(), &["", " #> ", ""], path.into_operand())
    }

    /// `self #>> path`: what lies at a path, as text; JSON's `null` is NULL.
    fn get_path_text<R>(self, path: R) -> Expr<Gives<Self, Option<String>>, Later<Self, R, Vec<String>>>
    where
        Base<Self>: Jsonb,
        R: Operand<Vec<String>>,
    {
        operator(self.into_node(), &["", " #>> ", ""], path.into_operand())
    }

    /// `self <@ document`: the other document contains this one.
    fn contained_in_json<R>(self, document: R) -> Lift<Joined<Self, R>, Gives<Self, bool>>
    where
        Base<Self>: Jsonb,
        R: JsonOperand,
    {
        operator(self.into_node(), &["", " <@ ", ""], document.into_document())
    }

    /// `self ? key`: whether it is an object with this key, or an array with this text.
    fn has_key<R: Operand<String>>(self, key: R) -> Lift<With<Self, R, String>, Gives<Self, bool>>
    where
        Base<Self>: Jsonb,
    {
        operator(self.into_node(), &["", " ? ", ""], key.into_operand())
    }

    /// `self ?| keys`: whether it has at least one of these keys.
    fn has_any_key<L: ArrayOperand<String>>(self, keys: L) -> Lift<Keyed<Self, L>, Gives<Self, bool>>
    where
        Base<Self>: Jsonb,
    {
        operator(self.into_node(), &["", " ?| ", ""], keys.into_array_operand())
    }

    /// `self ?& keys`: whether it has all of these keys. It has all of none.
    fn has_all_keys<L: ArrayOperand<String>>(self, keys: L) -> Lift<Keyed<Self, L>, Gives<Self, bool>>
    where
        Base<Self>: Jsonb,
    {
        operator(self.into_node(), &["", " ?& ", ""], keys.into_array_operand())
    }

    /// A scalar as a value of another type: `u.meta.get("age").json_as::<i32>()`. NULL for JSON's `null`; for what cannot
    /// be converted, such as an object or a text that is no number, the server's error (22023, 22P02, 22003).
    ///
    /// `(self #>> '{}')::type`. PostgreSQL's own cast of jsonb to a number fails for JSON's `null` up to version 17 and
    /// gives NULL from 18 on; this is the same on all.
    fn json_as<T: JsonScalar>(self) -> Expr<Gives<Self, Option<T>>, Self::Phase>
    where
        Base<Self>: Jsonb,
        Option<T>: DbType,
    {
        let text = Node::sql(&["", " #>> '{}'"], Level::Operator, [self.into_node()]);
        Expr::new(Node::cast(text, T::TYPE))
    }

    /// `jsonb_typeof(self)`: `object`, `array`, `string`, `number`, `boolean` or `null`.
    fn json_type(self) -> Lift<ModeOf<Self>, Gives<Self, String>>
    where
        Base<Self>: Jsonb,
    {
        function(&["jsonb_typeof(", ")"], self)
    }

    /// `jsonb_array_length(self)`; of what is no array the server's error 22023.
    fn json_array_length(self) -> Lift<ModeOf<Self>, Gives<Self, i32>>
    where
        Base<Self>: Jsonb,
    {
        function(&["jsonb_array_length(", ")"], self)
    }

    /// `jsonb_pretty(self)`: as text, with line breaks and four spaces for each level.
    fn json_pretty(self) -> Lift<ModeOf<Self>, Gives<Self, String>>
    where
        Base<Self>: Jsonb,
    {
        function(&["jsonb_pretty(", ")"], self)
    }
}

impl<E: Expression> JsonFunctions for E {}

/// What a JSON scalar can be read as: numbers, `bool` and `String`.
#[diagnostic::on_unimplemented(
    message = "a JSON scalar cannot be read as `{Self}`",
    label = "expected a number, `bool` or `String`",
    note = "a document is read by `.cast::<orm::Json<…>>()`; for a date, uuid or enum take the text, `.get_text(…)`, and `.cast::<…>()`"
)]
pub trait JsonScalar: DbType {}

macro_rules! scalars {
    ($($type:ty),*) => { $(
        #[diagnostic::do_not_recommend]
        impl JsonScalar for $type {}
    )* };
}
scalars!(bool, i16, i32, i64, f32, f64, String);
#[cfg(feature = "decimal")]
scalars!(rust_decimal::Decimal);

pub(super) fn operator<T, P>(left: Node, pieces: &'static [&'static str; 3], right: Node) -> Expr<T, P> {
    Expr::new(Node::infix(pieces, Level::Operator, left, right))
}

fn function<E: Expression, T, P>(pieces: &'static [&'static str; 2], document: E) -> Expr<T, P> {
    Expr::new(Node::sql(pieces, Level::Atom, [document.into_node()]))
}

type Found<E, K> = <<E as Expression>::Phase as Phase>::Or<<K as JsonKey>::Phase>;
pub(super) type Keyed<E, L> = <ModeOf<E> as Mode>::Or<<L as ArrayOperand<String>>::Mode>;

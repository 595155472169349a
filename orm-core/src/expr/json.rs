//! jsonb (*JSON Functions and Operators*): what is one, what leads into one, and documents made of expressions.

mod change;
mod functions;
mod path;

pub use change::JsonChanges;
pub use functions::{JsonFunctions, JsonScalar};
pub use path::JsonPathFunctions;

use serde_core::Serialize;
use serde_core::de::DeserializeOwned;
use serde_json::Value as JsonValue;

use super::phase::latest;
use super::{
    Base, Column, Comparable, Container, Expr, Expression, IntoExpr, Is, Lift, Mode, ModeOf, Operand, PerRow, Phase,
};
use crate::driver::Param;
use crate::sql::{Level, Node};
use crate::types::{DbType, Json, NotNull, Nullness};

/// A jsonb column: `serde_json::Value` or `Json<T>`.
#[diagnostic::on_unimplemented(
    message = "`{Self}` is not jsonb",
    label = "expected a `Json<T>` or `serde_json::Value` column",
    note = "`to_jsonb(…)` makes jsonb of any value; a text that holds a document becomes one by `.cast::<serde_json::Value>()`"
)]
pub trait Jsonb: DbType {
    /// `T`. Said here, so that the error of a type that is no jsonb is one of the method's result, and short.
    #[doc(hidden)]
    type Gives<T: DbType>: DbType;
}

#[diagnostic::do_not_recommend]
impl Jsonb for JsonValue {
    type Gives<T: DbType> = T;
}
#[diagnostic::do_not_recommend]
impl<T: Serialize + DeserializeOwned + Send + Sync + 'static> Jsonb for Json<T>
where
    Json<T>: DbType,
{
    type Gives<R: DbType> = R;
}

#[diagnostic::do_not_recommend]
impl<T: Serialize + DeserializeOwned + Send + Sync + 'static> Comparable<JsonValue> for Json<T> where Json<T>: DbType {}

/// A typed document is a document, too: `u.meta.concat_json(Json(defaults))`.
#[diagnostic::do_not_recommend]
impl<T> Operand<JsonValue> for Json<T>
where
    Json<T>: DbType,
{
    type Mode = Is;
    fn into_operand(self) -> Node {
        Node::param(Param::new(&self))
    }
}

#[diagnostic::do_not_recommend]
impl Container for JsonValue {
    type Item = JsonValue;
    type Null = NotNull;
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
    type Null = NotNull;
    fn contains(container: Node, item: Node) -> Node {
        Node::sql(&["", " @> ", ""], Level::Operator, [container, item])
    }
}

/// A document beside a document: a `serde_json::Value`, a [`Json`], or a column or expression that is jsonb.
#[diagnostic::on_unimplemented(
    message = "expected jsonb, found `{Self}`",
    label = "expected a `serde_json::Value`, or a column or expression that is jsonb",
    note = "`orm::to_jsonb(…)` makes jsonb of any value, column or expression: `orm::to_jsonb(5)`"
)]
pub trait JsonOperand {
    /// Whether it may be NULL, and when it is computed.
    type Mode: Mode;
    /// The untyped tree.
    #[doc(hidden)]
    fn into_document(self) -> Node;
}

#[diagnostic::do_not_recommend]
impl<V: Operand<JsonValue>> JsonOperand for V {
    type Mode = V::Mode;
    fn into_document(self) -> Node {
        self.into_operand()
    }
}

/// A document fits into a column or field of a typed one, and the other way round: both are jsonb.
mod fits {
    use super::{DbType, Json, JsonValue};
    use crate::expr::{FitsInto, FromColumn};

    macro_rules! documents {
        ($($from:ty => $into:ty;)*) => { $(
            #[diagnostic::do_not_recommend]
            impl<T> FitsInto<$into> for $from where Json<T>: DbType {}
            #[diagnostic::do_not_recommend]
            impl<T> FromColumn<$from> for $into where Json<T>: DbType {}
        )* };
    }
    documents! {
        JsonValue => Json<T>;
        JsonValue => Option<Json<T>>;
        Option<JsonValue> => Option<Json<T>>;
        Json<T> => JsonValue;
        Json<T> => Option<JsonValue>;
        Option<Json<T>> => Option<JsonValue>;
    }
}

/// What leads to a member of an object or an element of an array: a key (text) or an index (`i32`), as a value, column or
/// expression.
#[diagnostic::on_unimplemented(
    message = "`{Self}` is neither a key nor an index of a JSON document",
    label = "expected a text or an `i32`: a value, column or expression"
)]
pub trait JsonKey {
    /// When it is computed.
    type Phase: Phase;
    /// The untyped tree.
    #[doc(hidden)]
    fn into_key(self) -> Node;
}

macro_rules! keys {
    ($($type:ty => $of:ty;)*) => { $(
        #[diagnostic::do_not_recommend]
        impl JsonKey for $type {
            type Phase = PerRow;
            fn into_key(self) -> Node {
                Operand::<$of>::into_operand(self)
            }
        }
    )* };
}
keys! {
    &str => String;
    &&str => String;
    String => String;
    &String => String;
    i32 => i32;
    &i32 => i32;
}

/// The types of keys and indexes in columns and expressions.
#[diagnostic::on_unimplemented(
    message = "`{Self}` is neither a key nor an index of a JSON document",
    label = "expected a text or an `i32`"
)]
pub trait JsonKeyType {}

#[diagnostic::do_not_recommend]
impl JsonKeyType for String {}
#[diagnostic::do_not_recommend]
impl JsonKeyType for i32 {}

#[diagnostic::do_not_recommend]
impl<M, T: DbType, W, N: Nullness> JsonKey for Column<M, T, W, N>
where
    T::Base: JsonKeyType,
{
    type Phase = PerRow;
    fn into_key(self) -> Node {
        self.into_node()
    }
}

#[diagnostic::do_not_recommend]
impl<T: DbType, P: Phase> JsonKey for Expr<T, P>
where
    T::Base: JsonKeyType,
{
    type Phase = P;
    fn into_key(self) -> Node {
        self.node
    }
}

/// `to_jsonb(value)`: a column, expression or value as jsonb. NULL stays NULL (it does not become JSON's `null`); times are
/// texts in ISO 8601, NaN and infinity are texts.
pub fn to_jsonb<E: IntoExpr>(value: E) -> Lift<Is<<E::Type as DbType>::Null, E::Phase>, JsonValue> {
    let value = value.into_expr().node;
    Expr::new(Node::sql(&["to_jsonb(", ")"], Level::Atom, [value]))
}

/// `jsonb_build_array(…)`: an array of a tuple of columns, expressions and values, of any types. NULL becomes JSON's
/// `null`.
pub fn json_array<T: JsonItems>(items: T) -> Expr<JsonValue, T::Phase> {
    let items = Node::list(items.into_items());
    Expr::new(Node::sql(&["jsonb_build_array(", ")"], Level::Atom, [items]))
}

/// `jsonb_build_object(…)`: an object of a tuple of pairs: `json_object((("name", u.name), ("age", u.age)))`. NULL becomes
/// JSON's `null`.
pub fn json_object<T: JsonMembers>(members: T) -> Expr<JsonValue, T::Phase> {
    let members = Node::list(members.into_members());
    Expr::new(Node::sql(&["jsonb_build_object(", ")"], Level::Atom, [members]))
}

/// One to twelve columns, expressions and values in a tuple.
#[diagnostic::on_unimplemented(
    message = "`{Self}` is not a tuple of values",
    label = "expected a tuple such as `(u.name, u.age)`"
)]
pub trait JsonItems {
    /// The latest of theirs.
    type Phase: Phase;
    /// The untyped trees.
    #[doc(hidden)]
    fn into_items(self) -> Vec<Node>;
}

/// One to twelve pairs of a key and a column, expression or value, in a tuple.
#[diagnostic::on_unimplemented(
    message = "`{Self}` is not a tuple of pairs of a key and a value",
    label = "expected a tuple of pairs such as `((\"name\", u.name), (\"age\", u.age))`"
)]
pub trait JsonMembers {
    /// The latest of theirs.
    type Phase: Phase;
    /// The untyped trees: keys and values by turns.
    #[doc(hidden)]
    fn into_members(self) -> Vec<Node>;
}

macro_rules! documents {
    ($(($($name:ident $key:ident $index:tt),+))*) => { $(
        impl<$($name: IntoExpr),+> JsonItems for ($($name,)+) {
            type Phase = latest!($($name::Phase),+);
            fn into_items(self) -> Vec<Node> {
                vec![$(self.$index.into_expr().node),+]
            }
        }

        #[diagnostic::do_not_recommend]
        impl<$($key: Operand<String>, $name: IntoExpr),+> JsonMembers for ($(($key, $name),)+)
        where
            $($key::Mode: Mode<Null = NotNull>),+
        {
            type Phase = latest!($(<$key::Mode as Mode>::Phase, $name::Phase),+);
            fn into_members(self) -> Vec<Node> {
                vec![$(self.$index.0.into_operand(), self.$index.1.into_expr().node),+]
            }
        }
    )* };
}
documents! {
    (A KA 0)
    (A KA 0, B KB 1)
    (A KA 0, B KB 1, C KC 2)
    (A KA 0, B KB 1, C KC 2, D KD 3)
    (A KA 0, B KB 1, C KC 2, D KD 3, E KE 4)
    (A KA 0, B KB 1, C KC 2, D KD 3, E KE 4, F KF 5)
    (A KA 0, B KB 1, C KC 2, D KD 3, E KE 4, F KF 5, G KG 6)
    (A KA 0, B KB 1, C KC 2, D KD 3, E KE 4, F KF 5, G KG 6, H KH 7)
    (A KA 0, B KB 1, C KC 2, D KD 3, E KE 4, F KF 5, G KG 6, H KH 7, I KI 8)
    (A KA 0, B KB 1, C KC 2, D KD 3, E KE 4, F KF 5, G KG 6, H KH 7, I KI 8, J KJ 9)
    (A KA 0, B KB 1, C KC 2, D KD 3, E KE 4, F KF 5, G KG 6, H KH 7, I KI 8, J KJ 9, K KK 10)
    (A KA 0, B KB 1, C KC 2, D KD 3, E KE 4, F KF 5, G KG 6, H KH 7, I KI 8, J KJ 9, K KK 10, L KL 11)
}

/// The mode of a document and another one beside it.
type Joined<E, R> = <ModeOf<E> as Mode>::Or<<R as JsonOperand>::Mode>;
type Gives<E, T> = <Base<E> as Jsonb>::Gives<T>;
/// The later phase of an expression and an operand of type `T`.
type Later<E, R, T> = <<E as Expression>::Phase as Phase>::Or<<<R as Operand<T>>::Mode as Mode>::Phase>;

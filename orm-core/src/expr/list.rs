//! Lists of values, for `in_` and the functions of arrays.

use std::collections::{BTreeSet, HashSet};

use super::operand::value_node;
use super::{Is, Mode, PerRow, Value};
use crate::sql::{Level, Node};
use crate::types::{DbType, Element, NotNull, encode_array};

/// What `in_` looks into: an array, a `Vec`, a slice or a set.
#[diagnostic::on_unimplemented(
    message = "`{Self}` is not a list of `{T}`",
    label = "expected an array, `Vec`, slice or set of `{T}`"
)]
pub trait List<T> {
    /// Whether asking it may give NULL, and when it is computed.
    type Mode: Mode;
    /// `left IN list`, or `left NOT IN list`.
    #[doc(hidden)]
    fn membership(self, left: Node, negated: bool) -> Node;
}

/// Values that one array parameter holds: an array, a `Vec`, a slice or a set.
#[diagnostic::on_unimplemented(
    message = "`{Self}` is not a list of `{T}`",
    label = "expected an array, `Vec`, slice or set of `{T}`"
)]
pub trait Elements<T> {
    /// One parameter of the array type.
    #[doc(hidden)]
    fn into_array(self) -> Node;
}

macro_rules! lists {
    ($([$($generics:tt)*] $type:ty;)*) => { $(
        #[diagnostic::do_not_recommend]
        impl<T: Element<Base = T, Null = NotNull>, V: Value<T>, $($generics)*> List<T> for $type {
            type Mode = Is<NotNull, PerRow>;
            fn membership(self, left: Node, negated: bool) -> Node {
                let pieces = match negated {
                    false => &["", " = ANY(", ")"],
                    true => &["", " <> ALL(", ")"],
                };
                let array = Elements::<T>::into_array(self);
                Node::sql(pieces, Level::Comparison, [left, array])
            }
        }
        #[diagnostic::do_not_recommend]
        impl<T: Element<Base = T, Null = NotNull>, V: Value<T>, $($generics)*> Elements<T> for $type {
            fn into_array(self) -> Node {
                value_node(<Vec<T> as DbType>::TYPE, |out| {
                    encode_array(T::TYPE, self.iter(), |value, out| value.encode_value(out), out)
                })
            }
        }
    )* };
}
lists! {
    [] Vec<V>;
    [] &Vec<V>;
    [] &[V];
    [const N: usize] [V; N];
    [const N: usize] &[V; N];
    [S] HashSet<V, S>;
    [S] &HashSet<V, S>;
    [] BTreeSet<V>;
    [] &BTreeSet<V>;
}

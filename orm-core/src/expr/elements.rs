//! Lists of values, for `in_` and the functions of arrays.

use std::collections::{BTreeSet, HashSet};

use super::operand::value_node;
use super::{Is, Mode, PerRow, Value};
use crate::sql::Node;
use crate::types::{DbType, Element, NotNull, encode_array};

/// What `in_`, `eq_any` and their kin look into: an array, a `Vec`, a slice or a set of values, a column or expression that
/// is an array, or a query of one column.
#[diagnostic::on_unimplemented(
    message = "`{Self}` is not a list of `{T}`",
    label = "expected an array, `Vec`, slice or set of `{T}`, or a query that selects one column of it"
)]
pub trait List<T> {
    /// Whether asking it may give NULL, and when it is computed.
    type Mode: Mode;
    /// What stands behind `ANY`: an array, or a query in parentheses.
    #[doc(hidden)]
    fn into_list(self) -> Node;
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
        impl<T: Element<Base = T, Null = NotNull>, V: Value<T>, $($generics)*> Elements<T> for $type {
            fn into_array(self) -> Node {
                value_node(<Vec<T> as DbType>::TYPE, |out| {
                    encode_array(T::TYPE, self.iter(), |value, out| value.encode_value(out), out)
                })
            }
        }
        #[diagnostic::do_not_recommend]
        impl<T: Element<Base = T, Null = NotNull>, V: Value<T>, $($generics)*> List<T> for $type {
            type Mode = Is<NotNull, PerRow>;
            fn into_list(self) -> Node {
                self.into_array()
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

//! The other side of an operator: values, columns and expressions.
//!
//! A value becomes a parameter of the operator's type, so an integer literal fits `i16`, `i32` and `i64` columns alike,
//! and nothing is ever converted silently.

use std::borrow::Cow;
use std::collections::{BTreeSet, HashSet};
use std::sync::Arc;

use super::{Column, Expr, Expression, Is, Mode, PerRow, Phase};
use crate::driver::Param;
use crate::sql::{Level, Node};
use crate::types::{Buffer, DbType, Element, IsNull, NotNull, Nullness, PgType, ValueError, encode_array, encode_text};

/// A Rust value that can stand where a `T` is expected: a `T`, a `&T`, and for texts `&str` and its kin.
#[diagnostic::on_unimplemented(message = "expected `{T}`, found `{Self}`", label = "expected a value of type `{T}`")]
pub trait Value<T> {
    /// Appends the value in the format of `T`'s PostgreSQL type.
    ///
    /// # Errors
    /// A value that PostgreSQL's type cannot hold.
    #[doc(hidden)]
    fn encode_value(&self, out: &mut Buffer) -> Result<IsNull, ValueError>;
}

#[diagnostic::do_not_recommend]
impl<T: DbType<Base = T, Null = NotNull>> Value<T> for T {
    fn encode_value(&self, out: &mut Buffer) -> Result<IsNull, ValueError> {
        self.encode(out)
    }
}

#[diagnostic::do_not_recommend]
impl<T: DbType<Base = T, Null = NotNull>> Value<T> for &T {
    fn encode_value(&self, out: &mut Buffer) -> Result<IsNull, ValueError> {
        (**self).encode(out)
    }
}

macro_rules! text_values {
    ($($type:ty),*) => { $(
        #[diagnostic::do_not_recommend]
        impl Value<String> for $type {
            fn encode_value(&self, out: &mut Buffer) -> Result<IsNull, ValueError> {
                encode_text(self, out)
            }
        }
        #[diagnostic::do_not_recommend]
        impl Operand<String> for $type {
            type Mode = Is<NotNull, PerRow>;
            fn into_operand(self) -> Node {
                value_node(<String as DbType>::TYPE, |out| encode_text(&self, out))
            }
        }
    )* };
}
text_values!(
    &str,
    &&str,
    &&String,
    Box<str>,
    &Box<str>,
    Arc<str>,
    &Arc<str>,
    Cow<'_, str>,
    &Cow<'_, str>
);

macro_rules! slice_values {
    ($([$($generics:tt)*] $type:ty, $target:ty, $encode:expr;)*) => { $(
        #[diagnostic::do_not_recommend]
        impl<$($generics)*> Value<$target> for $type {
            fn encode_value(&self, out: &mut Buffer) -> Result<IsNull, ValueError> {
                $encode(&self[..], out)
            }
        }
        #[diagnostic::do_not_recommend]
        impl<$($generics)*> Operand<$target> for $type {
            type Mode = Is<NotNull, PerRow>;
            fn into_operand(self) -> Node {
                value_node(<$target as DbType>::TYPE, |out| $encode(&self[..], out))
            }
        }
    )* };
}
slice_values! {
    [] &[u8], Vec<u8>, encode_bytes;
    [const N: usize] &[u8; N], Vec<u8>, encode_bytes;
    [const N: usize] [u8; N], Vec<u8>, encode_bytes;
    [T: Element] &[T], Vec<T>, encode_slice;
    [T: Element, const N: usize] &[T; N], Vec<T>, encode_slice;
    [T: Element, const N: usize] [T; N], Vec<T>, encode_slice;
    [] &[&str], Vec<String>, encode_texts;
    [const N: usize] [&str; N], Vec<String>, encode_texts;
    [const N: usize] &[&str; N], Vec<String>, encode_texts;
    [] Vec<&str>, Vec<String>, encode_texts;
}

#[allow(clippy::unnecessary_wraps, reason = "one signature for all encoders")]
fn encode_bytes(bytes: &[u8], out: &mut Buffer) -> Result<IsNull, ValueError> {
    out.put(bytes);
    Ok(IsNull::No)
}

fn encode_slice<T: Element>(values: &[T], out: &mut Buffer) -> Result<IsNull, ValueError> {
    encode_array(T::TYPE, values.iter(), |value, out| value.encode(out), out)
}

fn encode_texts(values: &[&str], out: &mut Buffer) -> Result<IsNull, ValueError> {
    encode_array(
        <String as DbType>::TYPE,
        values.iter(),
        |value, out| encode_text(value, out),
        out,
    )
}

fn value_node(ty: &'static PgType, encode: impl FnOnce(&mut Buffer) -> Result<IsNull, ValueError>) -> Node {
    Node::param(Param::encode(ty, encode))
}

/// The other side of an operator whose one side is a `T` (or an `Option<T>`): a value, a column or an expression of the
/// same type, either side perhaps nullable.
#[diagnostic::on_unimplemented(
    message = "expected `{T}`, found `{Self}`",
    label = "expected a value, column or expression of type `{T}`"
)]
pub trait Operand<T> {
    /// Whether it may be NULL, and when it is computed.
    type Mode: Mode;
    /// The untyped tree.
    #[doc(hidden)]
    fn into_operand(self) -> Node;
}

#[diagnostic::do_not_recommend]
impl<T: DbType<Base = T, Null = NotNull>> Operand<T> for T {
    type Mode = Is<NotNull, PerRow>;
    fn into_operand(self) -> Node {
        Node::param(Param::new(&self))
    }
}

#[diagnostic::do_not_recommend]
impl<T: DbType<Base = T, Null = NotNull>> Operand<T> for &T {
    type Mode = Is<NotNull, PerRow>;
    fn into_operand(self) -> Node {
        Node::param(Param::new(self))
    }
}

#[diagnostic::do_not_recommend]
impl<M, T: DbType + Comparable<B>, W, N: Nullness, B> Operand<B> for Column<M, T, W, N> {
    type Mode = Is<<T::Null as Nullness>::Or<N>, PerRow>;
    fn into_operand(self) -> Node {
        self.into_node()
    }
}

#[diagnostic::do_not_recommend]
impl<T: DbType + Comparable<B>, P: Phase, B> Operand<B> for Expr<T, P> {
    type Mode = Is<T::Null, P>;
    fn into_operand(self) -> Node {
        self.node
    }
}

/// Types that PostgreSQL compares with a `B` as they are.
#[diagnostic::on_unimplemented(
    message = "`{Self}` cannot be compared or combined with `{B}`",
    label = "this is `{Self}`, but the other side is `{B}`",
    note = "use a column of the same type, or `.cast::<{B}>()`"
)]
pub trait Comparable<B> {}

#[diagnostic::do_not_recommend]
impl<T: DbType<Base = T, Null = NotNull>> Comparable<T> for T {}

#[diagnostic::do_not_recommend]
impl<T: DbType<Null = NotNull> + Comparable<B>, B> Comparable<B> for Option<T> {}

macro_rules! text_columns {
    ($($type:ty),*) => { $(
        #[diagnostic::do_not_recommend]
        impl Comparable<String> for $type {}
    )* };
}
text_columns!(Box<str>, Arc<str>, Cow<'static, str>);

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

#[diagnostic::do_not_recommend]
impl<T, L: Elements<T>> List<T> for L {
    type Mode = Is<NotNull, PerRow>;
    fn membership(self, left: Node, negated: bool) -> Node {
        let pieces = match negated {
            false => &["", " = ANY(", ")"],
            true => &["", " <> ALL(", ")"],
        };
        Node::sql(pieces, Level::Comparison, [left, self.into_array()])
    }
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

//! The other side of an operator: values, columns and expressions.
//!
//! A value becomes a parameter of the operator's type, so an integer literal fits `i16`, `i32` and `i64` columns alike,
//! and nothing is ever converted silently.

use std::borrow::Cow;
use std::sync::Arc;

use super::{Column, Expr, Expression, Is, Mode, PerRow, Phase};
use crate::driver::Param;
use crate::sql::Node;
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
pub(super) fn encode_bytes(bytes: &[u8], out: &mut Buffer) -> Result<IsNull, ValueError> {
    out.put(bytes);
    Ok(IsNull::No)
}

pub(super) fn encode_slice<T: Element>(values: &[T], out: &mut Buffer) -> Result<IsNull, ValueError> {
    encode_array(T::TYPE, values.iter(), |value, out| value.encode(out), out)
}

pub(super) fn encode_texts(values: &[&str], out: &mut Buffer) -> Result<IsNull, ValueError> {
    encode_array(
        <String as DbType>::TYPE,
        values.iter(),
        |value, out| encode_text(value, out),
        out,
    )
}

pub(super) fn value_node(ty: &'static PgType, encode: impl FnOnce(&mut Buffer) -> Result<IsNull, ValueError>) -> Node {
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

/// The other side of `is_distinct_from`: what an [`Operand`] is, or a Rust `Option`.
#[diagnostic::on_unimplemented(
    message = "expected `{T}` or an `Option` of it, found `{Self}`",
    label = "expected a value, an `Option`, a column or an expression of type `{T}`"
)]
pub trait OrNull<T> {
    /// When it is computed.
    type Phase: Phase;
    /// The untyped tree.
    #[doc(hidden)]
    fn into_side(self) -> Node;
}

macro_rules! values_or_null {
    ($($type:ty),*) => { $(
        #[diagnostic::do_not_recommend]
        impl<T: DbType<Base = T, Null = NotNull>> OrNull<T> for $type
        where
            Option<T>: DbType,
        {
            type Phase = PerRow;
            fn into_side(self) -> Node {
                Node::param(Param::encode(T::TYPE, |out| self.encode(out)))
            }
        }
    )* };
}
values_or_null!(T, &T, Option<T>, &Option<T>);

#[diagnostic::do_not_recommend]
impl OrNull<String> for &str {
    type Phase = PerRow;
    fn into_side(self) -> Node {
        self.into_operand()
    }
}

#[diagnostic::do_not_recommend]
impl<M, T: DbType + Comparable<B>, W, N: Nullness, B> OrNull<B> for Column<M, T, W, N> {
    type Phase = PerRow;
    fn into_side(self) -> Node {
        self.into_node()
    }
}

#[diagnostic::do_not_recommend]
impl<T: DbType + Comparable<B>, P: Phase, B> OrNull<B> for Expr<T, P> {
    type Phase = P;
    fn into_side(self) -> Node {
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

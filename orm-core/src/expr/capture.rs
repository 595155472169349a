//! What stands between the braces of `sql!` and `sql_expr!`.
//!
//! Both traits have a parameter that only says which impl is meant: values and references to them, texts and slices would
//! overlap otherwise. rustc finds it by itself.

use super::operand::{encode_bytes, encode_slice, encode_texts};
use super::{Expr, Expression, OfOneRow, PerRow, Phase};
use crate::driver::Param;
use crate::sql::{Level, Node};
use crate::types::{Buffer, DbType, Element, IsNull, PgType, ValueError, encode_text};

/// A value that `sql!` (see [`Sql`](crate::Sql)) captures as a parameter: of any [`DbType`] (so `Option` and `Vec` of one, too), `str`,
/// slices and arrays, and references to all these. `Form` is found by rustc.
///
/// An empty or `None` capture has its type all the same: `Option<&str>` is a `text` that is NULL.
#[diagnostic::on_unimplemented(
    message = "`{Self}` has no PostgreSQL type",
    label = "cannot be a parameter",
    note = "derive `DbType` (a newtype or composite) or `DbEnum` for it (in `Option<T>` and `Vec<T>`, for `T`), \
            or send it as jsonb with `Json<{Self}>`"
)]
pub trait Capture<Form> {
    /// The parameter's type.
    #[doc(hidden)]
    const TYPE: &'static PgType;

    /// Appends the value in the format of that type.
    ///
    /// # Errors
    /// A value that PostgreSQL's type cannot hold.
    #[doc(hidden)]
    fn encode_capture(&self, out: &mut Buffer) -> Result<IsNull, ValueError>;

    /// The parameter.
    #[doc(hidden)]
    fn to_param(&self) -> Param {
        Param::encode(Self::TYPE, |out| self.encode_capture(out))
    }
}

/// What `sql_expr!` captures: a column or expression of the query, or a value as [`Capture`] takes it. `Form` is found by
/// rustc.
#[diagnostic::on_unimplemented(
    message = "`{Self}` is no column or expression, and no value with a PostgreSQL type",
    label = "expected a column, an expression or a value"
)]
pub trait SqlArgument<Form> {
    /// When it is computed. The text around it is of one row, so an aggregate or window function cannot be in it.
    type Phase: Phase;
    /// The untyped tree.
    #[doc(hidden)]
    fn to_node(&self) -> Node
    where
        Self::Phase: OfOneRow;
}

/// The forms of captures; no value of any is ever made.
#[doc(hidden)]
pub mod form {
    use std::marker::PhantomData;

    macro_rules! forms {
        ($($name:ident),*) => { $(
            #[derive(Debug)]
            pub struct $name;
        )* };
    }
    forms!(Whole, Text, Texts, Slice, Bytes, Computed);

    /// What no type is.
    pub trait Nothing {}

    #[derive(Debug)]
    pub struct Reference<F>(PhantomData<F>);
    #[derive(Debug)]
    pub struct Maybe<F>(PhantomData<F>);
    #[derive(Debug)]
    pub struct Value<F>(PhantomData<F>);
}

#[diagnostic::do_not_recommend]
impl<T: DbType> Capture<form::Whole> for T {
    const TYPE: &'static PgType = <T as DbType>::TYPE;
    fn encode_capture(&self, out: &mut Buffer) -> Result<IsNull, ValueError> {
        self.encode(out)
    }
}

/// Never meant: with a second impl for all types, an error names the trait without a form.
#[diagnostic::do_not_recommend]
impl<T: DbType + form::Nothing> Capture<form::Computed> for T {
    const TYPE: &'static PgType = <T as DbType>::TYPE;
    fn encode_capture(&self, out: &mut Buffer) -> Result<IsNull, ValueError> {
        self.encode(out)
    }
}

#[diagnostic::do_not_recommend]
impl<F, T: Capture<F> + ?Sized> Capture<form::Reference<F>> for &T {
    const TYPE: &'static PgType = T::TYPE;
    fn encode_capture(&self, out: &mut Buffer) -> Result<IsNull, ValueError> {
        (**self).encode_capture(out)
    }
}

#[diagnostic::do_not_recommend]
impl<F, T: Capture<F> + ?Sized> Capture<form::Maybe<F>> for Option<&T> {
    const TYPE: &'static PgType = T::TYPE;
    fn encode_capture(&self, out: &mut Buffer) -> Result<IsNull, ValueError> {
        match self {
            Some(value) => value.encode_capture(out),
            None => Ok(IsNull::Yes),
        }
    }
}

#[diagnostic::do_not_recommend]
impl Capture<form::Text> for str {
    const TYPE: &'static PgType = <String as DbType>::TYPE;
    fn encode_capture(&self, out: &mut Buffer) -> Result<IsNull, ValueError> {
        encode_text(self, out)
    }
}

macro_rules! captured_slices {
    ($([$($generics:tt)*] $form:ty, $type:ty, $target:ty, $encode:expr;)*) => { $(
        #[diagnostic::do_not_recommend]
        impl<$($generics)*> Capture<$form> for $type {
            const TYPE: &'static PgType = <$target as DbType>::TYPE;
            fn encode_capture(&self, out: &mut Buffer) -> Result<IsNull, ValueError> {
                $encode(&self[..], out)
            }
        }
    )* };
}
captured_slices! {
    [T: Element] form::Slice, [T], Vec<T>, encode_slice;
    [T: Element, const N: usize] form::Slice, [T; N], Vec<T>, encode_slice;
    [] form::Texts, [&str], Vec<String>, encode_texts;
    [const N: usize] form::Texts, [&str; N], Vec<String>, encode_texts;
    [] form::Texts, Vec<&str>, Vec<String>, encode_texts;
    [] form::Bytes, [u8], Vec<u8>, encode_bytes;
    [const N: usize] form::Bytes, [u8; N], Vec<u8>, encode_bytes;
}

#[diagnostic::do_not_recommend]
impl<F, V: Capture<F> + ?Sized> SqlArgument<form::Value<F>> for V {
    type Phase = PerRow;
    fn to_node(&self) -> Node {
        Node::param(self.to_param())
    }
}

#[diagnostic::do_not_recommend]
impl<E: Expression + Clone> SqlArgument<form::Computed> for E {
    type Phase = E::Phase;
    fn to_node(&self) -> Node
    where
        E::Phase: OfOneRow,
    {
        let node = self.clone().into_node();
        match node.level() {
            Level::Atom => node,
            _ => Node::sql(&["(", ")"], Level::Atom, [node]),
        }
    }
}

/// The type that a `sql_expr!` is said to give. The result's type goes by the trait, and there are two impls of which none
/// is the only one that could be meant: so nothing follows from a type that is none.
#[diagnostic::on_unimplemented(
    message = "`{Self}` has no PostgreSQL type",
    label = "cannot be the type of an expression",
    note = "say the Rust type of what PostgreSQL gives: `i32` for `int4`, `Option<…>` of it if it can be NULL"
)]
pub trait SqlType<Form> {
    /// The type itself.
    type This: DbType;

    /// What `sql_expr!` becomes: pieces of text around operands, which stand for themselves.
    fn sql_expr(pieces: &'static [&'static str], args: Vec<Node>) -> Expr<Self::This>;
}

#[diagnostic::do_not_recommend]
impl<T: DbType> SqlType<form::Whole> for T {
    type This = T;

    fn sql_expr(pieces: &'static [&'static str], mut args: Vec<Node>) -> Expr<T> {
        args.push(Node::Unknown); // Behind the last piece.
        Expr::new(Node::sql(pieces, Level::Atom, args))
    }
}

#[diagnostic::do_not_recommend]
impl<T: DbType + form::Nothing> SqlType<form::Computed> for T {
    type This = T;

    fn sql_expr(pieces: &'static [&'static str], args: Vec<Node>) -> Expr<T> {
        <T as SqlType<form::Whole>>::sql_expr(pieces, args)
    }
}

//! Parameters whose values come later: those of a prepared query.

use std::fmt;
use std::marker::PhantomData;

use super::{Assignable, Comparable, Condition, Expression, FitsInto, Is, List, Operand, PerRow};
use crate::driver::Param;
use crate::expr::logic::Boolean;
use crate::expr::operand::{encode_slice, encode_texts};
use crate::sql::Node;
use crate::types::{Buffer, DbType, Element, IsNull, NotNull, ValueError, encode_text};

/// A parameter of a [`Prepared`](crate::Prepared) query: an expression of type `T` whose value is given when the query is
/// run. `Copy`.
#[must_use = "a parameter does nothing until it is part of a query"]
pub struct Placeholder<T> {
    index: u16,
    marker: PhantomData<fn() -> T>,
}

impl<T> Placeholder<T> {
    pub(crate) const fn new(index: u16) -> Self {
        Self {
            index,
            marker: PhantomData,
        }
    }
}

impl<T> Clone for Placeholder<T> {
    fn clone(&self) -> Self {
        *self
    }
}

impl<T> Copy for Placeholder<T> {}

impl<T: DbType> fmt::Debug for Placeholder<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Placeholder({})", T::TYPE)
    }
}

impl<T: DbType> Expression for Placeholder<T> {
    type Type = T;
    type Phase = PerRow;
    fn into_node(self) -> Node {
        Node::Placeholder(self.index, T::TYPE)
    }
}

#[diagnostic::do_not_recommend]
impl<T: DbType + Comparable<B>, B> Operand<B> for Placeholder<T> {
    type Mode = Is<T::Null, PerRow>;
    fn into_operand(self) -> Node {
        self.into_node()
    }
}

#[diagnostic::do_not_recommend]
impl<T: DbType + FitsInto<U>, U> Assignable<U> for Placeholder<T> {
    fn into_value(self) -> Node {
        self.into_node()
    }
}

#[diagnostic::do_not_recommend]
impl<T: Boolean> Condition for Placeholder<T> {
    type Phase = PerRow;
    fn into_condition(self) -> Node {
        self.into_node()
    }
}

#[diagnostic::do_not_recommend]
impl<T: Element<Base = T, Null = NotNull>> List<T> for Placeholder<Vec<T>>
where
    Vec<T>: DbType,
{
    type Mode = Is<NotNull, PerRow>;
    fn into_list(self) -> Node {
        self.into_node()
    }
}

/// A value for a parameter of type `T`: a `T`, a `&T`, for texts a `&str`, for a `Vec` an array or slice; `None` for
/// `Option<T>`.
#[diagnostic::on_unimplemented(
    message = "expected a value of type `{T}`, found `{Self}`",
    label = "expected a value of type `{T}`"
)]
pub trait BindTo<T> {
    /// The parameter.
    #[doc(hidden)]
    fn into_param(self) -> Param;
}

#[diagnostic::do_not_recommend]
impl<T: DbType> BindTo<T> for T {
    fn into_param(self) -> Param {
        Param::new(&self)
    }
}

#[diagnostic::do_not_recommend]
impl<T: DbType> BindTo<T> for &T {
    fn into_param(self) -> Param {
        Param::new(self)
    }
}

#[diagnostic::do_not_recommend]
impl BindTo<String> for &str {
    fn into_param(self) -> Param {
        text(|out| encode_text(self, out))
    }
}

#[diagnostic::do_not_recommend]
impl BindTo<Option<String>> for Option<&str> {
    fn into_param(self) -> Param {
        match self {
            Some(value) => value.into_param(),
            None => Param::new(&None::<String>),
        }
    }
}

macro_rules! lists {
    ($([$($generics:tt)*] $list:ty, $item:ty, $encode:expr;)*) => { $(
        #[diagnostic::do_not_recommend]
        impl<$($generics)*> BindTo<Vec<$item>> for $list
        where
            Vec<$item>: DbType,
        {
            fn into_param(self) -> Param {
                Param::encode(<Vec<$item> as DbType>::TYPE, |out| $encode(&self[..], out))
            }
        }
    )* };
}
lists! {
    [T: Element] &[T], T, encode_slice;
    [T: Element, const N: usize] [T; N], T, encode_slice;
    [T: Element, const N: usize] &[T; N], T, encode_slice;
    [] &[&str], String, encode_texts;
    [const N: usize] [&str; N], String, encode_texts;
    [const N: usize] &[&str; N], String, encode_texts;
    [] Vec<&str>, String, encode_texts;
}

fn text(encode: impl FnOnce(&mut Buffer) -> Result<IsNull, ValueError>) -> Param {
    Param::encode(<String as DbType>::TYPE, encode)
}

/// The types of a prepared query's parameters: a tuple of one to twelve.
#[diagnostic::on_unimplemented(
    message = "the parameters of a prepared query are a tuple of types, and `{Self}` is none",
    label = "expected a tuple of one to twelve types of columns: `({Self},)` for a single one"
)]
pub trait Parameters {
    /// What the closure receives: a [`Placeholder`] for each.
    type Placeholders;
    /// One for each.
    #[doc(hidden)]
    fn placeholders() -> Self::Placeholders;
}

/// Values for such parameters, in their order.
#[diagnostic::on_unimplemented(
    message = "`{Self}` are not values for the parameters `{P}`",
    label = "expected a value for each of `{P}`"
)]
pub trait Values<P> {
    /// The parameters.
    #[doc(hidden)]
    fn into_params(self) -> Vec<Param>;
}

macro_rules! tuples {
    ($(($($name:ident $value:ident $index:tt),+))*) => { $(
        #[diagnostic::do_not_recommend]
        impl<$($name: DbType),+> Parameters for ($($name,)+) {
            type Placeholders = ($(Placeholder<$name>,)+);
            fn placeholders() -> Self::Placeholders {
                ($(Placeholder::<$name>::new($index),)+)
            }
        }

        impl<$($name, $value: BindTo<$name>),+> Values<($($name,)+)> for ($($value,)+) {
            fn into_params(self) -> Vec<Param> {
                vec![$(self.$index.into_param()),+]
            }
        }
    )* };
}

tuples! {
    (A V 0)
    (A V 0, B W 1)
    (A V 0, B W 1, C X 2)
    (A V 0, B W 1, C X 2, D Y 3)
    (A V 0, B W 1, C X 2, D Y 3, E Z 4)
    (A V 0, B W 1, C X 2, D Y 3, E Z 4, F T 5)
    (A V 0, B W 1, C X 2, D Y 3, E Z 4, F T 5, G U 6)
    (A V 0, B W 1, C X 2, D Y 3, E Z 4, F T 5, G U 6, H S 7)
    (A V 0, B W 1, C X 2, D Y 3, E Z 4, F T 5, G U 6, H S 7, I R 8)
    (A V 0, B W 1, C X 2, D Y 3, E Z 4, F T 5, G U 6, H S 7, I R 8, J Q 9)
    (A V 0, B W 1, C X 2, D Y 3, E Z 4, F T 5, G U 6, H S 7, I R 8, J Q 9, K O 10)
    (A V 0, B W 1, C X 2, D Y 3, E Z 4, F T 5, G U 6, H S 7, I R 8, J Q 9, K O 10, L N 11)
}

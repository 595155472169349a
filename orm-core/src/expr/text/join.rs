//! Several texts put together.

use crate::expr::phase::latest;
use crate::expr::{Expr, Mode, Operand, Phase};
use crate::sql::{Level, Node};
use crate::types::NotNull;

/// `concat(…)`: the texts one after the other; a NULL is left out. Takes a tuple: `concat((u.first, " ", u.last))`.
pub fn concat<T: Texts>(texts: T) -> Expr<String, T::Phase> {
    variadic(&["concat", ""], texts.into_texts())
}

/// `concat_ws(separator, …)`: the texts with a separator between them; a NULL is left out with its separator. Takes a
/// tuple: `concat_ws(", ", (u.street, u.city))`.
pub fn concat_ws<S: Operand<String>, T: Texts>(separator: S, texts: T) -> Expr<String, Separated<S, T>>
where
    S::Mode: Mode<Null = NotNull>,
{
    let mut args = vec![separator.into_operand()];
    args.extend(texts.into_texts());
    variadic(&["concat_ws", ""], args)
}

type Separated<S, T> = <<<S as Operand<String>>::Mode as Mode>::Phase as Phase>::Or<<T as Texts>::Phase>;

/// Two to twelve texts: values, columns and expressions in a tuple.
#[diagnostic::on_unimplemented(
    message = "`{Self}` is not a tuple of texts",
    label = "expected a tuple such as `(u.first, \" \", u.last)`",
    note = "`.cast::<String>()` makes text of a column of another type"
)]
pub trait Texts {
    /// The latest of theirs.
    type Phase: Phase;
    /// The untyped trees.
    #[doc(hidden)]
    fn into_texts(self) -> Vec<Node>;
}

macro_rules! texts {
    ($(($($name:ident $index:tt),+))*) => { $(
        impl<$($name: Operand<String>),+> Texts for ($($name,)+) {
            type Phase = latest!($(<$name::Mode as Mode>::Phase),+);
            fn into_texts(self) -> Vec<Node> {
                vec![$(self.$index.into_operand()),+]
            }
        }
    )* };
}
texts! {
    (A 0, B 1)
    (A 0, B 1, C 2)
    (A 0, B 1, C 2, D 3)
    (A 0, B 1, C 2, D 3, E 4)
    (A 0, B 1, C 2, D 3, E 4, F 5)
    (A 0, B 1, C 2, D 3, E 4, F 5, G 6)
    (A 0, B 1, C 2, D 3, E 4, F 5, G 6, H 7)
    (A 0, B 1, C 2, D 3, E 4, F 5, G 6, H 7, I 8)
    (A 0, B 1, C 2, D 3, E 4, F 5, G 6, H 7, I 8, J 9)
    (A 0, B 1, C 2, D 3, E 4, F 5, G 6, H 7, I 8, J 9, K 10)
    (A 0, B 1, C 2, D 3, E 4, F 5, G 6, H 7, I 8, J 9, K 10, L 11)
}

/// A function of any number of arguments: its name before the list.
fn variadic<P>(pieces: &'static [&'static str; 2], args: Vec<Node>) -> Expr<String, P> {
    Expr::new(Node::sql(pieces, Level::Atom, [Node::Row(args.into())]))
}

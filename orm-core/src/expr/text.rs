//! Text: patterns and the functions of daily use (*String Functions and Operators*, *Pattern Matching*).

use super::phase::latest;
use super::{Base, Expr, Expression, Lift, Mode, ModeOf, Operand, Phase, With};
use crate::driver::Param;
use crate::sql::{Level, Node};
use crate::types::{DbType, NotNull};

/// Text.
#[diagnostic::on_unimplemented(
    message = "`{Self}` is not text",
    label = "expected a text column",
    note = "`.cast::<String>()` makes text of it"
)]
pub trait Text: DbType {
    /// `T`. Said here, so that the error of a type that is no text is one of the method's result, and short.
    #[doc(hidden)]
    type Gives<T: DbType>: DbType;
}

#[diagnostic::do_not_recommend]
impl Text for String {
    type Gives<T: DbType> = T;
}

/// Patterns and functions of text.
pub trait TextFunctions: Expression {
    /// `self LIKE pattern`: `%` is any text, `_` any one character, `\` takes the next literally.
    fn like<R: Operand<String>>(self, pattern: R) -> Lift<With<Self, R, String>, Gives<Self, bool>>
    where
        Base<Self>: Text,
    {
        let args = [self.into_node(), pattern.into_operand()];
        Expr::new(Node::sql(&["", " LIKE ", ""], Level::Range, args))
    }

    /// `self NOT LIKE pattern`
    fn not_like<R: Operand<String>>(self, pattern: R) -> Lift<With<Self, R, String>, Gives<Self, bool>>
    where
        Base<Self>: Text,
    {
        let args = [self.into_node(), pattern.into_operand()];
        Expr::new(Node::sql(&["", " NOT LIKE ", ""], Level::Range, args))
    }

    /// `self ILIKE pattern`: like [`like`](Self::like), upper and lower case alike.
    fn ilike<R: Operand<String>>(self, pattern: R) -> Lift<With<Self, R, String>, Gives<Self, bool>>
    where
        Base<Self>: Text,
    {
        let args = [self.into_node(), pattern.into_operand()];
        Expr::new(Node::sql(&["", " ILIKE ", ""], Level::Range, args))
    }

    /// `starts_with(self, prefix)`: the prefix is taken literally.
    fn starts_with(self, prefix: impl AsRef<str>) -> Lift<ModeOf<Self>, Gives<Self, bool>>
    where
        Base<Self>: Text,
    {
        // LIKE rather than starts_with(): the planner can use a text_pattern_ops index for it.
        Expr::new(like_literal(self.into_node(), "", prefix.as_ref(), "%"))
    }

    /// Whether the text ends with this, taken literally.
    fn ends_with(self, suffix: impl AsRef<str>) -> Lift<ModeOf<Self>, Gives<Self, bool>>
    where
        Base<Self>: Text,
    {
        Expr::new(like_literal(self.into_node(), "%", suffix.as_ref(), ""))
    }

    /// `self ~* pattern`: a POSIX regular expression, upper and lower case alike.
    fn imatches<R: Operand<String>>(self, pattern: R) -> Lift<With<Self, R, String>, Gives<Self, bool>>
    where
        Base<Self>: Text,
    {
        let args = [self.into_node(), pattern.into_operand()];
        Expr::new(Node::sql(&["", " ~* ", ""], Level::Operator, args))
    }

    /// `lower(self)`
    fn lower(self) -> Lift<ModeOf<Self>, Gives<Self, String>>
    where
        Base<Self>: Text,
    {
        Expr::new(Node::sql(&["lower(", ")"], Level::Atom, [self.into_node()]))
    }

    /// `upper(self)`
    fn upper(self) -> Lift<ModeOf<Self>, Gives<Self, String>>
    where
        Base<Self>: Text,
    {
        Expr::new(Node::sql(&["upper(", ")"], Level::Atom, [self.into_node()]))
    }

    /// `length(self)`: in characters.
    fn length(self) -> Lift<ModeOf<Self>, Gives<Self, i32>>
    where
        Base<Self>: Text,
    {
        Expr::new(Node::sql(&["length(", ")"], Level::Atom, [self.into_node()]))
    }

    /// `btrim(self)`: without spaces on both ends.
    fn trim(self) -> Lift<ModeOf<Self>, Gives<Self, String>>
    where
        Base<Self>: Text,
    {
        Expr::new(Node::sql(&["btrim(", ")"], Level::Atom, [self.into_node()]))
    }

    /// `self || other`; NULL if either is.
    fn concat<R: Operand<String>>(self, other: R) -> Lift<With<Self, R, String>, Gives<Self, String>>
    where
        Base<Self>: Text,
    {
        let args = [self.into_node(), other.into_operand()];
        Expr::new(Node::sql(&["", " || ", ""], Level::Operator, args))
    }

    /// `substr(self, from, count)`: characters counted from 1.
    fn substring(self, from: i32, count: i32) -> Lift<ModeOf<Self>, Gives<Self, String>>
    where
        Base<Self>: Text,
    {
        let args = [self.into_node(), param(&from), param(&count)];
        Expr::new(Node::sql(&["substr(", ", ", ", ", ")"], Level::Atom, args))
    }

    /// `left(self, count)`: the first characters.
    fn left(self, count: i32) -> Lift<ModeOf<Self>, Gives<Self, String>>
    where
        Base<Self>: Text,
    {
        Expr::new(Node::sql(
            &["left(", ", ", ")"],
            Level::Atom,
            [self.into_node(), param(&count)],
        ))
    }

    /// `right(self, count)`: the last characters.
    fn right(self, count: i32) -> Lift<ModeOf<Self>, Gives<Self, String>>
    where
        Base<Self>: Text,
    {
        Expr::new(Node::sql(
            &["right(", ", ", ")"],
            Level::Atom,
            [self.into_node(), param(&count)],
        ))
    }

    /// `replace(self, from, to)`: every occurrence, taken literally.
    fn replace(self, from: impl AsRef<str>, to: impl AsRef<str>) -> Lift<ModeOf<Self>, Gives<Self, String>>
    where
        Base<Self>: Text,
    {
        let args = [self.into_node(), text(from.as_ref()), text(to.as_ref())];
        Expr::new(Node::sql(&["replace(", ", ", ", ", ")"], Level::Atom, args))
    }

    /// `strpos(self, part)`: where the part begins, counted from 1; 0 if it does not occur.
    fn position<R: Operand<String>>(self, part: R) -> Lift<With<Self, R, String>, Gives<Self, i32>>
    where
        Base<Self>: Text,
    {
        let args = [self.into_node(), part.into_operand()];
        Expr::new(Node::sql(&["strpos(", ", ", ")"], Level::Atom, args))
    }
}

impl<E: Expression> TextFunctions for E {}

type Gives<E, T> = <Base<E> as Text>::Gives<T>;

/// `concat(…)`: the texts one after the other; a NULL is left out. Takes a tuple: `concat((u.first, " ", u.last))`.
pub fn concat<T: Texts>(texts: T) -> Expr<String, T::Phase> {
    call(&["concat", ""], texts.into_texts())
}

/// `concat_ws(separator, …)`: the texts with a separator between them; a NULL is left out with its separator. Takes a
/// tuple: `concat_ws(", ", (u.street, u.city))`.
pub fn concat_ws<S: Operand<String>, T: Texts>(separator: S, texts: T) -> Expr<String, Separated<S, T>>
where
    S::Mode: Mode<Null = NotNull>,
{
    let mut args = vec![separator.into_operand()];
    args.extend(texts.into_texts());
    call(&["concat_ws", ""], args)
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
fn call<P>(pieces: &'static [&'static str; 2], args: Vec<Node>) -> Expr<String, P> {
    Expr::new(Node::sql(pieces, Level::Atom, [Node::Row(args.into())]))
}

fn param<T: DbType>(value: &T) -> Node {
    Node::param(Param::new(value))
}

fn text(value: &str) -> Node {
    Node::param(Param::encode(<String as DbType>::TYPE, |out| {
        crate::types::encode_text(value, out)
    }))
}

/// `node LIKE '<before><literal, its wildcards escaped><after>'`
pub(crate) fn like_literal(node: Node, before: &str, literal: &str, after: &str) -> Node {
    let mut pattern = String::with_capacity(literal.len() + 2);
    pattern.push_str(before);
    for character in literal.chars() {
        if matches!(character, '%' | '_' | '\\') {
            pattern.push('\\');
        }
        pattern.push(character);
    }
    pattern.push_str(after);
    Node::sql(&["", " LIKE ", ""], Level::Range, [node, text(&pattern)])
}

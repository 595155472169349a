//! Ranges and multiranges made of expressions.

use crate::expr::phase::latest;
use crate::expr::{Expr, Expression, IntoExpr, Mode, Operand, Phase};
use crate::sql::{Level, Name, Node};
use crate::types::{DbType, MultiRange, NotNull, Range, RangeElement};

/// Which bounds lie in a range that [`range`] makes.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Bounds {
    /// `[)`: the lower one, as in Rust's `a..b`.
    #[default]
    Lower,
    /// `[]`: both, as in Rust's `a..=b`.
    Both,
    /// `(]`: the upper one.
    Upper,
    /// `()`: neither.
    Neither,
}

/// `int4range(lower, upper, '[)')`, and the same of the other types: a range of two columns, expressions or values. A bound
/// that is NULL is no bound, so the range itself is never NULL. A lower bound above the upper one is the server's error 22000.
///
/// ```
/// # use orm_core::{Bounds, Expr, Range, range, value};
/// let day: Expr<Range<i32>> = range(value(9), value(17), Bounds::Lower);
/// ```
pub fn range<L, U>(lower: L, upper: U, bounds: Bounds) -> Expr<Range<BaseOf<L>>, Of<L, U>>
where
    L: IntoExpr,
    BaseOf<L>: RangeElement,
    U: Operand<BaseOf<L>>,
{
    let pieces: &'static [&'static str; 4] = match bounds {
        Bounds::Lower => &["", "(", ", ", ", '[)')"],
        Bounds::Both => &["", "(", ", ", ", '[]')"],
        Bounds::Upper => &["", "(", ", ", ", '(]')"],
        Bounds::Neither => &["", "(", ", ", ", '()')"],
    };
    let constructor = Node::Name(Name::Type(BaseOf::<L>::RANGE));
    let args = [constructor, lower.into_expr().node, upper.into_operand()];
    Expr::new(Node::sql(pieces, Level::Atom, args))
}

type BaseOf<L> = <<L as IntoExpr>::Type as DbType>::Base;
type Of<L, U> = <<L as IntoExpr>::Phase as Phase>::Or<<<U as Operand<BaseOf<L>>>::Mode as Mode>::Phase>;

/// `int4multirange(…)`, and the same of the other types: a multirange of a tuple of ranges: `multirange((s.morning,
/// s.afternoon))`. None may be NULL; the first, a column or expression, says the type of the others.
pub fn multirange<I: RangeItems>(ranges: I) -> Expr<MultiRange<I::Bound>, I::Phase> {
    let args = [
        Node::Name(Name::Type(<I::Bound as RangeElement>::MULTIRANGE)),
        Node::list(ranges.into_ranges()),
    ];
    Expr::new(Node::sql(&["", "(", ")"], Level::Atom, args))
}

/// One to six ranges over one type, in a tuple.
#[diagnostic::on_unimplemented(
    message = "`{Self}` is not a tuple of ranges that are never NULL",
    label = "expected a tuple such as `(s.morning, s.afternoon)`"
)]
pub trait RangeItems {
    /// What they are over.
    type Bound: RangeElement;
    /// The latest of theirs.
    type Phase: Phase;
    /// The untyped trees.
    #[doc(hidden)]
    fn into_ranges(self) -> Vec<Node>;
}

macro_rules! ranges {
    ($(($($name:ident $index:tt),*))*) => { $(
        impl<T: RangeElement, A: Expression<Type = Range<T>>, $($name: Operand<Range<T>>),*> RangeItems for (A, $($name,)*)
        where
            $($name::Mode: Mode<Null = NotNull>),*
        {
            type Bound = T;
            type Phase = latest!(A::Phase $(, <$name::Mode as Mode>::Phase)*);
            fn into_ranges(self) -> Vec<Node> {
                vec![self.0.into_node() $(, self.$index.into_operand())*]
            }
        }
    )* };
}
ranges! {
    ()
    (B 1)
    (B 1, C 2)
    (B 1, C 2, D 3)
    (B 1, C 2, D 3, E 4)
    (B 1, C 2, D 3, E 4, F 5)
}

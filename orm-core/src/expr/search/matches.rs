//! `matches`, for what is searched.

use crate::expr::{Base, Expr, Expression, Lift, Mode, ModeOf, Operand};
use crate::sql::{Level, Node};
use crate::types::{DbType, TsQuery, TsVector};

/// What can be searched: text by a regular expression, a `tsvector` by a `tsquery`.
#[diagnostic::on_unimplemented(
    message = "`{Self}` cannot be searched",
    label = "expected a text or `TsVector` column",
    note = "`.cast::<String>()` makes text of a value, `to_tsvector(\"english\", text)` a vector of a text"
)]
pub trait Searchable: DbType {
    /// The operator, with its spaces.
    #[doc(hidden)]
    const OPERATOR: &'static [&'static str; 3];
}

#[diagnostic::do_not_recommend]
impl Searchable for String {
    const OPERATOR: &'static [&'static str; 3] = &["", " ~ ", ""];
}

#[diagnostic::do_not_recommend]
impl Searchable for TsVector {
    const OPERATOR: &'static [&'static str; 3] = &["", " @@ ", ""];
}

/// What a `T` is searched by: a text by a text, a [`TsVector`] by a [`TsQuery`]; a value, column or expression.
#[diagnostic::on_unimplemented(
    message = "a `{T}` is not searched by `{Self}`",
    label = "expected a regular expression for text, a `tsquery` for a `TsVector`",
    note = "`websearch_to_tsquery(\"english\", words)` makes a query of a text, `to_tsvector(\"english\", text)` a vector"
)]
pub trait Pattern<T> {
    /// Whether it may be NULL, and when it is computed.
    type Mode: Mode;
    /// The untyped tree.
    #[doc(hidden)]
    fn into_pattern(self) -> Node;
}

#[diagnostic::do_not_recommend]
impl<R: Operand<String>> Pattern<String> for R {
    type Mode = R::Mode;
    fn into_pattern(self) -> Node {
        self.into_operand()
    }
}

#[diagnostic::do_not_recommend]
impl<R: Operand<TsQuery>> Pattern<TsVector> for R {
    type Mode = R::Mode;
    fn into_pattern(self) -> Node {
        self.into_operand()
    }
}

/// `.matches(pattern)`
pub trait Matches: Expression {
    /// Of a text `self ~ pattern`: whether a POSIX regular expression is found in it, so `^` and `$` are needed to match the
    /// whole. Of a `tsvector` `self @@ query`: whether the document has what the query asks for.
    fn matches<R: Pattern<Base<Self>>>(self, pattern: R) -> Lift<Found<Self, R>, bool>
    where
        Base<Self>: Searchable,
    {
        let args = [self.into_node(), pattern.into_pattern()];
        Expr::new(Node::sql(Base::<Self>::OPERATOR, Level::Operator, args))
    }
}

impl<E: Expression> Matches for E {}

type Found<E, R> = <ModeOf<E> as Mode>::Or<<R as Pattern<Base<E>>>::Mode>;

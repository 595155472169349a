//! `matches`, for what is searched.

use crate::expr::{Base, Expr, Expression, Lift, Mode, Operand, With};
use crate::sql::{Level, Node};
use crate::types::{DbType, TsQuery, TsVector};

/// What can be searched: text by a regular expression, a `tsvector` by a `tsquery`.
#[diagnostic::on_unimplemented(
    message = "`{Self}` cannot be searched",
    label = "expected a text or `TsVector` column"
)]
pub trait Searchable: DbType {
    /// What it is searched by.
    type Pattern;
    /// The operator, with its spaces.
    #[doc(hidden)]
    const OPERATOR: &'static [&'static str; 3];
}

#[diagnostic::do_not_recommend]
impl Searchable for String {
    type Pattern = String;
    const OPERATOR: &'static [&'static str; 3] = &["", " ~ ", ""];
}

#[diagnostic::do_not_recommend]
impl Searchable for TsVector {
    type Pattern = TsQuery;
    const OPERATOR: &'static [&'static str; 3] = &["", " @@ ", ""];
}

/// `.matches(pattern)`. `R` is a parameter of the trait, as [`Compare`](crate::Compare)'s is.
#[diagnostic::on_unimplemented(
    message = "`{Self}` is not searched by `{R}`",
    label = "text is searched by a regular expression, a `TsVector` by a `TsQuery`",
    note = "`to_tsvector(\"english\", text)` makes a vector of a text, `websearch_to_tsquery(\"english\", words)` a query"
)]
pub trait Matches<R>: Expression {
    /// Nullable if either side is.
    type Both: Mode;

    /// Of a text `self ~ pattern`: whether a POSIX regular expression is found in it, so `^` and `$` are needed to match the
    /// whole. Of a `tsvector` `self @@ query`: whether the document has what the query asks for.
    fn matches(self, pattern: R) -> Lift<Self::Both, bool>;
}

#[diagnostic::do_not_recommend]
impl<E: Expression, R> Matches<R> for E
where
    Base<E>: Searchable,
    R: Operand<<Base<E> as Searchable>::Pattern>,
{
    type Both = With<E, R, <Base<E> as Searchable>::Pattern>;

    fn matches(self, pattern: R) -> Lift<Self::Both, bool> {
        let args = [self.into_node(), pattern.into_operand()];
        Expr::new(Node::sql(Base::<E>::OPERATOR, Level::Operator, args))
    }
}

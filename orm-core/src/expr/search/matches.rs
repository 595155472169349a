//! `matches`, for what is searched.

use crate::expr::{Base, Expr, Expression, Lift, Operand, With};
use crate::sql::{Level, Node};
use crate::types::{DbType, TsQuery, TsVector};

/// What can be searched: text by a regular expression, a `tsvector` by a `tsquery`.
#[diagnostic::on_unimplemented(
    message = "`{Self}` cannot be searched",
    label = "expected a text or `TsVector` column",
    note = "text is searched by a regular expression, a `TsVector` by a query: `p.search.matches(websearch_to_tsquery(\"english\", words))`"
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

/// `.matches(pattern)`
pub trait Matches: Expression {
    /// Of a text `self ~ pattern`: whether a POSIX regular expression is found in it, so `^` and `$` are needed to match the
    /// whole. Of a `tsvector` `self @@ query`: whether the document has what the query asks for.
    fn matches<R>(self, pattern: R) -> Lift<With<Self, R, <Base<Self> as Searchable>::Pattern>, bool>
    where
        Base<Self>: Searchable,
        R: Operand<<Base<Self> as Searchable>::Pattern>,
    {
        let args = [self.into_node(), pattern.into_operand()];
        Expr::new(Node::sql(Base::<Self>::OPERATOR, Level::Operator, args))
    }
}

impl<E: Expression> Matches for E {}

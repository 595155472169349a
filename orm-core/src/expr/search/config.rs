//! Which configuration (language) text search works with.

use crate::expr::{Column, Comparable, Expr, Expression, Is, Mode, Phase};
use crate::sql::{Name, Node, quote_qualified};
use crate::types::{DbType, NotNull, Nullness, builtin};

/// A text search configuration by its name: `english`, `simple` …
///
/// A name that the program's text fixes is written into the SQL as a constant, `'"english"'::regconfig`, because an index
/// over `to_tsvector('english', body)` serves no query where the configuration is a parameter.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct SearchConfig {
    schema: Option<&'static str>,
    name: &'static str,
}

impl SearchConfig {
    /// A configuration that `search_path` finds; PostgreSQL's own always are.
    #[must_use]
    pub const fn new(name: &'static str) -> Self {
        Self { schema: None, name }
    }

    /// A configuration of this schema.
    #[must_use]
    pub const fn in_schema(schema: &'static str, name: &'static str) -> Self {
        Self {
            schema: Some(schema),
            name,
        }
    }

    pub(crate) fn write(self, out: &mut String) {
        quote_qualified(out, self.schema, self.name);
    }
}

/// What says the configuration: a name (`"english"`), a [`SearchConfig`], or a text column or expression for one that differs
/// from row to row or comes from a user (`value(language)`), which is cast: `$1::regconfig`. A name that does not exist is
/// the server's error 42704. No index over an expression serves a query with the latter; one over a generated column does.
#[diagnostic::on_unimplemented(
    message = "`{Self}` is not a text search configuration",
    label = "expected a name such as `\"english\"`, or a text column or expression",
    note = "for a name that is known only at run time write `value(name)`"
)]
pub trait SearchLanguage {
    /// Whether it may be NULL, and when it is computed.
    type Mode: Mode;
    /// The untyped tree.
    #[doc(hidden)]
    fn into_config(self) -> Node;
}

#[diagnostic::do_not_recommend]
impl SearchLanguage for SearchConfig {
    type Mode = Is;
    fn into_config(self) -> Node {
        Node::Name(Name::SearchConfig(self))
    }
}

#[diagnostic::do_not_recommend]
impl SearchLanguage for &'static str {
    type Mode = Is;
    fn into_config(self) -> Node {
        SearchConfig::new(self).into_config()
    }
}

#[diagnostic::do_not_recommend]
impl<M, T: DbType + Comparable<String>, W, N: Nullness> SearchLanguage for Column<M, T, W, N> {
    type Mode = Is<<T::Null as Nullness>::Or<N>>;
    fn into_config(self) -> Node {
        Node::cast(self.into_node(), builtin::REGCONFIG)
    }
}

#[diagnostic::do_not_recommend]
impl<T: DbType + Comparable<String>, P: Phase> SearchLanguage for Expr<T, P> {
    type Mode = Is<<T::Null as Nullness>::Or<NotNull>, P>;
    fn into_config(self) -> Node {
        Node::cast(self.node, builtin::REGCONFIG)
    }
}

//! The way out of a standing filter, where a relation leads to one row.

use crate::model::Fields;

/// Showing the row that a relation to one leads to where the standing filter of its model hides it.
pub trait WithHidden: Fields {
    /// The same row, be it hidden or not: `p.author().with_hidden().name`. Its columns stay `Option`s. It is joined beside
    /// `p.author()` where both are named; and of a row that no relation leads to, which the query itself found, it is the
    /// same: there [`Query::with_hidden`](crate::Query::with_hidden) says it.
    #[must_use]
    fn with_hidden(self) -> Self {
        Self::at(self.source().with_hidden())
    }
}

impl<F: Fields> WithHidden for F {}

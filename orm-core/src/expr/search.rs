//! Full text search (*Text Search Functions and Operators*).

mod config;
mod headline;
mod make;
mod matches;
mod query;
mod vector;

pub use config::{SearchConfig, SearchLanguage};
pub use headline::{Headline, ts_headline};
pub use make::{phraseto_tsquery, plainto_tsquery, to_tsquery, to_tsvector, websearch_to_tsquery};
pub use matches::{Matches, Searchable};
pub use query::{SearchQuery, SearchQueryFunctions};
pub use vector::{SearchVector, SearchVectorFunctions};

macro_rules! texts {
    ($($type:ty),*) => { $(
        #[diagnostic::do_not_recommend]
        impl super::CastTo<String> for $type {}
        #[diagnostic::do_not_recommend]
        impl super::CastTo<$type> for String {}
    )* };
}
texts!(crate::types::TsVector, crate::types::TsQuery);

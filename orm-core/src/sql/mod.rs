//! From nodes to SQL text and parameters.

mod again;
mod call;
mod citext;
mod from;
mod name;
mod node;
mod order;
mod over;
mod predicate;
mod quote;
mod refused;
mod scope;
mod sources;
mod standing;
mod survey;
mod with;
mod writer;

pub(crate) use call::Call;
pub(crate) use citext::{array_beside, is_plain_text};
pub(crate) use name::Name;
pub use node::Node;
pub(crate) use node::{Case, Level, MOST_DEPTH};
pub(crate) use over::{Bound, Frame, WindowDef, named_windows};
pub(crate) use quote::quote_literal;
pub use quote::{quote, quote_qualified};
pub(crate) use scope::{Alias, Output};
pub(crate) use sources::{SourceMap, fresh, orders};
pub(crate) use survey::Survey;
pub(crate) use with::Ctes;
pub(crate) use writer::{Identity, Writer, push_cast};

//! From nodes to SQL text and parameters.

mod call;
mod citext;
mod from;
mod name;
mod node;
mod quote;
mod scope;
mod sources;
mod survey;
mod writer;

pub(crate) use call::Call;
pub(crate) use name::Name;
pub use node::Node;
pub(crate) use node::{Case, Level, MOST_DEPTH};
pub use quote::{quote, quote_qualified};
pub(crate) use scope::{Alias, Output};
pub(crate) use sources::fresh;
pub(crate) use survey::Survey;
pub(crate) use writer::{Identity, Writer};

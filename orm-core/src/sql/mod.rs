//! From nodes to SQL text and parameters.

mod node;
mod quote;
mod render;

pub use node::Node;
pub(crate) use node::{Case, Level, MOST_DEPTH};
pub use quote::{quote, quote_qualified};
pub(crate) use render::{Identity, Qualifier, Writer, push_cast};

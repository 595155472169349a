//! From nodes to SQL text and parameters.

mod node;
mod quote;

pub(crate) use node::Level;
pub use node::Node;
pub use quote::{quote, quote_qualified};

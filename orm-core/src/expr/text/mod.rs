//! Text and bytes (*String Functions and Operators*, *Pattern Matching*, *Binary String Functions and Operators*).
//!
//! Arguments are operands: values, columns or expressions. A function of a NULL is NULL, and so is one with a NULL among
//! its arguments; the types say so.

mod bytes;
mod format;
mod functions;
mod join;
mod patterns;
mod regex;

pub use bytes::{Bytes, BytesFormat, BytesFunctions, Octets};
pub use format::{FormatFunctions, Formatted};
pub use functions::{TextFunctions, chr, quote_nullable};
pub use join::{Texts, concat, concat_ws};
pub use patterns::Patterns;
pub(crate) use patterns::like_literal;
pub use regex::RegexFunctions;

use super::Base;
use crate::driver::Param;
use crate::sql::Node;
use crate::types::{DbType, encode_text};

/// Text.
#[diagnostic::on_unimplemented(
    message = "`{Self}` is not text",
    label = "expected a text column",
    note = "`.cast::<String>()` makes text of it"
)]
pub trait Text: DbType {
    /// `T`. Said here, so that the error of a type that is no text is one of the method's result, and short.
    #[doc(hidden)]
    type Gives<T: DbType>: DbType;
}

#[diagnostic::do_not_recommend]
impl Text for String {
    type Gives<T: DbType> = T;
}

/// `T`, for an expression that is text.
type Gives<E, T> = <Base<E> as Text>::Gives<T>;

/// A text of ours or of the program's as a parameter.
pub(crate) fn text(value: &str) -> Node {
    Node::param(Param::encode(<String as DbType>::TYPE, |out| encode_text(value, out)))
}

/// The text of a node that is a value, and not a column or an expression.
fn literal(node: &Node) -> Option<&str> {
    match node {
        Node::Param(param) => {
            let bytes = param.bytes.as_ref().ok()?.as_ref()?;
            std::str::from_utf8(bytes.as_slice()).ok()
        }
        _ => None,
    }
}

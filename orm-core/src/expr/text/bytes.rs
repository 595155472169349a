//! Bytes: `bytea`.

use super::text;
use crate::expr::{Base, Expression, Lift, ModeOf, call};
use crate::sql::Node;
use crate::types::DbType;

/// Bytes.
#[diagnostic::on_unimplemented(
    message = "`{Self}` is not a column of bytes",
    label = "expected a `Vec<u8>` column",
    note = "`.to_bytes()` makes bytes of a text"
)]
pub trait Bytes: DbType {
    /// As for [`Text`](super::Text).
    #[doc(hidden)]
    type Gives<T: DbType>: DbType;
}

#[diagnostic::do_not_recommend]
impl Bytes for Vec<u8> {
    type Gives<T: DbType> = T;
}

/// Text or bytes.
#[diagnostic::on_unimplemented(
    message = "`{Self}` is neither text nor bytes",
    label = "expected a text or `Vec<u8>` column"
)]
pub trait Octets: DbType {
    /// As for [`Text`](super::Text).
    #[doc(hidden)]
    type Gives<T: DbType>: DbType;
}

#[diagnostic::do_not_recommend]
impl Octets for String {
    type Gives<T: DbType> = T;
}

#[diagnostic::do_not_recommend]
impl Octets for Vec<u8> {
    type Gives<T: DbType> = T;
}

type Gives<E, T> = <Base<E> as Bytes>::Gives<T>;
pub(super) type OctetsGive<E, T> = <Base<E> as Octets>::Gives<T>;

/// How bytes are written as text.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum BytesFormat {
    /// Base 64, in lines of 76 characters.
    Base64,
    /// Octal escapes of what is not ASCII.
    Escape,
    /// Two hexadecimal digits per byte.
    Hex,
}

impl BytesFormat {
    pub(super) fn param(self) -> Node {
        text(match self {
            Self::Base64 => "base64",
            Self::Escape => "escape",
            Self::Hex => "hex",
        })
    }
}

/// Functions of bytes. `octet_length` and `md5` are [`TextFunctions`](super::TextFunctions)'.
pub trait BytesFunctions: Expression {
    /// `encode(self, format)`: as text.
    fn encode(self, format: BytesFormat) -> Lift<ModeOf<Self>, Gives<Self, String>>
    where
        Base<Self>: Bytes,
    {
        call(&["encode(", ", ", ")"], [self.into_node(), format.param()])
    }

    /// `convert_from(self, 'UTF8')`: the text that the bytes are. Bytes that are none are the server's error 22021.
    fn to_text(self) -> Lift<ModeOf<Self>, Gives<Self, String>>
    where
        Base<Self>: Bytes,
    {
        call(&["convert_from(", ", 'UTF8')"], [self.into_node()])
    }

    /// `sha224(self)`: 28 bytes.
    fn sha224(self) -> Lift<ModeOf<Self>, Gives<Self, Vec<u8>>>
    where
        Base<Self>: Bytes,
    {
        call(&["sha224(", ")"], [self.into_node()])
    }

    /// `sha256(self)`: 32 bytes.
    fn sha256(self) -> Lift<ModeOf<Self>, Gives<Self, Vec<u8>>>
    where
        Base<Self>: Bytes,
    {
        call(&["sha256(", ")"], [self.into_node()])
    }

    /// `sha384(self)`: 48 bytes.
    fn sha384(self) -> Lift<ModeOf<Self>, Gives<Self, Vec<u8>>>
    where
        Base<Self>: Bytes,
    {
        call(&["sha384(", ")"], [self.into_node()])
    }

    /// `sha512(self)`: 64 bytes.
    fn sha512(self) -> Lift<ModeOf<Self>, Gives<Self, Vec<u8>>>
    where
        Base<Self>: Bytes,
    {
        call(&["sha512(", ")"], [self.into_node()])
    }
}

impl<E: Expression> BytesFunctions for E {}

//! Functions of text.

use super::bytes::OctetsGive;
use super::{BytesFormat, Gives, Octets, Text};
use crate::expr::{Base, Expr, Expression, Lift, Mode, ModeOf, Operand, With, With2, With3, call};
use crate::sql::{Level, Node};

/// Functions of text.
pub trait TextFunctions: Expression {
    /// `lower(self)`
    fn lower(self) -> Lift<ModeOf<Self>, Gives<Self, String>>
    where
        Base<Self>: Text,
    {
        call(&["lower(", ")"], [self.into_node()])
    }

    /// `upper(self)`
    fn upper(self) -> Lift<ModeOf<Self>, Gives<Self, String>>
    where
        Base<Self>: Text,
    {
        call(&["upper(", ")"], [self.into_node()])
    }

    /// `initcap(self)`: each word with an upper case letter first, the others lower case.
    fn initcap(self) -> Lift<ModeOf<Self>, Gives<Self, String>>
    where
        Base<Self>: Text,
    {
        call(&["initcap(", ")"], [self.into_node()])
    }

    /// `length(self)`: in characters.
    fn length(self) -> Lift<ModeOf<Self>, Gives<Self, i32>>
    where
        Base<Self>: Text,
    {
        call(&["length(", ")"], [self.into_node()])
    }

    /// `octet_length(self)`: in bytes. Of text or bytes.
    fn octet_length(self) -> Lift<ModeOf<Self>, OctetsGive<Self, i32>>
    where
        Base<Self>: Octets,
    {
        call(&["octet_length(", ")"], [self.into_node()])
    }

    /// `btrim(self)`: without spaces on both ends.
    fn trim(self) -> Lift<ModeOf<Self>, Gives<Self, String>>
    where
        Base<Self>: Text,
    {
        call(&["btrim(", ")"], [self.into_node()])
    }

    /// `ltrim(self)`: without spaces at the beginning.
    fn ltrim(self) -> Lift<ModeOf<Self>, Gives<Self, String>>
    where
        Base<Self>: Text,
    {
        call(&["ltrim(", ")"], [self.into_node()])
    }

    /// `rtrim(self)`: without spaces at the end.
    fn rtrim(self) -> Lift<ModeOf<Self>, Gives<Self, String>>
    where
        Base<Self>: Text,
    {
        call(&["rtrim(", ")"], [self.into_node()])
    }

    /// `btrim(self, characters)`: without any of these characters on both ends.
    fn trim_chars<C: Operand<String>>(self, characters: C) -> Lift<With<Self, C, String>, Gives<Self, String>>
    where
        Base<Self>: Text,
    {
        call(&["btrim(", ", ", ")"], [self.into_node(), characters.into_operand()])
    }

    /// `ltrim(self, characters)`: without any of these characters at the beginning.
    fn ltrim_chars<C: Operand<String>>(self, characters: C) -> Lift<With<Self, C, String>, Gives<Self, String>>
    where
        Base<Self>: Text,
    {
        call(&["ltrim(", ", ", ")"], [self.into_node(), characters.into_operand()])
    }

    /// `rtrim(self, characters)`: without any of these characters at the end.
    fn rtrim_chars<C: Operand<String>>(self, characters: C) -> Lift<With<Self, C, String>, Gives<Self, String>>
    where
        Base<Self>: Text,
    {
        call(&["rtrim(", ", ", ")"], [self.into_node(), characters.into_operand()])
    }

    /// `lpad(self, length, fill)`: filled on the left to so many characters; cut off on the right if it is longer.
    fn lpad<L: Operand<i32>, F: Operand<String>>(
        self,
        length: L,
        fill: F,
    ) -> Lift<With2<Self, L, i32, F, String>, Gives<Self, String>>
    where
        Base<Self>: Text,
    {
        call(
            &["lpad(", ", ", ", ", ")"],
            [self.into_node(), length.into_operand(), fill.into_operand()],
        )
    }

    /// `rpad(self, length, fill)`: filled on the right to so many characters; cut off there if it is longer.
    fn rpad<L: Operand<i32>, F: Operand<String>>(
        self,
        length: L,
        fill: F,
    ) -> Lift<With2<Self, L, i32, F, String>, Gives<Self, String>>
    where
        Base<Self>: Text,
    {
        call(
            &["rpad(", ", ", ", ", ")"],
            [self.into_node(), length.into_operand(), fill.into_operand()],
        )
    }

    /// `repeat(self, times)`: empty if there are none. A text of more than 1 GB is the server's error 54000.
    fn repeat<X: Operand<i32>>(self, times: X) -> Lift<With<Self, X, i32>, Gives<Self, String>>
    where
        Base<Self>: Text,
    {
        call(&["repeat(", ", ", ")"], [self.into_node(), times.into_operand()])
    }

    /// `reverse(self)`: the last character first.
    fn reverse(self) -> Lift<ModeOf<Self>, Gives<Self, String>>
    where
        Base<Self>: Text,
    {
        call(&["reverse(", ")"], [self.into_node()])
    }

    /// `self || other`; NULL if either is. [`concat`](super::concat) leaves NULLs out.
    fn concat<O: Operand<String>>(self, other: O) -> Lift<With<Self, O, String>, Gives<Self, String>>
    where
        Base<Self>: Text,
    {
        Expr::new(Node::sql(
            &["", " || ", ""],
            Level::Operator,
            [self.into_node(), other.into_operand()],
        ))
    }

    /// `substr(self, from, count)`: characters counted from 1. A negative count is the server's error 22011.
    fn substring<F: Operand<i32>, C: Operand<i32>>(
        self,
        from: F,
        count: C,
    ) -> Lift<With2<Self, F, i32, C, i32>, Gives<Self, String>>
    where
        Base<Self>: Text,
    {
        call(
            &["substr(", ", ", ", ", ")"],
            [self.into_node(), from.into_operand(), count.into_operand()],
        )
    }

    /// `substr(self, from)`: from this character on, counted from 1.
    fn substring_from<F: Operand<i32>>(self, from: F) -> Lift<With<Self, F, i32>, Gives<Self, String>>
    where
        Base<Self>: Text,
    {
        call(&["substr(", ", ", ")"], [self.into_node(), from.into_operand()])
    }

    /// `left(self, count)`: the first characters; of a negative count all but so many at the end.
    fn left<C: Operand<i32>>(self, count: C) -> Lift<With<Self, C, i32>, Gives<Self, String>>
    where
        Base<Self>: Text,
    {
        call(&["left(", ", ", ")"], [self.into_node(), count.into_operand()])
    }

    /// `right(self, count)`: the last characters; of a negative count all but so many at the beginning.
    fn right<C: Operand<i32>>(self, count: C) -> Lift<With<Self, C, i32>, Gives<Self, String>>
    where
        Base<Self>: Text,
    {
        call(&["right(", ", ", ")"], [self.into_node(), count.into_operand()])
    }

    /// `replace(self, from, to)`: every occurrence, taken literally.
    fn replace<F: Operand<String>, Y: Operand<String>>(
        self,
        from: F,
        to: Y,
    ) -> Lift<With2<Self, F, String, Y, String>, Gives<Self, String>>
    where
        Base<Self>: Text,
    {
        call(
            &["replace(", ", ", ", ", ")"],
            [self.into_node(), from.into_operand(), to.into_operand()],
        )
    }

    /// `translate(self, from, to)`: each character of `from` becomes the one at its place in `to`; it goes if there is
    /// none.
    fn translate<F: Operand<String>, Y: Operand<String>>(
        self,
        from: F,
        to: Y,
    ) -> Lift<With2<Self, F, String, Y, String>, Gives<Self, String>>
    where
        Base<Self>: Text,
    {
        call(
            &["translate(", ", ", ", ", ")"],
            [self.into_node(), from.into_operand(), to.into_operand()],
        )
    }

    /// `overlay(self PLACING part FROM from FOR count)`: with so many characters, counted from 1, replaced.
    fn overlay<P: Operand<String>, F: Operand<i32>, C: Operand<i32>>(
        self,
        part: P,
        from: F,
        count: C,
    ) -> Lift<With3<Self, P, String, F, i32, C, i32>, Gives<Self, String>>
    where
        Base<Self>: Text,
    {
        call(
            &["overlay(", " PLACING ", " FROM ", " FOR ", ")"],
            [
                self.into_node(),
                part.into_operand(),
                from.into_operand(),
                count.into_operand(),
            ],
        )
    }

    /// `strpos(self, part)`: where the part begins, counted from 1; 0 if it does not occur.
    fn position<P: Operand<String>>(self, part: P) -> Lift<With<Self, P, String>, Gives<Self, i32>>
    where
        Base<Self>: Text,
    {
        call(&["strpos(", ", ", ")"], [self.into_node(), part.into_operand()])
    }

    /// `split_part(self, separator, index)`: the part at an index counted from 1 (from the end if it is negative, since
    /// PostgreSQL 14); empty if there is none. Index 0 is the server's error 22023.
    fn split_part<S: Operand<String>, I: Operand<i32>>(
        self,
        separator: S,
        index: I,
    ) -> Lift<With2<Self, S, String, I, i32>, Gives<Self, String>>
    where
        Base<Self>: Text,
    {
        call(
            &["split_part(", ", ", ", ", ")"],
            [self.into_node(), separator.into_operand(), index.into_operand()],
        )
    }

    /// `string_to_array(self, separator)`: the parts between the separators, taken literally; none of an empty text.
    fn string_to_array<S: Operand<String>>(self, separator: S) -> Lift<With<Self, S, String>, Gives<Self, Vec<String>>>
    where
        Base<Self>: Text,
    {
        call(
            &["string_to_array(", ", ", ")"],
            [self.into_node(), separator.into_operand()],
        )
    }

    /// `ascii(self)`: the code point of the first character; 0 of an empty text. [`chr`] is the way back.
    fn ascii(self) -> Lift<ModeOf<Self>, Gives<Self, i32>>
    where
        Base<Self>: Text,
    {
        call(&["ascii(", ")"], [self.into_node()])
    }

    /// `quote_ident(self)`: as an identifier of SQL, in double quotes where it needs them.
    fn quote_ident(self) -> Lift<ModeOf<Self>, Gives<Self, String>>
    where
        Base<Self>: Text,
    {
        call(&["quote_ident(", ")"], [self.into_node()])
    }

    /// `quote_literal(self)`: as a literal of SQL, in quotes.
    fn quote_literal(self) -> Lift<ModeOf<Self>, Gives<Self, String>>
    where
        Base<Self>: Text,
    {
        call(&["quote_literal(", ")"], [self.into_node()])
    }

    /// `normalize(self)`: in Unicode's form NFC. The database's encoding must be UTF8.
    fn normalize(self) -> Lift<ModeOf<Self>, Gives<Self, String>>
    where
        Base<Self>: Text,
    {
        call(&["normalize(", ")"], [self.into_node()])
    }

    /// `md5(self)`: 32 hexadecimal digits. Of text or bytes.
    fn md5(self) -> Lift<ModeOf<Self>, OctetsGive<Self, String>>
    where
        Base<Self>: Octets,
    {
        call(&["md5(", ")"], [self.into_node()])
    }

    /// `convert_to(self, 'UTF8')`: the bytes of the text.
    fn to_bytes(self) -> Lift<ModeOf<Self>, Gives<Self, Vec<u8>>>
    where
        Base<Self>: Text,
    {
        call(&["convert_to(", ", 'UTF8')"], [self.into_node()])
    }

    /// `decode(self, format)`: the bytes that a text stands for. Other text is the server's error 22023.
    fn decode(self, format: BytesFormat) -> Lift<ModeOf<Self>, Gives<Self, Vec<u8>>>
    where
        Base<Self>: Text,
    {
        call(&["decode(", ", ", ")"], [self.into_node(), format.param()])
    }

    /// `self COLLATE "name"`: compared and sorted by the rules of a collation, such as `C`, `de_DE` or `und-x-icu`. One that
    /// the database does not have is the server's error 42704.
    fn collate(self, name: &'static str) -> Lift<ModeOf<Self>, Gives<Self, String>>
    where
        Base<Self>: Text,
    {
        let args = [self.into_node(), Node::Qualified(None, name)];
        Expr::new(Node::sql(&["", " COLLATE ", ""], Level::Sign, args))
    }
}

impl<E: Expression> TextFunctions for E {}

/// `chr(code)`: the character of a code point. 0 and what is none are errors of the server (54000).
pub fn chr<C: Operand<i32>>(code: C) -> Lift<C::Mode, String> {
    call(&["chr(", ")"], [code.into_operand()])
}

/// `quote_nullable(text)`: as a literal of SQL, in quotes; a NULL is the word `NULL`. Never NULL.
pub fn quote_nullable<T: Operand<String>>(text: T) -> Expr<String, <T::Mode as Mode>::Phase> {
    call(&["quote_nullable(", ")"], [text.into_operand()])
}

//! Patterns: LIKE, SIMILAR TO and POSIX regular expressions as conditions.

use super::{Gives, Text, literal, text};
use crate::expr::{Base, Expr, Expression, Lift, Operand, With, call};
use crate::sql::{Level, Node};

/// Conditions on text.
pub trait Patterns: Expression {
    /// `self LIKE pattern`: `%` is any text, `_` any one character, `\` takes the next literally.
    fn like<P: Operand<String>>(self, pattern: P) -> Lift<With<Self, P, String>, Gives<Self, bool>>
    where
        Base<Self>: Text,
    {
        Expr::new(Node::sql(
            &["", " LIKE ", ""],
            Level::Range,
            [self.into_node(), pattern.into_operand()],
        ))
    }

    /// `self NOT LIKE pattern`
    fn not_like<P: Operand<String>>(self, pattern: P) -> Lift<With<Self, P, String>, Gives<Self, bool>>
    where
        Base<Self>: Text,
    {
        Expr::new(Node::sql(
            &["", " NOT LIKE ", ""],
            Level::Range,
            [self.into_node(), pattern.into_operand()],
        ))
    }

    /// `self ILIKE pattern`: like [`like`](Self::like), upper and lower case alike.
    fn ilike<P: Operand<String>>(self, pattern: P) -> Lift<With<Self, P, String>, Gives<Self, bool>>
    where
        Base<Self>: Text,
    {
        Expr::new(Node::sql(
            &["", " ILIKE ", ""],
            Level::Range,
            [self.into_node(), pattern.into_operand()],
        ))
    }

    /// `self NOT ILIKE pattern`
    fn not_ilike<P: Operand<String>>(self, pattern: P) -> Lift<With<Self, P, String>, Gives<Self, bool>>
    where
        Base<Self>: Text,
    {
        Expr::new(Node::sql(
            &["", " NOT ILIKE ", ""],
            Level::Range,
            [self.into_node(), pattern.into_operand()],
        ))
    }

    /// `self LIKE pattern ESCAPE escape`: this character, and not `\`, takes the next literally.
    fn like_escape<P: Operand<String>>(self, pattern: P, escape: char) -> Lift<With<Self, P, String>, Gives<Self, bool>>
    where
        Base<Self>: Text,
    {
        Expr::new(Node::sql(
            &["", " LIKE ", " ESCAPE ", ""],
            Level::Range,
            [
                self.into_node(),
                pattern.into_operand(),
                text(escape.encode_utf8(&mut [0; 4])),
            ],
        ))
    }

    /// `self ILIKE pattern ESCAPE escape`
    fn ilike_escape<P: Operand<String>>(
        self,
        pattern: P,
        escape: char,
    ) -> Lift<With<Self, P, String>, Gives<Self, bool>>
    where
        Base<Self>: Text,
    {
        Expr::new(Node::sql(
            &["", " ILIKE ", " ESCAPE ", ""],
            Level::Range,
            [
                self.into_node(),
                pattern.into_operand(),
                text(escape.encode_utf8(&mut [0; 4])),
            ],
        ))
    }

    /// `self SIMILAR TO pattern`: the SQL standard's regular expression, over the whole text.
    fn similar_to<P: Operand<String>>(self, pattern: P) -> Lift<With<Self, P, String>, Gives<Self, bool>>
    where
        Base<Self>: Text,
    {
        Expr::new(Node::sql(
            &["", " SIMILAR TO ", ""],
            Level::Range,
            [self.into_node(), pattern.into_operand()],
        ))
    }

    /// `self NOT SIMILAR TO pattern`
    fn not_similar_to<P: Operand<String>>(self, pattern: P) -> Lift<With<Self, P, String>, Gives<Self, bool>>
    where
        Base<Self>: Text,
    {
        Expr::new(Node::sql(
            &["", " NOT SIMILAR TO ", ""],
            Level::Range,
            [self.into_node(), pattern.into_operand()],
        ))
    }

    /// `self !~ pattern`
    fn not_matches<P: Operand<String>>(self, pattern: P) -> Lift<With<Self, P, String>, Gives<Self, bool>>
    where
        Base<Self>: Text,
    {
        Expr::new(Node::sql(
            &["", " !~ ", ""],
            Level::Operator,
            [self.into_node(), pattern.into_operand()],
        ))
    }

    /// `self ~* pattern`: as [`matches`](crate::Matches::matches), upper and lower case alike.
    fn imatches<P: Operand<String>>(self, pattern: P) -> Lift<With<Self, P, String>, Gives<Self, bool>>
    where
        Base<Self>: Text,
    {
        Expr::new(Node::sql(
            &["", " ~* ", ""],
            Level::Operator,
            [self.into_node(), pattern.into_operand()],
        ))
    }

    /// `self !~* pattern`
    fn not_imatches<P: Operand<String>>(self, pattern: P) -> Lift<With<Self, P, String>, Gives<Self, bool>>
    where
        Base<Self>: Text,
    {
        Expr::new(Node::sql(
            &["", " !~* ", ""],
            Level::Operator,
            [self.into_node(), pattern.into_operand()],
        ))
    }

    /// Whether the text starts with this, taken literally. A value is sent as a LIKE pattern, which an index with
    /// `text_pattern_ops` can serve; of a column or expression it is `starts_with(self, prefix)`.
    fn starts_with<R: Operand<String>>(self, prefix: R) -> Lift<With<Self, R, String>, Gives<Self, bool>>
    where
        Base<Self>: Text,
    {
        let (node, prefix) = (self.into_node(), prefix.into_operand());
        match literal(&prefix) {
            Some(literal) => Expr::new(like_literal(node, "", literal, "%")),
            None => call(&["starts_with(", ", ", ")"], [node, prefix]),
        }
    }

    /// Whether the text ends with this, taken literally: a LIKE pattern, or of a column or expression
    /// `right(self, length(suffix)) = suffix`.
    fn ends_with<R: Operand<String>>(self, suffix: R) -> Lift<With<Self, R, String>, Gives<Self, bool>>
    where
        Base<Self>: Text,
    {
        let (node, suffix) = (self.into_node(), suffix.into_operand());
        match literal(&suffix) {
            Some(literal) => Expr::new(like_literal(node, "%", literal, "")),
            None => {
                let pieces = &["right(", ", length(", ")) = ", ""];
                let args = [node, suffix.clone(), suffix];
                // The last operand is one of a comparison; the others stand between commas.
                Expr::new(Node::sql(pieces, Level::Comparison, args))
            }
        }
    }
}

impl<E: Expression> Patterns for E {}

/// `node LIKE '<before><literal, its wildcards escaped><after>'`
pub(crate) fn like_literal(node: Node, before: &str, literal: &str, after: &str) -> Node {
    let mut pattern = String::with_capacity(literal.len() + 2);
    pattern.push_str(before);
    for character in literal.chars() {
        if matches!(character, '%' | '_' | '\\') {
            pattern.push('\\');
        }
        pattern.push(character);
    }
    pattern.push_str(after);
    Node::sql(&["", " LIKE ", ""], Level::Range, [node, text(&pattern)])
}

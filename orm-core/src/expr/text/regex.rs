//! Functions of POSIX regular expressions.
//!
//! A pattern that is none is the server's error 2201B.

use super::{Gives, Text};
use crate::expr::phase::Perhaps;
use crate::expr::{Base, Expression, Lift, Operand, With, With2, With3, call};

/// Functions of regular expressions. As conditions they are [`matches`](crate::Matches::matches) and its kin.
pub trait RegexFunctions: Expression {
    /// `regexp_replace(self, pattern, replacement)`: the first match; `\1` in the replacement is the first group, `\&`
    /// the match.
    fn regexp_replace<P: Operand<String>, R: Operand<String>>(
        self,
        pattern: P,
        replacement: R,
    ) -> Lift<With2<Self, P, String, R, String>, Gives<Self, String>>
    where
        Base<Self>: Text,
    {
        call(
            &["regexp_replace(", ", ", ", ", ")"],
            [self.into_node(), pattern.into_operand(), replacement.into_operand()],
        )
    }

    /// `regexp_replace(self, pattern, replacement, flags)`: `g` is every match, `i` upper and lower case alike.
    fn regexp_replace_with<P: Operand<String>, R: Operand<String>, F: Operand<String>>(
        self,
        pattern: P,
        replacement: R,
        flags: F,
    ) -> Lift<With3<Self, P, String, R, String, F, String>, Gives<Self, String>>
    where
        Base<Self>: Text,
    {
        call(
            &["regexp_replace(", ", ", ", ", ", ", ")"],
            [
                self.into_node(),
                pattern.into_operand(),
                replacement.into_operand(),
                flags.into_operand(),
            ],
        )
    }

    /// `regexp_match(self, pattern)`: the groups of the first match, or the match itself if the pattern has none. NULL
    /// if nothing matches; a group that took no part is `None`.
    fn regexp_match<P: Operand<String>>(
        self,
        pattern: P,
    ) -> Lift<Perhaps<With<Self, P, String>>, Gives<Self, Vec<Option<String>>>>
    where
        Base<Self>: Text,
    {
        call(
            &["regexp_match(", ", ", ")"],
            [self.into_node(), pattern.into_operand()],
        )
    }

    /// `regexp_match(self, pattern, flags)`: as [`regexp_match`](Self::regexp_match), with flags such as `i`.
    fn regexp_match_with<P: Operand<String>, F: Operand<String>>(
        self,
        pattern: P,
        flags: F,
    ) -> Lift<Perhaps<With2<Self, P, String, F, String>>, Gives<Self, Vec<Option<String>>>>
    where
        Base<Self>: Text,
    {
        call(
            &["regexp_match(", ", ", ", ", ")"],
            [self.into_node(), pattern.into_operand(), flags.into_operand()],
        )
    }

    /// `substring(self FROM pattern)`: the first match, or of a pattern with groups the first group. NULL if nothing
    /// matches.
    fn regexp_substring<P: Operand<String>>(
        self,
        pattern: P,
    ) -> Lift<Perhaps<With<Self, P, String>>, Gives<Self, String>>
    where
        Base<Self>: Text,
    {
        call(
            &["substring(", " FROM ", ")"],
            [self.into_node(), pattern.into_operand()],
        )
    }

    /// `regexp_split_to_array(self, pattern)`: the parts between the matches.
    fn regexp_split<P: Operand<String>>(self, pattern: P) -> Lift<With<Self, P, String>, Gives<Self, Vec<String>>>
    where
        Base<Self>: Text,
    {
        call(
            &["regexp_split_to_array(", ", ", ")"],
            [self.into_node(), pattern.into_operand()],
        )
    }

    /// `regexp_count(self, pattern)`: how many times it matches. PostgreSQL 15 and later.
    fn regexp_count<P: Operand<String>>(self, pattern: P) -> Lift<With<Self, P, String>, Gives<Self, i32>>
    where
        Base<Self>: Text,
    {
        call(
            &["regexp_count(", ", ", ")"],
            [self.into_node(), pattern.into_operand()],
        )
    }

    /// `regexp_instr(self, pattern)`: where the first match begins, counted from 1; 0 if nothing matches. PostgreSQL 15
    /// and later.
    fn regexp_position<P: Operand<String>>(self, pattern: P) -> Lift<With<Self, P, String>, Gives<Self, i32>>
    where
        Base<Self>: Text,
    {
        call(
            &["regexp_instr(", ", ", ")"],
            [self.into_node(), pattern.into_operand()],
        )
    }
}

impl<E: Expression> RegexFunctions for E {}

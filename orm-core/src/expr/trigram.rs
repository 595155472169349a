//! Trigrams: how alike two texts are. From the extension `pg_trgm`, which a database must have
//! (`CREATE EXTENSION pg_trgm`) and `search_path` must find; without it the server says 42883.

use super::{Base, Expr, Expression, Lift, Operand, Text, With};
use crate::sql::{Level, Node};
use crate::types::DbType;

/// Functions and operators of the extension `pg_trgm`.
///
/// Similarity is a share: 0 of nothing in common, 1 of the same trigrams. The functions serve to select and order, the
/// operators (`%`, `<%`, `<->` …) can be served by GIN and GiST indexes with `gin_trgm_ops` and `gist_trgm_ops`.
pub trait TrigramFunctions: Expression {
    /// `similarity(self, other)`: how alike two texts are.
    fn similarity<R: Operand<String>>(self, other: R) -> Lift<With<Self, R, String>, Gives<Self, f32>>
    where
        Base<Self>: Text,
    {
        function(self, &["similarity(", ", ", ")"], Level::Atom, other)
    }

    /// `word_similarity(self, other)`: how alike this text is to the part of the other that is most like it.
    fn word_similarity<R: Operand<String>>(self, other: R) -> Lift<With<Self, R, String>, Gives<Self, f32>>
    where
        Base<Self>: Text,
    {
        function(self, &["word_similarity(", ", ", ")"], Level::Atom, other)
    }

    /// `strict_word_similarity(self, other)`: as [`word_similarity`](Self::word_similarity), but the part is of
    /// whole words.
    fn strict_word_similarity<R: Operand<String>>(self, other: R) -> Lift<With<Self, R, String>, Gives<Self, f32>>
    where
        Base<Self>: Text,
    {
        function(self, &["strict_word_similarity(", ", ", ")"], Level::Atom, other)
    }

    /// `self % other`: whether the similarity is above `pg_trgm.similarity_threshold`, which is 0.3 by default.
    fn is_similar_to<R: Operand<String>>(self, other: R) -> Lift<With<Self, R, String>, Gives<Self, bool>>
    where
        Base<Self>: Text,
    {
        function(self, &["", " % ", ""], Level::Multiplicative, other)
    }

    /// `self <% other`: whether the word similarity is above `pg_trgm.word_similarity_threshold`, which is 0.6 by default.
    /// An index over the other side serves it.
    fn has_word_similar_to<R: Operand<String>>(self, other: R) -> Lift<With<Self, R, String>, Gives<Self, bool>>
    where
        Base<Self>: Text,
    {
        function(self, &["", " <% ", ""], Level::Operator, other)
    }

    /// `self <<% other`: whether the strict word similarity is above
    /// `pg_trgm.strict_word_similarity_threshold`, which is 0.5 by default. An index over the other side serves it.
    fn has_strict_word_similar_to<R: Operand<String>>(self, other: R) -> Lift<With<Self, R, String>, Gives<Self, bool>>
    where
        Base<Self>: Text,
    {
        function(self, &["", " <<% ", ""], Level::Operator, other)
    }

    /// `self <-> other`: 1 minus the similarity. Ordering by it finds the nearest texts by a GiST index.
    fn trigram_distance<R: Operand<String>>(self, other: R) -> Lift<With<Self, R, String>, Gives<Self, f32>>
    where
        Base<Self>: Text,
    {
        function(self, &["", " <-> ", ""], Level::Operator, other)
    }

    /// `self <<-> other`: 1 minus the word similarity.
    fn word_distance<R: Operand<String>>(self, other: R) -> Lift<With<Self, R, String>, Gives<Self, f32>>
    where
        Base<Self>: Text,
    {
        function(self, &["", " <<-> ", ""], Level::Operator, other)
    }

    /// `self <<<-> other`: 1 minus the strict word similarity.
    fn strict_word_distance<R: Operand<String>>(self, other: R) -> Lift<With<Self, R, String>, Gives<Self, f32>>
    where
        Base<Self>: Text,
    {
        function(self, &["", " <<<-> ", ""], Level::Operator, other)
    }

    /// `show_trgm(self)`: the trigrams of a text.
    fn show_trgm(self) -> Lift<super::ModeOf<Self>, Gives<Self, Vec<String>>>
    where
        Base<Self>: Text,
    {
        Expr::new(Node::sql(&["show_trgm(", ")"], Level::Atom, [self.into_node()]))
    }
}

impl<E: Expression> TrigramFunctions for E {}

fn function<E: Expression, R: Operand<String>, T: DbType, P>(
    text: E,
    pieces: &'static [&'static str; 3],
    level: Level,
    other: R,
) -> Expr<T, P> {
    Expr::new(Node::sql(pieces, level, [text.into_node(), other.into_operand()]))
}

type Gives<E, T> = <Base<E> as Text>::Gives<T>;

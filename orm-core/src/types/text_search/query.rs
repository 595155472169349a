//! `tsquery`.
//!
//! The binary format is `tsquerysend`'s: how many items, then each. An operator comes before its operands, and the right
//! one before the left.

use std::fmt;

use super::{quoted, take_u8, take_u16, take_word};
use crate::types::array::take_i32;
use crate::types::{Buffer, DbType, IsNull, NotNull, PgType, ValueError, builtin, encode_text};

/// A `tsquery`: lexemes that a document must have, joined by operators.
///
/// PostgreSQL makes it, by `websearch_to_tsquery` and its kin; as a value it comes from a column of saved searches. Its
/// text, by `Display`, is PostgreSQL's: `'fat' & ( 'cat' | 'rat' )`.
#[derive(Debug, Clone, PartialEq, Eq, Hash, Default)]
pub struct TsQuery {
    /// In the order of the binary format: flat, so that no depth of nesting takes stack.
    items: Vec<Item>,
}

#[derive(Debug, Clone, PartialEq, Eq, Hash)]
enum Item {
    /// A lexeme; whether words that begin with it are meant, too; and the weights that it may have, as bits.
    Lexeme {
        word: String,
        prefix: bool,
        weights: u8,
    },
    Not,
    And,
    Or,
    /// How many positions lie between the two.
    Phrase(u16),
}

const IS_LEXEME: u8 = 1;
const IS_OPERATOR: u8 = 2;
const NOT: u8 = 1;
const AND: u8 = 2;
const OR: u8 = 3;
const PHRASE: u8 = 4;
const ALL_WEIGHTS: u8 = 0x0f;

impl TsQuery {
    /// Whether it asks for nothing, as a query of stop words alone does. It matches no document, and it cannot be sent: the
    /// server refuses its own binary format of it.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.items.is_empty()
    }

    /// The lexemes that it names, from left to right.
    pub fn lexemes(&self) -> impl Iterator<Item = &str> {
        self.items.iter().rev().filter_map(|item| match item {
            Item::Lexeme { word, .. } => Some(word.as_str()),
            _ => None,
        })
    }

    /// Whether every operator has its operands, and nothing is left.
    fn is_complete(&self) -> bool {
        let mut operands: usize = 0;
        for item in self.items.iter().rev() {
            operands = match item {
                Item::Lexeme { .. } => operands + 1,
                Item::Not if operands > 0 => operands,
                Item::And | Item::Or | Item::Phrase(_) if operands > 1 => operands - 1,
                _ => return false,
            };
        }
        operands == usize::from(!self.items.is_empty())
    }
}

/// A part of the text, and how tightly its operator binds.
struct Written {
    text: String,
    level: u8,
}

impl Written {
    /// In parentheses if it binds less tightly than this.
    fn within(self, level: u8) -> String {
        if self.level < level {
            format!("( {} )", self.text)
        } else {
            self.text
        }
    }
}

impl fmt::Display for TsQuery {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut stack: Vec<Written> = Vec::new();
        // From the end, operands come before their operator, and the left one before the right one.
        for item in self.items.iter().rev() {
            let (operator, level) = match item {
                Item::Lexeme { word, prefix, weights } => {
                    let text = lexeme(word, *prefix, *weights);
                    stack.push(Written { text, level: 5 });
                    continue;
                }
                Item::Not => {
                    let operand = stack.pop().map(|operand| operand.within(4)).unwrap_or_default();
                    let text = format!("!{operand}");
                    stack.push(Written { text, level: 4 });
                    continue;
                }
                Item::And => ("&".to_owned(), 2),
                Item::Or => ("|".to_owned(), 1),
                Item::Phrase(1) => ("<->".to_owned(), 3),
                Item::Phrase(distance) => (format!("<{distance}>"), 3),
            };
            // A phrase on the right of another is no part of it.
            let right_level = if level == 3 { 4 } else { level };
            let right = stack.pop().map(|right| right.within(right_level)).unwrap_or_default();
            let left = stack.pop().map(|left| left.within(level)).unwrap_or_default();
            let text = format!("{left} {operator} {right}");
            stack.push(Written { text, level });
        }
        f.write_str(stack.last().map_or("", |whole| &whole.text))
    }
}

fn lexeme(word: &str, prefix: bool, weights: u8) -> String {
    let mut text = quoted(word);
    if prefix || weights != 0 {
        text.push(':');
    }
    if prefix {
        text.push('*');
    }
    for (bit, letter) in [(8, 'A'), (4, 'B'), (2, 'C'), (1, 'D')] {
        if weights & bit != 0 {
            text.push(letter);
        }
    }
    text
}

#[diagnostic::do_not_recommend]
impl DbType for TsQuery {
    type Base = Self;
    type Null = NotNull;
    const TYPE: &'static PgType = builtin::TSQUERY;

    fn encode(&self, out: &mut Buffer) -> Result<IsNull, ValueError> {
        if self.is_empty() {
            return Err(ValueError::new(
                "an empty tsquery cannot be sent: PostgreSQL's binary format has none (it reads one as malformed); it matches \
                 nothing anyway, so leave the condition out, or store NULL",
            ));
        }
        let count = i32::try_from(self.items.len())
            .map_err(|_| ValueError::new("the tsquery has more lexemes than PostgreSQL allows"))?;
        out.put(&count.to_be_bytes());
        for item in &self.items {
            match item {
                Item::Lexeme { word, prefix, weights } => {
                    out.put(&[IS_LEXEME, *weights, u8::from(*prefix)]);
                    encode_text(word, out)?;
                    out.put(&[0]);
                }
                Item::Not => out.put(&[IS_OPERATOR, NOT]),
                Item::And => out.put(&[IS_OPERATOR, AND]),
                Item::Or => out.put(&[IS_OPERATOR, OR]),
                Item::Phrase(distance) => {
                    out.put(&[IS_OPERATOR, PHRASE]);
                    out.put(&distance.to_be_bytes());
                }
            }
        }
        Ok(IsNull::No)
    }

    fn decode(cell: Option<&[u8]>) -> Result<Self, ValueError> {
        let malformed = || ValueError::malformed("tsquery");
        let mut bytes = cell.ok_or(ValueError::null())?;
        let count = usize::try_from(take_i32(&mut bytes)?).map_err(|_| malformed())?;
        // Each takes at least two bytes.
        if count > bytes.len() / 2 {
            return Err(malformed());
        }
        let mut items = Vec::with_capacity(count);
        for _ in 0..count {
            items.push(take_item(&mut bytes).ok_or_else(malformed)?);
        }
        let query = Self { items };
        if bytes.is_empty() && query.is_complete() {
            Ok(query)
        } else {
            Err(malformed())
        }
    }
}
crate::__db_type_in_rows!(TsQuery, element);

fn take_item(bytes: &mut &[u8]) -> Option<Item> {
    match (take_u8(bytes)?, take_u8(bytes)?) {
        (IS_LEXEME, weights) => {
            let prefix = take_u8(bytes)?;
            let word = take_word(bytes)?;
            let known = weights <= ALL_WEIGHTS && prefix <= 1;
            known.then_some(Item::Lexeme {
                word,
                prefix: prefix == 1,
                weights,
            })
        }
        (IS_OPERATOR, NOT) => Some(Item::Not),
        (IS_OPERATOR, AND) => Some(Item::And),
        (IS_OPERATOR, OR) => Some(Item::Or),
        (IS_OPERATOR, PHRASE) => take_u16(bytes).map(Item::Phrase),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::super::super::testing::{cannot_decode, refuses, round_trip, survives_any_bytes};
    use super::*;

    fn word(word: &str) -> Item {
        Item::Lexeme {
            word: word.to_owned(),
            prefix: false,
            weights: 0,
        }
    }

    #[test]
    fn the_text_has_parentheses_where_they_are_needed() {
        let query = TsQuery {
            items: vec![Item::And, Item::Or, word("c"), word("b"), Item::Not, word("a")],
        };
        assert_eq!(query.to_string(), "!'a' & ( 'b' | 'c' )");
        assert_eq!(query.lexemes().collect::<Vec<_>>(), ["a", "b", "c"]);
        round_trip(&query);
        refuses(&TsQuery::default(), "empty tsquery");
        assert_eq!(TsQuery::default().to_string(), "");
    }

    #[test]
    fn malformed_queries_are_errors() {
        cannot_decode::<TsQuery>(&[0, 0, 0, 1, 2, 1], "not a valid tsquery");
        cannot_decode::<TsQuery>(&[0, 0, 0, 1, 2, 9], "not a valid tsquery");
        cannot_decode::<TsQuery>(&[0, 0, 0, 2, 1, 0, 0, b'a', 0, 1, 0, 0, b'b', 0], "not a valid tsquery");
        cannot_decode::<TsQuery>(&[0x7f, 0, 0, 0, 2, 1], "not a valid tsquery");
        survives_any_bytes(&[TsQuery {
            items: vec![Item::Phrase(2), word("b"), Item::Not, word("a")],
        }]);
    }
}

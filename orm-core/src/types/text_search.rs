//! Text search: `tsvector` as [`TsVector`], `tsquery` as [`TsQuery`].
//!
//! The binary format of a tsvector is `tsvectorsend`'s: how many lexemes, then each with a NUL behind it, how many
//! positions it has, and these, 16 bits each with the weight in the upper two.

mod query;

pub use query::TsQuery;

use std::fmt;

use super::array::take_i32;
use super::{Buffer, DbType, IsNull, NotNull, PgType, ValueError, builtin, encode_text};

/// A `tsvector`: the lexemes of a document in order, each with the positions where it occurs.
///
/// PostgreSQL makes it, by `to_tsvector`; usually a column is generated: `#[orm(generated = "to_tsvector('english',
/// title)")]`. Its text, by `Display`, is PostgreSQL's: `'cat':2 'fat':1A`.
#[derive(Debug, Clone, PartialEq, Eq, Hash, Default)]
pub struct TsVector {
    lexemes: Vec<Lexeme>,
}

/// A word as text search knows it, and where it occurs.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct Lexeme {
    /// The normalized word.
    pub word: String,
    /// Where it occurs, in order; none after `strip`.
    pub positions: Vec<Position>,
}

/// A place in a document.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct Position {
    /// From 1 to 16,383, which stands for all that come after it, too.
    pub at: u16,
    /// Its weight.
    pub weight: Weight,
}

/// What `setweight` marks parts of a document with; `D` is the default and the least.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Default)]
pub enum Weight {
    /// `D`
    #[default]
    D,
    /// `C`
    C,
    /// `B`
    B,
    /// `A`
    A,
}

impl Weight {
    const fn bits(self) -> u16 {
        match self {
            Self::D => 0,
            Self::C => 1,
            Self::B => 2,
            Self::A => 3,
        }
    }

    const fn of_bits(bits: u16) -> Self {
        match bits & 3 {
            0 => Self::D,
            1 => Self::C,
            2 => Self::B,
            _ => Self::A,
        }
    }

    const fn letter(self) -> &'static str {
        match self {
            Self::D => "",
            Self::C => "C",
            Self::B => "B",
            Self::A => "A",
        }
    }
}

/// A position has 14 bits.
const LAST_POSITION: u16 = (1 << 14) - 1;

impl TsVector {
    /// A vector of these lexemes, in any order. A word that is there twice gets the positions of both; a position that is
    /// there twice keeps the greater weight; positions past 16,383 become 16,383, as PostgreSQL does it.
    #[must_use]
    pub fn new(lexemes: impl IntoIterator<Item = Lexeme>) -> Self {
        let mut lexemes: Vec<Lexeme> = lexemes.into_iter().collect();
        lexemes.sort_by(|left, right| left.word.as_bytes().cmp(right.word.as_bytes()));
        let mut merged: Vec<Lexeme> = Vec::with_capacity(lexemes.len());
        for lexeme in lexemes {
            match merged.last_mut() {
                Some(last) if last.word == lexeme.word => last.positions.extend(lexeme.positions),
                _ => merged.push(lexeme),
            }
        }
        for lexeme in &mut merged {
            for position in &mut lexeme.positions {
                position.at = position.at.clamp(1, LAST_POSITION);
            }
            // The greatest weight first, which is the one that `dedup_by_key` keeps.
            lexeme
                .positions
                .sort_by_key(|position| (position.at, std::cmp::Reverse(position.weight)));
            lexeme.positions.dedup_by_key(|position| position.at);
        }
        Self { lexemes: merged }
    }

    /// The lexemes, in order.
    #[must_use]
    pub fn lexemes(&self) -> &[Lexeme] {
        &self.lexemes
    }

    /// Whether there are none.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.lexemes.is_empty()
    }
}

impl fmt::Display for TsVector {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (index, lexeme) in self.lexemes.iter().enumerate() {
            f.write_str(if index > 0 { " " } else { "" })?;
            f.write_str(&quoted(&lexeme.word))?;
            for (index, position) in lexeme.positions.iter().enumerate() {
                let before = if index > 0 { "," } else { ":" };
                write!(f, "{before}{}{}", position.at, position.weight.letter())?;
            }
        }
        Ok(())
    }
}

/// A word in quotes.
fn quoted(word: &str) -> String {
    format!("'{}'", word.replace('\\', "\\\\").replace('\'', "''"))
}

#[diagnostic::do_not_recommend]
impl DbType for TsVector {
    type Base = Self;
    type Null = NotNull;
    const TYPE: &'static PgType = builtin::TSVECTOR;

    fn encode(&self, out: &mut Buffer) -> Result<IsNull, ValueError> {
        let too_long = |_| ValueError::new("the tsvector has more lexemes or positions than PostgreSQL allows");
        out.put(&i32::try_from(self.lexemes.len()).map_err(too_long)?.to_be_bytes());
        for lexeme in &self.lexemes {
            encode_text(&lexeme.word, out)?;
            out.put(&[0]);
            let count = u16::try_from(lexeme.positions.len()).map_err(too_long)?;
            out.put(&count.to_be_bytes());
            for position in &lexeme.positions {
                out.put(&(position.weight.bits() << 14 | position.at & LAST_POSITION).to_be_bytes());
            }
        }
        Ok(IsNull::No)
    }

    fn decode(cell: Option<&[u8]>) -> Result<Self, ValueError> {
        let malformed = || ValueError::malformed("tsvector");
        let mut bytes = cell.ok_or(ValueError::null())?;
        let count = usize::try_from(take_i32(&mut bytes)?).map_err(|_| malformed())?;
        // Each takes at least the NUL behind it and the number of its positions.
        if count > bytes.len() / 3 {
            return Err(malformed());
        }
        let mut lexemes = Vec::with_capacity(count);
        for _ in 0..count {
            let word = take_word(&mut bytes).ok_or_else(malformed)?;
            let places = take_u16(&mut bytes).ok_or_else(malformed)?;
            let mut positions = Vec::new();
            for _ in 0..places {
                let bits = take_u16(&mut bytes).ok_or_else(malformed)?;
                positions.push(Position {
                    at: bits & LAST_POSITION,
                    weight: Weight::of_bits(bits >> 14),
                });
            }
            lexemes.push(Lexeme { word, positions });
        }
        if bytes.is_empty() {
            Ok(Self { lexemes })
        } else {
            Err(malformed())
        }
    }
}
crate::__db_type_in_rows!(TsVector, element);

fn take_u16(bytes: &mut &[u8]) -> Option<u16> {
    let (front, rest) = bytes.split_first_chunk::<2>()?;
    *bytes = rest;
    Some(u16::from_be_bytes(*front))
}

fn take_u8(bytes: &mut &[u8]) -> Option<u8> {
    let (front, rest) = bytes.split_first()?;
    *bytes = rest;
    Some(*front)
}

/// Takes a text and the NUL behind it.
fn take_word(bytes: &mut &[u8]) -> Option<String> {
    let end = bytes.iter().position(|byte| *byte == 0)?;
    let word = std::str::from_utf8(&bytes[..end]).ok()?.to_owned();
    *bytes = &bytes[end + 1..];
    Some(word)
}

#[cfg(test)]
mod tests {
    use super::super::testing::{cannot_decode, refuses, round_trip, survives_any_bytes};
    use super::*;

    fn lexeme(word: &str, positions: &[(u16, Weight)]) -> Lexeme {
        Lexeme {
            word: word.to_owned(),
            positions: positions.iter().map(|&(at, weight)| Position { at, weight }).collect(),
        }
    }

    #[test]
    fn lexemes_are_ordered_and_merged() {
        let vector = TsVector::new([
            lexeme("fat", &[(3, Weight::D), (1, Weight::A)]),
            lexeme("cat", &[]),
            lexeme("fat", &[(3, Weight::B), (20_000, Weight::D)]),
        ]);
        assert_eq!(vector.to_string(), "'cat' 'fat':1A,3B,16383");
        assert_eq!(TsVector::new([lexeme("it's a \\", &[])]).to_string(), r"'it''s a \\'");
        round_trip(&vector);
        round_trip(&TsVector::default());
    }

    #[test]
    fn malformed_vectors_are_errors() {
        cannot_decode::<TsVector>(&[0, 0, 0, 1], "not a valid tsvector");
        cannot_decode::<TsVector>(&[0, 0, 0, 1, b'a', 0, 0, 1, 0], "not a valid tsvector");
        cannot_decode::<TsVector>(&[0, 0, 0, 0, 1], "not a valid tsvector");
        cannot_decode::<TsVector>(&[0x7f, 0xff, 0xff, 0xff, b'a', 0, 0, 0], "not a valid tsvector");
        refuses(&TsVector::new([lexeme("\0", &[])]), "NUL character");
        survives_any_bytes(&[TsVector::new([
            lexeme("cat", &[(1, Weight::C), (2, Weight::D)]),
            lexeme("dog", &[]),
        ])]);
    }
}

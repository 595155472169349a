//! PostgreSQL's lexical structure, as far as it decides where a parameter can stand: what is a literal, a quoted name or a
//! comment, and what is none of them (*Lexical Structure*; `scan.l` of the server). Between them captures of Rust.
//!
//! A capture that this takes to be outside of a literal must be outside for the server, too. `standard_conforming_strings`
//! is taken to be on, as it is since PostgreSQL 9.1.

use std::ops::Range;

use super::rust::end_of_capture;

/// A token: what it is, and where.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Token {
    pub(crate) kind: Kind,
    pub(crate) at: Range<usize>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Kind {
    Space,
    Comment,
    /// `'…'` in any of its forms, with what continues it on the next line.
    String,
    /// `"…"`
    Name,
    /// `$tag$…$tag$`
    DollarQuote,
    /// A key word or a name without quotes.
    Word,
    Number,
    /// `$1`
    Parameter,
    /// `{expression}`
    Capture,
    /// `{{` or `}}`
    DoubledBrace,
    /// `(` or `[`
    Open,
    /// `)` or `]`
    Close,
    Comma,
    Semicolon,
    /// A character of an operator, and whatever else there is.
    Symbol,
}

/// What cannot be a token, and where.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct LexError {
    pub(crate) problem: &'static str,
    pub(crate) at: Range<usize>,
}

/// All tokens of a text; together they are the text.
pub(crate) fn tokens(text: &str) -> Result<Vec<Token>, LexError> {
    let lexer = Lexer { text };
    let mut tokens = Vec::new();
    let mut at = 0;
    while at < text.len() {
        let (kind, end) = lexer.token(at)?;
        tokens.push(Token { kind, at: at..end });
        at = end;
    }
    Ok(tokens)
}

struct Lexer<'a> {
    text: &'a str,
}

impl Lexer<'_> {
    fn byte(&self, at: usize) -> Option<u8> {
        self.text.as_bytes().get(at).copied()
    }

    fn starts_with(&self, at: usize, what: &str) -> bool {
        self.text.as_bytes()[at..].starts_with(what.as_bytes())
    }

    /// Where bytes like this end.
    fn run(&self, at: usize, like: impl Fn(u8) -> bool) -> usize {
        let rest = &self.text.as_bytes()[at..];
        at + rest.iter().position(|byte| !like(*byte)).unwrap_or(rest.len())
    }

    /// What goes on to the text's end because nothing closes it.
    fn unclosed<T>(&self, at: usize, problem: &'static str) -> Result<T, LexError> {
        let at = at..self.text.len();
        Err(LexError { problem, at })
    }

    /// The token at `at`, and its end. All ends are beside ASCII characters, so they are ends of characters.
    fn token(&self, at: usize) -> Result<(Kind, usize), LexError> {
        let byte = self.text.as_bytes()[at];
        let one = at + 1;
        Ok(match byte {
            _ if is_space(byte) => (Kind::Space, self.run(at, is_space)),
            b'-' if self.starts_with(at, "--") => (Kind::Comment, self.run(at, |byte| !is_newline(byte))),
            b'/' if self.starts_with(at, "/*") => (Kind::Comment, self.block_comment(at)?),
            b'\'' => (Kind::String, self.quoted(at, at, b'\'', false)?),
            b'"' => (Kind::Name, self.quoted(at, at, b'"', false)?),
            b'$' => self.dollar(at)?,
            b'{' if self.starts_with(at, "{{") => (Kind::DoubledBrace, at + 2),
            b'}' if self.starts_with(at, "}}") => (Kind::DoubledBrace, at + 2),
            b'{' => match end_of_capture(self.text, one) {
                Some(end) => (Kind::Capture, end),
                None => return self.unclosed(at, "this `{` has no `}`; a brace itself is written twice: `{{`"),
            },
            b'}' => {
                return Err(LexError {
                    problem: "this `}` has no `{`; a brace itself is written twice: `}}`",
                    at: 0..one,
                });
            }
            b'(' | b'[' => (Kind::Open, one),
            b')' | b']' => (Kind::Close, one),
            b',' => (Kind::Comma, one),
            b';' => (Kind::Semicolon, one),
            b'0'..=b'9' => (Kind::Number, self.number(at)?),
            _ if begins_word(byte) => self.word(at)?,
            _ => (Kind::Symbol, one),
        })
    }

    /// A word, or a literal that begins with letters: `E'…'`, `U&"…"`.
    fn word(&self, at: usize) -> Result<(Kind, usize), LexError> {
        let end = self.run(at, continues_word);
        let unicode = self.text[at..end].eq_ignore_ascii_case("u");
        Ok(match (&self.text[at..end], self.byte(end)) {
            ("e" | "E", Some(b'\'')) => (Kind::String, self.escape_string(at, end)?),
            ("b" | "B" | "x" | "X" | "n" | "N", Some(b'\'')) => (Kind::String, self.quoted(at, end, b'\'', false)?),
            _ if unicode && self.starts_with(end, "&'") => (Kind::String, self.quoted(at, end + 1, b'\'', false)?),
            _ if unicode && self.starts_with(end, "&\"") => (Kind::Name, self.quoted(at, end + 1, b'"', false)?),
            _ => (Kind::Word, end),
        })
    }

    /// The end of what begins at `at` and is quoted from `open` on. A doubled quote is one of the text.
    fn quoted(&self, at: usize, open: usize, quote: u8, escapes: bool) -> Result<usize, LexError> {
        let mut here = open + 1;
        loop {
            match self.byte(here) {
                Some(byte) if byte == quote && self.byte(here + 1) == Some(quote) => here += 2,
                Some(byte) if byte == quote => return Ok(here + 1),
                Some(b'\\') if escapes => here += 2,
                Some(_) => here += 1,
                None if quote == b'"' => return self.unclosed(at, "this quoted name does not end"),
                None => return self.unclosed(at, "this string literal does not end"),
            }
        }
    }

    /// `E'…'`. A literal that continues on the next line goes on with escapes, though it has no `E` there.
    fn escape_string(&self, at: usize, open: usize) -> Result<usize, LexError> {
        let mut end = self.quoted(at, open, b'\'', true)?;
        while let Some(open) = self.continued(end) {
            end = self.quoted(at, open, b'\'', true)?;
        }
        Ok(end)
    }

    /// Where the literal that has ended here goes on: behind white space and comments with a line's end among them.
    fn continued(&self, end: usize) -> Option<usize> {
        let (mut here, mut newline) = (end, false);
        loop {
            let byte = self.byte(here)?;
            match byte {
                _ if is_space(byte) => {
                    newline |= is_newline(byte);
                    here += 1;
                }
                b'-' if self.starts_with(here, "--") => here = self.run(here, |byte| !is_newline(byte)),
                b'\'' => return newline.then_some(here),
                _ => return None,
            }
        }
    }

    /// The end of a comment in which others may be nested.
    fn block_comment(&self, at: usize) -> Result<usize, LexError> {
        let (mut here, mut depth) = (at + 2, 1);
        while depth > 0 {
            if here >= self.text.len() {
                return self.unclosed(at, "this comment does not end");
            }
            let step = if self.starts_with(here, "/*") {
                depth += 1;
                2
            } else if self.starts_with(here, "*/") {
                depth -= 1;
                2
            } else {
                1
            };
            here += step;
        }
        Ok(here)
    }

    /// `$1`, `$tag$…$tag$`, or a mere `$`.
    fn dollar(&self, at: usize) -> Result<(Kind, usize), LexError> {
        let rest = at + 1;
        let digits = self.run(rest, |byte| byte.is_ascii_digit());
        if digits > rest {
            return Ok((Kind::Parameter, digits));
        }
        let tag_end = match self.byte(rest) {
            Some(byte) if begins_word(byte) => self.run(rest, |byte| continues_word(byte) && byte != b'$'),
            _ => rest,
        };
        if self.byte(tag_end) != Some(b'$') {
            return Ok((Kind::Symbol, rest));
        }
        let open = tag_end + 1;
        match self.text[open..].find(&self.text[at..open]) {
            Some(length) => Ok((Kind::DollarQuote, open + length + (open - at))),
            None => self.unclosed(at, "this dollar quote does not end"),
        }
    }

    /// The end of a number. What runs into a name is refused: older servers take `1E'…'` for `1` and `E'…'`.
    fn number(&self, at: usize) -> Result<usize, LexError> {
        let base = self.byte(at + 1).filter(|_| self.byte(at) == Some(b'0'));
        let mut end = match base {
            Some(b'x' | b'X' | b'o' | b'O' | b'b' | b'B') => {
                self.run(at + 2, |byte| byte.is_ascii_hexdigit() || byte == b'_')
            }
            _ => self.run(at, |byte| byte.is_ascii_digit() || byte == b'.' || byte == b'_'),
        };
        if matches!(self.byte(end), Some(b'e' | b'E')) {
            let sign = usize::from(matches!(self.byte(end + 1), Some(b'+' | b'-')));
            let digits = self.run((end + 1 + sign).min(self.text.len()), |byte| byte.is_ascii_digit());
            if digits > end + 1 + sign {
                end = digits;
            }
        }
        if self.byte(end).is_some_and(begins_word) {
            return Err(LexError {
                problem: "a number and a name run into each other; write a space between them",
                at: at..self.run(end, continues_word),
            });
        }
        Ok(end)
    }
}

fn is_newline(byte: u8) -> bool {
    matches!(byte, b'\n' | b'\r')
}

fn is_space(byte: u8) -> bool {
    matches!(byte, b' ' | b'\t' | b'\n' | b'\r' | 0x0b | 0x0c)
}

/// The server takes every byte of a character outside of ASCII for a letter.
fn begins_word(byte: u8) -> bool {
    byte.is_ascii_alphabetic() || byte == b'_' || byte >= 0x80
}

fn continues_word(byte: u8) -> bool {
    begins_word(byte) || byte.is_ascii_digit() || byte == b'$'
}

//! libpq's other form of a connection string: `host=db.example.org port=5433 dbname='my app'`.
//!
//! libpq's chapter: *Keyword/Value Connection Strings*. As in URLs, no error quotes a part of the string.

use std::iter::Peekable;
use std::str::Chars;

use orm_core::Error;

use crate::config::Config;
use crate::parameters::wrong;

impl Config {
    /// Takes what a string of keywords names; what it does not name stays.
    pub(crate) fn read_keywords(&mut self, text: &str) -> Result<(), Error> {
        if text.contains('\0') {
            return Err(wrong("it holds a NUL character"));
        }
        let mut rest = text.chars().peekable();
        loop {
            skip_spaces(&mut rest);
            if rest.peek().is_none() {
                return Ok(());
            }
            let name = read_name(&mut rest)?;
            let value = read_value(&mut rest)?;
            // An empty value is none, as with libpq.
            if !value.is_empty() {
                self.set(&name, value)?;
            }
        }
    }
}

fn skip_spaces(rest: &mut Peekable<Chars<'_>>) {
    while rest.next_if(|letter| letter.is_whitespace()).is_some() {}
}

/// Up to the `=`, with spaces around it.
fn read_name(rest: &mut Peekable<Chars<'_>>) -> Result<String, Error> {
    let mut name = String::new();
    while let Some(letter) = rest.next_if(|letter| *letter != '=' && !letter.is_whitespace()) {
        name.push(letter);
    }
    skip_spaces(rest);
    if rest.next_if_eq(&'=').is_none() {
        return Err(wrong(
            "a keyword has no value (keyword=value); a value with spaces is written in single quotes",
        ));
    }
    skip_spaces(rest);
    Ok(name)
}

/// Up to a space, or in single quotes; a backslash stands before a quote or a backslash.
fn read_value(rest: &mut Peekable<Chars<'_>>) -> Result<String, Error> {
    let quoted = rest.next_if_eq(&'\'').is_some();
    let mut value = String::new();
    loop {
        match rest.next() {
            Some('\'') if quoted => return Ok(value),
            Some('\\') => value.extend(rest.next()),
            Some(letter) if !quoted && letter.is_whitespace() => return Ok(value),
            Some(letter) => value.push(letter),
            None if quoted => return Err(wrong("a value in single quotes is not closed")),
            None => return Ok(value),
        }
    }
}

//! The formats of COPY, and their options.

use crate::error::{Error, ErrorKind};
use crate::sql::quote_literal;

/// The format of a COPY: CSV or PostgreSQL's own text format, in UTF-8, or its binary one.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CopyFormat {
    kind: Kind,
    header: bool,
    delimiter: Option<char>,
    null: Option<String>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Kind {
    Csv,
    Text,
    Binary,
}

impl CopyFormat {
    /// CSV (RFC 4180, with `\n` at the ends of lines), with a line of column names at the top. NULL is an empty field, and
    /// an empty text is `""`.
    #[must_use]
    pub fn csv() -> Self {
        Self::new(Kind::Csv, true)
    }

    /// PostgreSQL's own text format: a tab between columns, `\N` for NULL, backslashes before special characters.
    #[must_use]
    pub fn text() -> Self {
        Self::new(Kind::Text, false)
    }

    /// PostgreSQL's binary format.
    #[must_use]
    pub fn binary() -> Self {
        Self::new(Kind::Binary, false)
    }

    fn new(kind: Kind, header: bool) -> Self {
        Self {
            kind,
            header,
            delimiter: None,
            null: None,
        }
    }

    /// Whether the first line of a CSV has the columns' names. Default: yes.
    #[must_use]
    pub fn header(mut self, header: bool) -> Self {
        self.header = header;
        self
    }

    /// What is between two columns of a line: one character of ASCII. Default: a comma in CSV, a tab in the text format.
    #[must_use]
    pub fn delimiter(mut self, delimiter: char) -> Self {
        self.delimiter = Some(delimiter);
        self
    }

    /// How NULL is written. Default: an empty field without quotes in CSV, `\N` in the text format.
    #[must_use]
    pub fn null(mut self, null: impl Into<String>) -> Self {
        self.null = Some(null.into());
        self
    }

    /// The options as COPY takes them, without the parentheses.
    ///
    /// # Errors
    /// [`ErrorKind::InvalidQuery`] for what the format has not.
    pub fn sql(&self) -> Result<String, Error> {
        let mut sql = match self.kind {
            Kind::Csv => "FORMAT csv",
            Kind::Text => "FORMAT text",
            Kind::Binary => "FORMAT binary",
        }
        .to_owned();
        if self.header && self.kind != Kind::Csv {
            return Err(refused("only a CSV has a line of column names at the top"));
        }
        if self.header {
            sql.push_str(", HEADER");
        }
        if self.kind == Kind::Binary && (self.delimiter.is_some() || self.null.is_some()) {
            return Err(refused("the binary format has no delimiter and no text for NULL"));
        }
        if let Some(delimiter) = self.delimiter {
            if !delimiter.is_ascii() || delimiter == '\0' {
                return Err(refused("the delimiter of a COPY is one character of ASCII"));
            }
            sql.push_str(", DELIMITER ");
            quote_literal(&mut sql, delimiter.encode_utf8(&mut [0; 4]));
        }
        if let Some(null) = &self.null {
            if null.contains(['\0', '\n', '\r']) {
                return Err(refused("the text for NULL holds no line ends and no NUL"));
            }
            sql.push_str(", NULL ");
            quote_literal(&mut sql, null);
        }
        Ok(sql)
    }
}

fn refused(why: &str) -> Error {
    Error::new(ErrorKind::InvalidQuery, why)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn options_are_quoted_where_they_are_texts() {
        for (format, sql) in [
            (CopyFormat::csv(), "FORMAT csv, HEADER"),
            (
                CopyFormat::csv().header(false).delimiter(';').null("it's \\N"),
                "FORMAT csv, DELIMITER ';', NULL E'it''s \\\\N'",
            ),
            (CopyFormat::text().delimiter('\''), "FORMAT text, DELIMITER ''''"),
            (CopyFormat::binary(), "FORMAT binary"),
        ] {
            assert_eq!(format.sql().unwrap(), sql);
        }
    }

    #[test]
    fn what_a_format_has_not_is_an_error() {
        for format in [
            CopyFormat::text().header(true),
            CopyFormat::binary().null("x"),
            CopyFormat::csv().delimiter('ä'),
            CopyFormat::csv().null("a\nb"),
        ] {
            assert_eq!(format.sql().unwrap_err().kind(), ErrorKind::InvalidQuery);
        }
    }
}

//! What is asked of one statement beyond its text: limits, how it is planned, what it is tagged with.

use std::fmt::Write as _;
use std::time::{Duration, Instant};

use crate::driver::Statement;
use crate::error::{Error, ErrorKind};

/// What is asked of one statement: [`Tune`]'s methods set it. Most statements have none.
#[derive(Debug, Clone, Default)]
pub struct Options {
    /// How long it may take, from the call on.
    pub timeout: Option<Duration>,
    /// When that is over: for statements that share the time of an earlier one.
    pub deadline: Option<Instant>,
    /// Whether it is sent without a name, so that the server keeps nothing of it and plans it with its values.
    pub unprepared: bool,
    /// How many rows it may give.
    pub max_rows: Option<u64>,
    /// How many bytes of rows it may give.
    pub max_bytes: Option<u64>,
    tags: Vec<(&'static str, String)>,
}

impl Options {
    /// The tags as a comment by the [sqlcommenter] format, sorted by key: ` /*app='shop',route='%2Forders'*/`. Nothing
    /// without tags.
    ///
    /// [sqlcommenter]: https://google.github.io/sqlcommenter/spec/
    #[must_use]
    pub fn comment(&self) -> String {
        let mut comment = String::new();
        for (key, value) in &self.tags {
            comment.push_str(if comment.is_empty() { " /*" } else { "," });
            push_encoded(&mut comment, key);
            comment.push_str("='");
            push_encoded(&mut comment, value);
            comment.push('\'');
        }
        if !comment.is_empty() {
            comment.push_str("*/");
        }
        comment
    }

    /// Whether it is tagged.
    #[must_use]
    pub fn is_tagged(&self) -> bool {
        !self.tags.is_empty()
    }

    fn tag(&mut self, key: &'static str, value: &str) {
        match self.tags.binary_search_by(|(other, _)| other.cmp(&key)) {
            Ok(at) => self.tags[at].1 = value.to_owned(),
            Err(at) => self.tags.insert(at, (key, value.to_owned())),
        }
    }

    /// Checks the limits after so many rows of so many bytes.
    ///
    /// # Errors
    /// [`ErrorKind::LimitExceeded`].
    #[inline]
    pub fn check_size(&self, rows: u64, bytes: u64) -> Result<(), Error> {
        match (self.max_rows, self.max_bytes) {
            (Some(most), _) if rows > most => Err(exceeded(format_args!("rows than its limit of {most}"), "max_rows")),
            (_, Some(most)) if bytes > most => Err(exceeded(
                format_args!("bytes of rows than its limit of {most}"),
                "max_bytes",
            )),
            _ => Ok(()),
        }
    }

    /// For what is sent while a stream is read: its time was that until the first row.
    #[must_use]
    pub(crate) fn of_stream(self) -> Self {
        Self {
            timeout: None,
            deadline: None,
            ..self
        }
    }

    /// For statements that share its time: the clock runs from now on.
    #[must_use]
    pub(crate) fn started(mut self) -> Self {
        self.deadline = self.deadline.or_else(|| Instant::now().checked_add(self.timeout?));
        self
    }
}

#[cold]
fn exceeded(what: std::fmt::Arguments<'_>, option: &str) -> Error {
    let message = format!(
        "the statement gives more {what} (`{option}`), so it was ended; ask for less (a filter, `.limit(…)`, a \
         stream), or raise the limit"
    );
    Error::new(ErrorKind::LimitExceeded, message)
}

/// Appends a text with all but letters, digits and `-_.~` percent-encoded: so it holds neither a quote nor the end of a
/// comment, whatever it was.
fn push_encoded(out: &mut String, text: &str) {
    for byte in text.bytes() {
        match byte {
            b'A'..=b'Z' | b'a'..=b'z' | b'0'..=b'9' | b'-' | b'_' | b'.' | b'~' => out.push(char::from(byte)),
            _ => {
                let _infallible = write!(out, "%{byte:02X}");
            }
        }
    }
}

/// What can be asked of one statement, on whatever builds it. The last call of each method counts; what is asked of a query
/// that stands inside of another one is not heard.
///
/// Of a query that loads what belongs to its rows ([`with`](crate::Query::with)), all levels are sent with it: they share
/// its time, and each may give so many rows and bytes.
pub trait Tune: Sized {
    #[doc(hidden)]
    fn options_mut(&mut self) -> &mut Options;

    /// How long it may take: from the call on, with the time that it waits for a connection. After that it is
    /// [`ErrorKind::Timeout`], the server is asked to cancel it, and its connection is closed; in a transaction, which is
    /// rolled back. Of a stream it is the time until the first row.
    ///
    /// The clock is the program's; that of the server (`statement_timeout`) runs beside it.
    fn timeout(mut self, limit: Duration) -> Self {
        self.options_mut().timeout = Some(limit);
        self
    }

    /// Never kept prepared: for a text that is not sent again, and for a server or proxy that should keep nothing of it. It is sent
    /// without a name where its types are known beforehand, in one round trip; else it is prepared, run and closed.
    fn unprepared(mut self) -> Self {
        self.options_mut().unprepared = true;
        self
    }

    /// Planned with its values each time. PostgreSQL plans a prepared statement without them once it has been run five times and
    /// that seems to cost no more (`plan_cache_mode`), which can be wrong: on a table of many partitions, or where a few
    /// values have most of the rows. It is [`unprepared`](Self::unprepared): PostgreSQL plans these so.
    fn custom_plan(self) -> Self {
        self.unprepared()
    }

    /// Appends a comment to its text, by which logs and `pg_stat_activity` tell who sent it: `/*key='value'*/`, as the
    /// [sqlcommenter](https://google.github.io/sqlcommenter/spec/) format says. Whatever is not a letter, digit or one of
    /// `-_.~` is percent-encoded.
    ///
    /// The comment is part of what the server prepares. So a tag that is always the same costs nothing; one that
    /// varies (the id of a request) makes a new text each time, and such a text is not kept prepared before it comes a second time.
    fn tag(mut self, key: &'static str, value: impl AsRef<str>) -> Self {
        self.options_mut().tag(key, value.as_ref());
        self
    }

    /// How many rows it may give: one more is [`ErrorKind::LimitExceeded`], and no row is kept. The rest of the result is not
    /// kept in memory; where there is much of it, the server is asked to cancel the statement. A guard against a
    /// forgotten filter: [`limit`](crate::Query::limit) is what asks for fewer rows.
    fn max_rows(mut self, rows: u64) -> Self {
        self.options_mut().max_rows = Some(rows);
        self
    }

    /// How many bytes of rows it may give, in PostgreSQL's binary format: as [`max_rows`](Self::max_rows).
    fn max_bytes(mut self, bytes: u64) -> Self {
        self.options_mut().max_bytes = Some(bytes);
        self
    }
}

impl Tune for Statement {
    fn options_mut(&mut self) -> &mut Options {
        self.options.get_or_insert_default()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn comment(tags: &[(&'static str, &str)]) -> String {
        let mut options = Options::default();
        for (key, value) in tags {
            options.tag(key, value);
        }
        options.comment()
    }

    #[test]
    fn tags_are_sorted_and_encoded() {
        assert_eq!(comment(&[]), "");
        let two = comment(&[("route", "/orders?a=1 b"), ("app", "shop"), ("app", "Shop")]);
        assert_eq!(two, " /*app='Shop',route='%2Forders%3Fa%3D1%20b'*/");
    }

    #[test]
    fn no_value_and_no_key_ends_the_comment() {
        for evil in ["*/ DROP TABLE x; /*", "'", "\\'", "%2A/", "/*", "\n", "\0", "é\u{2028}"] {
            let comment = comment(&[("a'*/b", evil)]);
            let inside = comment.strip_prefix(" /*").and_then(|rest| rest.strip_suffix("*/"));
            let inside = inside.unwrap();
            assert!(
                !inside.contains('*') && !inside.contains('/') && inside.is_ascii(),
                "{comment}"
            );
            assert_eq!(inside.matches('\'').count(), 2, "{comment}");
            assert!(inside.bytes().all(|byte| byte.is_ascii_graphic()), "{comment}");
        }
    }

    #[test]
    fn limits_are_exceeded_by_one_more() {
        let options = Options {
            max_rows: Some(2),
            max_bytes: Some(10),
            ..Options::default()
        };
        assert!(options.check_size(2, 10).is_ok());
        let error = options.check_size(3, 10).unwrap_err();
        assert_eq!(error.kind(), ErrorKind::LimitExceeded);
        assert!(error.to_string().contains("limit of 2 (`max_rows`)"), "{error}");
        assert!(options.check_size(2, 11).unwrap_err().to_string().contains("max_bytes"));
    }
}

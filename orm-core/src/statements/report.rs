//! What was counted, and how it is shown.

use std::borrow::Cow;
use std::fmt;
use std::panic::Location;

use crate::driver::Statement;
use crate::model::Table;

/// Statements that were sent, by their text: equal shapes of queries have equal text, whatever their values.
///
/// Its Display is a list for people: how often each was sent, its text (a long one is cut), and from where.
#[derive(Debug, Clone, Default)]
pub struct Statements {
    list: Vec<SentStatement>,
    transaction_commands: usize,
}

/// A statement that was sent, once or more.
#[derive(Debug, Clone)]
pub struct SentStatement {
    text: Cow<'static, str>,
    operation: &'static str,
    table: Option<&'static Table>,
    count: usize,
    places: Vec<(&'static Location<'static>, usize)>,
}

impl Statements {
    /// How many statements were sent, equal ones each time.
    #[must_use]
    pub fn total(&self) -> usize {
        self.list.iter().map(|sent| sent.count).sum()
    }

    /// How many commands of transaction control were sent (`BEGIN`, `COMMIT`, `ROLLBACK`, `SAVEPOINT`, `RELEASE`).
    #[must_use]
    pub fn transaction_commands(&self) -> usize {
        self.transaction_commands
    }

    /// The different statements, in the order in which each was first sent.
    pub fn iter(&self) -> std::slice::Iter<'_, SentStatement> {
        self.list.iter()
    }

    pub(super) fn add(&mut self, statement: &Statement) {
        let sent = self.find(&statement.text, || statement.text.clone(), statement.operation);
        sent.table = statement.table;
        sent.add(statement.place);
    }

    pub(super) fn add_text(&mut self, text: &str, operation: &'static str, place: Option<&'static Location<'static>>) {
        self.find(text, || text.to_owned().into(), operation).add(place);
    }

    pub(super) fn add_transaction_command(&mut self) {
        self.transaction_commands += 1;
    }

    fn find(
        &mut self,
        text: &str,
        to_keep: impl FnOnce() -> Cow<'static, str>,
        operation: &'static str,
    ) -> &mut SentStatement {
        let found = self.list.iter().position(|sent| sent.text == text);
        let index = found.unwrap_or_else(|| {
            self.list.push(SentStatement {
                text: to_keep(),
                operation,
                table: None,
                count: 0,
                places: Vec::new(),
            });
            self.list.len() - 1
        });
        &mut self.list[index]
    }
}

impl<'a> IntoIterator for &'a Statements {
    type Item = &'a SentStatement;
    type IntoIter = std::slice::Iter<'a, SentStatement>;

    fn into_iter(self) -> Self::IntoIter {
        self.iter()
    }
}

impl SentStatement {
    /// Its text, with `$1 … $n` where the values were.
    #[must_use]
    pub fn text(&self) -> &str {
        &self.text
    }

    /// The command: `SELECT`, `INSERT`, `COPY` …; `BATCH` for a text of several statements.
    #[must_use]
    pub fn operation(&self) -> &'static str {
        self.operation
    }

    /// The table that it is about, if it comes from a model.
    #[must_use]
    pub fn table(&self) -> Option<&'static Table> {
        self.table
    }

    /// How often it was sent.
    #[must_use]
    pub fn count(&self) -> usize {
        self.count
    }

    /// The places in the program that sent it, each with how often, in the order of the first time. Texts that were
    /// given to [`Executor::batch`](crate::Executor::batch) and statements made by hand have none.
    #[must_use]
    pub fn places(&self) -> &[(&'static Location<'static>, usize)] {
        &self.places
    }

    fn add(&mut self, place: Option<&'static Location<'static>>) {
        self.count += 1;
        let Some(place) = place else { return };
        match self.places.iter_mut().find(|(known, _)| *known == place) {
            Some((_, count)) => *count += 1,
            None => self.places.push((place, 1)),
        }
    }
}

impl fmt::Display for Statements {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.total() {
            0 => f.write_str("no statements")?,
            1 => f.write_str("1 statement:")?,
            total => write!(f, "{total} statements:")?,
        }
        for sent in &self.list {
            write!(f, "\n{sent}")?;
        }
        Ok(())
    }
}

/// How many characters of a text are shown.
const SHOWN: usize = 160;

impl fmt::Display for SentStatement {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "  {} × ", self.count)?;
        // In one line, whatever the text looks like.
        let mut words = self.text.split_ascii_whitespace();
        let mut shown = words.next().unwrap_or_default().to_owned();
        for word in words {
            shown.push(' ');
            shown.push_str(word);
        }
        match shown.char_indices().nth(SHOWN) {
            Some((end, _)) => write!(f, "{}…", &shown[..end])?,
            None => f.write_str(&shown)?,
        }
        for (place, count) in &self.places {
            write!(f, "\n      {count} × at {place}")?;
        }
        Ok(())
    }
}

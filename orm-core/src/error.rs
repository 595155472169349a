//! The one error type.
//!
//! An error is a sentence for the person who made the mistake and a kind for the program. Neither Display nor Debug
//! ever holds a value of a row or a secret: what the server says in its DETAIL is behind
//! [`DatabaseError::detail`] only.

use std::fmt;

use crate::expr::{Select, Source};
use crate::model::{Fields, Model, Table, UniqueKey};
use crate::sql::Node;
use crate::types::{PgType, ValueError};

/// What went wrong.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum ErrorKind {
    /// `one` found no row, or an update or delete by key met none.
    NotFound,
    /// `one` found more than one row.
    TooManyRows,
    /// The row was changed or deleted since it was read: its version is another one.
    Stale,
    /// A unique or primary key exists already (SQLSTATE 23505).
    UniqueViolation,
    /// A foreign key points nowhere, or is still pointed at (23503).
    ForeignKeyViolation,
    /// A CHECK does not hold (23514).
    CheckViolation,
    /// NULL in a NOT NULL column (23502).
    NotNullViolation,
    /// An exclusion constraint does not hold (23P01).
    ExclusionViolation,
    /// The transaction could not be serialized (40001): run it again.
    SerializationFailure,
    /// The transaction was the victim of a deadlock (40P01): run it again.
    Deadlock,
    /// A lock was not available (55P03).
    LockNotAvailable,
    /// The server cancelled the statement: `statement_timeout` or a cancel request (57014).
    QueryCanceled,
    /// A table, column, function or type does not exist (class 42).
    UndefinedObject,
    /// The text is no valid SQL (42601).
    Syntax,
    /// The role may not do this (42501).
    PermissionDenied,
    /// The server refused a value: out of range, malformed, division by zero (class 22).
    InvalidValue,
    /// Any other error of the server; [`Error::sqlstate`] tells which.
    Database,
    /// The transaction had failed before, so nothing was saved (25P02).
    TransactionAborted,
    /// The connection was lost around COMMIT: the transaction may have been saved, or not.
    CommitUnknown,
    /// The transaction is committed, and an action after it ([`Transaction::after_commit`](crate::Transaction::after_commit))
    /// has failed.
    AfterCommit,
    /// No connection could be made: address, network, TLS, server not ready.
    Connect,
    /// The server refused the user or password (class 28).
    Authentication,
    /// The connection was lost.
    ConnectionLost,
    /// No connection of the pool became free in time.
    PoolTimeout,
    /// The pool is closed.
    PoolClosed,
    /// Something took longer than the program's own limit.
    Timeout,
    /// A result is larger than the limit that the program set for it.
    LimitExceeded,
    /// The URL or another setting is wrong.
    Config,
    /// A value cannot be stored in its PostgreSQL type.
    Encode,
    /// A value from the database cannot be held by its Rust type.
    Decode,
    /// A column has another type in the database than in the program.
    ColumnType,
    /// An update or delete of all rows, without `.all_rows()`.
    AllRows,
    /// A cursor of another query, or one that was tampered with.
    InvalidCursor,
    /// A stream of the program's own, from which rows were copied, has failed; the error's source is what it gave.
    Source,
    /// The query cannot be sent as built: a column of another query, a limit past its bounds …
    InvalidQuery,
}

/// An error of the ORM, the driver or the server.
///
/// Match on [`kind`](Self::kind); for constraints use [`violates`](Self::violates) and
/// [`constraint`](Self::constraint).
pub struct Error(Box<Inner>);

struct Inner {
    kind: ErrorKind,
    message: String,
    table: Option<&'static Table>,
    database: Option<DatabaseError>,
    source: Option<Box<dyn std::error::Error + Send + Sync>>,
    copy_line: Option<u64>,
}

/// What the server said of an error, field by field, as PostgreSQL's protocol names them (*Error and Notice Message
/// Fields*).
#[derive(Clone, Default)]
pub struct DatabaseError {
    /// The SQLSTATE code.
    pub code: String,
    /// The primary message. For errors about a value PostgreSQL quotes the value here.
    pub message: String,
    /// The DETAIL, which often holds values of the row.
    pub detail: Option<String>,
    /// The HINT.
    pub hint: Option<String>,
    /// The schema of the table.
    pub schema: Option<String>,
    /// The table.
    pub table: Option<String>,
    /// The column.
    pub column: Option<String>,
    /// The constraint.
    pub constraint: Option<String>,
    /// Where in the text the error is, in characters from 1.
    pub position: Option<u32>,
}

impl DatabaseError {
    /// The server's DETAIL. It often holds values of the row: show it to those who may see them.
    #[must_use]
    pub fn detail(&self) -> Option<&str> {
        self.detail.as_deref()
    }
}

/// Shows the code and the names, not the message or DETAIL: they may hold values.
impl fmt::Debug for DatabaseError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("DatabaseError")
            .field("code", &self.code)
            .field("table", &self.table)
            .field("column", &self.column)
            .field("constraint", &self.constraint)
            .finish_non_exhaustive()
    }
}

impl Error {
    /// An error of this kind with this sentence.
    #[must_use]
    pub fn new(kind: ErrorKind, message: impl Into<String>) -> Self {
        Self(Box::new(Inner {
            kind,
            message: message.into(),
            table: None,
            database: None,
            source: None,
            copy_line: None,
        }))
    }

    /// The same error, caused by `source`. Its Debug and Display must hold no values and no secrets.
    #[must_use]
    pub fn with_source(mut self, source: impl Into<Box<dyn std::error::Error + Send + Sync>>) -> Self {
        self.0.source = Some(source.into());
        self
    }

    /// The same error with more words: for a driver that knows how it came to it.
    #[must_use]
    pub fn explained(mut self, why: &str) -> Self {
        self.0.message.push_str(": ");
        self.0.message.push_str(why);
        self
    }

    /// The same error, of another kind: for a driver that knows more than the SQLSTATE tells.
    #[must_use]
    pub fn with_kind(mut self, kind: ErrorKind) -> Self {
        self.0.kind = kind;
        self
    }

    /// The same error, about `table`.
    #[must_use]
    pub fn with_table(mut self, table: Option<&'static Table>) -> Self {
        self.0.table = self.0.table.or(table);
        self
    }

    /// The same error, about this line of the data of a COPY.
    #[must_use]
    pub fn with_copy_line(mut self, line: Option<u64>) -> Self {
        self.0.copy_line = line;
        self
    }

    /// The same error, of a row that was to be stored under a new one of `table`.
    pub(crate) fn under(mut self, table: &'static Table) -> Self {
        self.0.message.push_str(&format!(", under a new `{}`", table.model));
        self
    }

    /// The server's error.
    #[must_use]
    pub fn from_database(database: DatabaseError, table: Option<&'static Table>) -> Self {
        let kind = kind_of_sqlstate(&database.code);
        let message = sentence(kind, &database);
        let mut error = Self::new(kind, message).with_table(table);
        error.0.database = Some(database);
        error
    }

    pub(crate) fn encode(index: usize, ty: &PgType, reason: &ValueError, table: Option<&'static Table>) -> Self {
        Self::new(
            ErrorKind::Encode,
            format!("parameter ${} of type {ty} cannot be sent: {reason}", index + 1),
        )
        .with_table(table)
    }

    /// A cell that could not be decoded: its position from 0, the Rust field if known, its type, and why.
    #[must_use]
    #[cold]
    pub fn decode(at: usize, field: Option<&str>, ty: &PgType, reason: &ValueError) -> Self {
        let what = match field {
            Some(field) => format!("`{field}`"),
            None => format!("column {} of the row", at + 1),
        };
        Self::new(ErrorKind::Decode, format!("{what} ({ty}) cannot be read: {reason}"))
    }

    /// The sentence.
    pub(crate) fn message(&self) -> &str {
        &self.0.message
    }

    /// The line of the data of a COPY that the server's error is about: from 1, a CSV's line of names included; of rows of
    /// the program, the row. Some errors are found only after all lines were read (a foreign key), and tell none.
    #[must_use]
    pub fn copy_line(&self) -> Option<u64> {
        self.0.copy_line
    }

    /// What went wrong.
    #[must_use]
    pub fn kind(&self) -> ErrorKind {
        self.0.kind
    }

    /// The SQLSTATE, if the server said one.
    #[must_use]
    pub fn sqlstate(&self) -> Option<&str> {
        self.0.database.as_ref().map(|database| database.code.as_str())
    }

    /// The name of the constraint that does not hold.
    #[must_use]
    pub fn constraint(&self) -> Option<&str> {
        self.0.database.as_ref()?.constraint.as_deref()
    }

    /// The name of the table: the server's word, else the model's.
    #[must_use]
    pub fn table(&self) -> Option<&str> {
        let told = self.0.database.as_ref().and_then(|database| database.table.as_deref());
        told.or(self.0.table.map(|table| table.name))
    }

    /// The name of the column, if the server said one (it does for NOT NULL).
    #[must_use]
    pub fn column(&self) -> Option<&str> {
        self.0.database.as_ref()?.column.as_deref()
    }

    /// All that the server said.
    #[must_use]
    pub fn database(&self) -> Option<&DatabaseError> {
        self.0.database.as_ref()
    }

    /// The model's fields that the violated constraint is about, as Rust names: the columns of a unique or primary
    /// key, of a foreign key or CHECK that the model declares, or the column that must not be NULL.
    #[must_use]
    pub fn fields(&self) -> Vec<&'static str> {
        let (Some(table), Some(database)) = (self.0.table, &self.0.database) else {
            return Vec::new();
        };
        if database.table.as_deref().is_some_and(|name| name != table.name) {
            return Vec::new();
        }
        table.fields_of_violation(database)
    }

    /// Whether a unique key is violated: `e.violates(|k: UserKeys| k.email)`. True for the constraint that the model
    /// declares, and for one over the same columns under another name.
    #[must_use]
    pub fn violates<K: Default>(&self, key: impl FnOnce(K) -> UniqueKey) -> bool {
        let key = key(K::default());
        let Some(database) = self
            .0
            .database
            .as_ref()
            .filter(|_| self.0.kind == ErrorKind::UniqueViolation)
        else {
            return false;
        };
        if database.table.as_deref().is_some_and(|name| name != key.table) {
            return false;
        }
        database.constraint.as_deref() == Some(key.name)
            || key_columns(database).is_some_and(|told| told == key.columns)
    }

    /// Whether a foreign key is violated, told by the fields that it is made of:
    /// `e.violates_foreign_key(|p: PostFields| p.author_id)`, of several a tuple in the key's order. True for the constraint
    /// that the model declares, and for one over the same columns under another name; also where a row is still pointed at
    /// by it.
    #[must_use]
    pub fn violates_foreign_key<F: Fields, C: Select>(&self, key: impl FnOnce(F) -> C) -> bool {
        let Some(database) = self.0.database.as_ref() else {
            return false;
        };
        let mut nodes = Vec::new();
        key(F::at(Source::new())).append_to(&mut nodes);
        let columns: Option<Vec<&str>> = nodes.iter().map(Node::column_name).collect();
        let table = <F::Model as Model>::TABLE;
        let Some(columns) = columns.filter(|_| self.0.kind == ErrorKind::ForeignKeyViolation) else {
            return false;
        };
        let declared = table.foreign_keys.iter().find(|key| key.columns == columns);
        if declared.is_some_and(|key| database.constraint.as_deref() == Some(key.name)) {
            return true;
        }
        // The table that the server names is always the one that holds the key.
        let held = database.table.as_deref() == Some(table.name);
        held && key_columns(database).is_some_and(|told| told == columns)
    }

    /// Whether the same transaction, run again, may succeed: a serialization failure or a deadlock.
    #[must_use]
    pub fn is_retryable(&self) -> bool {
        matches!(self.0.kind, ErrorKind::SerializationFailure | ErrorKind::Deadlock)
    }
}

/// The columns in the DETAIL of a unique violation, `Key (a, b)=(…) already exists.`: the part before the values is
/// the same in every language of the server.
pub(crate) fn key_columns(database: &DatabaseError) -> Option<Vec<&str>> {
    let detail = database.detail.as_deref()?;
    let inside = detail.split_once('(')?.1.split_once(")=(")?.0;
    Some(inside.split(", ").map(|name| name.trim_matches('"')).collect())
}

fn kind_of_sqlstate(code: &str) -> ErrorKind {
    match code {
        "23505" => ErrorKind::UniqueViolation,
        "23503" => ErrorKind::ForeignKeyViolation,
        "23514" => ErrorKind::CheckViolation,
        "23502" => ErrorKind::NotNullViolation,
        "23P01" => ErrorKind::ExclusionViolation,
        "40001" => ErrorKind::SerializationFailure,
        "40P01" => ErrorKind::Deadlock,
        "55P03" => ErrorKind::LockNotAvailable,
        "57014" => ErrorKind::QueryCanceled,
        "25P02" => ErrorKind::TransactionAborted,
        "42P01" | "42703" | "42883" | "42704" | "3F000" => ErrorKind::UndefinedObject,
        "42804" => ErrorKind::ColumnType,
        "42601" => ErrorKind::Syntax,
        "42501" => ErrorKind::PermissionDenied,
        "57P01" | "57P02" | "57P04" | "57P05" | "25P03" => ErrorKind::ConnectionLost,
        // The program's own mistake; where it ends the connection the driver says so.
        "08P01" => ErrorKind::Database,
        "57P03" | "53300" => ErrorKind::Connect,
        "3D000" => ErrorKind::Connect,
        _ if code.starts_with("22") => ErrorKind::InvalidValue,
        _ if code.starts_with("28") => ErrorKind::Authentication,
        _ if code.starts_with("08") => ErrorKind::ConnectionLost,
        _ => ErrorKind::Database,
    }
}

/// The server's message, without the values that it quotes in errors about values, and what to do where that helps.
fn sentence(kind: ErrorKind, database: &DatabaseError) -> String {
    let message = match kind {
        ErrorKind::InvalidValue => without_values(&database.message),
        // Not of the statement's text, where the server says its place: of a value, such as a `tsquery`'s text.
        ErrorKind::Syntax if database.position.is_none() => without_values(&database.message),
        _ if database.code == "54000" => without_number(&database.message),
        _ => database.message.clone(),
    };
    let advice = match kind {
        // An upsert or MERGE that meets a row twice; a sub-select of several rows has no hint.
        _ if database.code == "21000" && database.hint.is_some() => {
            "; the same key is given twice: leave one of the two out before"
        }
        ErrorKind::UndefinedObject => "; does the database have the program's schema (migrations, `create_all`)?",
        ErrorKind::ColumnType => "; change the field's type or migrate the column",
        ErrorKind::SerializationFailure | ErrorKind::Deadlock => "; run the transaction again",
        ErrorKind::TransactionAborted => "; a statement in it had failed, so nothing was saved",
        ErrorKind::LockNotAvailable => {
            "; another transaction holds it: try again, or shorten that one. The limit is `lock_timeout`, unless NOWAIT \
             was asked for"
        }
        // The words are the server's, and others in other languages.
        ErrorKind::QueryCanceled if database.message.contains("user request") => "",
        ErrorKind::QueryCanceled => "; it ran for too long. The limit is `statement_timeout`, unless it was cancelled",
        ErrorKind::ConnectionLost if database.code == "25P03" => idle_in_transaction(),
        _ => "",
    };
    format!("{message}{advice} (SQLSTATE {})", database.code)
}

/// What to do about SQLSTATE 25P03.
const fn idle_in_transaction() -> &'static str {
    "; the transaction did nothing for too long, and is rolled back: do what is slow (calls to other services, waiting for \
     people) before it or after it. The limit is `idle_in_transaction_timeout`"
}

/// A message about a value without the value. The server shows values in quotes, which are others in other languages;
/// `make_date`, `chr` and their kin tell numbers behind a colon.
fn without_values(message: &str) -> String {
    without_number(&without_quoted(message))
}

/// Replaces a number that the message ends with by an ellipsis.
fn without_number(message: &str) -> String {
    match message.rsplit_once(": ") {
        Some((before, rest)) if rest.starts_with(|c: char| c.is_ascii_digit() || c == '-') => format!("{before}: …"),
        _ => message.to_owned(),
    }
}

/// Replaces all from the first quotation mark to the last by an ellipsis: a value may hold quotes itself.
fn without_quoted(message: &str) -> String {
    let quote = |c: char| {
        matches!(
            c,
            '"' | '«' | '»' | '‹' | '›' | '“' | '”' | '„' | '‟' | '「' | '」' | '『' | '』'
        )
    };
    match (message.find(quote), message.rfind(quote)) {
        (Some(first), Some(last)) if first < last => {
            let rest = message[last..].trim_start_matches(quote);
            format!("{}\"…\"{rest}", &message[..first])
        }
        (Some(first), _) => format!("{}\"…", &message[..first]),
        (None, _) => message.to_owned(),
    }
}

impl fmt::Display for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if let Some(table) = self.0.table {
            write!(f, "{}: ", table.model)?;
        }
        f.write_str(&self.0.message)?;
        match self.0.copy_line {
            Some(line) => write!(f, ", in line {line} of the data"),
            None => Ok(()),
        }
    }
}

impl fmt::Debug for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut debug = f.debug_struct("Error");
        debug.field("kind", &self.0.kind);
        // A report of several lines is for reading, wherever it is printed.
        match self.0.message.contains('\n') {
            true => debug.field("message", &format_args!("{}", self.0.message)),
            false => debug.field("message", &self.0.message),
        };
        if let Some(database) = &self.0.database {
            debug.field("database", database);
        }
        if let Some(source) = &self.0.source {
            debug.field("source", source);
        }
        debug.finish()
    }
}

impl std::error::Error for Error {
    fn source(&self) -> Option<&(dyn std::error::Error + 'static)> {
        self.0.source.as_deref().map(|source| source as _)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_value_is_not_shown_however_the_server_quotes_it() {
        for (message, shown) in [
            ("integer out of range", "integer out of range"),
            (
                "invalid input syntax for type integer: \"a\"SECRET\"b\"",
                "invalid input syntax for type integer: \"…\"",
            ),
            (
                "value \"SECRET\" is out of range for type int",
                "value \"…\" is out of range for type int",
            ),
            (
                "ungültige Eingabesyntax für Typ integer: »a\"SECRET«",
                "ungültige Eingabesyntax für Typ integer: \"…\"",
            ),
            (
                "la valeur « SECRET » est hors limites",
                "la valeur \"…\" est hors limites",
            ),
            ("one quote \"SECRET", "one quote \"…"),
            (
                "date field value out of range: 2026-13-45",
                "date field value out of range: …",
            ),
            (
                "invalid byte sequence for encoding \"UTF8\": 0xff 0x63",
                "invalid byte sequence for encoding \"…\": …",
            ),
            (
                "value too long for type character varying(2)",
                "value too long for type character varying(2)",
            ),
        ] {
            assert_eq!(without_values(message), shown);
        }
    }
}

//! tokio-postgres' errors as `orm_core`'s.
//!
//! The driver's own error is never kept as a source: its Debug prints the server's DETAIL, which holds values.

use std::error::Error as _;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use orm_core::{DatabaseError, Error, ErrorKind, Table};
use tokio_postgres::SimpleQueryMessage;
use tokio_postgres::error::{DbError, ErrorPosition, Severity};

use crate::link::{Broken, Link};

/// The SQLSTATE of a prepared statement that is not there. The program's own statements are prepared again; those by which
/// tokio-postgres looks up types are not, for as long as the connection lives.
const NO_STATEMENT: &str = "26000";

/// The error of something that was sent on a connection. Where it is the connection's end, the connection is marked so.
#[cold]
pub(crate) fn of_statement(link: &Link, error: tokio_postgres::Error, table: Option<&'static Table>) -> Error {
    if let Some(database) = error.as_db_error() {
        let error = Error::from_database(database_error(database), table);
        if error.sqlstate() == Some("25006") {
            link.refused_to_write();
        }
        if is_fatal(database) {
            link.break_up(Broken::Lost);
            return error.with_kind(ErrorKind::ConnectionLost);
        }
        if error.sqlstate() == Some(NO_STATEMENT) {
            link.break_up(Broken::Deallocated);
        }
        return error;
    }
    if let Some(reason) = encoding(&error) {
        return Error::new(ErrorKind::Encode, format!("a parameter cannot be sent: {reason}")).with_table(table);
    }
    if error.is_closed() || link.client.is_closed() || io(&error).is_some() {
        link.break_up(Broken::Lost);
        let reason = io(&error).map(|reason| format!(": {reason}")).unwrap_or_default();
        return Error::new(
            ErrorKind::ConnectionLost,
            format!("the connection to the server was lost{reason}{}", link.last_words),
        )
        .with_table(table);
    }
    // Whatever comes on this connection now may be the answer to something else.
    link.break_up(Broken::OutOfStep);
    Error::new(
        ErrorKind::Database,
        format!("the server's answer was not understood: {error}"),
    )
    .with_table(table)
}

/// The error of connecting; `address` says where to and as whom.
pub(crate) fn of_connecting(address: &str, encrypted: bool, error: tokio_postgres::Error) -> Error {
    let Some(database) = error.as_db_error() else {
        let kind = match error.to_string().as_str() {
            "authentication error" | "invalid configuration" => ErrorKind::Authentication,
            _ => ErrorKind::Connect,
        };
        return Error::new(
            kind,
            format!(
                "cannot connect to {address}: {}{}",
                causes(&error),
                advice(encrypted, &error)
            ),
        );
    };
    let database = database_error(database);
    // What the server says about connecting names the role and the database, never a value or the password.
    let message = format!(
        "cannot connect to {address}: {} (SQLSTATE {})",
        database.message, database.code
    );
    match Error::from_database(database, None).kind() {
        ErrorKind::Authentication => Error::new(ErrorKind::Authentication, message),
        _ => Error::new(ErrorKind::Connect, message),
    }
}

fn advice(encrypted: bool, error: &tokio_postgres::Error) -> &'static str {
    let causes = causes(error);
    if encrypted && causes.contains("does not support TLS") {
        return "; turn on TLS on the server, or, where the network is trusted, say `sslmode=disable` in the URL or \
                call `.allow_plaintext()`: the password and all data then go unencrypted";
    }
    if encrypted && causes.contains("xpired") {
        return "; the server's certificate has expired (or this machine's clock is wrong): have it renewed";
    }
    if encrypted && (causes.contains("UnknownIssuer") || causes.contains("certificate")) {
        return "; name the authority that signed the server's certificate with `sslrootcert=…` or \
                `.root_certificate_file(…)`, and connect by the host name in the certificate";
    }
    if causes.contains("received fatal alert") && (causes.contains("Certificate") || causes.contains("UnknownCA")) {
        return "; the server refused the client's certificate: give one that an authority which the server trusts \
                has signed, with `sslcert=…&sslkey=…` or `.client_certificate_files(…)`";
    }
    if causes.contains("password missing") {
        return "; the server asks for a password: add it to the URL (`postgres://user:password@host/db`) or set it \
                with `.password(…)`";
    }
    ""
}

/// What an error of the socket, of TLS or of authentication says, outermost first. These hold no values.
fn causes(error: &tokio_postgres::Error) -> String {
    let mut text = error.to_string();
    let mut source = error.source();
    while let Some(cause) = source {
        let cause_text = cause.to_string();
        if !text.ends_with(&cause_text) {
            text.push_str(": ");
            text.push_str(&cause_text);
        }
        source = cause.source();
    }
    text
}

/// What to tell of a connection's end.
pub(crate) fn last_words(error: &tokio_postgres::Error) -> String {
    match error.as_db_error() {
        Some(database) => Error::from_database(database_error(database), None).to_string(),
        None => match io(error) {
            Some(reason) => reason.to_string(),
            None => error.to_string(),
        },
    }
}

/// Which prepared statements are out of date.
pub(crate) enum OutOfDate {
    /// This one: its table was altered.
    This,
    /// Those with types of the user's, one of which was made anew or is another one under the present `search_path`.
    UserTypes,
    /// All: `DEALLOCATE ALL` or `DISCARD ALL` was sent.
    All,
}

/// The error of a statement that was found out of date where it cannot be tried again, because the server has aborted the
/// transaction with it.
#[cold]
pub(crate) fn out_of_date_in_transaction(
    link: &Link,
    error: tokio_postgres::Error,
    how: &OutOfDate,
    table: Option<&'static Table>,
) -> Error {
    let error = match (error.as_db_error(), how) {
        // Where statements were removed, those of the client were made again: the connection is as good as before.
        (Some(database), OutOfDate::All) => Error::from_database(database_error(database), table),
        _ => of_statement(link, error, table),
    };
    let what = match how {
        OutOfDate::This => "its table was altered after the statement had been prepared",
        OutOfDate::All => "`DEALLOCATE` or `DISCARD` has removed the prepared statement",
        OutOfDate::UserTypes => {
            "a type in it may have been made anew, or be another one under the present `search_path`"
        }
    };
    error.explained(&format!(
        "{what}; in a transaction it cannot be prepared again, because the error has aborted that. The next transaction will \
         prepare it anew: run the whole one again"
    ))
}

/// Whether an error of binding says that a prepared statement is out of date. It comes before anything was executed.
/// `user_typed` is one that has types of the user's. When it was prepared earlier, what the server then says of them has many
/// forms, so any error about the statement counts; of one that is new only that a type has gone meanwhile.
pub(crate) fn out_of_date(error: &tokio_postgres::Error, user_typed: bool, earlier: bool) -> Option<OutOfDate> {
    let Some(error) = error.as_db_error() else {
        // A composite type may have got other fields.
        return (user_typed && earlier && encoding(error).is_some()).then_some(OutOfDate::UserTypes);
    };
    match error.code().code() {
        _ if is_fatal(error) => None,
        "XX000" if user_typed && error.message().contains("type") => Some(OutOfDate::UserTypes),
        "0A000" if error.routine() == Some("RevalidateCachedQuery") => Some(OutOfDate::This),
        "26000" => Some(OutOfDate::All),
        // It had to wait for a lock or for resources, which was no matter of types.
        "57014" | "55P03" | "40P01" | "40001" => None,
        code if code.starts_with("53") => None,
        _ => (user_typed && earlier).then_some(OutOfDate::UserTypes),
    }
}

/// How long a server may take to say that it is in step. One that does not may be no PostgreSQL.
const IN_STEP_TIMEOUT: Duration = Duration::from_secs(5);

/// Whether an error of preparing is that a type was gone when it was looked up, so that another try can go well. Then the client has
/// got no row where it wants one, and says what it says of answers that are out of step; whether they are is asked.
pub(crate) async fn is_of_lookup(link: &Link, error: &tokio_postgres::Error) -> bool {
    if let Some(error) = error.as_db_error() {
        return error.code().code() == "XX000" && error.message().contains("type") && !link.in_any_transaction();
    }
    if error.source().is_some() || error.is_closed() || link.client.is_closed() {
        return false;
    }
    static NEXT: AtomicU64 = AtomicU64::new(0);
    let question = format!("orm {}", NEXT.fetch_add(1, Ordering::Relaxed));
    let text = format!("SELECT '{question}'");
    let asked = {
        let _entered = link.runtime.enter();
        tokio::time::timeout(IN_STEP_TIMEOUT, link.client.simple_query(&text))
    };
    let Ok(Ok(answer)) = asked.await else { return false };
    answer
        .iter()
        .any(|message| matches!(message, SimpleQueryMessage::Row(row) if row.get(0) == Some(question.as_str())))
}

/// Whether the server ends the connection with it.
fn is_fatal(error: &DbError) -> bool {
    matches!(error.parsed_severity(), Some(Severity::Fatal | Severity::Panic))
}

fn io(error: &tokio_postgres::Error) -> Option<&std::io::Error> {
    error.source()?.downcast_ref()
}

/// The sentence of our own encoder, which holds no value.
fn encoding(error: &tokio_postgres::Error) -> Option<&orm_core::ValueError> {
    error.source()?.downcast_ref()
}

fn database_error(error: &DbError) -> DatabaseError {
    let owned = |text: Option<&str>| text.map(str::to_owned);
    DatabaseError {
        code: error.code().code().to_owned(),
        message: error.message().to_owned(),
        detail: owned(error.detail()),
        hint: owned(error.hint()),
        schema: owned(error.schema()),
        table: owned(error.table()),
        column: owned(error.column()),
        constraint: owned(error.constraint()),
        position: match error.position() {
            Some(ErrorPosition::Original(position)) => Some(*position),
            _ => None,
        },
    }
}

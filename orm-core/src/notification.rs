//! NOTIFY: what is sent to those who LISTEN, and what they get. PostgreSQL's chapters: `NOTIFY`, `LISTEN`.

use std::future::Future;

use crate::driver::{Executor, Param, Statement};
use crate::error::{Error, ErrorKind};
use crate::query::execute;
use crate::statements::here;
use crate::transaction::Transaction;

/// PostgreSQL's `NAMEDATALEN`, less the byte at the end.
const LONGEST_CHANNEL: usize = 63;

/// PostgreSQL's `NOTIFY_PAYLOAD_MAX_LENGTH`, less the byte at the end.
const LONGEST_PAYLOAD: usize = 7_999;

/// What a listener gets.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub enum Event {
    /// Somebody has sent a notification, and its transaction was committed.
    Notification(Notification),
    /// The connection was lost, and all channels are listened to again, on a new one. What was sent in between is gone:
    /// look again at what the notifications are about.
    Reconnected,
    /// More came than the listener's queue holds, and what did not go into it is gone: look again, as after
    /// [`Reconnected`](Self::Reconnected).
    Overflow {
        /// How many notifications were thrown away here.
        missed: u64,
    },
}

impl Event {
    /// The notification, if it is one.
    #[must_use]
    pub fn notification(&self) -> Option<&Notification> {
        match self {
            Self::Notification(notification) => Some(notification),
            _ => None,
        }
    }
}

/// A notification: the channel, the payload, and who sent it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Notification {
    channel: Box<str>,
    payload: Box<str>,
    process_id: i32,
}

impl Notification {
    /// A notification as a driver gets it.
    #[must_use]
    pub fn new(channel: &str, payload: &str, process_id: i32) -> Self {
        Self {
            channel: channel.into(),
            payload: payload.into(),
            process_id,
        }
    }

    /// The channel that it was sent to.
    #[must_use]
    pub fn channel(&self) -> &str {
        &self.channel
    }

    /// The payload; empty if it was sent without one.
    #[must_use]
    pub fn payload(&self) -> &str {
        &self.payload
    }

    /// The process of the server that sent it: `pg_backend_pid()` there.
    #[must_use]
    pub fn process_id(&self) -> i32 {
        self.process_id
    }

    /// The payload, read as JSON.
    ///
    /// # Errors
    /// [`ErrorKind::Decode`] when it is none, or does not fit the type.
    #[cfg(feature = "json")]
    pub fn json<T: serde_core::de::DeserializeOwned>(&self) -> Result<T, Error> {
        crate::types::parse_json(self.payload.as_bytes()).map_err(|reason| {
            let channel = &self.channel;
            let text = format!("the payload of a notification on `{channel}` cannot be read: {reason}");
            Error::new(ErrorKind::Decode, text)
        })
    }
}

/// Checks the name of a channel: PostgreSQL cuts a longer one off in `LISTEN`, but refuses it in `pg_notify`.
///
/// # Errors
/// [`ErrorKind::InvalidQuery`] for an empty name, one of more than 63 bytes, or one with a NUL in it.
pub fn check_channel(channel: &str) -> Result<(), Error> {
    if !channel.is_empty() && channel.len() <= LONGEST_CHANNEL && !channel.contains('\0') {
        return Ok(());
    }
    let text = match channel.len() {
        0 => "a channel needs a name".to_owned(),
        1..=LONGEST_CHANNEL => "the name of a channel holds a NUL, which PostgreSQL's names cannot".to_owned(),
        length => format!(
            "the channel `{channel}` has {length} bytes, but a name has {LONGEST_CHANNEL} at most in PostgreSQL"
        ),
    };
    Err(Error::new(ErrorKind::InvalidQuery, text))
}

fn statement(channel: &str, payload: &str) -> Result<Statement, Error> {
    check_channel(channel)?;
    if payload.len() > LONGEST_PAYLOAD {
        let text = format!(
            "the payload for `{channel}` has {} bytes, but PostgreSQL sends {LONGEST_PAYLOAD} at most with a \
             notification; store it in a table and send its key",
            payload.len()
        );
        return Err(Error::new(ErrorKind::InvalidValue, text));
    }
    Ok(Statement {
        text: "SELECT pg_notify($1, $2)".into(),
        params: vec![Param::new(&channel.to_owned()), Param::new(&payload.to_owned())],
        operation: "NOTIFY",
        table: None,
        place: None,
        only_reads: false,
        options: None,
    })
}

/// Sends a notification to all who listen to the channel, at once, or with the transaction's commit if `db` is one:
/// `SELECT pg_notify($1, $2)`. After a rollback nobody gets it. An empty payload is none. Equal ones of one transaction
/// are delivered once. As `notify` of a database, a connection and a transaction.
///
/// # Errors
/// [`ErrorKind::InvalidValue`] for a payload of more than 7,999 bytes, [`ErrorKind::InvalidQuery`] for a channel that
/// cannot be, and those of the server.
#[track_caller]
pub fn notify<'a>(
    db: &'a dyn Executor,
    channel: &str,
    payload: &str,
) -> impl Future<Output = Result<(), Error>> + Send + use<'a> {
    let statement = here(statement(channel, payload));
    async move { execute(statement, db).await.map(drop) }
}

impl Transaction {
    /// Sends a notification when this transaction is committed: `SELECT pg_notify($1, $2)`. After a rollback, also of the
    /// savepoint that it was sent in, nobody gets it. An empty payload is none. Equal ones of one transaction are delivered
    /// once.
    ///
    /// # Errors
    /// [`ErrorKind::InvalidValue`] for a payload of more than 7,999 bytes, [`ErrorKind::InvalidQuery`] for a channel that
    /// cannot be, and those of the server.
    #[track_caller]
    pub fn notify<'a>(
        &'a self,
        channel: &str,
        payload: &str,
    ) -> impl Future<Output = Result<(), Error>> + Send + use<'a> {
        notify(self, channel, payload)
    }
}

impl<'e> dyn Executor + 'e {
    /// As [`notify`].
    ///
    /// # Errors
    /// As [`notify`].
    #[track_caller]
    pub fn notify<'a>(
        &'a self,
        channel: &str,
        payload: &str,
    ) -> impl Future<Output = Result<(), Error>> + Send + use<'a, 'e> {
        notify(self, channel, payload)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_channel_that_cannot_be_is_an_error_that_says_why() {
        check_channel(&"c".repeat(63)).unwrap();
        for (channel, words) in [
            ("", "needs a name"),
            (&*"c".repeat(64), "64 bytes"),
            (&*"ä".repeat(32), "64 bytes"),
            ("a\0b", "NUL"),
        ] {
            let error = check_channel(channel).unwrap_err();
            assert_eq!(error.kind(), ErrorKind::InvalidQuery);
            assert!(error.to_string().contains(words), "{error}");
        }
    }

    #[cfg(feature = "json")]
    #[test]
    fn a_payload_that_is_no_json_is_an_error_that_does_not_show_it() {
        let notification = Notification::new("jobs", "[1, 2]", 7);
        assert_eq!(notification.json::<Vec<i64>>().unwrap(), [1, 2]);
        for payload in ["SECRET", "\"SECRET\"", ""] {
            let error = Notification::new("jobs", payload, 7).json::<i64>().unwrap_err();
            assert_eq!(error.kind(), ErrorKind::Decode);
            let shown = format!("{error} {error:?}");
            assert!(shown.contains("`jobs`") && !shown.contains("SECRET"), "{shown}");
        }
    }
}

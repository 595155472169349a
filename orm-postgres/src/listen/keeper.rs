//! The task that keeps a listener connected.
//!
//! It is told of the connection's end by the task that reads the socket, and finds a network that has gone silent by
//! asking the server now and then. LISTEN comes before `Reconnected` is told, so whoever looks again after it misses
//! nothing.

use std::collections::BTreeSet;
use std::future::{Future, poll_fn};
use std::hash::{BuildHasher, Hasher, RandomState};
use std::pin::pin;
use std::sync::Arc;
use std::task::Poll;
use std::time::{Duration, Instant};

use orm_core::{Error, ErrorKind, quote};
use tokio::sync::{mpsc, oneshot};

use super::inbox::{Inbox, over};
use crate::connect::Connector;
use crate::error;
use crate::link::Link;

/// How long the server may take to answer LISTEN, or a sign of life, where connecting has no limit.
const ANSWER: Duration = Duration::from_secs(10);

/// The bound of the pause before the first try to connect again. Those of a fleet are not to come all at once.
const FIRST_PAUSE: Duration = Duration::from_millis(100);
const LONGEST_PAUSE: Duration = Duration::from_secs(10);

/// What the program asks for while it listens.
pub(super) struct Command {
    pub(super) what: Change,
    pub(super) channels: Vec<String>,
    pub(super) done: oneshot::Sender<Result<(), Error>>,
}

#[derive(Clone, Copy, PartialEq)]
pub(super) enum Change {
    Listen,
    Unlisten,
}

/// Connects and listens.
///
/// # Errors
/// Those of connecting and of LISTEN.
pub(super) async fn connect(
    connector: Arc<Connector>,
    inbox: Arc<Inbox>,
    channels: &BTreeSet<String>,
) -> Result<Connected, Error> {
    let link = connector.connect_listening(&inbox).await?;
    let connected = Connected {
        link,
        ended: inbox.take_ended().ok_or_else(over)?,
        patience: connector.timeout.unwrap_or(ANSWER),
    };
    connected.send(Change::Listen, channels).await?;
    Ok(connected)
}

pub(super) struct Keeper {
    pub(super) connector: Arc<Connector>,
    pub(super) inbox: Arc<Inbox>,
    pub(super) commands: mpsc::Receiver<Command>,
    pub(super) channels: BTreeSet<String>,
    pub(super) keepalive: Duration,
    pub(super) reconnect_timeout: Option<Duration>,
}

/// A connection that listens.
pub(super) struct Connected {
    link: Box<Link>,
    ended: oneshot::Receiver<()>,
    patience: Duration,
}

/// What comes next to a connection.
enum Next {
    /// `None` when the listener was dropped.
    Command(Option<Command>),
    Ended,
    Silent,
}

/// The listener was dropped: there is nothing more to do.
struct Dropped;

impl Keeper {
    /// Until the listener is dropped.
    pub(super) async fn run(mut self, mut connected: Connected) {
        loop {
            let Ok(why) = self.keep(&mut connected).await else {
                return;
            };
            tracing::warn!(target: "orm", reason = %why, "a listener lost its connection, and makes a new one");
            drop(connected);
            self.inbox.is_lost();
            connected = match self.reconnect().await {
                Ok(connected) => connected,
                Err(Dropped) => return,
            };
            self.inbox.reconnected();
        }
    }

    /// Until the connection is lost; why it was.
    async fn keep(&mut self, connected: &mut Connected) -> Result<Error, Dropped> {
        loop {
            match self.next(&mut connected.ended).await {
                Next::Command(None) => return Err(Dropped),
                Next::Command(Some(command)) => {
                    if let Some(lost) = self.obey(connected, command).await {
                        return Ok(lost);
                    }
                }
                Next::Ended => return Ok(connected.lost()),
                Next::Silent if self.inbox.heard().elapsed() < self.keepalive => {}
                Next::Silent => match connected.answer("").await {
                    Ok(()) => self.inbox.hear(),
                    Err(lost) => return Ok(lost),
                },
            }
        }
    }

    async fn next(&mut self, ended: &mut oneshot::Receiver<()>) -> Next {
        let silence = self.keepalive.saturating_sub(self.inbox.heard().elapsed());
        let mut silent = pin!(tokio::time::sleep(silence));
        poll_fn(|context| {
            if let Poll::Ready(command) = self.commands.poll_recv(context) {
                return Poll::Ready(Next::Command(command));
            }
            if pin!(&mut *ended).poll(context).is_ready() {
                return Poll::Ready(Next::Ended);
            }
            silent.as_mut().poll(context).map(|()| Next::Silent)
        })
        .await
    }

    /// Does what the program asks for. Gives why the connection was lost if it was: then it is done with the next one.
    async fn obey(&mut self, connected: &Connected, command: Command) -> Option<Error> {
        let result = connected.send(command.what, &command.channels).await;
        let (result, lost) = match result {
            Err(error) if error.kind() == ErrorKind::ConnectionLost => (Ok(()), Some(error)),
            result => (result, None),
        };
        if result.is_ok() {
            self.note(command.what, command.channels);
        }
        let _dropped_by_now = command.done.send(result);
        lost
    }

    fn note(&mut self, what: Change, channels: Vec<String>) {
        match what {
            Change::Listen => self.channels.extend(channels),
            Change::Unlisten => self.channels.retain(|channel| !channels.contains(channel)),
        }
    }

    async fn reconnect(&mut self) -> Result<Connected, Dropped> {
        let mut lost = Instant::now();
        let mut tries = 0;
        loop {
            self.unless_dropped(tokio::time::sleep(pause(tries))).await?;
            tries += 1;
            let before = self.channels.clone();
            let connecting = connect(Arc::clone(&self.connector), Arc::clone(&self.inbox), &before);
            let connected = match self.unless_dropped(connecting).await? {
                Ok(connected) => self.catch_up(connected, &before).await,
                Err(error) => Err(error),
            };
            let error = match connected {
                Ok(connected) => return Ok(connected),
                Err(error) => error,
            };
            tracing::debug!(target: "orm", reason = %error, "a listener cannot connect again yet");
            let took_long = self.reconnect_timeout.is_some_and(|limit| lost.elapsed() >= limit);
            if took_long || error.kind() == ErrorKind::Authentication {
                self.inbox.failed(error);
                lost = Instant::now();
            }
        }
    }

    /// Sends what was asked for while it connected.
    async fn catch_up(&self, connected: Connected, before: &BTreeSet<String>) -> Result<Connected, Error> {
        let removed: Vec<_> = before.difference(&self.channels).cloned().collect();
        let added: Vec<_> = self.channels.difference(before).cloned().collect();
        connected.send(Change::Unlisten, &removed).await?;
        connected.send(Change::Listen, &added).await?;
        Ok(connected)
    }

    /// Runs `work`, and takes notes of what is asked for meanwhile.
    async fn unless_dropped<T>(&mut self, work: impl Future<Output = T>) -> Result<T, Dropped> {
        let mut work = pin!(work);
        poll_fn(|context| {
            while let Poll::Ready(command) = self.commands.poll_recv(context) {
                let Some(command) = command else {
                    return Poll::Ready(Err(Dropped));
                };
                self.note(command.what, command.channels);
                let _dropped_by_now = command.done.send(Ok(()));
            }
            work.as_mut().poll(context).map(Ok)
        })
        .await
    }
}

impl Connected {
    /// `LISTEN "a"; LISTEN "b"`: one message, so all or none.
    async fn send<'a>(&self, what: Change, channels: impl IntoIterator<Item = &'a String>) -> Result<(), Error> {
        let mut text = String::new();
        for channel in channels {
            text.push_str(match what {
                Change::Listen => "LISTEN ",
                Change::Unlisten => "UNLISTEN ",
            });
            quote(&mut text, channel);
            text.push(';');
        }
        match text.is_empty() {
            true => Ok(()),
            false => self.answer(&text).await,
        }
    }

    async fn answer(&self, text: &str) -> Result<(), Error> {
        match tokio::time::timeout(self.patience, self.link.client.batch_execute(text)).await {
            Ok(Ok(())) => Ok(()),
            Ok(Err(error)) => Err(error::of_statement(&self.link, error, None)),
            Err(_) => Err(Error::new(
                ErrorKind::ConnectionLost,
                format!("the server did not answer a listener within {:?}", self.patience),
            )),
        }
    }

    fn lost(&self) -> Error {
        let text = format!("the connection to the server was lost{}", self.link.last_words);
        Error::new(ErrorKind::ConnectionLost, text)
    }
}

impl Drop for Keeper {
    fn drop(&mut self) {
        self.inbox.is_over();
    }
}

/// A random pause, whose bounds double: half of the bound at least.
fn pause(tries: u32) -> Duration {
    let bound = FIRST_PAUSE.saturating_mul(1 << tries.min(8)).min(LONGEST_PAUSE);
    let random = RandomState::new().build_hasher().finish();
    let part = random as f64 / u64::MAX as f64;
    match tries {
        0 => bound.mul_f64(part),
        _ => bound.mul_f64(0.5 + part / 2.0),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn pauses_grow_up_to_a_bound_and_differ() {
        for (tries, least, most) in [(0, 0, 100), (1, 100, 200), (4, 800, 1_600), (50, 5_000, 10_000)] {
            let pauses: Vec<_> = (0..100).map(|_| pause(tries).as_millis()).collect();
            assert!(pauses.iter().all(|pause| (least..=most).contains(pause)), "{pauses:?}");
            assert!(pauses.iter().any(|pause| *pause != pauses[0]));
        }
    }
}

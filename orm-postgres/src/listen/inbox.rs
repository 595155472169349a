//! What has come for a listener and was not taken yet: a queue with a bound.
//!
//! The socket is read however slow the reader is. One that is not read would fill the server's queue of notifications,
//! which all databases of a cluster share, until every NOTIFY fails. So what does not fit is thrown away, and told.

use std::collections::VecDeque;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::task::{Context, Poll, Waker};
use std::time::Instant;

use orm_core::{Error, ErrorKind, Event, Notification};
use tokio::sync::oneshot;

pub(crate) struct Inbox(Mutex<State>);

struct State {
    events: VecDeque<Event>,
    capacity: usize,
    /// Why there is no connection, to be told once the events before it were taken.
    error: Option<Error>,
    connected: bool,
    /// Nothing will come any more.
    over: bool,
    waker: Option<Waker>,
    /// When the server was last heard of.
    heard: Instant,
    /// Tells the end of the connection that was tried last.
    ended: Option<oneshot::Receiver<()>>,
}

impl Inbox {
    pub(super) fn new(capacity: usize) -> Arc<Self> {
        Arc::new(Self(Mutex::new(State {
            events: VecDeque::new(),
            capacity: capacity.max(1),
            error: None,
            connected: true,
            over: false,
            waker: None,
            heard: Instant::now(),
            ended: None,
        })))
    }

    fn notified(&self, notification: Notification) {
        let mut state = self.lock();
        state.heard = Instant::now();
        if state.events.len() < state.capacity {
            state.events.push_back(Event::Notification(notification));
        } else if let Some(Event::Overflow { missed }) = state.last_two(|event| matches!(event, Event::Overflow { .. }))
        {
            *missed += 1;
        } else {
            state.events.push_back(Event::Overflow { missed: 1 });
        }
        state.wake();
    }

    pub(super) fn reconnected(&self) {
        let mut state = self.lock();
        state.connected = true;
        state.error = None;
        state.heard = Instant::now();
        // Of several that nobody has read one is enough, and the queue keeps its bound.
        if state.last_two(|event| *event == Event::Reconnected).is_none() {
            state.events.push_back(Event::Reconnected);
        }
        state.wake();
    }

    pub(super) fn is_lost(&self) {
        self.lock().connected = false;
    }

    pub(super) fn failed(&self, error: Error) {
        let mut state = self.lock();
        state.error = Some(error);
        state.wake();
    }

    pub(super) fn is_over(&self) {
        let mut state = self.lock();
        (state.connected, state.over) = (false, true);
        state.wake();
    }

    /// The server has answered.
    pub(super) fn hear(&self) {
        self.lock().heard = Instant::now();
    }

    pub(super) fn heard(&self) -> Instant {
        self.lock().heard
    }

    /// What tells the end of the connection whose inlet was made last.
    pub(super) fn take_ended(&self) -> Option<oneshot::Receiver<()>> {
        self.lock().ended.take()
    }

    pub(super) fn is_connected(&self) -> bool {
        self.lock().connected
    }

    /// What came first. `None` when nothing will come any more.
    pub(super) fn poll_next(&self, context: &Context<'_>) -> Poll<Option<Result<Event, Error>>> {
        let mut state = self.lock();
        if let Some(event) = state.events.pop_front() {
            return Poll::Ready(Some(Ok(event)));
        }
        if let Some(error) = state.error.take() {
            return Poll::Ready(Some(Err(error)));
        }
        if state.over {
            return Poll::Ready(None);
        }
        state.waker = Some(context.waker().clone());
        Poll::Pending
    }

    fn lock(&self) -> MutexGuard<'_, State> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl State {
    /// The event of this kind among the last two. Past the bound there is one of each kind at most.
    fn last_two(&mut self, is_it: impl Fn(&Event) -> bool) -> Option<&mut Event> {
        self.events.iter_mut().rev().take(2).find(|event| is_it(event))
    }

    fn wake(&mut self) {
        if let Some(waker) = self.waker.take() {
            waker.wake();
        }
    }
}

/// Nothing comes any more: its task has ended with its runtime.
pub(super) fn over() -> Error {
    Error::new(
        ErrorKind::ConnectionLost,
        "the listener is over: the runtime in which it was opened has ended",
    )
}

/// Where the task that reads a connection's socket puts notifications. Dropped with the connection.
pub(crate) struct Inlet {
    inbox: Arc<Inbox>,
    _ended: oneshot::Sender<()>,
}

impl Inlet {
    pub(crate) fn new(inbox: &Arc<Inbox>) -> Self {
        let (sender, ended) = oneshot::channel();
        inbox.lock().ended = Some(ended);
        Self {
            inbox: Arc::clone(inbox),
            _ended: sender,
        }
    }

    pub(crate) fn tell(&self, notification: &tokio_postgres::Notification) {
        let (channel, payload) = (notification.channel(), notification.payload());
        let notification = Notification::new(channel, payload, notification.process_id());
        self.inbox.notified(notification);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn all(inbox: &Inbox) -> Vec<Event> {
        let context = Context::from_waker(Waker::noop());
        std::iter::from_fn(|| match inbox.poll_next(&context) {
            Poll::Ready(Some(event)) => Some(event.unwrap()),
            _ => None,
        })
        .collect()
    }

    fn notification(payload: &str) -> Event {
        Event::Notification(Notification::new("c", payload, 1))
    }

    #[test]
    fn what_does_not_fit_is_counted_where_it_is_missing() {
        let inbox = Inbox::new(2);
        for payload in ["1", "2", "3", "4"] {
            inbox.notified(Notification::new("c", payload, 1));
        }
        let first = inbox.poll_next(&Context::from_waker(Waker::noop()));
        assert!(matches!(first, Poll::Ready(Some(Ok(event))) if event == notification("1")));
        inbox.notified(Notification::new("c", "5", 1));
        assert_eq!(all(&inbox), [notification("2"), Event::Overflow { missed: 3 }]);
        inbox.notified(Notification::new("c", "6", 1));
        assert_eq!(all(&inbox), [notification("6")]);
    }

    #[test]
    fn the_queue_has_a_bound_however_often_the_connection_is_lost() {
        let inbox = Inbox::new(3);
        for _ in 0..100 {
            for _ in 0..10 {
                inbox.notified(Notification::new("c", "", 1));
            }
            inbox.reconnected();
        }
        let events = all(&inbox);
        assert_eq!(events.len(), 5, "{events:?}");
        assert_eq!(events[3..], [Event::Overflow { missed: 997 }, Event::Reconnected]);
    }
}

//! Opens the connections of a pool: few at a time, none in vain, and a server that refuses them is left in peace.
//!
//! Each attempt is a task of its own. Whoever asked for it may give up waiting (a timeout around a query): the
//! connection then goes to the next who asks, so that a program under load does not open one after another without ever
//! getting one. It may be served by one that is given back meanwhile, too: whoever came first gets the first that is there,
//! however it came to be. After a failure one attempt at a time is made, and for a moment none: who asks meanwhile gets the last
//! error at once.

use std::collections::VecDeque;
use std::ops::{Deref, DerefMut};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use orm_core::{Error, ErrorKind};
use tokio::sync::oneshot;

use crate::connect::Connector;
use crate::ledger::Ledger;
use crate::link::Link;

/// How many connections are opened at the same time. Each costs the server a new process, and TLS and SCRAM cost it CPU.
const AT_ONCE: usize = 4;

/// The pause after a failure: the first, and the longest. It is well below the second within which a pool must have
/// noticed that its server is back.
const FIRST_PAUSE: Duration = Duration::from_millis(25);
const LONGEST_PAUSE: Duration = Duration::from_millis(400);

pub(crate) struct Connects {
    connector: Arc<Connector>,
    state: Mutex<State>,
}

#[derive(Default)]
struct State {
    /// Who waits for a connection, in order.
    requests: VecDeque<oneshot::Sender<Result<Box<Link>, Error>>>,
    /// How many attempts are under way.
    under_way: usize,
    /// Connections that nobody has asked for yet, beside those in the queue of the pool.
    spare: Vec<Link>,
    /// How many more such are wanted.
    wanted: usize,
    failing: Option<Failing>,
    closed: bool,
}

impl State {
    /// Gives a connection to the first who waits, or keeps it as a spare one. What is left is for nobody.
    fn serve(&mut self, link: Box<Link>) -> Option<Box<Link>> {
        let mut link = Some(link);
        while let Some(request) = self.requests.pop_front()
            && let Some(found) = link.take()
        {
            match request.send(Ok(found)) {
                Ok(()) => break,
                Err(back) => link = back.ok(),
            }
        }
        if self.closed {
            return link;
        }
        if let Some(spare) = link {
            self.wanted = self.wanted.saturating_sub(1);
            self.spare.push(*spare);
        }
        None
    }
}

/// The server could not be connected to.
struct Failing {
    kind: ErrorKind,
    message: String,
    since: Instant,
    pause: Duration,
}

impl Connects {
    pub(crate) fn connector(&self) -> &Arc<Connector> {
        &self.connector
    }
}

impl Failing {
    fn is_in_pause(&self) -> bool {
        self.since.elapsed() < self.pause
    }

    fn error(&self) -> Error {
        Error::new(self.kind, self.message.clone())
    }

    /// For those who ask in the pause.
    fn error_of_a_moment_ago(&self) -> Error {
        let ago = self.since.elapsed().as_millis();
        Error::new(self.kind, format!("{} (the last attempt, {ago} ms ago)", self.message))
    }
}

impl Connects {
    pub(crate) fn new(connector: Arc<Connector>) -> Self {
        Self {
            connector,
            state: Mutex::default(),
        }
    }

    /// A connection: a spare one, which is not yet proven alive, or a new one.
    ///
    /// # Errors
    /// Those of connecting.
    pub(crate) async fn get(self: &Arc<Self>) -> Result<Box<Link>, Error> {
        loop {
            if let Ok(result) = self.ask().await {
                return result;
            }
            // The attempt ended with another runtime than this one.
        }
    }

    fn ask(self: &Arc<Self>) -> oneshot::Receiver<Result<Box<Link>, Error>> {
        let (request, answer) = oneshot::channel();
        let mut state = self.lock();
        let at_once = if state.closed {
            Some(Err(closed()))
        } else if let Some(link) = state.spare.pop() {
            Some(Ok(Box::new(link)))
        } else {
            let failing = state.failing.as_ref().filter(|failing| failing.is_in_pause());
            failing.map(|failing| Err(failing.error_of_a_moment_ago()))
        };
        if let Some(result) = at_once {
            let _ = request.send(result);
            return answer;
        }
        state.requests.push_back(request);
        // It takes the place of one that was wanted for nobody yet.
        state.wanted = state.wanted.saturating_sub(1);
        self.start(state);
        answer
    }

    /// Gives a connection that was given back to the first who waits for a new one. Where nobody does any more, it is spare.
    pub(crate) fn hand_over(&self, link: Box<Link>) {
        let left = self.lock().serve(link);
        drop(left); // Not under the lock: the program may be told of it.
    }

    /// Keeps so many connections idle, those in the queue of the pool included, within `most` connections.
    pub(crate) fn keep_idle(self: &Arc<Self>, idle_in_queue: usize, least: usize, most: usize) {
        let mut state = self.lock();
        if state.closed || state.failing.as_ref().is_some_and(Failing::is_in_pause) {
            return;
        }
        let coming = state.under_way.max(state.requests.len() + state.wanted);
        let surplus = coming.saturating_sub(state.requests.len());
        let lacking = least.saturating_sub(idle_in_queue + state.spare.len() + surplus);
        let room = most.saturating_sub(self.connector.ledger.alive() + coming);
        state.wanted += lacking.min(room);
        self.start(state);
    }

    /// How many spare connections there are.
    pub(crate) fn spare(&self) -> usize {
        self.lock().spare.len()
    }

    /// Takes out the spare connections that `remains` is false of.
    pub(crate) fn take_spare(&self, mut remains: impl FnMut(&Link) -> bool) -> Vec<Link> {
        self.lock().spare.extract_if(.., |link| !remains(link)).collect()
    }

    /// When to try again, if the server could not be connected to.
    pub(crate) fn pause(&self) -> Option<Duration> {
        let state = self.lock();
        let failing = state.failing.as_ref()?;
        Some(failing.pause.saturating_sub(failing.since.elapsed()))
    }

    /// Opens no more, and gives what is spare.
    pub(crate) fn close(&self) -> Vec<Link> {
        let mut state = self.lock();
        state.closed = true;
        state.wanted = 0;
        for request in state.requests.drain(..) {
            let _ = request.send(Err(closed()));
        }
        std::mem::take(&mut state.spare)
    }

    /// Starts as many attempts as are lacking.
    fn start(self: &Arc<Self>, mut state: Locked<'_>) {
        state.requests.retain(|request| !request.is_closed());
        let most = if state.failing.is_some() { 1 } else { AT_ONCE };
        let demand = (state.requests.len() + state.wanted).min(most);
        let missing = demand.saturating_sub(state.under_way);
        state.under_way += missing;
        // A task that cannot be started is dropped here, and then takes the lock.
        drop(state);
        for _ in 0..missing {
            let attempt = Attempt(Some(Arc::clone(self)));
            drop(tokio::spawn(attempt.run()));
        }
    }

    fn succeeded(self: &Arc<Self>, link: Box<Link>) {
        let mut state = self.lock();
        state.under_way -= 1;
        state.failing = None;
        let left = state.serve(link);
        self.start(state);
        drop(left); // Not under the lock: the program may be told of it.
    }

    fn failed(self: &Arc<Self>, error: Error) {
        let mut state = self.lock();
        state.under_way -= 1;
        state.wanted = 0;
        let pause = state
            .failing
            .as_ref()
            .map_or(FIRST_PAUSE, |failing| (failing.pause * 2).min(LONGEST_PAUSE));
        let failing = Failing {
            kind: error.kind(),
            message: error.to_string(),
            since: Instant::now(),
            pause,
        };
        let mut error = Some(error);
        state.requests.retain(|request| !request.is_closed());
        while state.requests.len() > state.under_way
            && let Some(request) = state.requests.pop_front()
        {
            let _ = request.send(Err(error.take().unwrap_or_else(|| failing.error())));
        }
        state.failing = Some(failing);
        drop(state);
        self.connector.ledger.has_changed();
    }

    /// An attempt ended without a result: its runtime has ended, or it panicked.
    fn given_up(&self) {
        let mut state = self.lock();
        state.under_way -= 1;
        while state.requests.len() > state.under_way
            && let Some(request) = state.requests.pop_front()
        {
            if std::thread::panicking() {
                let _ = request.send(Err(Error::new(ErrorKind::Connect, "connecting panicked")));
            }
            // Else it asks again, on its own runtime.
        }
    }

    fn lock(&self) -> Locked<'_> {
        Locked {
            ledger: &self.connector.ledger,
            state: self.state.lock().unwrap_or_else(PoisonError::into_inner),
        }
    }
}

/// The state, which tells the ledger how many wait when it is let go.
struct Locked<'a> {
    ledger: &'a Ledger,
    state: MutexGuard<'a, State>,
}

impl Deref for Locked<'_> {
    type Target = State;

    fn deref(&self) -> &State {
        &self.state
    }
}

impl DerefMut for Locked<'_> {
    fn deref_mut(&mut self) -> &mut State {
        &mut self.state
    }
}

impl Drop for Locked<'_> {
    fn drop(&mut self) {
        self.ledger.has_requests(self.state.requests.len());
    }
}

fn closed() -> Error {
    Error::new(ErrorKind::PoolClosed, "the database was closed by `close()`")
}

/// One attempt to open a connection; `None` once its end is noted.
struct Attempt(Option<Arc<Connects>>);

impl Attempt {
    async fn run(mut self) {
        let Some(connects) = self.0.clone() else { return };
        let ledger = &connects.connector.ledger;
        let begun = Instant::now();
        let result = connects.connector.connect().await;
        self.0 = None;
        match result {
            Ok(link) => {
                ledger.connected(begun.elapsed());
                connects.succeeded(link);
            }
            Err(error) => {
                ledger.connect_failed(begun.elapsed(), &error);
                connects.failed(error);
            }
        }
    }
}

impl Drop for Attempt {
    fn drop(&mut self) {
        if let Some(connects) = self.0.take() {
            connects.given_up();
        }
    }
}

//! A connection to the server and what is known of its state.
//!
//! The flags say what has *not* been proven: they are set before the first await of whatever could leave the
//! connection in a state, and taken back when the server has answered. A future that is dropped in between leaves them
//! set, and then [`Lease`](crate::lease::Lease) does not hand the connection on as it is.

use std::collections::VecDeque;
use std::pin::Pin;
use std::sync::atomic::{AtomicBool, AtomicU8, AtomicU64, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use deadpool_postgres::ClientWrapper;
use futures_util::FutureExt;
use orm_core::{Error, ErrorKind};
use tokio::runtime::Handle;
use tokio::sync::RwLock;
use tokio::task::JoinHandle;
use tokio_postgres::SimpleQueryStream;

use crate::client::GivenOut;
use crate::connect::Connector;
use crate::events::CloseReason;
use crate::level::{Level, Running};
use crate::life::Life;
use crate::lost::LastWords;
use crate::opening::{Begin, Opening};
use crate::session_state::{DEALLOCATE, RESET, ROLLBACK_AND_RESET, may_prepare};
use crate::statement_cache::StatementCache;

/// The answer of a reset that was sent and not waited for.
pub(crate) type Cleaning = Pin<Box<SimpleQueryStream>>;

/// Why a connection must not be used again.
#[derive(Clone, Copy)]
pub(crate) enum Broken {
    /// A statement was given up while it ran.
    Abandoned = 1,
    /// A COPY was refused before its first byte, which the driver does not survive.
    CopyRefused = 2,
    /// The server or the network has ended it.
    Lost = 3,
    /// An answer was not understood.
    OutOfStep = 4,
    /// A text has deallocated what types are looked up by.
    Deallocated = 5,
    /// `BEGIN` failed, or nobody waited for its answer.
    NotBegun = 6,
}

pub(crate) struct Link {
    pub(crate) client: ClientWrapper,
    pub(crate) statements: StatementCache,
    pub(crate) last_words: LastWords,
    pub(crate) connector: Arc<Connector>,
    pub(crate) life: Life,
    /// `BEGIN` was sent, and the end of that transaction has not been.
    in_transaction: AtomicBool,
    /// Counts the ends of transactions, so that a handle which outlives its own cannot touch the next.
    epoch: AtomicU64,
    /// The begin of the transaction, until it was sent and answered.
    pub(crate) opening: Opening,
    /// The end of the transaction was sent, or is about to be.
    ending: AtomicBool,
    /// Told when a statement that prepares had one out of date, in a transaction, which it fails.
    out_of_date: AtomicBool,
    /// Held for reading by what uses the connection as it is, and for writing by what sets settings of its own.
    pub(crate) settings: RwLock<()>,
    /// The transaction that was begun here.
    level: Mutex<Option<Arc<Level>>>,
    /// A text of the user's may have begun a transaction.
    raw_transaction: AtomicBool,
    /// The types of the user's may be others when the transaction has ended.
    types_until_end: AtomicBool,
    /// The session's settings, locks or temporary tables may be others than at the start.
    session_changed: AtomicBool,
    /// A text of the user's may have prepared statements.
    text_prepared: AtomicBool,
    /// Something was sent whose answer nobody waited for.
    unproven: AtomicBool,
    /// Reads of several callers may run here.
    shared: AtomicBool,
    /// The server may be of another kind than was asked for by now: it refused to write.
    unfit: AtomicBool,
    /// A `COPY … TO STDOUT` is being read.
    copies_out: AtomicBool,
    pub(crate) given_out: GivenOut,
    /// Why the connection must not be used again, a [`Broken`]; 0 if it may.
    broken: AtomicU8,
    /// The runtime of the connection's task. Futures may be dropped on threads that have none.
    pub(crate) runtime: Handle,
    /// What runs or waits to run, in the order in which it was sent.
    queue: Mutex<Queue>,
    cancelling: Mutex<Option<JoinHandle<()>>>,
    cleaning: Mutex<Option<Cleaning>>,
}

/// A `COPY … TO STDOUT`, while it is read.
pub(crate) struct CopiesOut<'a>(&'a Link);

impl Drop for CopiesOut<'_> {
    fn drop(&mut self) {
        self.0.copies_out.store(false, Ordering::Release);
    }
}

#[cold]
fn is_read() -> Error {
    Error::new(
        ErrorKind::InvalidQuery,
        "a COPY of this connection or transaction is being read: read it to its end or drop it first",
    )
}

#[derive(Default)]
struct Queue {
    places: VecDeque<u64>,
    next: u64,
    /// How many have ended.
    ended: u64,
    /// Since when the first of them is the first.
    first_since: Option<Instant>,
}

impl Queue {
    fn add(&mut self) -> u64 {
        if self.places.is_empty() {
            self.first_since = Some(Instant::now());
        }
        let place = self.next;
        self.next += 1;
        self.places.push_back(place);
        place
    }

    fn remove(&mut self, place: u64) -> bool {
        let first = self.places.front() == Some(&place);
        if first {
            self.places.pop_front();
            self.first_since = (!self.places.is_empty()).then(Instant::now);
        } else {
            self.places.retain(|other| *other != place);
        }
        first
    }
}

impl Link {
    pub(crate) fn new(
        client: ClientWrapper,
        connector: Arc<Connector>,
        last_words: LastWords,
        cache: usize,
        life: Life,
    ) -> Self {
        Self {
            client,
            statements: StatementCache::new(cache, connector.pgbouncer),
            last_words,
            connector,
            life,
            unfit: AtomicBool::new(false),
            in_transaction: AtomicBool::new(false),
            epoch: AtomicU64::new(0),
            opening: Opening::default(),
            ending: AtomicBool::new(false),
            out_of_date: AtomicBool::new(false),
            settings: RwLock::new(()),
            level: Mutex::new(None),
            raw_transaction: AtomicBool::new(false),
            types_until_end: AtomicBool::new(false),
            session_changed: AtomicBool::new(false),
            text_prepared: AtomicBool::new(false),
            unproven: AtomicBool::new(false),
            shared: AtomicBool::new(false),
            copies_out: AtomicBool::new(false),
            given_out: GivenOut::default(),
            broken: AtomicU8::new(0),
            runtime: Handle::current(),
            queue: Mutex::default(),
            cancelling: Mutex::new(None),
            cleaning: Mutex::new(None),
        }
    }

    /// Marks the begin of the transaction `level`, whose `BEGIN` goes along with what is sent next; gives its epoch.
    ///
    /// # Errors
    /// When there is one already: two owners of one transaction would commit each other's work.
    pub(crate) fn enter_transaction(&self, level: &Arc<Level>, begin: Begin) -> Result<u64, Error> {
        if self.in_transaction.swap(true, Ordering::AcqRel) {
            return Err(Error::new(
                ErrorKind::InvalidQuery,
                "this connection is in a transaction already; call `begin` on that transaction for a savepoint, \
                 or take another connection",
            ));
        }
        *self.lock_level() = Some(Arc::clone(level));
        self.statements.known.set_search_path(begin.settings().search_path());
        self.ending.store(false, Ordering::Release);
        self.opening.expect(begin);
        Ok(self.epoch())
    }

    /// Marks the end of the transaction of this epoch; `false` if it had ended before.
    pub(crate) fn leave_transaction(&self, epoch: u64) -> bool {
        let left = self
            .epoch
            .compare_exchange(epoch, epoch + 1, Ordering::AcqRel, Ordering::Acquire)
            .is_ok();
        if left {
            *self.lock_level() = None;
            let _ = self.opening.forget();
            self.statements.known.set_search_path(None);
            self.given_out.leaves_transaction();
            self.in_transaction.store(false, Ordering::Release);
            if self.types_until_end.swap(false, Ordering::AcqRel) {
                self.forget_user_types();
            }
        }
        left
    }

    pub(crate) fn epoch(&self) -> u64 {
        self.epoch.load(Ordering::Acquire)
    }

    /// Whether a transaction was begun here and has not ended. One that a text of the user's began is not counted.
    pub(crate) fn in_transaction(&self) -> bool {
        self.in_transaction.load(Ordering::Acquire)
    }

    /// The transaction that was begun here and has not ended.
    pub(crate) fn level(&self) -> Option<Arc<Level>> {
        self.in_transaction().then(|| self.lock_level().clone()).flatten()
    }

    /// Marks the begin of a statement on the connection itself, which is one of its transaction's if there is one.
    ///
    /// # Errors
    /// While a savepoint of that transaction is open.
    pub(crate) fn run_in_level(&self) -> Result<Option<Running>, Error> {
        self.level().map(|level| level.run()).transpose()
    }

    fn lock_level(&self) -> MutexGuard<'_, Option<Arc<Level>>> {
        self.level.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Whether a text of the user's may have begun a transaction that goes on.
    pub(crate) fn has_raw_transaction(&self) -> bool {
        self.raw_transaction.load(Ordering::Acquire) || self.given_out.is()
    }

    pub(crate) fn is_in_no_raw_transaction(&self) {
        self.raw_transaction.store(false, Ordering::Release);
    }

    pub(crate) fn may_be_in_raw_transaction(&self) {
        self.raw_transaction.store(true, Ordering::Release);
    }

    /// Marks that the end of the transaction is about to be sent: nothing more of it is.
    pub(crate) fn is_to_end(&self) {
        self.ending.store(true, Ordering::Release);
    }

    pub(crate) fn is_ending(&self) -> bool {
        self.ending.load(Ordering::Acquire)
    }

    /// A prepared statement was out of date and is forgotten now.
    pub(crate) fn was_out_of_date(&self) {
        self.out_of_date.store(true, Ordering::Release);
    }

    pub(crate) fn take_out_of_date(&self) -> bool {
        self.out_of_date.swap(false, Ordering::AcqRel)
    }

    pub(crate) fn session_may_change(&self) {
        self.opening.forget_guards();
        self.session_changed.store(true, Ordering::Release);
    }

    /// A text that may change the session is about to be sent.
    pub(crate) fn session_may_change_by(&self, text: &str) {
        self.session_may_change();
        if may_prepare(text) {
            self.text_prepared.store(true, Ordering::Release);
        }
    }

    /// Whether it must not be used again.
    pub(crate) fn is_broken(&self) -> bool {
        self.broken.load(Ordering::Acquire) != 0
    }

    /// Never to be used again. The first reason is the one that is told.
    pub(crate) fn break_up(&self, why: Broken) {
        let _ = self
            .broken
            .compare_exchange(0, why as u8, Ordering::AcqRel, Ordering::Acquire);
    }

    /// Refuses to send anything more on a connection that was broken up.
    pub(crate) fn check_usable(&self) -> Result<(), Error> {
        match self.broken.load(Ordering::Acquire) {
            0 if self.copies_out.load(Ordering::Acquire) => Err(is_read()),
            0 => Ok(()),
            why => Err(self.refusal(why)),
        }
    }

    /// Marks that a `COPY … TO STDOUT` is being read, until the guard is dropped: whatever is sent meanwhile would wait
    /// for its reader, who may be the one that waits for it.
    ///
    /// # Errors
    /// When there is one already.
    pub(crate) fn copies_out(&self) -> Result<CopiesOut<'_>, Error> {
        match self.copies_out.swap(true, Ordering::AcqRel) {
            true => Err(is_read()),
            false => Ok(CopiesOut(self)),
        }
    }

    #[cold]
    fn refusal(&self, why: u8) -> Error {
        if why == Broken::Lost as u8 {
            let message = format!(
                "the connection to the server was lost before this statement{}",
                self.last_words
            );
            return Error::new(ErrorKind::ConnectionLost, message);
        }
        let what = if why == Broken::NotBegun as u8 {
            "`BEGIN` failed here, or its answer was not waited for"
        } else if why == Broken::CopyRefused as u8 {
            "the server refused a COPY here before it began"
        } else if why == Broken::OutOfStep as u8 {
            "an answer of the server was not understood here"
        } else if why == Broken::Deallocated as u8 {
            "the driver's statements were deallocated here (`DEALLOCATE ALL`, `DISCARD ALL`)"
        } else {
            "a statement was dropped here before it had finished (a timeout, a `select!`)"
        };
        if self.in_transaction() {
            let message = format!("{what}, so the transaction is rolled back: begin a new one");
            Error::new(ErrorKind::TransactionAborted, message)
        } else {
            let message = format!("{what}, so the connection is closed: take a new one from the pool");
            Error::new(ErrorKind::ConnectionLost, message)
        }
    }

    /// Something was sent that nobody waits for: the next borrower waits for its end first.
    pub(crate) fn is_unproven(&self) {
        self.unproven.store(true, Ordering::Release);
    }

    /// The server refused to write: a primary may have become a standby.
    pub(crate) fn refused_to_write(&self) {
        if self.connector.wants_to_write() {
            self.unfit.store(true, Ordering::Release);
        }
    }

    /// Whether the server is to be asked what it is, once.
    pub(crate) fn may_be_unfit(&mut self) -> bool {
        std::mem::take(self.unfit.get_mut())
    }

    /// Gives up a running statement: asks the server to cancel it, and never uses this connection again.
    pub(crate) fn abandon(&self) {
        self.break_up(Broken::Abandoned);
        let token = self.client.cancel_token();
        let connector = Arc::clone(&self.connector);
        let task = self.runtime.spawn(async move { connector.cancel(&token).await });
        *self.cancelling.lock().unwrap_or_else(PoisonError::into_inner) = Some(task);
    }

    /// Waits until the statement that was given up has ended, and asks again while it has not: a request that arrives
    /// before the server has begun the statement is lost, and the statement would wait for its lock, and write, after its
    /// client is gone.
    pub(crate) async fn until_cancelled(&self) {
        let token = self.client.cancel_token();
        let mut patience = Duration::from_millis(20);
        for _ in 0..6 {
            // The server answers this behind the statement.
            let answered = tokio::time::timeout(patience, self.client.batch_execute(""));
            if answered.await.is_ok() {
                return;
            }
            self.connector.cancel(&token).await;
            patience *= 2;
        }
    }

    /// Gives a place behind all that was sent.
    pub(crate) fn enqueue(&self) -> u64 {
        self.lock_queue().add()
    }

    /// Gives a place behind all that was sent, instead of this one.
    pub(crate) fn enqueue_again(&self, place: u64) -> u64 {
        let mut queue = self.lock_queue();
        let again = queue.add();
        queue.remove(place);
        again
    }

    /// Gives a place back; whether it was the first one, so that the server was at it.
    pub(crate) fn dequeue(&self, place: u64) -> bool {
        let mut queue = self.lock_queue();
        queue.ended += 1;
        queue.remove(place)
    }

    /// How many statements run or wait, and how many have ended.
    pub(crate) fn queue(&self) -> (usize, u64) {
        let queue = self.lock_queue();
        (queue.places.len(), queue.ended)
    }

    /// Since when the statement runs that others wait for.
    pub(crate) fn first_since(&self) -> Option<Instant> {
        self.lock_queue().first_since
    }

    /// Whether reads of several callers run here now, so that none may be cancelled for the sake of one.
    pub(crate) fn is_shared(&self) -> bool {
        self.shared.load(Ordering::Acquire)
    }

    pub(crate) fn share(&self, shared: bool) {
        self.shared.store(shared, Ordering::Release);
    }

    /// Whether at most one place is taken.
    pub(crate) fn is_alone(&self) -> bool {
        self.lock_queue().places.len() <= 1
    }

    fn lock_queue(&self) -> MutexGuard<'_, Queue> {
        self.queue.lock().unwrap_or_else(PoisonError::into_inner)
    }

    pub(crate) fn is_cancelling(&self) -> bool {
        self.cancelling.lock().unwrap_or_else(PoisonError::into_inner).is_some()
    }

    pub(crate) fn take_cancelling(&self) -> Option<JoinHandle<()>> {
        self.cancelling.lock().unwrap_or_else(PoisonError::into_inner).take()
    }

    /// Sends a text without waiting for its end. What is sent later runs after it.
    pub(crate) fn send(&self, text: &str) -> Option<SimpleQueryStream> {
        self.is_unproven();
        // The message is handed to the connection's task at the first poll, so one poll is enough.
        self.client.simple_query_raw(text).now_or_never()?.ok()
    }

    /// Forgets the statements whose types may have been made anew, or be others under another `search_path`.
    pub(crate) fn forget_user_types(&self) {
        self.statements.remove_user_typed();
        self.client.clear_type_cache();
    }

    /// A text may make types anew, or change the `search_path`: for its transaction only, if it is in one.
    pub(crate) fn types_may_change(&self) {
        self.forget_user_types();
        if self.in_transaction() {
            self.types_until_end.store(true, Ordering::Release);
        }
    }

    /// Sends what makes the session as it was at the start, if anything may have changed it.
    pub(crate) fn send_reset(&self) {
        let raw_transaction = self.raw_transaction.swap(false, Ordering::AcqRel);
        if !self.session_changed.swap(false, Ordering::AcqRel) && !raw_transaction {
            return;
        }
        self.forget_user_types();
        let text = match raw_transaction {
            // What would be reset is a session that others have now.
            true if self.is_pooled() => "ROLLBACK",
            false if self.is_pooled() => return,
            true => ROLLBACK_AND_RESET,
            false => RESET,
        };
        let sent = match self.text_prepared.swap(false, Ordering::AcqRel) && !self.is_pooled() {
            true => self.send(&[text, DEALLOCATE].concat()),
            false => self.send(text),
        };
        match sent {
            Some(answer) => *self.cleaning.lock().unwrap_or_else(PoisonError::into_inner) = Some(Box::pin(answer)),
            None => self.break_up(Broken::Lost),
        }
    }

    /// The server has answered a reset, and nothing else is on its way.
    pub(crate) fn is_reset(&self) {
        for mark in [&self.raw_transaction, &self.session_changed, &self.unproven] {
            mark.store(false, Ordering::Release);
        }
    }

    /// What the next borrower must wait for: the answer of a reset, or that something unproven is over.
    pub(crate) fn take_unproven(&mut self) -> (Option<Cleaning>, bool) {
        let cleaning = self.cleaning.get_mut().unwrap_or_else(PoisonError::into_inner).take();
        (cleaning, std::mem::take(self.unproven.get_mut()))
    }
}

impl Drop for Link {
    fn drop(&mut self) {
        // If nobody has said why: what is known of the connection itself.
        match *self.broken.get_mut() {
            0 if self.client.is_closed() => self.life.ends(CloseReason::Lost),
            0 => {}
            why if why == Broken::Lost as u8 => self.life.ends(CloseReason::Lost),
            _ => self.life.ends(CloseReason::Abandoned),
        }
    }
}

//! Reads that share connections when the pool has none left.
//!
//! A SELECT that does nothing but read rows needs no connection of its own: behind others it is in the same flight, where a
//! task that waits for a connection waits for two. So a read that has taken a connection lets others run on it, and while it
//! has company the connection stays out of the pool.
//!
//! Whoever shares may not harm the others. A dropped read is not cancelled while others wait on the connection. Nobody joins
//! behind a statement that is slow, runs for some milliseconds, or was dropped. A read that finds itself behind one that does
//! not move takes a connection of its own after all: a reader whose future is not polled holds up its whole connection. And
//! tasks that wait for a connection come first: while there are any, nobody joins for longer than a moment.

use std::future::Future;
use std::hash::{BuildHasher, RandomState};
use std::pin::pin;
use std::sync::atomic::{AtomicBool, AtomicU64, AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use futures_util::future::{Either, select};
use orm_core::{Error, PgType, ResultColumn, Row, RowSink, Statement};

use crate::lease::Lease;
use crate::run;

/// On how many connections reads that are known to be quick spread before they join others, where the machine has no more
/// cores: with more of them the server's processes only take turns.
const QUICK_SPREAD: usize = 4;

/// Behind a statement that has run for longer nobody joins, and one that takes longer does not share.
const SLOW: Duration = Duration::from_millis(3);

/// For how long others may join while tasks wait for a connection.
const TERM_UNDER_DEMAND: Duration = Duration::from_millis(1);

/// How long a read waits behind others of which none ends.
const STALLED: Duration = Duration::from_millis(50);

/// Of how many texts at most it is remembered how they ran.
const TEXTS: usize = 1024;

/// The connections that reads share.
pub(crate) struct SharedReads {
    readings: Mutex<Vec<Arc<Reading>>>,
    paces: Paces,
    spread: usize,
}

/// A connection that reads share, until the last of them has ended.
struct Reading {
    lease: Lease,
    begun: Instant,
    /// How many reads are on it. Changed only while the list is locked.
    users: AtomicUsize,
    /// Whether a read was dropped, whose statement may run on.
    left_behind: AtomicBool,
}

/// A read's right to a shared connection.
pub(crate) struct Seat<'a> {
    shared: &'a SharedReads,
    reading: Arc<Reading>,
    /// Whether the read has ended, rather than being dropped.
    ended: bool,
}

/// What identifies the text of a statement: a hash whose last two bits are 0.
#[derive(Clone, Copy)]
pub(crate) struct TextId(u64);

impl SharedReads {
    pub(crate) fn new() -> Self {
        Self {
            readings: Mutex::default(),
            paces: Paces::new(),
            spread: std::thread::available_parallelism().map_or(QUICK_SPREAD, |cores| cores.get().max(QUICK_SPREAD)),
        }
    }

    /// What identifies the text of a statement.
    pub(crate) fn text(&self, statement: &Statement) -> TextId {
        self.paces.text(statement)
    }

    /// How a statement of this text ran last, if that is known.
    pub(crate) fn pace(&self, text: TextId) -> Option<Pace> {
        self.paces.of(text)
    }

    /// Remembers how long a statement took.
    pub(crate) fn took(&self, text: TextId, time: Duration) {
        self.paces
            .tell(text, if time > SLOW { Pace::Slow } else { Pace::Quick });
    }

    /// Lets others read on a connection.
    pub(crate) fn publish(&self, lease: Lease) -> Seat<'_> {
        lease.share(true);
        let reading = Arc::new(Reading {
            lease,
            begun: Instant::now(),
            users: AtomicUsize::new(1),
            left_behind: AtomicBool::new(false),
        });
        self.lock().push(Arc::clone(&reading));
        self.seat(reading)
    }

    /// A place beside others for a read that is known to be quick, if others read on so many connections already that one more
    /// makes nothing faster.
    pub(crate) fn join_quick(&self, text: TextId, in_demand: impl FnOnce() -> bool) -> Option<Seat<'_>> {
        let readings = self.lock();
        if readings.len() < self.spread || self.pace(text) != Some(Pace::Quick) {
            return None;
        }
        self.join_one(&readings, in_demand())
    }

    /// A place on the least loaded connection that others read on; `in_demand` says whether tasks wait for one.
    pub(crate) fn join(&self, in_demand: bool) -> Option<Seat<'_>> {
        self.join_one(&self.lock(), in_demand)
    }

    fn join_one(&self, readings: &[Arc<Reading>], in_demand: bool) -> Option<Seat<'_>> {
        let now = Instant::now();
        let open = readings.iter().filter(|reading| reading.is_open(now, in_demand));
        let reading = open.min_by_key(|reading| reading.users.load(Ordering::Relaxed))?;
        reading.users.fetch_add(1, Ordering::Relaxed);
        Some(self.seat(Arc::clone(reading)))
    }

    fn seat(&self, reading: Arc<Reading>) -> Seat<'_> {
        Seat {
            shared: self,
            reading,
            ended: false,
        }
    }

    fn lock(&self) -> MutexGuard<'_, Vec<Arc<Reading>>> {
        self.readings.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Reading {
    fn is_open(&self, now: Instant, in_demand: bool) -> bool {
        let is_lost = self.lease.is_broken() || self.lease.client.is_closed();
        let is_over = in_demand && now.duration_since(self.begun) > TERM_UNDER_DEMAND;
        let is_held_up = || {
            let since = self.lease.first_since();
            since.is_some_and(|since| now.duration_since(since) >= SLOW)
        };
        let is_closed = is_lost || is_over || self.left_behind.load(Ordering::Relaxed) || is_held_up();
        !is_closed
    }
}

impl Seat<'_> {
    /// Runs a read; `None` if it waited behind others that do not move. Then nothing has reached the sink.
    pub(crate) async fn run(
        mut self,
        text: TextId,
        statement: &Statement,
        rows: &mut dyn RowSink,
    ) -> Option<Result<u64, Error>> {
        let lease = &self.reading.lease;
        let (ahead, ended_before) = lease.queue();
        let begun = Instant::now();
        let result = {
            let mut running = pin!(run::run(lease, statement, rows));
            let mut result = None;
            // With others ahead, for as long as one of them ends every now and then.
            while result.is_none() && lease.queue().1 < ended_before + ahead as u64 {
                let before = lease.queue().1;
                result = within(lease, STALLED, running.as_mut()).await;
                if result.is_none() && lease.queue().1 == before {
                    return None; // Dropped, its statement is left behind.
                }
            }
            match result {
                Some(result) => result,
                None => running.await,
            }
        };
        if ahead == 0 {
            self.shared.took(text, begun.elapsed());
        }
        self.ended = true;
        Some(result)
    }
}

/// Waits for a future for so long.
async fn within<F: Future + Unpin>(lease: &Lease, limit: Duration, future: F) -> Option<F::Output> {
    // The program's executor need not be the connection's runtime, but the clock is that one's.
    let limited = {
        let _entered = lease.runtime.enter();
        tokio::time::sleep(limit)
    };
    match select(future, pin!(limited)).await {
        Either::Left((output, _)) => Some(output),
        Either::Right(_) => None,
    }
}

impl Drop for Seat<'_> {
    fn drop(&mut self) {
        let reading = &self.reading;
        let mut readings = self.shared.lock();
        let is_last = reading.users.fetch_sub(1, Ordering::Relaxed) == 1;
        if is_last {
            readings.retain(|other| !Arc::ptr_eq(other, reading));
        } else if !self.ended {
            reading.left_behind.store(true, Ordering::Relaxed);
        }
        drop(readings);
        if !is_last {
            return;
        }
        // From here on nobody else has it.
        reading.lease.share(false);
        if !self.ended || reading.left_behind.load(Ordering::Relaxed) {
            reading.lease.abandon();
        }
    }
}

/// Hands rows on, and knows whether there were any.
pub(crate) struct Counted<'a> {
    rows: &'a mut dyn RowSink,
    pub(crate) any: bool,
}

impl<'a> Counted<'a> {
    pub(crate) fn new(rows: &'a mut dyn RowSink) -> Self {
        Self { rows, any: false }
    }
}

impl RowSink for Counted<'_> {
    fn expected(&self, types: &mut Vec<&'static PgType>) -> bool {
        self.rows.expected(types)
    }

    fn columns(&mut self, columns: &[ResultColumn]) -> Result<(), Error> {
        self.rows.columns(columns)
    }

    fn row(&mut self, row: &Row<'_>) -> Result<(), Error> {
        self.any = true;
        self.rows.row(row)
    }
}

/// How a statement ran last.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) enum Pace {
    Quick = 1,
    Slow = 2,
}

/// How statements ran last, by the hash of their texts. Two of one place take turns.
struct Paces {
    hasher: RandomState,
    /// Each a hash whose last two bits are the pace.
    places: Box<[AtomicU64]>,
}

impl Paces {
    fn new() -> Self {
        Self {
            hasher: RandomState::new(),
            places: (0..TEXTS).map(|_| AtomicU64::new(0)).collect(),
        }
    }

    fn text(&self, statement: &Statement) -> TextId {
        TextId(self.hasher.hash_one(&*statement.text) & !3)
    }

    fn place(&self, text: TextId) -> &AtomicU64 {
        &self.places[((text.0 >> 2) % TEXTS as u64) as usize]
    }

    fn of(&self, text: TextId) -> Option<Pace> {
        let known = self.place(text).load(Ordering::Relaxed);
        [Pace::Quick, Pace::Slow]
            .into_iter()
            .find(|pace| known == text.0 | *pace as u64)
    }

    fn tell(&self, text: TextId, pace: Pace) {
        if self.of(text) != Some(pace) {
            self.place(text).store(text.0 | pace as u64, Ordering::Relaxed);
        }
    }
}

//! Sees N+1: one statement gives rows, and then the program sends another one for each of these rows.
//!
//! The same SELECT many times in a task is not enough to warn of: a worker asks its queue again and again, a connection of
//! a web server is one task for all its requests, an export reads page after page. What tells N+1 from these is its order.
//! So the statements of a task (or of a counted block) are kept in the order in which each was first sent, and
//!
//! - only one that came after another statement *with at least as many rows as the threshold* is counted;
//! - what is sent again begins a new round: those that came after it are forgotten, as they belong to the round before. So
//!   what asks a queue or looks up a request's session keeps the work of one job or request apart from the next;
//! - a read counts if its parameters are others than the time before, it locks nothing, and it gives few rows itself;
//! - after a pause all is forgotten.
//!
//! It is for debugging: one lock and a few hashes for each statement. Without a threshold there is no [`Detector`].

use std::collections::{HashMap, HashSet};
use std::hash::{DefaultHasher, Hash, Hasher};
use std::panic::Location;
use std::sync::{Mutex, PoisonError};
use std::thread::ThreadId;
use std::time::{Duration, Instant};

use orm_core::{Statement, counted_block};

use crate::session_state::locks_rows;

/// After so long without a statement, what comes is something new. The loops that are looked for wait for nothing else.
const PAUSE: Duration = Duration::from_millis(250);
/// A read of so many rows or more is a page, or whatever else is worth a statement of its own.
const MANY: u64 = 100;
/// How many tasks are looked at, and how many different statements of each: those that sent nothing for longest go first.
const TASKS: usize = 256;
const STATEMENTS: usize = 32;
/// How many bytes of a parameter are compared.
const COMPARED: usize = 256;

type Place = &'static Location<'static>;

pub(crate) struct Detector {
    threshold: u32,
    seen: Mutex<Seen>,
}

#[derive(Default)]
struct Seen {
    tasks: HashMap<Task, Recent>,
    /// As many as there are places in the program at most.
    warned: HashSet<Place>,
}

/// What the statements of a loop have in common.
#[derive(Clone, Copy, PartialEq, Eq, Hash)]
enum Task {
    /// A counted block, whatever tasks it spreads over.
    Block(u64),
    Tokio(tokio::task::Id),
    /// Under `block_on` there is no task.
    Thread(ThreadId),
}

impl Task {
    fn current() -> Self {
        match (counted_block(), tokio::task::try_id()) {
            (Some(block), _) => Self::Block(block),
            (None, Some(task)) => Self::Tokio(task),
            (None, None) => Self::Thread(std::thread::current().id()),
        }
    }
}

/// The statements that a task sent lately, in the order in which each was first sent.
struct Recent {
    sent: Vec<Sent>,
    last: Instant,
}

struct Sent {
    text: u64,
    place: Option<Place>,
    params: u64,
    /// How many the last one gave.
    rows: u64,
    /// How often it was sent in a row, each time with other parameters.
    times: u32,
    /// Whether it reads without locking.
    reads: bool,
}

/// An N+1: where, and where the rows come from that the statement was sent for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Found {
    pub(crate) place: Place,
    pub(crate) times: u32,
    pub(crate) source: Option<Place>,
    pub(crate) rows: u64,
}

impl Detector {
    pub(crate) fn new(threshold: u32) -> Self {
        Self {
            threshold: threshold.max(2),
            seen: Mutex::default(),
        }
    }

    /// Notes a statement that has run; gives an N+1 the first time that it is seen.
    pub(crate) fn ran(&self, statement: &Statement, begun: Instant, rows: u64) -> Option<Found> {
        let task = Task::current();
        let now = Instant::now();
        let mut seen = self.seen.lock().unwrap_or_else(PoisonError::into_inner);
        let recent = seen.recent(task, now);
        if begun.saturating_duration_since(recent.last) > PAUSE {
            recent.sent.clear();
        }
        recent.last = now;
        let found = recent.add(statement, rows, self.threshold)?;
        seen.warned.insert(found.place).then_some(found)
    }
}

impl Seen {
    fn recent(&mut self, task: Task, now: Instant) -> &mut Recent {
        if self.tasks.len() >= TASKS && !self.tasks.contains_key(&task) {
            // Tasks do not say when they end.
            self.tasks.retain(|_, recent| now - recent.last <= PAUSE);
            if self.tasks.len() >= TASKS {
                let oldest = self.tasks.iter().min_by_key(|(_, recent)| recent.last);
                if let Some(oldest) = oldest.map(|(task, _)| *task) {
                    self.tasks.remove(&oldest);
                }
            }
        }
        self.tasks.entry(task).or_insert_with(|| Recent {
            sent: Vec::new(),
            last: now,
        })
    }
}

impl Recent {
    fn add(&mut self, statement: &Statement, rows: u64, threshold: u32) -> Option<Found> {
        let (text, place) = (hash_of(&statement.text), statement.place);
        let params = hash_of_params(statement);
        let known = |sent: &Sent| sent.text == text && sent.place == place;
        if let Some(at) = self.sent.iter().position(known) {
            return self.again(at, params, rows, threshold);
        }
        if self.sent.len() == STATEMENTS {
            self.sent.remove(0);
        }
        self.sent.push(Sent {
            text,
            place,
            params,
            rows,
            times: 1,
            reads: statement.operation == "SELECT" && !locks_rows(&statement.text),
        });
        None
    }

    /// Notes that the statement at this position was sent once more.
    fn again(&mut self, at: usize, params: u64, rows: u64, threshold: u32) -> Option<Found> {
        let many = |sent: &Sent| sent.rows >= u64::from(threshold);
        let sent = &self.sent[at];
        let (counts, differs) = (sent.reads && rows < MANY, sent.params != params);
        if counts && differs && self.sent[at + 1..].iter().any(many) {
            // It was sent before these rows were there, and is sent again for the first of them.
            let mut sent = self.sent.remove(at);
            (sent.params, sent.rows, sent.times) = (params, rows, 1);
            self.sent.push(sent);
            return None;
        }
        self.sent.truncate(at + 1);
        let (before, sent) = self.sent.split_at_mut(at);
        let sent = sent.first_mut()?;
        sent.times = match (counts, differs) {
            (true, true) => sent.times.saturating_add(1),
            (true, false) => sent.times,
            (false, _) => 1,
        };
        (sent.params, sent.rows) = (params, rows);
        let source = before.iter().rev().find(|before| many(before))?;
        (sent.times >= threshold).then_some(Found {
            place: sent.place?,
            times: sent.times,
            source: source.place,
            rows: source.rows,
        })
    }
}

fn hash_of(text: &str) -> u64 {
    let mut hasher = DefaultHasher::new();
    text.hash(&mut hasher);
    hasher.finish()
}

fn hash_of_params(statement: &Statement) -> u64 {
    let mut hasher = DefaultHasher::new();
    for param in &statement.params {
        if let Ok(bytes) = &param.bytes {
            let bytes = bytes.as_ref().map(|bytes| bytes.as_slice());
            let compared = bytes.map(|bytes| (bytes.len(), &bytes[..bytes.len().min(COMPARED)]));
            compared.hash(&mut hasher);
        }
    }
    hasher.finish()
}

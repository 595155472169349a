//! Looks after the idle connections of a pool in the background: closes the old and the needless, notices the dead, and
//! keeps as many idle as are wanted.

use std::sync::Arc;
use std::time::Duration;

use deadpool::managed::{self, WeakPool};

use crate::config::Config;
use crate::connects::Connects;
use crate::events::CloseReason;
use crate::ledger::Ledger;
use crate::link::Link;
use crate::pool::Manager;

/// How often it looks, at the least and at the most.
const OFTEN: Duration = Duration::from_millis(20);
const SELDOM: Duration = Duration::from_secs(30);

/// What it looks after, and by which rules.
pub(crate) struct Care {
    connects: Arc<Connects>,
    ledger: Arc<Ledger>,
    min_idle: usize,
    max_size: usize,
    idle_timeout: Option<Duration>,
    pace: Duration,
}

impl Care {
    pub(crate) fn new(config: &Config, connects: &Arc<Connects>, ledger: &Arc<Ledger>) -> Self {
        let idle = config.idle_timeout.map(|limit| limit / 4);
        let life = config.max_lifetime.map(|limit| limit / 20);
        let pace = idle.into_iter().chain(life).fold(SELDOM, Duration::min).max(OFTEN);
        Self {
            connects: Arc::clone(connects),
            ledger: Arc::clone(ledger),
            min_idle: config.min_idle,
            max_size: config.max_size,
            idle_timeout: config.idle_timeout,
            pace,
        }
    }

    /// Closes what is dead, old or needless, and opens what is lacking.
    fn look_after(&self, queue: &managed::Pool<Manager>) {
        let mut needless = (queue.status().available + self.connects.spare()).saturating_sub(self.min_idle);
        let mut remains = |link: &Link| match self.end_of(link, needless > 0) {
            Some(reason) => {
                link.life.ends(reason);
                needless = needless.saturating_sub(1);
                false
            }
            None => true,
        };
        // The programs' functions for events are called when these are dropped, outside of all locks.
        let spare = self.connects.take_spare(&mut remains);
        let queued = queue.retain(|link, _| remains(link));
        drop((spare, queued));
        self.connects
            .keep_idle(queue.status().available, self.min_idle, self.max_size);
    }

    /// Why an idle connection is to be closed, if it is.
    fn end_of(&self, link: &Link, is_needless: bool) -> Option<CloseReason> {
        if link.client.is_closed() {
            return Some(CloseReason::Lost);
        }
        if link.life.is_over() {
            return Some(CloseReason::MaxLifetime);
        }
        let idle_for_long = self.idle_timeout.is_some_and(|limit| link.life.idle_for() >= limit);
        (is_needless && idle_for_long).then_some(CloseReason::IdleTimeout)
    }
}

/// Looks after a pool for as long as there is one, or this runtime.
pub(crate) fn start(queue: &managed::Pool<Manager>, care: Care) {
    drop(tokio::spawn(run(queue.weak(), care)));
}

async fn run(queue: WeakPool<Manager>, care: Care) {
    loop {
        let pause = match care.min_idle {
            0 => care.pace,
            _ => care.connects.pause().unwrap_or(care.pace).clamp(OFTEN, care.pace),
        };
        let _ = tokio::time::timeout(pause, care.ledger.until_changed()).await;
        match queue.upgrade().filter(|queue| !queue.is_closed()) {
            Some(queue) => care.look_after(&queue),
            None => return,
        }
    }
}

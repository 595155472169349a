//! Reads on standbys: which of them are as fresh as a read asks for.
//!
//! How far a standby is behind is measured on the client's own clock. A task asks the primary every now and then how far its
//! WAL has been written, and each standby how far it has replayed it. A standby that has replayed what the primary had written
//! at a moment is *as fresh as that moment*. So it makes no difference whose clock is right, and a primary at which nothing
//! happens has no lag.

use std::sync::atomic::{AtomicU64, AtomicUsize, Ordering};
use std::sync::{Arc, Weak};
use std::time::{Duration, Instant};

use orm_core::{Error, ErrorKind};
use tokio_postgres::SimpleQueryMessage;

use crate::config::Config;
use crate::connect::Connector;
use crate::database::Database;
use crate::events::Status;
use crate::ledger::Ledger;
use crate::link::Link;

/// How often the servers are asked.
const EVERY: Duration = Duration::from_millis(250);

/// How long an answer may take. A server that takes longer is not read from.
const ANSWER_TIMEOUT: Duration = Duration::from_secs(2);

/// A server's role, and its place in the WAL in bytes: written by a primary, replayed by a standby.
const QUESTION: &str = "SELECT pg_catalog.pg_is_in_recovery(), pg_catalog.pg_wal_lsn_diff(CASE WHEN \
     pg_catalog.pg_is_in_recovery() THEN pg_catalog.pg_last_wal_replay_lsn() ELSE pg_catalog.pg_current_wal_insert_lsn() END, \
     '0/0')";

/// How a replica stands.
#[derive(Debug, Clone)]
#[non_exhaustive]
pub struct ReplicaStatus {
    /// `host:port/dbname as user`.
    pub address: String,
    /// How old the state is at most that it shows; `None` while it is not known: it cannot be reached, or is no standby.
    pub lag: Option<Duration>,
    /// Its pool.
    pub pool: Status,
}

/// The standbys of a database.
pub(crate) struct Replicas {
    replicas: Vec<Replica>,
    max_lag: Duration,
    /// Where the next search begins.
    next: AtomicUsize,
    clock: Clock,
}

struct Replica {
    database: Database,
    address: String,
    /// The moment whose state it shows at least.
    fresh_as_of: AtomicU64,
}

/// Moments as numbers; 0 is never.
#[derive(Clone, Copy)]
struct Clock(Instant);

impl Clock {
    fn of(self, moment: Instant) -> u64 {
        u64::try_from(moment.duration_since(self.0).as_micros()).map_or(u64::MAX, |micros| micros + 1)
    }
}

impl Replicas {
    /// Pools of the replicas, and the task that looks after them. One that cannot be reached is no error.
    ///
    /// # Errors
    /// [`ErrorKind::Config`].
    pub(crate) fn open(primary: &Config, configs: &[Config], max_lag: Duration) -> Result<Arc<Self>, Error> {
        let open = |config: &Config| -> Result<Replica, Error> {
            Ok(Replica {
                database: Database::open_later(config)?,
                address: config.address(),
                fresh_as_of: AtomicU64::new(0),
            })
        };
        let replicas = Arc::new(Self {
            replicas: configs.iter().map(open).collect::<Result<_, _>>()?,
            max_lag,
            next: AtomicUsize::new(0),
            clock: Clock(Instant::now()),
        });
        let watched = |config: &Config| -> Result<Watched, Error> {
            // Books of its own: these connections are none of the pool's.
            let ledger = Arc::new(Ledger::default());
            let connector = Arc::new(Connector::new(config, ledger)?);
            Ok(Watched { connector, link: None })
        };
        let watcher = Watcher {
            replicas: Arc::downgrade(&replicas),
            primary: watched(primary)?,
            standbys: configs.iter().map(watched).collect::<Result<_, _>>()?,
            samples: Vec::new(),
        };
        tokio::spawn(watcher.run());
        Ok(replicas)
    }

    /// Now, as [`pick`](Self::pick) takes it.
    pub(crate) fn now(&self) -> u64 {
        self.clock.of(Instant::now())
    }

    /// A replica that shows what was there at this moment, and is not further behind than may be.
    pub(crate) fn pick(&self, not_before: u64) -> Option<Picked<'_>> {
        let oldest = Instant::now().checked_sub(self.max_lag).map_or(0, |moment| {
            if moment > self.clock.0 {
                self.clock.of(moment)
            } else {
                0
            }
        });
        let least = not_before.max(oldest).max(1);
        let from = self.next.fetch_add(1, Ordering::Relaxed);
        (0..self.replicas.len())
            .map(|step| &self.replicas[(from + step) % self.replicas.len()])
            .find(|replica| replica.fresh_as_of.load(Ordering::Acquire) >= least)
            .map(Picked)
    }

    pub(crate) fn status(&self) -> Vec<ReplicaStatus> {
        let now = self.now();
        let status = |replica: &Replica| ReplicaStatus {
            address: replica.address.clone(),
            lag: match replica.fresh_as_of.load(Ordering::Acquire) {
                0 => None,
                fresh => Some(Duration::from_micros(now.saturating_sub(fresh))),
            },
            pool: replica.database.status(),
        };
        self.replicas.iter().map(status).collect()
    }

    pub(crate) fn close(&self) {
        self.replicas.iter().for_each(|replica| replica.database.close());
    }

    /// Closes each, and waits until no connection is left.
    ///
    /// # Errors
    /// [`ErrorKind::Timeout`].
    pub(crate) async fn close_within(&self, limit: Duration) -> Result<(), Error> {
        self.close();
        let begun = Instant::now();
        for replica in &self.replicas {
            let left = limit.saturating_sub(begun.elapsed());
            Box::pin(replica.database.close_within(left)).await?;
        }
        Ok(())
    }
}

/// A replica that a read goes to.
pub(crate) struct Picked<'a>(&'a Replica);

impl Picked<'_> {
    pub(crate) fn database(&self) -> &Database {
        &self.0.database
    }

    /// Whether what it could not do is to be done by the primary. A replica that is lost is not read from before it is found
    /// again.
    pub(crate) fn leaves_to_primary(&self, error: &Error) -> bool {
        match error.kind() {
            ErrorKind::ConnectionLost | ErrorKind::Connect | ErrorKind::Authentication | ErrorKind::PoolTimeout => {
                self.0.fresh_as_of.store(0, Ordering::Release);
                true
            }
            // On a standby a read is in conflict with what is replayed, and with nothing else.
            ErrorKind::SerializationFailure => true,
            _ => false,
        }
    }
}

/// Asks the servers.
struct Watcher {
    replicas: Weak<Replicas>,
    primary: Watched,
    standbys: Vec<Watched>,
    /// When the primary was asked, and how far its WAL was, the newest last.
    samples: Vec<(u64, u64)>,
}

struct Watched {
    connector: Arc<Connector>,
    link: Option<Box<Link>>,
}

/// What a server said.
struct Said {
    in_recovery: bool,
    lsn: u64,
}

impl Watcher {
    /// Until the last database that reads from the replicas is gone.
    async fn run(mut self) {
        loop {
            let Some(replicas) = self.replicas.upgrade() else {
                return;
            };
            let (clock, asked) = (replicas.clock, Instant::now());
            drop(replicas);
            if let Some(Said {
                in_recovery: false,
                lsn,
            }) = self.primary.ask().await
            {
                // Another primary may have less: what was said by the one before it holds no more.
                if self.samples.last().is_some_and(|(_, before)| *before > lsn) {
                    self.samples.clear();
                }
                self.samples.push((clock.of(asked), without_page_header(lsn)));
            }
            let said = ask_all(&mut self.standbys).await;
            let Some(replicas) = self.replicas.upgrade() else {
                return;
            };
            self.note(&replicas, &said);
            drop(replicas);
            tokio::time::sleep(EVERY).await;
        }
    }

    fn note(&mut self, replicas: &Replicas, said: &[Option<Said>]) {
        for (replica, said) in replicas.replicas.iter().zip(said) {
            let fresh = match said {
                Some(Said { in_recovery: true, lsn }) => {
                    let replayed = self.samples.iter().rev().find(|(_, written)| written <= lsn);
                    let before = replica.fresh_as_of.load(Ordering::Acquire);
                    replayed.map_or(before, |(moment, _)| *moment)
                }
                // Not there, or a primary by now: then it is read from as one.
                _ => 0,
            };
            replica.fresh_as_of.store(fresh, Ordering::Release);
        }
        // As many as tell of standbys that are not read from yet by their lag.
        let useful = replicas
            .now()
            .saturating_sub(u64::try_from(replicas.max_lag.as_micros()).unwrap_or(u64::MAX));
        let keep = self
            .samples
            .iter()
            .position(|(moment, _)| *moment >= useful)
            .unwrap_or(0);
        self.samples.drain(..keep.saturating_sub(1));
    }
}

/// All at the same time: one that does not answer holds up nobody.
async fn ask_all(standbys: &mut [Watched]) -> Vec<Option<Said>> {
    let mut asking: Vec<_> = standbys.iter_mut().map(|standby| Box::pin(standby.ask())).collect();
    let mut said: Vec<Option<Option<Said>>> = asking.iter().map(|_| None).collect();
    std::future::poll_fn(|context| {
        for (asking, said) in asking.iter_mut().zip(&mut said) {
            if said.is_none()
                && let std::task::Poll::Ready(answer) = asking.as_mut().poll(context)
            {
                *said = Some(answer);
            }
        }
        match said.iter().all(Option::is_some) {
            true => std::task::Poll::Ready(()),
            false => std::task::Poll::Pending,
        }
    })
    .await;
    said.into_iter().map(Option::flatten).collect()
}

impl Watched {
    /// Asks the server; `None` where it does not answer.
    async fn ask(&mut self) -> Option<Said> {
        let said = tokio::time::timeout(ANSWER_TIMEOUT, async {
            let link = match self.link.take().filter(|link| !link.client.is_closed()) {
                Some(link) => link,
                None => self.connector.connect().await.ok()?,
            };
            let said = said(&link.client.simple_query(QUESTION).await.ok()?)?;
            Some((link, said))
        });
        let (link, said) = said.await.ok().flatten()?;
        // A primary that has become a standby is looked for elsewhere.
        let elsewhere = said.in_recovery && self.connector.wants_to_write();
        self.link = (!elsewhere).then_some(link);
        Some(said)
    }
}

fn said(answer: &[SimpleQueryMessage]) -> Option<Said> {
    let row = answer.iter().find_map(|message| match message {
        SimpleQueryMessage::Row(row) => Some(row),
        _ => None,
    })?;
    Some(Said {
        in_recovery: row.get(0)? == "t",
        lsn: row.get(1)?.parse().ok()?,
    })
}

/// Behind a page's header nothing has been written to the page, so a standby has replayed all when it is before the header.
fn without_page_header(lsn: u64) -> u64 {
    const PAGE: u64 = 8192;
    match lsn % PAGE {
        header @ (24 | 40) => lsn - header,
        _ => lsn,
    }
}

//! A server that does not keep to the protocol: no panic, no wait beyond the limits, no memory without bound, and when it
//! behaves again, so does the pool.

mod bytes;
mod connecting;
mod cutting;
mod server;
mod statements;

use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::{Duration, Instant};

use orm::prelude::*;
use tokio::sync::MutexGuard;

use crate::support::{PATIENCE, Resources, turn};
use server::{Evil, Hostile};

/// The limit that the program sets for what the server never answers.
const LIMIT: Duration = Duration::from_millis(300);

/// More than all wrong answers together need, and less than what grows without bound has within the limit.
const MEMORY: usize = 96 << 20;

/// What is in use before, and how often anything has panicked.
struct Watch {
    before: Resources,
    memory: usize,
    panics: usize,
    _turn: MutexGuard<'static, ()>,
}

/// How often anything has panicked, in tasks that nobody asks, too.
static PANICS: AtomicUsize = AtomicUsize::new(0);

fn count_panics() {
    static ONCE: std::sync::Once = std::sync::Once::new();
    ONCE.call_once(|| {
        let hook = std::panic::take_hook();
        std::panic::set_hook(Box::new(move |info| {
            PANICS.fetch_add(1, Ordering::SeqCst);
            hook(info);
        }));
    });
}

impl Watch {
    async fn begin() -> Self {
        let turn = turn().await;
        count_panics();
        Self {
            before: Resources::at_rest().await,
            memory: resident(),
            panics: PANICS.load(Ordering::SeqCst),
            _turn: turn,
        }
    }

    fn is_well(&self, name: &str) {
        assert_eq!(PANICS.load(Ordering::SeqCst), self.panics, "{name}: something panicked");
        let grown = resident().saturating_sub(self.memory);
        assert!(grown < MEMORY, "{name}: {} MB more", grown >> 20);
    }

    async fn ends_clean(self) {
        self.is_well("the end");
        self.before.come_back().await;
    }
}

/// A hostile server, and a pool of two connections to it.
struct Front {
    server: Hostile,
    db: Database,
}

impl Front {
    async fn open() -> Self {
        let server = Hostile::start().await;
        let db = server.builder().max_size(2).recycle_timeout(LIMIT).connect();
        Self {
            db: db.await.unwrap(),
            server,
        }
    }

    /// Works while the server misbehaves. When it behaves again the pool gives right answers on all connections.
    async fn survives<T>(&self, name: &str, evil: Evil, work: impl Future<Output = T>) -> T {
        self.server.misbehaves(Some(evil));
        let worked = tokio::time::timeout(PATIENCE, work).await;
        let result = worked.unwrap_or_else(|_| panic!("{name}: hangs"));
        self.server.misbehaves(None);
        let begun = Instant::now();
        while let Err(error) = self.ask_all().await {
            let known = [ErrorKind::ConnectionLost, ErrorKind::Connect, ErrorKind::PoolTimeout];
            assert!(known.contains(&error.kind()), "{name}: {error}");
            assert!(begun.elapsed() < PATIENCE, "{name}: the pool is not whole: {error}");
            tokio::time::sleep(Duration::from_millis(5)).await;
        }
        result
    }

    async fn ask_all(&self) -> Result<(), Error> {
        let (first, second) = tokio::try_join!(self.db.connection(), self.db.connection())?;
        for connection in [first, second] {
            assert_eq!(sql!("SELECT n").one::<i32>(&connection).await?, 1);
        }
        Ok(())
    }

    async fn close(self) {
        self.db.close();
        drop(self.db);
        self.server.stop().await;
    }
}

/// The memory that this process has, in bytes; 0 where nobody tells it.
fn resident() -> usize {
    let status = std::fs::read_to_string("/proc/self/status").unwrap_or_default();
    let line = status.lines().find_map(|line| line.strip_prefix("VmRSS:"));
    let kilobytes: Option<usize> = line.and_then(|line| line.trim().strip_suffix(" kB")?.parse().ok());
    kilobytes.unwrap_or(0) << 10
}

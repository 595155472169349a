//! Transfers by several tasks, each with a number in a journal: what was told is held against what was saved.

use std::collections::HashMap;
use std::sync::Arc;
use std::sync::atomic::{AtomicI64, Ordering};
use std::time::Duration;

use orm::prelude::*;
use tokio::task::JoinHandle;

use super::bank::{ACCOUNTS, transfer};
use super::{Arena, Random};

/// What the program was told of a transfer.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) enum Told {
    Saved,
    Lost,
    Unknown,
}

/// What may be told while connections or the server are lost.
const EXPECTED: [ErrorKind; 6] = [
    ErrorKind::ConnectionLost,
    ErrorKind::Connect,
    ErrorKind::TransactionAborted,
    ErrorKind::PoolTimeout,
    ErrorKind::Timeout,
    ErrorKind::QueryCanceled,
];

fn told(result: Result<(), Error>) -> Told {
    match result {
        Ok(()) => Told::Saved,
        Err(error) if error.kind() == ErrorKind::CommitUnknown => Told::Unknown,
        Err(error) => {
            assert!(EXPECTED.contains(&error.kind()), "{:?}: {error}", error.kind());
            Told::Lost
        }
    }
}

/// Makes the table. It has no key: a transfer that were done twice must show.
pub(crate) async fn open_journal(arena: &Arena) {
    arena.run("CREATE TABLE journal (number int8)").await;
}

async fn one_transfer(tx: &dyn Executor, number: i64, (from, to): (i64, i64)) -> Result<(), Error> {
    // Always in one order, so that no two of them wait for each other.
    transfer(tx, from.min(to), from.max(to), 1).await?;
    sql!("INSERT INTO journal (number) VALUES ({number})")
        .execute(tx)
        .await?;
    Ok(())
}

/// In one of the ways in which a program has transactions.
async fn in_a_transaction(db: &Database, number: i64, accounts: (i64, i64)) -> Result<(), Error> {
    match number % 3 {
        0 => {
            db.transaction(async |tx| one_transfer(tx, number, accounts).await)
                .await
        }
        1 => {
            let builder = db.transaction_with().retry(3);
            let run = builder.run(|tx| async move { one_transfer(&tx, number, accounts).await });
            run.await
        }
        _ => {
            let tx = db.begin().await?;
            one_transfer(&tx, number, accounts).await?;
            tx.commit().await
        }
    }
}

/// Tasks that make transfers, until they are stopped or all numbers are used up.
pub(crate) struct Load {
    tasks: Vec<JoinHandle<HashMap<i64, Told>>>,
    next: Arc<AtomicI64>,
    last: Arc<AtomicI64>,
}

impl Load {
    /// Begins with the number after `first`. Nobody waits longer than `limit` for a transfer.
    pub(crate) fn begin(db: &Database, tasks: usize, numbers: (i64, i64), limit: Duration) -> Self {
        let next = Arc::new(AtomicI64::new(numbers.0));
        let last = Arc::new(AtomicI64::new(numbers.1));
        let transfers = |seed| transfers(db.clone(), Arc::clone(&next), Arc::clone(&last), seed, limit);
        Self {
            tasks: (0..tasks).map(|seed| tokio::spawn(transfers(seed))).collect(),
            next,
            last,
        }
    }

    /// Waits until so many more transfers were begun.
    pub(crate) async fn goes_on(&self, more: i64) {
        let until = self.next.load(Ordering::SeqCst) + more;
        while self.next.load(Ordering::SeqCst) < until.min(self.last.load(Ordering::SeqCst)) {
            tokio::time::sleep(Duration::from_millis(1)).await;
        }
    }

    pub(crate) fn has_numbers(&self) -> bool {
        self.next.load(Ordering::SeqCst) < self.last.load(Ordering::SeqCst)
    }

    /// Ends the tasks; what each transfer was told.
    pub(crate) async fn end(self) -> HashMap<i64, Told> {
        self.last.store(0, Ordering::SeqCst);
        self.finishes().await
    }

    /// Waits until all numbers are used up.
    pub(crate) async fn finishes(self) -> HashMap<i64, Told> {
        let mut outcomes = HashMap::new();
        for task in self.tasks {
            outcomes.extend(task.await.unwrap());
        }
        outcomes
    }
}

async fn transfers(
    db: Database,
    next: Arc<AtomicI64>,
    last: Arc<AtomicI64>,
    seed: usize,
    limit: Duration,
) -> HashMap<i64, Told> {
    let mut random = Random::new(seed);
    let mut outcomes = HashMap::new();
    loop {
        let number = next.fetch_add(1, Ordering::SeqCst);
        if number > last.load(Ordering::SeqCst) {
            return outcomes;
        }
        let mut account = || i64::try_from(random.below(ACCOUNTS as u64)).unwrap() + 1;
        let accounts = (account(), account());
        let outcome = match tokio::time::timeout(limit, in_a_transaction(&db, number, accounts)).await {
            Ok(result) => told(result),
            // It was given up, maybe while it was committing.
            Err(_elapsed) => Told::Unknown,
        };
        outcomes.insert(number, outcome);
        if outcome != Told::Saved {
            tokio::time::sleep(Duration::from_millis(5)).await;
        }
    }
}

/// How many transfers were not told to be saved.
pub(crate) fn failed(outcomes: &HashMap<i64, Told>) -> usize {
    outcomes.values().filter(|&&told| told != Told::Saved).count()
}

/// What was told `Ok` is in the journal once, and what was told an error is not.
pub(crate) async fn journal_agrees(arena: &Arena, outcomes: &HashMap<i64, Told>) {
    let mut written: HashMap<i64, i64> = HashMap::new();
    for (number, count) in arena
        .pairs("SELECT number, count(*) FROM journal GROUP BY number")
        .await
    {
        written.insert(number, count);
    }
    for (number, told) in outcomes {
        let written = written.get(number).copied().unwrap_or(0);
        match told {
            Told::Saved => assert_eq!(written, 1, "transfer {number} was told to be saved"),
            Told::Lost => assert_eq!(written, 0, "transfer {number} was told to be lost"),
            Told::Unknown => assert!(written <= 1, "transfer {number} was made {written} times"),
        }
    }
}

//! Transfers while the server ends sessions at random: what was told is what was saved.

use std::collections::HashMap;
use std::sync::Arc;
use std::sync::atomic::{AtomicI64, Ordering};
use std::time::Duration;

use orm::prelude::*;

use crate::support::bank::{self, ACCOUNTS, is_conserved, transfer};
use crate::support::{Arena, Random, rounds};

/// What the program was told of its transfers.
#[derive(Clone, Copy, Debug, PartialEq)]
enum Told {
    Saved,
    Lost,
    Unknown,
}

fn told(result: Result<(), Error>) -> Told {
    match result {
        Ok(()) => Told::Saved,
        Err(error) if error.kind() == ErrorKind::CommitUnknown => Told::Unknown,
        Err(error) => {
            let expected = [
                ErrorKind::ConnectionLost,
                ErrorKind::Connect,
                ErrorKind::TransactionAborted,
            ];
            assert!(expected.contains(&error.kind()), "{:?}: {error}", error.kind());
            Told::Lost
        }
    }
}

async fn one_transfer(tx: &dyn Executor, number: i64, random: (i64, i64)) -> Result<(), Error> {
    let (from, to) = random;
    // Always in one order, so that no two of them wait for each other.
    transfer(tx, from.min(to), from.max(to), 1).await?;
    sql!("INSERT INTO journal (number) VALUES ({number})")
        .execute(tx)
        .await?;
    Ok(())
}

/// Makes transfers until all numbers are used up.
async fn transfers(db: Database, next: Arc<AtomicI64>, last: i64, seed: usize) -> HashMap<i64, Told> {
    let mut random = Random::new(seed);
    let mut outcomes = HashMap::new();
    loop {
        let number = next.fetch_add(1, Ordering::SeqCst);
        if number > last {
            return outcomes;
        }
        let mut account = || i64::try_from(random.below(ACCOUNTS as u64)).unwrap() + 1;
        let (from, to) = (account(), account());
        let db = &db;
        let result = match number % 3 {
            0 => {
                db.transaction(async |tx| one_transfer(tx, number, (from, to)).await)
                    .await
            }
            1 => {
                let builder = db.transaction_with().retry(3);
                builder
                    .run(|tx| async move { one_transfer(&tx, number, (from, to)).await })
                    .await
            }
            _ => {
                async {
                    let tx = db.begin().await?;
                    one_transfer(&tx, number, (from, to)).await?;
                    tx.commit().await
                }
                .await
            }
        };
        outcomes.insert(number, told(result));
    }
}

/// What was told `Ok` is in the journal, and what was told an error is not.
async fn journal_agrees(arena: &Arena, outcomes: &HashMap<i64, Told>) {
    for (&number, &told) in outcomes {
        let written = arena
            .number(&format!("SELECT count(*) FROM journal WHERE number = {number}"))
            .await;
        match told {
            Told::Saved => assert_eq!(written, 1, "transfer {number} was told to be saved"),
            Told::Lost => assert_eq!(written, 0, "transfer {number} was told to be lost"),
            Told::Unknown => assert!(written <= 1),
        }
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn transfers_under_killed_sessions_are_saved_as_told() {
    let arena = Arena::new().await;
    let db = arena.builder().max_size(6).connect().await.unwrap();
    bank::open(&arena, &db).await;
    // No key: a transfer that were done twice must show.
    arena.run("CREATE TABLE journal (number int8)").await;
    let last = i64::try_from(rounds(2_000)).unwrap();
    let next = Arc::new(AtomicI64::new(1));
    let tasks: Vec<_> = (0..8)
        .map(|seed| tokio::spawn(transfers(db.clone(), Arc::clone(&next), last, seed)))
        .collect();
    let mut killed = 0;
    // Not by the clock: on a busy machine it would kill all of them.
    for begun in (20..=last).step_by(20) {
        while next.load(Ordering::SeqCst) < begun {
            tokio::time::sleep(Duration::from_millis(1)).await;
        }
        killed += usize::from(arena.kill_one().await);
    }
    let mut outcomes = HashMap::new();
    for task in tasks {
        outcomes.extend(task.await.unwrap());
    }
    let failed = outcomes.values().filter(|&&told| told != Told::Saved).count();
    assert!(0 < failed && failed <= killed, "{failed} failed by {killed} kills");
    journal_agrees(&arena, &outcomes).await;
    is_conserved(&arena).await;
    arena.ends_clean([db]).await;
}

//! Statements that are given up while they run are cancelled, and nobody else's.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::time::Duration;

use orm::prelude::*;

use crate::support::bank::{self, ACCOUNTS, Account, is_conserved, transfer};
use crate::support::{Arena, Random, rounds};

/// Works on connections of the same pool: each result proves that its statement ran to its end.
async fn stranger(db: Database, done: Arc<AtomicBool>) -> usize {
    let mut ran = 0;
    loop {
        let count = 20_000 + i64::try_from(ran).unwrap();
        let sum: i64 = sql!("SELECT sum(n)::int8 FROM generate_series(1, {count}) n")
            .one(&db)
            .await
            .unwrap();
        assert_eq!(sum, count * (count + 1) / 2);
        db.transaction(async |tx| transfer(tx, 1, 2, 1).await).await.unwrap();
        // Reads that may share a connection with those that are given up.
        let (count, all) = (Account::query().count(&db), Account::query().all(&db));
        let (count, all) = tokio::try_join!(count, all).unwrap();
        assert_eq!((count, all.len()), (ACCOUNTS, ACCOUNTS as usize));
        ran += 1;
        if done.load(Ordering::SeqCst) {
            return ran;
        }
    }
}

/// Something that takes long, in one of the ways in which a statement can be sent on a connection.
async fn long_work(on: &dyn Executor, kind: u64) -> Result<(), Error> {
    // It sleeps, as the machine has other things to do.
    let long = sql!("SELECT 1::int8 FROM pg_sleep(50)");
    match kind {
        0 => long.one::<i64>(on).await.map(drop),
        1 => on.batch("SELECT 1; SELECT pg_sleep(50)").await,
        2 => {
            let mut rows = long.stream::<i64>(on);
            rows.try_next().await.map(drop)
        }
        3 => on.transaction(async |tx| long.one::<i64>(tx).await).await.map(drop),
        _ => {
            // The second waits behind the first.
            let both = on.transaction(async |tx| {
                let short = Account::query().count(tx);
                tokio::try_join!(long.one::<i64>(tx), short).map(drop)
            });
            both.await
        }
    }
}

/// Reads that are sent beside those of others.
async fn shared_reads(db: &Database) -> Result<(), Error> {
    let _all = Account::query().all(db).await?;
    Account::query().with(|a| a.entries()).all(db).await.map(drop)
}

/// Gives up so many works, each at a random moment after it has begun.
async fn give_up(db: Database, seed: usize, times: usize, cancelled: Arc<AtomicUsize>) {
    let mut random = Random::new(seed);
    for _ in 0..times {
        let (kind, patience) = (random.below(6), Duration::from_micros(random.below(3_000)));
        if kind == 5 {
            let _ended = tokio::time::timeout(patience, shared_reads(&db)).await;
            continue;
        }
        let connection = db.connection().await.unwrap();
        match tokio::time::timeout(patience, long_work(&connection, kind)).await {
            Ok(result) => result.unwrap(),
            Err(_elapsed) => drop(cancelled.fetch_add(1, Ordering::SeqCst)),
        }
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_thousand_cancels_hit_no_strangers_query() {
    let arena = Arena::new().await;
    let db = arena.builder().max_size(6).wait_timeout(None).connect().await.unwrap();
    bank::open(&arena, &db).await;
    let (done, cancelled) = (Arc::new(AtomicBool::new(false)), Arc::new(AtomicUsize::new(0)));
    let strangers: Vec<_> = (0..2)
        .map(|_| tokio::spawn(stranger(db.clone(), Arc::clone(&done))))
        .collect();
    let (tasks, times) = (8, rounds(1_200) / 8);
    let given_up: Vec<_> = (0..tasks)
        .map(|seed| tokio::spawn(give_up(db.clone(), seed, times, Arc::clone(&cancelled))))
        .collect();
    for task in given_up {
        task.await.unwrap();
    }
    done.store(true, Ordering::SeqCst);
    for task in strangers {
        assert!(task.await.unwrap() > 0, "a stranger ran nothing");
    }
    assert!(
        cancelled.load(Ordering::SeqCst) > tasks * times / 2,
        "{cancelled:?} were given up"
    );
    is_conserved(&arena).await;
    arena.ends_clean([db]).await;
}

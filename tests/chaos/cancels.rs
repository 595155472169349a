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
    while !done.load(Ordering::SeqCst) {
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
    }
    ran
}

/// Something that takes long, in one of the ways in which a statement can be sent.
async fn long_work(db: &Database, kind: u64) -> Result<(), Error> {
    let long = sql!("SELECT sum(n * 1.0)::int8 FROM generate_series(1, 3000000) n");
    match kind {
        0 => long.one::<i64>(db).await.map(drop),
        1 => db.batch("SELECT sum(n * 1.0) FROM generate_series(1, 3000000) n").await,
        2 => {
            let mut rows = long.stream::<i64>(db);
            rows.try_next().await.map(drop)
        }
        3 => Account::query().all(db).await.map(drop),
        4 => {
            let accounts = Account::query().with(|a| a.entries());
            accounts.all(db).await.map(drop)
        }
        5 => db.transaction(async |tx| long.one::<i64>(tx).await).await.map(drop),
        _ => {
            // The second waits behind the first.
            db.transaction(async |tx| {
                let short = Account::query().count(tx);
                tokio::try_join!(long.one::<i64>(tx), short).map(drop)
            })
            .await
        }
    }
}

/// Gives up so many works, each after a random moment.
async fn give_up(db: Database, seed: usize, times: usize, finished: Arc<AtomicUsize>) {
    let mut random = Random::new(seed);
    for _ in 0..times {
        let (kind, patience) = (random.below(7), Duration::from_micros(random.below(4_000)));
        match tokio::time::timeout(patience, long_work(&db, kind)).await {
            Ok(result) => {
                result.unwrap();
                finished.fetch_add(1, Ordering::SeqCst);
            }
            Err(_elapsed) => {}
        }
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_thousand_cancels_hit_no_strangers_query() {
    let arena = Arena::new().await;
    let db = arena.builder().max_size(6).wait_timeout(None).connect().await.unwrap();
    bank::open(&arena, &db).await;
    let (done, finished) = (Arc::new(AtomicBool::new(false)), Arc::new(AtomicUsize::new(0)));
    let strangers: Vec<_> = (0..2)
        .map(|_| tokio::spawn(stranger(db.clone(), Arc::clone(&done))))
        .collect();
    let (tasks, times) = (8, rounds(1_000) / 8);
    let given_up: Vec<_> = (0..tasks)
        .map(|seed| tokio::spawn(give_up(db.clone(), seed, times, Arc::clone(&finished))))
        .collect();
    for task in given_up {
        task.await.unwrap();
    }
    done.store(true, Ordering::SeqCst);
    for task in strangers {
        assert!(task.await.unwrap() > 0, "a stranger ran nothing");
    }
    let finished = finished.load(Ordering::SeqCst);
    assert!(finished < tasks * times, "nothing was given up");
    is_conserved(&arena).await;
    arena.ends_clean([db]).await;
}

//! The connection is cut around COMMIT: the outcome is unknown, told as unknown, and never tried again.

use std::sync::atomic::{AtomicUsize, Ordering};

use orm::prelude::*;

use crate::support::bank::{self, is_conserved, transfer};
use crate::support::{Arena, Direction, rounds};

/// Where it is cut, and how many rows are saved then; `None` where that is up to the server.
#[derive(Debug, Clone, Copy)]
enum Cut {
    /// The server never sees it.
    Before,
    /// It arrives, and nobody is there to answer.
    During,
    /// The server's answer is lost.
    After,
}

impl Cut {
    fn saved(self) -> Option<i64> {
        match self {
            Self::Before => Some(0),
            Self::During => None,
            Self::After => Some(1),
        }
    }
}

/// The ways in which a program commits.
async fn commit(db: &Database, way: usize, runs: &AtomicUsize, number: i64) -> Result<(), Error> {
    let work = async |tx: &dyn Executor| {
        runs.fetch_add(1, Ordering::SeqCst);
        transfer(tx, 1, 2, 1).await?;
        sql!("INSERT INTO journal (number) VALUES ({number})").execute(tx).await
    };
    match way {
        0 => db.transaction(async |tx| work(tx).await).await.map(drop),
        1 => {
            let builder = db.transaction_with().isolation(Isolation::Serializable).retry(5);
            let run = builder.run(|tx| async move {
                runs.fetch_add(1, Ordering::SeqCst);
                transfer(&tx, 1, 2, 1).await?;
                sql!("INSERT INTO journal (number) VALUES ({number})")
                    .execute(&tx)
                    .await
            });
            run.await.map(drop)
        }
        _ => {
            let tx = db.begin().await?;
            let inner = tx.begin().await?;
            work(&inner).await?;
            inner.commit().await?;
            tx.commit().await
        }
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_commit_that_is_cut_is_told_as_unknown_and_not_run_again() {
    let arena = Arena::new().await;
    let proxy = arena.proxy().await;
    let db = arena.through(&proxy).max_size(2).connect().await.unwrap();
    bank::open(&arena, &db).await;
    arena.run("CREATE TABLE journal (number int8)").await;
    let mut number = 0;
    for _ in 0..rounds(5) {
        for cut in [Cut::Before, Cut::During, Cut::After] {
            for way in 0..3 {
                number += 1;
                let cuts = proxy.cuts();
                match cut {
                    Cut::Before => proxy.cut_at(Direction::ToServer, b"COMMIT", false),
                    Cut::During => proxy.cut_at(Direction::ToServer, b"COMMIT", true),
                    Cut::After => proxy.cut_at(Direction::ToClient, b"COMMIT\0", false),
                }
                let runs = AtomicUsize::new(0);
                let error = commit(&db, way, &runs, number).await.unwrap_err();
                assert_eq!(error.kind(), ErrorKind::CommitUnknown, "{cut:?} {way}: {error}");
                assert_eq!((runs.into_inner(), proxy.cuts()), (1, cuts + 1), "{cut:?} {way}");
                arena.is_at_rest().await;
                let journal = format!("SELECT count(*) FROM journal WHERE number = {number}");
                let saved = arena.number(&journal).await;
                assert_eq!(saved, cut.saved().unwrap_or(saved.min(1)), "{cut:?} {way}");
                // The next one is not concerned.
                commit(&db, way, &AtomicUsize::new(0), -number).await.unwrap();
            }
        }
    }
    is_conserved(&arena).await;
    arena.ends_clean([db]).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_transaction_that_is_cut_before_its_commit_was_sent_is_known_to_be_lost() {
    let arena = Arena::new().await;
    let proxy = arena.proxy().await;
    let db = arena.through(&proxy).max_size(1).connect().await.unwrap();
    bank::open(&arena, &db).await;
    for _ in 0..rounds(10) {
        proxy.cut_at(Direction::ToClient, b"INSERT 0 2\0", false);
        let error = db
            .transaction(async |tx| transfer(tx, 1, 2, 1).await)
            .await
            .unwrap_err();
        assert_eq!(error.kind(), ErrorKind::ConnectionLost, "{error}");
        arena.is_at_rest().await;
        assert_eq!(arena.number("SELECT count(*) FROM entries").await, 0);
    }
    arena.ends_clean([db]).await;
}

//! Futures that are given up, at every point where they can be.

use std::future::Future;
use std::time::Duration;

use orm::prelude::*;

use super::models::{NewTicket, NewUser, Ticket, User, new_users, tables};
use super::support::{Watched, dropped_after, scalar};

/// Drops `work` after 1, 2, 3 … polls until it is done, and looks each time that all or nothing was stored and that the
/// pool is clean.
async fn at_every_poll<F: Future<Output = Result<u64, Error>>>(
    watched: &Watched,
    rows: i64,
    work: impl Fn(Database) -> F,
) -> usize {
    let mut polls = 0;
    loop {
        polls += 1;
        let done = dropped_after(polls, work(watched.db.clone())).await;
        watched.is_clean().await;
        let stored: i64 = scalar(&watched.db, "SELECT count(*) FROM users").await;
        assert!(stored == 0 || stored == rows, "{stored} rows after {polls} polls");
        watched.db.batch("TRUNCATE users CASCADE").await.unwrap();
        if let Some(result) = done {
            assert_eq!((result.unwrap(), stored), (rows as u64, rows));
            return polls;
        }
        assert!(polls < 2_000, "it is never done");
    }
}

/// The same on a runtime of one thread, where the connection works only between two polls: so each answer that is waited
/// for is at least one poll, however busy the machine is.
async fn at_every_poll_of_one_thread<F: Future<Output = Result<u64, Error>>>(
    db: &Database,
    rows: i64,
    work: impl Fn(Database) -> F + Send + 'static,
) -> usize {
    let db = db.clone();
    let polled = tokio::task::spawn_blocking(move || {
        let runtime = tokio::runtime::Builder::new_current_thread()
            .enable_all()
            .build()
            .unwrap();
        runtime.block_on(async {
            let watched = Watched::new(&db, 2).await;
            at_every_poll(&watched, rows, work).await
        })
    });
    polled.await.unwrap()
}

#[orm::test(setup = tables)]
async fn a_batch_is_stored_wholly_or_not_at_all(db: Database) -> Result<(), Error> {
    let watched = Watched::new(&db, 2).await;
    at_every_poll(&watched, 100, |db| async move {
        User::insert_many(new_users(0..100)).execute(&db).await
    })
    .await;
    let mixed = |db| async move {
        let rows = new_users(0..30)
            .enumerate()
            .map(|(n, row)| if n % 2 == 0 { row.version(5) } else { row.into() });
        User::insert_many(rows).execute(&db).await
    };
    at_every_poll(&watched, 30, mixed).await;
    let polls = at_every_poll_of_one_thread(&db, 30, mixed).await;
    assert!(
        polls > 4,
        "BEGIN, two statements and COMMIT are polled more than {polls} times"
    );
    Ok(())
}

#[orm::test(setup = tables)]
async fn a_copy_is_stored_wholly_or_not_at_all(db: Database) -> Result<(), Error> {
    let watched = Watched::new(&db, 2).await;
    let copy = |db| async move { User::insert_many(new_users(0..3_000)).copy(true).execute(&db).await };
    at_every_poll(&watched, 3_000, copy).await;
    let polls = at_every_poll_of_one_thread(&db, 3_000, copy).await;
    assert!(polls > 3, "{polls}");
    Ok(())
}

#[orm::test(setup = tables)]
async fn a_transaction_is_stored_wholly_or_not_at_all(db: Database) -> Result<(), Error> {
    let watched = Watched::new(&db, 2).await;
    let work = |db: Database| async move {
        db.transaction(async |tx| {
            let stored = User::insert_many(new_users(0..5)).execute(tx).await?;
            let more = tx
                .transaction(async |tx| User::insert_many(new_users(5..10)).all(tx).await)
                .await?;
            Ok(stored + more.len() as u64)
        })
        .await
    };
    at_every_poll(&watched, 10, work).await;
    let polls = at_every_poll_of_one_thread(&db, 10, work).await;
    assert!(polls > 5, "{polls}");
    Ok(())
}

#[orm::test(setup = tables)]
async fn a_statement_that_waits_for_a_lock_can_be_given_up(db: Database) -> Result<(), Error> {
    let watched = Watched::new(&db, 2).await;
    let ann = User::insert(super::models::new_user("ann")).one(&db).await?;
    let tx = db.begin().await?;
    User::find(ann.id).for_update().one(&tx).await?;
    let begun = std::time::Instant::now();
    for _ in 0..4 {
        let update = User::query()
            .filter(|u| u.id.eq(ann.id))
            .update(|u| u.age.set(99))
            .execute(&watched.db);
        let given_up = tokio::time::timeout(Duration::from_millis(30), update).await;
        assert!(given_up.is_err());
        let upsert = User::insert(NewUser {
            age: 99,
            ..super::models::new_user("ann")
        })
        .on_conflict(|key| key.email)
        .update(|u, new| u.age.set(new.age));
        assert!(
            tokio::time::timeout(Duration::from_millis(30), upsert.execute(&watched.db))
                .await
                .is_err()
        );
    }
    watched.is_clean().await;
    assert!(begun.elapsed() < Duration::from_secs(5), "nobody waited for the lock");
    tx.commit().await?;
    assert_eq!(
        User::find(ann.id).one(&db).await?,
        ann,
        "what was given up was not done later"
    );
    Ok(())
}

#[orm::test(setup = tables)]
async fn a_batch_in_a_transaction_that_is_given_up_rolls_it_back(db: Database) -> Result<(), Error> {
    let watched = Watched::new(&db, 1).await;
    for copy in [true, false] {
        let tx = watched.db.begin().await?;
        Ticket::insert(NewTicket {}).one(&tx).await?;
        let other = db.begin().await?;
        other.batch("LOCK TABLE users").await?;
        let batch = User::insert_many(new_users(0..100)).copy(copy).execute(&tx);
        let given_up = tokio::time::timeout(Duration::from_millis(100), batch).await;
        assert!(given_up.is_err(), "it waits for the lock");
        let next = Ticket::query().count(&tx).await.unwrap_err();
        assert_eq!(next.kind(), ErrorKind::TransactionAborted, "{next}");
        assert!(tx.commit().await.is_err());
        watched.is_clean().await;
        other.commit().await?;
        assert_eq!(Ticket::query().count(&watched.db).await?, 0);
        assert_eq!(User::query().count(&watched.db).await?, 0);
    }
    Ok(())
}

/// A cancel request that came before the server had begun the statement was lost: the statement waited for its lock, and
/// wrote, after the program had given it up.
#[orm::test(setup = tables)]
async fn bug_a_statement_given_up_before_the_server_began_it_was_done_later(db: Database) -> Result<(), Error> {
    let watched = Watched::new(&db, 2).await;
    let ann = User::insert(super::models::new_user("ann")).one(&db).await?;
    let tx = db.begin().await?;
    User::find(ann.id).for_update().one(&tx).await?;
    for n in 0..150 {
        let update = User::query()
            .filter(|u| u.id.eq(ann.id))
            .update(|u| u.age.set(99))
            .execute(&watched.db);
        let given_up = tokio::time::timeout(Duration::from_micros(100 + 23 * n), update).await;
        assert!(given_up.is_err());
    }
    watched.is_clean().await;
    tx.commit().await?;
    tokio::time::sleep(Duration::from_millis(50)).await;
    assert_eq!(User::find(ann.id).one(&db).await?, ann);
    Ok(())
}

//! Where a count begins and ends: blocks in blocks, at the same time, in tasks, across threads and panics.

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::pin::Pin;
use std::task::{Context, Poll};
use std::time::Duration;

use orm::prelude::*;
use orm::{Recorder, count_statements};

use super::support::*;

async fn read(times: usize, db: &Database) -> Result<(), Error> {
    for id in 1..=times as i64 {
        Author::find(id).one(db).await?;
        tokio::task::yield_now().await;
    }
    Ok(())
}

#[orm::test(setup = tables)]
async fn what_an_inner_block_sends_counts_for_the_outer_too(db: Database) -> Result<(), Error> {
    let (inner, outer) = count_statements(async {
        read(1, &db).await?;
        let (done, inner) = count_statements(read(2, &db)).await;
        read(3, &db).await?;
        done.map(|()| inner)
    })
    .await;
    assert_eq!((inner?.total(), outer.total()), (2, 6));
    Ok(())
}

#[orm::test(setup = tables)]
async fn blocks_that_run_at_the_same_time_are_kept_apart(db: Database) -> Result<(), Error> {
    let ((two, none, five), all) = count_statements(async {
        tokio::join!(
            count_statements(read(2, &db)),
            count_statements(tokio::time::sleep(Duration::from_millis(20))),
            count_statements(async {
                let (a, b) = tokio::join!(read(1, &db), read(4, &db));
                a.and(b)
            }),
        )
    })
    .await;
    two.0?;
    five.0?;
    assert_eq!(
        (two.1.total(), none.1.total(), five.1.total(), all.total()),
        (2, 0, 5, 7)
    );
    Ok(())
}

#[orm::test(setup = tables)]
async fn what_is_sent_before_and_after_a_block_is_not_counted(db: Database) -> Result<(), Error> {
    read(1, &db).await?;
    let waiting = read(3, &db);
    let (done, statements) = count_statements(read(2, &db)).await;
    waiting.await?;
    done?;
    assert_eq!(statements.total(), 2);
    Ok(())
}

#[orm::test(setup = tables)]
async fn after_a_panic_inside_of_a_block_nothing_counts_any_more(db: Database) -> Result<(), Error> {
    let recorder = Recorder::new();
    let panics = recorder.clone().attach(async {
        read(1, &db).await.unwrap();
        panic!("inside");
    });
    // Here it goes through this very thread, which a spawned task's would not.
    assert!(CatchUnwind(Box::pin(panics)).await.is_err());
    assert_eq!(Recorder::current().statements().total(), 0);
    read(2, &db).await?;
    assert_eq!(recorder.statements().total(), 1);
    Ok(())
}

/// A future whose panic is its output.
struct CatchUnwind<F>(Pin<Box<F>>);

impl<F: Future<Output = ()>> Future for CatchUnwind<F> {
    type Output = std::thread::Result<()>;

    fn poll(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Self::Output> {
        let polled = catch_unwind(AssertUnwindSafe(|| self.0.as_mut().poll(cx)));
        polled.map_or_else(|panic| Poll::Ready(Err(panic)), |poll| poll.map(Ok))
    }
}

#[orm::test(setup = tables)]
async fn a_block_that_is_dropped_half_way_leaves_nothing_behind(db: Database) -> Result<(), Error> {
    let recorder = Recorder::new();
    let endless = recorder.clone().attach(async {
        loop {
            read(1, &db).await.unwrap();
        }
    });
    assert!(tokio::time::timeout(Duration::from_millis(50), endless).await.is_err());
    let counted = recorder.statements().total();
    assert!(counted > 0);
    read(3, &db).await?;
    assert_eq!(recorder.statements().total(), counted);
    Ok(())
}

#[orm::test(setup = tables)]
async fn a_block_counts_on_whatever_threads_it_is_polled(db: Database) -> Result<(), Error> {
    let mut tasks = Vec::new();
    for n in 1..=20 {
        let db = db.clone();
        tasks.push(tokio::spawn(async move {
            let mut threads = std::collections::HashSet::new();
            let (done, statements) = count_statements(async {
                for _ in 0..n {
                    read(1, &db).await?;
                    threads.insert(std::thread::current().id());
                    tokio::time::sleep(Duration::from_millis(1)).await;
                }
                Ok::<_, Error>(())
            })
            .await;
            done.map(|()| (statements.total(), threads.len()))
        }));
    }
    let (mut moved, mut n) = (0, 0);
    for task in tasks {
        n += 1;
        let (total, threads) = task.await.expect("no panic")?;
        assert_eq!(total, n);
        moved += usize::from(threads > 1);
    }
    assert!(moved > 0, "no task has changed its thread, so nothing was shown");
    Ok(())
}

#[orm::test(setup = tables)]
async fn a_spawned_task_is_seen_only_if_it_is_attached(db: Database) -> Result<(), Error> {
    let ((), statements) = count_statements(async {
        let (alone, attached) = (db.clone(), db.clone());
        let alone = tokio::spawn(async move { read(3, &alone).await });
        let attached = tokio::spawn(Recorder::current().attach(async move { read(2, &attached).await }));
        alone.await.unwrap().unwrap();
        attached.await.unwrap().unwrap();
    })
    .await;
    assert_eq!(statements.total(), 2, "{statements}");
    Ok(())
}

#[orm::test(setup = tables)]
async fn a_future_that_is_attached_twice_is_counted_once(db: Database) -> Result<(), Error> {
    let (done, statements) = count_statements(async {
        let (inner, outer) = (Recorder::current(), Recorder::current());
        outer.attach(inner.attach(read(2, &db))).await
    })
    .await;
    done?;
    assert_eq!(statements.total(), 2);
    Ok(())
}

#[orm::test(setup = tables)]
async fn where_nobody_counts_the_current_recorder_notes_nothing(db: Database) -> Result<(), Error> {
    let nobody = Recorder::current();
    nobody.clone().attach(read(2, &db)).await?;
    assert_eq!(nobody.statements().total(), 0);
    Ok(())
}

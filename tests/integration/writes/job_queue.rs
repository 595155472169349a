//! A job queue in one statement: each job exactly once, however many workers there are.

use std::collections::HashMap;

use orm::prelude::*;

use super::models::{Job, NewJob, tables};
use super::support::another;

async fn take(worker: i32, count: u64, db: &dyn Executor) -> Result<Vec<Job>, Error> {
    Job::query()
        .filter(|j| j.worker.is_null())
        .order_by(|j| j.id.asc())
        .limit(count)
        .for_update()
        .skip_locked()
        .update(|j| (j.worker.set(worker), j.attempts.set(j.attempts + 1)))
        .all(db)
        .await
}

#[orm::test(setup = tables)]
async fn many_workers_take_each_job_exactly_once(db: Database) -> Result<(), Error> {
    const JOBS: i64 = 600;
    Job::insert_many((0..JOBS).map(|_| NewJob { worker: None }))
        .execute(&db)
        .await?;
    let pool = another(&db, 8).await;
    let workers: Vec<_> = (0..8)
        .map(|worker| {
            let pool = pool.clone();
            tokio::spawn(async move {
                let mut taken = Vec::new();
                loop {
                    let jobs = take(worker, 7, &pool).await?;
                    assert!(jobs.len() <= 7, "the limit holds");
                    if jobs.is_empty() {
                        return Ok::<_, Error>(taken);
                    }
                    taken.extend(jobs.into_iter().map(|job| job.id));
                }
            })
        })
        .collect();
    let mut times: HashMap<i64, usize> = HashMap::new();
    for worker in workers {
        for job in worker.await.unwrap()? {
            *times.entry(job).or_default() += 1;
        }
    }
    assert_eq!(times.len() as i64, JOBS);
    assert!(times.values().all(|times| *times == 1));
    assert_eq!(Job::query().filter(|j| j.attempts.ne(1)).count(&db).await?, 0);
    Ok(())
}

#[orm::test(setup = tables)]
async fn a_job_of_a_worker_that_fails_is_taken_by_another(db: Database) -> Result<(), Error> {
    Job::insert_many((0..2).map(|_| NewJob { worker: None }))
        .execute(&db)
        .await?;
    let tx = db.begin().await?;
    let [first] = &take(1, 1, &tx).await?[..] else {
        panic!("one job")
    };
    let [second] = &take(2, 5, &db).await?[..] else {
        panic!("the other job")
    };
    assert_ne!(first.id, second.id);
    assert_eq!(take(3, 5, &db).await?, []);
    tx.rollback().await?;
    assert_eq!(take(3, 5, &db).await?[0].id, first.id);
    Ok(())
}

#[orm::test(setup = tables)]
async fn a_locked_row_is_an_error_at_once_where_that_is_said(db: Database) -> Result<(), Error> {
    Job::insert(NewJob { worker: None }).one(&db).await?;
    let tx = db.begin().await?;
    take(1, 1, &tx).await?;
    let delete = Job::query()
        .filter(|j| j.worker.is_null())
        .for_update()
        .nowait()
        .delete();
    assert_eq!(
        delete.execute(&db).await.unwrap_err().kind(),
        ErrorKind::LockNotAvailable
    );
    tx.commit().await?;
    let delete = Job::query().filter(|j| j.worker.eq(1)).for_update().nowait().delete();
    assert_eq!(delete.execute(&db).await?, 1);
    Ok(())
}

#[orm::test(setup = tables)]
async fn without_a_lock_clause_a_limited_write_waits_and_looks_again(db: Database) -> Result<(), Error> {
    Job::insert_many((0..2).map(|_| NewJob { worker: None }))
        .execute(&db)
        .await?;
    let oldest = || {
        Job::query()
            .filter(|j| j.worker.is_null())
            .order_by(|j| j.id.asc())
            .limit(1)
    };
    let tx = db.begin().await?;
    let first = oldest().update(|j| j.worker.set(1)).one(&tx).await?;
    let update = oldest().update(|j| j.worker.set(2));
    let delete = oldest().delete();
    let (pool, other) = (db.clone(), db.clone());
    let update = tokio::spawn(async move { update.all(&pool).await });
    let delete = tokio::spawn(async move { delete.all(&other).await });
    tokio::time::sleep(std::time::Duration::from_millis(100)).await;
    assert!(!update.is_finished() && !delete.is_finished(), "they wait for the row");
    tx.commit().await?;
    let later = [update.await.unwrap()?, delete.await.unwrap()?].concat();
    assert!(later.iter().all(|job| job.id != first.id), "{later:?}");
    assert_eq!(Job::find(first.id).one(&db).await?.worker, Some(1));
    Ok(())
}

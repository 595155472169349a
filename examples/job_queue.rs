//! A job queue in one statement: many workers, each job taken exactly once, none waits for another.

use std::collections::HashSet;
use std::time::Instant;

use orm::prelude::*;

#[derive(Model, Debug)]
#[orm(table = "jobs", index(id, where = "state = 'waiting'"))]
struct Job {
    #[orm(primary_key, generated)]
    id: i64,
    payload: String,
    #[orm(default = "'waiting'")]
    state: State,
    worker: Option<i32>,
}

/// Stored as text, with a CHECK.
#[derive(DbEnum, Debug, Clone, Copy, PartialEq, Eq)]
#[orm(text)]
enum State {
    Waiting,
    Done,
}

const JOBS: usize = 1_000;
const WORKERS: i32 = 8;

/// Takes up to ten waiting jobs and marks them: one statement, one round trip.
async fn take(worker: i32, db: &Database) -> Result<Vec<Job>, Error> {
    Job::query()
        .filter(|j| j.state.eq(State::Waiting))
        .order_by(|j| j.id.asc())
        .limit(10)
        .for_update()
        .skip_locked()
        .update(|j| (j.state.set(State::Done), j.worker.set(worker)))
        .all(db)
        .await
}

async fn work(worker: i32, db: Database) -> Result<Vec<i64>, Error> {
    let mut done = Vec::new();
    loop {
        let jobs = take(worker, &db).await?;
        if jobs.is_empty() {
            return Ok(done);
        }
        done.extend(jobs.iter().map(|job| job.id));
    }
}

#[tokio::main]
async fn main() -> Result<(), Box<dyn std::error::Error>> {
    let server = orm_embedded::TestDatabase::create().await?;
    let db = Database::connect(server.url()).await?;
    orm::create_all(&[Job::TABLE], &db).await?;
    let jobs = (0..JOBS).map(|n| NewJob {
        payload: format!("job {n}"),
        worker: None,
    });
    Job::insert_many(jobs).execute(&db).await?;

    let started = Instant::now();
    let workers: Vec<_> = (0..WORKERS)
        .map(|worker| tokio::spawn(work(worker, db.clone())))
        .collect();
    let mut taken = HashSet::new();
    for (worker, handle) in workers.into_iter().enumerate() {
        let done = handle.await??;
        println!("worker {worker} did {} jobs", done.len());
        for id in done {
            assert!(taken.insert(id), "job {id} was taken twice");
        }
    }
    assert_eq!(taken.len(), JOBS, "every job is taken");
    println!("{} jobs, each once, in {:?}", taken.len(), started.elapsed());
    let left = Job::query()
        .filter(|j| j.state.ne(State::Done) | j.worker.is_null())
        .count(&db)
        .await?;
    println!("{left} left");
    Ok(())
}

//! A job queue in a table: many workers, each job taken exactly once, none waits for another, and none polls.
//!
//! What is to do is in the table. A notification only says that it is worth looking, so one that is missed (the connection
//! was lost, the queue of a listener was full) costs nothing: the listener tells, and the worker looks again.

use std::collections::HashSet;
use std::time::Instant;

use orm::Listener;
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

const CHANNEL: &str = "jobs";
const JOBS: usize = 1_000;
const WORKERS: i32 = 8;

/// Adds jobs, and wakes the workers once they are committed.
async fn add(payloads: impl Iterator<Item = String>, db: &Database) -> Result<(), Error> {
    let jobs: Vec<_> = payloads.map(|payload| NewJob { payload, worker: None }).collect();
    db.transaction(async |tx| {
        Job::insert_many(jobs).execute(tx).await?;
        tx.notify(CHANNEL, "").await
    })
    .await
}

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

/// Works until it is told to stop.
async fn work(worker: i32, db: Database, mut listener: Listener) -> Result<Vec<i64>, Error> {
    let mut done = Vec::new();
    loop {
        // Looks first: there may be jobs from before it listened.
        loop {
            let jobs = take(worker, &db).await?;
            if jobs.is_empty() {
                break;
            }
            done.extend(jobs.iter().map(|job| job.id));
        }
        // Whatever the event is, also `Reconnected` or `Overflow`: there may be jobs.
        let event = listener.recv().await?;
        if event.notification().is_some_and(|told| told.payload() == "stop") {
            return Ok(done);
        }
    }
}

#[tokio::main]
async fn main() -> Result<(), Box<dyn std::error::Error>> {
    let server = orm_embedded::TestDatabase::create().await?;
    let db = Database::connect(server.url()).await?;
    orm::create_all(&[Job::TABLE], &db).await?;

    let started = Instant::now();
    add((0..JOBS / 2).map(|n| format!("early job {n}")), &db).await?;
    let mut workers = Vec::new();
    for worker in 0..WORKERS {
        // A real worker listens before it looks for the first time, as here.
        let listener = db.listen([CHANNEL]).await?;
        workers.push(tokio::spawn(work(worker, db.clone(), listener)));
    }
    for batch in 0..JOBS / 20 {
        add((0..10).map(|n| format!("job {n} of batch {batch}")), &db).await?;
    }
    // After all others: notifications come in the order of the commits.
    db.notify(CHANNEL, "stop").await?;

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

//! `transaction_with`: retries and other error types.

use std::sync::atomic::{AtomicU32, Ordering};

use orm_core::{Error, ErrorKind, Executor, Isolation};

use crate::support::*;

async fn counter(on: &dyn Executor) -> String {
    let table = unique("counter");
    on.batch(&format!(
        "CREATE TABLE {table} (n int8); INSERT INTO {table} VALUES (0)"
    ))
    .await
    .unwrap();
    table
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn serializable_increments_that_collide_are_run_again() {
    let db = builder().max_size(4).connect().await.unwrap();
    let table = counter(&db).await;
    let tasks: Vec<_> = (0..4)
        .map(|_| {
            let (db, table) = (db.clone(), table.clone());
            tokio::spawn(async move {
                for _ in 0..10 {
                    let table = &table;
                    db.transaction_with()
                        .isolation(Isolation::Serializable)
                        .retry(50)
                        .run(|tx| async move {
                            let n = all::<i64>(&tx, &sql(format!("SELECT n FROM {table}"))).await?[0];
                            let update = with(sql(format!("UPDATE {table} SET n = $1")), n + 1);
                            tx.run(&update, &mut Ignore).await
                        })
                        .await
                        .unwrap();
                }
            })
        })
        .collect();
    for task in tasks {
        task.await.unwrap();
    }
    assert_eq!(one::<i64>(&db, &format!("SELECT n FROM {table}")).await, 40);
    db.batch(&format!("DROP TABLE {table}")).await.unwrap();
}

#[derive(Debug)]
enum AppError {
    Orm(Error),
    Full,
}

impl From<Error> for AppError {
    fn from(error: Error) -> Self {
        Self::Orm(error)
    }
}

#[tokio::test]
async fn the_closure_has_its_own_error_and_is_not_run_again_for_it() {
    let db = database().await;
    let tries = AtomicU32::new(0);
    let tries = &tries;
    let result = db
        .transaction_with()
        .error::<AppError>()
        .retry(5)
        .run(|tx| async move {
            tries.fetch_add(1, Ordering::Relaxed);
            execute(&tx, "SELECT 1").await?;
            Err::<(), _>(AppError::Full)
        })
        .await;
    assert!(matches!(result, Err(AppError::Full)));
    assert_eq!(tries.load(Ordering::Relaxed), 1);
}

#[tokio::test]
async fn a_retryable_error_is_told_when_the_tries_are_used_up_also_through_the_apps_error() {
    let db = database().await;
    let tries = AtomicU32::new(0);
    let tries = &tries;
    let raise = "DO $$ BEGIN RAISE EXCEPTION USING ERRCODE = '40001', MESSAGE = 'a test''s own'; END $$";
    let result = db
        .transaction_with()
        .error::<AppError>()
        .retry(2)
        .run(|tx| async move {
            tries.fetch_add(1, Ordering::Relaxed);
            tx.batch(raise).await?;
            Ok(())
        })
        .await;
    match result {
        Err(AppError::Orm(error)) => assert_eq!(error.kind(), ErrorKind::SerializationFailure),
        other => panic!("{other:?}"),
    }
    assert_eq!(tries.load(Ordering::Relaxed), 3);
}

#[tokio::test]
async fn a_handle_kept_beyond_the_closure_is_refused() {
    let db = database().await;
    let kept = std::sync::Mutex::new(None);
    let keep = &kept;
    db.transaction_with()
        .run(|tx| async move {
            execute(&tx, "SELECT 1").await?;
            *keep.lock().unwrap() = Some(tx);
            Ok::<_, Error>(())
        })
        .await
        .unwrap();
    let tx = kept.lock().unwrap().take().unwrap();
    assert_eq!(
        execute(&tx, "SELECT 1").await.unwrap_err().kind(),
        ErrorKind::InvalidQuery
    );
}

//! What is done once a transaction is saved for certain.

use std::sync::{Arc, Mutex};

use orm_core::{Error, ErrorKind, Executor, Isolation, Scope, WithScope};

use crate::support::*;

/// What was done, in order.
#[derive(Clone, Default)]
struct Done(Arc<Mutex<Vec<u8>>>);

impl Done {
    fn notes(&self, what: u8) -> impl FnOnce() -> std::future::Ready<()> + Send + 'static {
        let done = self.clone();
        move || {
            done.0.lock().unwrap().push(what);
            std::future::ready(())
        }
    }

    fn take(&self) -> Vec<u8> {
        std::mem::take(&mut self.0.lock().unwrap())
    }
}

#[tokio::test]
async fn actions_are_run_after_the_commit_only_and_with_the_connection_given_back() {
    let watched = Watched::new(1).await;
    let done = Done::default();
    let table = unique("after");
    let ddl = format!("CREATE TABLE {table} (id int8)");
    watched.admin.batch(&ddl).await.unwrap();
    let (db, log) = (watched.db.clone(), done.clone());
    let count = format!("SELECT count(*) FROM {table}");
    watched
        .db
        .transaction(async |tx| {
            tx.after_commit(done.notes(1));
            let (db, log, count) = (db.clone(), log.clone(), count.clone());
            // The pool has one connection: it is free by then, and what was written is seen.
            tx.after_commit(async move || {
                assert_eq!(one::<i64>(&db, &count).await, 1);
                log.0.lock().unwrap().push(2);
                Ok(())
            });
            execute(tx, &format!("INSERT INTO {table} VALUES (1)")).await?;
            assert!(done.take().is_empty());
            Ok(())
        })
        .await
        .unwrap();
    assert_eq!(done.take(), [1, 2]);
    watched.admin.batch(&format!("DROP TABLE {table}")).await.unwrap();
}

#[tokio::test]
async fn each_way_to_commit_runs_them_and_no_other_end_does() {
    let watched = Watched::new(1).await;
    let (db, done) = (&watched.db, Done::default());
    let tx = db.begin().await.unwrap();
    tx.after_commit(done.notes(1));
    tx.commit().await.unwrap(); // Also where there was nothing to save.
    assert_eq!(done.take(), [1]);
    let tx = db.begin().await.unwrap();
    tx.after_commit(done.notes(2));
    execute(&tx.and_commit(), "SELECT 1").await.unwrap();
    assert_eq!(done.take(), [2]);
    db.transaction_with()
        .isolation(Isolation::Serializable)
        .run(|tx| {
            tx.after_commit(done.notes(3));
            async move { execute(&tx, "SELECT 1").await }
        })
        .await
        .unwrap();
    let dynamic: &dyn Executor = db;
    let on = dynamic.transaction_with();
    on.run(async |tx: Arc<orm_core::Transaction>| {
        tx.after_commit(done.notes(4));
        execute(&tx, "SELECT 1").await
    })
    .await
    .unwrap();
    let scoped = db.scoped(Scope::new().set("app.x", 1_i64));
    let tx = scoped.begin().await.unwrap();
    tx.after_commit(done.notes(5));
    execute(&tx, "SELECT 1").await.unwrap();
    tx.commit().await.unwrap();
    assert_eq!(done.take(), [3, 4, 5]);

    let tx = db.begin().await.unwrap();
    tx.after_commit(done.notes(9));
    tx.rollback().await.unwrap();
    let tx = db.begin().await.unwrap();
    tx.after_commit(done.notes(9));
    drop(tx);
    let tx = db.begin().await.unwrap();
    tx.after_commit(done.notes(9));
    assert!(execute(&tx, "SELECT 1 / 0").await.is_err());
    assert!(tx.commit().await.is_err());
    let tx = db.begin().await.unwrap();
    tx.after_commit(done.notes(9));
    assert!(execute(&tx.and_commit(), "SELECT 1 / 0").await.is_err());
    assert!(done.take().is_empty());
}

#[tokio::test]
async fn those_of_a_savepoint_wait_for_the_transaction_and_go_with_a_rollback() {
    let watched = Watched::new(1).await;
    let done = Done::default();
    watched
        .db
        .transaction(async |tx| {
            tx.after_commit(done.notes(1));
            tx.transaction(async |outer| {
                outer.after_commit(done.notes(2));
                let inner = outer.begin().await?;
                inner.after_commit(done.notes(3));
                inner.commit().await
            })
            .await?;
            let failed = tx.transaction(async |outer| {
                let inner = outer.begin().await?;
                inner.after_commit(done.notes(9));
                inner.commit().await?;
                Err::<(), _>(Error::new(ErrorKind::NotFound, "a test's own"))
            });
            assert!(failed.await.is_err());
            assert!(done.take().is_empty());
            tx.after_commit(done.notes(4));
            Ok(())
        })
        .await
        .unwrap();
    assert_eq!(done.take(), [1, 2, 3, 4]);
}

#[tokio::test]
async fn one_that_fails_or_panics_undoes_nothing_and_is_told() {
    let watched = Watched::new(1).await;
    let done = Done::default();
    let table = unique("failing");
    let ddl = format!("CREATE TABLE {table} (id int8)");
    watched.admin.batch(&ddl).await.unwrap();
    for way in 0..2 {
        let tx = watched.db.begin().await.unwrap();
        execute(&tx, &format!("INSERT INTO {table} VALUES (1)")).await.unwrap();
        tx.after_commit(async move || -> Result<(), Error> {
            assert!(way == 0, "a test's own canary");
            Err(Error::new(ErrorKind::SerializationFailure, "the mail was not sent"))
        });
        tx.after_commit(done.notes(1));
        let error = tx.commit().await.unwrap_err();
        assert_eq!(error.kind(), ErrorKind::AfterCommit);
        assert!(!error.is_retryable(), "it is committed");
        let said = if way == 0 { "the mail was not sent" } else { "panicked" };
        assert!(error.to_string().contains(said), "{error}");
        assert!(error.to_string().contains("is committed"), "{error}");
        assert!(!format!("{error} {error:?}").contains("canary"));
        assert_eq!(done.take(), [1], "the next one is run all the same");
    }
    assert_eq!(
        one::<i64>(&watched.admin, &format!("SELECT count(*) FROM {table}")).await,
        2
    );
    watched.is_whole().await;
    watched.admin.batch(&format!("DROP TABLE {table}")).await.unwrap();
}

#[tokio::test]
async fn where_the_outcome_is_unknown_they_are_not_run() {
    let watched = Watched::new(1).await;
    let done = Done::default();
    let table = unique("unknown_after");
    watched
        .admin
        .batch(&format!(
            "CREATE TABLE {table} (id int8);
             CREATE FUNCTION {table}_slow() RETURNS trigger LANGUAGE plpgsql AS 'BEGIN PERFORM pg_sleep(50); RETURN NULL; END';
             CREATE CONSTRAINT TRIGGER slow AFTER INSERT ON {table} DEFERRABLE INITIALLY DEFERRED
             FOR EACH ROW EXECUTE FUNCTION {table}_slow()"
        ))
        .await
        .unwrap();
    let tx = watched.db.begin().await.unwrap();
    tx.after_commit(done.notes(9));
    execute(&tx, &format!("INSERT INTO {table} VALUES (1)")).await.unwrap();
    let (committed, ()) = tokio::join!(tx.commit(), async {
        watched.runs("COMMIT").await;
        watched.terminate().await;
    });
    assert_eq!(committed.unwrap_err().kind(), ErrorKind::CommitUnknown);
    assert!(done.take().is_empty());
    let ddl = format!("DROP TABLE {table}; DROP FUNCTION {table}_slow()");
    watched.admin.batch(&ddl).await.unwrap();
}

//! BEGIN along with the first statement, COMMIT along with the last.

use std::time::Duration;

use orm_core::{Error, ErrorKind, Executor, Isolation, Scope, TransactionOptions, WithScope, count_statements};
use orm_postgres::Database;

use crate::support::*;
use crate::wire::Wire;

/// A pool of one behind a proxy that sees its bytes, with a table.
struct Wired {
    wire: Wire,
    db: Database,
    admin: Database,
    table: String,
}

impl Wired {
    async fn new() -> Self {
        let wire = Wire::new().await;
        let wired = Database::builder().url(wire.url()).max_size(1);
        let (db, admin, table) = (wired.connect().await.unwrap(), database().await, unique("opening"));
        let ddl = format!("CREATE TABLE {table} (name text UNIQUE)");
        admin.batch(&ddl).await.unwrap();
        Self { wire, db, admin, table }
    }

    async fn insert(&self, on: &dyn Executor, name: &str) -> Result<u64, Error> {
        let statement = with(sql(format!("INSERT INTO {} VALUES ($1)", self.table)), name.to_owned());
        on.run(&statement, &mut Ignore).await
    }

    async fn count(&self) -> i64 {
        one(&self.admin, &format!("SELECT count(*) FROM {}", self.table)).await
    }

    /// Runs what must send these bytes before any answer has come.
    async fn sends_without_waiting<T>(&self, bytes: &str, future: impl Future<Output = T>) -> T {
        self.wire.withhold_until(bytes);
        let output = tokio::time::timeout(Duration::from_secs(30), future).await;
        assert!(!self.wire.withholds(), "{bytes} was sent only after an answer");
        output.unwrap()
    }

    async fn end(&self) {
        self.admin.batch(&format!("DROP TABLE {}", self.table)).await.unwrap();
    }
}

#[tokio::test]
async fn nothing_is_sent_for_a_transaction_without_statements() {
    let db = database().await;
    let (done, statements) = count_statements(async {
        db.begin().await?.commit().await?;
        db.begin().await?.rollback().await?;
        drop(db.begin().await?);
        let connection = db.connection().await?;
        connection.begin().await?.commit().await?;
        db.transaction(async |_| Ok(())).await?;
        db.transaction_with().run(|_| async { Ok(()) }).await
    })
    .await;
    done.unwrap();
    assert_eq!((statements.total(), statements.transaction_commands()), (0, 0));
}

#[tokio::test]
async fn begin_goes_along_with_the_first_statement_and_commit_with_the_last() {
    let wired = Wired::new().await;
    // The first times on a connection things are prepared.
    for name in ["zeroth", "first"] {
        let tx = wired.db.begin().await.unwrap();
        wired.insert(&tx, name).await.unwrap();
        tx.commit().await.unwrap();
    }

    let tx = wired.db.begin().await.unwrap();
    let inserting = wired.insert(&tx, "second");
    wired.sends_without_waiting("second", inserting).await.unwrap();
    let last = tx.and_commit();
    let inserting = wired.insert(&last, "third");
    wired.sends_without_waiting("COMMIT", inserting).await.unwrap();
    assert_eq!(wired.count().await, 4);

    // All of it at once.
    let last = wired.db.begin().await.unwrap().and_commit();
    let inserting = wired.insert(&last, "fourth");
    wired.sends_without_waiting("COMMIT", inserting).await.unwrap();
    assert_eq!(wired.count().await, 5);

    let scoped = wired.db.scoped(Scope::new().set("app.tenant", 7).role("pg_monitor"));
    let tenant = sql("SELECT current_user || current_setting('app.tenant')");
    assert_eq!(all::<String>(&scoped, &tenant).await.unwrap(), ["pg_monitor7"]);
    let reading = all::<String>(&scoped, &tenant);
    let read = wired.sends_without_waiting("COMMIT", reading).await.unwrap();
    assert_eq!(read, ["pg_monitor7"]);
    wired.end().await;
}

#[tokio::test]
async fn a_statement_is_never_run_outside_of_a_transaction_whose_begin_failed() {
    let wired = Wired::new().await;
    let tx = wired.db.begin().await.unwrap();
    wired.insert(&tx, "prepared").await.unwrap();
    tx.rollback().await.unwrap();
    let scope = || Scope::new().set("app.tenant", 7);
    wired.insert(&wired.db.scoped(scope()), "scoped").await.unwrap();
    let count = wired.count().await;
    for way in 0..5 {
        // Both are prepared on each connection, so that nothing is waited for.
        for name in ["x", "y"] {
            let tx = wired.db.begin().await.unwrap();
            wired.insert(&tx, name).await.unwrap();
            tx.rollback().await.unwrap();
            let tx = wired.db.scoped(scope()).begin().await.unwrap();
            wired.insert(&tx, name).await.unwrap();
            tx.rollback().await.unwrap();
        }
        wired.wire.replace("BEGIN", "BEGIM");
        let failed = match wired.db.begin().await.unwrap() {
            tx if way == 0 => wired.insert(&tx, "lost").await.map(drop),
            tx if way == 1 => tx.batch(&format!("INSERT INTO {} VALUES ('lost')", wired.table)).await,
            tx if way == 2 => wired.insert(&tx.and_commit(), "lost").await.map(drop),
            tx if way == 3 => tx.begin().await.map(drop),
            tx => {
                drop(tx);
                wired.insert(&wired.db.scoped(scope()), "lost").await.map(drop)
            }
        };
        assert_eq!(
            failed.unwrap_err().kind(),
            ErrorKind::Syntax,
            "way {way}: that of BEGIN"
        );
        assert_eq!(wired.count().await, count, "way {way}");
        // The pool throws the connection away.
        assert_eq!(one::<i32>(&wired.db, "SELECT 1").await, 1);
    }
    wired.end().await;
}

#[tokio::test]
async fn what_only_reads_goes_along_without_a_guard_and_gives_nothing_where_begin_failed() {
    let wired = Wired::new().await;
    let mut read = sql("SELECT 'what is read'::text");
    read.only_reads = true;
    for _ in 0..3 {
        let tx = wired.db.begin().await.unwrap();
        assert_eq!(all::<String>(&tx, &read).await.unwrap(), ["what is read"]);
    }
    let tx = wired.db.begin().await.unwrap();
    let marked = with(sql("SELECT $1"), "a marked read".to_owned());
    let marked = orm_core::Statement {
        only_reads: true,
        ..marked
    };
    for _ in 0..2 {
        assert_eq!(all::<String>(&tx, &marked).await.unwrap(), ["a marked read"]);
    }
    drop(tx);
    let tx = wired.db.begin().await.unwrap();
    let reading = all::<String>(&tx, &marked);
    wired.sends_without_waiting("a marked read", reading).await.unwrap();
    drop(tx);
    wired.wire.replace("BEGIN", "BEGIM");
    let tx = wired.db.begin().await.unwrap();
    let (first, second) = tokio::join!(all::<String>(&tx, &read), wired.insert(&tx, "lost"));
    assert_eq!(first.unwrap_err().kind(), ErrorKind::Syntax);
    assert_eq!(second.unwrap_err().kind(), ErrorKind::TransactionAborted);
    drop(tx);
    assert_eq!(wired.count().await, 0);
    wired.end().await;
}

#[tokio::test]
async fn statements_of_a_transaction_whose_begin_failed_are_refused() {
    let wired = Wired::new().await;
    wired.wire.replace("BEGIN", "BEGIM");
    let tx = wired.db.begin().await.unwrap();
    let (first, second) = tokio::join!(wired.insert(&tx, "a"), wired.insert(&tx, "b"));
    assert_eq!(first.unwrap_err().kind(), ErrorKind::Syntax);
    assert_eq!(second.unwrap_err().kind(), ErrorKind::TransactionAborted);
    assert_eq!(
        wired.insert(&tx, "c").await.unwrap_err().kind(),
        ErrorKind::TransactionAborted
    );
    assert_eq!(tx.commit().await.unwrap_err().kind(), ErrorKind::TransactionAborted);
    assert_eq!(wired.count().await, 0);
    wired.end().await;
}

#[tokio::test]
async fn modes_that_the_server_refuses_leave_a_failed_transaction_and_not_none() {
    let wired = Wired::new().await;
    let serializable = TransactionOptions {
        isolation: Some(Isolation::Serializable),
        ..TransactionOptions::default()
    };
    let pid = "SELECT pg_backend_pid()";
    let before: i32 = one(&wired.db, pid).await;
    for _ in 0..2 {
        // Refused when it is run, as a standby refuses it, and not by the parser.
        let level = " ISOLATION LEVEL SERIALIZABLE";
        wired
            .wire
            .replace(level, &format!(" SNAPSHOT '{}'", "x".repeat(level.len() - 12)));
        let tx = wired.db.begin_with(serializable).await.unwrap();
        let error = wired.insert(&tx, "lost").await.unwrap_err();
        assert_eq!(error.kind(), ErrorKind::Database, "that of the modes: {error}");
        assert_eq!(tx.commit().await.unwrap_err().kind(), ErrorKind::TransactionAborted);
        assert_eq!(wired.count().await, 0);
        let tx = wired.db.begin_with(serializable).await.unwrap();
        wired.insert(&tx, "prepared").await.unwrap();
        tx.rollback().await.unwrap();
    }
    assert_eq!(
        one::<i32>(&wired.db, pid).await,
        before,
        "the connection is as good as before"
    );
    wired.end().await;
}

#[tokio::test]
async fn begin_goes_along_after_the_session_was_discarded() {
    let db = builder().max_size(1).connect().await.unwrap();
    let connection = db.connection().await.unwrap();
    for (n, text) in ["DISCARD ALL", "DEALLOCATE ALL"].into_iter().enumerate() {
        let tx = connection.begin().await.unwrap();
        assert_eq!(one::<i32>(&tx, &format!("SELECT 1 + {n}")).await, 1 + n as i32);
        tx.commit().await.unwrap();
        connection.batch(text).await.unwrap();
        // What the transaction prepared for itself is gone, and nobody is told of it.
        let tx = connection.begin().await.unwrap();
        assert_eq!(one::<i32>(&tx, &format!("SELECT 2 + {n}")).await, 2 + n as i32);
        tx.commit().await.unwrap();
        execute(&connection, text).await.unwrap();
    }
}

#[tokio::test]
async fn set_transaction_and_set_constraints_are_first_in_their_transaction() {
    let db = database().await;
    let tx = db.begin().await.unwrap();
    execute(&tx, "SET TRANSACTION ISOLATION LEVEL SERIALIZABLE")
        .await
        .unwrap();
    let level = "SELECT current_setting('transaction_isolation')";
    assert_eq!(one::<String>(&tx, level).await, "serializable");
    let tx = db.begin().await.unwrap();
    tx.batch("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ")
        .await
        .unwrap();
    assert_eq!(one::<String>(&tx, level).await, "repeatable read");
}

#[tokio::test]
async fn the_last_statements_failure_commits_nothing_and_is_told() {
    let watched = Watched::new(1).await;
    let table = unique("last");
    let ddl = format!("CREATE TABLE {table} (id int8 UNIQUE, late int8 UNIQUE DEFERRABLE INITIALLY DEFERRED)");
    watched.admin.batch(&ddl).await.unwrap();
    let insert = |id: i64, late: i64| format!("INSERT INTO {table} VALUES ({id}, {late})");
    let count = format!("SELECT count(*) FROM {table}");
    for _ in 0..2 {
        let tx = watched.db.begin().await.unwrap();
        execute(&tx, &insert(1, 1)).await.unwrap();
        let error = execute(&tx.and_commit(), &insert(1, 2)).await.unwrap_err();
        assert_eq!(
            (error.kind(), error.sqlstate()),
            (ErrorKind::UniqueViolation, Some("23505"))
        );
        // What only the commit finds.
        let tx = watched.db.begin().await.unwrap();
        execute(&tx, &insert(1, 1)).await.unwrap();
        let error = execute(&tx.and_commit(), &insert(2, 1)).await.unwrap_err();
        assert_eq!(error.kind(), ErrorKind::UniqueViolation);
        // A transaction that had failed before.
        let tx = watched.db.begin().await.unwrap();
        assert!(execute(&tx, "SELECT 1 / 0").await.is_err());
        let error = execute(&tx.and_commit(), &insert(3, 3)).await.unwrap_err();
        assert_eq!(error.kind(), ErrorKind::TransactionAborted);
        assert_eq!(one::<i64>(&watched.admin, &count).await, 0);
        watched.is_at_rest().await;
        watched.is_whole().await;
    }
    watched.admin.batch(&format!("DROP TABLE {table}")).await.unwrap();
}

#[tokio::test]
async fn and_commit_is_for_one_statement_on_a_savepoint_too() {
    let watched = Watched::new(1).await;
    let table = unique("once");
    let ddl = format!("CREATE TABLE {table} (id int8)");
    watched.admin.batch(&ddl).await.unwrap();
    let insert = format!("INSERT INTO {table} VALUES (1)");
    let tx = watched.db.begin().await.unwrap();
    let inner = tx.begin().await.unwrap();
    execute(&inner.and_commit(), &insert).await.unwrap();
    let inner = tx.begin().await.unwrap();
    assert!(execute(&inner.and_commit(), "SELECT 1 / 0").await.is_err());
    drop(tx.begin().await.unwrap().and_commit()); // Unused, it is rolled back.
    let last = tx.and_commit();
    assert!(last.open(sql("SELECT 1")).await.is_err());
    execute(&last, &insert).await.unwrap();
    let error = execute(&last, &insert).await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::InvalidQuery);
    assert!(error.to_string().contains("and_commit"), "{error}");
    drop(watched.db.begin().await.unwrap().and_commit());
    let last = watched.db.begin().await.unwrap().and_commit();
    last.batch(&insert).await.unwrap();
    // A query of several statements begins what is the transaction itself.
    let last = watched.db.begin().await.unwrap().and_commit();
    let several = last.begin().await.unwrap();
    execute(&several, &insert).await.unwrap();
    several.commit().await.unwrap();
    let count = format!("SELECT count(*) FROM {table}");
    assert_eq!(one::<i64>(&watched.admin, &count).await, 4);
    watched.is_at_rest().await;
    watched.admin.batch(&format!("DROP TABLE {table}")).await.unwrap();
}

#[tokio::test]
async fn a_row_that_cannot_be_read_is_told_of_a_transaction_that_is_committed() {
    let watched = Watched::new(1).await;
    let table = unique("undecodable");
    let ddl = format!("CREATE TABLE {table} (id int8)");
    watched.admin.batch(&ddl).await.unwrap();
    let last = watched.db.begin().await.unwrap().and_commit();
    let insert = sql(format!("INSERT INTO {table} VALUES (NULL) RETURNING id"));
    assert_eq!(all::<i64>(&last, &insert).await.unwrap_err().kind(), ErrorKind::Decode);
    let count = format!("SELECT count(*) FROM {table}");
    assert_eq!(one::<i64>(&watched.admin, &count).await, 1);
    // A column of another type is found before anything is run.
    let last = watched.db.begin().await.unwrap().and_commit();
    let error = all::<String>(&last, &insert).await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::ColumnType);
    assert_eq!(one::<i64>(&watched.admin, &count).await, 1);
    watched.is_at_rest().await;
    watched.is_whole().await;
    watched.admin.batch(&format!("DROP TABLE {table}")).await.unwrap();
}

#[tokio::test]
async fn a_connection_lost_under_the_last_statement_leaves_the_outcome_unknown() {
    let watched = Watched::new(1).await;
    let table = unique("lost_last");
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
    let last = watched.db.begin().await.unwrap().and_commit();
    let insert = format!("INSERT INTO {table} VALUES (1)");
    let (committed, ()) = tokio::join!(execute(&last, &insert), async {
        watched.runs("COMMIT").await;
        watched.terminate().await;
    });
    assert_eq!(committed.unwrap_err().kind(), ErrorKind::CommitUnknown);
    // Killed in the statement itself, the server says so: COMMIT was not run.
    let last = watched.db.begin().await.unwrap().and_commit();
    let (lost, ()) = tokio::join!(execute(&last, LONG), async {
        watched.runs("pg_sleep").await;
        watched.terminate().await;
    });
    assert_eq!(lost.unwrap_err().kind(), ErrorKind::ConnectionLost);
    watched.is_whole().await;
    let ddl = format!("DROP TABLE {table}; DROP FUNCTION {table}_slow()");
    watched.admin.batch(&ddl).await.unwrap();
}

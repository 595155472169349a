//! Texts of the program's own that the driver cannot follow: they are errors, and leave no connection out of step.

use orm::prelude::*;

use crate::support::{Arena, PATIENCE, by_hand};

/// COPY by other means than `copy_in`: the server waits for data, or sends some that nobody reads.
const COPIES: [&str; 4] = [
    "COPY t FROM STDIN",
    "COPY t TO STDOUT",
    "SELECT 1; COPY t FROM STDIN; SELECT 2",
    "SELECT 1; COPY t TO STDOUT; SELECT 2",
];

/// By a statement made by hand; `sql!` refuses it at compile time.
async fn by_statement(db: &dyn Executor, text: &'static str) -> Result<u64, Error> {
    db.run(&by_hand(text), &mut Nothing).await
}

struct Nothing;

impl orm::RowSink for Nothing {
    fn columns(&mut self, _: &[orm::ResultColumn]) -> Result<(), Error> {
        Ok(())
    }

    fn row(&mut self, _: &orm::Row<'_>) -> Result<(), Error> {
        Ok(())
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn bug_a_connection_whose_answers_were_not_understood_was_used_on() {
    let arena = Arena::new().await;
    let db = arena.builder().max_size(1).connect().await.unwrap();
    arena
        .run("CREATE TABLE t (id int8); INSERT INTO t SELECT generate_series(1, 5000)")
        .await;
    for (number, text) in COPIES.into_iter().chain(COPIES).enumerate() {
        let held = db.connection().await.unwrap();
        let by_hand = number >= COPIES.len() && !text.contains(';');
        let told = tokio::time::timeout(PATIENCE, async {
            if by_hand {
                by_statement(&held, text).await.map(drop)
            } else {
                held.batch(text).await
            }
        });
        let error = told.await.expect(text).expect_err(text);
        assert_eq!(error.kind(), ErrorKind::Database, "{text}: {error}");
        let error = sql!("SELECT 7").one::<i32>(&held).await.expect_err(text);
        assert_eq!(error.kind(), ErrorKind::ConnectionLost, "{text}: {error}");
        assert!(error.to_string().contains("not understood"), "{text}: {error}");
        drop(held);
        let next = tokio::time::timeout(PATIENCE, sql!("SELECT 7").one::<i32>(&db)).await;
        assert_eq!(next.expect(text).expect(text), 7);
    }
    let tx = db.begin().await.unwrap();
    tx.batch(COPIES[0]).await.unwrap_err();
    assert_eq!(tx.commit().await.unwrap_err().kind(), ErrorKind::TransactionAborted);
    arena.ends_clean([db]).await;
}

/// tokio-postgres looks up types by statements of its own, and never prepares these again.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn bug_after_deallocate_all_a_connection_of_the_pool_found_no_types_for_ever() {
    let arena = Arena::new().await;
    let types = ["one", "two"].map(|name| format!("CREATE TYPE {name} AS ENUM ('good');"));
    arena.run(&types.concat()).await;
    for text in ["DEALLOCATE ALL", "DISCARD ALL"] {
        let db = arena.builder().max_size(1).connect().await.unwrap();
        db.run(&by_hand("SELECT 'good'::one"), &mut Nothing).await.unwrap();
        let held = db.connection().await.unwrap();
        held.batch(text).await.unwrap();
        // It may fail here, but then the connection is not used again.
        if let Err(error) = held.run(&by_hand("SELECT 'good'::two"), &mut Nothing).await {
            assert_eq!(error.sqlstate(), Some("26000"), "{text}: {error}");
            let error = held.batch("SELECT 1").await.unwrap_err();
            assert!(error.to_string().contains("DISCARD ALL"), "{error}");
        }
        drop(held);
        let rows = db.run(&by_hand("SELECT 'good'::two"), &mut Nothing).await;
        assert_eq!(rows.unwrap(), 1, "{text}");
        arena.is_whole(&db).await;
        db.close();
    }
    arena.ends_clean([]).await;
}

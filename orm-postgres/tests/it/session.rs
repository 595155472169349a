//! What a borrower changed is not there for the next.

use orm_core::Executor;

use crate::support::*;

#[tokio::test]
async fn roles_settings_locks_and_temporary_tables_do_not_reach_the_next_borrower() {
    let watched = Watched::new(1).await;
    {
        let connection = watched.db.connection().await.unwrap();
        connection
            .batch(
                "SET ROLE pg_monitor; SET search_path = nowhere; CREATE TEMP TABLE left_behind (a int);
                 SELECT pg_advisory_lock(4242); LISTEN something",
            )
            .await
            .unwrap_or_else(|error| panic!("{error}"));
    }
    watched.has_no_lock(4242).await;
    let connection = watched.db.connection().await.unwrap();
    assert!(one::<bool>(&connection, "SELECT current_user = session_user").await);
    assert_ne!(
        one::<String>(&connection, "SELECT current_setting('search_path')").await,
        "nowhere"
    );
    assert_eq!(
        one::<i64>(
            &connection,
            "SELECT count(*) FROM pg_class WHERE relname = 'left_behind'"
        )
        .await,
        0
    );
    assert_eq!(
        one::<i64>(&connection, "SELECT count(*) FROM pg_listening_channels()").await,
        0
    );
    assert_eq!(
        one::<String>(&connection, "SELECT current_setting('statement_timeout')").await,
        "1min"
    );
}

#[tokio::test]
async fn a_statement_that_sets_something_is_noticed_too() {
    let watched = Watched::new(1).await;
    let db = &watched.db;
    execute(db, "SET ROLE pg_monitor").await.unwrap();
    assert!(one::<bool>(db, "SELECT current_user = session_user").await);
    execute(db, "SELECT set_config('search_path', 'nowhere', false)")
        .await
        .unwrap();
    assert_ne!(
        one::<String>(db, "SELECT current_setting('search_path')").await,
        "nowhere"
    );
    execute(db, "SELECT pg_advisory_lock(4243)").await.unwrap();
    watched.has_no_lock(4243).await;
}

#[tokio::test]
async fn a_transaction_begun_by_text_does_not_reach_the_next_borrower() {
    let watched = Watched::new(1).await;
    for text in ["BEGIN; SELECT 1", "START TRANSACTION; SELECT 1", "BEGIN; SELECT 1 / 0"] {
        let _ = watched.db.batch(text).await;
        watched.is_at_rest().await;
        assert_eq!(one::<i32>(&watched.db, "SELECT 1").await, 1, "{text}");
        watched.is_at_rest().await;
    }
}

#[tokio::test]
async fn the_statement_cache_stays_valid_over_a_reset() {
    let db = builder().max_size(1).connect().await.unwrap();
    assert_eq!(one::<i32>(&db, "SELECT 11 /* kept over a reset */").await, 11);
    db.batch("SET search_path = nowhere").await.unwrap();
    assert_eq!(one::<i32>(&db, "SELECT 11 /* kept over a reset */").await, 11);
    let prepared = "SELECT count(*) FROM pg_prepared_statements WHERE statement LIKE '%11 /* kept%'";
    assert_eq!(one::<i64>(&db, prepared).await, 2, "it and this question");
}

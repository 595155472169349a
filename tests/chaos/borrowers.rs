//! What a borrower changes in its session the next one does not find.

use std::sync::atomic::{AtomicUsize, Ordering};

use futures_util::{StreamExt, stream};
use orm::Connection;
use orm::prelude::*;

use crate::support::{Arena, PATIENCE, Random, rounds};

/// What can be left in a session. `{n}` is another number for each borrower.
const TRACES: [&str; 24] = [
    "SET ROLE visitor",
    "SET SESSION AUTHORIZATION visitor",
    "SET search_path = elsewhere, pg_catalog",
    "SELECT set_config('search_path', 'elsewhere', false)",
    "SET app.tenant = '{n}'",
    "SET SESSION app.tenant TO '{n}'",
    "SELECT set_config('app.tenant', '{n}', false)",
    "SET default_transaction_read_only = on",
    "SET SESSION CHARACTERISTICS AS TRANSACTION ISOLATION LEVEL SERIALIZABLE",
    "SET statement_timeout = 12345",
    "SET TIME ZONE 'Asia/Tokyo'",
    "SET client_encoding = 'LATIN1'",
    "CREATE TEMP TABLE notes (id int8)",
    "SELECT {n} AS id INTO TEMP notes",
    "CREATE TEMP VIEW notes AS SELECT 1",
    "SELECT pg_advisory_lock({n})",
    "SELECT pg_advisory_lock_shared({n}), pg_try_advisory_lock({n}, 1)",
    "LISTEN news",
    "PREPARE mine AS SELECT {n}",
    "DECLARE mine CURSOR WITH HOLD FOR SELECT generate_series(1, 10)",
    "SELECT nextval('numbers'), currval('numbers')",
    "BEGIN; SET LOCAL app.tenant = '{n}'",
    "BEGIN; SELECT pg_advisory_xact_lock({n}); SELECT 1 / 0",
    "DO $$ BEGIN PERFORM set_config('app.tenant', '{n}', false); PERFORM pg_advisory_lock({n}); END $$",
];

/// How a borrower leaves.
#[derive(Debug, Clone, Copy)]
enum Leaving {
    GivingBack,
    InATransaction,
    InTheMiddleOfAStatement,
    Panicking,
}

/// What this session has that a new one has not.
async fn traces(connection: &Connection) -> String {
    let found = sql!(
        "SELECT concat_ws(', ',
            CASE WHEN current_user <> 'postgres' OR session_user <> 'postgres' THEN 'user ' || current_user END,
            CASE WHEN current_schemas(false) <> '{{public}}' THEN 'search_path ' || current_setting('search_path') END,
            'app.tenant ' || nullif(current_setting('app.tenant', true), ''),
            (SELECT string_agg(name || ' ' || setting, ', ') FROM pg_settings WHERE source = 'session'
                AND name <> 'client_encoding'),
            CASE WHEN current_setting('client_encoding') <> 'UTF8' THEN 'client_encoding' END,
            (SELECT 'temporary ' || relname FROM pg_class WHERE relnamespace = pg_my_temp_schema() LIMIT 1),
            (SELECT 'lock ' || objid FROM pg_locks WHERE pid = pg_backend_pid() AND locktype = 'advisory' LIMIT 1),
            (SELECT 'channel ' || channel FROM pg_listening_channels() channel LIMIT 1),
            (SELECT 'statement ' || name FROM pg_prepared_statements WHERE from_sql LIMIT 1),
            (SELECT 'cursor ' || name FROM pg_cursors WHERE name <> '' LIMIT 1))"
    );
    found.one(connection).await.unwrap()
}

/// Finds nothing, leaves traces, and goes.
async fn borrow(db: Database, number: usize) {
    let mut random = Random::new(number);
    let connection = db.connection().await.unwrap();
    assert_eq!(traces(&connection).await, "", "borrower {number} finds");
    let value: Option<i64> = sql!("SELECT lastval()").one(&connection).await.ok();
    assert_eq!(value, None, "borrower {number} finds the last number of a sequence");
    for _ in 0..=random.below(3) {
        let trace = TRACES[usize::try_from(random.below(TRACES.len() as u64)).unwrap()];
        let trace = trace.replace("{n}", &(number + 1).to_string());
        let _refused = connection.batch(&trace).await;
    }
    // A session that is thrown away costs a new one, so most are given back.
    let leaving = match random.below(20) {
        0 => Leaving::InTheMiddleOfAStatement,
        1 => Leaving::Panicking,
        2..6 => Leaving::InATransaction,
        _ => Leaving::GivingBack,
    };
    match leaving {
        Leaving::GivingBack => {}
        Leaving::InATransaction => drop(connection.begin().await),
        Leaving::InTheMiddleOfAStatement => {
            let running = connection.batch("SELECT pg_sleep(50)");
            let _elapsed = tokio::time::timeout(std::time::Duration::from_millis(1), running).await;
        }
        Leaving::Panicking => std::panic::resume_unwind(Box::new("a panic that no hook tells")),
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_thousand_borrowers_find_nothing_of_each_other() {
    let arena = Arena::new().await;
    // Roles belong to the whole server.
    arena
        .run(
            "DO $$ BEGIN CREATE ROLE visitor; EXCEPTION WHEN duplicate_object OR unique_violation THEN NULL; END $$;
             CREATE SCHEMA elsewhere; CREATE SEQUENCE numbers",
        )
        .await;
    let db = arena
        .builder()
        .max_size(4)
        .wait_timeout(PATIENCE)
        .connect()
        .await
        .unwrap();
    let panicked = AtomicUsize::new(0);
    let all = stream::iter(0..rounds(1_000)).for_each_concurrent(6, async |number| {
        match tokio::spawn(borrow(db.clone(), number)).await {
            Ok(()) => {}
            Err(error) => match error.into_panic().downcast::<&str>() {
                Ok(_) => drop(panicked.fetch_add(1, Ordering::SeqCst)),
                Err(failed) => std::panic::resume_unwind(failed),
            },
        }
    });
    all.await;
    assert!(panicked.into_inner() > 0);
    arena.ends_clean([db]).await;
}

/// Each trace by itself, on one connection, so that none hides another.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn every_trace_is_one_and_is_gone() {
    let arena = Arena::new().await;
    arena
        .run(
            "DO $$ BEGIN CREATE ROLE visitor; EXCEPTION WHEN duplicate_object OR unique_violation THEN NULL; END $$;
             CREATE SCHEMA elsewhere; CREATE SEQUENCE numbers",
        )
        .await;
    let db = arena.builder().max_size(1).connect().await.unwrap();
    for trace in TRACES {
        let connection = db.connection().await.unwrap();
        let session: i32 = sql!("SELECT pg_backend_pid()").one(&connection).await.unwrap();
        let _refused = connection.batch(&trace.replace("{n}", "7")).await;
        if !trace.contains("nextval") && !trace.contains("1 / 0") {
            assert_ne!(
                traces(&connection).await,
                "",
                "{trace} leaves nothing that is looked for"
            );
        }
        drop(connection);
        let connection = db.connection().await.unwrap();
        assert_eq!(traces(&connection).await, "", "left by {trace}");
        // It was made clean, and not thrown away.
        let same: i32 = sql!("SELECT pg_backend_pid()").one(&connection).await.unwrap();
        assert_eq!(same, session, "{trace}");
    }
    arena.ends_clean([db]).await;
}

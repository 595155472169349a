//! Wrong answers to statements.

use bytes::Bytes;
use futures_util::future::join_all;
use orm::CopySource;
use orm::prelude::*;

use super::bytes::*;
use super::server::{At, Evil, Then};
use super::{Front, LIMIT, Watch};

type Case = (&'static str, Vec<u8>, Then);

/// What is no answer wherever it is said: the program's own limit ends the wait.
fn unanswered() -> Vec<Case> {
    vec![
        ("silence", vec![], Then::Silence),
        ("another protocol", garbage(), Then::Silence),
        ("a huge message", declared(b'D', i32::MAX, &[0; 4]), Then::Silence),
        ("notices for ever", notice(), Then::Forever),
        (
            "notifications for ever",
            message(b'A', b"\0\0\0\x01channel\0payload\0"),
            Then::Forever,
        ),
    ]
}

/// What is a wrong answer wherever it is said.
fn everywhere() -> Vec<Case> {
    let error = |fields: &[u8]| [message(b'E', fields), ready()].concat();
    vec![
        ("closed", vec![], Then::Close),
        ("zeroes", vec![0; 64], Then::Silence),
        ("a length of 0", declared(b'C', 0, &[]), Then::Silence),
        ("a negative length", declared(b'C', i32::MIN, &[0; 4]), Then::Silence),
        (
            "an unknown message",
            [message(b'?', b"what"), ready()].concat(),
            Then::GoOn,
        ),
        ("a message cut short", declared(b'D', 400, &[0; 4]), Then::Close),
        ("ready and nothing else", ready(), Then::GoOn),
        ("ready thousands of times", ready().repeat(10_000), Then::GoOn),
        ("ready for ever", ready(), Then::Forever),
        ("notices that are none", message(b'N', b"S"), Then::Silence),
        ("a notification cut short", message(b'A', b"\0\0"), Then::Silence),
        ("a setting that is none", message(b'S', b"x"), Then::Silence),
        ("an empty query", [message(b'I', b""), ready()].concat(), Then::GoOn),
        (
            "a portal that goes on",
            [message(b's', b""), ready()].concat(),
            Then::GoOn,
        ),
        (
            "an authentication",
            [authentication(0, b""), ready()].concat(),
            Then::GoOn,
        ),
        (
            "a request for data",
            [message(b'G', &[0, 0, 0]), ready()].concat(),
            Then::GoOn,
        ),
        (
            "data of a COPY",
            [message(b'H', &[0, 0, 0]), message(b'd', b"x"), ready()].concat(),
            Then::GoOn,
        ),
        (
            "columns where none belong",
            [columns(1), columns(1), ready()].concat(),
            Then::GoOn,
        ),
        (
            "rows where none belong",
            [data_row(1, &cell(7)).repeat(3), ready()].concat(),
            Then::GoOn,
        ),
        ("an error of nothing", error(b""), Then::GoOn),
        ("an error without an end", error(b"SERROR"), Then::GoOn),
        (
            "an error that is no UTF-8",
            error(b"SERROR\0C22000\0M\xff\xfe\0\0"),
            Then::GoOn,
        ),
        (
            "an error of an unknown severity",
            error(b"SWHAT\0VWHAT\0C42000\0Mwhat\0\0"),
            Then::GoOn,
        ),
        ("an error without a code", error(b"SERROR\0Mwhat\0\0"), Then::GoOn),
        (
            "a tag without an end",
            [message(b'C', b"SELECT 1"), ready()].concat(),
            Then::GoOn,
        ),
        (
            "a tag without a number",
            [complete("SELECT many"), ready()].concat(),
            Then::GoOn,
        ),
        (
            "a tag of too many",
            [complete("SELECT 99999999999999999999999"), ready()].concat(),
            Then::GoOn,
        ),
    ]
}

fn of_preparing() -> Vec<Case> {
    let prepared = |columns: Vec<u8>| [message(b'1', b""), message(b't', &[0, 0]), columns, ready()].concat();
    let parameters = |body: &[u8]| [message(b'1', b""), message(b't', body), columns(1), ready()].concat();
    vec![
        ("no column", prepared(columns(0)), Then::GoOn),
        ("more columns than there are", prepared(columns(3)), Then::GoOn),
        ("65,535 columns", prepared(columns(u16::MAX)), Then::GoOn),
        (
            "a column without an end",
            prepared(message(b'T', b"\0\x01n")),
            Then::GoOn,
        ),
        (
            "parameters that nobody gave",
            parameters(&[0, 2, 0, 0, 0, 23, 0, 0, 0, 23]),
            Then::GoOn,
        ),
        ("more parameters than there are", parameters(&[0xff, 0xff]), Then::GoOn),
    ]
}

fn of_executing() -> Vec<Case> {
    let rows = |row: Vec<u8>| [message(b'2', b""), row, complete("SELECT 1"), ready()].concat();
    vec![
        ("a row without cells", rows(data_row(0, b"")), Then::GoOn),
        (
            "a row of more cells",
            rows(data_row(2, &[cell(1), cell(2)].concat())),
            Then::GoOn,
        ),
        (
            "a row of more cells than there are",
            rows(data_row(2, &cell(1))),
            Then::GoOn,
        ),
        ("a row of 65,535 cells", rows(data_row(u16::MAX, &cell(1))), Then::GoOn),
        ("a row cut short", rows(message(b'D', b"\0")), Then::GoOn),
        (
            "a cell past the row's end",
            rows(data_row(1, &[0, 0, 1, 0, 7])),
            Then::GoOn,
        ),
        (
            "a cell of a negative length",
            rows(data_row(1, &[0xff, 0xff, 0xff, 0xfe])),
            Then::GoOn,
        ),
        (
            "a cell of the least length",
            rows(data_row(1, &i32::MIN.to_be_bytes())),
            Then::GoOn,
        ),
        (
            "an integer of three bytes",
            rows(data_row(1, &[0, 0, 0, 3, 1, 2, 3])),
            Then::GoOn,
        ),
        ("NULL where none can be", rows(data_row(1, &[0xff; 4])), Then::GoOn),
        (
            "two ends",
            rows([data_row(1, &cell(1)), complete("SELECT 1")].concat()),
            Then::GoOn,
        ),
    ]
}

struct Chunks(u32);

impl CopySource for Chunks {
    fn next_chunk(&mut self) -> Result<Option<Bytes>, Error> {
        self.0 += 1;
        Ok((self.0 < 4).then(|| Bytes::from_static(b"not looked at")))
    }
}

/// Everything that talks to the server at a place.
async fn work(db: &Database, at: At, kind: usize) -> Result<(), Error> {
    match (at, kind) {
        (At::Copy, _) => db.copy_in("COPY t FROM STDIN", &mut Chunks(0)).await.map(drop),
        (At::Query, 0) => db.batch("SET a.b = 'c'").await,
        (At::Query, _) => db.transaction(async |_| Ok(())).await,
        // A text that was never prepared, and one that may be.
        (At::Preparing, 0) => sql!("SELECT a FROM b").all::<i32>(db).await.map(drop),
        (_, 0) => sql!("SELECT n").all::<i32>(db).await.map(drop),
        (_, 1) => sql!("SELECT n").all::<Option<i32>>(db).await.map(drop),
        _ => {
            let tx = db.begin().await?;
            let mut rows = sql!("SELECT n").stream::<i32>(&tx);
            while rows.try_next().await?.is_some() {}
            drop(rows);
            tx.commit().await
        }
    }
}

async fn survives(at: At, kinds: usize, cases: Vec<Case>) {
    let watch = Watch::begin().await;
    let front = Front::open().await;
    for (name, bytes, then) in &cases {
        for kind in 0..kinds {
            let (bytes, then) = (bytes.clone(), *then);
            let evil = Evil { at, bytes, then };
            let _told = front.survives(name, evil, work(&front.db, at, kind)).await;
            watch.is_well(name);
        }
    }
    front.close().await;
    watch.ends_clean().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn wrong_answers_to_a_preparation_do_no_harm() {
    survives(At::Preparing, 1, [everywhere(), of_preparing()].concat()).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn wrong_answers_to_an_execution_do_no_harm() {
    survives(At::Executing, 3, [everywhere(), of_executing()].concat()).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn wrong_answers_to_a_simple_query_do_no_harm() {
    survives(At::Query, 2, everywhere()).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn wrong_answers_to_a_copy_do_no_harm() {
    survives(At::Copy, 1, everywhere()).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn bug_a_commit_whose_answer_was_not_understood_was_told_as_rolled_back() {
    let watch = Watch::begin().await;
    let front = Front::open().await;
    let mut unknown = 0;
    for (name, bytes, then) in everywhere() {
        let commit = front.db.transaction(async |tx| sql!("SELECT n").all::<i32>(tx).await);
        let at = At::Commit;
        // What says "ready" and no error is taken for success; who lies so well is believed.
        if let Err(error) = front.survives(name, Evil { at, bytes, then }, commit).await {
            let known = error.kind() == ErrorKind::CommitUnknown || error.sqlstate().is_some();
            assert!(known, "{name}: {:?}: {error}", error.kind());
            unknown += usize::from(error.kind() == ErrorKind::CommitUnknown);
        }
        watch.is_well(name);
    }
    assert!(unknown > 10, "{unknown}");
    front.close().await;
    watch.ends_clean().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_statement_that_is_never_answered_ends_by_the_programs_limit() {
    let watch = Watch::begin().await;
    let all =
        [At::Preparing, At::Executing, At::Query, At::Copy].map(|at| unanswered().into_iter().map(move |c| (at, c)));
    let waiting = all.into_iter().flatten().map(async |(at, (name, bytes, then))| {
        let front = Front::open().await;
        let limited = tokio::time::timeout(LIMIT, work(&front.db, at, 0));
        let ended = front.survives(name, Evil { at, bytes, then }, limited).await;
        assert!(ended.is_err(), "{name}: {ended:?}");
        front.close().await;
    });
    join_all(waiting).await;
    watch.ends_clean().await;
}

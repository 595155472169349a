//! `COPY … FROM STDIN (FORMAT binary)`.

use std::ops::Range;

use bytes::{BufMut, Bytes, BytesMut};
use orm_core::{CopySource, Error, ErrorKind, Executor};

use crate::support::*;

/// The binary format's header, rows of one int8, and trailer, in pieces.
pub(crate) fn chunks_of_int8(ids: Range<i64>) -> Vec<Bytes> {
    let mut chunks = Vec::new();
    let mut chunk = BytesMut::new();
    chunk.put_slice(b"PGCOPY\n\xff\r\n\0");
    chunk.put_bytes(0, 8);
    for id in ids {
        chunk.put_i16(1);
        chunk.put_i32(8);
        chunk.put_i64(id);
        if chunk.len() > 64 * 1024 {
            chunks.push(chunk.split().freeze());
        }
    }
    chunk.put_i16(-1);
    chunks.push(chunk.freeze());
    chunks
}

struct Source {
    chunks: std::vec::IntoIter<Bytes>,
    fails_at_end: bool,
}

impl Source {
    fn new(ids: Range<i64>) -> Self {
        Self {
            chunks: chunks_of_int8(ids).into_iter(),
            fails_at_end: false,
        }
    }
}

impl CopySource for Source {
    fn next_chunk(&mut self) -> Result<Option<Bytes>, Error> {
        match self.chunks.next() {
            None if self.fails_at_end => Err(Error::new(ErrorKind::Encode, "a test's own")),
            chunk => Ok(chunk),
        }
    }
}

async fn table(on: &dyn Executor) -> (String, String) {
    let table = unique("copy");
    on.batch(&format!("CREATE TABLE {table} (id int8 CHECK (id <> 20000))"))
        .await
        .unwrap();
    let copy = format!("COPY {table} (id) FROM STDIN (FORMAT binary)");
    (table, copy)
}

#[tokio::test]
async fn rows_are_stored_and_counted() {
    let watched = Watched::new(1).await;
    let (table, copy) = table(&watched.admin).await;
    assert_eq!(
        watched.db.copy_in(&copy, &mut Source::new(0..10_000)).await.unwrap(),
        10_000
    );
    let tx = watched.db.begin().await.unwrap();
    assert_eq!(tx.copy_in(&copy, &mut Source::new(0..10)).await.unwrap(), 10);
    tx.rollback().await.unwrap();
    assert_eq!(
        one::<i64>(&watched.db, &format!("SELECT count(*) FROM {table}")).await,
        10_000
    );
    watched.admin.batch(&format!("DROP TABLE {table}")).await.unwrap();
}

#[tokio::test]
async fn a_source_that_fails_stores_nothing() {
    let watched = Watched::new(1).await;
    let (table, copy) = table(&watched.admin).await;
    let mut source = Source::new(0..10_000);
    source.fails_at_end = true;
    let error = watched.db.copy_in(&copy, &mut source).await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Encode);
    watched.is_whole().await;
    assert_eq!(
        one::<i64>(&watched.db, &format!("SELECT count(*) FROM {table}")).await,
        0
    );
    watched.admin.batch(&format!("DROP TABLE {table}")).await.unwrap();
}

#[tokio::test]
async fn a_row_that_the_server_refuses_is_its_error_and_stores_nothing() {
    let watched = Watched::new(1).await;
    let (table, copy) = table(&watched.admin).await;
    let error = watched
        .db
        .copy_in(&copy, &mut Source::new(0..200_000))
        .await
        .unwrap_err();
    assert_eq!(error.kind(), ErrorKind::CheckViolation, "{error}");
    watched.is_whole().await;
    assert_eq!(
        one::<i64>(&watched.db, &format!("SELECT count(*) FROM {table}")).await,
        0
    );
    watched.admin.batch(&format!("DROP TABLE {table}")).await.unwrap();
}

#[tokio::test]
async fn a_copy_that_is_refused_early_gives_the_servers_error_and_a_new_connection() {
    let watched = Watched::new(1).await;
    let (table, _) = table(&watched.admin).await;
    let view = format!("CREATE VIEW {table}_view AS SELECT * FROM {table}");
    watched.admin.batch(&view).await.unwrap();
    for _ in 0..10 {
        // Before the server asks for data, and right after.
        for (to, code) in [("nowhere".to_owned(), "42P01"), (format!("{table}_view"), "42809")] {
            let copy = format!("COPY {to} (id) FROM STDIN (FORMAT binary)");
            let error = watched.db.copy_in(&copy, &mut Source::new(0..10)).await.unwrap_err();
            assert_eq!(error.sqlstate(), Some(code), "{error}");
            watched.is_whole().await;
        }
    }
    watched
        .admin
        .batch(&format!("DROP TABLE {table} CASCADE"))
        .await
        .unwrap();
}

#[tokio::test]
async fn a_copy_refused_in_a_transaction_says_that_it_is_over() {
    let watched = Watched::new(1).await;
    let tx = watched.db.begin().await.unwrap();
    let copy = "COPY nowhere FROM STDIN (FORMAT binary)";
    let error = tx.copy_in(copy, &mut Source::new(0..10)).await.unwrap_err();
    assert_eq!(error.sqlstate(), Some("42P01"), "{error}");
    let error = tx.commit().await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::TransactionAborted);
    assert!(error.to_string().contains("COPY"), "{error}");
    watched.is_at_rest().await;
    watched.is_whole().await;
}

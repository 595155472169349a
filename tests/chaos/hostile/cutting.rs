//! A session that is cut behind every byte of the server's.

use orm::prelude::*;

use super::Watch;
use super::server::Hostile;
use crate::support::PATIENCE;

async fn session(server: &Hostile) -> Result<(), Error> {
    let db = server.builder().max_size(1).connect().await?;
    db.transaction(async |tx| sql!("SELECT n").all::<i32>(tx).await).await?;
    db.batch("SET a.b = 'c'").await?;
    sql!("SELECT n").one::<i32>(&db).await.map(drop)
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_session_that_is_cut_behind_any_byte_is_a_typed_error() {
    let watch = Watch::begin().await;
    let server = Hostile::start().await;
    let mut cuts = 0;
    for bytes in 1.. {
        server.cuts_after(Some(bytes));
        let ended = tokio::time::timeout(PATIENCE, session(&server)).await;
        let Err(error) = ended.expect("it ends") else { break };
        let known = [ErrorKind::Connect, ErrorKind::ConnectionLost, ErrorKind::CommitUnknown];
        assert!(
            known.contains(&error.kind()),
            "after {bytes} bytes: {:?}: {error}",
            error.kind()
        );
        watch.is_well("cut");
        cuts = bytes;
    }
    assert!(cuts > 100, "a session has {cuts} bytes");
    server.stop().await;
    watch.ends_clean().await;
}

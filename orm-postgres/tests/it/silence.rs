//! A network that passes nothing on any more, and does not say so.

use std::time::Duration;

use orm_postgres::{CloseReason, Database};

use crate::proxy::Proxy;
use crate::secure::{PASSWORD, USER, secure};
use crate::support::*;
use crate::traced::Everything;

/// Longer than a living server takes on a busy machine.
const LIMIT: Duration = Duration::from_secs(3);

/// A pool of two connections through a proxy, both idle.
async fn two_idle(proxy: &Proxy) -> Database {
    let url = format!("postgres://{USER}:{PASSWORD}@{}/postgres", proxy.address);
    let builder = Database::builder().url(&url).max_size(2).min_idle(2);
    builder
        .validate_after(Duration::ZERO)
        .recycle_timeout(LIMIT)
        .connect()
        .await
        .unwrap()
}

#[tokio::test]
async fn connections_that_give_no_sign_of_life_in_time_are_replaced_all_at_once() {
    let proxy = Proxy::to(&secure().await.address);
    let db = two_idle(&proxy).await;
    proxy.falls_silent();
    let everything = Everything::default();
    let guard = tracing::subscriber::set_default(everything.clone());
    assert_eq!(one::<i32>(&db, "SELECT 1").await, 1);
    drop(guard);
    // One was waited for, and it took the other along: that has been idle for as long.
    let text = everything.text.lock().unwrap().clone();
    assert_eq!(
        text.matches("did not answer within 3s (`recycle_timeout`)").count(),
        1,
        "{text}"
    );
    let held = (db.connection().await.unwrap(), db.connection().await.unwrap());
    for connection in [&held.0, &held.1] {
        assert_eq!(one::<i32>(connection, "SELECT 1").await, 1);
    }
    assert_eq!(db.status().counters.closed_by(CloseReason::Unproven), 2);
}

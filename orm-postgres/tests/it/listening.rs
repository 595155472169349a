//! LISTEN and NOTIFY.

use std::time::Duration;

use orm_core::{ErrorKind, Event, Executor};
use orm_postgres::{Database, Listener};

use crate::proxy::Proxy;
use crate::secure::secure;
use crate::support::*;

const PATIENCE: Duration = Duration::from_secs(30);

/// The next event, which must come.
async fn next(listener: &mut Listener) -> Event {
    let next = tokio::time::timeout(PATIENCE, listener.recv()).await;
    next.expect("an event must come").unwrap()
}

/// The payload of the next event, which must be a notification on this channel.
async fn payload(listener: &mut Listener, channel: &str) -> String {
    let event = next(listener).await;
    let told = event
        .notification()
        .unwrap_or_else(|| panic!("a notification, not {event:?}"));
    assert_eq!(told.channel(), channel);
    told.payload().to_owned()
}

/// Waits until no session of this name listens any more. The pool has its own, which do not.
async fn becomes_unheard(admin: &Database, name: &str) {
    let text =
        format!("SELECT count(*) FROM pg_stat_activity WHERE application_name = '{name}' AND query LIKE 'LISTEN%'");
    becomes_zero(admin, &text).await;
}

/// Ends all sessions that listen.
async fn cut(watched: &Watched) {
    assert!(one::<i64>(&watched.admin, &ends_listeners(&watched.name)).await > 0);
}

fn ends_listeners(name: &str) -> String {
    format!(
        "SELECT count(pg_terminate_backend(pid)) FROM pg_stat_activity
         WHERE application_name = '{name}' AND query LIKE 'LISTEN%'"
    )
}

#[tokio::test]
async fn notifications_come_in_order_with_channel_payload_and_sender() {
    let db = database().await;
    let channel = unique("Ordered \"channel\"; SELECT 1 --");
    let mut listener = db.listen([channel.as_str()]).await.unwrap();
    let connection = db.connection().await.unwrap();
    for n in 0..500 {
        connection.notify(&channel, &format!("{n} ä'\"\\")).await.unwrap();
    }
    let sender: i32 = one(&connection, "SELECT pg_backend_pid()").await;
    for n in 0..500 {
        let event = next(&mut listener).await;
        let told = event.notification().unwrap();
        assert_eq!(told.channel(), channel);
        assert_eq!(told.payload(), format!("{n} ä'\"\\"));
        assert_eq!(told.process_id(), sender);
    }
    db.notify(&channel, "").await.unwrap();
    assert_eq!(payload(&mut listener, &channel).await, "");
}

#[tokio::test]
async fn a_notification_of_a_transaction_comes_with_its_commit_or_never() {
    let db = database().await;
    let channel = unique("committed");
    let mut listener = db.listen([&channel]).await.unwrap();
    let tx = db.begin().await.unwrap();
    tx.notify(&channel, "saved").await.unwrap();
    let savepoint = tx.begin().await.unwrap();
    savepoint.notify(&channel, "taken back").await.unwrap();
    savepoint.rollback().await.unwrap();
    (&tx as &dyn Executor).notify(&channel, "saved, too").await.unwrap();
    db.notify(&channel, "first").await.unwrap();
    assert_eq!(payload(&mut listener, &channel).await, "first");
    tx.commit().await.unwrap();
    let tx = db.begin().await.unwrap();
    tx.notify(&channel, "rolled back").await.unwrap();
    tx.rollback().await.unwrap();
    db.notify(&channel, "last").await.unwrap();
    for expected in ["saved", "saved, too", "last"] {
        assert_eq!(payload(&mut listener, &channel).await, expected);
    }
}

#[tokio::test]
async fn channels_can_be_added_and_removed() {
    let db = database().await;
    let [a, b, c] = ["a", "b", "c"].map(unique);
    let mut listener = db.listen([&a]).await.unwrap();
    listener.listen([&b, &c]).await.unwrap();
    db.notify(&b, "1").await.unwrap();
    assert_eq!(payload(&mut listener, &b).await, "1");
    listener.unlisten([&a, &b]).await.unwrap();
    for channel in [&a, &b, &c] {
        db.notify(channel, "2").await.unwrap();
    }
    assert_eq!(payload(&mut listener, &c).await, "2");
    let none = db.listen::<String>([]).await.unwrap();
    assert!(none.is_connected());
}

#[tokio::test]
async fn a_killed_backend_is_replaced_and_told_once_all_channels_are_listened_to_again() {
    let watched = Watched::new(2).await;
    let [a, b, c] = ["a", "b", "c"].map(unique);
    let mut listener = watched.db.listen([&a, &c]).await.unwrap();
    listener.listen([&b]).await.unwrap();
    listener.unlisten([&c]).await.unwrap();
    for round in 0..3 {
        watched.admin.notify(&a, &format!("before {round}")).await.unwrap();
        assert_eq!(payload(&mut listener, &a).await, format!("before {round}"));
        listener.listen([&a]).await.unwrap(); // So that its last statement is a LISTEN.
        cut(&watched).await;
        assert_eq!(next(&mut listener).await, Event::Reconnected);
        assert!(listener.is_connected());
        watched.admin.notify(&c, "not listened to").await.unwrap();
        watched.admin.notify(&b, "after").await.unwrap();
        assert_eq!(payload(&mut listener, &b).await, "after");
    }
}

#[tokio::test]
async fn what_came_before_the_connection_was_lost_is_not() {
    let watched = Watched::new(2).await;
    let channel = unique("kept");
    let mut listener = watched.db.listen([&channel]).await.unwrap();
    let tx = watched.admin.begin().await.unwrap();
    for n in 0..100 {
        tx.notify(&channel, &n.to_string()).await.unwrap();
    }
    tx.commit().await.unwrap();
    assert_eq!(payload(&mut listener, &channel).await, "0");
    cut(&watched).await;
    for n in 1..100 {
        assert_eq!(payload(&mut listener, &channel).await, n.to_string());
    }
    assert_eq!(next(&mut listener).await, Event::Reconnected);
}

/// The queue of a worker: what is in the table counts, the notifications only wake.
#[tokio::test]
async fn a_reader_that_looks_again_misses_nothing_however_often_its_connection_is_killed() {
    let watched = Watched::new(2).await;
    let table = unique("rows");
    watched
        .admin
        .batch(&format!("CREATE TABLE {table} (id int4)"))
        .await
        .unwrap();
    let channel = unique("rows");
    let mut listener = watched.db.listen([&channel]).await.unwrap();
    let writes = async {
        for n in 0..60 {
            let tx = watched.admin.begin().await.unwrap();
            execute(&tx, &format!("INSERT INTO {table} VALUES ({n})"))
                .await
                .unwrap();
            tx.notify(&channel, "").await.unwrap();
            tx.commit().await.unwrap();
            if n % 10 == 5 {
                one::<i64>(&watched.admin, &ends_listeners(&watched.name)).await;
            }
            tokio::time::sleep(Duration::from_millis(3)).await;
        }
    };
    let reads = async {
        loop {
            let count: i64 = one(&watched.db, &format!("SELECT count(*) FROM {table}")).await;
            if count == 60 {
                return;
            }
            next(&mut listener).await;
        }
    };
    tokio::join!(writes, reads);
    watched.admin.batch(&format!("DROP TABLE {table}")).await.unwrap();
}

#[tokio::test]
async fn more_than_the_queue_holds_is_thrown_away_and_told() {
    let db = database().await;
    let channel = unique("overflow");
    let mut listener = db.listen([&channel]).queue(10).await.unwrap();
    let mut other = db.listen([&channel]).await.unwrap();
    let tx = db.begin().await.unwrap();
    for n in 0..1000 {
        tx.notify(&channel, &n.to_string()).await.unwrap();
    }
    tx.commit().await.unwrap();
    // The other one has them all, so this one has had them too, or has them soon.
    for n in 0..1000 {
        assert_eq!(payload(&mut other, &channel).await, n.to_string());
    }
    let mut missed = 0;
    let mut received = Vec::new();
    while missed + received.len() < 1000 {
        match next(&mut listener).await {
            Event::Notification(told) => received.push(told.payload().parse::<u32>().unwrap()),
            Event::Overflow { missed: more } => missed += usize::try_from(more).unwrap(),
            event => panic!("{event:?}"),
        }
    }
    assert_eq!(received[..10], [0, 1, 2, 3, 4, 5, 6, 7, 8, 9]);
    assert!(received.is_sorted());
    db.notify(&channel, "after").await.unwrap();
    assert_eq!(payload(&mut listener, &channel).await, "after");
}

#[tokio::test]
async fn dropped_it_closes_its_connection_and_takes_none_of_the_pool() {
    let watched = Watched::new(1).await;
    let held = watched.db.connection().await.unwrap();
    let listeners = [
        watched.db.listen(["a"]).await.unwrap(),
        watched.db.listen(["b"]).await.unwrap(),
    ];
    assert_eq!(watched.db.status().size, 1);
    drop(listeners);
    becomes_unheard(&watched.admin, &watched.name).await;
    drop(held);
    watched.is_whole().await;
}

#[tokio::test]
async fn recv_dropped_at_any_time_loses_nothing() {
    let db = database().await;
    let channel = unique("select");
    let mut listener = db.listen([&channel]).await.unwrap();
    for n in 0..50 {
        db.notify(&channel, &n.to_string()).await.unwrap();
    }
    let mut received = Vec::new();
    while received.len() < 50 {
        match dropped_after(1, listener.recv()).await {
            Some(event) => received.push(event.unwrap().notification().unwrap().payload().to_owned()),
            None => tokio::time::sleep(Duration::from_millis(1)).await,
        }
    }
    assert_eq!(received, (0..50).map(|n: i32| n.to_string()).collect::<Vec<_>>());
}

#[tokio::test]
async fn it_is_a_stream() {
    use futures_util::StreamExt;
    let db = database().await;
    let channel = unique("stream");
    let listener = db.listen([&channel]).await.unwrap();
    for n in 0..3 {
        db.notify(&channel, &n.to_string()).await.unwrap();
    }
    let events: Vec<_> = tokio::time::timeout(PATIENCE, listener.take(3).collect())
        .await
        .unwrap();
    let payloads: Vec<_> = events
        .iter()
        .map(|event| event.as_ref().unwrap().notification().unwrap().payload())
        .collect();
    assert_eq!(payloads, ["0", "1", "2"]);
}

#[tokio::test]
async fn a_payload_of_7999_bytes_goes_and_a_longer_one_is_an_error_that_says_so() {
    let db = database().await;
    let channel = unique("payload");
    let mut listener = db.listen([&channel]).await.unwrap();
    let longest = "ä".repeat(3999) + "a";
    db.notify(&channel, &longest).await.unwrap();
    assert_eq!(payload(&mut listener, &channel).await, longest);
    let error = db.notify(&channel, &(longest + "S")).await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::InvalidValue);
    assert!(error.to_string().contains("8000 bytes"), "{error}");
    assert!(error.to_string().len() < 300, "the payload is not shown: {error}");
}

#[tokio::test]
async fn a_channel_that_cannot_be_is_refused_before_anything_is_sent() {
    let db = database().await;
    let long = "c".repeat(64);
    let listener = db.listen(["fine"]).await.unwrap();
    for error in [
        db.listen(["fine", &long]).await.unwrap_err(),
        listener.listen([&long]).await.unwrap_err(),
        db.notify(&long, "").await.unwrap_err(),
        db.notify("", "").await.unwrap_err(),
    ] {
        assert_eq!(error.kind(), ErrorKind::InvalidQuery, "{error}");
    }
    let longest = unique("longest") + &"c".repeat(63);
    let mut listener = db.listen([&longest[..63]]).await.unwrap();
    db.notify(&longest[..63], "1").await.unwrap();
    assert_eq!(payload(&mut listener, &longest[..63]).await, "1");
}

/// A pool behind a proxy, and one that connects to the server itself.
async fn behind_a_proxy() -> (Proxy, Database, Database) {
    let secure = secure().await;
    let proxy = Proxy::to(&secure.address);
    let limit = Duration::from_secs(3);
    let through = Database::builder()
        .url(secure.url())
        .port(proxy.address.rsplit_once(':').unwrap().1.parse().unwrap())
        .connect_timeout(limit);
    (proxy, through.connect().await.unwrap(), secure.admin().await)
}

#[tokio::test]
async fn a_network_that_is_gone_without_a_word_is_found() {
    let (proxy, db, admin) = behind_a_proxy().await;
    let channel = unique("silent");
    let mut listener = db
        .listen([&channel])
        .keepalive(Duration::from_millis(100))
        .await
        .unwrap();
    admin.notify(&channel, "1").await.unwrap();
    assert_eq!(payload(&mut listener, &channel).await, "1");
    proxy.falls_silent();
    assert_eq!(next(&mut listener).await, Event::Reconnected);
    admin.notify(&channel, "2").await.unwrap();
    assert_eq!(payload(&mut listener, &channel).await, "2");
}

#[tokio::test]
async fn a_server_that_stays_away_is_an_error_and_the_listener_goes_on_trying() {
    let (proxy, db, admin) = behind_a_proxy().await;
    let [a, b] = ["away", "more"].map(unique);
    let mut listener = db
        .listen([&a])
        .keepalive(Duration::from_millis(100))
        .reconnect_timeout(Duration::from_millis(1))
        .await
        .unwrap();
    proxy.goes_down();
    for _ in 0..2 {
        let error = tokio::time::timeout(PATIENCE, listener.recv())
            .await
            .unwrap()
            .unwrap_err();
        assert_eq!(error.kind(), ErrorKind::Connect, "{error}");
    }
    assert!(!listener.is_connected());
    listener.listen([&b]).await.unwrap();
    listener.unlisten([&a]).await.unwrap();
    proxy.comes_back();
    loop {
        // A last error may wait to be told.
        match tokio::time::timeout(PATIENCE, listener.recv()).await.unwrap() {
            Ok(event) => break assert_eq!(event, Event::Reconnected),
            Err(error) => assert_eq!(error.kind(), ErrorKind::Connect, "{error}"),
        }
    }
    admin.notify(&a, "not listened to").await.unwrap();
    admin.notify(&b, "1").await.unwrap();
    assert_eq!(payload(&mut listener, &b).await, "1");
}

#[tokio::test]
async fn a_password_that_is_refused_is_told_at_once_and_the_listener_goes_on_trying() {
    let secure = secure().await;
    let admin = secure.admin().await;
    let role = unique("listens");
    admin
        .batch(&format!("CREATE ROLE {role} LOGIN PASSWORD 'right'"))
        .await
        .unwrap();
    let db = Database::builder()
        .url(secure.url())
        .user(&role)
        .password("right")
        .dbname("postgres");
    let db = db.application_name(&role).connect().await.unwrap();
    let mut listener = db.listen(["c"]).await.unwrap();
    admin
        .batch(&format!("ALTER ROLE {role} PASSWORD 'another'"))
        .await
        .unwrap();
    let text = format!(
        "SELECT count(pg_terminate_backend(pid)) FROM pg_stat_activity
         WHERE usename = '{role}' AND query LIKE 'LISTEN%'"
    );
    one::<i64>(&admin, &text).await;
    let error = tokio::time::timeout(PATIENCE, listener.recv())
        .await
        .unwrap()
        .unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Authentication, "{error}");
    admin
        .batch(&format!("ALTER ROLE {role} PASSWORD 'right'"))
        .await
        .unwrap();
    loop {
        match tokio::time::timeout(PATIENCE, listener.recv()).await.unwrap() {
            Ok(event) => break assert_eq!(event, Event::Reconnected),
            Err(error) => assert_eq!(error.kind(), ErrorKind::Authentication, "{error}"),
        }
    }
}

#[test]
fn a_listener_outlives_its_runtime_and_says_so() {
    let runtime = || {
        tokio::runtime::Builder::new_multi_thread()
            .enable_all()
            .build()
            .unwrap()
    };
    let first = runtime();
    let mut listener = first.block_on(async { database().await.listen(["c"]).await.unwrap() });
    first.shutdown_timeout(PATIENCE);
    let error = runtime().block_on(listener.recv()).unwrap_err();
    assert_eq!(error.kind(), ErrorKind::ConnectionLost);
    assert!(error.to_string().contains("runtime"), "{error}");
    drop(listener); // On a thread that has none.
}

//! Several servers: which of them will do, in which order they are asked, and what happens when one goes.

use std::collections::HashSet;
use std::time::{Duration, Instant};

use orm_core::{ErrorKind, Executor};
use orm_embedded::{Server, Settings, TestDatabase};
use orm_postgres::{Database, DatabaseBuilder, TargetSessionAttrs};

use crate::support::*;

/// A server with a port that nothing listens on.
const NOBODY: &str = "127.0.0.1:1";
const PATIENCE: Duration = Duration::from_secs(20);

/// A server in recovery: it replays what it has, and waits for more.
async fn standby() -> Server {
    Server::private_with(Settings::new().file("standby.signal", ""))
        .await
        .unwrap()
}

/// `host:port` as URLs write it.
fn host(url: &str) -> &str {
    let (_, rest) = url.split_once("@").or_else(|| url.split_once("://")).unwrap();
    rest.split_once('/').unwrap().0
}

fn of(hosts: &[&str], attrs: TargetSessionAttrs) -> DatabaseBuilder {
    let url = format!("postgres://postgres@{}/postgres", hosts.join(","));
    Database::builder().url(&url).target_session_attrs(attrs)
}

async fn is_standby(db: &Database) -> bool {
    one::<bool>(db, "SELECT pg_is_in_recovery()").await
}

#[tokio::test]
async fn each_kind_of_server_is_found_among_the_hosts() {
    use TargetSessionAttrs::{Any, PreferStandby, Primary, ReadOnly, ReadWrite, Standby};
    let (primary, standby) = (Server::private().await.unwrap(), standby().await);
    let (primary, standby) = (host(primary.url()), host(standby.url()));
    for (attrs, hosts, expected) in [
        (Any, [primary, standby], false),
        (Any, [standby, primary], true),
        (Primary, [standby, primary], false),
        (ReadWrite, [standby, primary], false),
        (Standby, [primary, standby], true),
        (ReadOnly, [primary, standby], true),
        (PreferStandby, [primary, standby], true),
        (PreferStandby, [primary, NOBODY], false),
        (Primary, [NOBODY, primary], false),
    ] {
        let db = of(&hosts, attrs).connect().await.unwrap();
        assert_eq!(is_standby(&db).await, expected, "{attrs:?} of {hosts:?}");
    }
    let error = of(&[standby, NOBODY], Primary).connect().await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Connect);
    for part in [
        "is a standby",
        "`target_session_attrs=primary`",
        NOBODY,
        "none of 2 servers",
    ] {
        assert!(error.to_string().contains(part), "{part} in {error}");
    }
    let url = format!("postgres://postgres@{standby},{primary}/postgres?target_session_attrs=read-write");
    assert!(!is_standby(&Database::connect(&url).await.unwrap()).await);
}

#[tokio::test]
async fn a_primary_whose_sessions_are_read_only_is_a_primary_but_not_read_write() {
    let database = TestDatabase::create().await.unwrap();
    let admin = builder().connect().await.unwrap();
    let name = database.name();
    let text = format!("ALTER DATABASE {name} SET default_transaction_read_only = on");
    admin.batch(&text).await.unwrap();
    let connect = |attrs| {
        Database::builder()
            .url(database.url())
            .target_session_attrs(attrs)
            .connect()
    };
    connect(TargetSessionAttrs::Primary).await.unwrap();
    connect(TargetSessionAttrs::ReadOnly).await.unwrap();
    let error = connect(TargetSessionAttrs::ReadWrite).await.unwrap_err();
    assert!(error.to_string().contains("sessions are read-only"), "{error}");
}

#[tokio::test]
async fn a_promoted_standby_is_found_when_the_primary_is_gone() {
    let (primary, standby) = (Server::private().await.unwrap(), standby().await);
    let hosts = [host(primary.url()).to_owned(), host(standby.url()).to_owned()];
    let hosts: Vec<&str> = hosts.iter().map(String::as_str).collect();
    let db = of(&hosts, TargetSessionAttrs::Primary).connect().await.unwrap();
    let admin = Database::connect(standby.url()).await.unwrap();
    let system = "SELECT system_identifier FROM pg_control_system()";
    let before: i64 = one(&db, system).await;
    drop(primary); // It is stopped.
    assert!(one::<bool>(&admin, "SELECT pg_promote()").await);
    let begun = Instant::now();
    let after: i64 = loop {
        match all(&db, &sql(system)).await {
            Ok(rows) => break rows[0],
            Err(error) => {
                let kind = error.kind();
                assert!(
                    matches!(kind, ErrorKind::Connect | ErrorKind::ConnectionLost),
                    "{error}"
                );
                assert!(begun.elapsed() < PATIENCE, "{error}");
                tokio::time::sleep(Duration::from_millis(10)).await;
            }
        }
    };
    assert_eq!(after, one::<i64>(&admin, system).await);
    assert_ne!(after, before);
    db.batch("CREATE TABLE written (id int4)").await.unwrap();
}

#[tokio::test]
async fn a_session_that_turns_out_to_be_read_only_is_not_handed_on() {
    let server = Server::private().await.unwrap();
    let admin = Database::connect(server.url()).await.unwrap();
    let db = of(&[host(server.url())], TargetSessionAttrs::ReadWrite)
        .max_size(1)
        .connect()
        .await
        .unwrap();
    db.batch("CREATE TABLE written (id int4)").await.unwrap();
    admin
        .batch("ALTER SYSTEM SET default_transaction_read_only = on")
        .await
        .unwrap();
    admin.batch("SELECT pg_reload_conf()").await.unwrap();
    let begun = Instant::now();
    let error = loop {
        // The session takes notice of the new setting between two statements.
        if let Err(error) = execute(&db, "INSERT INTO written VALUES (1)").await {
            break error;
        }
        assert!(begun.elapsed() < PATIENCE);
    };
    assert_eq!(error.sqlstate(), Some("25006"), "{error}");
    let error = execute(&db, "SELECT 1").await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Connect, "{error}");
    assert!(error.to_string().contains("target_session_attrs=read-write"), "{error}");
    assert_eq!(db.status().counters.closed_by(orm_postgres::CloseReason::Unfit), 1);
}

#[tokio::test]
async fn a_host_that_cannot_be_reached_is_passed_over_and_asked_last_for_a_while() {
    let server = Server::private().await.unwrap();
    let listener = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    let silent = listener.local_addr().unwrap().to_string();
    let db = of(&[&silent, host(server.url())], TargetSessionAttrs::Any)
        .connect_timeout(Duration::from_secs(3))
        .max_size(3)
        .connect()
        .await
        .unwrap();
    let mut held = Vec::new();
    for _ in 0..3 {
        held.push(db.connection().await.unwrap());
    }
    listener.set_nonblocking(true).unwrap();
    assert!(listener.accept().is_ok(), "it was asked first");
    assert!(listener.accept().is_err(), "and then no more");
}

#[tokio::test]
async fn connections_spread_over_the_hosts_by_chance() {
    let (one_server, other) = (Server::private().await.unwrap(), standby().await);
    let hosts = [host(one_server.url()), host(other.url())];
    let db = of(&hosts, TargetSessionAttrs::Any)
        .load_balance_hosts(true)
        .max_size(40)
        .connect()
        .await
        .unwrap();
    let mut held = Vec::new();
    let mut seen = HashSet::new();
    for _ in 0..40 {
        let connection = db.connection().await.unwrap();
        seen.insert(one::<bool>(&connection, "SELECT pg_is_in_recovery()").await);
        held.push(connection);
    }
    assert_eq!(seen.len(), 2);
}

#[tokio::test]
async fn a_string_of_keywords_and_the_builder_name_hosts_too() {
    let server = Server::private_on_tcp().await.unwrap();
    let (_, rest) = server.url().split_once("://postgres:").unwrap();
    let (password, rest) = rest.split_once('@').unwrap();
    let (_, port) = rest.split_once('/').unwrap().0.split_once(':').unwrap();
    let text = format!("host=127.0.0.1,127.0.0.1 port=1,{port} user='postgres' password = {password} dbname=postgres");
    assert!(!is_standby(&Database::connect(&text).await.unwrap()).await);
    let db = Database::builder()
        .hosts([("127.0.0.1", 1), ("127.0.0.1", port.parse().unwrap())])
        .user("postgres")
        .password(password)
        .connect()
        .await
        .unwrap();
    assert!(!is_standby(&db).await);
}

//! A database per test.

use std::time::Duration;

use orm_embedded::{Server, TestDatabase};

use crate::support::{connect, count};

const SOON: Duration = Duration::from_secs(6);

#[tokio::test]
async fn two_databases_do_not_see_each_other() {
    let (one, two) = tokio::join!(TestDatabase::create(), TestDatabase::create());
    let (one, two) = (one.unwrap(), two.unwrap());
    assert_ne!(one.name(), two.name());
    let client = connect(one.url()).await;
    client.batch_execute("CREATE TABLE t (id int8)").await.unwrap();
    let tables = "SELECT count(*) FROM pg_class WHERE relname = 't'";
    assert_eq!(count(&client, tables).await, 1);
    assert_eq!(count(&connect(two.url()).await, tables).await, 0);
}

#[tokio::test]
async fn a_database_is_dropped_with_its_value_though_somebody_is_connected() {
    let server = Server::start().await.unwrap();
    let database = server.create_database().await.unwrap();
    let name = database.name().to_owned();
    let _client = connect(database.url()).await;
    assert!(exists(&server, &name).await);
    drop(database);
    becomes_absent(&server, &name).await;
}

#[tokio::test]
async fn a_database_is_dropped_by_a_thread_without_a_runtime_that_panics() {
    let server = Server::start().await.unwrap();
    let database = server.create_database().await.unwrap();
    let name = database.name().to_owned();
    let panicked = std::thread::spawn(move || {
        let _database = database;
        panic!("as told");
    });
    assert!(panicked.join().is_err());
    becomes_absent(&server, &name).await;
}

#[test]
fn the_blocking_url_works_inside_and_outside_a_runtime() {
    let outside = orm_embedded::url().unwrap();
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()
        .unwrap();
    runtime.block_on(async {
        let inside = orm_embedded::url().unwrap();
        assert_ne!(inside, outside);
        for url in [inside, outside] {
            assert_eq!(count(&connect(&url).await, "SELECT 1::int8").await, 1);
        }
    });
}

#[tokio::test]
async fn databases_of_a_process_that_was_killed_are_dropped_by_another() {
    let tmp = crate::support::Scratch::new();
    let keeper = crate::child::Process::start("hold", tmp.path());
    let killed = crate::child::Process::start("hold", tmp.path());
    let name = killed.url.rsplit('/').next().unwrap().to_owned();
    let client = connect(&keeper.url).await;
    killed.kill();
    let query = format!("SELECT count(*) FROM pg_database WHERE datname = '{name}'");
    assert_eq!(count(&client, &query).await, 1);
    let sweeper = crate::child::Process::start("hold", tmp.path());
    let deadline = std::time::Instant::now() + SOON;
    while count(&client, &query).await == 1 {
        assert!(std::time::Instant::now() < deadline, "{name} is still there");
        tokio::time::sleep(Duration::from_millis(30)).await;
    }
    // The databases of those who live are still there.
    assert_eq!(count(&connect(&sweeper.url).await, "SELECT 1::int8").await, 1);
    assert_eq!(count(&connect(&keeper.url).await, "SELECT 1::int8").await, 1);
}

async fn exists(server: &Server, name: &str) -> bool {
    let client = connect(server.url()).await;
    let query = format!("SELECT count(*) FROM pg_database WHERE datname = '{name}'");
    count(&client, &query).await == 1
}

async fn becomes_absent(server: &Server, name: &str) {
    let deadline = std::time::Instant::now() + SOON;
    while exists(server, name).await {
        assert!(std::time::Instant::now() < deadline, "{name} is still there");
        tokio::time::sleep(Duration::from_millis(30)).await;
    }
}

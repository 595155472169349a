//! Somebody's own server: used as it is, and left as it was.

use std::time::Duration;

use orm_embedded::Server;

use crate::child::Process;
use crate::support::{Scratch, connect, count};

const OURS: &str = "SELECT count(*) FROM pg_database WHERE datname ~ '^orm_'";

#[tokio::test]
async fn a_process_that_ends_leaves_no_database_behind() {
    let server = Server::private_on_tcp().await.unwrap();
    let client = connect(server.url()).await;
    let tmp = Scratch::new();
    let log = tmp.path().join("log").display().to_string();
    let env = [("DATABASE_URL", server.url()), ("SETUP_LOG", log.as_str())];
    for task in ["hold", "panic", "template"] {
        let process = Process::start_with(task, tmp.path(), &env);
        assert!(process.url.contains("@127.0.0.1:"));
        assert!(count(&client, OURS).await >= 1);
        process.finish();
        assert_eq!(count(&client, OURS).await, 0, "after {task}");
    }
    assert!(tmp.entries().is_empty(), "no server was started beside it");
}

#[tokio::test]
async fn what_a_killed_process_left_is_dropped_by_the_next() {
    let server = Server::private_on_tcp().await.unwrap();
    let client = connect(server.url()).await;
    client.batch_execute("CREATE DATABASE orm_test_results").await.unwrap();
    let tmp = Scratch::new();
    let log = tmp.path().join("log").display().to_string();
    let env = [("DATABASE_URL", server.url()), ("SETUP_LOG", log.as_str())];
    Process::start_with("template", tmp.path(), &env).kill();
    assert_eq!(
        count(&client, OURS).await,
        3,
        "the template, its copy, and somebody's own"
    );
    let next = Process::start_with("hold", tmp.path(), &env);
    let deadline = std::time::Instant::now() + Duration::from_secs(6);
    while count(&client, OURS).await > 2 {
        assert!(std::time::Instant::now() < deadline, "they are still there");
        tokio::time::sleep(Duration::from_millis(30)).await;
    }
    next.finish();
    assert_eq!(count(&client, OURS).await, 1, "`orm_test_results` is not of our making");
}

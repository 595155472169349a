//! A database that is set up once and copied.

use orm_embedded::{ErrorKind, Server, TestDatabase};

use crate::child::Process;
use crate::support::{Scratch, connect, count};

#[test]
fn a_template_is_built_once_though_eight_processes_ask() {
    let tmp = Scratch::new();
    let log = tmp.path().join("log");
    let log_name = log.display().to_string();
    let env = [("SETUP_LOG", log_name.as_str())];
    let mut processes: Vec<_> = (0..8).map(|_| Process::spawn("template", tmp.path(), &env)).collect();
    processes.iter_mut().for_each(Process::wait_for_its_server);
    assert_eq!(std::fs::read_to_string(&log).unwrap(), "setup\n");
    processes.into_iter().for_each(Process::finish);
    tmp.assert_becomes_empty(std::time::Duration::from_secs(6));
}

#[tokio::test]
async fn copies_of_a_template_have_its_tables_and_their_own_rows() {
    let setup = async |url: &str| {
        let client = connect(url).await;
        client
            .batch_execute("CREATE TABLE t (id int8); INSERT INTO t VALUES (1)")
            .await?;
        Ok(())
    };
    let one = TestDatabase::from_template("rows", setup).await.unwrap();
    let never = async |_: &str| Err("the template is there already".into());
    let two = TestDatabase::from_template("rows", never).await.unwrap();
    let first = connect(one.url()).await;
    first.batch_execute("INSERT INTO t VALUES (2)").await.unwrap();
    assert_eq!(count(&first, "SELECT count(*) FROM t").await, 2);
    assert_eq!(count(&connect(two.url()).await, "SELECT count(*) FROM t").await, 1);
}

#[tokio::test]
async fn a_setup_that_fails_is_reported_and_run_again() {
    let failing = async |_: &str| Err("no such table".into());
    let error = TestDatabase::from_template("again", failing).await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Setup);
    assert!(error.to_string().contains("\"again\"") && error.to_string().contains("no such table"));
    let database = TestDatabase::from_template("again", async |_| Ok(())).await.unwrap();
    assert_eq!(count(&connect(database.url()).await, "SELECT 1::int8").await, 1);
}

#[tokio::test]
async fn a_setup_may_forget_an_open_connection() {
    let server = Server::private().await.unwrap();
    let mut kept = None;
    let setup = async |url: &str| {
        kept = Some(connect(url).await);
        Ok(())
    };
    let template = server.template("open", setup).await.unwrap();
    let _ = server.create_database_from(&template).await.unwrap();
    let client = kept.unwrap();
    assert!(client.simple_query("SELECT 1").await.is_err(), "it was disconnected");
}

#[tokio::test]
async fn a_setup_that_is_given_up_midway_does_not_block_the_next() {
    let server = Server::private().await.unwrap();
    let endless = server.template("midway", async |_| std::future::pending().await);
    assert!(
        tokio::time::timeout(std::time::Duration::from_secs(1), endless)
            .await
            .is_err()
    );
    let template = server.template("midway", async |_| Ok(())).await.unwrap();
    let _ = server.create_database_from(&template).await.unwrap();
}

//! A server that belongs to one value.

use std::os::unix::fs::MetadataExt;
use std::time::Duration;

use orm_embedded::{ErrorKind, Server, Settings};

use crate::child::Process;
use crate::support::{Scratch, connect, count, eventually, kill, process_lives};

const SOON: Duration = Duration::from_secs(6);

#[tokio::test]
async fn a_private_server_stops_on_drop_and_leaves_nothing() {
    let server = Server::private().await.unwrap();
    let (pid, directory) = (server.process_id().unwrap(), server.directory().unwrap().to_owned());
    let client = connect(server.url()).await;
    assert_eq!(count(&client, "SELECT 1::int8").await, 1);
    assert!(process_lives(pid) && directory.exists());
    drop(server);
    eventually(SOON, "the server is gone", || {
        !process_lives(pid) && !directory.exists()
    });
}

#[tokio::test]
async fn a_private_server_is_nobody_elses() {
    let (first, second) = tokio::join!(Server::private(), Server::private());
    let (first, second) = (first.unwrap(), second.unwrap());
    assert_ne!(first.process_id(), second.process_id());
    let shared = Server::start().await.unwrap();
    assert_ne!(shared.process_id(), first.process_id());
}

#[test]
fn a_private_server_goes_with_its_process() {
    let tmp = Scratch::new();
    Process::start("private", tmp.path()).kill();
    tmp.assert_becomes_empty(SOON);
}

#[tokio::test]
async fn a_private_server_can_be_killed_and_says_so() {
    let server = Server::private().await.unwrap();
    kill("-KILL", server.process_id().unwrap());
    eventually(SOON, "the server is dead", || {
        !process_lives(server.process_id().unwrap())
    });
    let error = server.create_database().await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Connect, "{error}");
}

#[tokio::test]
async fn over_tcp_the_password_in_the_url_is_needed() {
    let server = Server::private_on_tcp().await.unwrap();
    let database = server.create_database().await.unwrap();
    assert!(database.url().contains("@127.0.0.1:"));
    assert_eq!(count(&connect(database.url()).await, "SELECT 1::int8").await, 1);

    let mut config: tokio_postgres::Config = database.url().parse().unwrap();
    let _ = config.password("guess");
    let refused = config
        .connect(tokio_postgres::NoTls)
        .await
        .err()
        .expect("a wrong password");
    assert_eq!(refused.code().map(|code| code.code()), Some("28P01"));
}

#[tokio::test]
async fn the_server_runs_as_an_unprivileged_user_and_listens_on_no_port() {
    let server = Server::private().await.unwrap();
    let pid = server.process_id().unwrap().to_string();
    let owner = std::process::Command::new("ps")
        .args(["-o", "uid=", "-p", &pid])
        .output()
        .unwrap();
    let uid: u32 = String::from_utf8_lossy(&owner.stdout).trim().parse().unwrap();
    assert_ne!(uid, 0);
    let client = connect(server.url()).await;
    let row = client.query_one("SHOW listen_addresses", &[]).await.unwrap();
    assert_eq!(row.get::<_, &str>(0), "");
}

#[tokio::test]
async fn letters_beyond_ascii_have_an_upper_case_and_order_is_by_code_point() {
    let server = Server::private().await.unwrap();
    let client = connect(server.url()).await;
    let query = "SELECT upper('ä'), (SELECT string_agg(x, '' ORDER BY x) FROM unnest('{b,B,a,ä}'::text[]) x)";
    let row = client.query_one(query, &[]).await.unwrap();
    assert_eq!((row.get(0), row.get(1)), ("Ä", "Babä"));
}

#[tokio::test]
async fn settings_lines_of_authentication_and_files_are_there_when_the_server_starts() {
    let settings = Settings::new()
        .on_tcp()
        .setting("deadlock_timeout", "123ms")
        .setting("shared_buffers", "17MB")
        .authentication("host all all all trust")
        .file("secret.pem", "of the server's user only");
    let server = Server::private_with(settings).await.unwrap();
    let mut config: tokio_postgres::Config = server.url().parse().unwrap();
    let _ = config.password("guess");
    let (client, connection) = config.connect(tokio_postgres::NoTls).await.expect("trusted");
    drop(tokio::spawn(connection));
    for (name, value) in [("deadlock_timeout", "123ms"), ("shared_buffers", "17MB")] {
        let row = client.query_one(&format!("SHOW {name}"), &[]).await.unwrap();
        assert_eq!(row.get::<_, &str>(0), value, "{name}");
    }
    let file = server.directory().unwrap().join("data/secret.pem");
    let meta = std::fs::metadata(file).unwrap();
    assert_eq!(meta.mode() & 0o777, 0o600);
    assert_eq!(
        meta.uid(),
        std::fs::metadata(server.directory().unwrap()).unwrap().uid()
    );
}

#[tokio::test]
async fn a_server_that_lets_nobody_in_over_tcp_still_makes_databases() {
    let settings = Settings::new().on_tcp().authentication("host all all all reject");
    let server = Server::private_with(settings).await.unwrap();
    let database = server.create_database().await.unwrap();
    let config: tokio_postgres::Config = database.url().parse().unwrap();
    let refused = config.connect(tokio_postgres::NoTls).await.err().expect("rejected");
    assert_eq!(refused.code().map(|code| code.code()), Some("28000"));
}

#[tokio::test]
async fn a_setting_that_the_server_refuses_is_told_in_its_words() {
    let settings = Settings::new().setting("no_such_setting", "1");
    let error = Server::private_with(settings).await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Start);
    assert!(error.to_string().contains("no_such_setting"), "{error}");
}

#[tokio::test]
async fn a_file_outside_of_the_data_directory_is_refused() {
    let settings = Settings::new().file("../server.key", "");
    let error = Server::private_with(settings).await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Files);
    assert!(error.to_string().contains("../server.key"), "{error}");
}

#[tokio::test]
async fn a_private_server_can_be_paused_and_goes_on() {
    let server = Server::private().await.unwrap();
    let client = connect(server.url()).await;
    server.pause().unwrap();
    let mut asked = Box::pin(count(&client, "SELECT 7::int8"));
    let waited = tokio::time::timeout(Duration::from_millis(300), &mut asked).await;
    assert!(waited.is_err(), "a paused server has answered");
    server.resume().unwrap();
    assert_eq!(tokio::time::timeout(Duration::from_secs(20), asked).await.unwrap(), 7);
}

#[tokio::test]
async fn a_private_server_that_was_stopped_or_killed_is_started_again_with_its_data() {
    let settings = Settings::new().on_tcp().setting("synchronous_commit", "on");
    let server = Server::private_with(settings).await.unwrap();
    let client = connect(server.url()).await;
    client.batch_execute("CREATE TABLE t (id int8)").await.unwrap();
    for (number, crash) in [true, false, true].into_iter().enumerate() {
        let client = connect(server.url()).await;
        client.batch_execute("INSERT INTO t VALUES (1)").await.unwrap();
        let pid = server.process_id();
        match crash {
            true => server.kill().await.unwrap(),
            false => server.stop().await.unwrap(),
        }
        assert!(!process_lives(pid.unwrap()));
        assert!(client.batch_execute("SELECT 1").await.is_err());
        let error = server.pause().unwrap_err();
        assert_eq!(error.kind(), ErrorKind::Start, "{error}");
        server.start_again().await.unwrap();
        assert_ne!(server.process_id(), pid);
        let client = connect(server.url()).await;
        assert_eq!(count(&client, "SELECT count(*) FROM t").await, number as i64 + 1);
    }
    let directory = server.directory().unwrap().to_owned();
    server.stop().await.unwrap();
    drop(server);
    eventually(SOON, "its directory is gone", || !directory.exists());
}

#[tokio::test]
async fn a_server_that_others_share_cannot_be_stopped() {
    let server = Server::start().await.unwrap();
    for error in [server.pause().unwrap_err(), server.kill().await.unwrap_err()] {
        assert_eq!(error.kind(), ErrorKind::Start);
        assert!(error.to_string().contains("Server::private"), "{error}");
    }
}

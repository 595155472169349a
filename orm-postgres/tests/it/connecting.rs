//! Connecting, and what is told when it fails.

use std::time::{Duration, Instant};

use orm_core::{Error, ErrorKind};
use orm_postgres::Database;

use crate::secure::{PASSWORD, USER, secure};
use crate::support::*;

async fn fails(url: &str) -> Error {
    let error = Database::connect(url).await.unwrap_err();
    for shown in [format!("{error}"), format!("{error:?}"), format!("{error:#?}")] {
        assert!(!shown.contains("canary"), "{shown}");
    }
    error
}

#[tokio::test]
async fn the_right_password_connects_and_a_wrong_one_is_an_authentication_error() {
    let address = &secure().await.address;
    Database::connect(&format!("postgres://{USER}:{PASSWORD}@{address}/postgres"))
        .await
        .unwrap();
    let error = fails(&format!("postgres://{USER}:canary-wrong@{address}/postgres")).await;
    assert_eq!(error.kind(), ErrorKind::Authentication);
    assert!(error.to_string().contains(USER), "{error}");
    let error = fails(&format!("postgres://{USER}@{address}/postgres")).await;
    assert_eq!(error.kind(), ErrorKind::Authentication);
    assert!(error.to_string().contains("asks for a password"), "{error}");
}

#[tokio::test]
async fn an_unreachable_server_is_named() {
    let error = fails(&format!("postgres://someone:{PASSWORD}@127.0.0.1:1/app")).await;
    assert_eq!(error.kind(), ErrorKind::Connect);
    assert!(error.to_string().contains("127.0.0.1:1/app as someone"), "{error}");
}

#[tokio::test]
async fn a_wrong_database_is_named() {
    let address = &secure().await.address;
    let error = fails(&format!("postgres://{USER}:{PASSWORD}@{address}/no_such_db")).await;
    assert_eq!(error.kind(), ErrorKind::Connect);
    assert!(error.to_string().contains("no_such_db"), "{error}");
}

#[tokio::test]
async fn a_wrong_url_is_told_without_its_password() {
    let error = fails("postgres://ann:canary/pw@host/db").await;
    assert_eq!(error.kind(), ErrorKind::Config);
    let error = fails("http://ann:canary@host/db").await;
    assert_eq!(error.kind(), ErrorKind::Config);
    assert!(error.to_string().contains("postgres://"), "{error}");
}

#[tokio::test]
async fn a_server_that_does_not_answer_is_given_up_in_time() {
    let listener = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    let silent = listener.local_addr().unwrap().to_string();
    let begun = Instant::now();
    let error = Database::builder()
        .url(&format!("postgres://u:{PASSWORD}@{silent}/d"))
        .connect_timeout(Duration::from_millis(200))
        .connect()
        .await
        .unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Connect);
    assert!(error.to_string().contains("200ms"), "{error}");
    assert!(begun.elapsed() < Duration::from_secs(3));
}

#[cfg(feature = "tls")]
#[tokio::test]
async fn a_server_without_tls_is_sent_nothing_where_tls_is_required() {
    use std::io::{Read, Write};
    let listener = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    let address = listener.local_addr().unwrap().to_string();
    let server = std::thread::spawn(move || {
        let (mut socket, _) = listener.accept().unwrap();
        let mut request = [0; 8];
        socket.read_exact(&mut request).unwrap();
        socket.write_all(b"N").unwrap(); // No TLS here.
        let mut rest = Vec::new();
        let _ = socket.read_to_end(&mut rest);
        rest
    });
    let error = fails(&format!("postgres://u:{PASSWORD}@{address}/d?sslmode=require")).await;
    assert_eq!(error.kind(), ErrorKind::Connect);
    assert!(error.to_string().contains("sslmode=disable"), "{error}");
    assert_eq!(server.join().unwrap(), b"", "not even the user's name");
}

#[cfg(feature = "tls")]
#[tokio::test]
async fn a_root_certificate_that_cannot_be_read_is_named() {
    let error = fails("postgres://u@db.example.org/d?sslrootcert=/no/such.pem").await;
    assert_eq!(error.kind(), ErrorKind::Config);
    assert!(error.to_string().contains("/no/such.pem"), "{error}");
}

#[tokio::test]
async fn settings_reach_the_server() {
    let db = builder()
        .application_name("settings test")
        .statement_timeout(Duration::from_millis(1234))
        .idle_in_transaction_timeout(None)
        .connect()
        .await
        .unwrap();
    assert_eq!(
        one::<String>(&db, "SELECT current_setting('application_name')").await,
        "settings test"
    );
    assert_eq!(
        one::<String>(&db, "SELECT current_setting('statement_timeout')").await,
        "1234ms"
    );
    assert_eq!(
        one::<String>(&db, "SELECT current_setting('idle_in_transaction_session_timeout')").await,
        "0"
    );
    let with_options = format!("{}?options=-c%20geqo%3Doff", url());
    let db = Database::connect(&with_options).await.unwrap();
    assert_eq!(one::<String>(&db, "SELECT current_setting('geqo')").await, "off");
    assert_eq!(
        one::<String>(&db, "SELECT current_setting('statement_timeout')").await,
        "1min"
    );
}

#[tokio::test]
async fn debug_of_what_holds_a_password_does_not_show_it() {
    let address = &secure().await.address;
    let builder = Database::builder().url(&format!("postgres://{USER}:{PASSWORD}@{address}/postgres"));
    assert!(!format!("{builder:?}").contains("canary"));
    let db = builder.connect().await.unwrap();
    assert!(!format!("{db:?}").contains("canary"));
}

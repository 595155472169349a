//! TLS: who the server must be, and that all is sent through it.

use orm_core::{Error, ErrorKind};
use orm_embedded::{Server, Settings};
use orm_postgres::{Database, DatabaseBuilder};

use crate::certificates::{Authority, Pair, self_signed};
use crate::secure::{PASSWORD, Secure, USER, secure};
use crate::support::*;

/// The URL of the server by another host name.
fn url_of(server: &Secure, host: &str) -> String {
    format!(
        "postgres://{USER}:{PASSWORD}@{host}:{}/postgres?hostaddr=127.0.0.1&sslmode=require",
        server.port()
    )
}

fn trusting(server: &Secure) -> DatabaseBuilder {
    let pem = server.authority.certificate.as_str();
    Database::builder()
        .url(&url_of(server, "localhost"))
        .root_certificate_pem(pem)
}

#[tokio::test]
async fn a_verified_connection_is_encrypted_and_binds_its_password_to_the_channel() {
    let server = secure().await;
    let root = File::new("pem", &server.authority.certificate);
    let url = url_of(server, "localhost");
    let db = Database::connect(&format!("{url}&channel_binding=require&sslrootcert={}", root.path()))
        .await
        .unwrap();
    assert!(one::<bool>(&db, "SELECT ssl FROM pg_stat_ssl WHERE pid = pg_backend_pid()").await);
}

#[tokio::test]
async fn a_certificate_of_an_unknown_authority_is_refused() {
    let server = secure().await;
    let error = Database::connect(&url_of(server, "localhost")).await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Connect);
    assert!(error.to_string().contains("sslrootcert"), "{error}");
}

#[tokio::test]
async fn a_certificate_of_another_host_is_refused() {
    let server = secure().await;
    let root = File::new("pem", &server.authority.certificate);
    let error = Database::builder()
        .url(&url_of(server, "db.example.org"))
        .root_certificate_file(root.path())
        .connect()
        .await
        .unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Connect);
    assert!(error.to_string().contains("host name"), "{error}");
}

#[tokio::test]
async fn a_dropped_statement_is_cancelled_over_tls_too() {
    let server = secure().await;
    let name = unique("tls");
    let db = trusting(server)
        .application_name(&name)
        .max_size(1)
        .connect()
        .await
        .unwrap();
    let admin = server.admin().await;
    let slow = execute(&db, LONG);
    tokio::select! {
        _ = slow => panic!("it takes longer than the test"),
        () = becomes_active(&admin, &name, "pg_sleep") => {}
    }
    let active =
        format!("SELECT count(*) FROM pg_stat_activity WHERE application_name = '{name}' AND state = 'active'");
    becomes_zero(&admin, &active).await;
}

/// Connects to a server of its own with this certificate; the error.
async fn refuses(pair: Pair, trusted: &str) -> Error {
    let settings = Settings::new()
        .on_tcp()
        .setting("ssl", "on")
        .file("server.crt", pair.certificate)
        .file("server.key", pair.key);
    let server = Server::private_with(settings).await.unwrap();
    let (_, port) = server.url().rsplit_once(':').unwrap();
    let url = format!("postgres://{USER}:{PASSWORD}@localhost:{port}?hostaddr=127.0.0.1&sslmode=require");
    let builder = Database::builder().url(&url).root_certificate_pem(trusted);
    let error = builder.connect().await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Connect, "{error}");
    error
}

#[tokio::test]
async fn an_expired_certificate_is_refused_and_said_to_be_expired() {
    let authority = Authority::new("an authority");
    let error = refuses(authority.expired("localhost"), &authority.certificate).await;
    assert!(error.to_string().contains("has expired"), "{error}");
    assert!(!error.to_string().contains("sslrootcert"), "{error}");
}

#[tokio::test]
async fn a_certificate_that_signs_itself_is_refused_unless_it_is_named() {
    let authority = Authority::new("an authority");
    let error = refuses(self_signed("localhost"), &authority.certificate).await;
    assert!(error.to_string().contains("sslrootcert"), "{error}");
}

#[tokio::test]
async fn the_name_is_verified_also_where_libpq_would_not() {
    let server = secure().await;
    for mode in ["require", "verify-ca", "verify-full", "prefer"] {
        let url = url_of(server, "db.example.org").replace("sslmode=require", &format!("sslmode={mode}"));
        let builder = Database::builder().url(&url);
        let connecting = builder
            .root_certificate_pem(server.authority.certificate.as_str())
            .connect();
        let error = connecting.await.unwrap_err();
        assert!(error.to_string().contains("host name"), "{mode}: {error}");
    }
}

//! Mutual TLS: the server knows the client by its certificate.

use orm_core::{Error, ErrorKind};
use orm_postgres::{Database, DatabaseBuilder};

use crate::certificates::{Authority, Pair};
use crate::secure::{CERTIFIED, Secure, secure};
use crate::support::*;

fn builder_of(server: &Secure) -> DatabaseBuilder {
    let url = format!(
        "postgres://{CERTIFIED}@localhost:{}/postgres?hostaddr=127.0.0.1&sslmode=require",
        server.port()
    );
    Database::builder()
        .url(&url)
        .root_certificate_pem(server.authority.certificate.as_str())
}

fn files(pair: &Pair) -> (File, File) {
    (File::new("crt", &pair.certificate), File::new("key", &pair.key))
}

async fn fails_with(server: &Secure, pair: &Pair) -> Error {
    let (certificate, key) = files(pair);
    let builder = builder_of(server).client_certificate_files(certificate.path(), key.path());
    builder.connect().await.unwrap_err()
}

#[tokio::test]
async fn a_client_with_a_certificate_of_its_role_needs_no_password() {
    let server = secure().await;
    let (certificate, key) = files(&server.authority.client(CERTIFIED));
    let db = builder_of(server)
        .client_certificate_files(certificate.path(), key.path())
        .connect()
        .await
        .unwrap();
    let text = "SELECT concat_ws(' ', current_user, client_dn) FROM pg_stat_ssl WHERE pid = pg_backend_pid()";
    assert_eq!(one::<String>(&db, text).await, format!("{CERTIFIED} /CN={CERTIFIED}"));
}

#[tokio::test]
async fn the_url_names_the_certificate_and_its_key() {
    let server = secure().await;
    let (certificate, key) = files(&server.authority.client(CERTIFIED));
    let root = File::new("pem", &server.authority.certificate);
    let url = format!(
        "postgres://{CERTIFIED}@localhost:{}/postgres?hostaddr=127.0.0.1&sslmode=require&sslrootcert={}&sslcert={}&sslkey={}",
        server.port(),
        root.path(),
        certificate.path(),
        key.path()
    );
    let db = Database::connect(&url).await.unwrap();
    assert_eq!(one::<String>(&db, "SELECT current_user::text").await, CERTIFIED);
}

#[tokio::test]
async fn a_client_without_a_certificate_is_refused() {
    let error = builder_of(secure().await).connect().await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Authentication, "{error}");
    assert!(error.to_string().contains("client certificate"), "{error}");
}

#[tokio::test]
async fn a_certificate_of_another_role_is_refused() {
    let server = secure().await;
    let error = fails_with(server, &server.authority.client("somebody")).await;
    assert_eq!(error.kind(), ErrorKind::Authentication, "{error}");
    assert!(error.to_string().contains(CERTIFIED), "{error}");
}

#[tokio::test]
async fn a_clients_certificate_of_an_unknown_authority_is_refused_as_the_clients() {
    let server = secure().await;
    let stranger = Authority::new("a stranger").client(CERTIFIED);
    let error = fails_with(server, &stranger).await;
    assert_eq!(error.kind(), ErrorKind::Connect, "{error}");
    assert!(
        !error.to_string().contains("sslrootcert"),
        "the server's is fine: {error}"
    );
    assert!(error.to_string().contains("sslcert"), "{error}");
}

#[tokio::test]
async fn a_key_of_another_certificate_is_refused_before_anything_is_sent() {
    let server = secure().await;
    let pair = Pair {
        certificate: server.authority.client(CERTIFIED).certificate,
        key: server.authority.client(CERTIFIED).key,
    };
    let error = fails_with(server, &pair).await;
    assert_eq!(error.kind(), ErrorKind::Config, "{error}");
    assert!(error.to_string().contains("client's certificate"), "{error}");
}

#[tokio::test]
async fn files_that_are_no_certificate_or_no_key_are_named_and_not_shown() {
    let server = secure().await;
    let (certificate, key) = files(&server.authority.client(CERTIFIED));
    let wrong = File::new("txt", "canary");
    for (certificate, key) in [(&certificate, &wrong), (&wrong, &key)] {
        let builder = builder_of(server).client_certificate_files(certificate.path(), key.path());
        let error = builder.connect().await.unwrap_err();
        assert_eq!(error.kind(), ErrorKind::Config, "{error}");
        assert!(error.to_string().contains(wrong.path()), "{error}");
        assert!(!format!("{error} {error:?}").contains("canary"), "{error:?}");
    }
}

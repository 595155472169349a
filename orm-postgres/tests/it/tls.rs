//! TLS, where the test's server has it: `ORM_TEST_TLS_ROOT` names the PEM file of the authority that signed the
//! certificate of `localhost`. Without the variable these tests have nothing to connect to and pass.

use std::time::Duration;

use orm_core::ErrorKind;
use orm_postgres::Database;

use crate::support::*;

/// The authority's file, and the test's URL with another host.
fn server(user: &str, host: &str, parameters: &str) -> Option<(String, String)> {
    let root = std::env::var("ORM_TEST_TLS_ROOT").ok()?;
    let (_, rest) = url().split_once('@').map(|(a, b)| (a.to_owned(), b.to_owned()))?;
    let (_, port_and_db) = rest.split_once(':')?;
    Some((
        root,
        format!("postgres://{user}@{host}:{port_and_db}?hostaddr=127.0.0.1&sslmode=require{parameters}"),
    ))
}

#[tokio::test]
async fn a_verified_connection_is_encrypted_and_binds_its_password_to_the_channel() {
    let Some((root, url)) = server("scram_user:canary-pw-7391", "localhost", "&channel_binding=require") else {
        return;
    };
    let db = Database::connect(&format!("{url}&sslrootcert={root}")).await.unwrap();
    assert!(one::<bool>(&db, "SELECT ssl FROM pg_stat_ssl WHERE pid = pg_backend_pid()").await);
}

#[tokio::test]
async fn a_certificate_of_an_unknown_authority_is_refused() {
    let Some((_, url)) = server("postgres", "localhost", "") else {
        return;
    };
    let error = Database::connect(&url).await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Connect);
    assert!(error.to_string().contains("sslrootcert"), "{error}");
}

#[tokio::test]
async fn a_certificate_of_another_host_is_refused() {
    let Some((root, url)) = server("postgres", "db.example.org", "") else {
        return;
    };
    let error = Database::builder()
        .url(&url)
        .root_certificate_file(root)
        .connect()
        .await
        .unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Connect);
    assert!(error.to_string().contains("host name"), "{error}");
}

#[tokio::test]
async fn a_dropped_statement_is_cancelled_over_tls_too() {
    let Some((root, url)) = server("postgres", "localhost", "") else {
        return;
    };
    let name = unique("tls");
    let pem = std::fs::read(root).unwrap();
    let db = Database::builder()
        .url(&url)
        .application_name(&name)
        .root_certificate_pem(pem)
        .max_size(1)
        .connect()
        .await
        .unwrap();
    let slow = tokio::time::timeout(Duration::from_millis(100), execute(&db, "SELECT pg_sleep(20)"));
    assert!(slow.await.is_err());
    let admin = database().await;
    let active =
        format!("SELECT count(*) FROM pg_stat_activity WHERE application_name = '{name}' AND state = 'active'");
    becomes_zero(&admin, &active).await;
}

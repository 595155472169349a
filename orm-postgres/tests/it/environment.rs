//! `Database::from_env`, in processes of their own: nobody may set a variable where other threads read them.

use std::ffi::OsStr;
use std::os::unix::ffi::OsStrExt;

use crate::child;
use crate::secure::{PASSWORD, USER, secure};
use crate::support::*;

fn connect(environment: &[(&str, &str)]) -> String {
    let said = child::run("connect", environment).line;
    assert!(!said.contains("canary"), "{said}");
    said
}

#[test]
fn database_url_is_taken_and_the_pg_variables_are_not_mixed_in() {
    let url = url();
    let database = url.rsplit_once('/').unwrap().1;
    let named = format!("{url}?application_name=by_url");
    let said = connect(&[("DATABASE_URL", &named), ("PGHOST", "/nowhere"), ("PGAPPNAME", "by_pg")]);
    assert!(said.ends_with(&format!(" {database} by_url")), "{said}");
}

#[tokio::test]
async fn without_database_url_the_pg_variables_name_the_database() {
    let server = secure().await;
    let said = connect(&[
        ("DATABASE_URL", ""),
        ("PGHOST", "127.0.0.1"),
        ("PGPORT", server.port()),
        ("PGUSER", USER),
        ("PGPASSWORD", PASSWORD),
        ("PGDATABASE", "postgres"),
        ("PGAPPNAME", "by_pg"),
    ]);
    assert_eq!(said, format!("{USER} postgres by_pg"));
}

#[cfg(feature = "tls")]
#[tokio::test]
async fn the_pg_variables_of_tls_are_taken_too() {
    let server = secure().await;
    let root = File::new("pem", &server.authority.certificate);
    let mut environment = vec![
        ("PGHOST", "localhost"),
        ("PGHOSTADDR", "127.0.0.1"),
        ("PGPORT", server.port()),
        ("PGUSER", USER),
        ("PGPASSWORD", PASSWORD),
        ("PGDATABASE", "postgres"),
        ("PGAPPNAME", "by_pg"),
        ("PGSSLMODE", "verify-full"),
        ("PGCHANNELBINDING", "require"),
    ];
    let said = connect(&environment);
    assert!(said.starts_with("Connect: ") && said.contains("sslrootcert"), "{said}");
    environment.push(("PGSSLROOTCERT", root.path()));
    assert_eq!(connect(&environment), format!("{USER} postgres by_pg"));
}

#[test]
fn an_environment_that_names_no_database_is_told_what_to_set() {
    let said = connect(&[]);
    assert!(said.starts_with("Config: ") && said.contains("DATABASE_URL"), "{said}");
}

#[test]
fn a_wrong_variable_is_told_without_its_password() {
    let said = connect(&[("DATABASE_URL", "postgres://ann:canary/pw@host/db")]);
    assert!(said.starts_with("Config: "), "{said}");
    let said = connect(&[("PGHOST", "127.0.0.1"), ("PGPORT", "canary")]);
    assert!(said.starts_with("Config: ") && said.contains("port"), "{said}");
    let said = child::run("connect", &[("PGPASSWORD", OsStr::from_bytes(b"\xff"))]).line;
    assert!(said.starts_with("Config: ") && said.contains("PGPASSWORD"), "{said}");
}

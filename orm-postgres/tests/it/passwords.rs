//! Passwords that the URL does not hold: of a provider, and of the password file.

use std::os::unix::fs::PermissionsExt;
use std::sync::Arc;
use std::sync::atomic::{AtomicU32, Ordering};

use orm_core::{ErrorKind, Executor};
use orm_postgres::{Database, DatabaseBuilder};

use crate::child;
use crate::secure::{PASSWORD, Secure, USER, secure};
use crate::support::*;

fn without_password(server: &Secure) -> DatabaseBuilder {
    let url = format!("postgres://{USER}@{}/postgres", server.address);
    Database::builder().url(&url)
}

#[tokio::test]
async fn a_provider_is_asked_for_each_new_connection() {
    let asked = Arc::new(AtomicU32::new(0));
    let counter = Arc::clone(&asked);
    let db = without_password(secure().await)
        .password("canary-wrong")
        .password_provider(move || {
            counter.fetch_add(1, Ordering::SeqCst);
            async { Ok::<_, std::io::Error>(PASSWORD.to_owned()) }
        })
        .max_size(2)
        .connect()
        .await
        .unwrap();
    assert_eq!(asked.load(Ordering::SeqCst), 1);
    let _both = (db.connection().await.unwrap(), db.connection().await.unwrap());
    assert_eq!(asked.load(Ordering::SeqCst), 2);
}

#[tokio::test]
async fn a_token_that_has_expired_is_replaced_by_the_next_one() {
    // The server takes another password from now on, as it does when a token expires.
    let server = secure().await;
    let admin = server.admin().await;
    let role = unique("rotated");
    let set = async |password: &str| {
        let text = format!("ALTER ROLE {role} PASSWORD '{password}'");
        admin.batch(&text).await.unwrap();
    };
    admin.batch(&format!("CREATE ROLE {role} LOGIN")).await.unwrap();
    set("1").await;
    let token = Arc::new(AtomicU32::new(1));
    let current = Arc::clone(&token);
    let db = without_password(server)
        .user(&role)
        .password_provider(move || {
            let token = current.load(Ordering::SeqCst).to_string();
            async move { Ok::<_, std::io::Error>(token) }
        })
        .max_size(2)
        .connect()
        .await
        .unwrap();
    let _first = db.connection().await.unwrap();
    set("2").await;
    assert_eq!(db.connection().await.unwrap_err().kind(), ErrorKind::Authentication);
    token.store(2, Ordering::SeqCst);
    // After a failure the pool leaves the server in peace for a moment.
    tokio::time::sleep(std::time::Duration::from_millis(500)).await;
    assert_eq!(one::<i32>(&db, "SELECT 1").await, 1);
}

#[tokio::test]
async fn an_error_of_the_provider_is_told_as_its_own() {
    let error = without_password(secure().await)
        .password_provider(async || Err::<String, _>("the vault is sealed"))
        .connect()
        .await
        .unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Connect);
    assert!(error.to_string().contains("password provider"), "{error}");
    assert!(error.to_string().contains("the vault is sealed"), "{error}");
}

#[tokio::test]
async fn a_provider_that_panics_fails_the_connection_and_nothing_else() {
    let fails = Arc::new(AtomicU32::new(1));
    let counter = Arc::clone(&fails);
    let db = builder()
        .max_size(1)
        .password_provider(move || {
            let fails = counter.load(Ordering::SeqCst) == 0;
            async move {
                assert!(!fails, "on purpose");
                Ok::<_, std::io::Error>(String::new())
            }
        })
        .connect()
        .await
        .unwrap();
    let pid = one::<i32>(&db, "SELECT pg_backend_pid()").await;
    fails.store(0, Ordering::SeqCst);
    execute(&database().await, &format!("SELECT pg_terminate_backend({pid})"))
        .await
        .unwrap();
    let error = loop {
        // The pool must see that its connection has ended.
        match execute(&db, "SELECT 1").await {
            Err(error) if error.kind() == ErrorKind::Connect => break error,
            _ => tokio::time::sleep(std::time::Duration::from_millis(10)).await,
        }
    };
    assert!(error.to_string().contains("panicked"), "{error}");
    fails.store(1, Ordering::SeqCst);
    assert_eq!(one::<i32>(&db, "SELECT 1").await, 1);
}

fn private(contents: &str) -> File {
    let file = File::new("pgpass", contents);
    set_mode(&file, 0o600);
    file
}

fn set_mode(file: &File, mode: u32) {
    std::fs::set_permissions(file.path(), std::fs::Permissions::from_mode(mode)).unwrap();
}

#[tokio::test]
async fn the_password_file_is_read_for_each_connection_if_nobody_else_can_read_it() {
    let server = secure().await;
    let port = server.port();
    let file = private(&format!(
        "# comment\n*:1:*:*:canary-wrong\n127.0.0.1:{port}:postgres:{USER}:{PASSWORD}\n"
    ));
    let connect = || without_password(server).passfile(file.path()).connect();
    assert_eq!(one::<i32>(&connect().await.unwrap(), "SELECT 1").await, 1);
    set_mode(&file, 0o640);
    let error = connect().await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Authentication, "{error}");
    assert!(error.to_string().contains("asks for a password"), "{error}");
}

#[tokio::test]
async fn the_environment_and_the_url_name_the_password_file() {
    let server = secure().await;
    let file = private(&format!("*:*:*:{USER}:{PASSWORD}"));
    let said = child::run(
        "connect",
        &[
            ("PGHOST", "127.0.0.1"),
            ("PGPORT", server.port()),
            ("PGUSER", USER),
            ("PGDATABASE", "postgres"),
            ("PGPASSFILE", file.path()),
            ("PGAPPNAME", "by_file"),
        ],
    );
    assert_eq!(said.line, format!("{USER} postgres by_file"));
    let url = format!("postgres://{USER}@{}/postgres?passfile={}", server.address, file.path());
    Database::connect(&url).await.unwrap();
}

//! A password is never shown: not by settings, pools, errors, events or traces.

use std::fmt::Write;
use std::sync::Arc;

use orm_core::{Error, ErrorKind};
use orm_postgres::{Config, Database, DatabaseBuilder, SslMode};

use crate::secure::{PASSWORD, USER, secure};
use crate::support::*;
use crate::traced::Everything;

/// A pool's settings, with its events written down as well.
fn told(everything: &Everything, builder: DatabaseBuilder) -> DatabaseBuilder {
    let told = Arc::clone(&everything.text);
    let builder = builder.max_size(1).on_event(move |event| {
        let _ = writeln!(told.lock().unwrap(), "{event:?}");
    });
    let _ = writeln!(everything.text.lock().unwrap(), "{builder:?} {builder:#?}");
    builder
}

fn note(everything: &Everything, error: &Error) {
    let mut text = everything.text.lock().unwrap();
    let _ = writeln!(text, "{error} {error:?} {error:#?}");
    let mut source = std::error::Error::source(error);
    while let Some(cause) = source {
        let _ = writeln!(text, "{cause} {cause:?}");
        source = cause.source();
    }
}

#[tokio::test]
async fn a_password_is_in_no_error_event_or_trace_however_connecting_goes() {
    // Not under the subscriber: the server is set up by statements that hold the password as a literal.
    let address = &secure().await.address;
    let everything = Everything::default();
    let _guard = tracing::subscriber::set_default(everything.clone());
    let file = File::new("pgpass", &format!("*:*:*:*:{PASSWORD}"));
    let mut errors = Vec::new();
    for url in [
        format!("postgres://{USER}:{PASSWORD}x@{address}/postgres"),
        format!("postgres://nobody:{PASSWORD}@{address}/postgres"),
        format!("postgres://{USER}:{PASSWORD}@{address}/nowhere"),
        format!("postgres://{USER}:{PASSWORD}@{address}/postgres?options=-c%20nothing=1"),
        format!("postgres://{USER}:{PASSWORD}@{address}/postgres?sslmode=require"),
        format!("postgres://{USER}:{PASSWORD}@{address}/postgres?target_session_attrs=standby"),
        format!("postgres://{USER}:{PASSWORD}@{address}/postgres?channel_binding=require"),
        format!("postgres://{USER}:{PASSWORD}@{address}/postgres?connect_timeout=1ms"),
        format!("postgres://{USER}:{PASSWORD}@127.0.0.1:1,127.0.0.1:2/postgres"),
        format!("postgres://{USER}:{PASSWORD}@no.such.host.invalid/postgres"),
        format!("postgres://{USER}:{PASSWORD}@%2Fno%2Fsuch%2Fsocket/postgres"),
        format!("postgres://{USER}@{address}/postgres?passfile={}", file.path()),
        format!("host={} user={USER} password='{PASSWORD}", "h"),
        format!("host=h {PASSWORD}"),
        format!("host=h passwort={PASSWORD}"),
        format!("host=h sslmode={PASSWORD}"),
        format!("host=h connect_timeout={PASSWORD}"),
        format!("host=h port={PASSWORD}"),
        format!("host=h target_session_attrs={PASSWORD}"),
        format!("host=h {PASSWORD}=1"),
    ] {
        match told(&everything, Database::builder().url(&url)).connect().await {
            Ok(db) => drop(db), // It was in time after all.
            Err(error) => errors.push(error),
        }
    }
    let refused = told(
        &everything,
        Database::builder().url(&format!("postgres://{USER}@{address}/postgres")),
    );
    let provider = async || Ok::<_, std::io::Error>(format!("{PASSWORD}x"));
    errors.push(refused.password_provider(provider).connect().await.unwrap_err());
    errors.iter().for_each(|error| note(&everything, error));
    assert!(errors.len() >= 19, "{}", errors.len());
    assert!(errors.iter().any(|error| error.kind() == ErrorKind::Authentication));

    let good = told(
        &everything,
        Database::builder().url(&format!("postgres://{USER}:{PASSWORD}@{address}/postgres")),
    );
    let db = good.connect().await.unwrap();
    assert_eq!(one::<i32>(&db, "SELECT 1").await, 1);
    note(&everything, &execute(&db, "SELECT 1 / 0").await.unwrap_err());
    let config: Config = format!("host=h password={PASSWORD}").parse().unwrap();
    let _ = writeln!(
        everything.text.lock().unwrap(),
        "{db:?} {config:?} {config:#?} {:?}",
        SslMode::Require
    );
    drop(db);

    let text = everything.text.lock().unwrap();
    assert!(
        text.contains("opened a connection") && text.contains("could not open a connection"),
        "{text}"
    );
    for part in [PASSWORD, "canary", "pw-7391"] {
        let at = text.lines().find(|line| line.contains(part));
        assert_eq!(at, None);
    }
}

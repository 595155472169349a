//! Spans: one for each statement, with OpenTelemetry's names for databases, and without values.

use std::collections::BTreeMap;
use std::fmt;
use std::sync::{Arc, Mutex};

use orm::prelude::*;
use tracing::field::{Field, Visit};
use tracing::span::{Attributes, Id, Record};
use tracing::{Event, Metadata, Subscriber};

use super::models::{NewUser, User, new_user, new_users, tables};

type Fields = BTreeMap<String, String>;

/// Keeps the fields of each span of ours.
#[derive(Clone, Default)]
struct Spans(Arc<Mutex<Vec<Fields>>>);

struct Reader<'a>(&'a mut Fields);

impl Visit for Reader<'_> {
    fn record_debug(&mut self, field: &Field, value: &dyn fmt::Debug) {
        self.0.insert(field.name().to_owned(), format!("{value:?}"));
    }

    fn record_str(&mut self, field: &Field, value: &str) {
        self.0.insert(field.name().to_owned(), value.to_owned());
    }
}

impl Subscriber for Spans {
    fn enabled(&self, metadata: &Metadata<'_>) -> bool {
        metadata.target().starts_with("orm")
    }

    fn new_span(&self, span: &Attributes<'_>) -> Id {
        let mut fields = Fields::from([("name".to_owned(), span.metadata().name().to_owned())]);
        span.record(&mut Reader(&mut fields));
        let mut spans = self.0.lock().unwrap();
        spans.push(fields);
        Id::from_u64(spans.len() as u64)
    }

    fn record(&self, span: &Id, values: &Record<'_>) {
        let at = span.into_u64() as usize - 1;
        values.record(&mut Reader(&mut self.0.lock().unwrap()[at]));
    }

    fn record_follows_from(&self, _: &Id, _: &Id) {}

    fn event(&self, event: &Event<'_>) {
        let mut fields = Fields::from([("name".to_owned(), "event".to_owned())]);
        event.record(&mut Reader(&mut fields));
        self.0.lock().unwrap().push(fields);
    }

    fn enter(&self, _: &Id) {}

    fn exit(&self, _: &Id) {}
}

impl Spans {
    fn take(&self) -> Vec<Fields> {
        std::mem::take(&mut self.0.lock().unwrap())
    }
}

fn get<'a>(fields: &'a Fields, name: &str) -> &'a str {
    fields.get(name).map_or("", String::as_str)
}

#[orm::test(setup = tables)]
async fn each_statement_is_a_span(db: Database) -> Result<(), Error> {
    let spans = Spans::default();
    let _guard = tracing::subscriber::set_default(spans.clone());
    User::insert(new_user("c4n4ry")).one(&db).await?;
    let line = line!() - 1;
    User::query()
        .filter(|u| u.name.eq("c4n4ry"))
        .update(|u| u.nickname.set("c4n4ry"))
        .execute(&db)
        .await?;
    // The pool tells of connections by events.
    let told: Vec<_> = spans
        .take()
        .into_iter()
        .filter(|told| get(told, "name") != "event")
        .collect();
    let [insert, update] = &told[..] else {
        panic!("two spans: {told:?}")
    };
    let database: String = super::support::scalar(&db, "SELECT current_database()::text").await;
    for (span, operation) in [(insert, "INSERT"), (update, "UPDATE")] {
        assert_eq!(get(span, "db.system.name"), "postgresql");
        assert_eq!(get(span, "db.operation.name"), operation);
        assert_eq!(get(span, "db.collection.name"), "users");
        assert_eq!(get(span, "db.namespace"), database);
        assert_eq!(get(span, "otel.kind"), "client");
        assert!(get(span, "db.query.text").starts_with(operation), "{span:?}");
        assert_ne!((get(span, "server.address"), get(span, "server.port")), ("", ""));
        assert_eq!(get(span, "error.type"), "");
        assert_eq!(get(span, "code.file.path"), file!());
    }
    assert_eq!(get(insert, "code.line.number"), line.to_string());
    Ok(())
}

#[orm::test(setup = tables)]
async fn a_transaction_a_batch_and_an_error_are_told_without_values(db: Database) -> Result<(), Error> {
    let spans = Spans::default();
    let _guard = tracing::subscriber::set_default(spans.clone());
    let secret = |name: &str| NewUser {
        nickname: Some("c4n4ry".into()),
        ..new_user(&format!("c4n4ry{name}"))
    };
    let tx = db.begin().await?;
    User::insert(secret("a")).one(&tx).await?;
    User::insert_many(new_users(0..3).chain([secret("b")]))
        .copy(true)
        .execute(&tx)
        .await?;
    assert!(User::insert(secret("a")).one(&tx).await.is_err());
    tx.rollback().await?;
    let told = spans.take();
    let spans = told.iter().filter(|told| get(told, "name") != "event");
    let operations: Vec<_> = spans.map(|span| get(span, "db.operation.name")).collect();
    // COPY first asks for the types of the columns.
    let operations: Vec<_> = operations
        .into_iter()
        .filter(|operation| *operation != "SELECT")
        .collect();
    // BEGIN goes along with the first statement.
    assert_eq!(operations, ["INSERT", "BEGIN", "COPY", "INSERT", "ROLLBACK"]);
    let failed: Vec<_> = told.iter().filter(|span| !get(span, "error.type").is_empty()).collect();
    let [failed] = &failed[..] else {
        panic!("one has failed: {told:?}")
    };
    assert_eq!(get(failed, "db.response.status_code"), "23505");
    assert_eq!(get(failed, "error.type"), "UniqueViolation");
    assert!(!format!("{told:?}").contains("c4n4ry"), "{told:#?}");
    Ok(())
}

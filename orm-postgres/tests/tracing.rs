//! Spans: OpenTelemetry's names, and never a value. A binary of its own, because `tracing` keeps for the whole process
//! whether somebody listens.

#![allow(clippy::unwrap_used, clippy::expect_used, missing_docs)]

#[allow(dead_code)]
#[path = "it/support.rs"]
mod support;

#[allow(dead_code)]
#[path = "it/certificates.rs"]
mod certificates;
#[allow(dead_code)]
#[path = "it/child.rs"]
mod child;
#[allow(dead_code)]
#[path = "it/proxy.rs"]
mod proxy;
#[path = "it/secrets.rs"]
mod secrets;
#[allow(dead_code)]
#[path = "it/secure.rs"]
mod secure;
#[path = "it/silence.rs"]
mod silence;
#[path = "it/traced.rs"]
mod traced;

use std::collections::BTreeMap;
use std::fmt::Debug;
use std::sync::{Arc, Mutex};

use orm_core::Executor;
use tracing::field::{Field, Visit};
use tracing::span::{Attributes, Id, Record};
use tracing::{Event, Metadata, Subscriber};

use support::*;

type Fields = BTreeMap<String, String>;

/// Keeps the fields of each span.
#[derive(Clone, Default)]
struct Spans(Arc<Mutex<Vec<Fields>>>);

struct Into<'a>(&'a mut Fields);

impl Visit for Into<'_> {
    fn record_debug(&mut self, field: &Field, value: &dyn Debug) {
        self.0.insert(
            field.name().to_owned(),
            format!("{value:?}").trim_matches('"').to_owned(),
        );
    }
}

impl Subscriber for Spans {
    fn enabled(&self, metadata: &Metadata<'_>) -> bool {
        metadata.target().starts_with("orm")
    }

    fn new_span(&self, span: &Attributes<'_>) -> Id {
        let mut fields = Fields::new();
        span.record(&mut Into(&mut fields));
        let mut spans = self.0.lock().unwrap();
        spans.push(fields);
        Id::from_u64(spans.len() as u64)
    }

    fn record(&self, span: &Id, values: &Record<'_>) {
        let index = usize::try_from(span.into_u64()).unwrap() - 1;
        values.record(&mut Into(&mut self.0.lock().unwrap()[index]));
    }

    fn record_follows_from(&self, _: &Id, _: &Id) {}
    fn event(&self, _: &Event<'_>) {}
    fn enter(&self, _: &Id) {}
    fn exit(&self, _: &Id) {}
}

#[tokio::test]
async fn statements_are_traced_under_opentelemetrys_names_without_values() {
    let spans = Spans::default();
    let _guard = tracing::subscriber::set_default(spans.clone());
    let db = database().await;
    let statement = with(sql("SELECT $1::text"), "canary".to_owned());
    all::<String>(&db, &statement).await.unwrap();
    assert!(execute(&db, "SELECT nothing FROM nowhere").await.is_err());
    db.transaction(async |tx| execute(tx, "SELECT 1").await).await.unwrap();
    let mut source = db.open(statement).await.unwrap();
    source.next(&mut Ignore).await.unwrap();

    let seen = spans.0.lock().unwrap().clone();
    let first = &seen[0];
    assert_eq!(first["db.system.name"], "postgresql");
    assert_eq!(first["db.query.text"], "SELECT $1::text");
    assert_eq!(first["db.operation.name"], "SELECT");
    assert!(url().ends_with(&format!("/{}", first["db.namespace"])), "{first:?}");
    // The directory of the socket, which a URL names percent-encoded.
    assert!(
        url().contains(&first["server.address"].replace('/', "%2F")),
        "{first:?}"
    );
    assert!(first.contains_key("server.port"));
    assert!(!first.contains_key("db.response.status_code"));
    assert_eq!(seen[1]["db.response.status_code"], "42P01");
    let texts: Vec<&str> = seen.iter().map(|span| span["db.query.text"].as_str()).collect();
    assert!(
        texts.contains(&"BEGIN") && texts.iter().any(|text| text.ends_with("COMMIT")),
        "{texts:?}"
    );
    assert!(!format!("{seen:?}").contains("canary"));
}

//! Spans and the echo: which statement ran, where, and how long. Never a value.
//!
//! Names are those of OpenTelemetry's semantic conventions for databases. When nobody listens at DEBUG and nothing is
//! echoed, a statement costs one atomic load here.

use std::future::Future;
use std::panic::Location;
use std::sync::Arc;
use std::time::{Duration, Instant};

use orm_core::{Error, Statement};
use tokio::runtime::Handle;
use tracing::{Instrument, Level, Span, field};

use crate::config::Config;
use crate::inside::Inside;
use crate::n_plus_one::{Detector, Found};

/// The server and database, as traces name them.
pub(crate) struct Target {
    address: String,
    port: u16,
    namespace: String,
    echo: bool,
    /// `None` where nobody wants to be warned.
    n_plus_one: Option<Detector>,
    /// How long to wait for a connection, or for another savepoint to end.
    pub(crate) wait_timeout: Option<Duration>,
    pub(crate) inside: Arc<Inside>,
    /// How long a statement may take by the program's clock, where the server has no limit of ours.
    pub(crate) client_timeout: Option<Duration>,
    /// The runtime that it was made in.
    pub(crate) runtime: Handle,
}

/// What runs.
#[derive(Clone, Copy)]
pub(crate) struct Work<'a> {
    text: &'a str,
    operation: &'a str,
    table: Option<&'a str>,
    place: Option<&'static Location<'static>>,
}

impl<'a> Work<'a> {
    pub(crate) fn statement(statement: &'a Statement) -> Self {
        Self {
            text: &statement.text,
            operation: statement.operation,
            table: statement.table.map(|table| table.name),
            place: statement.place,
        }
    }

    pub(crate) fn text(text: &'a str, operation: &'a str) -> Self {
        Self {
            text,
            operation,
            table: None,
            place: None,
        }
    }

    /// With the place in the program, if it is known.
    pub(crate) fn at(self, place: Option<&'static Location<'static>>) -> Self {
        Self { place, ..self }
    }
}

impl Target {
    pub(crate) fn new(config: &Config) -> Self {
        let host = config.hosts.first().cloned();
        Self {
            address: host
                .or_else(|| config.host_addresses.first().map(ToString::to_string))
                .unwrap_or_default(),
            port: config.port(0),
            namespace: config
                .dbname
                .clone()
                .or_else(|| config.user.clone())
                .unwrap_or_default(),
            echo: config.echo,
            n_plus_one: config.n_plus_one.map(Detector::new),
            wait_timeout: config.wait_timeout,
            inside: Arc::default(),
            client_timeout: config.statement_timeout.filter(|_| config.pgbouncer),
            runtime: Handle::current(),
        }
    }

    /// Whether somebody wants to know of statements.
    #[inline]
    pub(crate) fn is_watched(&self) -> bool {
        self.echo || tracing::enabled!(Level::DEBUG)
    }

    /// Runs `work` inside of a span, and echoes it.
    pub(crate) async fn watch<T>(
        &self,
        work: Work<'_>,
        future: impl Future<Output = Result<T, Error>>,
    ) -> Result<T, Error> {
        let span = self.span(work);
        let begun = Instant::now();
        let result = future.instrument(span.clone()).await;
        if let Err(error) = &result {
            span.record("error.type", field::debug(error.kind()));
            if let Some(code) = error.sqlstate() {
                span.record("db.response.status_code", code);
            }
        }
        if self.echo {
            let took = begun.elapsed().as_secs_f64() * 1000.0;
            let outcome = if result.is_ok() { "" } else { " (failed)" };
            let place = work.place.map_or_else(String::new, |place| format!(" -- {place}"));
            eprintln!("[{took:.3} ms{outcome}] {}{place}", work.text);
        }
        result
    }

    /// When a statement begins, if that is to be known.
    #[inline]
    pub(crate) fn begun(&self) -> Option<Instant> {
        self.n_plus_one.as_ref().map(|_| Instant::now())
    }

    /// Looks whether a statement that gave so many rows is one of an N+1.
    #[inline]
    pub(crate) fn ran(&self, statement: &Statement, begun: Option<Instant>, rows: u64) {
        if let (Some(detector), Some(begun)) = (&self.n_plus_one, begun)
            && let Some(found) = detector.ran(statement, begun, rows)
        {
            self.warn(statement, found);
        }
    }

    #[cold]
    fn warn(&self, statement: &Statement, found: Found) {
        let Found { place, times, rows, .. } = found;
        let source = found
            .source
            .map_or_else(|| "a statement".to_owned(), ToString::to_string);
        let said = format!(
            "N+1: the same SELECT was sent {times} times from {place}, after {source} gave {rows} rows; read both at \
             once: `.with(…)` in the query, or `load(&rows, …)` for rows that are there"
        );
        if self.echo {
            eprintln!("warning: {said}");
        }
        tracing::warn!(
            target: "orm",
            {
                code.file.path = place.file(),
                code.line.number = place.line(),
                db.query.text = &*statement.text,
                db.collection.name = statement.table.map(|table| table.name),
            },
            "{said}"
        );
    }

    /// Echoes what a drop has sent: nobody waits for its end.
    pub(crate) fn echo_on_drop(&self, text: &str, sent: Instant) {
        if self.echo {
            let took = sent.elapsed().as_secs_f64() * 1000.0;
            eprintln!("[{:.3} ms (on drop)] {text}", took.max(0.001));
        }
    }

    fn span(&self, work: Work<'_>) -> Span {
        tracing::debug_span!(
            target: "orm",
            "query",
            otel.kind = "client",
            db.system.name = "postgresql",
            db.namespace = self.namespace,
            db.query.text = work.text,
            db.operation.name = work.operation,
            db.collection.name = work.table,
            code.file.path = work.place.map(Location::file),
            code.line.number = work.place.map(Location::line),
            server.address = self.address,
            server.port = self.port,
            db.response.status_code = field::Empty,
            error.type = field::Empty,
        )
    }
}

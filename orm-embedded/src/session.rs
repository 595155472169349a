//! A connection on its own thread, for statements that create, drop and look after databases.
//!
//! It has a runtime of its own, so that a test can use it from any runtime, from none, and from a
//! destructor while its own runtime is going down.

use std::fmt;
use std::sync::mpsc as blocking;
use std::time::Duration;

use tokio::sync::{mpsc, oneshot};
use tokio_postgres::{Client, Config, NoTls, SimpleQueryMessage};

use crate::error::{Error, ErrorKind};

/// The rows of the last statement, as text; `None` is NULL.
pub(crate) type Rows = Vec<Vec<Option<String>>>;

/// A handle to the thread. The connection is made with the first statement and ends with the
/// last handle.
#[derive(Clone)]
pub(crate) struct Session {
    jobs: mpsc::UnboundedSender<Job>,
}

struct Job {
    statements: Vec<String>,
    reply: Box<dyn FnOnce(Result<Rows, Error>) + Send>,
}

impl Session {
    /// Starts the thread. `on_connect` is run first on every connection, also after a lost one.
    ///
    /// # Errors
    ///
    /// [`ErrorKind::Connect`] when the system gives no thread.
    pub(crate) fn open(config: Config, on_connect: Option<String>) -> Result<Session, Error> {
        let (jobs, queue) = mpsc::unbounded_channel();
        let _ = std::thread::Builder::new()
            .name("orm-embedded".to_owned())
            .spawn(move || serve(&config, on_connect.as_deref(), queue))
            .map_err(|cause| {
                let sentence = format!("could not start a thread for the connection: {cause}");
                Error::new(ErrorKind::Connect, sentence).because(cause)
            })?;
        Ok(Session { jobs })
    }

    /// Runs one statement and gives its rows.
    ///
    /// # Errors
    ///
    /// [`ErrorKind::Connect`] or [`ErrorKind::Statement`].
    pub(crate) async fn query(&self, statement: impl Into<String>) -> Result<Rows, Error> {
        let (reply, answer) = oneshot::channel();
        self.send(vec![statement.into()], move |result| {
            let _ = reply.send(result);
        });
        answer.await.unwrap_or_else(|_| Err(gone()))
    }

    /// As [`Session::query`], from code that is not async.
    pub(crate) fn query_blocking(&self, statement: impl Into<String>) -> Result<Rows, Error> {
        let (reply, answer) = blocking::channel();
        self.send(vec![statement.into()], move |result| {
            let _ = reply.send(result);
        });
        answer.recv().unwrap_or_else(|_| Err(gone()))
    }

    /// Runs statements in order, with nobody else's in between, without waiting for them. Stops at
    /// the first that fails or whose first value is false.
    pub(crate) fn send(&self, statements: Vec<String>, reply: impl FnOnce(Result<Rows, Error>) + Send + 'static) {
        let job = Job {
            statements,
            reply: Box::new(reply),
        };
        if let Err(unsent) = self.jobs.send(job) {
            (unsent.0.reply)(Err(gone()));
        }
    }
}

impl fmt::Debug for Session {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Session")
    }
}

fn serve(config: &Config, on_connect: Option<&str>, mut queue: mpsc::UnboundedReceiver<Job>) {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build();
    let Ok(runtime) = runtime else {
        // Closing the queue answers every job with `gone`.
        return;
    };
    runtime.block_on(async move {
        let mut connection: Option<Client> = None;
        while let Some(job) = queue.recv().await {
            let usable = connection.take().filter(|client| !client.is_closed());
            let client = match usable {
                Some(client) => Ok(client),
                None => connect(config, on_connect).await,
            };
            let result = match client {
                Ok(client) => run(connection.insert(client), &job.statements).await,
                Err(error) => Err(error),
            };
            (job.reply)(result);
        }
    });
}

async fn connect(config: &Config, on_connect: Option<&str>) -> Result<Client, Error> {
    let mut config = config.clone();
    if config.get_connect_timeout().is_none() {
        let _ = config.connect_timeout(Duration::from_secs(10));
    }
    let (client, connection) = config.connect(NoTls).await.map_err(|cause| {
        let sentence = format!(
            "could not connect to the PostgreSQL server{}. If DATABASE_URL is set, check that its \
             server runs, lets this user in and does not insist on TLS, or unset it to get a \
             private server.",
            reason(&cause)
        );
        Error::new(ErrorKind::Connect, sentence).because(cause)
    })?;
    drop(tokio::spawn(connection));
    if let Some(statement) = on_connect {
        let _ = run(&client, &[statement.to_owned()]).await?;
    }
    Ok(client)
}

async fn run(client: &Client, statements: &[String]) -> Result<Rows, Error> {
    let mut rows = Rows::new();
    for statement in statements {
        let messages = client
            .simple_query(statement)
            .await
            .map_err(|cause| refused(statement, cause))?;
        rows = messages.iter().filter_map(texts).collect();
        let first = rows.first().and_then(|row| row.first());
        if matches!(first, Some(Some(value)) if value == "f") {
            break;
        }
    }
    Ok(rows)
}

fn texts(message: &SimpleQueryMessage) -> Option<Vec<Option<String>>> {
    match message {
        SimpleQueryMessage::Row(row) => Some((0..row.len()).map(|index| row.get(index).map(str::to_owned)).collect()),
        _ => None,
    }
}

fn refused(statement: &str, cause: tokio_postgres::Error) -> Error {
    let kind = match cause.as_db_error() {
        Some(_) => ErrorKind::Statement,
        None => ErrorKind::Connect,
    };
    let sentence = format!("`{statement}` failed{}", reason(&cause));
    Error::new(kind, sentence).because(cause)
}

/// The server's own words with the SQLSTATE, or what the driver says.
fn reason(cause: &tokio_postgres::Error) -> String {
    match (cause.as_db_error(), std::error::Error::source(cause)) {
        (Some(error), _) => format!(": {} ({})", error.message(), error.code().code()),
        (None, Some(source)) => format!(": {source}"),
        (None, None) => format!(": {cause}"),
    }
}

fn gone() -> Error {
    Error::new(
        ErrorKind::Connect,
        "the thread that looks after the databases has ended",
    )
}

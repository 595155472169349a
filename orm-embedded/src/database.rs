//! A database for one test.

use std::cell::RefCell;
use std::sync::Arc;
use std::sync::mpsc::{Receiver, channel};
use std::time::Duration;

use crate::error::Error;
use crate::server::Server;
use crate::session::Session;
use crate::template::{Prepared, SetupError, Template};
use crate::url;

/// A database of its own, dropped with this value.
///
/// Dropping the value hands `DROP DATABASE … WITH (FORCE)` to a thread and does not wait for it: it
/// works without a runtime, in a panic, and with connections still open, which the server closes.
#[derive(Debug)]
pub struct TestDatabase {
    name: String,
    url: String,
    server: Server,
    /// Keeps the template for the next one.
    _template: Option<Arc<Prepared>>,
}

impl Server {
    /// A new empty database.
    ///
    /// # Errors
    ///
    /// [`ErrorKind::Statement`](crate::ErrorKind::Statement) when the server refuses, for example for
    /// want of the right to create databases (42501);
    /// [`ErrorKind::Connect`](crate::ErrorKind::Connect) when it has gone.
    pub async fn create_database(&self) -> Result<TestDatabase, Error> {
        self.create(None).await
    }

    /// A copy of a template.
    ///
    /// # Errors
    ///
    /// As [`Server::create_database`]; also when the template is one of another server.
    pub async fn create_database_from(&self, template: &Template) -> Result<TestDatabase, Error> {
        self.create(Some(template.prepared.clone())).await
    }

    async fn create(&self, template: Option<Arc<Prepared>>) -> Result<TestDatabase, Error> {
        let name = self.new_database_name();
        let source = template.as_ref().map(|template| template.name.as_str());
        let statement = self.create_statement(&name, source);
        // Made before it is awaited: whoever gives up waiting drops a database that may come to be.
        let database = TestDatabase {
            url: url::with_database(self.url(), &name)?,
            name,
            server: self.clone(),
            _template: template,
        };
        let _ = self.session().query(statement).await?;
        self.sweep_once();
        Ok(database)
    }
}

impl TestDatabase {
    /// A new empty database on the shared server.
    ///
    /// # Errors
    ///
    /// As [`Server::start`] and [`Server::create_database`].
    pub async fn create() -> Result<TestDatabase, Error> {
        Server::start().await?.create_database().await
    }

    /// A copy of a template on the shared server; the first who asks for `key` runs `setup`.
    ///
    /// ```no_run
    /// # async fn test() -> Result<(), orm_embedded::Error> {
    /// let database = orm_embedded::TestDatabase::from_template("shop", async |url| {
    ///     let (client, connection) = tokio_postgres::connect(url, tokio_postgres::NoTls).await?;
    ///     tokio::spawn(connection);
    ///     client.batch_execute("CREATE TABLE orders (id int8 PRIMARY KEY)").await?;
    ///     Ok(())
    /// })
    /// .await?;
    /// println!("{}", database.url());
    /// # Ok(())
    /// # }
    /// ```
    ///
    /// # Errors
    ///
    /// As [`Server::start`], [`Server::template`] and [`Server::create_database`].
    pub async fn from_template(
        key: &str,
        setup: impl AsyncFnOnce(&str) -> Result<(), SetupError>,
    ) -> Result<TestDatabase, Error> {
        let server = Server::start().await?;
        let template = server.template(key, setup).await?;
        server.create_database_from(&template).await
    }

    /// The URL to connect to.
    pub fn url(&self) -> &str {
        &self.url
    }

    /// The database's name.
    pub fn name(&self) -> &str {
        &self.name
    }

    /// The server that it is on.
    pub fn server(&self) -> &Server {
        &self.server
    }
}

/// A database for code that is not async; see [`crate::url`].
pub(crate) fn create_blocking() -> Result<TestDatabase, Error> {
    let server = Server::start_blocking()?;
    let name = server.new_database_name();
    let database = TestDatabase {
        url: url::with_database(server.url(), &name)?,
        name,
        server: server.clone(),
        _template: None,
    };
    let statement = server.create_statement(&database.name, None);
    let _ = server.session().query_blocking(statement)?;
    server.sweep_once();
    Ok(database)
}

impl Drop for TestDatabase {
    fn drop(&mut self) {
        let statements = vec![format!("DROP DATABASE IF EXISTS {} WITH (FORCE)", self.name)];
        if self.server.is_foreign() {
            finish(self.server.session(), statements);
        } else {
            // It goes with the server at the latest, or another process sweeps it.
            self.server.session().send(statements, |_| {});
        }
    }
}

/// Sends statements without waiting, but keeps this thread from ending before they are done.
pub(crate) fn finish(session: &Session, statements: Vec<String>) {
    let (done, finished) = channel();
    session.send(statements, move |_| {
        let _ = done.send(());
    });
    wait_at_the_end_of_this_thread(finished);
}

thread_local! {
    /// Drops that this thread has asked for and that may not be cut off by the end of the process.
    static UNFINISHED: RefCell<Unfinished> = const { RefCell::new(Unfinished(Vec::new())) };
}

struct Unfinished(Vec<Receiver<()>>);

impl Drop for Unfinished {
    fn drop(&mut self) {
        self.0.iter().for_each(wait);
    }
}

/// A test runner ends the process right after the last test's thread, so that thread must wait; not
/// the destructor of the database, which may run on a thread of the test's runtime.
fn wait_at_the_end_of_this_thread(finished: Receiver<()>) {
    let mut finished = Some(finished);
    let _ = UNFINISHED.try_with(|unfinished| {
        unfinished.borrow_mut().0.extend(finished.take());
    });
    // The thread's locals are gone already: this is its end.
    if let Some(finished) = finished {
        wait(&finished);
    }
}

fn wait(finished: &Receiver<()>) {
    let _ = finished.recv_timeout(Duration::from_secs(5));
}

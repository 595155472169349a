//! A database, by a pool of connections.

use std::fmt;
use std::ops::AsyncFnOnce;
use std::sync::Arc;
use std::time::{Duration, Instant};

use orm_core::{
    BoxFuture, ByteStream, CopyFormat, CopySource, Error, ErrorKind, Executor, RowSink, RowSource, Settings, Statement,
    Transaction, TransactionOptions, in_transaction,
};

use crate::config::Config;
use crate::connect::Connector;
use crate::connection::Connection;
use crate::copy_out::Place;
use crate::database_builder::DatabaseBuilder;
use crate::events::Status;
use crate::lease::Lease;
use crate::pool::Pool;
use crate::replicas::{Picked, ReplicaStatus, Replicas};
use crate::routed::{OnReplica, ReadYourWrites};
use crate::shared_reads::{Counted, Pace, Seat, SharedReads, TextId};
use crate::trace::{Target, Work};
use crate::transaction::{self, Handle};
use crate::transaction_builder::{On, TransactionBuilder};
use crate::{batch, copy, copy_out, cursor, deadline, run};

/// How often a read is run again whose connection was lost before its first row.
const READ_AGAIN: usize = 2;

/// A database: a pool of connections. Clones are cheap and share the pool.
///
/// It is an executor: each statement runs on a connection of the pool, which is given back after it.
#[derive(Clone)]
pub struct Database {
    pool: Pool,
    target: Arc<Target>,
    /// `None` where each read has a connection of its own.
    shared: Option<Arc<SharedReads>>,
    /// `None` where all goes to one server.
    replicas: Option<Arc<Replicas>>,
}

impl Database {
    /// Connects to the database of a URL: `postgres://user:password@host:port/dbname`, with libpq's parameters
    /// (`?sslmode=…&sslrootcert=…&options=…`). One connection is opened, so that a wrong URL, password or address is
    /// an error here.
    ///
    /// Connections to other machines use TLS and verify the server; `sslmode=disable` in the URL is the choice not to.
    ///
    /// # Errors
    /// [`ErrorKind::Config`](orm_core::ErrorKind::Config), [`ErrorKind::Connect`](orm_core::ErrorKind::Connect),
    /// [`ErrorKind::Authentication`](orm_core::ErrorKind::Authentication). None shows the password.
    pub async fn connect(url: &str) -> Result<Self, Error> {
        Self::builder().url(url).connect().await
    }

    /// Connects to the database that the environment names: `DATABASE_URL`, else `PGHOST`, `PGUSER` and so on.
    ///
    /// # Errors
    /// As [`connect`](Self::connect).
    pub async fn from_env() -> Result<Self, Error> {
        DatabaseBuilder::from(Config::from_env()?).connect().await
    }

    /// A database with settings of its own.
    pub fn builder() -> DatabaseBuilder {
        DatabaseBuilder::default()
    }

    /// Makes the pool and opens its first connections.
    pub(crate) async fn open(config: &Config) -> Result<Self, Error> {
        Ok(Self {
            pool: Pool::open(config).await?,
            target: Arc::new(Target::new(config)),
            shared: config.share_reads.then(|| Arc::new(SharedReads::new())),
            replicas: None,
        })
    }

    /// The same with connections that are opened when they are needed.
    pub(crate) fn open_later(config: &Config) -> Result<Self, Error> {
        Ok(Self {
            pool: Pool::open_later(config)?,
            target: Arc::new(Target::new(config)),
            shared: config.share_reads.then(|| Arc::new(SharedReads::new())),
            replicas: None,
        })
    }

    /// The same with standbys to read from.
    pub(crate) fn with_replicas(self, replicas: Arc<Replicas>) -> Self {
        Self {
            replicas: Some(replicas),
            ..self
        }
    }

    /// The same database without its replicas: everything goes to the primary.
    #[must_use]
    pub fn primary(&self) -> Self {
        Self {
            replicas: None,
            ..self.clone()
        }
    }

    /// How the replicas stand, in the order in which they were given; none without replicas.
    pub fn replicas(&self) -> Vec<ReplicaStatus> {
        self.replicas
            .as_ref()
            .map_or_else(Vec::new, |replicas| replicas.status())
    }

    /// The database as somebody sees it who sees what he has written: an executor for one request or session. After a write
    /// through it, a read through it goes to a replica only once that shows the write. Clones are one in this.
    #[must_use]
    pub fn read_your_writes(&self) -> ReadYourWrites {
        ReadYourWrites::new(self.clone())
    }

    /// Now, as [`read_from`](Self::read_from) takes it; 0 without replicas.
    pub(crate) fn now(&self) -> u64 {
        self.replicas.as_ref().map_or(0, |replicas| replicas.now())
    }

    /// A replica for a statement that may go to one, and that shows what was there at this moment.
    pub(crate) fn replica_for(&self, statement: &Statement, not_before: u64) -> Option<Picked<'_>> {
        let replicas = self.replicas.as_ref()?;
        if !statement.only_reads || self.pool.is_closed() || self.target.inside.has_current() {
            return None;
        }
        replicas.pick(not_before)
    }

    /// Takes a connection out of the pool and holds it.
    ///
    /// # Errors
    /// [`ErrorKind::PoolTimeout`](orm_core::ErrorKind::PoolTimeout),
    /// [`ErrorKind::PoolClosed`](orm_core::ErrorKind::PoolClosed) and those of connecting.
    pub async fn connection(&self) -> Result<Connection, Error> {
        self.lease().await.map(Connection::new)
    }

    /// Begins a transaction. Dropped without a commit it is rolled back.
    ///
    /// It takes a connection and sends nothing: `BEGIN` goes along with the first statement, in its round trip, and what
    /// the server says against it is that statement's error. Without a statement nothing is ever sent.
    ///
    /// # Errors
    /// As [`connection`](Self::connection).
    pub async fn begin(&self) -> Result<Transaction, Error> {
        self.begin_with(TransactionOptions::default()).await
    }

    /// Like [`begin`](Self::begin), with an isolation level and modes.
    ///
    /// # Errors
    /// As [`begin`](Self::begin).
    pub async fn begin_with(&self, options: TransactionOptions) -> Result<Transaction, Error> {
        self.begin_handle(options, &Settings::default())
            .await
            .map(Handle::into_transaction)
    }

    /// Runs a closure in a transaction: committed when it gives `Ok`, rolled back when it gives `Err` or panics.
    ///
    /// # Errors
    /// Those of the closure and of the server.
    pub async fn transaction<T>(&self, work: impl AsyncFnOnce(&Transaction) -> Result<T, Error>) -> Result<T, Error> {
        in_transaction(self, TransactionOptions::default(), work).await
    }

    /// A transaction with an isolation level, modes or retries.
    pub fn transaction_with(&self) -> TransactionBuilder<'_> {
        TransactionBuilder::new(On::Database(self))
    }

    /// How the pool stands, and what it has done.
    pub fn status(&self) -> Status {
        self.pool.status()
    }

    /// Closes the pool: idle connections at once, others when they are given back. Whoever waits for one or asks for
    /// one later gets [`ErrorKind::PoolClosed`](orm_core::ErrorKind::PoolClosed).
    pub fn close(&self) {
        self.pool.close();
        if let Some(replicas) = &self.replicas {
            replicas.close();
        }
    }

    /// Closes the pool as [`close`](Self::close) does, and waits until those who hold connections have given them back,
    /// at most for this long: for the end of a program.
    ///
    /// # Errors
    /// [`ErrorKind::Timeout`](orm_core::ErrorKind::Timeout) when some were not given back in time. They are closed when
    /// they are.
    pub async fn close_within(&self, limit: Duration) -> Result<(), Error> {
        let begun = Instant::now();
        self.close();
        self.pool.close_within(limit).await?;
        match &self.replicas {
            Some(replicas) => replicas.close_within(limit.saturating_sub(begun.elapsed())).await,
            None => Ok(()),
        }
    }

    /// For a connection that is none of the pool's.
    pub(crate) fn connector(&self) -> Arc<Connector> {
        self.pool.connector()
    }

    pub(crate) async fn lease(&self) -> Result<Lease, Error> {
        Ok(Lease::new(self.pool.get().await?, Arc::clone(&self.target)))
    }

    /// Runs a statement, a read perhaps on a replica that shows what was there at this moment.
    pub(crate) fn run_as_of<'a>(
        &'a self,
        statement: &'a Statement,
        rows: &'a mut dyn RowSink,
        not_before: u64,
    ) -> BoxFuture<'a, Result<u64, Error>> {
        let running = self.run_leased(statement, rows, not_before);
        let running: BoxFuture<'a, _> = match self.target.is_watched() {
            true => Box::pin(self.target.watch(Work::statement(statement), running)),
            false => Box::pin(running),
        };
        deadline::bounded(&self.target, statement, false, running)
    }

    /// Opens a stream, of a read perhaps on a replica that shows what was there at this moment.
    pub(crate) fn open_as_of<'a>(
        &'a self,
        mut statement: Statement,
        not_before: u64,
    ) -> BoxFuture<'a, Result<Box<dyn RowSource + 'a>, Error>> {
        let (options, table) = (deadline::start(&mut statement), statement.table);
        let opening = Box::pin(async move {
            statement.check_params()?;
            if let Some(replica) = self.replica_for(&statement, not_before) {
                match replica.database().open_alone(statement.clone()).await {
                    Err(error) if replica.leaves_to_primary(&error) => {}
                    opened => return opened,
                }
            }
            self.open_alone(statement).await
        });
        deadline::bounded_piece(Arc::clone(&self.target), options.as_deref(), table, false, opening)
    }

    async fn open_alone<'a>(&self, statement: Statement) -> Result<Box<dyn RowSource + 'a>, Error> {
        let lease = Arc::new(self.lease().await?);
        let source: Box<dyn RowSource> = cursor::open_alone(lease, &Settings::default(), statement).await?;
        Ok(source as Box<dyn RowSource + 'a>)
    }

    /// A connection for statements that belong together, of which the reads may go to a replica that shows what was there
    /// at this moment.
    pub(crate) async fn connection_as_of(&self, not_before: u64) -> Result<Box<dyn Executor + '_>, Error> {
        let replicas = self.replicas.as_ref().filter(|_| !self.target.inside.has_current());
        if let Some(replica) = replicas.and_then(|replicas| replicas.pick(not_before)) {
            match replica.database().connection().await {
                Ok(connection) => return Ok(Box::new(OnReplica::new(self, replica, connection))),
                Err(error) if replica.leaves_to_primary(&error) => {}
                Err(error) => return Err(error),
            }
        }
        Ok(Box::new(self.connection().await?))
    }

    pub(crate) async fn begin_handle(&self, options: TransactionOptions, settings: &Settings) -> Result<Handle, Error> {
        let lease = Arc::new(self.lease().await?);
        transaction::begin(lease, options, settings).await
    }

    async fn run_leased(&self, statement: &Statement, rows: &mut dyn RowSink, not_before: u64) -> Result<u64, Error> {
        // Before a connection is taken: what cannot be sent needs none.
        statement.check_params()?;
        if let Some(replica) = self.replica_for(statement, not_before) {
            let mut rows = Counted::new(rows);
            match replica.database().run_here(statement, &mut rows).await {
                Err(error) if !rows.any && replica.leaves_to_primary(&error) => {}
                result => return result,
            }
        }
        self.run_here(statement, rows).await
    }

    /// On a connection of this pool, or beside others.
    async fn run_here(&self, statement: &Statement, rows: &mut dyn RowSink) -> Result<u64, Error> {
        if let Some(shared) = &self.shared
            && statement.only_reads
            && !self.pool.is_closed()
            && !self.target.inside.has_current()
        {
            return self.run_shared(shared, statement, rows).await;
        }
        let lease = self.lease().await?;
        run::run(&lease, statement, rows).await
    }

    async fn run_shared(
        &self,
        shared: &SharedReads,
        statement: &Statement,
        rows: &mut dyn RowSink,
    ) -> Result<u64, Error> {
        let text = shared.text(statement);
        let mut rows = Counted::new(rows);
        let first = match shared.pace(text) {
            Some(Pace::Slow) => None,
            _ => self.seat(shared, text).await?.run(text, statement, &mut rows).await,
        };
        let mut result = match first {
            Some(result) => result,
            None => self.run_alone(shared, statement, &mut rows).await,
        };
        // A read that runs twice does what one does. Where one connection was lost the next may be, too.
        for _ in 0..READ_AGAIN {
            match result {
                Err(error) if error.kind() == ErrorKind::ConnectionLost && !rows.any => {
                    result = self.run_alone(shared, statement, &mut rows).await;
                }
                _ => break,
            }
        }
        result
    }

    /// On a connection of its own.
    async fn run_alone(
        &self,
        shared: &SharedReads,
        statement: &Statement,
        rows: &mut dyn RowSink,
    ) -> Result<u64, Error> {
        let lease = self.lease().await?;
        let begun = Instant::now();
        let result = run::run(&lease, statement, rows).await;
        shared.took(shared.text(statement), begun.elapsed());
        result
    }

    /// On an idle connection, else beside others, else on the next one that becomes free.
    async fn seat<'a>(&self, shared: &'a SharedReads, text: TextId) -> Result<Seat<'a>, Error> {
        let in_demand = || self.pool.is_waited_for();
        if let Some(seat) = shared.join_quick(text, in_demand) {
            return Ok(seat);
        }
        let lease = match self.pool.try_get().await? {
            Some(taken) => Lease::new(taken, Arc::clone(&self.target)),
            None => match shared.join(in_demand()) {
                Some(seat) => return Ok(seat),
                None => self.lease().await?,
            },
        };
        Ok(shared.publish(lease))
    }
}

impl fmt::Debug for Database {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Database")
            .field("status", &self.status())
            .finish_non_exhaustive()
    }
}

impl Executor for Database {
    fn run<'a>(&'a self, statement: &'a Statement, rows: &'a mut dyn RowSink) -> BoxFuture<'a, Result<u64, Error>> {
        self.run_as_of(statement, rows, 0)
    }

    /// The stream owns a connection and a transaction: committed at its end, rolled back when dropped before. A
    /// statement that writes is run and saved at once, and its rows are kept for the stream.
    fn open<'a>(&'a self, statement: Statement) -> BoxFuture<'a, Result<Box<dyn RowSource + 'a>, Error>> {
        self.open_as_of(statement, 0)
    }

    fn copy_in<'a>(&'a self, copy: &'a str, source: &'a mut dyn CopySource) -> BoxFuture<'a, Result<u64, Error>> {
        let work = Work::text(copy, "COPY").at(source.place());
        let copying = async move {
            let lease = self.lease().await?;
            copy::copy_in_alone(Arc::new(lease), copy, source).await
        };
        Box::pin(self.target.watch(work, copying))
    }

    fn copy_out<'a>(&'a self, statement: Statement, format: CopyFormat) -> ByteStream<'a> {
        let place = async {
            let lease = Arc::new(self.lease().await?);
            transaction::begin_for_stream(lease, &Settings::default())
                .await
                .map(Place::Own)
        };
        copy_out::copy_out(place, statement, format)
    }

    fn batch<'a>(&'a self, sql: &'a str) -> BoxFuture<'a, Result<(), Error>> {
        let running = async move {
            let lease = self.lease().await?;
            batch::batch(&lease, sql).await
        };
        Box::pin(self.target.watch(Work::text(sql, "BATCH"), running))
    }

    fn one_connection<'a>(&'a self) -> BoxFuture<'a, Result<Option<Box<dyn Executor + 'a>>, Error>> {
        Box::pin(async move { self.connection_as_of(0).await.map(Some) })
    }

    fn begin_with<'a>(&'a self, options: TransactionOptions) -> BoxFuture<'a, Result<Transaction, Error>> {
        Box::pin(self.begin_with(options))
    }

    fn run_with_settings<'a>(
        &'a self,
        settings: &'a Settings,
        statement: &'a Statement,
        rows: &'a mut dyn RowSink,
    ) -> BoxFuture<'a, Result<u64, Error>> {
        let running = Box::pin(async move {
            statement.check_params()?;
            let lease = Arc::new(self.lease().await?);
            transaction::run_alone(&lease, settings, statement, rows).await
        });
        deadline::bounded(&self.target, statement, false, running)
    }

    fn open_with_settings<'a>(
        &'a self,
        settings: &Settings,
        mut statement: Statement,
    ) -> BoxFuture<'a, Result<Box<dyn RowSource + 'a>, Error>> {
        let settings = settings.clone();
        let (options, table) = (deadline::start(&mut statement), statement.table);
        let opening = Box::pin(async move {
            statement.check_params()?;
            let lease = Arc::new(self.lease().await?);
            let source: Box<dyn RowSource> = cursor::open_alone(lease, &settings, statement).await?;
            Ok(source as Box<dyn RowSource + 'a>)
        });
        deadline::bounded_piece(Arc::clone(&self.target), options.as_deref(), table, false, opening)
    }

    fn begin_with_settings<'a>(
        &'a self,
        options: TransactionOptions,
        settings: &'a Settings,
    ) -> BoxFuture<'a, Result<Transaction, Error>> {
        Box::pin(async move { self.begin_handle(options, settings).await.map(Handle::into_transaction) })
    }
}

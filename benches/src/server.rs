//! The server that both sides talk to, and how each connects.

use orm::{Connection, Database};
use orm_embedded::TestDatabase;
use tokio_postgres::{Client, NoTls};

use crate::Result;

/// A database of its own on a server of its own (or on that of `DATABASE_URL`), with the tables.
pub(crate) struct Server {
    database: TestDatabase,
}

impl Server {
    pub(crate) async fn start() -> Result<Self> {
        // Private: nobody else's tests run on it meanwhile.
        let server = match std::env::var_os("DATABASE_URL") {
            Some(_) => orm_embedded::Server::start().await?,
            None => orm_embedded::Server::private().await?,
        };
        let server = Self {
            database: server.create_database().await?,
        };
        orm::create_all(crate::model::TABLES, &server.orm().await?).await?;
        Ok(server)
    }

    /// Where whoever brings a connection of its own connects to.
    pub(crate) fn url(&self) -> &str {
        self.database.url()
    }

    pub(crate) async fn orm(&self) -> Result<Database> {
        orm(self.url()).await
    }

    pub(crate) async fn orm_connection(&self) -> Result<Connection> {
        Ok(self.orm().await?.connection().await?)
    }

    pub(crate) async fn client(&self) -> Result<Client> {
        client(self.url()).await
    }

    /// A pool of this size whose waiters have no deadline.
    pub(crate) async fn orm_of(&self, connections: usize) -> Result<Database> {
        let builder = Database::builder().url(self.url()).max_size(connections);
        Ok(builder.wait_timeout(None).connect().await?)
    }

    pub(crate) async fn deadpool(&self) -> Result<deadpool_postgres::Pool> {
        self.deadpool_of(16)
    }

    pub(crate) fn deadpool_of(&self, connections: usize) -> Result<deadpool_postgres::Pool> {
        let config = self.url().parse()?;
        let manager = deadpool_postgres::Manager::new(config, NoTls);
        Ok(deadpool_postgres::Pool::builder(manager)
            .max_size(connections)
            .build()?)
    }

    /// The machine and the server, without names.
    pub(crate) async fn description(&self) -> Result<String> {
        let version = self.client().await?.query_one("SHOW server_version", &[]).await?;
        let version: String = version.get(0);
        let cores = std::thread::available_parallelism()?;
        Ok(format!(
            "{cores} cores ({}), PostgreSQL {}, connected by a Unix-domain socket unless DATABASE_URL says otherwise",
            std::env::consts::ARCH,
            version.split(' ').next().unwrap_or_default(),
        ))
    }
}

pub(crate) async fn orm(url: &str) -> Result<Database> {
    Ok(Database::connect(url).await?)
}

pub(crate) async fn client(url: &str) -> Result<Client> {
    let (client, connection) = tokio_postgres::connect(url, NoTls).await?;
    // It ends with the client; an error of its own reaches the client's calls.
    tokio::spawn(async move { connection.await.ok() });
    Ok(client)
}

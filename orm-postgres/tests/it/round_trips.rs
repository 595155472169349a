//! A proxy in front of the server that counts round trips: how often the client has spoken after the server had.

use std::path::PathBuf;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};

use orm_postgres::{Database, DatabaseBuilder};
use tokio::io::{AsyncRead, AsyncReadExt, AsyncWrite, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream, UnixStream};
use tokio_postgres::config::Host;

use crate::support::*;

pub(crate) struct Proxy {
    address: String,
    seen: Arc<Seen>,
}

#[derive(Default)]
struct Seen {
    turns: AtomicUsize,
    bytes: AtomicUsize,
    client_spoke: AtomicBool,
}

#[derive(Clone)]
enum Server {
    Tcp(String, u16),
    Unix(PathBuf),
}

impl Server {
    fn of(config: &tokio_postgres::Config) -> Self {
        let port = config.get_ports().first().copied().unwrap_or(5432);
        match &config.get_hosts()[0] {
            Host::Tcp(host) => Self::Tcp(host.clone(), port),
            Host::Unix(directory) => Self::Unix(directory.join(format!(".s.PGSQL.{port}"))),
        }
    }
}

impl Proxy {
    pub(crate) async fn new() -> Self {
        let config: tokio_postgres::Config = url().parse().unwrap();
        let server = Server::of(&config);
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let password = match config.get_password() {
            Some(password) => format!(":{}", std::str::from_utf8(password).unwrap()),
            None => String::new(),
        };
        let address = format!(
            "postgres://{}{password}@{}/{}?sslmode=disable",
            config.get_user().unwrap_or("postgres"),
            listener.local_addr().unwrap(),
            config.get_dbname().unwrap(),
        );
        let seen = Arc::new(Seen::default());
        let counted = Arc::clone(&seen);
        let _accepting = tokio::spawn(async move {
            while let Ok((client, _)) = listener.accept().await {
                let _connection = tokio::spawn(serve(client, server.clone(), Arc::clone(&counted)));
            }
        });
        Self { address, seen }
    }

    pub(crate) fn builder(&self) -> DatabaseBuilder {
        Database::builder().url(&self.address)
    }

    /// How many round trips a future takes.
    pub(crate) async fn turns<T>(&self, future: impl Future<Output = T>) -> (usize, T) {
        let before = self.seen.turns.load(Ordering::SeqCst);
        let output = future.await;
        (self.seen.turns.load(Ordering::SeqCst) - before, output)
    }

    /// How many bytes the server has sent.
    pub(crate) fn bytes(&self) -> usize {
        self.seen.bytes.load(Ordering::SeqCst)
    }
}

async fn serve(client: TcpStream, server: Server, seen: Arc<Seen>) {
    let _ = client.set_nodelay(true);
    match server {
        Server::Tcp(host, port) => {
            let Ok(server) = TcpStream::connect((host, port)).await else {
                return;
            };
            let _ = server.set_nodelay(true);
            carry(client, server, seen).await;
        }
        Server::Unix(path) => {
            let Ok(server) = UnixStream::connect(path).await else {
                return;
            };
            carry(client, server, seen).await;
        }
    }
}

async fn carry<S: AsyncRead + AsyncWrite>(client: TcpStream, server: S, seen: Arc<Seen>) {
    let (from_client, to_client) = client.into_split();
    let (from_server, to_server) = tokio::io::split(server);
    tokio::join!(
        copy(from_client, to_server, &seen, true),
        copy(from_server, to_client, &seen, false)
    );
}

async fn copy(mut from: impl AsyncRead + Unpin, mut to: impl AsyncWrite + Unpin, seen: &Seen, by_client: bool) {
    let mut buffer = vec![0; 64 * 1024];
    while let Ok(length @ 1..) = from.read(&mut buffer).await {
        // Before it is handed on, so that the answer cannot be counted first.
        if seen.client_spoke.swap(by_client, Ordering::SeqCst) != by_client && by_client {
            let _ = seen.turns.fetch_add(1, Ordering::SeqCst);
        }
        if !by_client {
            let _ = seen.bytes.fetch_add(length, Ordering::SeqCst);
        }
        if to.write_all(&buffer[..length]).await.is_err() {
            break;
        }
    }
    let _ = to.shutdown().await;
}

//! A proxy that sees what is sent: it can withhold all answers until some bytes have come, so that whoever waits for an
//! answer before sending them waits for ever, and it can have the server see other bytes.

use std::sync::{Arc, Mutex};

use tokio::io::{AsyncRead, AsyncReadExt, AsyncWrite, AsyncWriteExt, ReadHalf, WriteHalf, split};
use tokio::net::{TcpListener, UnixStream};
use tokio::sync::watch;
use tokio_postgres::config::Host;

use crate::support::url;

pub(crate) struct Wire {
    url: String,
    shared: Arc<Shared>,
}

struct Shared {
    /// What withholds the answers until it is seen.
    awaited: watch::Sender<Option<Vec<u8>>>,
    /// What is replaced once, by as many bytes.
    replaced: Mutex<Option<(Vec<u8>, Vec<u8>)>>,
}

impl Wire {
    /// Before the server that all tests share.
    pub(crate) async fn new() -> Self {
        let config: tokio_postgres::Config = url().parse().unwrap();
        let (Some(Host::Unix(directory)), Some(port)) = (config.get_hosts().first(), config.get_ports().first()) else {
            panic!("the tests' server is on a Unix-domain socket");
        };
        let socket = directory.join(format!(".s.PGSQL.{port}"));
        let listener = TcpListener::bind(("127.0.0.1", 0)).await.unwrap();
        let (user, dbname) = (config.get_user().unwrap(), config.get_dbname().unwrap());
        let address = listener.local_addr().unwrap();
        let shared = Arc::new(Shared {
            awaited: watch::Sender::new(None),
            replaced: Mutex::new(None),
        });
        let of_task = Arc::clone(&shared);
        drop(tokio::spawn(async move {
            while let Ok((client, _)) = listener.accept().await {
                let server = UnixStream::connect(&socket).await.unwrap();
                let ((from_client, to_client), (from_server, to_server)) = (split(client), split(server));
                drop(tokio::spawn(up(from_client, to_server, Arc::clone(&of_task))));
                drop(tokio::spawn(down(from_server, to_client, Arc::clone(&of_task))));
            }
        }));
        Self {
            url: format!("postgres://{user}@{address}/{dbname}"),
            shared,
        }
    }

    pub(crate) fn url(&self) -> &str {
        &self.url
    }

    /// From now on no answer arrives until these bytes were sent.
    pub(crate) fn withhold_until(&self, bytes: &str) {
        self.shared.awaited.send_replace(Some(bytes.into()));
    }

    /// Whether answers are withheld.
    pub(crate) fn withholds(&self) -> bool {
        self.shared.awaited.borrow().is_some()
    }

    /// Once, the server gets others instead of these bytes.
    pub(crate) fn replace(&self, bytes: &str, by: &str) {
        assert_eq!(bytes.len(), by.len());
        *self.shared.replaced.lock().unwrap() = Some((bytes.into(), by.into()));
    }
}

async fn up<R: AsyncRead, W: AsyncWrite>(mut from: ReadHalf<R>, mut to: WriteHalf<W>, shared: Arc<Shared>) {
    let mut seen = Vec::new();
    let mut piece = vec![0; 65_536];
    while let Ok(length @ 1..) = from.read(&mut piece).await {
        let piece = &mut piece[..length];
        if let Some((bytes, by)) = &mut *shared.replaced.lock().unwrap()
            && let Some(at) = find(piece, bytes)
        {
            piece[at..at + by.len()].copy_from_slice(by);
            bytes.clear(); // Once.
        }
        seen.extend_from_slice(piece);
        let awaited = shared.awaited.borrow().clone();
        if awaited.is_some_and(|bytes| find(&seen, &bytes).is_some()) {
            shared.awaited.send_replace(None);
        }
        seen.drain(..seen.len().saturating_sub(1000));
        if to.write_all(piece).await.is_err() {
            break;
        }
    }
    let _ = to.shutdown().await;
}

async fn down<R: AsyncRead, W: AsyncWrite>(mut from: ReadHalf<R>, mut to: WriteHalf<W>, shared: Arc<Shared>) {
    let mut awaited = shared.awaited.subscribe();
    let mut piece = vec![0; 65_536];
    while let Ok(length @ 1..) = from.read(&mut piece).await {
        let _ = awaited.wait_for(Option::is_none).await;
        if to.write_all(&piece[..length]).await.is_err() {
            break;
        }
    }
    let _ = to.shutdown().await;
}

fn find(all: &[u8], part: &[u8]) -> Option<usize> {
    if part.is_empty() {
        return None;
    }
    all.windows(part.len()).position(|window| window == part)
}

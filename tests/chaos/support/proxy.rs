//! A proxy between a pool and its server, with faults to order.

use std::path::PathBuf;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use tokio::io::{AsyncRead, AsyncReadExt, AsyncWrite, AsyncWriteExt, ReadHalf, WriteHalf, split};
use tokio::net::{TcpListener, TcpStream, UnixStream};
use tokio::sync::watch;
use tokio::task::{JoinHandle, JoinSet};
use tokio_postgres::config::Host;

/// A proxy on a port of 127.0.0.1. Without faults it only passes bytes on.
pub(crate) struct Proxy {
    port: u16,
    shared: Arc<Shared>,
    listening: Mutex<Option<JoinHandle<()>>>,
}

/// Which way bytes go.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Direction {
    ToServer,
    ToClient,
}

struct Shared {
    upstream: Upstream,
    faults: watch::Sender<Faults>,
    /// Cuts a connection once.
    pattern: Mutex<Option<Pattern>>,
    cuts: AtomicUsize,
    accepted: AtomicUsize,
}

#[derive(Clone, Default)]
struct Faults {
    delay: Option<Duration>,
    silent: bool,
    refusing: bool,
    half_open: bool,
    cut_after: Option<(Direction, usize)>,
    /// Connections that were made under another number are cut.
    generation: usize,
}

struct Pattern {
    direction: Direction,
    bytes: Vec<u8>,
    /// Whether what holds the bytes still arrives.
    arrives: bool,
}

enum Upstream {
    Socket(PathBuf),
    Tcp(String, u16),
}

trait Stream: AsyncRead + AsyncWrite + Send + Unpin {}
impl<S: AsyncRead + AsyncWrite + Send + Unpin> Stream for S {}

impl Proxy {
    /// Before the server of a URL.
    pub(crate) async fn before(url: &str) -> Self {
        let upstream = Upstream::of(url);
        let listener = TcpListener::bind(("127.0.0.1", 0)).await.unwrap();
        let shared = Arc::new(Shared {
            upstream,
            faults: watch::Sender::new(Faults::default()),
            pattern: Mutex::new(None),
            cuts: AtomicUsize::new(0),
            accepted: AtomicUsize::new(0),
        });
        Self {
            port: listener.local_addr().unwrap().port(),
            listening: Mutex::new(Some(tokio::spawn(listen(listener, Arc::clone(&shared))))),
            shared,
        }
    }

    pub(crate) fn port(&self) -> u16 {
        self.port
    }

    /// How many connections were made here.
    pub(crate) fn accepted(&self) -> usize {
        self.shared.accepted.load(Ordering::SeqCst)
    }

    /// How many connections were cut by a pattern or after so many bytes.
    pub(crate) fn cuts(&self) -> usize {
        self.shared.cuts.load(Ordering::SeqCst)
    }

    /// Every piece of data takes so long.
    pub(crate) fn delay(&self, delay: Duration) {
        self.shared.faults.send_modify(|faults| faults.delay = Some(delay));
    }

    /// Nothing arrives any more in either direction; nobody is told. What is on its way arrives when healed.
    pub(crate) fn silence(&self) {
        self.shared.faults.send_modify(|faults| faults.silent = true);
    }

    /// Connections are cut as soon as they are made.
    pub(crate) fn refuse(&self) {
        self.shared.faults.send_modify(|faults| faults.refusing = true);
    }

    /// The server loses all connections, and the client is never told: its side stays open.
    pub(crate) fn half_open(&self) {
        self.shared.faults.send_modify(|faults| faults.half_open = true);
    }

    /// Cuts all connections.
    pub(crate) fn cut(&self) {
        self.shared.faults.send_modify(|faults| faults.generation += 1);
    }

    /// Cuts every connection when so many bytes of it have passed; those behind are lost.
    pub(crate) fn cut_after(&self, direction: Direction, bytes: usize) {
        self.shared
            .faults
            .send_modify(|faults| faults.cut_after = Some((direction, bytes)));
    }

    /// Cuts, once, the connection on which these bytes are seen first: before they arrive or (`arrives`) right after.
    pub(crate) fn cut_at(&self, direction: Direction, bytes: &[u8], arrives: bool) {
        *self.shared.lock_pattern() = Some(Pattern {
            direction,
            bytes: bytes.to_owned(),
            arrives,
        });
    }

    /// No faults any more. A connection that the server has lost is cut.
    pub(crate) fn heal(&self) {
        *self.shared.lock_pattern() = None;
        self.shared.faults.send_modify(|faults| {
            *faults = Faults {
                generation: faults.generation,
                ..Faults::default()
            };
        });
    }

    /// Ends it, with all its connections.
    pub(crate) async fn stop(&self) {
        let listening = self.listening.lock().unwrap_or_else(PoisonError::into_inner).take();
        if let Some(listening) = listening {
            listening.abort();
            let _ = listening.await;
        }
    }
}

impl Shared {
    fn lock_pattern(&self) -> std::sync::MutexGuard<'_, Option<Pattern>> {
        self.pattern.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Whether the pattern ends in the last `new` of these bytes, and then whether they still arrive. It is used up with
    /// that.
    fn meets_pattern(&self, direction: Direction, seen: &[u8], new: usize) -> Option<bool> {
        let mut pattern = self.lock_pattern();
        let of_interest = pattern.as_ref().filter(|pattern| pattern.direction == direction)?;
        let bytes = &of_interest.bytes;
        let before = seen.len().saturating_sub(new + bytes.len() - 1);
        let found = seen[before..].windows(bytes.len()).any(|window| window == bytes);
        found.then(|| pattern.take().is_some_and(|pattern| pattern.arrives))
    }
}

impl Upstream {
    fn of(url: &str) -> Self {
        let config: tokio_postgres::Config = url.parse().unwrap();
        let port = config.get_ports().first().copied().unwrap_or(5432);
        match config.get_hosts().first() {
            Some(Host::Unix(directory)) => Self::Socket(directory.join(format!(".s.PGSQL.{port}"))),
            Some(Host::Tcp(host)) => Self::Tcp(host.clone(), port),
            None => Self::Tcp("localhost".to_owned(), port),
        }
    }

    async fn connect(&self) -> std::io::Result<Box<dyn Stream>> {
        Ok(match self {
            Self::Socket(path) => Box::new(UnixStream::connect(path).await?),
            Self::Tcp(host, port) => Box::new(TcpStream::connect((host.as_str(), *port)).await?),
        })
    }
}

async fn listen(listener: TcpListener, shared: Arc<Shared>) {
    // Aborted with this task.
    let mut connections = JoinSet::new();
    while let Ok((client, _)) = listener.accept().await {
        shared.accepted.fetch_add(1, Ordering::SeqCst);
        while connections.try_join_next().is_some() {}
        if !shared.faults.borrow().refusing {
            connections.spawn(serve(client, Arc::clone(&shared)));
        }
    }
}

/// Passes bytes between one client and the server until one of them or a fault ends it.
async fn serve(client: TcpStream, shared: Arc<Shared>) {
    let mut faults = shared.faults.subscribe();
    let generation = faults.borrow().generation;
    let _ = client.set_nodelay(true);
    let Ok(server) = shared.upstream.connect().await else {
        return;
    };
    let (mut client_reads, mut client_writes) = split(client);
    let (mut server_reads, mut server_writes) = split(server);
    {
        let mut state = shared.faults.subscribe();
        tokio::select! {
            () = pump(&shared, Direction::ToServer, &mut client_reads, &mut server_writes) => return,
            () = pump(&shared, Direction::ToClient, &mut server_reads, &mut client_writes) => return,
            _ = state.wait_for(|now| now.generation != generation) => return,
            _ = faults.wait_for(|now| now.half_open) => {}
        }
    }
    drop((server_reads, server_writes));
    let _ = faults
        .wait_for(|now| !now.half_open || now.generation != generation)
        .await;
}

/// Passes bytes on in one direction; done when the connection is to be cut.
async fn pump<R: AsyncRead, W: AsyncWrite>(
    shared: &Shared,
    direction: Direction,
    from: &mut ReadHalf<R>,
    to: &mut WriteHalf<W>,
) {
    let mut faults = shared.faults.subscribe();
    let mut piece = vec![0; 16 * 1024];
    let mut passed = 0;
    // The end of what was passed on before, as a pattern may lie across two pieces.
    let mut seen: Vec<u8> = Vec::new();
    loop {
        let read = from.read(&mut piece).await.unwrap_or(0);
        let _ = faults.wait_for(|now| !now.silent).await;
        if read == 0 {
            return;
        }
        let (delay, limit) = (faults.borrow().delay, faults.borrow().cut_after);
        if let Some(delay) = delay {
            tokio::time::sleep(delay).await;
        }
        let bytes = &piece[..read];
        seen.extend_from_slice(bytes);
        let met = shared.meets_pattern(direction, &seen, read);
        seen.drain(..seen.len().saturating_sub(64));
        let left = match limit {
            Some((of, bytes)) if of == direction => bytes.saturating_sub(passed),
            _ => usize::MAX,
        };
        let arriving = if met == Some(false) { 0 } else { read.min(left) };
        let written = to.write_all(&bytes[..arriving]).await.is_ok() && to.flush().await.is_ok();
        passed += arriving;
        if met.is_some() || left <= read {
            shared.cuts.fetch_add(1, Ordering::SeqCst);
            return;
        }
        if !written {
            return;
        }
    }
}

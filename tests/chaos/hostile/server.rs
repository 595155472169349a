//! A server that speaks just enough of the protocol, until it is told to misbehave.

use std::io;
use std::sync::{Arc, Mutex, PoisonError};

use orm::{Database, DatabaseBuilder};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};
use tokio::task::{JoinHandle, JoinSet};

use super::bytes::*;

/// Where it misbehaves.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum At {
    /// Instead of the first answer to a start-up message.
    Connecting,
    /// Instead of the answer to the client's first SASL message.
    Sasl,
    Preparing,
    Executing,
    /// A simple query: a batch, BEGIN.
    Query,
    Commit,
    /// `COPY … FROM STDIN`.
    Copy,
}

/// And then?
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Then {
    /// It goes on as if nothing were.
    GoOn,
    Close,
    Silence,
    /// The same bytes without end.
    Forever,
    /// It takes the client's proof, and has none of its own.
    NoProof,
}

#[derive(Debug, Clone)]
pub(crate) struct Evil {
    pub(crate) at: At,
    pub(crate) bytes: Vec<u8>,
    pub(crate) then: Then,
}

pub(crate) struct Hostile {
    port: u16,
    shared: Arc<Shared>,
    listening: JoinHandle<()>,
}

#[derive(Default)]
struct Shared {
    evil: Mutex<Option<Evil>>,
    /// A session is cut when it was sent so many bytes.
    cut_after: Mutex<Option<usize>>,
}

impl Hostile {
    pub(crate) async fn start() -> Self {
        let listener = TcpListener::bind(("127.0.0.1", 0)).await.unwrap();
        let port = listener.local_addr().unwrap().port();
        let shared = Arc::<Shared>::default();
        let listening = tokio::spawn(listen(listener, Arc::clone(&shared)));
        Self {
            port,
            shared,
            listening,
        }
    }

    pub(crate) fn builder(&self) -> DatabaseBuilder {
        let builder = Database::builder().url("postgres://somebody:secret@127.0.0.1/db");
        builder.port(self.port)
    }

    pub(crate) fn misbehaves(&self, evil: Option<Evil>) {
        *self.shared.evil.lock().unwrap_or_else(PoisonError::into_inner) = evil;
    }

    pub(crate) fn cuts_after(&self, bytes: Option<usize>) {
        *self.shared.cut_after.lock().unwrap_or_else(PoisonError::into_inner) = bytes;
    }

    pub(crate) async fn stop(self) {
        self.listening.abort();
        let _ = self.listening.await;
    }
}

async fn listen(listener: TcpListener, shared: Arc<Shared>) {
    let mut sessions = JoinSet::new();
    while let Ok((stream, _)) = listener.accept().await {
        while sessions.try_join_next().is_some() {}
        let _ = stream.set_nodelay(true);
        let session = Session {
            stream,
            left: *shared.cut_after.lock().unwrap_or_else(PoisonError::into_inner),
            shared: Arc::clone(&shared),
            answer: Vec::new(),
            at: At::Query,
            copy: false,
            nonce: String::new(),
        };
        sessions.spawn(async move {
            // It ends when the client goes, or is cut.
            let _ = session.run().await;
        });
    }
}

struct Session {
    stream: TcpStream,
    /// How many bytes are sent before it is cut.
    left: Option<usize>,
    shared: Arc<Shared>,
    /// What was asked for since the last answer, and what is said to it.
    at: At,
    answer: Vec<u8>,
    /// Whether the statement is a COPY.
    copy: bool,
    /// The client's, of SCRAM.
    nonce: String,
}

impl Session {
    async fn run(mut self) -> io::Result<()> {
        let length = self.stream.read_i32().await?;
        let mut startup = vec![0; usize::try_from(length - 4).unwrap_or(0)];
        self.stream.read_exact(&mut startup).await?;
        if startup.starts_with(&80_877_102_i32.to_be_bytes()) {
            return Ok(()); // A CancelRequest.
        }
        if self.evil(At::Sasl).is_some() {
            self.send(&authentication(10, b"SCRAM-SHA-256\0\0")).await?;
            let (_, first) = self.read().await?;
            self.nonce = String::from_utf8_lossy(&first)
                .rsplit("r=")
                .next()
                .unwrap_or_default()
                .to_owned();
            self.say(At::Sasl, Vec::new()).await?;
        }
        self.say(At::Connecting, welcome()).await?;
        loop {
            let (tag, body) = self.read().await?;
            if self.listen(tag, &body) {
                let answer = std::mem::take(&mut self.answer);
                self.say(self.at, answer).await?;
            }
        }
    }

    /// Takes a message; whether it is time to answer.
    fn listen(&mut self, tag: u8, body: &[u8]) -> bool {
        let said = match tag {
            b'P' => {
                self.at = At::Preparing;
                self.copy = body.windows(4).any(|word| word == b"COPY");
                message(b'1', b"")
            }
            b'D' if self.copy => [message(b't', &[0, 0]), message(b'n', b"")].concat(),
            b'D' => [message(b't', &[0, 0]), columns(1)].concat(),
            b'B' => message(b'2', b""),
            b'E' if self.copy => {
                self.at = At::Copy;
                message(b'G', &[1, 0, 0])
            }
            b'E' => {
                self.at = At::Executing;
                [data_row(1, &cell(1)), complete("SELECT 1")].concat()
            }
            b'C' => message(b'3', b""),
            b'c' => {
                self.copy = false;
                complete("COPY 0")
            }
            b'Q' => {
                let commits = body.windows(6).any(|word| word == b"COMMIT");
                self.at = if commits { At::Commit } else { At::Query };
                let statements = body.split(|byte| *byte == b';').filter(|text| text.len() > 1);
                statements.map(|_| complete("SET")).collect::<Vec<_>>().concat()
            }
            _ => Vec::new(),
        };
        self.answer.extend(said);
        // A server that waits for data takes no notice of Sync.
        let waits_for_data = self.copy && self.at == At::Copy;
        if matches!(tag, b'S' | b'Q') && !waits_for_data {
            self.answer.extend(ready());
        }
        matches!(tag, b'S' | b'Q')
    }

    async fn read(&mut self) -> io::Result<(u8, Vec<u8>)> {
        let tag = self.stream.read_u8().await?;
        let length = self.stream.read_i32().await?;
        let mut body = vec![0; usize::try_from(length - 4).unwrap_or(0)];
        self.stream.read_exact(&mut body).await?;
        Ok((tag, body))
    }

    fn evil(&self, at: At) -> Option<Evil> {
        let evil = self.shared.evil.lock().unwrap_or_else(PoisonError::into_inner);
        evil.clone().filter(|evil| evil.at == at)
    }

    /// Says what is right here, or what is wrong.
    async fn say(&mut self, at: At, right: Vec<u8>) -> io::Result<()> {
        let Some(evil) = self.evil(at) else {
            return self.send(&right).await;
        };
        self.send(&with_nonce(&evil.bytes, &self.nonce)).await?;
        match evil.then {
            Then::GoOn => Ok(()),
            Then::Close => Err(io::ErrorKind::ConnectionAborted.into()),
            Then::Silence => {
                // Until the client has gone.
                while self.stream.read(&mut [0; 1024]).await? > 0 {}
                Err(io::ErrorKind::ConnectionAborted.into())
            }
            Then::Forever => loop {
                self.send(&evil.bytes).await?;
            },
            Then::NoProof => {
                let _proof = self.read().await?;
                self.send(&authentication(12, b"v=AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA="))
                    .await
            }
        }
    }

    async fn send(&mut self, bytes: &[u8]) -> io::Result<()> {
        let passing = self.left.map_or(bytes.len(), |left| left.min(bytes.len()));
        self.stream.write_all(&bytes[..passing]).await?;
        let Some(left) = &mut self.left else { return Ok(()) };
        *left -= passing;
        if *left == 0 {
            return Err(io::ErrorKind::ConnectionAborted.into());
        }
        Ok(())
    }
}

/// A message with the client's nonce where `NONCE` stands.
fn with_nonce(bytes: &[u8], nonce: &str) -> Vec<u8> {
    const PLACE: &[u8] = b"NONCE";
    match bytes.windows(PLACE.len()).position(|word| word == PLACE) {
        Some(at) => message(
            bytes[0],
            &[&bytes[5..at], nonce.as_bytes(), &bytes[at + PLACE.len()..]].concat(),
        ),
        None => bytes.to_vec(),
    }
}

//! Connections without TLS, watched until the server has let us in: one to another machine never carries a password in
//! clear text, whatever the server asks for.
//!
//! tokio-postgres answers every way of authentication. This hands it the socket as if it were TLS, by the hook that it
//! has for that, so that what the server asks for is seen first.

use std::convert::Infallible;
use std::future::{Ready, ready};
use std::io;
use std::pin::Pin;
use std::task::{Context, Poll};

use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};
use tokio_postgres::Socket;
use tokio_postgres::tls::{ChannelBinding, MakeTlsConnect, TlsConnect, TlsStream};

/// What the error says when a server asks for a password in clear text.
pub(crate) const CLEAR_TEXT: &str = "the server asks for the password in clear text on an unencrypted connection, and \
     was not given it; use TLS, or have the server ask by scram-sha-256 (or, where anyone on the way may read it, call \
     `.allow_cleartext_password()`)";

/// Makes [`Watched`] of sockets.
#[derive(Clone, Copy)]
pub(crate) struct Plain;

/// A socket, and what is known of the server's first messages.
pub(crate) struct Watched {
    socket: Socket,
    greeting: Greeting,
}

impl MakeTlsConnect<Socket> for Plain {
    type Stream = Watched;
    type TlsConnect = Self;
    type Error = Infallible;

    fn make_tls_connect(&mut self, _: &str) -> Result<Self, Infallible> {
        Ok(*self)
    }
}

impl TlsConnect<Socket> for Plain {
    type Stream = Watched;
    type Error = Infallible;
    type Future = Ready<Result<Watched, Infallible>>;

    fn connect(self, socket: Socket) -> Self::Future {
        let greeting = Greeting::default();
        ready(Ok(Watched { socket, greeting }))
    }
}

impl TlsStream for Watched {
    fn channel_binding(&self) -> ChannelBinding {
        ChannelBinding::none()
    }
}

impl AsyncRead for Watched {
    fn poll_read(mut self: Pin<&mut Self>, cx: &mut Context<'_>, buffer: &mut ReadBuf<'_>) -> Poll<io::Result<()>> {
        let before = buffer.filled().len();
        let read = Pin::new(&mut self.socket).poll_read(cx, buffer);
        let news = buffer.filled().get(before..).unwrap_or_default();
        if !self.greeting.is_over && self.greeting.asks_for_clear_text(news) {
            return Poll::Ready(Err(io::Error::new(io::ErrorKind::PermissionDenied, CLEAR_TEXT)));
        }
        read
    }
}

impl AsyncWrite for Watched {
    fn poll_write(mut self: Pin<&mut Self>, cx: &mut Context<'_>, bytes: &[u8]) -> Poll<io::Result<usize>> {
        Pin::new(&mut self.socket).poll_write(cx, bytes)
    }

    fn poll_flush(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.socket).poll_flush(cx)
    }

    fn poll_shutdown(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.socket).poll_shutdown(cx)
    }
}

/// The server's messages until it has let us in. PostgreSQL's chapter: *Message Formats*.
#[derive(Default)]
struct Greeting {
    is_over: bool,
    /// The type of a message, its length, and of a request for authentication its code.
    head: Vec<u8>,
    /// What is left of a message that does not matter.
    rest: usize,
}

impl Greeting {
    /// Takes what the server has sent; whether it asks for a password in clear text.
    fn asks_for_clear_text(&mut self, mut news: &[u8]) -> bool {
        const OK: u32 = 0;
        const CLEAR_TEXT_PASSWORD: u32 = 3;
        while !self.is_over {
            let skipped = self.rest.min(news.len());
            self.rest -= skipped;
            let Some((byte, after)) = news.get(skipped..).and_then(<[u8]>::split_first) else {
                return false;
            };
            news = after;
            self.head.push(*byte);
            match *self.head {
                [b'R', l1, l2, l3, l4, c1, c2, c3, c4] => {
                    match u32::from_be_bytes([c1, c2, c3, c4]) {
                        CLEAR_TEXT_PASSWORD => return true,
                        OK => self.is_over = true,
                        _ => self.skips([l1, l2, l3, l4], 8),
                    };
                }
                [b'R', ..] => {}
                [_, l1, l2, l3, l4] => self.skips([l1, l2, l3, l4], 4),
                _ => {}
            }
        }
        false
    }

    /// The message is of this length, of which so much was read.
    fn skips(&mut self, length: [u8; 4], read: usize) {
        let length = usize::try_from(u32::from_be_bytes(length)).unwrap_or(usize::MAX);
        self.rest = length.saturating_sub(read);
        self.head.clear();
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const NOTICE: &[u8] = b"N\0\0\0\x08abcd";
    const SASL: &[u8] = b"R\0\0\0\x0c\0\0\0\x0aabcd";
    const LETS_IN: &[u8] = b"R\0\0\0\x08\0\0\0\0";
    const CLEAR_TEXT: &[u8] = b"R\0\0\0\x08\0\0\0\x03";

    /// Whatever the pieces are in which the bytes arrive.
    fn asks(messages: &[&[u8]]) -> bool {
        let bytes = messages.concat();
        let results: Vec<bool> = [1, 2, 3, 7, 100]
            .into_iter()
            .map(|size| {
                let mut greeting = Greeting::default();
                bytes.chunks(size).any(|piece| greeting.asks_for_clear_text(piece))
            })
            .collect();
        assert!(results.iter().all(|result| *result == results[0]), "{results:?}");
        results[0]
    }

    #[test]
    fn a_request_for_clear_text_is_seen_behind_other_messages_but_not_after_the_door() {
        assert!(asks(&[CLEAR_TEXT]));
        assert!(asks(&[NOTICE, SASL, CLEAR_TEXT]));
        assert!(!asks(&[SASL, SASL]));
        assert!(!asks(&[NOTICE, LETS_IN, CLEAR_TEXT]));
        assert!(!asks(&[b"N\0\0\0\x0c", &CLEAR_TEXT[..8]]), "inside another message");
    }
}

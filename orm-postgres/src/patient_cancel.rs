//! A CancelRequest that waits until the other side has closed the connection, as libpq's does.
//!
//! tokio-postgres closes its own side at once. PostgreSQL does not mind, but PgBouncer 1.18 ends with `FATAL: bad client
//! state` when the client that asks is gone before the server has been asked: a single statement that is given up would take
//! the pooler down, with all of its clients.

use std::convert::Infallible;
use std::future::{Future, Ready, ready};
use std::io;
use std::pin::Pin;
use std::task::{Context, Poll};

use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};
use tokio::net::{TcpStream, UnixStream};
use tokio_postgres::config::Host;
use tokio_postgres::tls::{ChannelBinding, MakeTlsConnect, TlsConnect, TlsStream};
use tokio_postgres::{CancelToken, Config};

/// Asks the servers of these settings, without TLS, to cancel what runs on a connection; all but one of them do not know it.
///
/// # Errors
/// When one could not be asked.
pub(crate) async fn cancel<'a>(token: &CancelToken, servers: impl Iterator<Item = &'a Config>) -> io::Result<()> {
    for server in servers {
        let port = server.get_ports().first().copied().unwrap_or(5432);
        match (server.get_hostaddrs().first(), server.get_hosts().first()) {
            (Some(address), _) => ask(token, TcpStream::connect((*address, port)).await?).await?,
            (None, Some(Host::Tcp(host))) => ask(token, TcpStream::connect((host.as_str(), port)).await?).await?,
            (None, Some(Host::Unix(directory))) => {
                let socket = directory.join(format!(".s.PGSQL.{port}"));
                ask(token, UnixStream::connect(socket).await?).await?;
            }
            (None, None) => {}
        }
    }
    Ok(())
}

async fn ask<S: AsyncRead + AsyncWrite + Unpin>(token: &CancelToken, stream: S) -> io::Result<()> {
    let asked = token.cancel_query_raw(Patient(Bare(stream)), Through).await;
    asked.map_err(|error| io::Error::other(error.to_string()))
}

/// A stream without TLS, as what TLS would make of it.
struct Bare<S>(S);

impl<S: AsyncRead + Unpin> AsyncRead for Bare<S> {
    fn poll_read(mut self: Pin<&mut Self>, context: &mut Context<'_>, into: &mut ReadBuf<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.0).poll_read(context, into)
    }
}

impl<S: AsyncWrite + Unpin> AsyncWrite for Bare<S> {
    fn poll_write(mut self: Pin<&mut Self>, context: &mut Context<'_>, bytes: &[u8]) -> Poll<io::Result<usize>> {
        Pin::new(&mut self.0).poll_write(context, bytes)
    }

    fn poll_flush(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.0).poll_flush(context)
    }

    fn poll_shutdown(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.0).poll_shutdown(context)
    }
}

impl<S: AsyncRead + AsyncWrite + Unpin> TlsStream for Bare<S> {
    fn channel_binding(&self) -> ChannelBinding {
        ChannelBinding::none()
    }
}

/// Makes a stream what it is.
struct Through;

impl<S: TlsStream + Unpin> TlsConnect<S> for Through {
    type Stream = S;
    type Error = Infallible;
    type Future = Ready<Result<S, Infallible>>;

    fn connect(self, stream: S) -> Self::Future {
        ready(Ok(stream))
    }
}

/// A stream whose end comes when the other side has closed it; and what makes such streams.
pub(crate) struct Patient<S>(pub(crate) S);

impl<S: AsyncRead + Unpin> AsyncRead for Patient<S> {
    fn poll_read(mut self: Pin<&mut Self>, context: &mut Context<'_>, into: &mut ReadBuf<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.0).poll_read(context, into)
    }
}

impl<S: AsyncRead + AsyncWrite + Unpin> AsyncWrite for Patient<S> {
    fn poll_write(mut self: Pin<&mut Self>, context: &mut Context<'_>, bytes: &[u8]) -> Poll<io::Result<usize>> {
        Pin::new(&mut self.0).poll_write(context, bytes)
    }

    fn poll_flush(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.0).poll_flush(context)
    }

    fn poll_shutdown(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        loop {
            let mut byte = [0];
            let mut into = ReadBuf::new(&mut byte);
            let read = std::task::ready!(Pin::new(&mut self.0).poll_read(context, &mut into));
            // However it ends: it has ended.
            if read.is_err() || into.filled().is_empty() {
                return Poll::Ready(Ok(()));
            }
        }
    }
}

impl<S: TlsStream + Unpin> TlsStream for Patient<S> {
    fn channel_binding(&self) -> ChannelBinding {
        self.0.channel_binding()
    }
}

impl<S, T: MakeTlsConnect<S>> MakeTlsConnect<S> for Patient<T>
where
    T::Stream: Unpin,
    <T::TlsConnect as TlsConnect<S>>::Future: Send + 'static,
{
    type Stream = Patient<T::Stream>;
    type TlsConnect = Patient<T::TlsConnect>;
    type Error = T::Error;

    fn make_tls_connect(&mut self, domain: &str) -> Result<Self::TlsConnect, T::Error> {
        self.0.make_tls_connect(domain).map(Patient)
    }
}

impl<S, T: TlsConnect<S>> TlsConnect<S> for Patient<T>
where
    T::Stream: Unpin,
    T::Future: Send + 'static,
{
    type Stream = Patient<T::Stream>;
    type Error = T::Error;
    type Future = Pin<Box<dyn Future<Output = Result<Patient<T::Stream>, T::Error>> + Send>>;

    fn connect(self, stream: S) -> Self::Future {
        let connecting = self.0.connect(stream);
        Box::pin(async move { connecting.await.map(Patient) })
    }
}

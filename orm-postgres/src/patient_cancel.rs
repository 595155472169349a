//! A CancelRequest that waits until the other side has closed the connection, as libpq's does.
//!
//! tokio-postgres closes its own side at once. PostgreSQL does not mind, but PgBouncer 1.18 ends with `FATAL: bad client
//! state` when the client that asks is gone before the server has been asked: a single statement that is given up would take
//! the pooler down, with all of its clients.

use std::future::Future;
use std::io;
use std::pin::Pin;
use std::task::{Context, Poll, ready};

use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};
use tokio_postgres::tls::{ChannelBinding, MakeTlsConnect, TlsConnect, TlsStream};

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
            let read = ready!(Pin::new(&mut self.0).poll_read(context, &mut into));
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

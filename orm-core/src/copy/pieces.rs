//! A stream of bytes that is written as a future: it gives each piece, and goes on when that was taken.

use std::fmt;
use std::future::poll_fn;
use std::pin::Pin;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::task::{Context, Poll};

use bytes::Bytes;
use futures_core::Stream;

use crate::driver::{BoxFuture, ByteStream};
use crate::error::Error;

/// The stream of what a future gives to its slot. For drivers.
#[doc(hidden)]
pub fn pieces<'a, F: Future<Output = Result<(), Error>> + Send + 'a>(read: impl FnOnce(Slot) -> F) -> ByteStream<'a> {
    let slot = Slot::default();
    Box::pin(Pieces {
        reading: Some(Box::pin(read(slot.clone()))),
        slot,
    })
}

/// A piece on its way from the future that reads to the stream that polls it.
#[doc(hidden)]
#[derive(Clone, Default)]
pub struct Slot(Arc<Mutex<Option<Bytes>>>);

impl Slot {
    fn lock(&self) -> MutexGuard<'_, Option<Bytes>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Puts in a piece, and waits until it is taken out: whoever takes it out polls again, so nobody is woken.
    pub async fn give(&self, piece: Bytes) {
        *self.lock() = Some(piece);
        poll_fn(|_| match self.lock().is_none() {
            true => Poll::Ready(()),
            false => Poll::Pending,
        })
        .await;
    }

    /// Gives all pieces of another stream.
    ///
    /// # Errors
    /// The other's.
    pub async fn pass_on(&self, mut stream: ByteStream<'_>) -> Result<(), Error> {
        while let Some(piece) = poll_fn(|context| stream.as_mut().poll_next(context)).await {
            self.give(piece?).await;
        }
        Ok(())
    }
}

impl fmt::Debug for Slot {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Slot")
    }
}

struct Pieces<'a> {
    reading: Option<BoxFuture<'a, Result<(), Error>>>,
    slot: Slot,
}

impl Stream for Pieces<'_> {
    type Item = Result<Bytes, Error>;

    fn poll_next(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Option<Self::Item>> {
        let Some(reading) = &mut self.reading else {
            return Poll::Ready(None);
        };
        match reading.as_mut().poll(context) {
            Poll::Pending => {
                let piece = self.slot.lock().take();
                piece.map_or(Poll::Pending, |piece| Poll::Ready(Some(Ok(piece))))
            }
            Poll::Ready(result) => {
                self.reading = None;
                Poll::Ready(result.err().map(Err))
            }
        }
    }
}

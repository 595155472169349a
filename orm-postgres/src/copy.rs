//! `COPY … FROM STDIN (FORMAT binary)`.

use std::pin::pin;

use bytes::Bytes;
use futures_util::SinkExt;
use orm_core::{CopySource, Error, Recorder};
use tokio_postgres::CopyInSink;

use crate::error;
use crate::in_flight::InFlight;
use crate::lease::Lease;
use crate::link::Broken;
use crate::opening;

/// Copies what `source` gives into the table that the text names.
///
/// # Errors
/// Those of the source (nothing is stored) and of the server.
pub(crate) async fn copy_in(link: &Lease, copy: &str, source: &mut dyn CopySource) -> Result<u64, Error> {
    link.check_usable()?;
    Recorder::sent_text(copy, "COPY", source.place());
    let in_flight = InFlight::statement(link);
    let result = copy_in_flight(link, copy, source).await;
    in_flight.done();
    result
}

async fn copy_in_flight(link: &Lease, copy: &str, source: &mut dyn CopySource) -> Result<u64, Error> {
    opening::open(link).await?;
    let of_statement = |error| error::of_statement(link, error, None);
    let statement = link.client.prepare(copy).await.map_err(of_statement)?;
    let sink: CopyInSink<Bytes> = match link.client.copy_in(&statement).await {
        Ok(sink) => sink,
        Err(error) => {
            // The server has refused before the first byte, but the driver still ends the COPY, and the second
            // answer which that brings ends the connection.
            link.break_up(Broken::CopyRefused);
            return Err(of_statement(error));
        }
    };
    let mut sink = pin!(sink);
    loop {
        match source.next_chunk() {
            Ok(Some(chunk)) => sink.feed(chunk).await.map_err(of_statement)?,
            Ok(None) => break,
            Err(error) => return Err(error),
        }
    }
    sink.finish().await.map_err(of_statement)
}

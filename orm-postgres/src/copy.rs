//! `COPY … FROM STDIN (FORMAT binary)`.

use std::pin::pin;
use std::sync::Arc;

use bytes::Bytes;
use futures_util::SinkExt;
use orm_core::{CopySource, Error, Recorder, Settings, TransactionOptions};
use tokio_postgres::CopyInSink;

use crate::error;
use crate::in_flight::InFlight;
use crate::lease::Lease;
use crate::link::Broken;
use crate::opening;
use crate::transaction;

/// Copies what `source` gives into the table that the text names.
///
/// # Errors
/// Those of the source (nothing is stored) and of the server.
pub(crate) async fn copy_in(link: &Lease, copy: &str, source: &mut dyn CopySource) -> Result<u64, Error> {
    link.check_usable()?;
    let _turn = link.turn().await;
    Recorder::sent_text(copy, "COPY", source.place());
    let in_flight = InFlight::statement(link);
    let result = copy_in_flight(link, copy, source).await;
    in_flight.done();
    result
}

/// As [`copy_in`], perhaps outside of a transaction. Behind PgBouncer it is put into one, as the COPY is prepared first and both
/// must meet the same server connection.
///
/// # Errors
/// As [`copy_in`], and those of beginning and committing.
pub(crate) async fn copy_in_alone(lease: Arc<Lease>, copy: &str, source: &mut dyn CopySource) -> Result<u64, Error> {
    if !lease.is_pooled() || lease.in_any_transaction() {
        return copy_in(&lease, copy, source).await;
    }
    let handle = transaction::begin(lease, TransactionOptions::default(), &Settings::default()).await?;
    let stored = copy_in(handle.lease(), copy, source).await?;
    handle.commit().await?;
    Ok(stored)
}

async fn copy_in_flight(link: &Lease, copy: &str, source: &mut dyn CopySource) -> Result<u64, Error> {
    opening::open(link).await?;
    let of_statement = |error| error::of_statement(link, error, None);
    if link.is_pooled() {
        // A name that another client has left on this server connection may be the one that comes next.
        link.client
            .batch_execute("DEALLOCATE ALL")
            .await
            .map_err(of_statement)?;
    }
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

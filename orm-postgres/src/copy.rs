//! `COPY … FROM STDIN`.

use std::future::poll_fn;
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
    let of_statement = |error| {
        let line = copy_line(&error);
        error::of_statement(link, error, None).with_copy_line(line)
    };
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
        match poll_fn(|context| source.poll_chunk(context)).await {
            Ok(Some(chunk)) => sink.feed(chunk).await.map_err(of_statement)?,
            Ok(None) => break,
            Err(error) => return Err(error),
        }
    }
    sink.finish().await.map_err(of_statement)
}

/// The line of the data that an error is about, by its CONTEXT: `COPY users, line 3, column age: "…"`. The rest of that
/// holds values. The number comes after the name in other languages, too.
fn copy_line(error: &tokio_postgres::Error) -> Option<u64> {
    line_of_context(error.as_db_error()?.where_()?)
}

fn line_of_context(context: &str) -> Option<u64> {
    let place = context.lines().find_map(|line| line.strip_prefix("COPY "))?;
    let after_name = place.split(", ").nth(1)?;
    let words = after_name.split(':').next()?;
    words.rsplit(' ').next()?.parse().ok()
}

#[cfg(test)]
mod tests {
    use super::line_of_context;

    #[test]
    fn the_line_is_told_and_never_a_value() {
        for (context, line) in [
            ("COPY users, line 3, column age: \"17\"", Some(3)),
            ("COPY users, line 12: \"1,2\"", Some(12)),
            ("COPY users, line 7", Some(7)),
            ("COPY users, Zeile 4, Spalte id: »5«", Some(4)),
            (
                "PL/pgSQL function f() line 9 at RAISE\nCOPY users, line 5: \"6\"",
                Some(5),
            ),
            ("SQL statement \"SELECT 1\"", None),
            ("COPY users", None),
        ] {
            assert_eq!(line_of_context(context), line, "{context}");
        }
    }
}

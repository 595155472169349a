//! `COPY (…) TO STDOUT`, with parameters, as a stream of bytes.
//!
//! A COPY that nobody reads stops its connection: so others are refused on it meanwhile. On a database or connection it has
//! a transaction of its own, because the settings that hold its parameters are a transaction's.

mod placeholders;

use std::sync::Arc;

use bytes::BytesMut;
use futures_util::TryStreamExt;
use orm_core::{
    ByteStream, CopyFormat, CopySlot, Error, ErrorKind, Options, Param, PgType, Recorder, ResultColumn, Row, RowSink,
    Statement, copy_pieces, quote_qualified,
};
use tokio_postgres::CopyOutStream;

use crate::error;
use crate::in_flight::InFlight;
use crate::lease::Lease;
use crate::level::Running;
use crate::link::{CopiesOut, Link};
use crate::trace::Work;
use crate::transaction::Handle;
use crate::{deadline, opening, pgbouncer, prepare, run};

/// How many bytes go into one piece.
const PIECE: usize = 64 * 1024;

/// PostgreSQL's `MaxTupleAttributeNumber`, less the setting that is not a parameter.
const MOST_PARAMETERS: usize = 1_600;

/// Where a COPY runs.
pub(crate) enum Place {
    /// In a transaction made for it.
    Own(Handle),
    /// In a transaction of the user's, on a level of it where it counts as a statement that runs.
    Transaction(Arc<Lease>, Running),
}

/// The bytes of a query's rows. `place` is asked for when the stream is first polled.
pub(crate) fn copy_out<'a>(
    place: impl Future<Output = Result<Place, Error>> + Send + 'a,
    statement: Statement,
    format: CopyFormat,
) -> ByteStream<'a> {
    copy_pieces(move |slot| read(place, statement, format, slot))
}

async fn read(
    place: impl Future<Output = Result<Place, Error>>,
    mut statement: Statement,
    format: CopyFormat,
    slot: CopySlot,
) -> Result<(), Error> {
    statement.check_params()?;
    let _clock_runs = deadline::start(&mut statement);
    let options = format.sql()?;
    let table = statement.table;
    match place.await? {
        Place::Transaction(lease, running) => {
            let read = read_on(&lease, &statement, &options, false, &slot).await;
            read.inspect_err(|error| running.met(error))
        }
        Place::Own(handle) => {
            let lease = Arc::clone(handle.lease());
            read_on(&lease, &statement, &options, true, &slot).await?;
            handle.commit().await
        }
    }
    .map_err(|error| error.with_table(table))
}

async fn read_on(lease: &Lease, statement: &Statement, options: &str, own: bool, slot: &CopySlot) -> Result<(), Error> {
    lease.check_usable()?;
    let in_flight = InFlight::statement(lease);
    let work = Work::statement(statement);
    let opening = lease
        .target
        .watch(work, open(lease, &in_flight, statement, options, own));
    let result = match deadline::bounded(&lease.target, statement, !own, Box::pin(opening)).await {
        Ok((_alone, rows)) => {
            let extra = u64::from(options.contains("HEADER") || options.contains("binary"));
            pass_on(lease, rows, statement.options.as_deref(), extra, slot).await
        }
        Err(error) => Err(error),
    };
    // What has exceeded a limit still runs.
    if !result.as_ref().is_err_and(is_limit) {
        in_flight.done();
    }
    result
}

async fn open<'a>(
    lease: &'a Lease,
    in_flight: &InFlight<'_>,
    statement: &Statement,
    options: &str,
    own: bool,
) -> Result<(CopiesOut<'a>, CopyOutStream), Error> {
    opening::open(lease).await?;
    let alone = lease.copies_out()?;
    if let Some(settings) = settings(statement, own)? {
        let rows = if lease.is_pooled() {
            pgbouncer::start(lease, in_flight, &settings, &mut NoRows).await?
        } else {
            // Not kept prepared: what runs for long gains nothing by it.
            let prepared = prepare::prepare_now(lease, &settings, &settings.text).await?;
            in_flight.sends_more();
            let started = run::start(lease, &prepared, &settings).await;
            started.map_err(|error| error::of_statement(lease, error, statement.table))?
        };
        run::drain(lease, in_flight, rows, &settings, &mut NoRows, true).await?;
        in_flight.sends_more();
    }
    let of_statement = |error| error::of_statement(lease, error, statement.table);
    if lease.is_pooled() {
        // As in `copy::copy_in`.
        let closed = lease.client.batch_execute("DEALLOCATE ALL").await;
        closed.map_err(of_statement)?;
    }
    let copy = text(statement, options);
    Recorder::sent_text(&copy, "COPY", statement.place);
    let rows = lease.client.copy_out(&*copy).await.map_err(of_statement)?;
    Ok((alone, rows))
}

/// Appends `::` and the type of a parameter: a built-in one as it is called in `pg_catalog`, whatever the `search_path`.
fn push_type(out: &mut String, ty: &PgType) {
    out.push_str("::");
    if ty.oid == 0 {
        out.push_str(&ty.to_string());
        return;
    }
    let ty = prepare::declared_type(ty);
    quote_qualified(out, Some(ty.schema()), ty.name());
}

/// What puts the parameters into settings, if there are any: `SELECT set_config('orm.copy_1', $1::"int4"::text, true)`.
/// A COPY of its own gets its reader's time.
fn settings(statement: &Statement, own: bool) -> Result<Option<Statement>, Error> {
    let count = statement.params.len();
    if count > MOST_PARAMETERS {
        let text = format!(
            "a query for COPY has {MOST_PARAMETERS} parameters at most, and this one has {count}; pass lists as one array \
             parameter"
        );
        return Err(Error::new(ErrorKind::InvalidQuery, text));
    }
    let mut items = Vec::new();
    let mut params: Vec<Param> = Vec::new();
    if own {
        items.push("set_config('statement_timeout', '0', true)".to_owned());
    }
    for (index, param) in statement.params.iter().enumerate() {
        if is_null(param) {
            continue;
        }
        params.push(param.clone());
        let mut item = format!("set_config('orm.copy_{}', ${}", index + 1, params.len());
        push_type(&mut item, param.ty);
        item.push_str("::text, true)");
        items.push(item);
    }
    if items.is_empty() {
        return Ok(None);
    }
    Ok(Some(Statement {
        text: format!("SELECT {}", items.join(", ")).into(),
        params,
        operation: "SELECT",
        table: statement.table,
        place: statement.place,
        only_reads: false,
        options: None,
    }))
}

fn is_null(param: &Param) -> bool {
    matches!(param.bytes, Ok(None))
}

/// `COPY (SELECT … WHERE "id" = (current_setting('orm.copy_1')::"pg_catalog"."int4")) TO STDOUT (…)`
fn text(statement: &Statement, options: &str) -> String {
    let query = placeholders::replace(&statement.sent_text(), |number, out| {
        let Some(param) = statement.params.get(number.wrapping_sub(1)) else {
            out.push_str(&format!("${number}")); // The server says that there is none.
            return;
        };
        match is_null(param) {
            true => out.push_str("(NULL"),
            false => out.push_str(&format!("(current_setting('orm.copy_{number}')")),
        }
        push_type(out, param.ty);
        out.push(')');
    });
    // A comment at the end of the text ends with its line.
    format!("COPY ({query}\n) TO STDOUT ({options})")
}

fn is_limit(error: &Error) -> bool {
    matches!(error.kind(), ErrorKind::Timeout | ErrorKind::LimitExceeded)
}

/// Hands the rows on in pieces, at the pace of the reader. So many messages are no rows: a header or trailer.
async fn pass_on(
    link: &Link,
    rows: CopyOutStream,
    limits: Option<&Options>,
    extra: u64,
    slot: &CopySlot,
) -> Result<(), Error> {
    let mut rows = Box::pin(rows);
    let (mut count, mut bytes) = (0u64, 0);
    let mut piece = BytesMut::new();
    while let Some(row) = rows
        .try_next()
        .await
        .map_err(|error| error::of_statement(link, error, None))?
    {
        if let Some(limits) = limits {
            (count, bytes) = (count + 1, bytes + row.len() as u64);
            limits.check_size(count.saturating_sub(extra), bytes)?;
        }
        if piece.is_empty() && row.len() >= PIECE {
            slot.give(row).await;
            continue;
        }
        piece.extend_from_slice(&row);
        if piece.len() >= PIECE {
            slot.give(piece.split().freeze()).await;
        }
    }
    if !piece.is_empty() {
        slot.give(piece.freeze()).await;
    }
    Ok(())
}

struct NoRows;

impl RowSink for NoRows {
    fn columns(&mut self, _: &[ResultColumn]) -> Result<(), Error> {
        Ok(())
    }

    fn row(&mut self, _: &Row<'_>) -> Result<(), Error> {
        Ok(())
    }
}

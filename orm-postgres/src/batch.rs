//! Sends a text of one or more statements without parameters: DDL, settings.

use orm_core::{Error, Recorder};

use crate::error;
use crate::in_flight::InFlight;
use crate::lease::Lease;
use crate::lookups;
use crate::opening;
use crate::session_state::{is_local, may_begin_transaction, may_change_types};

/// Runs a text as one simple query. The connection is reset when it is given back, for the text may have set
/// anything.
///
/// # Errors
/// Those of the server.
pub(crate) async fn batch(link: &Lease, sql: &str) -> Result<(), Error> {
    link.check_usable()?;
    link.check_pooled(sql)?;
    Recorder::sent_text(sql, "BATCH", None);
    if !is_local(sql) {
        link.session_may_change_by(sql);
    }
    if may_begin_transaction(sql) {
        link.may_be_in_raw_transaction();
    }
    let _turn = link.turn().await;
    let saved = lookups::save(link, sql).await?;
    let in_flight = InFlight::statement(link);
    let result = async {
        opening::open(link).await?;
        let sent = link.client.batch_execute(sql).await;
        sent.map_err(|error| error::of_statement(link, error, None))
    };
    let result = result.await;
    in_flight.done();
    if let Some(saved) = saved {
        saved.restore(link).await;
    }
    if may_change_types(sql) {
        link.types_may_change();
    }
    result
}

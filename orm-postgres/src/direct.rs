//! A statement in one message: Parse, Bind, Describe, Execute and Sync, without a name. It takes one round trip, the
//! server keeps nothing of it, and it is planned with its values.
//!
//! The client looks types that it does not know up in the middle of the answer, by statements of its own, and does not read on
//! meanwhile: where the rest of the answer is long, the lookup behind it never comes. So a statement goes this way only when the
//! types of its result are known; and where the database had others in mind after all, which shows as an answer
//! that has begun and does not go on, it is dropped and prepared. It must be one that does no harm when it is run twice.

use std::future::{Future, poll_fn};
use std::pin::{Pin, pin};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::task::{Context, Poll, Wake, Waker};
use std::time::Duration;

use futures_util::future::{Either, select};
use futures_util::task::AtomicWaker;
use orm_core::{PgKind, PgType, RowSink, Statement};
use tokio_postgres::RowStream;
use tokio_postgres::types::Type;

use crate::in_flight::InFlight;
use crate::link::Link;
use crate::param::Wire;
use crate::prepare::declared_type;
use crate::session_state::{Effects, returns_nothing};

/// How a statement can be sent in one message.
pub(crate) struct Direct {
    /// Of its parameters.
    pub(crate) types: Arc<[Type]>,
    /// Whether some of them are the user's.
    pub(crate) user_typed: bool,
}

/// How a statement can be sent in one message; `None` if it must be prepared.
pub(crate) fn find(link: &Link, statement: &Statement, rows: &dyn RowSink) -> Option<Direct> {
    if !statement.only_reads && !returns_nothing(statement) {
        return None;
    }
    let mut expected = Vec::new();
    // Who says nothing of what is expected may refuse the columns, and then nothing may have been run.
    if !rows.expected(&mut expected) {
        return None;
    }
    let fits = match statement.only_reads {
        true => expected.into_iter().all(|ty| is_known(link, ty)),
        false => expected.is_empty(),
    };
    if !fits {
        return None;
    }
    let types = statement.params.iter().map(|param| known_type(link, param.ty));
    Some(Direct {
        types: types.collect::<Option<_>>()?,
        user_typed: statement.params.iter().any(|param| param.ty.oid == 0),
    })
}

/// Whether the client knows the type of a column that is read as this.
fn is_known(link: &Link, ty: &'static PgType) -> bool {
    ty.oid != 0 && Type::from_oid(ty.oid).is_some() || link.statements.known.ty(ty).is_some()
}

fn known_type(link: &Link, ty: &'static PgType) -> Option<Type> {
    match (&ty.kind, ty.oid) {
        (_, 0) => link.statements.known.ty(ty),
        // Composites and the like under a fixed OID: their parts are not known.
        (PgKind::Scalar | PgKind::Array(_), _) if !ty.holds_oids() => Some(declared_type(ty)),
        _ => None,
    }
}

/// What became of a statement that was sent in one message.
pub(crate) enum Started {
    Rows(RowStream),
    /// Its answer has begun, but waits for types to be looked up: it was dropped, and can be run again.
    Dropped,
    /// The same of one that cannot be run again; the lookup did not come to an end.
    Stuck,
}

/// How long a lookup of types in the middle of an answer may take. It takes some round trips, or has no end.
const LOOKUP_TIMEOUT: Duration = Duration::from_secs(10);

/// Sends it.
pub(crate) async fn start(
    link: &Link,
    in_flight: &InFlight<'_>,
    statement: &Statement,
    direct: &Direct,
) -> Result<Started, tokio_postgres::Error> {
    Effects::of(statement).announce(link, &statement.text);
    let text = statement.sent_text();
    let params = statement.params.iter().map(Wire).zip(direct.types.iter().cloned());
    let sending = link.client.query_typed_raw(&text, params);
    if returns_nothing(statement) {
        // It has no result whose types could be looked up.
        return in_flight.follow(sending).await.map(Started::Rows);
    }
    let mut sending = pin!(sending);
    let begun = until_begun(sending.as_mut()).await;
    match begun {
        Some(started) => started.map(Started::Rows),
        None if statement.only_reads => Ok(Started::Dropped),
        None => {
            let over = {
                let _entered = link.runtime.enter();
                tokio::time::sleep(LOOKUP_TIMEOUT)
            };
            match select(sending, pin!(over)).await {
                Either::Left((started, _)) => started.map(Started::Rows),
                Either::Right(_) => Ok(Started::Stuck),
            }
        }
    }
}

/// Waits for what is sent; `None` if the first part of an answer has woken it, and it waits for another one.
async fn until_begun<F: Future>(mut sending: Pin<&mut F>) -> Option<F::Output> {
    let bell = Arc::new(Bell::default());
    let waker = Waker::from(Arc::clone(&bell));
    poll_fn(|context| {
        bell.of.register(context.waker());
        let begun = bell.rang.swap(false, Ordering::AcqRel);
        match sending.as_mut().poll(&mut Context::from_waker(&waker)) {
            Poll::Ready(started) => Poll::Ready(Some(started)),
            Poll::Pending if begun => Poll::Ready(None),
            Poll::Pending => Poll::Pending,
        }
    })
    .await
}

/// Wakes a task, and remembers that.
#[derive(Default)]
struct Bell {
    of: AtomicWaker,
    rang: AtomicBool,
}

impl Wake for Bell {
    fn wake(self: Arc<Self>) {
        self.wake_by_ref();
    }

    fn wake_by_ref(self: &Arc<Self>) {
        self.rang.store(true, Ordering::Release);
        self.of.wake();
    }
}

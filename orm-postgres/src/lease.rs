//! A connection that was borrowed from the pool, and what happens when it is given back.

use std::ops::Deref;
use std::sync::Arc;

use deadpool::managed::Object;

use crate::client;
use crate::ledger::Held;
use crate::link::Link;
use crate::pool::Manager;
use crate::trace::Target;

/// A borrowed connection. Given back when dropped: as it is if it is proven clean, with a reset on its way if it may
/// have been changed, and not at all if a statement was given up on it.
pub(crate) struct Lease {
    /// `None` only while it is dropped.
    object: Option<Object<Manager>>,
    /// Who holds it, and since when. Dropped after the connection was given back.
    _held: Held,
    pub(crate) target: Arc<Target>,
}

impl Lease {
    pub(crate) fn new((object, held): (Object<Manager>, Held), target: Arc<Target>) -> Self {
        Self {
            object: Some(object),
            _held: held,
            target,
        }
    }
}

impl Deref for Lease {
    type Target = Link;

    #[allow(
        clippy::expect_used,
        reason = "it is taken in `drop` only, after which there is no `&self`"
    )]
    fn deref(&self) -> &Link {
        self.object
            .as_ref()
            .expect("a lease holds its connection until it is dropped")
    }
}

impl Drop for Lease {
    fn drop(&mut self) {
        let Some(object) = self.object.take() else { return };
        object.life.rests();
        if !object.is_broken() && object.given_out.is() {
            let runtime = object.runtime.clone();
            let _detached = runtime.spawn(async move {
                if client::is_clean(&object).await {
                    return give_back(object);
                }
                object.abandon();
                close(object).await;
            });
            return;
        }
        if !object.is_broken() {
            object.send_reset();
        }
        if !object.is_broken() {
            return give_back(object);
        }
        if object.is_cancelling() {
            let runtime = object.runtime.clone();
            let _detached = runtime.spawn(close(object));
        } else {
            drop(Object::take(object));
        }
    }
}

/// Closes a connection on which a statement was given up. The place in the pool stays taken until the server was told, so
/// that a burst of dropped statements does not open more connections than the pool may have.
async fn close(object: Object<Manager>) {
    if let Some(cancelling) = object.take_cancelling() {
        let _ = cancelling.await;
        object.until_cancelled().await;
    }
    drop(Object::take(object));
}

/// Returns a connection to the queue, or to who was before those that wait there: whoever waits for a new one.
fn give_back(object: Object<Manager>) {
    if object.connector.ledger.requests() == 0 {
        return; // Dropping it returns it.
    }
    if let Some(pool) = Object::pool(&object) {
        pool.manager().hand_over(Object::take(object));
    }
}

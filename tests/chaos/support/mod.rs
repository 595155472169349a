//! What the tests share.

mod arena;
pub(crate) mod bank;
pub(crate) mod load;
mod proxy;
mod random;
mod resources;

use std::future::{Future, poll_fn};
use std::task::Poll;
use std::time::Duration;

pub(crate) use arena::{Arena, turn};
pub(crate) use proxy::{Direction, Proxy};
pub(crate) use random::Random;
pub(crate) use resources::Resources;

/// How long anything that must come to be is waited for.
pub(crate) const PATIENCE: Duration = Duration::from_secs(30);

/// How often work that is done `in_ci` times in seconds is done: so many times `CHAOS_ROUNDS`, which is 1 if not set.
pub(crate) fn rounds(in_ci: usize) -> usize {
    let factor = std::env::var("CHAOS_ROUNDS").ok().and_then(|text| text.parse().ok());
    in_ci * factor.unwrap_or(1).max(1)
}

/// Polls a future at most `polls` times and then drops it; its output if it was done by then.
pub(crate) async fn dropped_after<F: Future>(polls: usize, future: F) -> Option<F::Output> {
    let mut future = Box::pin(future);
    let mut polled = 0;
    poll_fn(|cx| {
        if polled == polls {
            return Poll::Ready(None);
        }
        polled += 1;
        match future.as_mut().poll(cx) {
            Poll::Ready(output) => Poll::Ready(Some(output)),
            Poll::Pending if polled == polls => Poll::Ready(None),
            Poll::Pending => Poll::Pending,
        }
    })
    .await
}

/// A statement whose text no macro has looked at.
pub(crate) fn by_hand(text: &'static str) -> orm::Statement {
    let mut statement = orm::sql!("SELECT 1").to_sql();
    statement.text = text.into();
    statement
}

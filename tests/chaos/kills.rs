//! Transfers while the server ends sessions at random: what was told is what was saved.

use crate::support::bank::{self, is_conserved};
use crate::support::load::{Load, failed, journal_agrees, open_journal};
use crate::support::{Arena, PATIENCE, rounds};

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn transfers_under_killed_sessions_are_saved_as_told() {
    let arena = Arena::new().await;
    let db = arena.builder().max_size(6).connect().await.unwrap();
    bank::open(&arena, &db).await;
    open_journal(&arena).await;
    let last = i64::try_from(rounds(2_000)).unwrap();
    let load = Load::begin(&db, 8, (1, last), PATIENCE);
    let mut killed = 0;
    // Not by the clock: on a busy machine it would kill all of them.
    while load.has_numbers() {
        load.goes_on(20).await;
        killed += usize::from(arena.kill_one().await);
    }
    let outcomes = load.finishes().await;
    let failed = failed(&outcomes);
    assert!(0 < failed && failed <= killed, "{failed} failed by {killed} kills");
    journal_agrees(&arena, &outcomes).await;
    is_conserved(&arena).await;
    arena.ends_clean([db]).await;
}

//! Which statements a piece of the program sends: counted by their text, with the places in the program that sent them.
//!
//! A count belongs to a future and not to a database, so it sees whatever the future uses: a pool, a transaction, code
//! deep below. While nobody counts, a statement costs one relaxed atomic load here. Values are never kept.

mod place;
mod recorder;
mod report;

use std::future::Future;
use std::panic::Location;

pub(crate) use place::{here, here_if_any};
pub use recorder::{Recorder, counted_block};
pub use report::{SentStatement, Statements};

/// Runs a future; gives its output and the statements that it sent, on whatever database.
///
/// What counts is each statement that an executor sends: one for each terminal (`all`, `execute` …), as many as it takes
/// for `insert_many`, one for a stream however many pieces are read, one for a COPY and one for a batch of texts. `BEGIN`,
/// `COMMIT`, `SAVEPOINT` and their kin are [counted apart](Statements::transaction_commands).
///
/// Counts nest: what is sent inside of an inner one counts for the outer, too. A spawned task is another future, and is
/// seen only if it was [attached](Recorder::attach).
///
/// ```
/// # async fn example(db: &dyn orm_core::Executor) -> Result<(), orm_core::Error> {
/// let (done, statements) = orm_core::count_statements(async {
///     db.batch("CREATE TABLE notes (id int8 PRIMARY KEY)").await?;
///     db.batch("DROP TABLE notes").await
/// })
/// .await;
/// done?;
/// assert_eq!(statements.total(), 2, "{statements}");
/// # Ok(())
/// # }
/// ```
pub async fn count_statements<F: Future>(future: F) -> (F::Output, Statements) {
    let recorder = Recorder::new();
    let output = recorder.clone().attach(future).await;
    (output, recorder.statements())
}

/// Runs a future that may send so many statements; gives its output. For tests: an N+1 query sends more.
///
/// What counts is said at [`count_statements`]. The future is run to its end before they are looked at.
///
/// # Panics
/// When more were sent, with a list of them: how often each, and the places in the program that sent it.
///
/// ```
/// # async fn example(db: &dyn orm_core::Executor) -> Result<(), orm_core::Error> {
/// orm_core::at_most(1, db.batch("SELECT 1")).await
/// # }
/// ```
#[track_caller]
pub fn at_most<F: Future>(most: usize, future: F) -> impl Future<Output = F::Output> {
    let caller = Location::caller();
    async move {
        let (output, statements) = count_statements(future).await;
        assert!(
            statements.total() <= most,
            "{caller}: at most {most} {} expected here, but there were {statements}",
            if most == 1 { "statement is" } else { "statements are" },
        );
        output
    }
}

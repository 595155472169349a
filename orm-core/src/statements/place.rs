//! The place in the user's code that sends a statement.
//!
//! Terminals are plain functions that give futures, and no `async fn`s: `#[track_caller]` reaches only these. What it
//! costs is one constant that is passed along.

use std::panic::Location;

use crate::driver::Statement;
use crate::error::Error;

/// The statement with the place that its terminal was called at. For functions that are `#[track_caller]` themselves.
#[track_caller]
#[inline]
pub(crate) fn here(mut statement: Result<Statement, Error>) -> Result<Statement, Error> {
    if let Ok(statement) = &mut statement {
        statement.place = Some(Location::caller());
    }
    statement
}

/// As [`here`], where there may be nothing to send.
#[track_caller]
#[inline]
pub(crate) fn here_if_any(statement: Result<Option<Statement>, Error>) -> Result<Option<Statement>, Error> {
    match statement? {
        Some(statement) => here(Ok(statement)).map(Some),
        None => Ok(None),
    }
}

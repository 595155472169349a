//! `EXPLAIN`: what the server plans.

use std::future::Future;

use super::fetch::fetch_all;
use crate::driver::{Executor, Statement};
use crate::error::Error;
use crate::statements::here;

/// The plan of a query, to be asked of the server.
#[must_use = "`.text(&db)` asks for the plan"]
#[derive(Debug)]
pub struct Explain {
    statement: Result<Statement, Error>,
    analyze: bool,
}

pub(crate) fn explain(statement: Result<Statement, Error>) -> Explain {
    Explain {
        statement,
        analyze: false,
    }
}

impl Explain {
    /// `ANALYZE, BUFFERS`: runs the statement and tells what really happened.
    pub fn analyze(mut self) -> Self {
        self.analyze = true;
        self
    }

    /// The plan as text, one node a line.
    ///
    /// # Errors
    /// The server's and the driver's.
    #[track_caller]
    pub fn text(self, db: &dyn Executor) -> impl Future<Output = Result<String, Error>> + Send {
        let prefix = if self.analyze {
            "EXPLAIN (ANALYZE, BUFFERS) "
        } else {
            "EXPLAIN "
        };
        let statement = self.statement.map(|statement| Statement {
            text: format!("{prefix}{}", statement.text).into(),
            operation: "EXPLAIN",
            only_reads: false,
            ..statement
        });
        let lines = fetch_all::<String>(here(statement), db);
        async move { Ok(lines.await?.join("\n")) }
    }
}

//! WITH: the CTEs of a statement, each once.

use super::{Survey, Writer};
use crate::error::{Error, ErrorKind};
use crate::model::Table;
use crate::query::{CteDefinition, CteId, CteSource};
use std::sync::Arc;

/// How many CTEs may each read the one before: following them takes stack.
const MOST_CTES_IN_A_ROW: usize = 200;

/// The CTEs of a statement.
#[derive(Debug, Default)]
pub(crate) struct Ctes {
    /// In the order in which they depend on each other.
    found: Vec<Arc<CteDefinition>>,
    /// Those that the survey is inside of, the innermost last.
    within: Vec<CteId>,
    /// Tables that are called as a CTE could be.
    taken: Vec<u32>,
    /// The recursions whose own rows are read, and whether that is in their own step.
    own: Vec<(CteId, bool)>,
    /// Whether more of them read each other in a row than may.
    too_deep: bool,
    /// The numbers in the names of those in `found`.
    numbers: Vec<u32>,
    /// Whether a table is called as the CTE of the keys that a write picks.
    picked_is_taken: bool,
    /// Whether there is such a CTE.
    picks: bool,
}

impl Survey {
    /// A CTE in FROM.
    pub(crate) fn cte(&mut self, cte: &CteSource) {
        self.several = true;
        match &cte.definition {
            Some(definition) => self.definition(definition),
            None => {
                let in_step = self.ctes.within.last() == Some(&cte.id);
                self.ctes.own.push((cte.id, in_step));
            }
        }
    }

    /// How often the rows of a recursion are read by itself.
    pub(crate) fn own_rows(&self, id: CteId) -> usize {
        self.ctes.own.iter().filter(|(own, _)| *own == id).count()
    }

    /// A CTE, and those that it reads before it.
    pub(crate) fn definition(&mut self, definition: &Arc<CteDefinition>) {
        self.several = true;
        if self.ctes.found.iter().any(|found| found.id == definition.id) {
            return;
        }
        if self.ctes.within.len() >= MOST_CTES_IN_A_ROW {
            self.ctes.too_deep = true;
            return;
        }
        self.ctes.within.push(definition.id);
        definition.survey(self);
        self.ctes.within.pop();
        self.ctes.found.push(definition.clone());
    }

    /// A table that the statement reads or writes: no CTE may have its name.
    pub(crate) fn table(&mut self, table: &Table) {
        self.ctes.picked_is_taken |= table.schema.is_none() && table.name == "picked";
        if table.schema.is_none() && table.name.starts_with("cte") {
            self.ctes.taken.extend(number(table));
        }
    }
}

/// The number of the CTE that this table is called like.
fn number(table: &Table) -> Option<u32> {
    match table.schema {
        None => table.name.strip_prefix("cte")?.parse().ok(),
        Some(_) => None,
    }
}

impl Writer {
    /// `WITH … `, or nothing without CTEs. It comes first in a statement; [`with_more`](Self::with_more) can add to it.
    pub(crate) fn with_clause(&mut self) {
        self.begin_with_clause();
        self.end_with_clause();
    }

    /// `WITH …`, open for more.
    pub(crate) fn begin_with_clause(&mut self) {
        if self.survey.ctes.own.iter().any(|(_, in_step)| !in_step) {
            self.fail(Error::new(
                ErrorKind::InvalidQuery,
                "the rows of a recursive CTE are read outside of its own step; read the CTE that `recursive` gives, and \
                 within the step use its rows in the step's query itself",
            ));
            return;
        }
        if self.survey.ctes.too_deep {
            self.fail(Error::new(
                ErrorKind::InvalidQuery,
                format!("more than {MOST_CTES_IN_A_ROW} CTEs each read the one before"),
            ));
            return;
        }
        if self.survey.ctes.found.is_empty() {
            return;
        }
        self.name_ctes();
        let found = self.survey.ctes.found.clone();
        if self.operation == "SELECT" && found.iter().any(|cte| cte.is_write()) {
            // No cursor can be declared for it, for one.
            self.operation = "WITH";
        }
        let recursive = found.iter().any(|cte| cte.is_recursive());
        self.push(if recursive { "WITH RECURSIVE " } else { "WITH " });
        self.in_cte = true;
        for (index, cte) in found.iter().enumerate() {
            if index > 0 {
                self.push(", ");
            }
            cte.write(self);
        }
        self.in_cte = false;
        self.with_open = true;
    }

    /// `, ` or `WITH `: before one more query of the clause.
    pub(crate) fn with_more(&mut self) {
        self.push(if self.with_open { ", " } else { "WITH " });
    }

    /// The space behind the clause, if there is one.
    pub(crate) fn end_with_clause(&mut self) {
        if self.with_open {
            self.push(" ");
            self.with_open = false;
        }
    }

    /// `cte1`, `cte2` …, but never as a table of the statement is called.
    fn name_ctes(&mut self) {
        let ctes = &mut self.survey.ctes;
        let mut next = 1;
        while ctes.numbers.len() < ctes.found.len() {
            if !ctes.taken.contains(&next) {
                ctes.numbers.push(next);
            }
            next += 1;
        }
    }

    pub(crate) fn cte_name(&mut self, id: CteId) {
        let ctes = &self.survey.ctes;
        let within = ctes.found.iter().position(|cte| cte.id == id);
        let Some(number) = within.and_then(|at| ctes.numbers.get(at).copied()) else {
            self.fail(Error::new(
                ErrorKind::InvalidQuery,
                "a CTE is read in a statement that was not written with it",
            ));
            return;
        };
        self.push("cte");
        self.push(&number.to_string());
    }

    /// The name of the CTE of the keys that a write picks.
    pub(crate) fn picked_name(&mut self) -> &'static str {
        self.survey.ctes.picks = true;
        match self.survey.ctes.picked_is_taken {
            true => "picked_rows",
            false => "picked",
        }
    }

    /// Refuses a table that the survey did not see, as of a relation, and that is called as one of the CTEs.
    pub(super) fn check_cte_names(&mut self, table: &Table) {
        let ctes = &self.survey.ctes;
        if ctes.numbers.is_empty() && !ctes.picks {
            return;
        }
        let picked = ctes.picks && !ctes.picked_is_taken && table.schema.is_none() && table.name == "picked";
        if picked || number(table).is_some_and(|number| ctes.numbers.contains(&number)) {
            self.fail(Error::new(
                ErrorKind::InvalidQuery,
                format!(
                    "the table `{}` is called as a CTE of its statement; give its model a schema: `schema = \"public\"`",
                    table.name
                ),
            ));
        }
    }
}

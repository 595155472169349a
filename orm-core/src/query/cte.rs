//! `WITH`: queries that stand before the statement and have a name in it (*WITH Queries*).

use std::fmt;
use std::marker::PhantomData;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use super::from::{Item, Origin};
use super::join::From;
use super::recursive::Recursion;
use super::{Fetch, InScope, Modification, Parts, Query, Rowset, Selected};
use crate::error::{Error, ErrorKind};
use crate::model::Table;
use crate::sql::{Output, Survey, Writer};

/// A query in the WITH clause of a statement, which can be read there as often as wanted: made by
/// [`cte`](CommonTable::cte), [`recursive`](super::recursive) or a write's `cte`.
///
/// It is a handle, cheap to clone: wherever it is used in one statement, it is the same query, written and run once.
/// It sees nothing of the query that reads it. Its name in the text is chosen by the writer: `cte1`, `cte2` …
///
/// ```text
/// WITH cte1("id", "name") AS (SELECT …) SELECT … FROM cte1 AS u1 …
/// ```
pub struct Cte<R: InScope> {
    definition: Arc<CteDefinition>,
    marker: PhantomData<fn() -> R>,
}

/// What stands in a WITH clause.
#[derive(Debug, Clone)]
pub(crate) struct CteDefinition {
    pub(crate) id: CteId,
    pub(crate) body: CteBody,
    materialized: Option<bool>,
    table: &'static Table,
    outputs: Arc<[Output]>,
}

#[derive(Clone)]
pub(crate) enum CteBody {
    Query(Arc<Parts>),
    Recursion(Arc<Recursion>),
    Write(Arc<Modification>),
    WriteMany(Arc<dyn WriteMany>),
    /// What cannot be sent, and why.
    Invalid(ErrorKind, String),
}

impl fmt::Debug for CteBody {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Query(_) => "query",
            Self::Recursion(_) => "recursion",
            Self::Write(_) | Self::WriteMany(_) => "write",
            Self::Invalid(..) => "invalid",
        })
    }
}

/// An insert of many rows, whatever their type.
pub(crate) trait WriteMany: Send + Sync {
    fn survey(&self, survey: &mut Survey);
    fn write(&self, writer: &mut Writer);
}

/// Which CTE it is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct CteId(u64);

impl CteId {
    pub(crate) fn new() -> Self {
        static NEXT: AtomicU64 = AtomicU64::new(1);
        Self(NEXT.fetch_add(1, Ordering::Relaxed))
    }
}

/// A CTE in a FROM clause.
#[derive(Debug, Clone)]
pub(crate) struct CteSource {
    pub(crate) id: CteId,
    pub(crate) outputs: Arc<[Output]>,
    /// `None` of the recursive one that it stands in.
    pub(crate) definition: Option<Arc<CteDefinition>>,
}

/// Making a query a CTE.
pub trait CommonTable: Fetch {
    /// `WITH … AS (this query)`: a handle to read it in other queries, several times if wanted.
    #[rustfmt::skip] // In one line, because errors show it.
    fn cte(self) -> Cte<Self::Row> where Self::Row: InScope {
        let parts = self.into_parts();
        let (table, outputs) = (parts.table(), parts.outputs());
        Cte::new(CteId::new(), CteBody::Query(Arc::new(parts)), table, outputs)
    }
}

impl<Q: Fetch> CommonTable for Q {}

impl<R: InScope> Cte<R> {
    pub(crate) fn new(id: CteId, body: CteBody, table: &'static Table, outputs: Vec<Output>) -> Self {
        let definition = CteDefinition {
            id,
            body,
            materialized: None,
            table,
            outputs: outputs.into(),
        };
        Self::of(definition)
    }

    fn of(definition: CteDefinition) -> Self {
        Self {
            definition: Arc::new(definition),
            marker: PhantomData,
        }
    }

    /// A query of its rows: `SELECT … FROM cte1`.
    pub fn query(&self) -> Query<R> {
        let parts = Parts::from(self.item());
        let scope = R::fields(parts.source());
        Query::with_scope(parts, scope)
    }

    /// `AS MATERIALIZED`: it is computed once and kept, also where the planner would merge it into the query around. What
    /// was cloned before is another CTE. It has no effect on a recursive one and on a write, which always are.
    #[must_use]
    pub fn materialized(self) -> Self {
        self.materialization(true)
    }

    /// `AS NOT MATERIALIZED`: it is merged into the query around, also where it is read several times, so that conditions
    /// reach into it. What was cloned before is another CTE. It has no effect on a recursive one and on a
    /// write, which never are.
    #[must_use]
    pub fn not_materialized(self) -> Self {
        self.materialization(false)
    }

    fn materialization(self, materialized: bool) -> Self {
        if !matches!(self.definition.body, CteBody::Query(_)) {
            return self;
        }
        Self::of(CteDefinition {
            id: CteId::new(),
            materialized: Some(materialized),
            ..Arc::unwrap_or_clone(self.definition)
        })
    }

    pub(crate) fn definition(self) -> Arc<CteDefinition> {
        self.definition
    }

    fn item(&self) -> Item {
        let definition = &self.definition;
        let source = CteSource {
            id: definition.id,
            outputs: definition.outputs.clone(),
            definition: Some(definition.clone()),
        };
        Item::new(definition.table, Origin::Cte(source))
    }
}

impl CteSource {
    /// The rows of the recursion that is being made.
    pub(crate) fn own(id: CteId, outputs: Vec<Output>) -> Self {
        Self {
            id,
            outputs: outputs.into(),
            definition: None,
        }
    }
}

impl<R: InScope> Clone for Cte<R> {
    fn clone(&self) -> Self {
        Self {
            definition: self.definition.clone(),
            marker: PhantomData,
        }
    }
}

impl<R: InScope> fmt::Debug for Cte<R> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Cte<{}>", self.definition.table.model)
    }
}

impl<R: InScope> Rowset for Cte<R> {
    type Row = R;
    fn into_from(self) -> From<R> {
        From::of(self.item())
    }
}

impl<R: InScope> Rowset for &Cte<R> {
    type Row = R;
    fn into_from(self) -> From<R> {
        From::of(self.item())
    }
}

impl<R: InScope> Query<R> {
    /// Runs a CTE with the statement, whether or not it is read there: a write whose rows nobody asks for. Each CTE runs
    /// once, however often it is named.
    pub fn with_cte<C: InScope>(mut self, cte: Cte<C>) -> Self {
        self.parts.with.push(cte.definition());
        self
    }
}

impl<S: super::ClauseScope, R> Selected<S, R> {
    /// Runs a CTE with the statement, whether or not it is read there: a write whose rows nobody asks for.
    pub fn with_cte<C: InScope>(mut self, cte: Cte<C>) -> Self {
        self.parts.with.push(cte.definition());
        self
    }
}

impl CteDefinition {
    pub(crate) fn survey(&self, survey: &mut Survey) {
        match &self.body {
            CteBody::Query(parts) => survey.parts(parts),
            CteBody::Recursion(recursion) => recursion.survey(survey),
            CteBody::Write(write) => write.survey(survey),
            CteBody::WriteMany(write) => write.survey(survey),
            CteBody::Invalid(..) => {}
        }
    }

    pub(crate) fn is_write(&self) -> bool {
        matches!(self.body, CteBody::Write(_) | CteBody::WriteMany(_))
    }

    pub(crate) fn is_recursive(&self) -> bool {
        matches!(self.body, CteBody::Recursion(_))
    }

    /// `cte1("id", "name") AS (…)`
    pub(crate) fn write(&self, writer: &mut Writer) {
        writer.cte_name(self.id);
        if !self.outputs.is_empty() {
            writer.push("(");
            writer.names(self.outputs.iter().map(|output| &*output.name));
            writer.push(")");
        }
        writer.push(match self.materialized {
            Some(true) => " AS MATERIALIZED (",
            Some(false) => " AS NOT MATERIALIZED (",
            None => " AS (",
        });
        if self.is_write() {
            writer.may_have_effects();
        }
        match &self.body {
            CteBody::Query(parts) => parts.write(writer),
            CteBody::Recursion(recursion) => recursion.write(writer),
            CteBody::Write(write) => write.write(writer),
            CteBody::WriteMany(write) => write.write(writer),
            CteBody::Invalid(kind, message) => {
                writer.fail(Error::new(*kind, message.clone()).with_table(Some(self.table)));
            }
        }
        writer.push(")");
    }
}

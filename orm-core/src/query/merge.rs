//! `MERGE`: update, delete and insert in one statement, by what another source says (PostgreSQL 15 and newer).

use std::fmt;
use std::future::Future;
use std::marker::PhantomData;

use super::delete::deleted_now;
use super::explain::explain;
use super::insert::write_columns;
use super::insert_select::columns_and_values;
use super::join::preserved;
use super::modification::{Modification, Verb};
use super::update::write_settings;
use super::write::{ReturningClause, execute_some, sendable};
use super::{Explain, InScope, InScopeOf, Item, Joinable};
use crate::driver::{Executor, Statement};
use crate::error::Error;
use crate::expr::{Assign, Assigns, Condition, InFilter, Setting, Source};
use crate::model::{Fields, FieldsOf, InsertExprs, Table, TableModel};
use crate::options::{Options, Tune};
use crate::sql::{Alias, Node, Survey, Writer};

/// A `MERGE` into the table of `M` of rows `X`. For each row of the source the first clause that fits is done: of those for
/// rows that match, where the table has such a row (for each of them), else of those for rows that do not.
///
/// A row of the table that two rows of the source would change is the server's error 21000, and nothing is done then. A
/// server before PostgreSQL 15 does not know the statement (42601).
#[must_use = "a merge does nothing until it is run, by `.execute(&db)`"]
pub struct Merge<M: TableModel, X: InScope, Matched = Open, NotMatched = Open> {
    parts: MergeParts,
    /// Of the table, and of the source.
    scope: (FieldsOf<M>, InScopeOf<X>),
    marker: PhantomData<fn() -> (Matched, NotMatched)>,
}

/// What a clause of [`Merge`] for rows that match does.
#[must_use = "say `.update(…)`, `.delete()` or `.do_nothing()`"]
pub struct WhenMatched<M: TableModel, X: InScope, Matched, NotMatched> {
    merge: Merge<M, X, Matched, NotMatched>,
    condition: Option<Node>,
}

/// What a clause of [`Merge`] for rows that do not match does.
#[must_use = "say `.insert(…)` or `.do_nothing()`"]
pub struct WhenNotMatched<M: TableModel, X: InScope, Matched, NotMatched> {
    merge: Merge<M, X, Matched, NotMatched>,
    condition: Option<Node>,
}

/// Another clause can follow.
#[derive(Debug)]
pub struct Open;

/// A clause without a condition was given: what followed it would never be done, and PostgreSQL refuses it.
#[derive(Debug)]
pub struct Closed;

/// Whether another clause of the same kind can follow.
#[diagnostic::on_unimplemented(
    message = "this clause would never be done: the one before it has no condition",
    label = "put it before the one without a condition"
)]
pub trait CanFollow {}

#[diagnostic::do_not_recommend]
impl CanFollow for Open {}

impl<M: TableModel, X: InScope> Merge<M, X> {
    pub(crate) fn new<J: Joinable<Row = X>>(using: impl FnOnce(FieldsOf<M>) -> J) -> Self {
        let source = Source::new();
        let target = FieldsOf::<M>::at(source);
        let (from, on) = using(target).into_join();
        let scope = from.scope;
        let parts = MergeParts {
            source,
            table: M::TABLE,
            // A row that the source's filters leave out is not there: as a part of ON they would make it one without a match.
            using: preserved(from),
            on,
            clauses: Vec::new(),
            options: None,
        };
        Merge::with(parts, (target, scope))
    }
}

impl<M: TableModel, X: InScope, A, B> Merge<M, X, A, B> {
    fn with(parts: MergeParts, scope: (FieldsOf<M>, InScopeOf<X>)) -> Self {
        Self {
            parts,
            scope,
            marker: PhantomData,
        }
    }

    fn when<C, D>(mut self, matched: bool, condition: Option<Node>, action: Action) -> Merge<M, X, C, D> {
        self.parts.clauses.push(Clause {
            matched,
            condition,
            action,
        });
        Merge::with(self.parts, self.scope)
    }

    /// `WHEN MATCHED THEN`
    #[rustfmt::skip] // In one line, because errors show it.
    pub fn when_matched(self) -> WhenMatched<M, X, Closed, B> where A: CanFollow {
        WhenMatched { merge: Merge::with(self.parts, self.scope), condition: None }
    }

    /// `WHEN MATCHED AND condition THEN`: the closure's argument holds the columns of both sides.
    #[rustfmt::skip] // In one line, because errors show it.
    pub fn when_matched_and<C: Condition>(self, condition: impl FnOnce((FieldsOf<M>, InScopeOf<X>)) -> C) -> WhenMatched<M, X, A, B> where A: CanFollow, C::Phase: InFilter {
        let condition = Some(condition(self.scope).into_condition());
        WhenMatched { merge: self, condition }
    }

    /// `WHEN NOT MATCHED THEN`
    #[rustfmt::skip] // In one line, because errors show it.
    pub fn when_not_matched(self) -> WhenNotMatched<M, X, A, Closed> where B: CanFollow {
        WhenNotMatched { merge: Merge::with(self.parts, self.scope), condition: None }
    }

    /// `WHEN NOT MATCHED AND condition THEN`: the closure's argument holds the columns of the source.
    #[rustfmt::skip] // In one line, because errors show it.
    pub fn when_not_matched_and<C: Condition>(self, condition: impl FnOnce(InScopeOf<X>) -> C) -> WhenNotMatched<M, X, A, B> where B: CanFollow, C::Phase: InFilter {
        let condition = Some(condition(self.scope.1).into_condition());
        WhenNotMatched { merge: self, condition }
    }

    /// Runs it; gives the number of rows that were inserted, updated and deleted. Without a clause nothing is sent.
    ///
    /// # Errors
    /// The server's, the driver's, or a value that cannot be stored.
    #[track_caller]
    pub fn execute(self, db: &dyn Executor) -> impl Future<Output = Result<u64, Error>> + Send {
        execute_some(self.into_statement(), db)
    }

    /// The statement that [`execute`](Self::execute) would send.
    ///
    /// # Errors
    /// As at sending; [`ErrorKind::InvalidQuery`](crate::ErrorKind::InvalidQuery) if there is no clause.
    pub fn to_sql(self) -> Result<Statement, Error> {
        sendable(self.into_statement(), M::TABLE)
    }

    /// What the server plans: `EXPLAIN`, with options.
    pub fn explain(self) -> Explain {
        explain(self.to_sql())
    }

    /// Its untyped parts; `None` if there is nothing to do.
    pub(crate) fn into_modification(self) -> Option<Modification> {
        let nothing = self.parts.clauses.is_empty();
        let (verb, returning) = (Verb::Merge(self.parts), ReturningClause::Nothing);
        (!nothing).then_some(Modification { verb, returning })
    }

    fn into_statement(self) -> Result<Option<Statement>, Error> {
        let parts = self.into_modification();
        parts.as_ref().map(Modification::statement).transpose()
    }
}

impl<M: TableModel, X: InScope, A, B> WhenMatched<M, X, A, B> {
    /// `UPDATE SET …`: the closure's argument holds the columns of both sides; only those of the table can be set.
    pub fn update<S: Assigns<M>>(
        self,
        assignments: impl FnOnce((FieldsOf<M>, InScopeOf<X>)) -> S,
    ) -> Merge<M, X, A, B> {
        let mut list = Vec::new();
        assignments(self.merge.scope).append_to(&mut list);
        let settings = list.into_iter().map(Assign::into_setting).collect();
        self.merge.when(true, self.condition, Action::Update(settings))
    }

    /// `DELETE`; of a model with a `soft_delete` column `UPDATE SET column = now()`.
    pub fn delete(self) -> Merge<M, X, A, B> {
        let action = match deleted_now(M::TABLE) {
            Some(mark) => Action::Update(vec![mark]),
            None => Action::Delete,
        };
        self.merge.when(true, self.condition, action)
    }

    /// `DELETE`, also where the model has a `soft_delete` column.
    pub fn delete_for_good(self) -> Merge<M, X, A, B> {
        self.merge.when(true, self.condition, Action::Delete)
    }

    /// `DO NOTHING`
    pub fn do_nothing(self) -> Merge<M, X, A, B> {
        self.merge.when(true, self.condition, Action::Nothing)
    }
}

impl<M: TableModel, X: InScope, A, B> WhenNotMatched<M, X, A, B> {
    /// `INSERT (…) VALUES (…)`: a `NewXExpr { … }` of the source's columns.
    pub fn insert<I: InsertExprs<M>>(self, row: impl FnOnce(InScopeOf<X>) -> I) -> Merge<M, X, A, B> {
        let (columns, values) = columns_and_values(row(self.merge.scope.1));
        let action = Action::Insert(columns, values);
        self.merge.when(false, self.condition, action)
    }

    /// `DO NOTHING`
    pub fn do_nothing(self) -> Merge<M, X, A, B> {
        self.merge.when(false, self.condition, Action::Nothing)
    }
}

/// A MERGE.
#[derive(Debug, Clone)]
pub(crate) struct MergeParts {
    pub(crate) source: Source,
    pub(crate) table: &'static Table,
    using: Item,
    on: Node,
    clauses: Vec<Clause>,
    pub(crate) options: Option<Box<Options>>,
}

/// `WHEN [NOT] MATCHED [AND condition] THEN action`
#[derive(Debug, Clone)]
struct Clause {
    matched: bool,
    condition: Option<Node>,
    action: Action,
}

#[derive(Debug, Clone)]
enum Action {
    Update(Vec<Setting>),
    Delete,
    /// Columns by position, and their values.
    Insert(Vec<usize>, Vec<Node>),
    Nothing,
}

impl MergeParts {
    fn nodes(&self) -> impl Iterator<Item = &Node> {
        std::iter::once(&self.on).chain(self.clauses.iter().flat_map(Clause::nodes))
    }

    pub(crate) fn survey(&self, survey: &mut Survey) {
        survey.several = true;
        survey.item(&self.using);
        survey.nodes(self.nodes());
    }

    pub(crate) fn write(&self, writer: &mut Writer) {
        writer.push("MERGE INTO ");
        writer.table(self.table);
        writer.push(" AS target USING ");
        // Brought after the source was written: that cannot name the table, and neither can its joins.
        writer.bring_item(&self.using);
        // A row that is hidden is not there, and not one without a match.
        writer.visible_item(&self.using, true);
        writer.bring(self.source, self.table, Alias::Fixed("target"));
        writer.push(" ON ");
        let standing = writer.standing_of(self.source, self.table);
        let standing = standing.into_iter().flat_map(Node::into_conjuncts);
        writer.node(&standing.fold(self.on.clone(), Node::and));
        for clause in &self.clauses {
            clause.write(writer, self.source, self.table);
        }
    }
}

impl Clause {
    fn nodes(&self) -> impl Iterator<Item = &Node> {
        let (settings, values): (&[Setting], &[Node]) = match &self.action {
            Action::Update(settings) => (settings, &[]),
            Action::Insert(_, values) => (&[], values),
            Action::Delete | Action::Nothing => (&[], &[]),
        };
        let set = settings.iter().map(|setting| &setting.value);
        self.condition.iter().chain(set).chain(values)
    }

    fn write(&self, writer: &mut Writer, source: Source, table: &'static Table) {
        writer.push(match self.matched {
            true => " WHEN MATCHED",
            false => " WHEN NOT MATCHED",
        });
        if let Some(condition) = &self.condition {
            writer.conditions_behind(" AND ", std::slice::from_ref(condition));
        }
        writer.push(" THEN ");
        match &self.action {
            Action::Update(settings) if !settings.is_empty() => {
                writer.push("UPDATE SET ");
                write_settings(writer, settings, table, source);
            }
            Action::Delete => writer.push("DELETE"),
            Action::Insert(columns, _) if columns.is_empty() => writer.push("INSERT DEFAULT VALUES"),
            Action::Insert(columns, values) => {
                writer.push("INSERT");
                write_columns(writer, table, columns);
                writer.push(" VALUES (");
                writer.list(values);
                writer.push(")");
            }
            Action::Update(_) | Action::Nothing => writer.push("DO NOTHING"),
        }
    }
}

impl<M: TableModel, X: InScope, A, B> Tune for Merge<M, X, A, B> {
    fn options_mut(&mut self) -> &mut Options {
        self.parts.options.get_or_insert_default()
    }
}

impl<M: TableModel, X: InScope, A, B> fmt::Debug for Merge<M, X, A, B> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Merge<{}>", M::TABLE.model)
    }
}

impl<M: TableModel, X: InScope, A, B> fmt::Debug for WhenMatched<M, X, A, B> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "WhenMatched<{}>", M::TABLE.model)
    }
}

impl<M: TableModel, X: InScope, A, B> fmt::Debug for WhenNotMatched<M, X, A, B> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "WhenNotMatched<{}>", M::TABLE.model)
    }
}

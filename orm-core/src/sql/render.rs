//! Writes SQL text: the one place where nodes become text and values become `$n`.
//!
//! Sources get their names here, in order of appearance, so equal shapes of queries give equal text. A statement over
//! one table names its columns without a qualifier.

use super::quote::{quote, quote_qualified};
use super::{Case, Level, MOST_DEPTH, Node};
use crate::driver::{Param, Statement};
use crate::error::{Error, ErrorKind};
use crate::expr::{Order, Source};
use crate::model::{ColumnDef, NullsOrder, Table};
use crate::types::PgType;

/// How the columns of a source are written.
#[derive(Debug, Clone, Copy)]
pub(crate) enum Qualifier {
    /// `"name"`
    None,
    /// `alias."name"`
    Alias(&'static str),
}

struct Scoped {
    source: Source,
    table: &'static Table,
    qualifier: Qualifier,
}

/// A statement while it is written.
pub(crate) struct Writer {
    text: String,
    params: Vec<Param>,
    scope: Vec<Scoped>,
    table: &'static Table,
    operation: &'static str,
    error: Option<Error>,
    /// While an expression is written again: the number of the parameter before its next one.
    repeated: Option<usize>,
}

/// What tells one expression from another: its text and the values of its parameters.
#[derive(PartialEq, Eq)]
pub(crate) struct Identity {
    text: String,
    values: Vec<Option<Vec<u8>>>,
}

impl Identity {
    pub(crate) fn text(&self) -> &str {
        &self.text
    }
}

impl Writer {
    pub(crate) fn new(operation: &'static str, table: &'static Table) -> Self {
        Self {
            text: String::with_capacity(256),
            params: Vec::new(),
            scope: Vec::new(),
            table,
            operation,
            error: None,
            repeated: None,
        }
    }

    /// Brings a source into scope.
    pub(crate) fn bring(&mut self, source: Source, table: &'static Table, qualifier: Qualifier) {
        self.scope.push(Scoped {
            source,
            table,
            qualifier,
        });
    }

    /// Takes a source out of scope again: what follows names it otherwise.
    pub(crate) fn leave(&mut self, source: Source) {
        self.scope.retain(|scoped| scoped.source != source);
    }

    pub(crate) fn push(&mut self, sql: &str) {
        self.text.push_str(sql);
    }

    pub(crate) fn name(&mut self, name: &str) {
        quote(&mut self.text, name);
    }

    pub(crate) fn table(&mut self, table: &Table) {
        quote_qualified(&mut self.text, table.schema, table.name);
    }

    /// Names between commas.
    pub(crate) fn names<'n>(&mut self, names: impl IntoIterator<Item = &'n str>) {
        for (index, name) in names.into_iter().enumerate() {
            if index > 0 {
                self.push(", ");
            }
            self.name(name);
        }
    }

    /// All columns of a source, in the model's order.
    pub(crate) fn columns(&mut self, source: Source, table: &'static Table) {
        for (index, column) in table.columns.iter().enumerate() {
            if index > 0 {
                self.push(", ");
            }
            self.column(source, column);
        }
    }

    /// Nodes between commas.
    pub(crate) fn list<'n>(&mut self, nodes: impl IntoIterator<Item = &'n Node>) {
        for (index, node) in nodes.into_iter().enumerate() {
            if index > 0 {
                self.push(", ");
            }
            self.node(node);
        }
    }

    pub(crate) fn fail(&mut self, error: Error) {
        self.error.get_or_insert(error);
    }

    /// The parameter's number, and for a type that is known only by name its cast: the server cannot always infer it.
    pub(crate) fn param(&mut self, param: Param) {
        let ty = param.ty;
        let number = match &mut self.repeated {
            Some(before) => {
                *before += 1;
                *before
            }
            None => {
                self.params.push(param);
                self.params.len()
            }
        };
        self.text.push('$');
        push_number(&mut self.text, number);
        push_cast(&mut self.text, ty);
    }

    fn column(&mut self, source: Source, column: &'static ColumnDef) {
        let Some(scoped) = self.scope.iter().find(|scoped| scoped.source == source) else {
            let error = out_of_scope(column, self.table);
            self.fail(error);
            return;
        };
        match scoped.qualifier {
            Qualifier::None => {}
            Qualifier::Alias(alias) => {
                self.text.push_str(alias);
                self.text.push('.');
            }
        }
        quote(&mut self.text, column.name);
    }

    pub(crate) fn node(&mut self, node: &Node) {
        match node {
            Node::Column(source, column) => self.column(*source, column),
            Node::Param(param) => self.param(param.clone()),
            Node::Sql {
                pieces, args, level, ..
            } => {
                for (index, arg) in args.iter().enumerate() {
                    self.push(pieces.get(index).copied().unwrap_or_default());
                    self.operand(arg, *level, index == 0);
                }
                self.push(pieces.get(args.len()).copied().unwrap_or_default());
            }
            Node::And(list) => self.conditions(list, " AND ", "TRUE", Level::And),
            Node::Or(list) => self.conditions(list, " OR ", "FALSE", Level::Or),
            Node::Cast(inner, ty, _) => {
                self.operand(&inner[0], Level::Postfix, true);
                self.push("::");
                self.push(&ty.to_string());
            }
            Node::Case(case, _) => self.case(case),
            Node::Row(nodes) => {
                self.push("(");
                self.list(nodes.iter());
                self.push(")");
            }
            Node::Null => self.push("NULL"),
            Node::TooDeep => self.fail(Error::new(
                ErrorKind::InvalidQuery,
                format!(
                    "an expression is nested more than {MOST_DEPTH} levels deep; join many conditions by `all_of` and \
                     `any_of`, which do not nest"
                ),
            )),
        }
    }

    /// An operand, in parentheses if it binds no tighter than the operator.
    fn operand(&mut self, node: &Node, operator: Level, first: bool) {
        let bare = match operator {
            Level::Atom => true,
            Level::Additive | Level::Multiplicative | Level::Sign | Level::Postfix if first => node.level() >= operator,
            _ => node.level() > operator,
        };
        if bare {
            self.node(node);
        } else {
            self.push("(");
            self.node(node);
            self.push(")");
        }
    }

    fn conditions(&mut self, list: &[Node], between: &str, empty: &str, level: Level) {
        match list {
            [] => self.push(empty),
            [only] => self.node(only),
            _ => {
                for (index, node) in list.iter().enumerate() {
                    if index > 0 {
                        self.push(between);
                    }
                    self.operand(node, level, false);
                }
            }
        }
    }

    fn case(&mut self, case: &Case) {
        self.push("CASE");
        for (condition, result) in &case.branches {
            self.push(" WHEN ");
            self.node(condition);
            self.push(" THEN ");
            self.node(result);
        }
        if let Some(otherwise) = &case.otherwise {
            self.push(" ELSE ");
            self.node(otherwise);
        }
        self.push(" END");
    }

    /// ` WHERE …`, or nothing without filters.
    pub(crate) fn filters(&mut self, filters: &[Node]) {
        if filters.is_empty() {
            return;
        }
        self.push(" WHERE ");
        self.conditions(filters, " AND ", "TRUE", Level::And);
    }

    /// ` ORDER BY …`, or nothing without terms.
    pub(crate) fn order(&mut self, order: &[Order]) {
        for (index, term) in order.iter().enumerate() {
            self.order_term(index, term, None, false);
        }
    }

    /// One term, `index` from 0. If its expression was written before, `first` tells how many parameters came before it:
    /// PostgreSQL takes two expressions for the same only if their parameters have the same numbers.
    pub(crate) fn order_term(&mut self, index: usize, term: &Order, first: Option<usize>, qualified: bool) {
        self.push(if index == 0 { " ORDER BY " } else { ", " });
        self.repeated = first;
        self.sort_key(&term.node, qualified);
        self.repeated = None;
        if term.descending {
            self.push(" DESC");
        }
        match term.nulls {
            // What PostgreSQL does anyway is not written: an index is matched by its text, too.
            Some(NullsOrder::First) if !term.descending => self.push(" NULLS FIRST"),
            Some(NullsOrder::Last) if term.descending => self.push(" NULLS LAST"),
            _ => {}
        }
    }

    /// An expression of ORDER BY or DISTINCT ON. There a mere name is first looked for among what is selected, and
    /// `"age"::text` is selected as `age`: so beside computed values a column needs its table's name.
    pub(crate) fn sort_key(&mut self, node: &Node, qualified: bool) {
        if qualified && let Node::Column(source, _) = node {
            let scoped = self.scope.iter().find(|scoped| scoped.source == *source);
            if let Some(Scoped {
                table,
                qualifier: Qualifier::None,
                ..
            }) = scoped
            {
                quote(&mut self.text, table.name);
                self.text.push('.');
            }
        }
        self.node(node);
    }

    /// How many parameters there are so far.
    pub(crate) fn params(&self) -> usize {
        self.params.len()
    }

    pub(crate) fn finish(self) -> Result<Statement, Error> {
        if let Some(error) = self.error {
            return Err(error.with_table(Some(self.table)));
        }
        Ok(Statement {
            text: self.text.into(),
            params: self.params,
            operation: self.operation,
            table: Some(self.table),
        })
    }

    /// To see whether two nodes are the same expression.
    pub(crate) fn identity(&mut self, node: &Node) -> Identity {
        let mut writer = Writer::new(self.operation, self.table);
        for scoped in &self.scope {
            writer.bring(scoped.source, scoped.table, scoped.qualifier);
        }
        writer.node(node);
        if let Some(error) = writer.error {
            self.fail(error);
        }
        // A value that could not be encoded fails the statement anyway.
        let values = writer.params.into_iter().map(|param| {
            let bytes = param.bytes.ok().flatten();
            bytes.map(|bytes| bytes.as_slice().to_vec())
        });
        Identity {
            text: writer.text,
            values: values.collect(),
        }
    }
}

#[cold]
fn out_of_scope(column: &ColumnDef, table: &Table) -> Error {
    Error::new(
        ErrorKind::InvalidQuery,
        format!(
            "the column `{}` of another query is used in a query of `{}`; use the columns that this query's own \
             closure receives",
            column.field, table.model
        ),
    )
}

/// Appends the cast of a parameter whose type is known only by name.
pub(crate) fn push_cast(text: &mut String, ty: &PgType) {
    if ty.oid == 0 {
        text.push_str("::");
        text.push_str(&ty.to_string());
    }
}

/// Appends a decimal number without the formatting machinery: parameters are on the hot path.
fn push_number(text: &mut String, number: usize) {
    if number >= 10 {
        push_number(text, number / 10);
    }
    text.push(char::from(b'0' + (number % 10) as u8));
}

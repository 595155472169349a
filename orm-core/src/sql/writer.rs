//! Writes SQL text: the one place where nodes become text and values become `$n`.
//!
//! Sources get their names here, in order of appearance, so equal shapes of queries give equal text. A statement over
//! one table names its columns without a qualifier.

use std::sync::Arc;

use super::again::Again;
use super::quote::{quote, quote_qualified};
use super::refused::{Place, out_of_scope};
use super::scope::{Found, Scope};
use super::{Alias, Case, Level, MOST_DEPTH, Node, Survey, WindowDef};
use crate::driver::{Param, Statement};
use crate::error::{Error, ErrorKind};
use crate::expr::Source;
use crate::model::{ColumnDef, Table};
use crate::scope::ScopeKey;
use crate::types::PgType;

/// A statement while it is written.
pub(crate) struct Writer {
    text: String,
    pub(super) params: Vec<Param>,
    /// Which parameters stand for values that come later: the place among the parameters, and which value.
    placeholders: Vec<(usize, u16)>,
    pub(crate) scope: Scope,
    pub(crate) survey: Survey,
    table: &'static Table,
    pub(super) operation: &'static str,
    error: Option<Error>,
    only_reads: bool,
    /// While an expression is written again: its next parameter's place among all that were written.
    pub(super) repeated: Option<usize>,
    pub(super) again: Again,
    /// The windows that have names in the query that is being written.
    pub(super) windows: Vec<Arc<WindowDef>>,
    /// Whether a CTE is being written.
    pub(super) in_cte: bool,
    /// Whether a WITH clause was begun and could go on.
    pub(crate) with_open: bool,
}

/// Where the numbers of aliases begin while two expressions are compared: above those of any statement.
const IDENTITY_ALIASES: u32 = 1_000_000;

/// What tells one expression from another: its text and the values of its parameters.
#[derive(PartialEq, Eq)]
pub(crate) struct Identity {
    text: String,
    values: Vec<(Option<Vec<u8>>, Option<ScopeKey>)>,
    placeholders: Vec<(usize, u16)>,
}

impl Identity {
    pub(crate) fn text(&self) -> &str {
        &self.text
    }
}

impl Writer {
    /// A statement about a table. What it will hold is known from the survey.
    pub(crate) fn new(operation: &'static str, table: &'static Table, survey: Survey) -> Self {
        Self {
            text: String::with_capacity(256),
            params: Vec::new(),
            placeholders: Vec::new(),
            scope: Scope::default(),
            survey,
            table,
            operation,
            error: None,
            only_reads: operation == "SELECT",
            repeated: None,
            again: Again::default(),
            windows: Vec::new(),
            in_cte: false,
            with_open: false,
        }
    }

    /// A statement over one table, without sub-selects.
    pub(crate) fn plain(operation: &'static str, table: &'static Table) -> Self {
        Self::new(operation, table, Survey::default())
    }

    /// Brings a table into scope.
    pub(crate) fn bring(&mut self, source: Source, table: &'static Table, alias: Alias) {
        self.scope.bring(source, table, alias, None, false);
    }

    pub(crate) fn push(&mut self, sql: &str) {
        self.text.push_str(sql);
    }

    /// The statement does more than read rows, or may do so: it locks rows, writes, or calls what is not known here.
    pub(crate) fn may_have_effects(&mut self) {
        self.only_reads = false;
    }

    /// How long the text is.
    pub(super) fn len(&self) -> usize {
        self.text.len()
    }

    /// Whether there is a space before this place.
    pub(super) fn ends_with_space(&self, at: usize) -> bool {
        self.text[..at].ends_with(' ')
    }

    /// Takes a space away that was written at this place.
    pub(super) fn remove_space(&mut self, at: usize) {
        if self.text[at..].starts_with(' ') {
            let _ = self.text.remove(at);
        }
    }

    /// ` AS alias`, or nothing.
    pub(crate) fn alias(&mut self, alias: Alias) {
        if !matches!(alias, Alias::None) {
            self.push(" AS ");
            push_name(&mut self.text, alias);
        }
    }

    /// What a source of the query is called in it.
    pub(crate) fn source_name(&mut self, source: Source) {
        let key = if source.is_path() { source } else { source.root() };
        match self.scope.entry(key).map(|entry| (entry.alias, entry.table)) {
            Some((Alias::None, table)) => quote(&mut self.text, table.name),
            Some((alias, _)) => push_name(&mut self.text, alias),
            None => {}
        }
    }

    pub(crate) fn name(&mut self, name: &str) {
        quote(&mut self.text, name);
    }

    pub(crate) fn table(&mut self, table: &Table) {
        self.check_cte_names(table);
        quote_qualified(&mut self.text, table.schema, table.name);
    }

    /// A name, perhaps with its schema.
    pub(crate) fn qualified(&mut self, schema: Option<&str>, name: &str) {
        quote_qualified(&mut self.text, schema, name);
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
            Some(place) => {
                let number = self.again.number(*place);
                *place += 1;
                number
            }
            None => {
                self.params.push(param);
                self.params.len()
            }
        };
        self.number(number, ty);
    }

    /// A parameter of a prepared query: one number wherever it stands.
    fn placeholder(&mut self, index: u16, ty: &'static PgType) {
        let known = self.placeholders.iter().find(|(_, known)| *known == index);
        let at = match known {
            Some((at, _)) => *at,
            None => {
                self.params.push(Param::null(ty));
                self.placeholders.push((self.params.len() - 1, index));
                self.params.len() - 1
            }
        };
        if let Some(place) = &mut self.repeated {
            *place += 1;
        }
        self.number(at + 1, ty);
    }

    pub(super) fn number(&mut self, number: usize, ty: &PgType) {
        if self.survey.repeats {
            self.again.written(number);
        }
        self.text.push('$');
        push_number(&mut self.text, number);
        push_cast(&mut self.text, ty);
    }

    fn column(&mut self, source: Source, column: &'static ColumnDef) {
        let hidden = match self.scope.column(source, column) {
            Found::Column(alias, name) => {
                self.text.push_alias(alias);
                quote(&mut self.text, &name);
                return;
            }
            Found::Hidden => true,
            Found::No => false,
        };
        if hidden || !self.path_value(source, column) {
            let owner = self.scope.entry(source.root()).map(|entry| entry.table);
            let place = Place {
                query: self.scope.query().unwrap_or(self.table),
                owner: owner.filter(|_| hidden),
                in_cte: self.in_cte,
            };
            self.fail(out_of_scope(source, column, &place));
        }
    }

    pub(crate) fn node(&mut self, node: &Node) {
        match node {
            Node::Column(source, column) => self.column(*source, column),
            Node::Param(param) => self.value(param),
            Node::Placeholder(index, ty) => self.placeholder(*index, ty),
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
            Node::Call(call, _) => self.call(call),
            Node::Row(nodes) => {
                self.push("(");
                self.list(nodes.iter());
                self.push(")");
            }
            Node::Select(parts, _) => self.select(parts),
            Node::Qualified(schema, name) => self.qualified(*schema, name),
            Node::List(nodes) => self.list(nodes.iter()),
            Node::Name(name) => self.fixed_name(*name),
            Node::Null => self.push("NULL"),
            Node::Unknown => self.may_have_effects(),
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
    pub(super) fn operand(&mut self, node: &Node, operator: Level, first: bool) {
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
        self.conditions_behind(" WHERE ", filters);
    }

    /// Conditions joined by AND, behind this keyword; nothing without conditions.
    pub(crate) fn conditions_behind(&mut self, keyword: &str, conditions: &[Node]) {
        if !conditions.is_empty() {
            self.push(keyword);
            self.conditions(conditions, " AND ", "TRUE", Level::And);
        }
    }

    /// ` HAVING …`, or nothing without conditions.
    pub(crate) fn having(&mut self, conditions: &[Node]) {
        self.conditions_behind(" HAVING ", conditions);
    }

    /// The statement of a prepared query, and which of its parameters get their values later.
    pub(crate) fn finish_prepared(mut self) -> Result<(Statement, Vec<(usize, u16)>), Error> {
        let placeholders = std::mem::take(&mut self.placeholders);
        Ok((self.finish()?, placeholders))
    }

    pub(crate) fn finish(mut self) -> Result<Statement, Error> {
        if !self.placeholders.is_empty() {
            self.fail(Error::new(
                ErrorKind::InvalidQuery,
                "a parameter of a prepared query is used in another query",
            ));
        }
        if let Some(error) = self.error {
            return Err(error.with_table(Some(self.table)));
        }
        Ok(Statement {
            text: self.text.into(),
            params: self.params,
            operation: self.operation,
            table: Some(self.table).filter(|table| !table.name.is_empty()),
            place: None,
            options: None,
            only_reads: self.only_reads,
        })
    }

    /// To see whether two nodes are the same expression.
    pub(crate) fn identity(&mut self, node: &Node) -> Identity {
        let mut writer = Writer::plain(self.operation, self.table);
        writer.scope = std::mem::take(&mut self.scope);
        writer.survey = std::mem::take(&mut self.survey);
        let aliases = writer.scope.aliases();
        // The same names for the same sub-selects, wherever they stand.
        writer.scope.set_aliases(IDENTITY_ALIASES);
        writer.node(node);
        self.scope = writer.scope;
        self.scope.set_aliases(aliases);
        self.survey = writer.survey;
        if let Some(error) = writer.error {
            self.fail(error);
        }
        // A value that could not be encoded fails the statement anyway.
        let values = writer.params.into_iter().map(|param| {
            let bytes = param.bytes.ok().flatten();
            (bytes.map(|bytes| bytes.as_slice().to_vec()), param.scope)
        });
        Identity {
            text: writer.text,
            values: values.collect(),
            placeholders: writer.placeholders,
        }
    }
}

trait PushAlias {
    fn push_alias(&mut self, alias: Alias);
}

impl PushAlias for String {
    /// The name of a source and a point, or nothing.
    fn push_alias(&mut self, alias: Alias) {
        if !matches!(alias, Alias::None) {
            push_name(self, alias);
            self.push('.');
        }
    }
}

fn push_name(text: &mut String, alias: Alias) {
    match alias {
        Alias::None => {}
        Alias::Fixed(word) => text.push_str(word),
        Alias::Numbered(letter, number) => {
            text.push(letter);
            push_number(text, number as usize);
        }
    }
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

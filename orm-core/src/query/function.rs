//! Functions that give rows, in FROM (*Table Functions*), and lists of values.

#[cfg(feature = "json")]
mod json;
mod series;
mod unnest;
mod values;

use std::borrow::Cow;
use std::fmt;
use std::marker::PhantomData;

#[cfg(feature = "json")]
pub use json::{jsonb_array_elements, jsonb_array_elements_text, jsonb_each, jsonb_each_text, jsonb_to_recordset};
pub use series::{Series, SteppedSeries, generate_series, generate_series_step};
pub use unnest::{regexp_split_to_table, string_to_table, unnest};
pub use values::{ValueColumn, ValueRow, values};

use super::from::{Item, Origin};
use super::join::From;
use super::{InScope, Query, Rowset};
use crate::__private::STUB_TABLE;
use crate::error::{Error, ErrorKind};
use crate::expr::{IntoExpr, OfOneRow, Source};
use crate::model::{ColumnDef, Table};
use crate::sql::{Node, Output, Writer, quote_qualified};
use crate::types::{NotNull, PgKind, PgType, builtin};

/// What stands for the table that rows come from which come from none.
static NO_TABLE: Table = Table {
    model: "a table function",
    ..*STUB_TABLE
};

/// A function that gives rows of the type `R`, in a FROM clause. Its arguments can be columns of what stands before it
/// there: `User::query().cross_join(|u| unnest(u.tags))` gives each user with each tag.
#[must_use = "a source does nothing until it is joined, or queried by `.query()`"]
pub struct TableFunction<R: InScope> {
    call: FunctionCall,
    marker: PhantomData<fn() -> R>,
}

/// The call, without its types.
#[derive(Debug, Clone)]
pub(crate) struct FunctionCall {
    name: Name,
    args: Vec<Node>,
    columns: Vec<FunctionColumn>,
    ordinality: bool,
    /// Whether the columns' types are written, as for what gives any record.
    typed: bool,
    /// Why it cannot be sent.
    refused: Option<String>,
}

#[derive(Debug, Clone, Copy)]
enum Name {
    /// PostgreSQL's own.
    BuiltIn(&'static str),
    /// Its schema, if that is said, and its name.
    Own(Option<&'static str>, &'static str),
}

#[derive(Debug, Clone)]
struct FunctionColumn {
    name: Cow<'static, str>,
    ty: &'static PgType,
    /// The model's column that it is, as in [`Output`].
    model: Option<(&'static ColumnDef, &'static Table)>,
}

/// The columns of a row, named by their positions.
fn columns<R: InScope>() -> Vec<FunctionColumn> {
    let (mut items, mut tables) = (Vec::new(), Vec::new());
    R::append(R::fields::<NotNull>(Source::new()), &mut items);
    R::tables(&mut tables);
    let column = |(at, (item, table)): (usize, (&Node, Option<&'static Table>))| {
        let definition = match item {
            Node::Column(_, definition) => Some(*definition),
            _ => None,
        };
        FunctionColumn {
            name: Cow::Owned(format!("c{}", at + 1)),
            ty: definition.map_or(builtin::TEXT, |definition| definition.ty),
            model: definition.zip(table),
        }
    };
    items.iter().zip(tables).enumerate().map(column).collect()
}

/// A function of your own or an extension's that gives rows: the columns of `R`, in order. Its arguments follow by
/// [`arg`](TableFunction::arg): `table_function::<(i64, String)>("top_products").arg(u.id).arg(5)`.
///
/// The name is quoted, so it is the very name that the function has. If the function gives other types, running the query
/// is [`ErrorKind::ColumnType`].
pub fn table_function<R: InScope>(name: &'static str) -> TableFunction<R> {
    TableFunction::new(Name::Own(None, name), Vec::new())
}

impl<R: InScope> TableFunction<R> {
    fn built_in(name: &'static str, args: impl Into<Vec<Node>>) -> Self {
        Self::new(Name::BuiltIn(name), args.into())
    }

    fn new(name: Name, args: Vec<Node>) -> Self {
        Self {
            call: FunctionCall {
                name,
                args,
                columns: columns::<R>(),
                ordinality: false,
                typed: false,
                refused: None,
            },
            marker: PhantomData,
        }
    }

    /// One more argument: a value, or a column or expression of what stands before it in FROM.
    pub fn arg<V: IntoExpr>(mut self, value: V) -> Self
    where
        V::Phase: OfOneRow,
    {
        self.call.args.push(value.into_expr().node);
        self
    }

    /// The schema of a [`table_function`]; without it the `search_path` finds it.
    pub fn schema(mut self, schema: &'static str) -> Self {
        if let Name::Own(own, _) = &mut self.call.name {
            *own = Some(schema);
        }
        self
    }

    /// `WITH ORDINALITY`: the rows numbered from 1, in the order in which the function gives them.
    pub fn with_ordinality(self) -> TableFunction<R::Push<i64>> {
        let mut call = self.call;
        call.columns.push(FunctionColumn {
            name: Cow::Owned(format!("c{}", call.columns.len() + 1)),
            ty: builtin::INT8,
            model: None,
        });
        call.ordinality = true;
        TableFunction {
            call,
            marker: PhantomData,
        }
    }

    /// A query of its rows: `SELECT … FROM function(…)`.
    pub fn query(self) -> Query<R> {
        self.subquery()
    }
}

impl<R: InScope> Rowset for TableFunction<R> {
    type Row = R;
    fn into_from(self) -> From<R> {
        let mut item = Item::new(&NO_TABLE, Origin::Function(self.call.into()));
        // PostgreSQL lets a function refer to what stands before it, with or without the word LATERAL.
        item.lateral = true;
        From::of(item)
    }
}

impl<R: InScope> Clone for TableFunction<R> {
    fn clone(&self) -> Self {
        Self {
            call: self.call.clone(),
            marker: PhantomData,
        }
    }
}

impl<R: InScope> fmt::Debug for TableFunction<R> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "TableFunction({:?})", self.call.name)
    }
}

impl FunctionCall {
    /// `unnest(…, …) WITH ORDINALITY`: arrays of these columns of a model.
    pub(crate) fn unnest(columns: &[&'static ColumnDef], table: &'static Table, arrays: Vec<Node>) -> Self {
        let free = |name: &str, columns: &[FunctionColumn]| !columns.iter().any(|column| column.name == name);
        let mut named: Vec<FunctionColumn> = Vec::with_capacity(columns.len() + 1);
        for (index, definition) in columns.iter().enumerate() {
            let name = match free(definition.name, &named) {
                true => Cow::Borrowed(definition.name),
                // No column of a model is called so.
                false => Cow::Owned(format!("column {}", index + 1)),
            };
            named.push(FunctionColumn {
                name,
                ty: definition.ty,
                model: Some((definition, table)),
            });
        }
        let mut columns = named;
        let number = if free("n", &columns) { "n" } else { "row number" };
        columns.push(FunctionColumn {
            name: Cow::Borrowed(number),
            ty: builtin::INT8,
            model: None,
        });
        Self {
            name: Name::BuiltIn("unnest"),
            args: arrays,
            columns,
            ordinality: true,
            typed: false,
            refused: None,
        }
    }

    pub(crate) fn nodes(&self) -> &[Node] {
        &self.args
    }

    pub(crate) fn map_nodes(&self, map: impl Fn(&Node) -> Node) -> Self {
        Self {
            args: self.args.iter().map(map).collect(),
            ..self.clone()
        }
    }

    pub(crate) fn depth(&self) -> u16 {
        self.args.iter().map(Node::depth).max().unwrap_or(0)
    }

    pub(crate) fn outputs(&self) -> Vec<Output> {
        let output = |column: &FunctionColumn| Output {
            name: column.name.clone(),
            model: column.model,
        };
        self.columns.iter().map(output).collect()
    }

    /// `("c1", "c2")` behind the alias.
    pub(crate) fn write_names(&self, writer: &mut Writer) {
        writer.push("(");
        writer.names(self.columns.iter().map(|column| &*column.name));
        writer.push(")");
    }

    /// `function(…)`
    pub(crate) fn write(&self, writer: &mut Writer) {
        if let Some(why) = &self.refused {
            writer.fail(Error::new(ErrorKind::InvalidQuery, why.clone()));
        }
        if self.takes_apart() {
            self.write_selected(writer);
            return;
        }
        if self.typed {
            writer.push("ROWS FROM (");
        }
        match self.name {
            Name::BuiltIn(name) => writer.push(name),
            Name::Own(schema, name) => {
                let mut text = String::new();
                quote_qualified(&mut text, schema, name);
                writer.push(&text);
                writer.may_have_effects();
            }
        }
        writer.push("(");
        writer.list(&self.args);
        writer.push(")");
        if self.typed {
            self.write_types(writer);
        }
        if self.ordinality {
            writer.push(" WITH ORDINALITY");
        }
    }

    /// ` AS ("name" type, …))`
    fn write_types(&self, writer: &mut Writer) {
        let own = self.columns.len() - usize::from(self.ordinality);
        for (index, column) in self.columns[..own].iter().enumerate() {
            writer.push(if index == 0 { " AS (" } else { ", " });
            writer.name(&column.name);
            writer.push(" ");
            writer.push(&column.ty.to_string());
        }
        writer.push("))");
    }

    /// Whether `unnest` in FROM would make several columns of one: a composite's fields.
    fn takes_apart(&self) -> bool {
        let composite = |column: &FunctionColumn| matches!(column.ty.kind, PgKind::Composite(_));
        matches!(self.name, Name::BuiltIn("unnest")) && self.columns.iter().any(composite)
    }

    /// `LATERAL (SELECT unnest(…), unnest(…))`: there a composite stays one value.
    fn write_selected(&self, writer: &mut Writer) {
        writer.push("LATERAL (SELECT ");
        for (index, arg) in self.args.iter().enumerate() {
            writer.push(if index == 0 { "unnest(" } else { ", unnest(" });
            writer.node(arg);
            writer.push(")");
        }
        if self.ordinality
            && let Some(first) = self.args.first()
        {
            writer.push(", generate_series(1::int8, cardinality(");
            writer.node(first);
            writer.push("))");
        }
        writer.push(")");
    }
}

/// Names of columns, as many as a row has.
#[cfg(feature = "json")]
fn name_columns(call: &mut FunctionCall, names: &[&'static str]) {
    if names.len() != call.columns.len() {
        let (names, columns) = (names.len(), call.columns.len());
        call.refused = Some(format!("{names} names are given for {columns} columns of a function"));
    }
    for (column, name) in call.columns.iter_mut().zip(names) {
        column.name = Cow::Borrowed(name);
    }
}

//! What the columns of each source are called while a statement is written.

use std::borrow::Cow;

use crate::expr::Source;
use crate::model::{ColumnDef, Table};

/// What a source is called.
#[derive(Debug, Clone, Copy)]
pub(crate) enum Alias {
    /// Nothing: the only table of its statement. `"name"`
    None,
    /// A word of ours. `excluded."name"`
    Fixed(&'static str),
    /// The first letter of the table, and a number by order of appearance. `u1."name"`
    Numbered(char, u32),
}

/// A column that a derived table gives.
#[derive(Debug, Clone)]
pub(crate) struct Output {
    pub(crate) name: Cow<'static, str>,
    /// The model's column that it is, if it is one, and the table of that model.
    pub(crate) model: Option<(&'static ColumnDef, &'static Table)>,
}

/// A source in scope.
#[derive(Debug, Clone)]
pub(crate) struct Entry {
    /// A FROM item's root, or a path behind it.
    pub(crate) source: Source,
    pub(crate) table: &'static Table,
    pub(crate) alias: Alias,
    /// What it gives if it is a derived table; a table gives its columns.
    pub(crate) outputs: Option<Vec<Output>>,
    /// Which query it belongs to, counted from the outermost.
    frame: usize,
    /// Whether it may be missing, because it is joined by LEFT JOIN.
    pub(crate) optional: bool,
}

/// All sources in scope.
#[derive(Debug, Default)]
pub(crate) struct Scope {
    entries: Vec<Entry>,
    frame: usize,
    /// The table of the query that is being written.
    query: Option<&'static Table>,
    /// Queries whose sources cannot be seen at the moment: a derived table that is not lateral sees nothing beside it.
    hidden: Vec<usize>,
    aliases: u32,
}

/// What there was before a query inside of another one was begun.
pub(crate) struct Opened {
    entries: usize,
    around: Option<&'static Table>,
}

/// What a column of a source is called.
pub(crate) enum Found<'s> {
    Column(Alias, Cow<'s, str>),
    /// It is there, but cannot be seen from here.
    Hidden,
    /// There is no such source.
    No,
}

impl Scope {
    /// A name that the statement does not have yet.
    pub(crate) fn new_alias(&mut self, table: &Table) -> Alias {
        self.aliases += 1;
        let first = table.name.chars().next().map(|letter| letter.to_ascii_lowercase());
        Alias::Numbered(first.filter(char::is_ascii_lowercase).unwrap_or('t'), self.aliases)
    }

    /// How many names there are so far.
    pub(crate) fn aliases(&self) -> u32 {
        self.aliases
    }

    /// Goes on after so many names.
    pub(crate) fn set_aliases(&mut self, aliases: u32) {
        self.aliases = aliases;
    }

    /// Brings a source into the scope of the query that is being written.
    pub(crate) fn bring(
        &mut self,
        source: Source,
        table: &'static Table,
        alias: Alias,
        outputs: Option<Vec<Output>>,
        optional: bool,
    ) {
        self.entries.push(Entry {
            source,
            table,
            alias,
            outputs,
            frame: self.frame,
            optional,
        });
    }

    /// Begins a query inside of the one that is being written. Gives what [`close`](Self::close) needs.
    pub(crate) fn open(&mut self, table: &'static Table) -> Opened {
        self.frame += 1;
        let around = self.query.replace(table);
        let entries = self.entries.len();
        Opened { entries, around }
    }

    /// Ends the innermost query: its sources are gone.
    pub(crate) fn close(&mut self, opened: Opened) {
        self.entries.truncate(opened.entries);
        self.frame -= 1;
        self.query = opened.around;
    }

    /// The table of the innermost query.
    pub(crate) fn query(&self) -> Option<&'static Table> {
        self.query
    }

    /// Until [`show`](Self::show) the sources of the innermost query cannot be seen.
    pub(crate) fn hide(&mut self) {
        self.hidden.push(self.frame);
    }

    pub(crate) fn show(&mut self) {
        self.hidden.pop();
    }

    /// The source itself, in the innermost query that has it.
    pub(crate) fn entry(&self, source: Source) -> Option<&Entry> {
        self.entries.iter().rev().find(|entry| entry.source == source)
    }

    /// The sources that follow a root's relations, in order of appearance.
    pub(crate) fn paths(&self, root: Source) -> Vec<Entry> {
        let behind = |entry: &&Entry| entry.source.is_path() && entry.source.root() == root;
        self.entries.iter().filter(behind).cloned().collect()
    }

    pub(crate) fn column(&self, source: Source, column: &'static ColumnDef) -> Found<'_> {
        let key = if source.is_path() { source } else { source.root() };
        let Some(entry) = self.entry(key) else {
            return Found::No;
        };
        if self.hidden.contains(&entry.frame) {
            return Found::Hidden;
        }
        let name = match &entry.outputs {
            None => Cow::Borrowed(column.name),
            Some(outputs) => match output(outputs, source.position(), column) {
                Some(output) => Cow::Borrowed(&*output.name),
                None => return Found::No,
            },
        };
        Found::Column(entry.alias, name)
    }

    /// The table whose row a source is.
    pub(crate) fn table(&self, source: Source) -> Option<&'static Table> {
        if source.is_path() {
            return self.entry(source).map(|entry| entry.table);
        }
        let entry = self.entry(source.root())?;
        match &entry.outputs {
            None => Some(entry.table),
            Some(outputs) => outputs.get(source.position())?.model.map(|(_, table)| table),
        }
    }
}

/// The output that a column is: by position if it comes from no model, else the first one of that name from there.
fn output<'o>(outputs: &'o [Output], position: usize, column: &ColumnDef) -> Option<&'o Output> {
    let mut outputs = outputs.get(position..)?.iter();
    if column.name.is_empty() {
        return outputs.next();
    }
    // By name: the address of a constant differs between crates.
    let same = |output: &&Output| {
        output
            .model
            .is_some_and(|(given, _)| given.name == column.name && given.model == column.model)
    };
    outputs.find(same)
}

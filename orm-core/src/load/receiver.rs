//! Rows on their way to the rows that they belong to.

use super::keys::{KeyId, Known};
use super::{Items, Level};
use crate::driver::{Columns, ResultColumn, Row, RowSink};
use crate::error::{Error, ErrorKind};
use crate::types::PgType;

/// The rows of a level below, gathered in groups: one for each row above.
pub(crate) struct Receiver<T> {
    items: Items,
    pub(crate) rows: Box<dyn Level<T>>,
    by: By,
    /// The group of each row of a level that is not complete.
    of_rows: Vec<usize>,
    groups: Groups<T>,
}

/// What says to which group a row belongs.
pub(crate) enum By {
    /// The number of the row above, from 1: behind the items.
    Number(Range),
    /// Its own column at this position, which is the key of the row above.
    Key { at: usize, known: Known },
    /// The key of the row above, behind the items. The column at `child` is NULL where there is no row.
    Link {
        keys: std::ops::Range<usize>,
        child: usize,
        known: Known,
    },
}

/// The groups of rows by their number.
pub(crate) enum Range {
    /// The one that stands so many places further on.
    From(usize),
    /// These.
    These(Vec<usize>),
}

impl<T> Receiver<T> {
    pub(crate) fn new(items: Items, rows: Box<dyn Level<T>>) -> Self {
        Self {
            items,
            rows,
            by: By::Number(Range::From(0)),
            of_rows: Vec::new(),
            groups: Groups::default(),
        }
    }

    /// What follows says its groups in this way. Gives the way so far.
    pub(crate) fn by(&mut self, by: By) -> By {
        std::mem::replace(&mut self.by, by)
    }

    /// A group more.
    pub(crate) fn add_group(&mut self) -> usize {
        self.groups.add()
    }

    /// So many groups, at least.
    pub(crate) fn add_groups(&mut self, groups: usize) {
        self.groups.reach(groups);
    }

    /// All groups, after the levels below have come.
    pub(crate) fn finish(&mut self) -> Vec<Vec<T>> {
        if !self.rows.is_complete() {
            let mut sizes = vec![0; self.groups.all.len()];
            for group in &self.of_rows {
                sizes[*group] += 1;
            }
            for (group, size) in self.groups.all.iter_mut().zip(sizes) {
                group.reserve_exact(size);
            }
            for (group, row) in std::mem::take(&mut self.of_rows).into_iter().zip(self.rows.finish()) {
                self.groups.all[group].push(row);
            }
        }
        self.groups.finish()
    }

    /// The group that a row belongs to; `None` if it is the place of no row.
    fn group(&mut self, row: &Row<'_>) -> Result<Option<usize>, Error> {
        let cell = |at| row.cells::<1>(at)[0];
        match &mut self.by {
            By::Number(range) => {
                let number = usize::try_from(row.get::<i64>(self.items.nodes.len())?).unwrap_or(0);
                Ok(match range {
                    Range::From(from) => Some(*from + number.saturating_sub(1)),
                    Range::These(these) => these.get(number.saturating_sub(1)).copied(),
                })
            }
            By::Key { at, known } => {
                let group = KeyId::new([cell(*at)]).and_then(|key| known.get(&key).copied());
                group.map(Some).ok_or_else(unknown)
            }
            By::Link { keys, child, known } => {
                let Some(key) = KeyId::new(keys.clone().map(cell)) else {
                    return Ok(None);
                };
                let groups = &mut self.groups;
                let group = *known.entry(key).or_insert_with(|| groups.add());
                Ok(cell(*child).map(|_| group))
            }
        }
    }
}

#[cold]
fn unknown() -> Error {
    Error::new(
        ErrorKind::Decode,
        "a row came back whose key is equal to one that was asked for, but not the same bytes (a collation that is not \
         deterministic?); load it with `.strategy(Strategy::Keys)`",
    )
}

impl<T: Send> RowSink for Receiver<T> {
    fn columns(&mut self, columns: &[ResultColumn]) -> Result<(), Error> {
        self.items.check(columns)
    }

    fn expected(&self, types: &mut Vec<&'static PgType>) -> bool {
        self.items.take(&mut Columns::expected(types)).is_ok()
    }

    fn row(&mut self, row: &Row<'_>) -> Result<(), Error> {
        let Some(group) = self.group(row)? else { return Ok(()) };
        self.rows.read(row)?;
        match self.rows.is_complete() {
            true => self.groups.put(group, self.rows.pop()),
            false => self.of_rows.push(group),
        }
        Ok(())
    }
}

/// Lists that are filled row by row. Rows of a group mostly come one after another: they are kept aside until the group
/// changes, so that its list gets the room that it needs.
struct Groups<T> {
    all: Vec<Vec<T>>,
    aside: Vec<T>,
    of: usize,
}

impl<T> Default for Groups<T> {
    fn default() -> Self {
        Self {
            all: Vec::new(),
            aside: Vec::new(),
            of: 0,
        }
    }
}

impl<T> Groups<T> {
    fn add(&mut self) -> usize {
        self.all.push(Vec::new());
        self.all.len() - 1
    }

    fn reach(&mut self, groups: usize) {
        if self.all.len() < groups {
            self.all.resize_with(groups, Vec::new);
        }
    }

    fn put(&mut self, group: usize, row: Option<T>) {
        if group != self.of {
            self.flush();
            self.of = group;
        }
        self.aside.extend(row);
    }

    fn flush(&mut self) {
        if self.aside.is_empty() {
            return;
        }
        self.reach(self.of + 1);
        let group = &mut self.all[self.of];
        if group.is_empty() && self.aside.len() > 1 {
            group.reserve_exact(self.aside.len());
        }
        group.append(&mut self.aside);
    }

    fn finish(&mut self) -> Vec<Vec<T>> {
        self.flush();
        let mut all = std::mem::take(&mut self.all);
        // Of lists that grew row by row; not where little is to be had.
        let wasteful = |list: &&mut Vec<T>| list.capacity() * 2 > list.len() * 3;
        all.iter_mut().filter(wasteful).for_each(Vec::shrink_to_fit);
        all
    }
}

//! The select list of a level.

use std::any::TypeId;

use crate::driver::{Columns, ResultColumn};
use crate::error::{Error, ErrorKind};
use crate::expr::Source;
use crate::sql::{Node, SourceMap};
use crate::types::{FromRow, PgType};

/// What a level selects: what its rows are read from, and the keys that others are found by.
#[derive(Debug, Default, Clone)]
pub struct Items {
    pub(crate) nodes: Vec<Node>,
    /// Whether there is a level above it.
    pub(crate) is_below: bool,
    /// What its columns come from, so that levels below can name more of them.
    pub(crate) roots: Vec<Source>,
    checks: Vec<Check>,
    /// The shapes that this level stands inside of, each as the list of a row of the one before.
    pub(super) shapes: Vec<TypeId>,
    /// A shape that stands inside of itself, and so would have no end.
    pub(super) endless: Option<&'static str>,
}

#[derive(Debug, Clone, Copy)]
enum Check {
    /// As many columns as a row type takes.
    Part(fn(&mut Columns<'_>) -> Result<(), Error>),
    /// One column of this type.
    Column(&'static PgType),
}

impl Items {
    /// Of a level below another one, of these roots.
    pub(crate) fn of_children(roots: Vec<Source>) -> Self {
        Self {
            is_below: true,
            ..Self::of(roots)
        }
    }

    /// Nothing yet, of these roots.
    pub(crate) fn of(roots: Vec<Source>) -> Self {
        Self {
            roots,
            ..Self::default()
        }
    }

    /// Appends what a `T` is read from; gives the position of its first column.
    pub fn part<T: FromRow>(&mut self, append: impl FnOnce(&mut Vec<Node>)) -> usize {
        let at = self.nodes.len();
        append(&mut self.nodes);
        self.checks.push(Check::Part(T::check));
        at
    }

    /// Appends one cell; gives its position.
    pub(super) fn cell(&mut self, node: Node, ty: &'static PgType) -> usize {
        self.nodes.push(node);
        self.checks.push(Check::Column(ty));
        self.nodes.len() - 1
    }

    /// The items of a level below.
    pub(super) fn below(&self, shape: TypeId, roots: Vec<Source>) -> Self {
        let mut below = Self::of_children(roots);
        below.shapes.clone_from(&self.shapes);
        below.shapes.push(shape);
        below
    }

    /// That they can be read.
    ///
    /// # Errors
    /// A shape inside of itself.
    pub(crate) fn check_end(&self) -> Result<(), Error> {
        let Some(shape) = self.endless else { return Ok(()) };
        Err(Error::new(
            ErrorKind::InvalidQuery,
            format!(
                "the shape `{shape}` stands inside of itself, so reading it would have no end; \
                 say `#[orm(depth = …)]` on the field that leads back to it"
            ),
        ))
    }

    /// The position of a column that is needed besides: one that is selected already, or at the end.
    pub(crate) fn key(&mut self, node: Node, ty: &'static PgType) -> usize {
        let same = |item: &Node| match (item, &node) {
            // By name: the address of a constant differs between crates.
            (Node::Column(a, left), Node::Column(b, right)) => {
                a == b && !left.name.is_empty() && left.name == right.name
            }
            _ => false,
        };
        if let Some(at) = self.nodes.iter().position(same) {
            return at;
        }
        self.cell(node, ty)
    }

    /// The same over other sources.
    pub(crate) fn map_sources(&self, map: SourceMap<'_>) -> Self {
        Self {
            nodes: self.nodes.iter().map(|node| node.map_sources(map)).collect(),
            ..self.clone()
        }
    }

    /// Checks the columns of a result that begins with these items.
    pub(crate) fn check(&self, columns: &[ResultColumn]) -> Result<(), Error> {
        self.take(&mut Columns::new(columns))
    }

    /// Takes the columns of these items and checks them.
    pub(crate) fn take(&self, columns: &mut Columns<'_>) -> Result<(), Error> {
        self.checks.iter().try_for_each(|check| match check {
            Check::Part(check) => check(columns),
            Check::Column(ty) => columns.expect(ty),
        })
    }
}

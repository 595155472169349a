//! Expressions that are written more than once: PostgreSQL recognises a group's key in SELECT, HAVING and ORDER BY only if
//! its parameters have the same numbers, and its sub-selects the same names.

use std::collections::HashMap;
use std::sync::Arc;

use super::Writer;
use crate::driver::Param;
use crate::expr::Source;
use crate::query::Parts;

/// What a statement that can repeat expressions has written so far.
#[derive(Default)]
pub(super) struct Again {
    /// Values by their address, which clones of an expression share: they live as long as the nodes do.
    values: HashMap<*const Param, usize>,
    /// The number of each parameter that was written, in order.
    written: Vec<usize>,
    queries: HashMap<Source, FirstQuery>,
}

/// How a query was written for the first time.
#[derive(Clone, Copy)]
pub(super) struct FirstQuery {
    /// How many parameters were written before it.
    pub(super) place: usize,
    /// How many names there were before it.
    pub(super) aliases: u32,
}

impl Again {
    /// The number that a value has already. If it has none, it gets this one.
    pub(super) fn value(&mut self, param: &Arc<Param>, next: usize) -> Option<usize> {
        let number = *self.values.entry(Arc::as_ptr(param)).or_insert(next);
        (number != next).then_some(number)
    }

    pub(super) fn written(&mut self, number: usize) {
        self.written.push(number);
    }

    /// How many parameters were written.
    pub(super) fn places(&self) -> usize {
        self.written.len()
    }

    /// The number of the parameter at a place.
    pub(super) fn number(&self, place: usize) -> usize {
        // Without repeats each number is written once.
        self.written.get(place).copied().unwrap_or(place + 1)
    }

    /// How the query of this root was written for the first time.
    pub(super) fn query(&self, root: Source) -> Option<FirstQuery> {
        self.queries.get(&root).copied()
    }

    pub(super) fn begin_query(&mut self, root: Source, aliases: u32, place: usize) {
        self.queries.insert(root, FirstQuery { place, aliases });
    }
}

impl Writer {
    /// A value of an expression. In a statement that can repeat expressions it keeps its first number.
    pub(super) fn value(&mut self, param: &Arc<Param>) {
        if self.survey.repeats
            && self.repeated.is_none()
            && let Some(number) = self.again.value(param, self.params.len() + 1)
        {
            self.number(number, param.ty);
            return;
        }
        self.param(Param::clone(param));
    }

    /// How many parameters were written so far, repeated ones included.
    pub(crate) fn place(&self) -> usize {
        match self.survey.repeats {
            true => self.again.places(),
            false => self.params.len(),
        }
    }

    /// A query in parentheses. Written again it gets the same names and numbers: as a key of a group PostgreSQL must
    /// recognise it.
    pub(super) fn select(&mut self, parts: &Parts) {
        self.push("(");
        let root = parts.source();
        let first = if self.survey.repeats {
            self.again.query(root)
        } else {
            None
        };
        match first {
            Some(first) => {
                let (repeated, aliases) = (self.repeated, self.scope.aliases());
                self.repeated = repeated.or(Some(first.place));
                self.scope.set_aliases(first.aliases);
                parts.write(self);
                self.repeated = repeated.map(|_| self.repeated.unwrap_or_default());
                self.scope.set_aliases(aliases);
            }
            None => {
                if self.survey.repeats {
                    let (aliases, place) = (self.scope.aliases(), self.place());
                    self.again.begin_query(root, aliases, place);
                }
                parts.write(self);
            }
        }
        self.push(")");
    }
}

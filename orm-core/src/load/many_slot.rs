//! The rows of a relation to many: how they are found for the rows above.

use std::any::Any;
use std::collections::VecDeque;
use std::fmt;
use std::sync::Arc;

use super::keys::{Chunk, KeyId, Keys, Known};
use super::receiver::{By, Range, Receiver};
use super::run::{Above, Delivery, Pending};
use super::{Items, Level, Slot};
use crate::driver::{Param, Row, RowSink, Statement};
use crate::error::Error;
use crate::sql::Node;

use super::child_query::ChildQuery;
use super::many::Strategy;

/// The rows of a relation to many, one list for each row of the level above.
pub struct ManySlot<T> {
    query: Arc<ChildQuery>,
    keys: Keys,
    /// Where its own column is that is equal to the first one of the key.
    link: Option<usize>,
    receiver: Option<Box<Receiver<T>>>,
    /// Which group each row above has, if it was not asked for by these rows.
    order: Option<Vec<Option<usize>>>,
    groups: Vec<Vec<T>>,
    /// How many rows above have got theirs.
    taken: usize,
}

impl<T: Send + 'static> ManySlot<T> {
    /// Adds the keys that it needs to what the level above selects.
    pub(super) fn new(mut query: ChildQuery, rows: Box<dyn Level<T>>, above: &mut Items) -> Self {
        above.endless = above.endless.or(query.items.endless);
        query.capture(&above.roots);
        let pairs = query.pairs.iter().map(|pair| (pair.of, pair.of_column));
        let columns = pairs.chain(query.captured.iter().copied());
        let columns = columns.map(|(of, column)| (above.key(Node::Column(of, column), column.ty), column));
        let keys = Keys::new(columns.collect(), query.pairs.len());
        let first = query.pairs.first();
        // By it a row of its own says where it belongs, or, sent along with the level above, that it is there.
        let needs_link = query.is_by_key() || (above.is_below && query.strategy == Strategy::Auto);
        let link = first.map(|pair| (Node::Column(pair.source, pair.column), pair.column.ty));
        let link = link.filter(|_| needs_link).map(|(node, ty)| query.items.key(node, ty));
        Self {
            keys,
            link,
            receiver: Some(Box::new(Receiver::new(query.items.clone(), rows))),
            query: Arc::new(query),
            order: None,
            groups: Vec::new(),
            taken: 0,
        }
    }

    /// The statement by a list of keys, if these are few enough and all different.
    fn by_key(&self, chunks: &[Chunk]) -> Result<Option<(Statement, By, Param)>, Error> {
        let ([chunk], true) = (chunks, self.query.is_by_key()) else {
            return Ok(None);
        };
        let mut known = Known::with_capacity_and_hasher(chunk.len(), Default::default());
        for (row, key) in chunk.ids().enumerate() {
            if let Some(key) = key
                && known.insert(key, row).is_some()
            {
                return Ok(None);
            }
        }
        let Some(keys) = self.keys.params(chunk)?.pop() else {
            return Ok(None);
        };
        let statement = self.query.statement_of_keys(keys.clone())?;
        Ok(self.link.map(|at| (statement, By::Key { at, known }, keys)))
    }

    fn receiver(&mut self) -> Box<Receiver<T>> {
        // It is there: taken when the level begins and brought back at its end.
        self.receiver
            .take()
            .unwrap_or_else(|| unreachable!("a level is begun once"))
    }
}

impl<T: Send + 'static> Slot for ManySlot<T> {
    type Now = ();
    type Value = Vec<T>;
    const COMPLETE: bool = false;

    fn read(&mut self, row: &Row<'_>) -> Result<(), Error> {
        self.keys.push(row);
        Ok(())
    }

    fn loads<'a>(&'a mut self, loads: &mut Vec<&'a mut dyn Pending>) {
        loads.push(self);
    }

    fn finish(&mut self, (): ()) -> Vec<T> {
        let at = self.taken;
        self.taken += 1;
        let group = match &self.order {
            Some(order) => order.get(at).copied().flatten(),
            None => Some(at),
        };
        let group = group.and_then(|group| self.groups.get_mut(group));
        group.map(std::mem::take).unwrap_or_default()
    }
}

impl<T: Send + 'static> Pending for ManySlot<T> {
    fn begin(&mut self) -> Result<Box<dyn Delivery>, Error> {
        let rows = self.keys.len();
        let mut chunks = self.keys.take();
        let mut statements = VecDeque::new();
        let mut above = None;
        if let Some((statement, by, keys)) = self.by_key(&chunks)? {
            statements.extend(chunks.remove(0).is_found().then_some((statement, by)));
            let query = Arc::clone(&self.query);
            above = Some(Above { query, keys });
        }
        let mut from = 0;
        for chunk in chunks {
            if chunk.is_found() {
                let statement = self.query.statement(&self.keys, self.keys.params(&chunk)?)?;
                statements.push_back((statement, By::Number(Range::From(from))));
            }
            from += chunk.len();
        }
        let mut receiver = self.receiver();
        receiver.add_groups(rows);
        self.order = None;
        Ok(Box::new(Sent {
            receiver,
            above: above.filter(|_| !statements.is_empty()),
            statements,
        }))
    }

    fn begin_along(&mut self, above: &Above) -> Result<Option<Box<dyn Delivery>>, Error> {
        let (Some(child), true) = (self.link, self.query.goes_along(&above.query)) else {
            return Ok(None);
        };
        let statement = self.query.statement_along(above)?;
        let behind = self.query.items.nodes.len();
        let by = By::Link {
            keys: behind..behind + self.query.pairs.len(),
            child,
            known: Known::default(),
        };
        Ok(Some(Box::new(Sent {
            receiver: self.receiver(),
            statements: VecDeque::from([(statement, by)]),
            above: None,
        })))
    }

    fn meet(&mut self, delivery: &mut dyn Delivery) -> Result<(), Error> {
        let Some(sent) = delivery.as_any().downcast_mut::<Sent<T>>() else {
            return Ok(());
        };
        let By::Link { mut known, .. } = sent.receiver.by(By::Number(Range::From(0))) else {
            return Ok(());
        };
        let tied = self.query.pairs.len();
        let mut order = Vec::with_capacity(self.keys.len());
        // Rows above that came into being, or came to be found, after the other statement was run.
        let (mut missed, mut groups) = (self.keys.alike(), Vec::new());
        for chunk in self.keys.take() {
            chunk.each(|cells| {
                let id = KeyId::new(cells.iter().take(tied).copied());
                let group = id.map(|id| {
                    // A row that comes a second time has a list of its own.
                    known.remove(&id).unwrap_or_else(|| {
                        missed.push_cells(cells.iter().copied());
                        let added = sent.receiver.add_group();
                        groups.push(added);
                        added
                    })
                });
                order.push(group);
            });
        }
        self.order = Some(order);
        let mut groups = groups.into_iter();
        for chunk in missed.take() {
            let statement = self.query.statement(&self.keys, self.keys.params(&chunk)?)?;
            let these = groups.by_ref().take(chunk.len()).collect();
            sent.statements.push_back((statement, By::Number(Range::These(these))));
        }
        Ok(())
    }

    fn end(&mut self, delivery: Box<dyn Delivery>) {
        let Ok(sent) = delivery.into_any().downcast::<Sent<T>>() else {
            return;
        };
        let mut receiver = sent.receiver;
        self.groups = receiver.finish();
        self.taken = 0;
        self.receiver = Some(receiver);
    }

    fn describe(&mut self, statements: &mut Vec<Statement>) -> Result<(), Error> {
        let mut keys = self.keys.params(&self.keys.empty())?;
        statements.push(match keys.pop_if(|_| self.query.is_by_key()) {
            Some(keys) => self.query.statement_of_keys(keys)?,
            None => self.query.statement(&self.keys, keys)?,
        });
        let mut below = Vec::new();
        if let Some(receiver) = &mut self.receiver {
            receiver.rows.loads(&mut below);
        }
        below.into_iter().try_for_each(|level| level.describe(statements))
    }
}

/// A relation to many on its way.
struct Sent<T> {
    receiver: Box<Receiver<T>>,
    statements: VecDeque<(Statement, By)>,
    above: Option<Above>,
}

impl<T: Send + 'static> Delivery for Sent<T> {
    fn next(&mut self) -> Option<Statement> {
        let (statement, by) = self.statements.pop_front()?;
        self.receiver.by(by);
        Some(statement)
    }

    fn sink(&mut self) -> &mut dyn RowSink {
        &mut *self.receiver
    }

    fn loads<'a>(&'a mut self, loads: &mut Vec<&'a mut dyn Pending>) {
        self.receiver.rows.loads(loads);
    }

    fn above(&self) -> Option<Above> {
        let above = self.above.as_ref()?;
        Some(Above {
            query: Arc::clone(&above.query),
            keys: above.keys.clone(),
        })
    }

    fn as_any(&mut self) -> &mut dyn Any {
        self
    }

    fn into_any(self: Box<Self>) -> Box<dyn Any + Send> {
        self
    }
}

impl<T> fmt::Debug for ManySlot<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "ManySlot({})", self.query.item.table.model)
    }
}

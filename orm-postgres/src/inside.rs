//! Which tasks are inside of a transaction.
//!
//! A task that holds a transaction and reads outside of it must not share a connection: behind the statement of another one
//! that waits for this transaction's locks it would wait for itself, which PostgreSQL cannot see.

use std::collections::HashMap;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, PoisonError};

use crate::ledger::Holder;

/// The tasks that are inside of a transaction of one database.
#[derive(Default)]
pub(crate) struct Inside {
    /// How many stays there are, so that mostly nothing must be locked.
    count: AtomicUsize,
    tasks: Mutex<HashMap<Holder, usize>>,
}

impl Inside {
    /// Whether the current task is inside of a transaction.
    pub(crate) fn has_current(&self) -> bool {
        self.count.load(Ordering::Acquire) > 0 && self.lock(|tasks| tasks.contains_key(&Holder::current()))
    }

    fn lock<T>(&self, with: impl FnOnce(&mut HashMap<Holder, usize>) -> T) -> T {
        with(&mut self.tasks.lock().unwrap_or_else(PoisonError::into_inner))
    }
}

/// A transaction's tasks: the one that began it, and those that have run something on it.
pub(crate) struct Stay {
    inside: Arc<Inside>,
    tasks: Mutex<Vec<Holder>>,
}

impl Stay {
    pub(crate) fn new(inside: &Arc<Inside>) -> Self {
        let stay = Self {
            inside: Arc::clone(inside),
            tasks: Mutex::default(),
        };
        stay.enter();
        stay
    }

    /// The current task is inside from now on.
    pub(crate) fn enter(&self) {
        let task = Holder::current();
        let mut tasks = self.tasks.lock().unwrap_or_else(PoisonError::into_inner);
        if !tasks.contains(&task) {
            tasks.push(task);
            self.inside.count.fetch_add(1, Ordering::AcqRel);
            self.inside.lock(|inside| *inside.entry(task).or_default() += 1);
        }
    }
}

impl Drop for Stay {
    fn drop(&mut self) {
        let tasks = self.tasks.get_mut().unwrap_or_else(PoisonError::into_inner);
        self.inside.lock(|inside| {
            for task in &*tasks {
                if let Some(stays) = inside.get_mut(task) {
                    *stays -= 1;
                    if *stays == 0 {
                        inside.remove(task);
                    }
                }
            }
        });
        self.inside.count.fetch_sub(tasks.len(), Ordering::AcqRel);
    }
}

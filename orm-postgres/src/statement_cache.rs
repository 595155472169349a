//! The prepared statements of one connection, bounded: the one that was not used for longest is closed first.
//!
//! Why bounded: a program that builds texts (lists of columns, `VALUES` of different lengths) would otherwise leave a
//! statement on the server for each of them until the connection ends.

use std::collections::HashMap;
use std::hash::{BuildHasher, Hasher, RandomState};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use orm_core::Statement;

use crate::known::Known;
use crate::pgbouncer::Pooled;
use crate::prepare::Prepared;

pub(crate) struct StatementCache {
    /// Of what is not prepared.
    pub(crate) known: Known,
    /// Where server connections are PgBouncer's: nothing is kept prepared then.
    pub(crate) pooled: Option<Pooled>,
    capacity: usize,
    hasher: RandomState,
    entries: Mutex<Entries>,
}

#[derive(Default)]
struct Entries {
    /// By the hash of text and declared types. Two texts with one hash take turns, which is slow but right.
    by_hash: HashMap<u64, Entry>,
    clock: u64,
}

struct Entry {
    prepared: Arc<Prepared>,
    last_used: u64,
}

impl StatementCache {
    pub(crate) fn new(capacity: usize, pooled: bool) -> Self {
        Self {
            known: Known::new(capacity),
            pooled: pooled.then(Pooled::default),
            capacity: capacity.max(1),
            hasher: RandomState::new(),
            entries: Mutex::default(),
        }
    }

    /// What identifies a statement: its text, the types that it declares, and what its names mean.
    pub(crate) fn key(&self, statement: &Statement) -> u64 {
        let mut hasher = self.hasher.build_hasher();
        hasher.write_u64(self.known.search_path());
        hasher.write(statement.sent_text().as_bytes());
        for param in &statement.params {
            hasher.write_u32(param.ty.oid);
        }
        hasher.finish()
    }

    pub(crate) fn get(&self, key: u64, statement: &Statement) -> Option<Arc<Prepared>> {
        let mut entries = self.lock();
        entries.clock += 1;
        let now = entries.clock;
        let entry = entries.by_hash.get_mut(&key)?;
        if !entry.prepared.is_for(statement) {
            return None;
        }
        entry.last_used = now;
        Some(Arc::clone(&entry.prepared))
    }

    /// Whether a statement is kept under this key.
    pub(crate) fn holds(&self, key: u64) -> bool {
        self.lock().by_hash.contains_key(&key)
    }

    /// Keeps a statement. What it displaces is closed on the server when its last user is done.
    pub(crate) fn put(&self, key: u64, prepared: Arc<Prepared>) {
        let mut entries = self.lock();
        entries.clock += 1;
        let last_used = entries.clock;
        let mut displaced = None;
        if entries.by_hash.len() >= self.capacity && !entries.by_hash.contains_key(&key) {
            let oldest = entries.by_hash.iter().min_by_key(|(_, entry)| entry.last_used);
            if let Some(oldest) = oldest.map(|(key, _)| *key) {
                displaced = entries.by_hash.remove(&oldest);
            }
        }
        let replaced = entries.by_hash.insert(key, Entry { prepared, last_used });
        drop(entries);
        drop((displaced, replaced));
    }

    pub(crate) fn remove(&self, key: u64) {
        let removed = self.lock().by_hash.remove(&key);
        drop(removed);
    }

    pub(crate) fn clear(&self) {
        let removed = std::mem::take(&mut self.lock().by_hash);
        drop(removed);
    }

    /// Forgets the statements with types of the user's.
    pub(crate) fn remove_user_typed(&self) {
        self.known.forget_types();
        let removed: Vec<Entry> = {
            let mut entries = self.lock();
            let keys = entries
                .by_hash
                .iter()
                .filter(|(_, entry)| entry.prepared.has_user_types);
            let keys: Vec<u64> = keys.map(|(key, _)| *key).collect();
            keys.iter().filter_map(|key| entries.by_hash.remove(key)).collect()
        };
        drop(removed);
    }

    fn lock(&self) -> MutexGuard<'_, Entries> {
        self.entries.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

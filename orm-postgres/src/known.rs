//! What a connection knows of statements that it has not prepared: which texts came once, and the types of the user's by
//! name. With that a statement can be sent in one message, types and all.

use std::collections::{HashMap, VecDeque};
use std::hash::{DefaultHasher, Hasher};
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use orm_core::{PgKind, PgType};
use tokio_postgres::types::Type;

/// How many texts are remembered for each statement that the cache may keep.
const TEXTS_PER_STATEMENT: usize = 8;

/// Bounded: a text that has not come for long is a new one when it comes again.
pub(crate) struct Known {
    most: usize,
    /// The `search_path` of the transaction; 0 is the session's.
    search_path: AtomicU64,
    inner: Mutex<Inner>,
}

#[derive(Default)]
struct Inner {
    /// By the hash of text and declared types; with the types of its parameters once the server has told them. Two
    /// texts with one hash are told apart by nobody, which costs one of them a round trip.
    texts: HashMap<u64, Option<Arc<[Type]>>>,
    order: VecDeque<u64>,
    types: HashMap<(u64, TypeKey), Type>,
}

/// Schema, name, dimensions and OID: what tells one type of the program's from another.
type TypeKey = (Option<&'static str>, &'static str, u8, u32);

fn type_key(ty: &'static PgType) -> TypeKey {
    match ty.kind {
        PgKind::Array(element) => {
            let (schema, name, dimensions, oid) = type_key(element);
            (schema, name, dimensions.saturating_add(1), oid)
        }
        _ => (ty.schema, ty.name, 0, ty.oid),
    }
}

impl Known {
    pub(crate) fn new(statements: usize) -> Self {
        Self {
            most: statements.max(1).saturating_mul(TEXTS_PER_STATEMENT),
            search_path: AtomicU64::new(0),
            inner: Mutex::default(),
        }
    }

    /// What names without a schema depend on from now on; `None` is the session's own.
    pub(crate) fn set_search_path(&self, path: Option<&str>) {
        let path = path.map_or(0, |path| {
            let mut hasher = DefaultHasher::new();
            hasher.write(path.as_bytes());
            hasher.finish() | 1
        });
        self.search_path.store(path, Ordering::Release);
    }

    pub(crate) fn search_path(&self) -> u64 {
        self.search_path.load(Ordering::Acquire)
    }

    fn type_key(&self, ty: &'static PgType) -> (u64, TypeKey) {
        (self.search_path(), type_key(ty))
    }

    /// Remembers that a text has come; whether it had before.
    pub(crate) fn comes(&self, key: u64) -> bool {
        let mut inner = self.lock();
        if inner.texts.contains_key(&key) {
            return true;
        }
        inner.put(key, None, self.most);
        false
    }

    /// Remembers the types of a text's parameters.
    pub(crate) fn learn(&self, key: u64, params: Arc<[Type]>) {
        self.lock().put(key, Some(params), self.most);
    }

    /// The types of a text's parameters, if the server has told them.
    pub(crate) fn params(&self, key: u64) -> Option<Arc<[Type]>> {
        self.lock().texts.get(&key).cloned().flatten()
    }

    /// Remembers what a type of the program's is in this database.
    pub(crate) fn put_type(&self, ty: &'static PgType, found: &Type) {
        self.lock().types.insert(self.type_key(ty), found.clone());
    }

    /// What a type of the program's is in this database, if that is known.
    pub(crate) fn ty(&self, ty: &'static PgType) -> Option<Type> {
        self.lock().types.get(&self.type_key(ty)).cloned()
    }

    /// Forgets all about types: they may have been made anew.
    pub(crate) fn forget_types(&self) {
        let mut inner = self.lock();
        inner.types.clear();
        for params in inner.texts.values_mut() {
            *params = None;
        }
    }

    /// How many texts are remembered.
    #[cfg(test)]
    fn len(&self) -> usize {
        self.lock().texts.len()
    }

    fn lock(&self) -> MutexGuard<'_, Inner> {
        self.inner.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Inner {
    fn put(&mut self, key: u64, params: Option<Arc<[Type]>>, most: usize) {
        if self.texts.insert(key, params).is_some() {
            return;
        }
        self.order.push_back(key);
        if self.order.len() > most
            && let Some(oldest) = self.order.pop_front()
        {
            self.texts.remove(&oldest);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_hundred_thousand_texts_stay_within_the_bound() {
        let known = Known::new(16);
        for key in 0..100_000 {
            assert!(!known.comes(key));
            assert!(known.comes(key));
        }
        assert_eq!(known.len(), 128);
        assert!(known.comes(99_999) && !known.comes(0));
    }

    #[test]
    fn an_array_is_another_type_than_its_element() {
        static MOOD: PgType = PgType::named(None, "mood", PgKind::Enum(&[]));
        static MOODS: PgType = PgType::array(&MOOD);
        static OTHER: PgType = PgType::named(Some("shop"), "mood", PgKind::Enum(&[]));
        let known = Known::new(1);
        known.put_type(&MOOD, &Type::TEXT);
        assert_eq!(known.ty(&MOOD), Some(Type::TEXT));
        assert_eq!((known.ty(&MOODS), known.ty(&OTHER)), (None, None));
        known.learn(1, [Type::INT4].into());
        known.forget_types();
        assert_eq!(known.ty(&MOOD), None);
        assert!(known.params(1).is_none() && known.comes(1));
    }
}

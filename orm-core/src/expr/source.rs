//! Places that rows come from.

use std::sync::atomic::{AtomicU64, Ordering};

/// One place of a query that rows come from. Each item of a FROM clause mints its own *root*, so a column carried into
/// another query is recognised when that query is rendered. Behind the root lies a path: the position in the row of a
/// derived table, and the to-one relations that were followed from there (`p.author().company()`).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct Source {
    root: u64,
    /// The position in the lowest 16 bits, then up to six relations of 8 bits, the first one lowest. A relation is its
    /// index in the table's relations, plus one; the highest bit says that the row is there although a standing filter
    /// hides it.
    path: u64,
}

const POSITION_BITS: u32 = 16;
const RELATION_BITS: u32 = 8;
/// How many relations a path may follow.
pub(crate) const MOST_RELATIONS: u32 = 6;
const WITH_HIDDEN: u64 = 0x80;
/// A path that follows too many.
const TOO_LONG: u64 = u64::MAX;

impl Source {
    /// A source that no other query has.
    pub(crate) fn new() -> Self {
        static NEXT: AtomicU64 = AtomicU64::new(16);
        Self {
            root: NEXT.fetch_add(1, Ordering::Relaxed),
            path: 0,
        }
    }

    /// The part of a derived table's row that begins so many columns further on.
    #[must_use]
    pub const fn skip(self, columns: usize) -> Self {
        Self {
            root: self.root,
            path: self.path + columns as u64,
        }
    }

    /// The row that a to-one relation of this row leads to, by its index among the table's relations.
    #[must_use]
    pub const fn follow(self, relation: usize) -> Self {
        let mut at = POSITION_BITS;
        while at < u64::BITS && (self.path >> at) & 0xff != 0 {
            at += RELATION_BITS;
        }
        let path = if self.path == TOO_LONG || at >= u64::BITS || relation + 1 >= WITH_HIDDEN as usize {
            TOO_LONG
        } else {
            self.path | ((relation as u64 + 1) << at)
        };
        Self { root: self.root, path }
    }

    /// The FROM item that it begins at.
    pub(crate) const fn root(self) -> Self {
        Self {
            root: self.root,
            path: 0,
        }
    }

    /// The position in the row of a derived table.
    pub(crate) const fn position(self) -> usize {
        (self.path & 0xffff) as usize
    }

    /// Whether it follows a relation.
    pub(crate) const fn is_path(self) -> bool {
        self.path >> POSITION_BITS != 0
    }

    pub(crate) const fn is_too_long(self) -> bool {
        self.path == TOO_LONG
    }

    /// Itself one relation shorter, and the index of that relation.
    pub(crate) const fn last_relation(self) -> Option<(Self, usize)> {
        let mut at = u64::BITS - RELATION_BITS;
        while at >= POSITION_BITS {
            let relation = (self.path >> at) & 0xff;
            if relation != 0 {
                let path = self.path & !(0xff << at);
                let relation = (relation & !WITH_HIDDEN) as usize - 1;
                return Some((Self { root: self.root, path }, relation));
            }
            at -= RELATION_BITS;
        }
        None
    }

    /// Where its last relation stands, if it follows one.
    const fn last_place(self) -> Option<u32> {
        if !self.is_path() || self.is_too_long() {
            return None;
        }
        let highest = u64::BITS - 1 - self.path.leading_zeros();
        Some(highest - highest % RELATION_BITS)
    }

    /// The same row, be it hidden by a standing filter or not. Of a row that no relation leads to it is the same source.
    pub(crate) const fn with_hidden(self) -> Self {
        match self.last_place() {
            None => self,
            Some(at) => Self {
                root: self.root,
                path: self.path | (WITH_HIDDEN << at),
            },
        }
    }

    /// Whether the row that its last relation leads to is there although a standing filter hides it.
    pub(crate) const fn shows_hidden(self) -> bool {
        match self.last_place() {
            None => false,
            Some(at) => self.path & (WITH_HIDDEN << at) != 0,
        }
    }

    /// The same path behind another root.
    pub(crate) const fn with_root(self, root: Self) -> Self {
        Self {
            root: root.root,
            path: self.path,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_path_is_taken_apart_as_it_was_put_together() {
        let root = Source::new();
        let part = root.skip(3);
        let path = part.follow(0).follow(125).follow(7);
        assert_eq!(path.position(), 3);
        assert_eq!(path.root(), root);
        let (shorter, last) = path.last_relation().unwrap();
        assert_eq!((shorter, last), (part.follow(0).follow(125), 7));
        let (shorter, last) = shorter.last_relation().unwrap();
        assert_eq!((shorter, last), (part.follow(0), 125));
        assert_eq!(shorter.last_relation(), Some((part, 0)));
        assert_eq!(part.last_relation(), None);
        assert!(!part.is_path() && path.is_path());
    }

    #[test]
    fn a_path_that_shows_hidden_rows_is_another_one_over_the_same_relations() {
        let root = Source::new();
        assert_eq!(root.skip(200).with_hidden(), root.skip(200));
        let before = root.follow(125).with_hidden();
        assert!(before.shows_hidden() && !root.follow(125).shows_hidden() && before != root.follow(125));
        assert_eq!(before.last_relation(), Some((root, 125)));
        let path = before.follow(125);
        assert!(!path.shows_hidden());
        assert_eq!(path.last_relation(), Some((before, 125)));
        assert_eq!(path.with_hidden().last_relation(), Some((before, 125)));
        assert!(path.with_hidden().shows_hidden() && !path.is_too_long());
    }

    #[test]
    fn a_path_of_more_than_six_relations_is_known_as_too_long() {
        let mut path = Source::new();
        for _ in 0..MOST_RELATIONS {
            path = path.follow(1);
            assert!(!path.is_too_long());
        }
        assert!(path.follow(1).is_too_long());
        assert!(path.follow(1).follow(1).is_too_long());
    }
}

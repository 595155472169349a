//! What `with` keeps: how the children of one parent are made, once it is stored.

use std::fmt;

use super::GraphRow;
use super::atomic::Atomic;
use super::level::{Kind, Kinds, Level};
use crate::driver::BoxFuture;
use crate::error::Error;
use crate::model::{Insertable, TableModel};

/// Makes the children of a parent, onto those of its siblings; gives how many.
type Make<'a, P, R, K> = Box<dyn FnOnce(&P, &mut Level<R, K>) -> usize + Send + 'a>;

/// Children of one kind: rows `R`, whose own children are `K`.
///
/// The closure is boxed, so that the type does not depend on it: two rows with children of one kind have one type and go
/// into one list.
pub struct Children<'a, P, R, K> {
    make: Make<'a, P, R, K>,
}

impl<'a, P, R, K> Children<'a, P, R, K> {
    pub(super) fn new<I, C>(items: I, mut child: impl FnMut(&P, I::Item) -> C + Send + 'a) -> Self
    where
        I: IntoIterator + Send + 'a,
        C: GraphRow<Row = R, Kinds = K>,
    {
        let make = move |parent: &P, level: &mut Level<R, K>| {
            let before = level.len();
            items.into_iter().for_each(|item| level.add(child(parent, item)));
            level.len() - before
        };
        Self { make: Box::new(make) }
    }
}

/// The one child of one kind: a row `R`, whose own children are `K`.
pub struct OneChild<'a, P, R, K> {
    make: Make<'a, P, R, K>,
}

impl<'a, P, R, K> OneChild<'a, P, R, K> {
    pub(super) fn new<C: GraphRow<Row = R, Kinds = K>>(child: impl FnOnce(&P) -> C + Send + 'a) -> Self {
        let make = move |parent: &P, level: &mut Level<R, K>| {
            level.add(child(parent));
            1
        };
        Self { make: Box::new(make) }
    }
}

/// All the children of these parents as one level, and how many each has.
fn grow<'a, P, R, K>(makes: impl Iterator<Item = Make<'a, P, R, K>>, parents: &[P]) -> (Level<R, K>, Vec<usize>) {
    let mut level = Level::default();
    let counts = makes
        .zip(parents)
        .map(|(make, parent)| make(parent, &mut level))
        .collect();
    (level, counts)
}

#[diagnostic::do_not_recommend]
impl<P: TableModel, R: Insertable, K: Kinds<R::Model>> Kind<P> for Children<'_, P, R, K> {
    type Stored = Vec<K::Stored>;

    fn store<'t>(
        children: Vec<Self>,
        parents: &[P],
        atomic: &'t Atomic<'_>,
    ) -> BoxFuture<'t, Result<Vec<Self::Stored>, Error>>
    where
        Self: 't,
    {
        let (level, counts) = grow(children.into_iter().map(|children| children.make), parents);
        Box::pin(async move {
            let stored = level.store(atomic).await.map_err(|error| error.under(P::TABLE))?;
            let mut stored = stored.into_iter();
            Ok(counts
                .into_iter()
                .map(|count| stored.by_ref().take(count).collect())
                .collect())
        })
    }

    fn execute<'t>(children: Vec<Self>, parents: &[P], atomic: &'t Atomic<'_>) -> BoxFuture<'t, Result<u64, Error>>
    where
        Self: 't,
    {
        let (level, _) = grow(children.into_iter().map(|children| children.make), parents);
        Box::pin(async move { level.execute(atomic).await.map_err(|error| error.under(P::TABLE)) })
    }
}

#[diagnostic::do_not_recommend]
impl<P: TableModel, R: Insertable, K: Kinds<R::Model>> Kind<P> for OneChild<'_, P, R, K> {
    type Stored = K::Stored;

    fn store<'t>(
        children: Vec<Self>,
        parents: &[P],
        atomic: &'t Atomic<'_>,
    ) -> BoxFuture<'t, Result<Vec<Self::Stored>, Error>>
    where
        Self: 't,
    {
        let (level, _) = grow(children.into_iter().map(|child| child.make), parents);
        Box::pin(async move { level.store(atomic).await.map_err(|error| error.under(P::TABLE)) })
    }

    fn execute<'t>(children: Vec<Self>, parents: &[P], atomic: &'t Atomic<'_>) -> BoxFuture<'t, Result<u64, Error>>
    where
        Self: 't,
    {
        let (level, _) = grow(children.into_iter().map(|child| child.make), parents);
        Box::pin(async move { level.execute(atomic).await.map_err(|error| error.under(P::TABLE)) })
    }
}

impl<P, R, K> fmt::Debug for Children<'_, P, R, K> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Children")
    }
}

impl<P, R, K> fmt::Debug for OneChild<'_, P, R, K> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("OneChild")
    }
}

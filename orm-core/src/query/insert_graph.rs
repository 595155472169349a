//! Rows with their children, and these with theirs, inserted in one call.
//!
//! A new row says by `with` what its children are: some items, and a closure that makes a new row of the *stored* parent and
//! one item. So a child's key is a plain value of its struct literal, and rustc names what is missing there. The children of
//! all parents of a level go in one batch, whatever their number; the types say how deep the graph is.
//!
//! The files, in the order in which a graph walks through them: `children` (what `with` keeps), `level` (a batch and what is
//! below it), `atomic` (the transaction around all).

mod atomic;
mod children;
mod level;

use std::fmt;
use std::panic::Location;

use super::Insert;
use crate::driver::Executor;
use crate::error::Error;
use crate::model::{Insertable, Model, TableModel};
use atomic::Atomic;
pub use children::{Children, OneChild};
pub use level::{Grow, Grown, Kind, Kinds, RoomForChildren};
use level::{Level, left_out};

/// The model of a new row.
pub type ModelOf<R> = <<R as GraphRow>::Row as Insertable>::Model;

/// The children `C` (such as `NewPost`) of a stored row `P` (such as `User`), as [`GraphRow::with`] keeps them.
pub type ChildrenOf<'a, P, C> = Children<'a, P, <C as GraphRow>::Row, <C as GraphRow>::Kinds>;

/// The one child `C` of a stored row `P`, as [`GraphRow::with_one`] keeps it.
pub type OneChildOf<'a, P, C> = OneChild<'a, P, <C as GraphRow>::Row, <C as GraphRow>::Kinds>;

/// The new row `R` with one more kind of children.
pub type WithKind<R, X> = RowWithChildren<<R as GraphRow>::Row, Grown<<R as GraphRow>::Kinds, X>>;

/// A new row that can have children: `NewUser`, `NewUserWith`, a struct of yours with `#[derive(Insert)]`, or one of these
/// with children already.
///
/// Its children are inserted after it, in the same transaction. Those of one kind go in one batch for all the rows of their
/// level; several kinds are inserted in the order in which they were named, each with all that is below it.
#[diagnostic::on_unimplemented(
    message = "`{Self}` is not a new row",
    label = "expected one `New…` struct",
    note = "the closure gives one child, `NewPost {{ … }}` for instance, and is called for each of the items: \
            `.with(titles, |user, title| NewPost {{ … }})`"
)]
pub trait GraphRow: Sized {
    /// The row itself.
    type Row: Insertable;
    /// What it is as stored: the model, or the tuple of it and its children of each kind.
    type Stored: Send;
    /// Its children.
    #[doc(hidden)]
    type Kinds: Kinds<ModelOf<Self>, Stored = Self::Stored>;

    #[doc(hidden)]
    fn into_parts(self) -> (Self::Row, Self::Kinds);

    /// With a child for each of the items. The closure receives the row as it was stored, so that its key is a plain value,
    /// and an item; it gives a new row, which may have children of its own. What was stored is then `(User, Vec<Post>)`,
    /// with another `Vec` for each further kind.
    ///
    /// An example that runs is in the documentation of the `orm` crate.
    ///
    /// ```ignore
    /// // Three statements and the transaction around them, whatever the number of rows.
    /// let stored: Vec<(User, Vec<(Post, Vec<Comment>)>)> = User::insert_graphs(sign_ups.into_iter().map(|(name, drafts)| {
    ///     NewUser { name }.with(drafts, |user, draft| {
    ///         NewPost { author_id: user.id, title: draft.title }
    ///             .with(draft.comments, |post, text| NewComment { post_id: post.id, text })
    ///     })
    /// }))
    /// .all(db)
    /// .await?;
    /// ```
    fn with<'a, I, C>(
        self,
        items: I,
        child: impl FnMut(&ModelOf<Self>, I::Item) -> C + Send + 'a,
    ) -> WithKind<Self, ChildrenOf<'a, ModelOf<Self>, C>>
    where
        I: IntoIterator + Send + 'a,
        C: GraphRow,
        <Self::Kinds as Grow>::Room: RoomForChildren,
    {
        let (row, kinds) = self.into_parts();
        RowWithChildren {
            row,
            children: kinds.grown(Children::new(items, child)),
        }
    }

    /// With exactly one child, as of a `has_one`: what was stored is then `(User, Profile)`. For one that may be missing
    /// give an `Option` to [`with`](Self::with).
    fn with_one<'a, C: GraphRow>(
        self,
        child: impl FnOnce(&ModelOf<Self>) -> C + Send + 'a,
    ) -> WithKind<Self, OneChildOf<'a, ModelOf<Self>, C>>
    where
        <Self::Kinds as Grow>::Room: RoomForChildren,
    {
        let (row, kinds) = self.into_parts();
        RowWithChildren {
            row,
            children: kinds.grown(OneChild::new(child)),
        }
    }
}

#[diagnostic::do_not_recommend]
impl<R: Insertable> GraphRow for R {
    type Row = R;
    type Stored = R::Model;
    type Kinds = ();

    fn into_parts(self) -> (R, ()) {
        (self, ())
    }
}

/// A new row with children, made by [`GraphRow::with`]: `R` is the row, `K` the tuple of what it has of each kind, such as
/// `RowWithChildren<NewUser, (ChildrenOf<'static, User, NewPost>,)>`.
#[must_use = "new rows do nothing until they are inserted, by `User::insert_graphs(…)` for instance"]
pub struct RowWithChildren<R, K> {
    row: R,
    children: K,
}

#[diagnostic::do_not_recommend]
impl<R: Insertable, K: Kinds<R::Model>> GraphRow for RowWithChildren<R, K> {
    type Row = R;
    type Stored = K::Stored;
    type Kinds = K;

    fn into_parts(self) -> (R, K) {
        (self.row, self.children)
    }
}

/// An insert of one row with its children, atomic: in a transaction of its own, or in yours.
///
/// Inside a transaction of yours a failure aborts it, as that of any statement does: to go on after one, run it in a
/// savepoint (`tx.transaction(…)`). Only a parent that cannot be sent leaves it as it was.
#[must_use = "an insert does nothing until it is run, by `.one(&db)` for instance"]
pub struct InsertGraph<M: TableModel, K> {
    insert: Insert<M>,
    children: K,
}

impl<M: TableModel> Insert<M> {
    /// With a child for each of the items, inserted after the row, in the same transaction and in one batch. The closure
    /// receives the row as it was stored (after `on_conflict(…).update(…)`: as it is now) and an item, and gives a new row,
    /// which may have children of its own, by [`GraphRow::with`].
    ///
    /// ```ignore
    /// let (ann, posts): (User, Vec<Post>) = User::insert(NewUser { name: "Ann".into() })
    ///     .with(titles, |ann, title| NewPost { author_id: ann.id, title })
    ///     .one(&db)
    ///     .await?;
    /// ```
    pub fn with<'a, I, C>(
        self,
        items: I,
        child: impl FnMut(&M, I::Item) -> C + Send + 'a,
    ) -> InsertGraph<M, (ChildrenOf<'a, M, C>,)>
    where
        I: IntoIterator + Send + 'a,
        C: GraphRow,
    {
        InsertGraph {
            insert: self,
            children: (Children::new(items, child),),
        }
    }

    /// With exactly one child, as of a `has_one`: gives `(User, Profile)`.
    pub fn with_one<'a, C: GraphRow>(
        self,
        child: impl FnOnce(&M) -> C + Send + 'a,
    ) -> InsertGraph<M, (OneChildOf<'a, M, C>,)> {
        InsertGraph {
            insert: self,
            children: (OneChild::new(child),),
        }
    }
}

impl<M: TableModel, K: Kinds<M>> InsertGraph<M, K> {
    /// With children of another kind: as [`Insert::with`].
    pub fn with<'a, I, C>(
        self,
        items: I,
        child: impl FnMut(&M, I::Item) -> C + Send + 'a,
    ) -> InsertGraph<M, Grown<K, ChildrenOf<'a, M, C>>>
    where
        I: IntoIterator + Send + 'a,
        C: GraphRow,
        K::Room: RoomForChildren,
    {
        InsertGraph {
            insert: self.insert,
            children: self.children.grown(Children::new(items, child)),
        }
    }

    /// With exactly one child of another kind: as [`Insert::with_one`].
    pub fn with_one<'a, C: GraphRow>(
        self,
        child: impl FnOnce(&M) -> C + Send + 'a,
    ) -> InsertGraph<M, Grown<K, OneChildOf<'a, M, C>>>
    where
        K::Room: RoomForChildren,
    {
        InsertGraph {
            insert: self.insert,
            children: self.children.grown(OneChild::new(child)),
        }
    }

    /// Inserts them; gives the row and its children as they were stored, these in the order of their items:
    /// `(User, Vec<Post>)`. Sends a statement for each level and kind, and BEGIN and COMMIT outside of a transaction.
    ///
    /// # Errors
    /// The first one that a row meets, of the server or a value that cannot be stored; it names the model, and behind
    /// “under” the models above it. Nothing is stored then. [`ErrorKind::NotFound`](crate::ErrorKind::NotFound) if a trigger left out a row.
    #[track_caller]
    pub fn one(self, db: &dyn Executor) -> impl Future<Output = Result<K::Stored, Error>> + Send {
        let place = Location::caller();
        async move {
            let atomic = Atomic::begin(db, place).await?;
            let stored = self.store(&atomic).await;
            atomic.end(stored).await
        }
    }

    async fn store(self, atomic: &Atomic<'_>) -> Result<K::Stored, Error> {
        let parent = super::write::one_at(self.insert, atomic.place(), atomic.executor()).await?;
        atomic.has_written();
        let mut stored = K::store(vec![self.children], vec![parent], atomic).await?;
        stored.pop().ok_or_else(|| left_out(M::TABLE))
    }

    /// Inserts them; gives the number of all rows, the children's included. Rows that have no children are not read back, so
    /// many of them go by COPY.
    ///
    /// # Errors
    /// As [`one`](Self::one).
    #[track_caller]
    pub fn execute(self, db: &dyn Executor) -> impl Future<Output = Result<u64, Error>> + Send {
        let place = Location::caller();
        async move {
            let atomic = Atomic::begin(db, place).await?;
            let written = self.write(&atomic).await;
            atomic.end(written).await
        }
    }

    async fn write(self, atomic: &Atomic<'_>) -> Result<u64, Error> {
        let parent = super::write::one_at(self.insert, atomic.place(), atomic.executor()).await?;
        atomic.has_written();
        Ok(1 + K::execute(vec![self.children], vec![parent], atomic).await?)
    }
}

/// An insert of many rows with their children, atomic: in a transaction of its own, or in yours, as [`InsertGraph`] is.
#[must_use = "an insert does nothing until it is run, by `.all(&db)` for instance"]
pub struct InsertGraphs<R: GraphRow> {
    level: Level<R::Row, R::Kinds>,
}

impl<R: GraphRow> InsertGraphs<R> {
    pub(crate) fn new(rows: impl IntoIterator<Item = R>) -> Self {
        let mut level = Level::default();
        rows.into_iter().for_each(|row| level.add(row));
        Self { level }
    }

    /// Inserts them; gives each row with its children, all in the order in which they were given:
    /// `Vec<(User, Vec<Post>)>`. Sends a statement for each level and kind, and BEGIN and COMMIT outside of a transaction;
    /// nothing if there are no rows.
    ///
    /// A level is split as [`insert_many`](super::Record::insert_many) splits its rows: where they give different columns,
    /// have arrays or are more than 20,000.
    ///
    /// # Errors
    /// As [`InsertGraph::one`].
    #[track_caller]
    pub fn all(self, db: &dyn Executor) -> impl Future<Output = Result<Vec<R::Stored>, Error>> + Send {
        let place = Location::caller();
        async move {
            if self.level.is_empty() {
                return Ok(Vec::new());
            }
            let atomic = Atomic::begin(db, place).await?;
            let stored = self.level.store(&atomic).await;
            atomic.end(stored).await
        }
    }

    /// Inserts them; gives the number of all rows, the children's included. Rows that have no children are not read back, so
    /// many of them go by COPY.
    ///
    /// # Errors
    /// As [`InsertGraph::one`].
    #[track_caller]
    pub fn execute(self, db: &dyn Executor) -> impl Future<Output = Result<u64, Error>> + Send {
        let place = Location::caller();
        async move {
            if self.level.is_empty() {
                return Ok(0);
            }
            let atomic = Atomic::begin(db, place).await?;
            let written = self.level.execute(&atomic).await;
            atomic.end(written).await
        }
    }
}

impl<R, K> fmt::Debug for RowWithChildren<R, K> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("RowWithChildren")
    }
}

impl<M: TableModel, K> fmt::Debug for InsertGraph<M, K> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "InsertGraph<{}>", M::TABLE.model)
    }
}

impl<R: GraphRow> fmt::Debug for InsertGraphs<R> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let table = <ModelOf<R> as Model>::TABLE;
        write!(f, "InsertGraphs<{}>({} rows)", table.model, self.level.len())
    }
}

//! A level: rows that go in one batch, and what is below each of them.

use super::GraphRow;
use super::atomic::Atomic;
use crate::driver::BoxFuture;
use crate::error::{Error, ErrorKind};
use crate::model::{Insertable, Model, Table, TableModel};
use crate::query::{HasRoom, InsertMany, NoRoom};

/// Rows, and the children of each.
pub(super) struct Level<R, K> {
    rows: Vec<R>,
    kinds: Vec<K>,
}

impl<R, K> Default for Level<R, K> {
    fn default() -> Self {
        let (rows, kinds) = (Vec::new(), Vec::new());
        Self { rows, kinds }
    }
}

impl<R, K> Level<R, K> {
    pub(super) fn add<C: GraphRow<Row = R, Kinds = K>>(&mut self, row: C) {
        let (row, children) = row.into_parts();
        self.rows.push(row);
        self.kinds.push(children);
    }

    pub(super) fn len(&self) -> usize {
        self.rows.len()
    }

    pub(super) fn is_empty(&self) -> bool {
        self.rows.is_empty()
    }
}

impl<R: Insertable, K: Kinds<R::Model>> Level<R, K> {
    /// Inserts the rows and all that is below them; gives them in their order.
    pub(super) async fn store(self, atomic: &Atomic<'_>) -> Result<Vec<K::Stored>, Error> {
        let rows = insert_rows(self.rows, atomic).await?;
        K::store(self.kinds, rows, atomic).await
    }

    /// The same; gives how many they were. Rows without children are not read back.
    pub(super) async fn execute(self, atomic: &Atomic<'_>) -> Result<u64, Error> {
        if K::NONE {
            return InsertMany::of_rows(self.rows)
                .at(atomic.place())
                .execute_here(atomic.executor())
                .await;
        }
        let rows = insert_rows(self.rows, atomic).await?;
        let written = rows.len() as u64;
        Ok(written + K::execute(self.kinds, rows, atomic).await?)
    }
}

/// Inserts rows; gives just as many.
async fn insert_rows<R: Insertable>(rows: Vec<R>, atomic: &Atomic<'_>) -> Result<Vec<R::Model>, Error> {
    let count = rows.len();
    let stored = InsertMany::of_rows(rows)
        .at(atomic.place())
        .all_here(atomic.executor())
        .await?;
    atomic.has_written();
    match stored.len() == count {
        true => Ok(stored),
        false => Err(left_out(<R::Model as Model>::TABLE)),
    }
}

/// What is said where a trigger or rule has left out a row: nobody knows which, so no child has a parent.
pub(super) fn left_out(table: &'static Table) -> Error {
    let what = "the database stored fewer rows than it was given (a trigger or a rule left some out), so it is not known \
                whose the children are";
    Error::new(ErrorKind::NotFound, what).with_table(Some(table))
}

/// Children of one kind, of a parent `P`.
#[doc(hidden)]
pub trait Kind<P>: Send + Sized {
    /// What one parent has of it.
    type Stored: Send;

    /// Inserts the children of all parents; gives each parent's.
    fn store<'t>(
        children: Vec<Self>,
        parents: &[P],
        atomic: &'t Atomic<'_>,
    ) -> BoxFuture<'t, Result<Vec<Self::Stored>, Error>>
    where
        Self: 't;

    /// Inserts them; gives the number of all that was written.
    fn execute<'t>(children: Vec<Self>, parents: &[P], atomic: &'t Atomic<'_>) -> BoxFuture<'t, Result<u64, Error>>
    where
        Self: 't;
}

/// All kinds of children of a parent `P`: a tuple.
#[doc(hidden)]
pub trait Kinds<P>: Grow + Send + Sized {
    /// A parent with all its children.
    type Stored: Send;
    /// Whether there are none.
    const NONE: bool;

    /// Inserts the children of all parents, one kind after another; gives each parent with its own.
    fn store(
        children: Vec<Self>,
        parents: Vec<P>,
        atomic: &Atomic<'_>,
    ) -> impl Future<Output = Result<Vec<Self::Stored>, Error>> + Send;

    /// Inserts them; gives the number of all that was written below the parents.
    fn execute(
        children: Vec<Self>,
        parents: Vec<P>,
        atomic: &Atomic<'_>,
    ) -> impl Future<Output = Result<u64, Error>> + Send;
}

#[diagnostic::do_not_recommend]
impl<P: TableModel> Kinds<P> for () {
    type Stored = P;
    const NONE: bool = true;

    async fn store(_: Vec<()>, parents: Vec<P>, _: &Atomic<'_>) -> Result<Vec<P>, Error> {
        Ok(parents)
    }

    async fn execute(_: Vec<()>, _: Vec<P>, _: &Atomic<'_>) -> Result<u64, Error> {
        Ok(0)
    }
}

/// The kinds with one more.
#[doc(hidden)]
pub type Grown<K, X> = <K as Grow>::And<X>;

/// Kinds to which one can be added, if there is room.
#[doc(hidden)]
pub trait Grow {
    /// With one more.
    type And<X>;
    /// Whether there is room: a type of its own, because as a bound of `And` it would have no words.
    type Room;
    /// Adds it.
    fn grown<X>(self, kind: X) -> Self::And<X>;
}

/// Children to which another kind can be added.
#[diagnostic::on_unimplemented(
    message = "a row has at most 8 kinds of children",
    label = "one kind too many",
    note = "insert what is left after it, in the same transaction: `db.transaction(async |tx| …)`"
)]
pub trait RoomForChildren {}

#[diagnostic::do_not_recommend]
impl RoomForChildren for HasRoom {}

macro_rules! kinds {
    ($(($($kind:ident $children:ident),+))*) => { $(
        #[diagnostic::do_not_recommend]
        impl<P: TableModel, $($kind: Kind<P>),+> Kinds<P> for ($($kind,)+) {
            type Stored = (P, $($kind::Stored),+);
            const NONE: bool = false;

            async fn store(all: Vec<Self>, parents: Vec<P>, atomic: &Atomic<'_>) -> Result<Vec<Self::Stored>, Error> {
                let ($($children,)+): ($(Vec<$kind>,)+) = all.into_iter().collect();
                $(let mut $children = $kind::store($children, &parents, atomic).await?.into_iter();)+
                // Each kind gives something for each parent.
                let rows = parents.into_iter().map_while(|parent| Some((parent, $($children.next()?),+)));
                Ok(rows.collect())
            }

            async fn execute(all: Vec<Self>, parents: Vec<P>, atomic: &Atomic<'_>) -> Result<u64, Error> {
                let ($($children,)+): ($(Vec<$kind>,)+) = all.into_iter().collect();
                Ok(0 $(+ $kind::execute($children, &parents, atomic).await?)+)
            }
        }
    )* };
}

kinds! {
    (A a)
    (A a, B b)
    (A a, B b, C c)
    (A a, B b, C c, D d)
    (A a, B b, C c, D d, E e)
    (A a, B b, C c, D d, E e, F f)
    (A a, B b, C c, D d, E e, F f, G g)
    (A a, B b, C c, D d, E e, F f, G g, H h)
}

macro_rules! grow {
    ($(($($kind:ident $index:tt),*))*) => { $(
        #[diagnostic::do_not_recommend]
        impl<$($kind),*> Grow for ($($kind,)*) {
            type And<X> = ($($kind,)* X,);
            type Room = HasRoom;
            fn grown<X>(self, kind: X) -> Self::And<X> {
                ($(self.$index,)* kind,)
            }
        }
    )* };
}

grow! {
    ()
    (A 0)
    (A 0, B 1)
    (A 0, B 1, C 2)
    (A 0, B 1, C 2, D 3)
    (A 0, B 1, C 2, D 3, E 4)
    (A 0, B 1, C 2, D 3, E 4, F 5)
    (A 0, B 1, C 2, D 3, E 4, F 5, G 6)
}

/// Eight is the most: `with` asks for room, so nothing is ever added to these.
#[diagnostic::do_not_recommend]
impl<A, B, C, D, E, F, G, H> Grow for (A, B, C, D, E, F, G, H) {
    type And<X> = Self;
    type Room = NoRoom;
    fn grown<X>(self, _: X) -> Self {
        self
    }
}

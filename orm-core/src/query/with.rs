//! `with`: a query whose rows come with what belongs to them.

use std::fmt;
use std::panic::Location;

use super::load_stream::LoadStream;
use super::page::Keyset;
use super::{Cursor, Fetch, InScope, InScopeOf, Page, Parts, Query};
use crate::driver::{Columns, Executor, ResultColumn, Row, RowSink, Statement};
use crate::error::Error;
use crate::expr::{Condition, InFilter, InSelect, Orders};
use crate::load::{Cells, Grown, Items, Level, Load, Rows, To, run_all};
use crate::model::{Model, TableModel};
use crate::options::{Options, Tune};
use crate::statements::here;
use crate::transaction::{Isolation, Transaction, TransactionOptions};
use crate::types::PgType;

/// A row that can get one part more: a model becomes a pair, a tuple a longer one.
#[diagnostic::on_unimplemented(
    message = "`{Self}` cannot get one part more",
    label = "not a model, or a tuple of 12 parts already",
    note = "nest what belongs together: `.with(|u| u.posts().with(|p| p.comments()))`, or read a shape"
)]
pub trait And: Sized + Send + 'static {
    /// The longer tuple.
    type And<X: Send + 'static>: Send + 'static;
    /// Adds the part.
    #[doc(hidden)]
    fn and<X: Send + 'static>(self, added: X) -> Self::And<X>;
}

#[diagnostic::do_not_recommend]
impl<M: Model> And for M {
    type And<X: Send + 'static> = (M, X);
    fn and<X: Send + 'static>(self, added: X) -> (M, X) {
        (self, added)
    }
}

#[diagnostic::do_not_recommend]
impl<T: Send + 'static> And for Option<T> {
    type And<X: Send + 'static> = (Self, X);
    fn and<X: Send + 'static>(self, added: X) -> (Self, X) {
        (self, added)
    }
}

macro_rules! tuples {
    ($(($($name:ident $index:tt),+))*) => { $(
        #[diagnostic::do_not_recommend]
        impl<$($name: Send + 'static),+> And for ($($name,)+) {
            type And<X: Send + 'static> = ($($name,)+ X,);
            fn and<X: Send + 'static>(self, added: X) -> Self::And<X> {
                ($(self.$index,)+ added,)
            }
        }
    )* };
}

tuples! {
    (A 0)
    (A 0, B 1)
    (A 0, B 1, C 2)
    (A 0, B 1, C 2, D 3)
    (A 0, B 1, C 2, D 3, E 4)
    (A 0, B 1, C 2, D 3, E 4, F 5)
    (A 0, B 1, C 2, D 3, E 4, F 5, G 6)
    (A 0, B 1, C 2, D 3, E 4, F 5, G 6, H 7)
    (A 0, B 1, C 2, D 3, E 4, F 5, G 6, H 7, I 8)
    (A 0, B 1, C 2, D 3, E 4, F 5, G 6, H 7, I 8, J 9)
    (A 0, B 1, C 2, D 3, E 4, F 5, G 6, H 7, I 8, J 9, K 10)
}

/// A query whose rows come with what belongs to them: the stage after `with`. `R` is the row that its closures have the
/// columns of, `T` what comes out: `Loading<User, (User, Vec<Post>)>`.
///
/// One statement is sent for the rows themselves and the relations to one, and one more for each relation to many, whatever
/// the number of rows. Nothing else is read, so what was not asked for is not there, in the type.
#[must_use = "a query does nothing until it is run, by `.all(&db)` for instance"]
pub struct Loading<R: InScope, T> {
    parts: Parts,
    scope: InScopeOf<R>,
    items: Items,
    rows: Box<dyn Level<T>>,
    snapshot: bool,
}

impl<R: InScope> Query<R> {
    /// Loads a relation beside each row: `User::query().with(|u| u.posts())` gives `(User, Vec<Post>)`. Several, one after
    /// another, make the tuple longer; nested ones stand inside: `u.posts().with(|p| p.comments())`.
    ///
    /// A relation to one (`p.author()`) is joined and gives the model, or an `Option` of it where there may be none. One to
    /// many is a statement of its own and gives a `Vec`; it can be filtered, ordered, limited for each row
    /// (`limit_per_parent`) and narrowed by `select`.
    #[rustfmt::skip] // In one line, because errors show it.
    pub fn with<L: Load>(self, load: impl FnOnce(InScopeOf<R>) -> L) -> Loading<R, R::And<L::Value>> where R: And {
        self.loading().with(load)
    }

    fn loading(self) -> Loading<R, R> {
        let mut items = Items::of(self.parts.roots());
        let at = items.part::<R>(|nodes| R::append(self.scope, nodes));
        Loading {
            parts: self.parts,
            scope: self.scope,
            items,
            rows: Box::new(Rows::new(Cells::<R>::new(at))),
            snapshot: false,
        }
    }
}

impl<R: InScope, T> Loading<R, T> {
    pub(crate) fn new(parts: Parts, scope: InScopeOf<R>, items: Items, rows: Box<dyn Level<T>>) -> Self {
        Self {
            parts,
            scope,
            items,
            rows,
            snapshot: false,
        }
    }
}

impl<R: InScope, T: Send + 'static> Loading<R, T> {
    /// Loads one relation more: [`Query::with`].
    #[rustfmt::skip] // In one line, because errors show it.
    pub fn with<L: Load>(mut self, load: impl FnOnce(InScopeOf<R>) -> L) -> Loading<R, T::And<L::Value>> where T: And {
        let slot = load(self.scope).into_slot(&mut self.items);
        Loading {
            parts: self.parts,
            scope: self.scope,
            items: self.items,
            rows: Box::new(Grown {
                rows: self.rows,
                added: Rows::new(slot),
            }),
            snapshot: self.snapshot,
        }
    }
}

impl<R: InScope, T: Send + 'static> Loading<R, T> {
    /// `WHERE condition`; several are joined by AND. Rows whose condition is NULL are left out.
    pub fn filter<C: Condition>(mut self, condition: impl FnOnce(InScopeOf<R>) -> C) -> Self
    where
        C::Phase: InFilter,
    {
        self.parts.filters.push(condition(self.scope).into_condition());
        self
    }

    /// `ORDER BY`: appended to the terms there are.
    pub fn order_by<O: Orders>(mut self, order: impl FnOnce(InScopeOf<R>) -> O) -> Self
    where
        O::Phase: InSelect,
    {
        order(self.scope).append_to(&mut self.parts.order);
        self
    }

    /// `LIMIT`: at most so many rows. The last call counts.
    pub fn limit(mut self, rows: u64) -> Self {
        self.parts.limit = Some(rows);
        self.parts.ties = false;
        self
    }

    /// `OFFSET`: without the first rows, which the server reads all the same.
    pub fn offset(mut self, rows: u64) -> Self {
        self.parts.offset = Some(rows);
        self
    }

    /// Reads all levels as they were at one moment: the statements run in a transaction of their own, `ISOLATION LEVEL
    /// REPEATABLE READ READ ONLY`. Otherwise each level is read a moment after the one above it, and what others commit in
    /// between is seen.
    ///
    /// On a transaction it does nothing: what that sees is what its own isolation level says.
    pub fn snapshot(mut self) -> Self {
        self.snapshot = true;
        self
    }

    /// All rows, with what belongs to them.
    ///
    /// # Errors
    /// The server's, the driver's, or a row that the Rust type cannot hold.
    #[track_caller]
    pub fn all(self, db: &dyn Executor) -> impl Future<Output = Result<Vec<T>, Error>> + Send {
        self.fetch(db)
    }

    /// The first row, or `None`: `LIMIT 1`.
    ///
    /// # Errors
    /// As [`all`](Self::all).
    #[track_caller]
    pub fn first(mut self, db: &dyn Executor) -> impl Future<Output = Result<Option<T>, Error>> + Send {
        self.parts.limit = Some(self.parts.limit.unwrap_or(1).min(1));
        self.parts.ties = false;
        let rows = self.fetch(db);
        async move { Ok(rows.await?.pop()) }
    }

    /// The only row.
    ///
    /// # Errors
    /// [`ErrorKind::NotFound`](crate::ErrorKind::NotFound) if there is none,
    /// [`ErrorKind::TooManyRows`](crate::ErrorKind::TooManyRows) if there are two; else as [`all`](Self::all).
    #[track_caller]
    pub fn one(mut self, db: &dyn Executor) -> impl Future<Output = Result<T, Error>> + Send {
        let table = self.parts.table();
        if !self.parts.ties {
            self.parts.limit = Some(self.parts.limit.unwrap_or(2).min(2));
        }
        let rows = self.fetch(db);
        async move { super::fetch::only(rows.await?, table) }
    }

    /// How many rows there are: `SELECT count(*)`, with the query's limit and offset. Nothing is loaded for it.
    ///
    /// # Errors
    /// As [`all`](Self::all).
    #[track_caller]
    pub fn count(self, db: &dyn Executor) -> impl Future<Output = Result<i64, Error>> + Send {
        Query::<R>::with_scope(self.parts, self.scope).count(db)
    }

    /// Whether there is a row: `SELECT EXISTS (…)`. Nothing is loaded for it.
    ///
    /// # Errors
    /// As [`all`](Self::all).
    #[track_caller]
    pub fn exists(self, db: &dyn Executor) -> impl Future<Output = Result<bool, Error>> + Send {
        Query::<R>::with_scope(self.parts, self.scope).exists(db)
    }

    /// The statements that would be sent: that of the rows, and one for each relation to many, each before those below
    /// it. A level that goes along with the one above it has another text then.
    ///
    /// # Errors
    /// [`ErrorKind::InvalidQuery`](crate::ErrorKind::InvalidQuery) as at sending.
    pub fn to_sql(mut self) -> Result<Vec<Statement>, Error> {
        let mut statements = vec![self.statement()?];
        let mut below = Vec::new();
        self.rows.loads(&mut below);
        below
            .into_iter()
            .try_for_each(|level| level.describe(&mut statements))?;
        Ok(statements)
    }

    /// The rows one after another, with what belongs to them: read and loaded piece by piece, in bounded memory. On a database
    /// or a connection in a transaction of its own, so that all is read through one connection.
    #[track_caller]
    pub fn stream(mut self, db: &dyn Executor) -> LoadStream<'_, T> {
        let statement = self.statement();
        let root = Root {
            items: self.items,
            rows: self.rows,
        };
        LoadStream::new(statement, root, self.snapshot, db)
    }

    #[track_caller]
    fn statement(&mut self) -> Result<Statement, Error> {
        self.items.check_end()?;
        self.parts.items = Some(self.items.nodes.clone());
        here(self.parts.statement())
    }

    #[track_caller]
    fn fetch(mut self, db: &dyn Executor) -> impl Future<Output = Result<Vec<T>, Error>> + Send {
        let statement = self.statement();
        let mut root = Root {
            items: self.items,
            rows: self.rows,
        };
        let snapshot = self.snapshot;
        async move {
            let mut statement = statement?;
            // All levels share its time.
            statement.options = statement.options.map(|options| Box::new(options.started()));
            let place = Place::find(db, snapshot).await?;
            let sent = place.executor().run(&statement, &mut root).await;
            sent.map_err(|error| error.with_table(statement.table))?;
            let to = To {
                db: place.executor(),
                place: statement.place,
                options: statement.options.as_deref(),
            };
            let rows = root.load(to).await?;
            place.leave().await?;
            Ok(rows)
        }
    }
}

impl<M: TableModel, T: Send + 'static> Loading<M, T> {
    /// `size` rows after (or before) a cursor of an earlier page, or from the start, with what belongs to them:
    /// [`Query::page`](Query::page). A cursor of the query without `with` is good here, and the other way round.
    ///
    /// # Errors
    /// As of [`Query::page`](Query::page).
    #[track_caller]
    pub fn page(
        mut self,
        size: u64,
        cursor: Option<&Cursor>,
        db: &dyn Executor,
    ) -> impl Future<Output = Result<Page<T>, Error>> + Send {
        self.parts.items = Some(self.items.nodes.clone());
        let ends = self.items.check_end();
        let keyset = ends.and_then(|()| Keyset::new(self.parts.of_table(M::TABLE), size, cursor));
        let mut root = Root {
            items: self.items,
            rows: self.rows,
        };
        let (snapshot, line) = (self.snapshot, Location::caller());
        async move {
            let keyset = keyset?;
            let place = Place::find(db, snapshot).await?;
            let Root { items, rows } = &mut root;
            let width = items.nodes.len();
            let check = &mut |columns: &mut Columns<'_>| items.take(columns);
            let read = &mut |row: &Row<'_>| rows.read(row);
            let places = keyset.read(width, check, read, line, place.executor()).await?;
            let to = To {
                db: place.executor(),
                place: Some(line),
                options: keyset.options(),
            };
            let rows = root.load(to).await?;
            place.leave().await?;
            Ok(keyset.page(rows, places))
        }
    }
}

/// Where statements run that belong together.
enum Place<'a> {
    /// In a transaction that sees one snapshot.
    Snapshot(Transaction),
    /// On a connection.
    Connection(Box<dyn Executor + 'a>),
    /// There.
    Given(&'a dyn Executor),
}

impl<'a> Place<'a> {
    async fn find(db: &'a dyn Executor, snapshot: bool) -> Result<Self, Error> {
        if snapshot && !db.is_transaction() {
            return db.begin_with(one_snapshot()).await.map(Self::Snapshot);
        }
        let connection = db.one_connection().await?;
        Ok(connection.map_or(Self::Given(db), Self::Connection))
    }

    fn executor(&self) -> &dyn Executor {
        match self {
            Self::Snapshot(transaction) => transaction,
            Self::Connection(connection) => &**connection,
            Self::Given(db) => *db,
        }
    }

    async fn leave(self) -> Result<(), Error> {
        match self {
            Self::Snapshot(transaction) => transaction.commit().await,
            Self::Connection(_) | Self::Given(_) => Ok(()),
        }
    }
}

/// Of a transaction that reads the database as it was at its first statement.
pub(super) fn one_snapshot() -> TransactionOptions {
    TransactionOptions {
        isolation: Some(Isolation::RepeatableRead),
        read_only: true,
        ..TransactionOptions::default()
    }
}

/// The rows of the query itself.
pub(super) struct Root<T> {
    items: Items,
    pub(super) rows: Box<dyn Level<T>>,
}

impl<T> Root<T> {
    /// Loads what belongs to the rows that were read; gives them.
    pub(super) async fn load(&mut self, to: To<'_>) -> Result<Vec<T>, Error> {
        let mut below = Vec::new();
        self.rows.loads(&mut below);
        run_all(below, to).await?;
        Ok(self.rows.finish().collect())
    }
}

impl<T> RowSink for Root<T> {
    fn columns(&mut self, columns: &[ResultColumn]) -> Result<(), Error> {
        self.items.check(columns)
    }

    fn expected(&self, types: &mut Vec<&'static PgType>) -> bool {
        self.items.take(&mut Columns::expected(types)).is_ok()
    }

    fn row(&mut self, row: &Row<'_>) -> Result<(), Error> {
        self.rows.read(row)
    }
}

impl<R: InScope, T> Tune for Loading<R, T> {
    fn options_mut(&mut self) -> &mut Options {
        self.parts.options.get_or_insert_default()
    }
}

impl<R: InScope, T> fmt::Debug for Loading<R, T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Loading<{}>", self.parts.table().model)
    }
}

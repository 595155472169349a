//! The program's own code panics wherever the driver calls it: the slot in the pool is not lost, and what was begun is
//! rolled back.

use std::sync::Once;

use bytes::Bytes;
use futures_util::{StreamExt, stream};
use orm::prelude::*;
use orm::{Buffer, Columns, CopySource, DbType, IsNull, NotNull, PgType, ResultColumn, RowSink, ValueError};

use crate::support::bank::{self, Account, NewAccount, NewEntry, is_conserved, transfer};
use crate::support::{Arena, PATIENCE, by_hand, rounds};

const PANIC: &str = "thrown by the test";

/// A thousand panics are not told a thousand times.
fn be_silent_about_ours() {
    static ONCE: Once = Once::new();
    ONCE.call_once(|| {
        let hook = std::panic::take_hook();
        std::panic::set_hook(Box::new(move |info| {
            if info.payload().downcast_ref() != Some(&PANIC) {
                hook(info);
            }
        }));
    });
}

fn blow_up() -> ! {
    std::panic::panic_any(PANIC)
}

/// An int4 that panics at 13, when it is sent and when it is read.
#[derive(Debug, Clone, PartialEq)]
struct Bomb(i32);

impl DbType for Bomb {
    type Base = Self;
    type Null = NotNull;
    const TYPE: &'static PgType = i32::TYPE;

    fn encode(&self, out: &mut Buffer) -> Result<IsNull, ValueError> {
        if self.0 == 13 {
            blow_up();
        }
        self.0.encode(out)
    }

    fn decode(cell: Option<&[u8]>) -> Result<Self, ValueError> {
        match i32::decode(cell)? {
            13 => blow_up(),
            value => Ok(Self(value)),
        }
    }
}

#[derive(Model, Debug, Clone, PartialEq)]
#[orm(table = "mines", has_many(fuses: Fuse))]
struct Mine {
    #[orm(primary_key)]
    id: i64,
}

#[derive(Model, Debug, Clone, PartialEq)]
#[orm(table = "fuses")]
struct Fuse {
    #[orm(primary_key)]
    id: i64,
    #[orm(belongs_to(mine: Mine))]
    mine_id: i64,
    bomb: Bomb,
}

#[derive(Row)]
struct Lit {
    #[allow(dead_code, reason = "it panics before anyone looks")]
    n: Bomb,
}

/// A sink that panics at its columns or at its second row.
struct Sink(Option<u32>);

impl RowSink for Sink {
    fn columns(&mut self, columns: &[ResultColumn]) -> Result<(), Error> {
        if self.0.is_none() {
            blow_up();
        }
        Columns::new(columns).next::<i32>()
    }

    fn row(&mut self, _: &orm::Row<'_>) -> Result<(), Error> {
        match self.0 {
            Some(0) => blow_up(),
            left => self.0 = left.map(|left| left - 1),
        }
        Ok(())
    }
}

/// Data of a COPY that panics after some.
struct Data(u32);

impl CopySource for Data {
    fn next_chunk(&mut self) -> Result<Option<Bytes>, Error> {
        self.0 += 1;
        match self.0 {
            1..3 => Ok(Some(Bytes::from_static(b"1\n"))),
            _ => blow_up(),
        }
    }
}

const KINDS: usize = 20;

/// In a closure, with a transaction to roll back, with a savepoint, before sending, in a graph, in a stream.
const CHEAP: [usize; 7] = [0, 1, 3, 5, 13, 16, 17];

/// Panics somewhere; each kind somewhere else.
async fn panics(db: Database, kind: usize) -> Result<(), Error> {
    match kind {
        0..6 => in_a_transaction(&db, kind).await,
        6..13 => in_a_decoder(&db, kind).await,
        _ => elsewhere(&db, kind).await,
    }
}

async fn in_a_transaction(db: &Database, kind: usize) -> Result<(), Error> {
    match kind {
        0 => db.transaction(async |_| blow_up()).await,
        1 => {
            let worked = db.transaction(async |tx| {
                Account::query()
                    .update(|a| a.balance.set(0))
                    .all_rows()
                    .execute(tx)
                    .await?;
                blow_up()
            });
            worked.await
        }
        2 => {
            let worked = db.transaction(async |tx| {
                let waiting = sql!("SELECT pg_sleep(50)").execute(tx);
                tokio::join!(waiting, async { blow_up() }).0.map(drop)
            });
            worked.await
        }
        3 => {
            let worked = db.transaction(async |tx| {
                transfer(tx, 1, 2, 5).await?;
                tx.transaction(async |inner| {
                    transfer(inner, 2, 3, 5).await?;
                    blow_up()
                })
                .await
            });
            worked.await
        }
        4 => {
            let builder = db.transaction_with().isolation(Isolation::Serializable).retry(9);
            let worked = builder.run(|tx| async move {
                transfer(&tx, 1, 2, 5).await?;
                blow_up()
            });
            worked.await
        }
        _ => {
            let tx = db.begin().await?;
            transfer(&tx, 1, 2, 5).await?;
            let _savepoint = tx.begin().await?;
            blow_up()
        }
    }
}

async fn in_a_decoder(db: &Database, kind: usize) -> Result<(), Error> {
    let fuses = sql!("SELECT n FROM generate_series(1, 3000) n");
    match kind {
        6 => fuses.all::<Lit>(db).await.map(drop),
        7 => {
            let tx = db.begin().await?;
            fuses.all::<Lit>(&tx).await.map(drop)
        }
        8 => {
            let mut rows = fuses.stream::<Lit>(db);
            while rows.try_next().await?.is_some() {}
            Ok(())
        }
        9 => Mine::query().with(|m| m.fuses()).all(db).await.map(drop),
        10 => {
            let mut rows = Mine::query().with(|m| m.fuses()).stream(db);
            while rows.try_next().await?.is_some() {}
            Ok(())
        }
        11 => db
            .run(&by_hand("SELECT generate_series(1, 9)"), &mut Sink(Some(1)))
            .await
            .map(drop),
        _ => db
            .run(&by_hand("SELECT generate_series(1, 9)"), &mut Sink(None))
            .await
            .map(drop),
    }
}

async fn elsewhere(db: &Database, kind: usize) -> Result<(), Error> {
    let bomb = |n| NewFuse {
        id: n,
        mine_id: 1,
        bomb: Bomb(13),
    };
    match kind {
        13 => Fuse::insert(bomb(1)).one(db).await.map(drop),
        14 => Fuse::insert_many([bomb(1), bomb(2)])
            .copy(true)
            .execute(db)
            .await
            .map(drop),
        15 => db.copy_in("COPY copied FROM STDIN", &mut Data(0)).await.map(drop),
        16 => {
            let account = Account::insert(NewAccount { balance: 0 });
            let graph = account.with([1], |_, _| -> NewEntry { blow_up() });
            graph.one(db).await.map(drop)
        }
        17 => {
            let mut rows = Account::query().stream(db);
            let _first = rows.try_next().await?;
            blow_up()
        }
        18 => {
            let connection = db.connection().await?;
            connection
                .batch("SET search_path = pg_catalog; SELECT pg_advisory_lock(8); BEGIN")
                .await?;
            blow_up()
        }
        _ => {
            let _held = (db.connection().await?, db.connection().await?);
            blow_up()
        }
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_thousand_panics_lose_no_slot() {
    be_silent_about_ours();
    let arena = Arena::new().await;
    let db = arena
        .builder()
        .max_size(2)
        .wait_timeout(PATIENCE)
        .connect()
        .await
        .unwrap();
    bank::open(&arena, &db).await;
    orm::create_all(&[Mine::TABLE, Fuse::TABLE], &db).await.unwrap();
    arena
        .run("CREATE TABLE copied (id int8); INSERT INTO mines VALUES (1); INSERT INTO fuses VALUES (1, 1, 13)")
        .await;
    // Fewer at a time than connections: one kind holds two.
    let all = stream::iter(0..rounds(1_000)).for_each_concurrent(3, async |number| {
        // Each kind in turn, and in between those that leave a connection usable: a new one takes the longest of all.
        let kind = match number % 4 {
            0 => number / 4 % KINDS,
            _ => CHEAP[number % CHEAP.len()],
        };
        let ended = tokio::time::timeout(PATIENCE, tokio::spawn(panics(db.clone(), kind))).await;
        let ended = ended.unwrap_or_else(|_| panic!("kind {kind} hangs, number {number}"));
        let panic = ended.expect_err("it panics").into_panic();
        assert_eq!(panic.downcast_ref(), Some(&PANIC), "kind {kind}");
    });
    all.await;
    arena.is_whole(&db).await;
    is_conserved(&arena).await;
    assert_eq!(arena.number("SELECT count(*) FROM copied").await, 0);
    arena.ends_clean([db]).await;
}

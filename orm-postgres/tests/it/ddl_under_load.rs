//! DDL every 100 ms under fifty readers and writers: outside of transactions nobody notices; inside, the error says what
//! happened.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::time::{Duration, Instant};

use orm_core::{Error, Executor, IsNull, Param, PgKind, PgType, Statement};

use crate::support::*;

struct World {
    table: String,
    mood: String,
    ty: &'static PgType,
}

impl World {
    fn new() -> Self {
        let mood = unique("ddl_mood");
        let kind = PgKind::Enum(&["ok"]);
        Self {
            table: unique("ddl_table"),
            ty: Box::leak(Box::new(PgType::named(None, mood.clone().leak(), kind))),
            mood,
        }
    }

    fn create(&self) -> String {
        let Self { table, mood, .. } = self;
        format!(
            "CREATE TYPE {mood} AS ENUM ('ok'); CREATE TABLE {table} (id int8 PRIMARY KEY, word text, mood {mood});
             INSERT INTO {table} SELECT n, 'word', 'ok' FROM generate_series(1, 100) n"
        )
    }

    /// A change to the schema that the program's statements survive.
    fn ddl(&self, step: usize) -> String {
        let Self { table, mood, .. } = self;
        match step % 5 {
            0 => format!("ALTER TABLE {table} ADD COLUMN more int4 DEFAULT 1"),
            1 => format!("ALTER TABLE {table} ALTER word TYPE varchar(80)"),
            2 => format!(
                "ALTER TABLE {table} DROP COLUMN mood; DROP TYPE {mood}; CREATE TYPE {mood} AS ENUM ('ok');
                 ALTER TABLE {table} ADD COLUMN mood {mood} DEFAULT 'ok'"
            ),
            3 => format!("ALTER TABLE {table} DROP COLUMN more"),
            _ => format!("ALTER TABLE {table} ALTER word TYPE text"),
        }
    }

    fn with_mood(&self, text: String) -> Statement {
        let mut statement = sql(text);
        statement.params.push(Param::encode(self.ty, |out| {
            out.put(b"ok");
            Ok(IsNull::No)
        }));
        statement
    }

    /// Statements that a program sends: reads as the builders make them, text, writes with and without a result. Some texts are
    /// the same each time, some come once.
    fn statements(&self, round: usize) -> [Statement; 6] {
        let Self { table, mood, .. } = self;
        let reads = |statement| Statement {
            only_reads: true,
            ..statement
        };
        let once = self.with_mood(format!(
            "SELECT word FROM {table} WHERE mood = $1::{mood} AND id = 5 /* {round} */"
        ));
        [
            reads(sql(format!("SELECT word FROM {table} WHERE id = 7"))),
            sql(format!("SELECT word FROM {table} WHERE id = 8")),
            reads(self.with_mood(format!("SELECT word FROM {table} WHERE mood = $1::{mood} AND id = 9"))),
            reads(once),
            self.with_mood(format!(
                "UPDATE {table} SET mood = $1::{mood} WHERE id = {} RETURNING word",
                round % 100 + 1
            )),
            self.with_mood(format!(
                "UPDATE {table} SET mood = $1::{mood} WHERE id = {}",
                round % 100 + 1
            )),
        ]
    }
}

async fn read(on: &dyn Executor, world: &World, round: usize) -> Result<(), Error> {
    for (at, statement) in world.statements(round).into_iter().enumerate() {
        if at == 5 {
            assert_eq!(on.run(&statement, &mut Ignore).await?, 1, "{statement}");
        } else {
            assert_eq!(all::<String>(on, &statement).await?, ["word"], "{statement}");
        }
    }
    Ok(())
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn fifty_readers_meet_no_error_outside_of_transactions() {
    let world = Arc::new(World::new());
    let admin = database().await;
    admin.batch(&world.create()).await.unwrap();
    let db = builder()
        .max_size(10)
        .wait_timeout(Duration::from_secs(60))
        .connect()
        .await
        .unwrap();
    let (over, rounds) = (Arc::new(AtomicBool::new(false)), Arc::new(AtomicUsize::new(0)));
    let readers = (0..50).map(|_| {
        let (db, world, over, rounds) = (db.clone(), Arc::clone(&world), Arc::clone(&over), Arc::clone(&rounds));
        tokio::spawn(async move {
            while !over.load(Ordering::SeqCst) {
                let round = rounds.fetch_add(1, Ordering::SeqCst);
                read(&db, &world, round).await?;
            }
            Ok::<_, Error>(())
        })
    });
    let readers: Vec<_> = readers.collect();
    for step in 0..30 {
        admin.batch(&world.ddl(step)).await.unwrap();
        tokio::time::sleep(Duration::from_millis(100)).await;
    }
    over.store(true, Ordering::SeqCst);
    let results = futures_util::future::join_all(readers).await;
    let errors: Vec<_> = results.into_iter().filter_map(|result| result.unwrap().err()).collect();
    assert!(
        errors.is_empty(),
        "{} errors, the first is {:?}",
        errors.len(),
        errors[0]
    );
    assert!(rounds.load(Ordering::SeqCst) > 50);
    let World { table, mood, .. } = &*world;
    admin
        .batch(&format!("DROP TABLE {table}; DROP TYPE {mood}"))
        .await
        .unwrap();
}

#[tokio::test]
async fn in_a_transaction_the_error_says_what_happened_and_the_next_one_goes_well() {
    let world = World::new();
    let admin = database().await;
    admin.batch(&world.create()).await.unwrap();
    let db = builder().max_size(1).connect().await.unwrap();
    for round in 0..2 {
        read(&db, &world, round).await.unwrap();
    }
    admin.batch(&world.ddl(1)).await.unwrap();
    let tx = db.begin().await.unwrap();
    let error = all::<String>(&tx, &world.statements(0)[0]).await.unwrap_err();
    assert_eq!(error.sqlstate(), Some("0A000"));
    assert!(
        error.to_string().contains("altered") && error.to_string().contains("transaction"),
        "{error}"
    );
    tx.rollback().await.unwrap();
    admin.batch(&world.ddl(2)).await.unwrap();
    let tx = db.begin().await.unwrap();
    let error = all::<String>(&tx, &world.statements(0)[2]).await.unwrap_err();
    assert!(
        error.to_string().contains("made anew") && error.to_string().contains("transaction"),
        "{error}"
    );
    tx.rollback().await.unwrap();
    let connection = db.connection().await.unwrap();
    for round in 4..6 {
        read(&connection, &world, round).await.unwrap();
    }
    connection.batch("DEALLOCATE ALL").await.unwrap();
    let tx = connection.begin().await.unwrap();
    let error = all::<String>(&tx, &world.statements(0)[0]).await.unwrap_err();
    assert_eq!(error.sqlstate(), Some("26000"));
    assert!(error.to_string().contains("DEALLOCATE"), "{error}");
    tx.rollback().await.unwrap();
    let begun = Instant::now();
    let tx = connection.begin().await.unwrap();
    read(&tx, &world, 3).await.unwrap();
    tx.commit().await.unwrap();
    assert!(begun.elapsed() < Duration::from_secs(60));
    let World { table, mood, .. } = &world;
    admin
        .batch(&format!("DROP TABLE {table}; DROP TYPE {mood}"))
        .await
        .unwrap();
}

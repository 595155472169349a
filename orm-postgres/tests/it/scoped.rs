//! Scopes with settings: each statement in a transaction of its own that has them.

use bytes::Bytes;
use orm_core::{
    CopySource, Error, ErrorKind, Executor, IsNull, Param, PgKind, PgType, Scope, TransactionOptions, WithScope,
};
use orm_postgres::Database;

use crate::support::*;

/// An enum that is known by name: which one that is depends on the `search_path`.
static LEVEL: PgType = PgType::named(None, "level", PgKind::Enum(&["low", "high"]));

fn tenant(id: i64) -> Scope {
    Scope::new().set("app.tenant", id)
}

/// A table whose rows are seen and written only by the tenant that `app.tenant` names, and a role that this holds for.
struct Tenants {
    watched: Watched,
    table: String,
    role: String,
}

impl Tenants {
    async fn new(max_size: usize) -> Self {
        let (watched, table, role) = (Watched::new(max_size).await, unique("tenants"), unique("role"));
        let ddl = format!(
            "CREATE TABLE {table} (tenant int8 NOT NULL DEFAULT current_setting('app.tenant')::int8, id int8);
             ALTER TABLE {table} ENABLE ROW LEVEL SECURITY;
             CREATE POLICY own ON {table} USING (tenant = current_setting('app.tenant')::int8);
             CREATE ROLE {role}; GRANT SELECT, INSERT, UPDATE, DELETE ON {table} TO {role}"
        );
        watched.admin.batch(&ddl).await.unwrap();
        Self { watched, table, role }
    }

    fn scope(&self, id: i64) -> Scope {
        tenant(id).role(&self.role)
    }

    async fn insert(&self, on: &dyn Executor, id: i64) -> Result<u64, Error> {
        let statement = with(sql(format!("INSERT INTO {} (id) VALUES ($1)", self.table)), id);
        on.run(&statement, &mut Ignore).await
    }

    async fn ids(&self, on: &dyn Executor) -> Vec<i64> {
        let statement = sql(format!("SELECT id FROM {} ORDER BY id", self.table));
        all(on, &statement).await.unwrap()
    }

    async fn end(&self) {
        let (table, role) = (&self.table, &self.role);
        let ddl = format!("DROP TABLE {table}; DROP ROLE {role}");
        self.watched.admin.batch(&ddl).await.unwrap();
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn two_tenants_at_the_same_time_on_one_connection_see_their_own_rows_only() {
    let tenants = Tenants::new(1).await;
    let work = async |tenant: i64| {
        let db = tenants.watched.db.scoped(tenants.scope(tenant));
        for n in 0..40 {
            tenants.insert(&db, tenant * 1000 + n).await.unwrap();
            assert_eq!(tenants.ids(&db).await.len() as i64, n + 1);
        }
        let theirs = tenants.ids(&db).await;
        assert!(theirs.iter().all(|id| id / 1000 == tenant), "{theirs:?}");
    };
    tokio::join!(work(1), work(2));
    // Nobody's: the owner of the table sees all.
    assert_eq!(tenants.ids(&tenants.watched.admin).await.len(), 80);
    tenants.end().await;
}

#[tokio::test]
async fn transactions_savepoints_streams_copies_and_batches_have_the_settings() {
    let tenants = Tenants::new(1).await;
    let db = tenants.watched.db.scoped(tenants.scope(7));
    let sum = format!("SELECT coalesce(sum(tenant), 0)::int8 FROM {}", tenants.table);
    db.transaction(async |tx| {
        tenants.insert(tx, 1).await?;
        let savepoint = tx.begin().await?;
        tenants.insert(&savepoint, 2).await?;
        savepoint.rollback().await?;
        tenants.insert(tx, 3).await?;
        assert_eq!(one::<i64>(tx, &sum).await, 14);
        Ok(())
    })
    .await
    .unwrap();
    let tx = db.begin_with(TransactionOptions::default()).await.unwrap();
    assert_eq!(tenants.ids(&tx).await, [1, 3]);
    drop(tx);
    let mut rows = First::<i64>::default();
    let mut source = db.open(sql(format!("SELECT id FROM {}", tenants.table))).await.unwrap();
    while source.next(&mut rows).await.unwrap() {}
    drop(source);
    assert_eq!(rows.rows, [1, 3]);
    // A stream of what a write returns is saved at once.
    let text = format!("INSERT INTO {} (id) VALUES (4) RETURNING id", tenants.table);
    let mut source = db.open(sql(text)).await.unwrap();
    while source.next(&mut rows).await.unwrap() {}
    drop(source);
    db.batch(&format!("INSERT INTO {} (id) VALUES (5); SELECT 1", tenants.table))
        .await
        .unwrap();
    let connection = db.one_connection().await.unwrap().unwrap();
    assert_eq!(tenants.ids(&connection).await, [1, 3, 4, 5]);
    drop(connection);
    // COPY FROM is refused under row-level security, so as somebody else.
    let owner = tenants.watched.db.scoped(tenant(9));
    let copy = format!("COPY {} (id) FROM STDIN (FORMAT binary)", tenants.table);
    let mut chunks = Chunks(crate::copying::chunks_of_int8(10..12));
    assert_eq!(owner.copy_in(&copy, &mut chunks).await.unwrap(), 2);
    let nine = tenants.watched.db.scoped(tenants.scope(9));
    assert_eq!(tenants.ids(&nine).await, [10, 11]);
    let retried = tenants.watched.db.transaction_with().scope(tenants.scope(9)).retry(3);
    let count = retried.run(|tx| async move { Ok(tx.begin().await.is_ok()) }).await;
    assert!(count.unwrap());
    let modes = nine.transaction_with().read_only().run(|tx| async move {
        let setting = "SELECT current_setting('transaction_read_only') || current_setting('app.tenant')";
        Ok(one::<String>(&tx, setting).await)
    });
    assert_eq!(modes.await.unwrap(), "on9");
    tenants.watched.is_at_rest().await;
    tenants.end().await;
}

struct Chunks(Vec<Bytes>);

impl CopySource for Chunks {
    fn next_chunk(&mut self) -> Result<Option<Bytes>, Error> {
        Ok((!self.0.is_empty()).then(|| self.0.remove(0)))
    }
}

#[tokio::test]
async fn scopes_nest_and_what_is_set_inside_ends_with_the_transaction() {
    let watched = Watched::new(1).await;
    let read = "SELECT current_setting('app.a', true) || current_setting('app.b', true) || current_user";
    let me: String = one(&watched.db, "SELECT current_user::text").await;
    let outer = watched.db.scoped(Scope::new().set("app.a", "1").role("pg_monitor"));
    let inner = outer.scoped(Scope::new().set("app.b", true).set("APP.A", 2_i64));
    assert_eq!(one::<String>(&inner, read).await, "2truepg_monitor");
    let both = Scope::new().set("app.b", "x").role("pg_read_all_data");
    assert_eq!(one::<String>(&inner.scoped(both), read).await, "2xpg_read_all_data");
    let tx = outer.begin().await.unwrap();
    execute(&tx, "SET LOCAL app.b = 'inside'").await.unwrap();
    assert_eq!(one::<String>(&tx, read).await, "1insidepg_monitor");
    tx.commit().await.unwrap();
    let nothing = "SELECT coalesce(current_setting('app.a', true), '') || coalesce(current_setting('app.b', true), '')";
    assert_eq!(one::<String>(&watched.db, nothing).await, "");
    assert_eq!(one::<String>(&watched.db, "SELECT current_user::text").await, me);
    // A held connection has them for the statement only.
    let connection = watched.db.connection().await.unwrap();
    let scoped = connection.scoped(Scope::new().set("app.a", "1").set("app.b", "2"));
    let (first, plain, second) = tokio::join!(
        one::<String>(&scoped, read),
        one::<String>(&connection, nothing),
        one::<String>(&scoped, read)
    );
    assert_eq!(
        (first, plain, second),
        (format!("12{me}"), String::new(), format!("12{me}"))
    );
}

#[tokio::test]
async fn what_cannot_be_set_is_an_error_that_says_why() {
    let watched = Watched::new(1).await;
    let refused = async |scope: Scope| {
        let error = execute(&watched.db.scoped(scope), "SELECT 1").await.unwrap_err();
        assert_eq!(one::<i32>(&watched.db, "SELECT 1").await, 1);
        error
    };
    let error = refused(Scope::new().set("app.tenant = 1; DROP", 1_i32)).await;
    assert_eq!(error.kind(), ErrorKind::InvalidQuery);
    assert!(error.to_string().contains("no name of a setting"), "{error}");
    assert_eq!(refused(Scope::new().role("none")).await.kind(), ErrorKind::InvalidQuery);
    assert_eq!(
        refused(Scope::new().set("app.x", "\0")).await.kind(),
        ErrorKind::InvalidQuery
    );
    let error = refused(Scope::new().role("nobody_of_this_name")).await;
    assert!(error.to_string().contains("does not exist"), "{error}");
    let error = refused(Scope::new().set("work_mem", "much")).await;
    assert_eq!(error.kind(), ErrorKind::InvalidValue);
    // A role that the present one is no member of.
    let (poor, rich) = (unique("poor"), unique("rich"));
    let roles = format!("CREATE ROLE {poor}; CREATE ROLE {rich}");
    watched.admin.batch(&roles).await.unwrap();
    let connection = watched.db.connection().await.unwrap();
    connection
        .batch(&format!("SET SESSION AUTHORIZATION {poor}"))
        .await
        .unwrap();
    let error = execute(&connection.scoped(Scope::new().role(&rich)), "SELECT 1")
        .await
        .unwrap_err();
    assert_eq!(error.kind(), ErrorKind::PermissionDenied);
    drop(connection);
    let error = refused(Scope::new().set("app.x", "canary").role("nobody_of_this_name")).await;
    assert!(!format!("{error:?}{error}").contains("canary"));
    // On a transaction that has begun they would hold until its end.
    let tx = watched.db.begin().await.unwrap();
    let scoped = tx.scoped(tenant(1));
    let open = scoped.open(sql("SELECT 1")).await.map(drop);
    for refused in [
        execute(&scoped, "SELECT 1").await.map(drop),
        open,
        scoped.begin().await.map(drop),
    ] {
        let error = refused.unwrap_err();
        assert_eq!(error.kind(), ErrorKind::InvalidQuery);
        assert!(error.to_string().contains("begin of a transaction"), "{error}");
    }
    assert_eq!(one::<i32>(&tx, "SELECT 1").await, 1);
    drop(scoped);
    drop(tx);
    watched
        .admin
        .batch(&format!("DROP ROLE {poor}; DROP ROLE {rich}"))
        .await
        .unwrap();
}

#[tokio::test]
async fn a_schema_for_each_tenant_has_its_own_tables_and_types() {
    let watched = Watched::new(1).await;
    let schemas = [unique("One \"quoted"), unique("two")];
    let quoted = schemas.clone().map(|name| format!("\"{}\"", name.replace('"', "\"\"")));
    // Equal names, and different enums: in the second one the labels stand in another order, and there is one more.
    for (schema, labels) in quoted.iter().zip(["'low', 'high'", "'top', 'high', 'low'"]) {
        let ddl = format!(
            "CREATE SCHEMA {schema}; CREATE TYPE {schema}.level AS ENUM ({labels});
             CREATE TABLE {schema}.things (id int8, level {schema}.level, levels {schema}.level[])"
        );
        watched.admin.batch(&ddl).await.unwrap();
    }
    let insert = |id: i64, level: &str| {
        let statement = sql("INSERT INTO things VALUES ($1, $2::text::level, ARRAY[$2::text::level])");
        with(with(statement, id), level.to_owned())
    };
    let read = sql("SELECT level::text || id FROM things ORDER BY level, id");
    let raw = sql("SELECT things.level FROM things");
    let typed = |level: &'static str| {
        let mut statement = sql("INSERT INTO things (id, level) VALUES (-1, $1)");
        statement.params.push(Param::encode(&LEVEL, |out| {
            out.put(level.as_bytes());
            Ok(IsNull::No)
        }));
        statement
    };
    for round in 0..4 {
        for (n, schema) in schemas.iter().enumerate() {
            let db = watched.db.scoped(Scope::new().schema(schema));
            for level in ["low", "high"] {
                db.run(&insert(round, level), &mut Ignore).await.unwrap();
            }
            // In a transaction, where a statement that is out of date cannot be prepared anew.
            let tx = db.begin().await.unwrap();
            tx.run(&typed("high"), &mut Ignore).await.unwrap();
            tx.rollback().await.unwrap();
            let found: Vec<String> = all(&db, &read).await.unwrap();
            assert_eq!(found.len() as i64, 2 * (round + 1), "{schema}");
            let first = if n == 0 { "low0" } else { "high0" };
            assert_eq!(found[0], first, "in the order of the schema's own labels");
            let mut columns = First::<String>::default();
            let _ = db.run(&raw, &mut columns).await;
            assert_eq!(*columns.columns[0].ty.schema, **schema, "the enum is the schema's own");
        }
    }
    let path = one::<String>(&watched.db, "SELECT current_setting('search_path')").await;
    assert!(path.contains("public"), "{path}");
    assert!(execute(&watched.db, "SELECT 1 FROM things").await.is_err());
    for schema in quoted {
        watched
            .admin
            .batch(&format!("DROP SCHEMA {schema} CASCADE"))
            .await
            .unwrap();
    }
}

#[tokio::test]
async fn a_table_altered_under_a_scoped_statement_is_no_error() {
    let watched = Watched::new(1).await;
    let table = unique("altered");
    watched
        .admin
        .batch(&format!("CREATE TABLE {table} (a int8)"))
        .await
        .unwrap();
    let db = watched.db.scoped(tenant(1));
    let text = format!("SELECT * FROM {table}");
    for n in 0..4 {
        assert_eq!(execute(&db, &text).await.unwrap(), 0);
        let ddl = format!("ALTER TABLE {table} ADD b{n} int8");
        watched.admin.batch(&ddl).await.unwrap();
    }
    watched.admin.batch(&format!("DROP TABLE {table}")).await.unwrap();
}

#[tokio::test]
async fn a_scoped_statement_dropped_at_any_point_saves_all_or_nothing_and_leaves_nothing() {
    let tenants = Tenants::new(1).await;
    let db = tenants.watched.db.scoped(tenants.scope(3));
    let mut done = 0;
    for polls in 0.. {
        let before = tenants.ids(&tenants.watched.admin).await.len();
        // A write, and a transaction that ends with its last statement.
        let statement = sql(format!("INSERT INTO {} (id) VALUES (1), (2)", tenants.table));
        let single = dropped_after(polls, db.run(&statement, &mut Ignore)).await;
        let whole = dropped_after(polls, async {
            let tx = db.begin().await?;
            tenants.insert(&tx, 1).await?;
            tenants.insert(&tx.and_commit(), 2).await
        })
        .await;
        tenants.watched.is_at_rest().await;
        tenants.watched.is_whole().await;
        let user = "SELECT current_user = session_user AND coalesce(current_setting('app.tenant', true), '') = ''";
        assert!(one::<bool>(&tenants.watched.db, user).await);
        let now = tenants.ids(&tenants.watched.admin).await.len() - before;
        assert!(now % 2 == 0, "{now} rows after {polls} polls");
        for result in [single, whole].into_iter().flatten() {
            result.unwrap();
            done += 1;
        }
        if done >= 2 && now == 4 {
            break;
        }
        assert!(polls < 10_000);
    }
    tenants.end().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn nothing_of_a_thousand_borrowers_scopes_is_left() {
    let tenants = std::sync::Arc::new(Tenants::new(3).await);
    let tasks: Vec<_> = (0..8_u64)
        .map(|task| {
            let tenants = std::sync::Arc::clone(&tenants);
            tokio::spawn(async move {
                for round in 0..125_u64 {
                    borrow(&tenants, task * 7919 + round * 104_729).await;
                }
            })
        })
        .collect();
    for task in tasks {
        task.await.unwrap();
    }
    let db = &tenants.watched.db;
    tenants.watched.is_at_rest().await;
    let mut held = Vec::new();
    for _ in 0..3 {
        let connection = db.connection().await.unwrap();
        assert!(one::<bool>(&connection, "SELECT current_user = session_user").await);
        for (name, value) in [("app.tenant", ""), ("app.other", ""), ("work_mem", "4MB")] {
            let text = format!("SELECT coalesce(current_setting('{name}', true), '')");
            assert_eq!(one::<String>(&connection, &text).await, value, "{name}");
        }
        let path = one::<String>(&connection, "SELECT current_setting('search_path')").await;
        assert!(path.contains("public"), "{path}");
        held.push(connection);
    }
    drop(held);
    tenants.end().await;
}

/// One borrower, which does something that `seed` chooses.
async fn borrow(tenants: &Tenants, seed: u64) {
    let db: &Database = &tenants.watched.db;
    let id = (seed % 5) as i64;
    let mut scope = tenants.scope(id);
    if seed.is_multiple_of(3) {
        scope = scope.set("work_mem", "1MB").search_path(["public", "pg_catalog"]);
    }
    let scoped = db.scoped(scope);
    let right = with(sql("SELECT current_setting('app.tenant')::int8 = $1"), id);
    match seed % 7 {
        0 => assert!(all::<bool>(&scoped, &right).await.unwrap()[0]),
        1 => drop(tenants.insert(&scoped, 1).await.unwrap()),
        2 => {
            let tx = scoped.begin().await.unwrap();
            execute(&tx, "SET LOCAL app.other = 'x'").await.unwrap();
            assert!(all::<bool>(&tx, &right).await.unwrap()[0]);
            tx.rollback().await.unwrap();
        }
        3 => {
            let tx = scoped.begin().await.unwrap();
            tenants.insert(&tx, 2).await.unwrap();
            drop(tx);
        }
        4 => assert!(execute(&scoped, "SELECT 1 / 0").await.is_err()),
        5 => drop(dropped_after((seed % 4) as usize, tenants.insert(&scoped, 3)).await),
        _ => {
            // Without a scope it sees nobody's.
            let text = "SELECT coalesce(current_setting('app.tenant', true), '')";
            assert_eq!(one::<String>(db, text).await, "");
        }
    }
}

#[tokio::test]
async fn a_value_that_no_parameter_can_hold_sends_nothing() {
    let watched = Watched::new(1).await;
    let mut statement = sql("SELECT $1::int4");
    statement.params.push(Param::new(&"text".to_owned()));
    let db = watched.db.scoped(tenant(1));
    assert!(db.run(&statement, &mut Ignore).await.is_err());
    watched.is_at_rest().await;
    watched.is_whole().await;
}

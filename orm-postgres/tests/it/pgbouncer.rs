//! Behind a real PgBouncer (Debian's package) in transaction mode.

use std::os::unix::fs::{PermissionsExt, chown};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use bytes::Bytes;
use orm_core::{
    CopySource, DbType, Error, ErrorKind, Executor, IsNull, Param, PgKind, PgType, ResultColumn, Row, RowSink,
    Statement, Tune,
};
use orm_postgres::{Database, DatabaseBuilder};
use tokio_postgres::config::Host;

use crate::support::*;

/// A PgBouncer of the test's own, with this many server connections.
struct PgBouncer {
    process: Child,
    directory: PathBuf,
    user: String,
    dbname: String,
}

impl PgBouncer {
    /// `None`, loudly, where there is none; a failure where `ORM_TEST_PGBOUNCER` says that there is one.
    async fn start(pool_size: usize) -> Option<Self> {
        let Some(binary) = find_binary() else {
            assert!(
                std::env::var_os("ORM_TEST_PGBOUNCER").is_none(),
                "pgbouncer is not installed: apt-get install pgbouncer"
            );
            eprintln!("\n*** NOT TESTED: pgbouncer is not installed (apt-get install pgbouncer) ***\n");
            return None;
        };
        let config: tokio_postgres::Config = url().parse().unwrap();
        let directory = std::env::temp_dir().join(unique("pgbouncer"));
        std::fs::create_dir(&directory).unwrap();
        std::fs::set_permissions(&directory, std::fs::Permissions::from_mode(0o755)).unwrap();
        let settings = directory.join("pgbouncer.ini");
        std::fs::write(&settings, settings_for(&config, &directory, pool_size)).unwrap();
        let mut command = Command::new(binary);
        let _ = command
            .arg("-q")
            .arg(&settings)
            .stdout(Stdio::null())
            .stderr(Stdio::null());
        // As the test server it refuses to run as root, and must reach that one's socket.
        if let Some((name, uid, gid)) = server_user() {
            chown(&directory, Some(uid), Some(gid)).unwrap();
            let _ = command.args(["-u", &name]);
        }
        let this = Self {
            process: command.spawn().unwrap(),
            directory,
            user: config.get_user().unwrap_or("postgres").to_owned(),
            dbname: config.get_dbname().unwrap().to_owned(),
        };
        let begun = Instant::now();
        while let Err(error) = this.builder().connect().await {
            assert!(
                begun.elapsed() < Duration::from_secs(30),
                "pgbouncer does not answer: {error}"
            );
            tokio::time::sleep(Duration::from_millis(20)).await;
        }
        Some(this)
    }

    fn builder(&self) -> DatabaseBuilder {
        let directory = self.directory.to_str().unwrap().replace('/', "%2F");
        let url = format!(
            "postgres://{}@{directory}:6432/{}?pgbouncer=true",
            self.user, self.dbname
        );
        // Two hundred clients on a busy machine wait for two server connections, which is no mistake of theirs.
        let patience = Duration::from_secs(600);
        Database::builder()
            .url(&url)
            .wait_timeout(patience)
            .connect_timeout(patience)
            .statement_timeout(patience)
    }
}

impl Drop for PgBouncer {
    fn drop(&mut self) {
        let _ = self.process.kill();
        let _ = self.process.wait();
        let _ = std::fs::remove_dir_all(&self.directory);
    }
}

fn find_binary() -> Option<PathBuf> {
    let path = std::env::var_os("PATH").unwrap_or_default();
    let known = [PathBuf::from("/usr/sbin"), PathBuf::from("/usr/local/sbin")];
    let mut candidates = std::env::split_paths(&path)
        .chain(known)
        .map(|directory| directory.join("pgbouncer"));
    candidates.find(|candidate| candidate.is_file())
}

fn settings_for(config: &tokio_postgres::Config, directory: &Path, pool_size: usize) -> String {
    let host = match &config.get_hosts()[0] {
        Host::Tcp(host) => host.clone(),
        Host::Unix(directory) => directory.to_str().unwrap().to_owned(),
    };
    let password = config
        .get_password()
        .map(|password| format!(" password={}", std::str::from_utf8(password).unwrap()));
    format!(
        "[databases]\n{dbname} = host={host} port={port} dbname={dbname} user={user}{password}\n\
         [pgbouncer]\nlisten_addr =\nlisten_port = 6432\nunix_socket_dir = {directory}\nunix_socket_mode = 0777\n\
         auth_type = any\npool_mode = transaction\ndefault_pool_size = {pool_size}\nmax_client_conn = 400\nquery_wait_timeout = 0\n",
        dbname = config.get_dbname().unwrap(),
        port = config.get_ports().first().copied().unwrap_or(5432),
        user = config.get_user().unwrap_or("postgres"),
        password = password.unwrap_or_default(),
        directory = directory.display(),
    )
}

/// Whom the test server runs as, where this process is root.
fn server_user() -> Option<(String, u32, u32)> {
    use std::os::unix::fs::MetadataExt;
    if std::fs::metadata("/proc/self").map(|me| me.uid()).unwrap_or(0) != 0 {
        return None;
    }
    let users = std::fs::read_to_string("/etc/passwd").unwrap();
    ["postgres", "_postgres", "nobody"].into_iter().find_map(|name| {
        let fields: Vec<&str> = users
            .lines()
            .map(|line| line.split(':').collect())
            .find(|user: &Vec<&str>| user[0] == name)?;
        Some((name.to_owned(), fields[2].parse().ok()?, fields[3].parse().ok()?))
    })
}

static MOOD: PgType = PgType::named(None, "bounced_mood", PgKind::Enum(&["sad", "ok"]));
static MOODS: PgType = PgType::array(&MOOD);

/// A label of the enum.
#[derive(Debug, PartialEq, Clone)]
struct Mood(String);

impl DbType for Mood {
    type Null = orm_core::NotNull;
    type Base = Self;
    const TYPE: &'static PgType = &MOOD;

    fn encode(&self, out: &mut orm_core::Buffer) -> Result<IsNull, orm_core::ValueError> {
        out.put(self.0.as_bytes());
        Ok(IsNull::No)
    }

    fn decode(cell: Option<&[u8]>) -> Result<Self, orm_core::ValueError> {
        Ok(Self(String::from_utf8(cell.unwrap_or_default().to_vec()).unwrap()))
    }
}

fn mood(label: &'static str) -> Param {
    Param::encode(&MOOD, move |out| {
        out.put(label.as_bytes());
        Ok(IsNull::No)
    })
}

/// An array of one label, as `orm_core` encodes one: the element's OID is 0.
fn moods(label: &'static str) -> Param {
    Param::encode(&MOODS, move |out| {
        for word in [1i32, 0, 0, 1, 1] {
            out.put(&word.to_be_bytes());
        }
        out.put_sized(|out| {
            out.put(label.as_bytes());
            Ok(IsNull::No)
        })?;
        Ok(IsNull::No)
    })
}

fn with_params(text: impl Into<String>, params: Vec<Param>) -> Statement {
    Statement { params, ..sql(text) }
}

fn reads(statement: Statement) -> Statement {
    Statement {
        only_reads: true,
        ..statement
    }
}

/// Enum, array of it, and a table of both.
async fn table(admin: &dyn Executor) -> String {
    let table = unique("bounced");
    let ddl = format!(
        "DO $$ BEGIN
           PERFORM pg_advisory_xact_lock(445566);
           IF to_regtype('bounced_mood') IS NULL THEN CREATE TYPE bounced_mood AS ENUM ('sad', 'ok'); END IF;
         END $$;
         CREATE TABLE {table} (id int8, mood bounced_mood, moods bounced_mood[])"
    );
    admin.batch(&ddl).await.unwrap();
    table
}

/// What a client does: all that the driver promises to work behind PgBouncer.
async fn one_round(on: &dyn Executor, table: &str, id: i64) -> Result<(), Error> {
    let insert = with_params(
        format!("INSERT INTO {table} VALUES ($1, $2::bounced_mood, $3::bounced_mood[]) RETURNING mood"),
        vec![Param::new(&id), mood("ok"), moods("sad")],
    );
    assert_eq!(all::<Mood>(on, &insert).await?, [Mood("ok".into())]);
    let write = with_params(
        format!("UPDATE {table} SET mood = $1::bounced_mood WHERE id = $2"),
        vec![mood("sad"), Param::new(&id)],
    );
    assert_eq!(on.run(&write, &mut Ignore).await?, 1);
    let read = with_params(
        format!("SELECT mood FROM {table} WHERE id = $1 AND mood = ANY($2::bounced_mood[])"),
        vec![Param::new(&id), moods("sad")],
    );
    assert_eq!(all::<Mood>(on, &reads(read.clone())).await?, [Mood("sad".into())]);
    assert_eq!(all::<Mood>(on, &read).await?, [Mood("sad".into())]);
    let count = with_params(
        format!("SELECT count(*) FROM {table} WHERE id = $1 AND moods = $2::bounced_mood[]"),
        vec![Param::new(&id), moods("sad")],
    );
    assert_eq!(all::<i64>(on, &reads(count)).await?, [1]);
    Ok(())
}

async fn one_transaction(on: &dyn Executor, table: &str, id: i64) -> Result<(), Error> {
    let tx = on.begin().await?;
    one_round(&tx, table, id).await?;
    let savepoint = tx.begin().await?;
    let delete = with(sql(format!("DELETE FROM {table} WHERE id = $1")), id);
    savepoint.run(&delete, &mut Ignore).await?;
    savepoint.rollback().await?;
    let mut labels = First::<Mood>::default();
    let read = with_params(
        format!("SELECT mood FROM {table}, generate_series(1, 300) WHERE id = $1 AND moods = $2::bounced_mood[]"),
        vec![Param::new(&id), moods("sad")],
    );
    let mut stream = tx.open(read).await?;
    while stream.next(&mut labels).await? {}
    drop(stream);
    assert_eq!(labels.rows.len(), 300);
    tx.commit().await
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn two_hundred_clients_on_two_server_connections_meet_no_error() {
    let Some(pgbouncer) = PgBouncer::start(2).await else {
        return;
    };
    let admin = database().await;
    let table = table(&admin).await;
    let mut databases = Vec::new();
    for _ in 0..20 {
        databases.push(pgbouncer.builder().max_size(10).connect().await.unwrap());
    }
    let clients = (0..200).map(|client| {
        let (db, table) = (databases[client / 10].clone(), table.clone());
        tokio::spawn(async move {
            let connection = db.connection().await?;
            for round in 0..2 {
                let id = (client * 100 + round * 10) as i64;
                one_round(&connection, &table, id).await?;
                one_transaction(&connection, &table, id + 1).await?;
            }
            Ok::<_, Error>(())
        })
    });
    for client in clients.collect::<Vec<_>>() {
        client.await.unwrap().unwrap();
    }
    // On the databases themselves, too, which share connections.
    let reading = (0..200).map(|client| {
        let (db, table) = (databases[client % 20].clone(), table.clone());
        tokio::spawn(async move { one_round(&db, &table, 1_000_000 + client as i64).await })
    });
    for client in reading.collect::<Vec<_>>() {
        client.await.unwrap().unwrap();
    }
    let stored = one::<i64>(&admin, &format!("SELECT count(*) FROM {table}")).await;
    assert_eq!(stored, 200 * 2 * 2 + 200);
    let mut rows = First::<Mood>::default();
    let text = format!("SELECT mood FROM {table} ORDER BY id");
    let mut stream = databases[0].open(sql(text)).await.unwrap();
    while stream.next(&mut rows).await.unwrap() {}
    assert_eq!(rows.rows.len(), 200 * 2 * 2 + 200);
    drop(stream);
    leaves_nothing(&pgbouncer).await;
    admin.batch(&format!("DROP TABLE {table}")).await.unwrap();
}

/// No prepared statement and no transaction is left on any server connection.
async fn leaves_nothing(pgbouncer: &PgBouncer) {
    let db = pgbouncer.builder().max_size(2).connect().await.unwrap();
    let left = "SELECT count(*) FROM pg_prepared_statements";
    let (a, b) = (db.begin().await.unwrap(), db.begin().await.unwrap());
    assert_eq!((one::<i64>(&a, left).await, one::<i64>(&b, left).await), (0, 0));
    a.rollback().await.unwrap();
    b.rollback().await.unwrap();
}

#[tokio::test]
async fn a_type_made_anew_and_one_that_nobody_expected_are_learnt_again() {
    let Some(pgbouncer) = PgBouncer::start(2).await else {
        return;
    };
    let admin = database().await;
    let db = pgbouncer.builder().max_size(1).connect().await.unwrap();
    let (name, table) = (unique("bounced_type"), unique("bounced_table"));
    let ty: &'static PgType = Box::leak(Box::new(PgType::named(
        None,
        name.clone().leak(),
        PgKind::Enum(&["ok"]),
    )));
    let label = || {
        Param::encode(ty, |out| {
            out.put(b"ok");
            Ok(IsNull::No)
        })
    };
    let create = format!("CREATE TYPE {name} AS ENUM ('ok'); CREATE TABLE {table} (id int8, label {name})");
    let drop = format!("DROP TABLE {table}; DROP TYPE {name}");
    admin.batch(&create).await.unwrap();
    let insert = || {
        with_params(
            format!("INSERT INTO {table} VALUES (1, $1::{name}) RETURNING id"),
            vec![label()],
        )
    };
    let select = || {
        with_params(
            format!("SELECT id FROM {table} WHERE label = $1::{name}"),
            vec![label()],
        )
    };
    for round in 0..4 {
        assert_eq!(all::<i64>(&db, &insert()).await.unwrap(), [1], "{round}");
        assert_eq!(all::<i64>(&db, &reads(select())).await.unwrap(), [1], "{round}");
        assert_eq!(all::<i64>(&db, &select()).await.unwrap(), [1], "{round}");
        admin.batch(&format!("{drop}; {create}")).await.unwrap();
    }
    // A large result of a type that is read as another one.
    let text = format!("SELECT 'ok'::{name} FROM generate_series(1, 100000)");
    let error = all::<String>(&db, &reads(sql(&text))).await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::ColumnType, "{error}");
    assert_eq!(all::<i64>(&db, &insert()).await.unwrap(), [1]);
    let tx = db.begin().await.unwrap();
    let text = format!("SELECT 'ok'::{name} FROM generate_series(1, 100001)");
    assert_eq!(
        all::<String>(&tx, &reads(sql(&text))).await.unwrap_err().kind(),
        ErrorKind::ColumnType
    );
    tx.commit().await.unwrap();
    // A result that does not fit writes nothing.
    let wrong = with_params(
        format!("INSERT INTO {table} VALUES (2, $1::{name}) RETURNING id::text"),
        vec![label()],
    );
    assert_eq!(all::<i64>(&db, &wrong).await.unwrap_err().kind(), ErrorKind::ColumnType);
    assert_eq!(
        one::<i64>(&admin, &format!("SELECT count(*) FROM {table} WHERE id = 2")).await,
        0
    );
    leaves_nothing(&pgbouncer).await;
    admin.batch(&drop).await.unwrap();
}

struct Copied(Vec<Bytes>);

impl CopySource for Copied {
    fn next_chunk(&mut self) -> Result<Option<Bytes>, Error> {
        Ok(self.0.pop())
    }
}

/// A row of one `int8`, with header and trailer.
fn copied() -> Copied {
    let mut bytes = b"PGCOPY\n\xff\r\n\0\0\0\0\0\0\0\0\0".to_vec();
    bytes.extend_from_slice(&1i16.to_be_bytes());
    bytes.extend_from_slice(&8i32.to_be_bytes());
    bytes.extend_from_slice(&7i64.to_be_bytes());
    bytes.extend_from_slice(&(-1i16).to_be_bytes());
    Copied(vec![bytes.into()])
}

#[tokio::test]
async fn copy_works_and_what_belongs_to_a_session_is_refused_with_the_reason() {
    let Some(pgbouncer) = PgBouncer::start(2).await else {
        return;
    };
    let db = pgbouncer.builder().max_size(2).connect().await.unwrap();
    let table = unique("bounced_copy");
    db.batch(&format!("CREATE TABLE {table} (id int8)")).await.unwrap();
    let copy = format!("COPY {table} FROM STDIN (FORMAT binary)");
    assert_eq!(db.copy_in(&copy, &mut copied()).await.unwrap(), 1);
    let connection = db.connection().await.unwrap();
    assert_eq!(connection.copy_in(&copy, &mut copied()).await.unwrap(), 1);
    let tx = connection.begin().await.unwrap();
    assert_eq!(tx.copy_in(&copy, &mut copied()).await.unwrap(), 1);
    execute(&tx, "SET LOCAL statement_timeout = '1min'").await.unwrap();
    tx.commit().await.unwrap();
    assert_eq!(one::<i64>(&db, &format!("SELECT count(*) FROM {table}")).await, 3);
    for text in ["SET search_path = x", "LISTEN jobs", "CREATE TEMP TABLE t (id int)"] {
        let error = db.batch(text).await.unwrap_err();
        assert_eq!(error.kind(), ErrorKind::InvalidQuery);
        assert!(error.to_string().contains("PgBouncer"), "{error}");
    }
    let error = execute(&db, "SELECT pg_advisory_lock(1)").await.unwrap_err();
    assert!(error.to_string().contains("pg_advisory_xact_lock"), "{error}");
    let error = connection.open(sql("SELECT 1")).await.err().unwrap();
    assert!(error.to_string().contains("inside of a transaction"), "{error}");
    leaves_nothing(&pgbouncer).await;
    db.batch(&format!("DROP TABLE {table}")).await.unwrap();
}

#[tokio::test]
async fn the_programs_clock_keeps_the_statement_timeout() {
    let Some(pgbouncer) = PgBouncer::start(2).await else {
        return;
    };
    let limit = Duration::from_millis(300);
    let db = pgbouncer
        .builder()
        .max_size(1)
        .statement_timeout(limit)
        .connect()
        .await
        .unwrap();
    let admin = database().await;
    let marker = unique("bounced_sleep");
    let error = execute(&db, &format!("SELECT pg_sleep(50) /* {marker} */"))
        .await
        .unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Timeout);
    assert!(error.to_string().contains("statement_timeout"), "{error}");
    let running = format!(
        "SELECT count(*) FROM pg_stat_activity WHERE state = 'active' AND pid <> pg_backend_pid() AND query LIKE '%{marker}%'"
    );
    becomes_zero(&admin, &running).await;
    let statement = sql("SELECT 1::int8").timeout(Duration::from_secs(15));
    assert_eq!(all::<i64>(&db, &statement).await.unwrap(), [1]);
}

/// As `check_sql` asks the server about a text: nothing is to be run.
#[tokio::test]
async fn a_write_whose_columns_are_refused_is_never_run() {
    struct Refuses;
    impl RowSink for Refuses {
        fn columns(&mut self, _: &[ResultColumn]) -> Result<(), Error> {
            Err(Error::new(ErrorKind::InvalidQuery, "refused"))
        }
        fn row(&mut self, _: &Row<'_>) -> Result<(), Error> {
            Ok(())
        }
    }
    let Some(bouncer) = PgBouncer::start(1).await else {
        return;
    };
    let db = bouncer.builder().max_size(1).connect().await.unwrap();
    let table = unique("refused");
    db.batch(&format!("CREATE TABLE {table} (id int8)")).await.unwrap();
    for returning in ["", " RETURNING id"] {
        let insert = sql(format!("INSERT INTO {table} VALUES (1){returning}"));
        assert!(db.run(&insert, &mut Refuses).await.is_err());
        // Nor when its types have been learnt from somebody else.
        db.run(&insert, &mut First::<i64>::default()).await.ok();
        for _ in 0..3 {
            assert!(db.run(&insert, &mut Refuses).await.is_err());
        }
    }
    assert_eq!(one::<i64>(&db, &format!("SELECT count(*) FROM {table}")).await, 1);
    db.batch(&format!("DROP TABLE {table}")).await.unwrap();
}

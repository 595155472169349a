//! Reads on a standby, and what becomes of them when it lags, dies or becomes the primary. The servers are the test's own.

use std::os::unix::fs::MetadataExt;
use std::os::unix::process::CommandExt;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, Instant};

use orm::prelude::*;
use orm_embedded::{Server, Settings};

use crate::support::PATIENCE;

#[derive(Model, Debug, Clone, PartialEq)]
#[orm(table = "notes", has_many(lines: Line))]
struct Note {
    #[orm(primary_key)]
    id: i64,
    text: String,
}

#[derive(Model, Debug, Clone, PartialEq)]
#[orm(table = "lines")]
struct Line {
    #[orm(primary_key, generated)]
    id: i64,
    #[orm(belongs_to(note: Note))]
    note_id: i64,
}

/// A primary, and a standby that follows it.
struct Pair {
    primary: Server,
    standby: Standby,
}

/// A server on a copy of the primary's data, killed when dropped.
struct Standby {
    process: Child,
    url: String,
}

impl Drop for Standby {
    fn drop(&mut self) {
        let _ = self.process.kill();
        let _ = self.process.wait();
    }
}

impl Pair {
    async fn new() -> Self {
        let settings = Settings::new()
            .setting("wal_level", "replica")
            .setting("max_wal_senders", "4")
            // A test server does not wait for its commits otherwise.
            .setting("synchronous_commit", "on")
            .authentication("local replication all trust");
        let primary = Server::private_with(settings).await.unwrap();
        let standby = Standby::of(&primary).await;
        Self { primary, standby }
    }

    /// A database that reads from the standby as soon as that is as fresh as it is to be.
    async fn database(&self, lag: Duration) -> Database {
        let db = Database::builder()
            .url(self.primary.url())
            .replica(&self.standby.url)
            .max_replica_lag(lag)
            .max_size(4)
            .connect()
            .await
            .unwrap();
        orm::create_all(&[Note::TABLE, Line::TABLE], &db).await.unwrap();
        let standby = self.standby.alone().await;
        eventually(|| async { Line::query().count(&standby).await.is_ok() && reads_standby(&db) }).await;
        db
    }

    /// The standby shows nothing new until it may again.
    async fn pauses(&self, pauses: bool) {
        let standby = self.standby.alone().await;
        standby
            .batch(if pauses {
                "SELECT pg_wal_replay_pause()"
            } else {
                "SELECT pg_wal_replay_resume()"
            })
            .await
            .unwrap();
    }
}

impl Standby {
    /// By an exclusive copy of the data directory, so that nothing but the server itself is needed.
    async fn of(primary: &Server) -> Self {
        let db = Database::connect(primary.url()).await.unwrap();
        let setting =
            async |name: &str| -> String { orm::sql!("SELECT current_setting({name})").one(&db).await.unwrap() };
        let data = PathBuf::from(setting("data_directory").await);
        let socket = setting("unix_socket_directories").await;
        let port: u16 = setting("port").await.parse().unwrap();
        let connections = setting("max_connections").await;
        let copy = data.parent().unwrap().join("standby");
        // The backup is over when its session is.
        let backup = db.connection().await.unwrap();
        backup.batch("SELECT pg_backup_start('standby', true)").await.unwrap();
        let copied = Command::new("cp").arg("-a").arg(&data).arg(&copy).status().unwrap();
        let (label,): (String,) = orm::sql!("SELECT labelfile FROM pg_backup_stop(false)")
            .one(&backup)
            .await
            .unwrap();
        // What the running server changes or removes meanwhile is in the WAL.
        let _ = copied;
        let _ = std::fs::remove_file(copy.join("postmaster.pid"));
        let account = std::fs::metadata(&data).unwrap();
        let write = |name: &str, contents: &str| {
            let path = copy.join(name);
            std::fs::write(&path, contents).unwrap();
            std::os::unix::fs::chown(&path, Some(account.uid()), Some(account.gid())).unwrap();
        };
        write("backup_label", &label);
        write("standby.signal", "");
        let program = std::fs::read_link(format!("/proc/{}/exe", primary.process_id().unwrap())).unwrap();
        let mut command = command(&program, &copy, &socket, port);
        // Given on the primary's command line; a standby needs as many.
        command.args(["-c", &format!("max_connections={connections}")]);
        if std::fs::metadata("/proc/self").unwrap().uid() != account.uid() {
            command.uid(account.uid()).gid(account.gid());
        }
        let process = command.spawn().unwrap();
        let url = format!(
            "postgres://postgres@{}:{}/postgres",
            socket.replace('/', "%2F"),
            port + 1
        );
        let standby = Self { process, url };
        eventually(|| async { Database::connect(&standby.url).await.is_ok() }).await;
        standby
    }

    async fn alone(&self) -> Database {
        Database::builder().url(&self.url).max_size(1).connect().await.unwrap()
    }
}

fn command(program: &Path, data: &Path, socket: &str, port: u16) -> Command {
    let mut command = Command::new(program);
    command
        .arg("-D")
        .arg(data)
        .args(["-c", &format!("port={}", port + 1)])
        .args(["-c", &format!("unix_socket_directories={socket}")])
        .args(["-c", "listen_addresses=", "-c", "hot_standby=on", "-c", "fsync=off"])
        .args([
            "-c",
            &format!("primary_conninfo=host={socket} port={port} user=postgres"),
        ])
        .current_dir("/")
        .stdin(Stdio::null())
        .stdout(Stdio::null())
        .stderr(Stdio::null());
    command
}

/// Waits until something holds.
async fn eventually<F: Future<Output = bool>>(holds: impl Fn() -> F) {
    let begun = Instant::now();
    while !holds().await {
        assert!(begun.elapsed() < PATIENCE, "not within {PATIENCE:?}");
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
}

/// Whether the standby is as fresh as reads ask for.
fn reads_standby(db: &Database) -> bool {
    db.replicas()[0].lag.is_some_and(|lag| lag < Duration::from_secs(2))
}

fn note(id: i64) -> NewNote {
    NewNote {
        id,
        text: format!("note {id}"),
    }
}

async fn sees(db: &dyn Executor, id: i64) -> bool {
    Note::find(id).first(db).await.unwrap().is_some()
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn reads_go_to_a_standby_and_who_wrote_sees_it() {
    let pair = Pair::new().await;
    let db = pair.database(Duration::from_secs(3600)).await;
    Note::insert(note(1)).execute(&db).await.unwrap();
    eventually(|| sees(&db, 1)).await;
    let mine = db.read_your_writes();
    pair.pauses(true).await;

    Note::insert(note(2)).execute(&db).await.unwrap();
    Line::insert(NewLine { note_id: 2 }).execute(&db).await.unwrap();
    assert!(!sees(&db, 2).await, "the standby does not have it yet");
    assert!(sees(&db.primary(), 2).await);
    assert!(!sees(&mine, 2).await, "it was another one's write");
    // Loads and streams are reads, too.
    let loads = || Note::query().with(|n| n.lines());
    assert_eq!(loads().all(&db).await.unwrap().len(), 1);
    assert_eq!(loads().all(&db.primary()).await.unwrap().len(), 2);
    let mut stream = Note::query().stream(&db);
    assert_eq!(stream.try_next().await.unwrap().map(|note| note.id), Some(1));
    assert_eq!(stream.try_next().await.unwrap(), None);
    // What may do more than read goes to the primary.
    let found: Option<i64> = orm::sql!("SELECT id FROM notes WHERE id = 2").first(&db).await.unwrap();
    assert_eq!(found, Some(2));
    assert_eq!(
        Note::query()
            .for_update()
            .all(&db.begin().await.unwrap())
            .await
            .unwrap()
            .len(),
        2
    );

    Note::insert(note(3)).execute(&mine).await.unwrap();
    assert!(sees(&mine, 3).await && sees(&mine, 2).await);
    assert_eq!(loads().all(&mine).await.unwrap().len(), 3);
    assert!(!sees(&db, 3).await);
    let other = db.read_your_writes();
    let tx = Executor::begin(&other).await.unwrap();
    Note::insert(note(4)).execute(&tx).await.unwrap();
    assert!(!sees(&other, 4).await, "it is not committed");
    tx.commit().await.unwrap();
    assert!(sees(&other, 4).await);

    pair.pauses(false).await;
    eventually(|| sees(&db, 4)).await;
    // And then on the standby again.
    eventually(|| async {
        let before = db.replicas()[0].pool.counters.acquired;
        assert!(sees(&mine, 3).await);
        db.replicas()[0].pool.counters.acquired > before
    })
    .await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_standby_that_is_too_far_behind_or_gone_is_not_read_from() {
    let mut pair = Pair::new().await;
    let db = pair.database(Duration::from_secs(2)).await;
    pair.pauses(true).await;
    Note::insert(note(1)).execute(&db).await.unwrap();
    eventually(|| sees(&db, 1)).await;
    assert!(db.replicas()[0].lag.is_none_or(|lag| lag >= Duration::from_secs(2)));
    pair.pauses(false).await;
    eventually(|| async { reads_standby(&db) }).await;
    // Killed under reads: none of them fails.
    let over = Arc::new(AtomicBool::new(false));
    let readers: Vec<_> = (0..8)
        .map(|_| {
            let (db, over) = (db.clone(), Arc::clone(&over));
            tokio::spawn(async move {
                while !over.load(Ordering::Relaxed) {
                    assert!(sees(&db, 1).await);
                }
            })
        })
        .collect();
    tokio::time::sleep(Duration::from_millis(200)).await;
    pair.standby.process.kill().unwrap();
    eventually(|| async { db.replicas()[0].lag.is_none() }).await;
    over.store(true, Ordering::Relaxed);
    for reader in readers {
        reader.await.unwrap();
    }
    assert!(sees(&db, 1).await);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_promoted_standby_is_found_and_what_was_confirmed_is_there() {
    let pair = Pair::new().await;
    let db = pair.database(Duration::from_secs(10)).await;
    // From now on a commit is confirmed when the standby has it.
    db.batch("ALTER SYSTEM SET synchronous_standby_names = '*'")
        .await
        .unwrap();
    db.batch("SELECT pg_reload_conf()").await.unwrap();
    eventually(|| async {
        let state = orm::sql!("SELECT sync_state FROM pg_stat_replication")
            .first::<String>(&db)
            .await;
        state.unwrap().as_deref() == Some("sync")
    })
    .await;
    // What `pg_stat_replication` shows may not hold yet; the checkpointer tells it to the others, before it writes one.
    db.batch("CHECKPOINT").await.unwrap();
    let over = Arc::new(AtomicBool::new(false));
    let writers: Vec<_> = (0..4)
        .map(|writer| {
            let (db, over) = (db.clone(), Arc::clone(&over));
            tokio::spawn(async move {
                let mut confirmed = Vec::new();
                for id in (writer * 1_000_000).. {
                    if over.load(Ordering::Relaxed) {
                        break;
                    }
                    match Note::insert(note(id)).execute(&db).await {
                        Ok(_) => confirmed.push(id),
                        Err(_) => tokio::time::sleep(Duration::from_millis(10)).await,
                    }
                }
                confirmed
            })
        })
        .collect();
    tokio::time::sleep(Duration::from_millis(500)).await;
    let primary = pair.primary.process_id().unwrap();
    assert!(
        Command::new("kill")
            .args(["-9", &primary.to_string()])
            .status()
            .unwrap()
            .success()
    );
    let standby = pair.standby.alone().await;
    standby.batch("SELECT pg_promote()").await.unwrap();
    // It is found without anybody's doing.
    let mut id = 100_000_000;
    let begun = Instant::now();
    while Note::insert(note(id)).execute(&db).await.is_err() {
        id += 1;
        assert!(begun.elapsed() < PATIENCE, "the new primary is not found");
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
    over.store(true, Ordering::Relaxed);
    let mut confirmed = vec![id];
    for writer in writers {
        confirmed.extend(writer.await.unwrap());
    }
    assert!(confirmed.len() > 10, "{}", confirmed.len());
    let found = Note::query()
        .filter(|n| n.id.in_(confirmed.clone()))
        .count(&standby)
        .await
        .unwrap();
    assert_eq!(found, i64::try_from(confirmed.len()).unwrap());
    assert!(sees(&db, id).await);
    let error = db.batch("SELECT 1").await;
    assert!(error.is_ok(), "{error:?}");
}

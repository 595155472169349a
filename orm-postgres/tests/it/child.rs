//! Another process, with an environment and a stderr of its own: this test binary, started again with one task.

use std::ffi::OsStr;
use std::process::{Command, Stdio};

use orm_postgres::{Config, Database};

use crate::support::*;

const TASK: &str = "ORM_POSTGRES_TEST_TASK";
/// Marks the child's line among what the test harness prints.
const MARK: &str = "child says: ";

/// What a child wrote.
pub(crate) struct Said {
    pub(crate) line: String,
    pub(crate) stderr: String,
}

/// Runs a task to its end, with these variables as all that names a database.
pub(crate) fn run(task: &str, environment: &[(&str, impl AsRef<OsStr>)]) -> Said {
    let mut command = Command::new(std::env::current_exe().unwrap());
    command.args(["--ignored", "--exact", "child::child_process", "--nocapture"]);
    for (name, _) in std::env::vars_os() {
        if name.to_string_lossy().starts_with("PG") || name == "DATABASE_URL" {
            command.env_remove(name);
        }
    }
    let variables = environment.iter().map(|(name, value)| (name, value.as_ref()));
    command.env(TASK, task).envs(variables).stdin(Stdio::null());
    let output = command.output().unwrap();
    let (stdout, stderr) = (utf8(output.stdout), utf8(output.stderr));
    assert!(output.status.success(), "{stdout}{stderr}");
    let line = stdout.lines().find_map(|line| line.split_once(MARK));
    let line = line.expect("the child says something").1.to_owned();
    Said { line, stderr }
}

fn utf8(bytes: Vec<u8>) -> String {
    String::from_utf8(bytes).unwrap()
}

#[tokio::test]
#[ignore = "not a test: started by the others"]
async fn child_process() {
    let said = match std::env::var(TASK).as_deref() {
        Ok("connect") => connect().await,
        Ok("echo") => statements(true).await,
        Ok("silence") => statements(false).await,
        _ => return,
    };
    println!("\n{MARK}{said}");
}

/// Connects to what the environment names.
async fn connect() -> String {
    match Database::from_env().await {
        Ok(db) => {
            let text = "SELECT concat_ws(' ', current_user, current_database(), current_setting('application_name'))";
            one::<String>(&db, text).await
        }
        Err(error) => format!("{:?}: {error}", error.kind()),
    }
}

/// Runs statements of all sorts.
async fn statements(echo: bool) -> String {
    use orm_core::Executor;
    let config = orm_postgres::DatabaseBuilder::from(Config::from_env().unwrap());
    let db = config.echo(echo).warn_n_plus_one(20).connect().await.unwrap();
    let statement = with(sql("SELECT $1::text"), "canary".to_owned());
    all::<String>(&db, &statement).await.unwrap();
    let cast = with(sql("SELECT $1::text::int4"), "canary".to_owned());
    all::<i32>(&db, &cast).await.unwrap_err();
    db.transaction(async |tx| execute(tx, "SELECT 2").await).await.unwrap();
    db.batch("SELECT 3; SELECT 4").await.unwrap();
    let mut source = db.open(sql("SELECT 5")).await.unwrap();
    source.next(&mut Ignore).await.unwrap();
    let tx = db.begin().await.unwrap();
    drop(tx.begin().await.unwrap());
    drop(tx);
    for _ in all::<i32>(&db, &sql("SELECT generate_series(1, 20)")).await.unwrap() {}
    for row in 0..20 {
        let mut statement = with(sql("SELECT $1::int4"), row);
        statement.place = Some(std::panic::Location::caller());
        all::<i32>(&db, &statement).await.unwrap();
    }
    "done".to_owned()
}

//! What fifty models cost the compiler.
//!
//! Writes a crate of fifty models of twelve columns with three queries each into this workspace's target folder and
//! measures `cargo check` of that crate alone: its dependencies are checked before.

use std::fmt::Write as _;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::time::Duration;

use nix::sys::resource::UsageWho;

use crate::Result;
use crate::measure::{median, user_cpu_of};
use crate::report::Report;

const MODELS: usize = 50;
const ROUNDS: usize = 5;
const MANIFEST: &str = r#"[package]
name = "fifty-models"
version = "0.1.0"
edition = "2024"

[workspace]

[dependencies]
orm = { path = "ORM" }
chrono = { version = "0.4", default-features = false }
"#;

pub(crate) fn run(report: &mut Report) -> Result<()> {
    let name = "compile: 50 models × 12 columns, 3 queries each";
    if !report.wants(name) {
        return Ok(());
    }
    let folder = write_crate()?;
    check(&folder)?;
    let mut times = Vec::with_capacity(ROUNDS);
    for _ in 0..ROUNDS {
        // Written anew, so that its time is new: cargo then checks it again.
        std::fs::write(folder.join("src/lib.rs"), source())?;
        let before = user_cpu_of(UsageWho::RUSAGE_CHILDREN);
        check(&folder)?;
        times.push((user_cpu_of(UsageWho::RUSAGE_CHILDREN) - before).as_secs_f64());
    }
    let time = Duration::from_secs_f64(median(times.into_iter()));
    let what = "user CPU of `cargo check`, not incremental";
    report.alone(name, what, time, Some(Duration::from_secs(3)));
    Ok(())
}

fn write_crate() -> Result<PathBuf> {
    let benches = Path::new(env!("CARGO_MANIFEST_DIR"));
    let folder = benches.join("target").join("fifty-models");
    std::fs::create_dir_all(folder.join("src"))?;
    let orm = benches.join("..").canonicalize()?;
    let manifest = MANIFEST.replace("ORM", &orm.to_string_lossy());
    std::fs::write(folder.join("Cargo.toml"), manifest)?;
    // The versions that are in use here, so that nothing is fetched.
    std::fs::copy(benches.join("Cargo.lock"), folder.join("Cargo.lock"))?;
    std::fs::write(folder.join("src/lib.rs"), source())?;
    Ok(folder)
}

fn check(folder: &Path) -> Result<()> {
    let status = Command::new(env!("CARGO"))
        .args(["check", "--quiet", "--offline"])
        .current_dir(folder)
        .env("CARGO_TARGET_DIR", folder.join("target"))
        // From nothing each time: a check that reuses the last one would measure how little has changed.
        .env("CARGO_INCREMENTAL", "0")
        .stdin(Stdio::null())
        .status()?;
    if status.success() {
        return Ok(());
    }
    Err(format!("the crate in {} does not compile", folder.display()).into())
}

fn source() -> String {
    let mut source = String::from("//! Fifty models.\n\nuse chrono::{DateTime, Utc};\nuse orm::prelude::*;\n");
    for number in 0..MODELS {
        // Writing to a String cannot fail.
        let _ = write!(source, "{}", TEMPLATE.replace("NUMBER", &number.to_string()));
    }
    source
}

const TEMPLATE: &str = r#"
#[derive(Model, Debug, Clone)]
#[orm(table = "table_NUMBER", index(name, created_at desc))]
pub struct ModelNUMBER {
    #[orm(primary_key, generated)]
    pub id: i64,
    #[orm(unique)]
    pub email: String,
    pub name: String,
    pub description: Option<String>,
    pub age: i32,
    pub level: i16,
    pub score: f64,
    pub ratio: Option<f32>,
    pub active: bool,
    pub tags: Vec<String>,
    pub created_at: DateTime<Utc>,
    pub seen_at: Option<DateTime<Utc>>,
}

pub async fn list_NUMBER(db: &dyn Executor, age: i32) -> Result<Vec<ModelNUMBER>, Error> {
    ModelNUMBER::query()
        .filter(|m| m.age.ge(age) & m.active.eq(true) & m.description.is_not_null())
        .order_by(|m| (m.name.asc(), m.id.desc()))
        .limit(20)
        .all(db)
        .await
}

pub async fn rename_NUMBER(db: &dyn Executor, id: i64, name: &str) -> Result<u64, Error> {
    ModelNUMBER::query()
        .filter(|m| m.id.eq(id))
        .update(|m| (m.name.set(name), m.age.set(m.age + 1)))
        .execute(db)
        .await
}

pub async fn add_NUMBER(db: &dyn Executor, new: NewModelNUMBER) -> Result<ModelNUMBER, Error> {
    ModelNUMBER::insert(new).one(db).await
}
"#;

//! What fifty models cost the compiler, beside the same fifty in Diesel.
//!
//! Writes a crate of fifty models of twelve columns, each with a relation to one other model and from another, and three
//! queries each, for both; into this workspace's target folder. Measured is `cargo check` of that crate alone: its
//! dependencies are checked before.

use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use nix::sys::resource::UsageWho;

use crate::Result;
use crate::measure::{Cost, compare, user_cpu_of};
use crate::report::{Report, Target};

const MODELS: usize = 50;
const ROUNDS: usize = 3;

/// A crate to be checked.
struct Crate {
    folder: PathBuf,
    source: String,
}

pub(crate) async fn run(report: &mut Report) -> Result<()> {
    let name = "compile: 50 models × 12 columns, 2 relations, 3 queries each";
    if !report.wants(name) {
        return Ok(());
    }
    let ours = Crate::ours()?;
    ours.check()?;
    let alone = ours.cost().await?;
    let limit = std::time::Duration::from_secs(3);
    report.alone(
        name,
        "user CPU of `cargo check`, not incremental",
        alone.cpu,
        Some(limit),
    );
    let theirs = Crate::diesel()?;
    if let Err(error) = theirs.check() {
        eprintln!("not compared with Diesel: {error}");
        return Ok(());
    }
    let comparison = compare(ROUNDS, 1, async || ours.cost().await, async || theirs.cost().await).await?;
    let target = Target {
        wall: None,
        cpu: Some(0.1),
    };
    report.compared(name, "the same crate with Diesel 2.3", &comparison, target);
    Ok(())
}

impl Crate {
    fn ours() -> Result<Self> {
        let orm = Path::new(env!("CARGO_MANIFEST_DIR")).join("..").canonicalize()?;
        let dependencies = format!(
            "orm = {{ path = {:?} }}\nchrono = {{ version = \"0.4\", default-features = false }}\n",
            orm.to_string_lossy()
        );
        let created = Self::write("fifty-models", &dependencies, ours())?;
        // The versions that are in use here, so that nothing is fetched.
        let lock = Path::new(env!("CARGO_MANIFEST_DIR")).join("Cargo.lock");
        std::fs::copy(lock, created.folder.join("Cargo.lock"))?;
        Ok(created)
    }

    fn diesel() -> Result<Self> {
        let dependencies = "diesel = { version = \"2.3\", default-features = false, features = [\"postgres_backend\", \
                            \"chrono\", \"32-column-tables\"] }\nchrono = { version = \"0.4\", default-features = false }\n";
        Self::write("fifty-diesel-models", dependencies, diesel())
    }

    fn write(name: &str, dependencies: &str, source: String) -> Result<Self> {
        let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("target").join(name);
        std::fs::create_dir_all(folder.join("src"))?;
        let manifest = format!(
            "[package]\nname = \"{name}\"\nversion = \"0.1.0\"\nedition = \"2024\"\n\n[workspace]\n\n[dependencies]\n{dependencies}"
        );
        std::fs::write(folder.join("Cargo.toml"), manifest)?;
        let created = Self { folder, source };
        created.touch()?;
        Ok(created)
    }

    /// Written anew, so that its time is new: cargo then checks it again.
    fn touch(&self) -> Result<()> {
        Ok(std::fs::write(self.folder.join("src/lib.rs"), &self.source)?)
    }

    /// User CPU and time of one check.
    async fn cost(&self) -> Result<Cost> {
        self.touch()?;
        let (before, clock) = (user_cpu_of(UsageWho::RUSAGE_CHILDREN), std::time::Instant::now());
        self.check()?;
        Ok(Cost {
            wall: clock.elapsed(),
            cpu: user_cpu_of(UsageWho::RUSAGE_CHILDREN) - before,
        })
    }

    fn check(&self) -> Result<()> {
        let status = Command::new(env!("CARGO"))
            .args(["check", "--quiet"])
            .current_dir(&self.folder)
            .env("CARGO_TARGET_DIR", self.folder.join("target"))
            // From nothing each time: a check that reuses the last one would measure how little has changed.
            .env("CARGO_INCREMENTAL", "0")
            .stdin(Stdio::null())
            .status()?;
        if status.success() {
            return Ok(());
        }
        Err(format!("the crate in {} does not compile", self.folder.display()).into())
    }
}

/// Each model belongs to the one before it in a ring.
fn instances(template: &str) -> String {
    let instance = |number: usize| {
        let (before, after) = ((number + MODELS - 1) % MODELS, (number + 1) % MODELS);
        let numbered = template.replace("NUMBER", &number.to_string());
        let numbered = numbered.replace("BEFORE", &before.to_string());
        numbered.replace("AFTER", &after.to_string())
    };
    (0..MODELS).map(instance).collect()
}

fn ours() -> String {
    let head = "//! Fifty models.\n\nuse chrono::{DateTime, Utc};\nuse orm::prelude::*;\n";
    format!("{head}{}", instances(include_str!("ours.txt")))
}

fn diesel() -> String {
    let tables: Vec<String> = (0..MODELS).map(|number| format!("table_{number}")).collect();
    format!(
        "//! Fifty models.\n\nuse chrono::{{DateTime, Utc}};\nuse diesel::connection::LoadConnection;\nuse diesel::pg::Pg;\n\
         use diesel::prelude::*;\n\ndiesel::allow_tables_to_appear_in_same_query!({});\n{}",
        tables.join(", "),
        instances(include_str!("diesel.txt"))
    )
}

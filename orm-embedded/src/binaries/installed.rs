//! Server binaries that the system already has.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

/// What to tell somebody whose machine has no server.
pub(crate) const HOW_TO_INSTALL: &str = "Install the PostgreSQL server (Debian, Ubuntu: `apt install \
    postgresql`; Fedora, RHEL: `dnf install postgresql-server`; Alpine: `apk add postgresql`; macOS: \
    `brew install postgresql@17`), name the directory of `initdb` and `postgres` in PG_BIN_DIR, or \
    set DATABASE_URL to a running server.";

/// Folders with one directory per version, and where the binaries are within.
const VERSIONED: [(&str, &str, &str); 9] = [
    ("/usr/lib/postgresql", "", "bin"),
    ("/usr", "pgsql-", "bin"),
    ("/usr/lib", "postgresql", "bin"),
    ("/usr/libexec", "postgresql", ""),
    ("/opt/homebrew/opt", "postgresql@", "bin"),
    ("/usr/local/opt", "postgresql@", "bin"),
    ("/home/linuxbrew/.linuxbrew/opt", "postgresql@", "bin"),
    ("/Applications/Postgres.app/Contents/Versions", "", "bin"),
    ("/Library/PostgreSQL", "", "bin"),
];

const UNVERSIONED: [&str; 3] = ["/usr/local/pgsql/bin", "/opt/homebrew/bin", "/usr/local/bin"];

/// Directories worth a look, best first. They need not exist.
///
/// `PATH` comes after `pg_config`, which names the real directory where a distribution puts mere
/// wrappers into `PATH`.
pub(crate) fn candidates() -> Vec<PathBuf> {
    let mut dirs: Vec<PathBuf> = pg_config().into_iter().collect();
    if let Some(path) = std::env::var_os("PATH") {
        dirs.extend(std::env::split_paths(&path).filter(|dir| dir.is_absolute()));
    }
    for (folder, prefix, within) in VERSIONED {
        let versions = versions_in(Path::new(folder), prefix);
        dirs.extend(versions.into_iter().map(|dir| dir.join(within)));
    }
    dirs.extend(UNVERSIONED.map(PathBuf::from));
    dirs
}

fn pg_config() -> Option<PathBuf> {
    let output = Command::new("pg_config")
        .arg("--bindir")
        .stdin(Stdio::null())
        .output()
        .ok()?;
    let dir = String::from_utf8(output.stdout).ok()?;
    (!dir.trim().is_empty()).then(|| PathBuf::from(dir.trim()))
}

/// Subdirectories named `prefix` and a number, the highest number first.
fn versions_in(folder: &Path, prefix: &str) -> Vec<PathBuf> {
    let mut found: Vec<(u32, PathBuf)> = fs::read_dir(folder)
        .into_iter()
        .flatten()
        .flatten()
        .filter_map(|entry| {
            let name = entry.file_name();
            let version = name.to_str()?.strip_prefix(prefix)?.parse().ok()?;
            Some((version, entry.path()))
        })
        .collect();
    found.sort_by_key(|(version, _)| std::cmp::Reverse(*version));
    found.into_iter().map(|(_, dir)| dir).collect()
}

//! Where `initdb` and `postgres` come from: installed here, or one pinned build, downloaded once.

mod download;
mod installed;
mod pinned;

use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use crate::cluster::Account;
use crate::error::{Error, ErrorKind};

/// The oldest PostgreSQL that this crate starts.
const OLDEST: u32 = 13;

/// A directory that holds `initdb` and `postgres` of one version.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Binaries {
    pub(crate) dir: PathBuf,
    /// The major version.
    pub(crate) version: u32,
}

impl Binaries {
    /// Looks into a directory; `None` when it lacks a binary, or `postgres` does not run.
    fn in_dir(dir: &Path) -> Option<Binaries> {
        let dir = dir.canonicalize().ok()?;
        let complete = ["initdb", "postgres"].iter().all(|name| dir.join(name).is_file());
        if !complete {
            return None;
        }
        let output = Command::new(dir.join("postgres"))
            .arg("--version")
            .stdin(Stdio::null())
            .output()
            .ok()?;
        let version = parse_version(&String::from_utf8_lossy(&output.stdout))?;
        Some(Binaries { dir, version })
    }

    pub(crate) fn initdb(&self) -> PathBuf {
        self.dir.join("initdb")
    }

    pub(crate) fn postgres(&self) -> PathBuf {
        self.dir.join("postgres")
    }
}

/// Finds binaries that `account` can run: `PG_BIN_DIR`, then the installed ones, then the pinned build.
///
/// # Errors
///
/// [`ErrorKind::NotInstalled`] or [`ErrorKind::Download`], saying what to install.
pub(crate) fn find(account: &Account) -> Result<Binaries, Error> {
    if let Some(dir) = std::env::var_os("PG_BIN_DIR").filter(|dir| !dir.is_empty()) {
        return named(Path::new(&dir), account);
    }
    if !ignores_installed() {
        let usable = |binaries: &Binaries| binaries.version >= OLDEST && account.can_read(&binaries.postgres());
        let found = installed::candidates()
            .iter()
            .filter_map(|dir| Binaries::in_dir(dir))
            .find(usable);
        if let Some(binaries) = found {
            return Ok(binaries);
        }
    }
    let dir = download::pinned_build(account)?;
    Binaries::in_dir(&dir).ok_or_else(|| {
        let sentence = format!(
            "the downloaded PostgreSQL in {} does not run on this system (`postgres --version` \
             fails). {}",
            dir.display(),
            installed::HOW_TO_INSTALL
        );
        Error::new(ErrorKind::NotInstalled, sentence)
    })
}

fn named(dir: &Path, account: &Account) -> Result<Binaries, Error> {
    let refuse = |why: &str| {
        let sentence = format!("PG_BIN_DIR is {}, but {why}", dir.display());
        Err(Error::new(ErrorKind::NotInstalled, sentence))
    };
    match Binaries::in_dir(dir) {
        None => refuse("there is no `initdb` and working `postgres` in it; name the directory that holds both"),
        Some(binaries) if binaries.version < OLDEST => refuse("its PostgreSQL is older than 13; name a newer one"),
        Some(binaries) if !account.can_read(&binaries.postgres()) => refuse(
            "this process is root, and the unprivileged user that runs the server cannot enter it; \
             make it readable for everybody",
        ),
        Some(binaries) => Ok(binaries),
    }
}

fn ignores_installed() -> bool {
    std::env::var_os("ORM_EMBEDDED_IGNORE_INSTALLED").is_some_and(|value| value == "1")
}

/// Reads the major version of `postgres (PostgreSQL) 15.4 (Debian …)`, also of `17beta1`.
fn parse_version(text: &str) -> Option<u32> {
    let version = text.split_once("(PostgreSQL)")?.1.trim_start();
    let digits = version.find(|c: char| !c.is_ascii_digit()).unwrap_or(version.len());
    version[..digits].parse().ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_major_version_is_read_from_releases_packages_and_betas() {
        assert_eq!(parse_version("postgres (PostgreSQL) 15.4"), Some(15));
        assert_eq!(
            parse_version("postgres (PostgreSQL) 13.2 (Debian 13.2-1.pgdg)\n"),
            Some(13)
        );
        assert_eq!(parse_version("postgres (PostgreSQL) 17beta1"), Some(17));
        assert_eq!(parse_version("postgres: command not found"), None);
    }
}

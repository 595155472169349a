//! The directory in which all servers of one kind live, and the lock under which they come and go.
//!
//! One user, one set of server binaries and one version of this crate share one directory. Its lock
//! is `flock` on the directory itself, so there is no lock file that would have to be left behind.
//! The last supervisor removes the directory with `rmdir`, which fails while anything is in it.

use std::fs::{self, DirBuilder, File};
use std::io;
use std::os::unix::fs::{DirBuilderExt, MetadataExt};
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicU32, Ordering};

use sha2::{Digest, Sha256};

use super::account::Account;
use super::instance::Instance;
use super::place;
use crate::binaries::Binaries;
use crate::error::{Error, ErrorKind};

/// Whether an instance may be joined by other processes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Sharing {
    Shared,
    Private,
}

/// The state directory, locked: no other process starts, joins or clears servers meanwhile.
pub(crate) struct StateDir {
    path: PathBuf,
    account: Account,
    _lock: File,
}

impl StateDir {
    /// Makes the directory where it is missing, and waits for its lock.
    ///
    /// # Errors
    ///
    /// [`ErrorKind::Files`] when it cannot be made or locked, or belongs to someone else.
    pub(crate) fn lock(account: &Account, binaries: &Binaries) -> Result<StateDir, Error> {
        let path = place::state_dir(account, &name(binaries));
        loop {
            create(&path, account)?;
            let lock = match File::open(&path) {
                Ok(lock) => lock,
                Err(cause) if cause.kind() == io::ErrorKind::NotFound => continue,
                Err(cause) => return Err(Error::file("open the directory", &path, cause)),
            };
            lock.lock()
                .map_err(|cause| Error::file("lock the directory", &path, cause))?;
            // While we waited, the last supervisor may have removed the directory that we hold.
            if is_same(&lock, &path) {
                return Ok(StateDir {
                    path,
                    account: account.clone(),
                    _lock: lock,
                });
            }
        }
    }

    /// Every instance in here, shared and private, alive or not.
    pub(crate) fn instances(&self) -> Vec<Instance> {
        list_instances(&self.path)
    }

    /// Makes the directory of a new instance; `None` if a supervisor has just removed this one.
    pub(crate) fn new_instance(&self, sharing: Sharing) -> Result<Option<Instance>, Error> {
        static COUNTER: AtomicU32 = AtomicU32::new(0);
        loop {
            let letter = match sharing {
                Sharing::Shared => 's',
                Sharing::Private => 'p',
            };
            let count = COUNTER.fetch_add(1, Ordering::Relaxed);
            let path = self.path.join(format!("{letter}-{}-{count}", std::process::id()));
            match DirBuilder::new().mode(0o700).create(&path) {
                Ok(()) => {
                    self.account.own(&path)?;
                    return Ok(Some(Instance::at(path)));
                }
                // A dead process had our process id.
                Err(cause) if cause.kind() == io::ErrorKind::AlreadyExists => {}
                Err(cause) if cause.kind() == io::ErrorKind::NotFound => return Ok(None),
                Err(cause) => return Err(Error::file("create the directory", &path, cause)),
            }
        }
    }

    /// Clears what dead supervisors left, here and in the directories of other versions.
    pub(crate) fn clear_remains(&self) {
        for instance in self.instances() {
            instance.clear_if_abandoned();
        }
        let (Some(parent), Some(own_name)) = (self.path.parent(), self.path.file_name()) else {
            return;
        };
        let prefix = name_prefix();
        for entry in fs::read_dir(parent).into_iter().flatten().flatten() {
            let name = entry.file_name();
            if name != own_name && name.to_string_lossy().starts_with(&prefix) {
                clear_other(&entry.path(), &self.account);
            }
        }
    }
}

/// Clears a directory of another version, unless a process is busy in it or it is not ours.
fn clear_other(path: &Path, account: &Account) {
    if check_owner(path, account).is_err() {
        return;
    }
    let Ok(lock) = File::open(path) else { return };
    if lock.try_lock().is_err() || !is_same(&lock, path) {
        return;
    }
    for instance in list_instances(path) {
        instance.clear_if_abandoned();
    }
    // Fails, as it should, while an instance is alive in there.
    let _ = fs::remove_dir(path);
}

fn list_instances(path: &Path) -> Vec<Instance> {
    let entries = fs::read_dir(path).into_iter().flatten().flatten();
    entries.map(|entry| Instance::at(entry.path())).collect()
}

/// One name per set of binaries and version of this crate.
fn name(binaries: &Binaries) -> String {
    let mut hash = Sha256::new();
    hash.update(binaries.dir.as_os_str().as_encoded_bytes());
    hash.update(env!("CARGO_PKG_VERSION"));
    let digest: String = hash.finalize()[..4].iter().map(|byte| format!("{byte:02x}")).collect();
    format!("{}{digest}", name_prefix())
}

fn name_prefix() -> String {
    format!("orm-pg-{}-", rustix::process::geteuid().as_raw())
}

fn create(path: &Path, account: &Account) -> Result<(), Error> {
    match DirBuilder::new().mode(0o700).create(path) {
        Ok(()) => return account.own(path),
        Err(cause) if cause.kind() == io::ErrorKind::AlreadyExists => {}
        Err(cause) => return Err(Error::file("create the directory", path, cause)),
    }
    match check_owner(path, account) {
        // Removed between the two looks: the caller opens it, misses it and comes back.
        Err(_) if !path.exists() => Ok(()),
        Err(error) => Err(error),
        // Another root process made it and has not given it away yet.
        Ok(uid) if uid != account.uid => account.own(path),
        Ok(_) => Ok(()),
    }
}

/// The directory's owner, who must be this user or the server's. The temporary directory is open
/// to everybody: what someone else put in our place must not be trusted.
fn check_owner(path: &Path, account: &Account) -> Result<u32, Error> {
    let meta = fs::symlink_metadata(path).map_err(|cause| Error::file("look at", path, cause))?;
    let own = [account.uid, rustix::process::geteuid().as_raw()].contains(&meta.uid());
    if meta.is_dir() && own && meta.mode() & 0o077 == 0 {
        return Ok(meta.uid());
    }
    let sentence = format!(
        "{} is not a directory that only this user can enter, so a server's files would not be \
         safe in it. Remove it, or point TMPDIR to another directory.",
        path.display()
    );
    Err(Error::new(ErrorKind::Files, sentence))
}

fn is_same(open: &File, path: &Path) -> bool {
    match (open.metadata(), fs::symlink_metadata(path)) {
        (Ok(open), Ok(named)) => (open.dev(), open.ino()) == (named.dev(), named.ino()),
        _ => false,
    }
}

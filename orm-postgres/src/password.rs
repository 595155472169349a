//! Where a password comes from that the settings do not hold: the program, or libpq's password file.

use std::fmt;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use orm_core::{BoxFuture, Error, ErrorKind};

use crate::config::Config;
use crate::hosts::Endpoint;
use crate::secret::Secret;

type Provide = dyn Fn() -> BoxFuture<'static, Result<String, Box<dyn std::error::Error + Send + Sync>>> + Send + Sync;

/// Gives a password for each new connection.
#[derive(Clone)]
pub(crate) struct PasswordProvider(Arc<Provide>);

impl PasswordProvider {
    pub(crate) fn new<F, Fut, E>(provider: F) -> Self
    where
        F: Fn() -> Fut + Send + Sync + 'static,
        Fut: Future<Output = Result<String, E>> + Send + 'static,
        E: Into<Box<dyn std::error::Error + Send + Sync>>,
    {
        Self(Arc::new(move || {
            let password = provider();
            Box::pin(async move { password.await.map_err(Into::into) })
        }))
    }

    /// # Errors
    /// [`ErrorKind::Connect`], which shows the provider's own error.
    async fn password(&self) -> Result<Secret<String>, Error> {
        self.0().await.map(Secret::new).map_err(|error| {
            Error::new(
                ErrorKind::Connect,
                format!("the password provider gave no password: {error}"),
            )
        })
    }
}

impl fmt::Debug for PasswordProvider {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("…")
    }
}

/// Where the password of a new connection comes from, in this order.
pub(crate) struct Passwords {
    provider: Option<PasswordProvider>,
    password: Option<Secret<String>>,
    file: Option<PathBuf>,
    user: Option<String>,
    dbname: Option<String>,
}

impl Passwords {
    pub(crate) fn new(config: &Config) -> Self {
        let user = config.user.clone().or_else(|| std::env::var("USER").ok());
        Self {
            provider: config.password_provider.clone(),
            password: config.password.clone(),
            file: config.passfile.clone().or_else(default_passfile),
            dbname: config.dbname.clone().or_else(|| user.clone()),
            user,
        }
    }

    /// The password for a server, if there is one.
    ///
    /// # Errors
    /// Those of the provider.
    pub(crate) async fn of(&self, endpoint: &Endpoint) -> Result<Option<Secret<String>>, Error> {
        if let Some(provider) = &self.provider {
            return provider.password().await.map(Some);
        }
        if self.password.is_some() {
            return Ok(self.password.clone());
        }
        let (Some(file), Some(user), Some(dbname)) = (self.file.clone(), self.user.clone(), self.dbname.clone()) else {
            return Ok(None);
        };
        // libpq's name for a socket.
        let host = if endpoint.is_socket() {
            "localhost"
        } else {
            &endpoint.host
        };
        let wanted = [host.to_owned(), endpoint.port.to_string(), dbname, user];
        let reading = tokio::task::spawn_blocking(move || look_up(&file, &wanted));
        Ok(reading.await.unwrap_or(None))
    }
}

fn default_passfile() -> Option<PathBuf> {
    match std::env::var_os("PGPASSFILE") {
        Some(path) if !path.is_empty() => Some(path.into()),
        _ => std::env::home_dir().map(|home| home.join(".pgpass")),
    }
}

/// The password of the first line that fits host, port, database and role. A file that is not there has none, and so has
/// one that others can read.
fn look_up(file: &Path, wanted: &[String; 4]) -> Option<Secret<String>> {
    let metadata = std::fs::metadata(file).ok()?;
    if !metadata.is_file() || !is_private(&metadata) {
        tracing::warn!(
            target: "orm",
            "the password file {} is not read: it must be a file that only its owner can read (chmod 0600)",
            file.display()
        );
        return None;
    }
    let text = std::fs::read_to_string(file).ok()?;
    text.lines().find_map(|line| password_in(line, wanted)).map(Secret::new)
}

#[cfg(unix)]
fn is_private(metadata: &std::fs::Metadata) -> bool {
    use std::os::unix::fs::PermissionsExt;
    metadata.permissions().mode() & 0o077 == 0
}

#[cfg(not(unix))]
fn is_private(_: &std::fs::Metadata) -> bool {
    true
}

/// The password of a line `host:port:database:role:password` if the line fits. `*` is any; a backslash stands before a
/// colon or a backslash.
fn password_in(line: &str, wanted: &[String; 4]) -> Option<String> {
    if line.starts_with('#') {
        return None;
    }
    let mut fields = split(line).into_iter();
    for wanted in wanted {
        let field = fields.next()?;
        if field != "*" && field != *wanted {
            return None;
        }
    }
    fields.next().filter(|password| !password.is_empty())
}

/// The fields of a line. The fifth goes to the end of the line, as a password may hold colons.
fn split(line: &str) -> Vec<String> {
    let mut fields = Vec::with_capacity(5);
    let mut field = String::new();
    let mut rest = line.chars();
    while let Some(letter) = rest.next() {
        match letter {
            ':' if fields.len() < 4 => fields.push(std::mem::take(&mut field)),
            '\\' => field.extend(rest.next()),
            letter => field.push(letter),
        }
    }
    fields.push(field);
    fields
}

#[cfg(test)]
mod tests {
    use super::*;

    fn wanted() -> [String; 4] {
        ["db.example.org", "5432", "app", "ann"].map(str::to_owned)
    }

    #[test]
    fn a_line_fits_by_all_four_fields_or_stars() {
        let password = |line| password_in(line, &wanted());
        assert_eq!(password("db.example.org:5432:app:ann:pw").as_deref(), Some("pw"));
        assert_eq!(password("*:*:*:ann:p\\:w\\\\x:y").as_deref(), Some("p:w\\x:y"));
        assert_eq!(password("db.example.org:5433:app:ann:pw"), None);
        assert_eq!(password("*:*:*:bob:pw"), None);
        assert_eq!(password("#*:*:*:*:pw"), None);
        assert_eq!(password("*:*:*:ann"), None);
        assert_eq!(password("*:*:*:ann:"), None);
    }
}

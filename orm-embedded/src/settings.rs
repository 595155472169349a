//! What a private server is told beyond the defaults.

use std::fmt;

/// Settings of a private server, for [`Server::private_with`](crate::Server::private_with).
///
/// ```no_run
/// # async fn test(certificate: &str, key: &str) -> Result<(), orm_embedded::Error> {
/// let settings = orm_embedded::Settings::new()
///     .on_tcp()
///     .setting("ssl", "on")
///     .file("server.crt", certificate)
///     .file("server.key", key)
///     .authentication("hostnossl all all all reject");
/// let server = orm_embedded::Server::private_with(settings).await?;
/// # Ok(())
/// # }
/// ```
#[derive(Clone, Default)]
#[must_use = "nothing is started before `Server::private_with`"]
pub struct Settings {
    on_tcp: bool,
    settings: Vec<(String, String)>,
    authentication: Vec<String>,
    files: Vec<(String, Vec<u8>)>,
}

impl Settings {
    /// The defaults: a Unix-domain socket only, and nothing else to set.
    pub fn new() -> Settings {
        Settings::default()
    }

    /// Also listens on a free TCP port of 127.0.0.1, where a password is asked for. The server's URL is that of the
    /// port then, with a random password of the superuser `postgres`.
    pub fn on_tcp(mut self) -> Settings {
        self.on_tcp = true;
        self
    }

    /// Sets a parameter of `postgresql.conf`, as `postgres -c name=value`; the last word on a parameter counts.
    /// Where it listens is not to be set: `listen_addresses`, `port` and `unix_socket_directories` stay its own.
    ///
    /// PostgreSQL's chapter: [Server Configuration](https://www.postgresql.org/docs/current/runtime-config.html).
    pub fn setting(mut self, name: impl Into<String>, value: impl Into<String>) -> Settings {
        self.settings.push((name.into(), value.into()));
        self
    }

    /// Adds a line to `pg_hba.conf`. Lines are asked in order, all before the defaults: `local all all trust` and
    /// `host all all 127.0.0.1/32 scram-sha-256`. The superuser gets in through the socket whatever they say.
    ///
    /// PostgreSQL's chapter: [The pg_hba.conf File](https://www.postgresql.org/docs/current/auth-pg-hba-conf.html).
    pub fn authentication(mut self, line: impl Into<String>) -> Settings {
        self.authentication.push(line.into());
        self
    }

    /// Puts a file into the data directory before the server starts, readable by the server's user only: a key,
    /// a certificate, `pg_ident.conf`. `ssl_cert_file`, `ssl_key_file` and `ssl_ca_file` look there for a plain name.
    pub fn file(mut self, name: impl Into<String>, contents: impl Into<Vec<u8>>) -> Settings {
        self.files.push((name.into(), contents.into()));
        self
    }

    pub(crate) fn is_on_tcp(&self) -> bool {
        self.on_tcp
    }

    /// `name=value`, in order.
    pub(crate) fn parameters(&self) -> impl Iterator<Item = String> {
        self.settings.iter().map(|(name, value)| format!("{name}={value}"))
    }

    /// Names and contents of what belongs into the data directory.
    pub(crate) fn files(&self) -> Vec<(&str, Vec<u8>)> {
        let given = self.files.iter();
        let mut files: Vec<_> = given.map(|(name, bytes)| (name.as_str(), bytes.clone())).collect();
        if !self.authentication.is_empty() {
            files.push(("pg_hba.conf", self.pg_hba().into_bytes()));
        }
        files
    }

    fn pg_hba(&self) -> String {
        // The first line is for the connection that creates and drops databases.
        let before = ["local all postgres trust"];
        let after = [
            "local all,replication all trust",
            "host all,replication all 127.0.0.1/32 scram-sha-256",
            "host all,replication all ::1/128 scram-sha-256",
        ];
        let lines = self.authentication.iter().map(String::as_str);
        let all: Vec<&str> = before.into_iter().chain(lines).chain(after).collect();
        all.join("\n") + "\n"
    }
}

impl fmt::Debug for Settings {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        // Not what is in the files: it may be a private key.
        let files: Vec<&str> = self.files.iter().map(|(name, _)| name.as_str()).collect();
        f.debug_struct("Settings")
            .field("on_tcp", &self.on_tcp)
            .field("settings", &self.settings)
            .field("authentication", &self.authentication)
            .field("files", &files)
            .finish()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lines_of_authentication_are_asked_in_order_before_the_defaults() {
        let settings = Settings::new().authentication("local all a reject").authentication("b");
        let text = settings.pg_hba();
        let lines: Vec<&str> = text.lines().take(4).collect();
        let expected = [
            "local all postgres trust",
            "local all a reject",
            "b",
            "local all,replication all trust",
        ];
        assert_eq!(lines, expected);
    }

    #[test]
    fn the_contents_of_a_file_are_not_shown() {
        let settings = Settings::new().file("server.key", "canary");
        let shown = format!("{settings:?}");
        assert!(shown.contains("server.key") && !shown.contains("canary"), "{shown}");
    }
}

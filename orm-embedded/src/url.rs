//! Connection strings: making ours, and pointing somebody else's at another database.

use std::path::Path;

use tokio_postgres::Config;

use crate::error::{Error, ErrorKind};

/// The URL of a database on a Unix-domain socket; the directory stands, percent-encoded, for the host.
pub(crate) fn of_socket(dir: &Path, port: u16, database: &str) -> String {
    let host = encode(dir.as_os_str().as_encoded_bytes());
    format!("postgres://postgres@{host}:{port}/{database}")
}

/// The URL of a database on 127.0.0.1.
pub(crate) fn of_tcp(password: &str, port: u16, database: &str) -> String {
    format!("postgres://postgres:{password}@127.0.0.1:{port}/{database}")
}

/// Parses `DATABASE_URL`, in either of PostgreSQL's two forms.
///
/// # Errors
///
/// [`ErrorKind::DatabaseUrl`]. The sentence does not repeat the URL: it may hold a password.
pub(crate) fn parse(url: &str) -> Result<Config, Error> {
    url.parse().map_err(|cause: tokio_postgres::Error| {
        let why = std::error::Error::source(&cause).map_or(String::new(), |why| format!(": {why}"));
        let sentence =
            format!("DATABASE_URL is not a PostgreSQL connection string (postgres://user@host/database){why}");
        Error::new(ErrorKind::DatabaseUrl, sentence)
    })
}

/// The same server, user and parameters, another database.
///
/// # Errors
///
/// [`ErrorKind::DatabaseUrl`] when the URL names its database in a way that cannot be replaced.
pub(crate) fn with_database(url: &str, database: &str) -> Result<String, Error> {
    let changed = match url.split_once("://") {
        Some((scheme, rest)) => {
            let (before, query) = match rest.split_once('?') {
                Some((before, query)) => (before, format!("?{query}")),
                None => (rest, String::new()),
            };
            let authority = before.split_once('/').map_or(before, |(authority, _)| authority);
            format!("{scheme}://{authority}/{database}{query}")
        }
        // `host=… dbname=…`: the last word on a parameter counts.
        None => format!("{url} dbname={database}"),
    };
    if parse(&changed)?.get_dbname() == Some(database) {
        return Ok(changed);
    }
    let sentence = "DATABASE_URL names its database in a parameter (`?dbname=…`); \
                    name it in the path instead: postgres://user@host/database";
    Err(Error::new(ErrorKind::DatabaseUrl, sentence))
}

fn encode(bytes: &[u8]) -> String {
    let mut text = String::new();
    for &byte in bytes {
        if byte.is_ascii_alphanumeric() || b"-_.~".contains(&byte) {
            text.push(char::from(byte));
        } else {
            text.push_str(&format!("%{byte:02X}"));
        }
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_socket_directory_survives_the_url() {
        let url = of_socket(Path::new("/tmp/a b%/ü"), 5432, "postgres");
        let config = parse(&url).unwrap();
        let expected = tokio_postgres::config::Host::Unix("/tmp/a b%/ü".into());
        assert_eq!(config.get_hosts(), [expected]);
        assert_eq!(config.get_dbname(), Some("postgres"));
    }

    #[test]
    fn only_the_database_is_replaced() {
        let cases = [
            (
                "postgres://u:p@h:1/a?sslmode=disable",
                "postgres://u:p@h:1/z?sslmode=disable",
            ),
            ("postgresql://u@h", "postgresql://u@h/z"),
            (
                "postgres://u@h?application_name=a/b",
                "postgres://u@h/z?application_name=a/b",
            ),
            ("host=h user=u dbname=a", "host=h user=u dbname=a dbname=z"),
        ];
        for (url, expected) in cases {
            assert_eq!(with_database(url, "z").unwrap(), expected);
        }
    }

    #[test]
    fn a_database_named_by_a_parameter_is_refused() {
        let error = with_database("postgres://u@h/a?dbname=b", "z").unwrap_err();
        assert_eq!(error.kind(), ErrorKind::DatabaseUrl);
    }

    #[test]
    fn a_wrong_url_is_refused_without_its_password() {
        let error = parse("postgres://u:secret@h:port/a").unwrap_err();
        assert_eq!(error.kind(), ErrorKind::DatabaseUrl);
        assert!(!format!("{error} {error:?}").contains("secret"));
    }
}

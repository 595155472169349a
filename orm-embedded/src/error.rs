//! What can go wrong between "I need a PostgreSQL" and "here is its URL", as sentences.

use std::fmt;
use std::path::Path;

/// Why there is no server, or no database on it.
///
/// `Display` is one or more full sentences: what failed, where, and what to do next.
/// [`Error::kind`] is for code that wants to react.
pub struct Error {
    kind: ErrorKind,
    sentence: String,
    source: Option<Box<dyn std::error::Error + Send + Sync>>,
}

/// The kinds of [`Error`].
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum ErrorKind {
    /// No server binaries were found, and none could be downloaded.
    NotInstalled,
    /// The pinned build could not be downloaded, verified or unpacked.
    Download,
    /// `initdb` or `postgres` did not come up; the sentence ends with the server's own words.
    Start,
    /// A file or directory that the server needs could not be made, read or removed.
    Files,
    /// `DATABASE_URL` cannot be used as it is.
    DatabaseUrl,
    /// The server was not reachable, or the connection to it broke.
    Connect,
    /// PostgreSQL refused a statement, such as `CREATE DATABASE` without the right to it.
    Statement,
    /// The `setup` of a template database failed; the cause is the error's source.
    Setup,
}

impl Error {
    pub(crate) fn new(kind: ErrorKind, sentence: impl Into<String>) -> Error {
        Error {
            kind,
            sentence: sentence.into(),
            source: None,
        }
    }

    pub(crate) fn because(mut self, source: impl Into<Box<dyn std::error::Error + Send + Sync>>) -> Error {
        self.source = Some(source.into());
        self
    }

    /// A file operation that failed: `doing` is a phrase such as "create the directory".
    pub(crate) fn file(doing: &str, path: &Path, cause: std::io::Error) -> Error {
        let sentence = format!("could not {doing} {}: {cause}", path.display());
        Error::new(ErrorKind::Files, sentence).because(cause)
    }

    /// What kind of failure this is.
    pub fn kind(&self) -> ErrorKind {
        self.kind
    }
}

impl fmt::Display for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.sentence)
    }
}

// `fn main() -> Result<(), Error>` and `.unwrap()` print Debug, so it is the sentence as well.
impl fmt::Debug for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} ({:?})", self.sentence, self.kind)
    }
}

impl std::error::Error for Error {
    fn source(&self) -> Option<&(dyn std::error::Error + 'static)> {
        match &self.source {
            Some(source) => Some(source.as_ref()),
            None => None,
        }
    }
}

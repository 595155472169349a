//! Why a connection ended. The server tells it to whoever reads the socket, which is the connection's task; those who
//! wait for an answer only see that there is none.

use std::fmt;
use std::sync::{Arc, OnceLock};

/// The last words of a connection, written once by its task.
#[derive(Clone, Default)]
pub(crate) struct LastWords(Arc<OnceLock<String>>);

impl LastWords {
    pub(crate) fn tell(&self, words: String) {
        // Only the task that owns the socket tells them, and it ends with that.
        let _ = self.0.set(words);
    }
}

impl fmt::Display for LastWords {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.0.get() {
            Some(words) => write!(f, ": {words}"),
            None => Ok(()),
        }
    }
}

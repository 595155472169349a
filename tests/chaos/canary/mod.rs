//! A password and a value that go through every kind of error are never shown: not by Display, Debug, a cause, `tracing`
//! or `log`.

mod connecting;
mod logs;
mod statements;
mod types;

use std::error::Error as _;
use std::fmt::Write;

use orm::prelude::*;

/// Is part of every password and value.
pub(crate) const CANARY: &str = "c4n4ry";

/// The same as a number.
pub(crate) const NUMBER: i32 = 424_242;

/// All that could be shown of an error.
fn shown(error: &Error) -> String {
    let mut text = format!("{error}\n{error:?}\n{error:#?}\n");
    let mut cause = error.source();
    while let Some(error) = cause {
        let _ = writeln!(text, "{error}\n{error:?}\n{error:#?}");
        cause = error.source();
    }
    if let Some(database) = error.database() {
        let _ = writeln!(text, "{database:?}\n{database:#?}");
    }
    text
}

/// Errors by what was tried.
#[derive(Default)]
struct Errors(Vec<(String, Error)>);

impl Errors {
    fn add<T>(&mut self, name: impl Into<String>, result: Result<T, Error>) {
        let name = name.into();
        match result {
            Ok(_) => panic!("{name} is no error"),
            Err(error) => self.0.push((name, error)),
        }
    }

    /// None shows the canary, nor does what was logged meanwhile.
    fn show_nothing(&self, logged: &str) {
        for (name, error) in &self.0 {
            let shown = shown(error);
            let seen = shown.contains(CANARY) || shown.contains(&NUMBER.to_string());
            assert!(!seen, "{name}:\n{shown}");
        }
        let line = logged.lines().find(|line| line.contains(CANARY));
        assert_eq!(line, None, "it was logged");
    }

    fn kinds(&self) -> Vec<ErrorKind> {
        let mut kinds: Vec<ErrorKind> = self.0.iter().map(|(_, error)| error.kind()).collect();
        kinds.sort_by_key(|kind| format!("{kind:?}"));
        kinds.dedup();
        kinds
    }
}

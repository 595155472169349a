//! The client's own statements that look types up. It prepares each once and believes it to be there for good; so where
//! it was removed (`DEALLOCATE ALL`, another server connection behind PgBouncer) it is made again under its name.

use orm_core::Error;
use tokio_postgres::SimpleQueryMessage;

use crate::error;
use crate::link::Link;
use crate::session_state::removes_statements;

/// Gives all statements that are prepared on the session, each as its name and text.
pub(crate) const PREPARED: &str = "SELECT name, statement FROM pg_catalog.pg_prepared_statements";

/// A statement that looks types up.
#[derive(Clone, PartialEq)]
pub(crate) struct Lookup {
    name: String,
    text: String,
}

impl Lookup {
    /// `PREPARE name (oid) AS …`
    pub(crate) fn push_to(&self, text: &mut String) {
        text.push_str("PREPARE ");
        text.push_str(&self.name);
        text.push_str(" (oid) AS ");
        text.push_str(&self.text);
    }
}

/// Those among the answer to [`PREPARED`].
pub(crate) fn among(answer: Vec<SimpleQueryMessage>) -> Vec<Lookup> {
    let lookup = |message| match message {
        SimpleQueryMessage::Row(row) => Lookup::of(row.get(0)?, row.get(1)?),
        _ => None,
    };
    answer.into_iter().filter_map(lookup).collect()
}

impl Lookup {
    /// One of the client's, by its name (`s7`) and text. Made again by PREPARE it has that before its text.
    fn of(name: &str, text: &str) -> Option<Self> {
        const CATALOGS: [&str; 3] = ["pg_catalog.pg_type t", "pg_catalog.pg_enum", "pg_catalog.pg_attribute"];
        let number = name.strip_prefix('s')?;
        let text = text.trim();
        let text = match text.strip_prefix("PREPARE ") {
            Some(made_again) => made_again.split_once(" (oid) AS ")?.1,
            None => text,
        };
        let of_client = text.starts_with("SELECT ") && CATALOGS.iter().any(|at| text.contains(&format!("FROM {at}\n")));
        let numbered = !number.is_empty() && number.bytes().all(|digit| digit.is_ascii_digit());
        (of_client && numbered).then(|| Self {
            name: name.to_owned(),
            text: text.to_owned(),
        })
    }
}

/// What the client has prepared, before a text that would remove it is sent.
pub(crate) struct Saved(Vec<Lookup>);

/// Remembers what the client has prepared, if the text may remove it.
///
/// # Errors
/// The server's.
pub(crate) async fn save(link: &Link, text: &str) -> Result<Option<Saved>, Error> {
    if link.is_pooled() || !removes_statements(text) {
        return Ok(None);
    }
    let answer = link.client.simple_query(PREPARED).await;
    let answer = answer.map_err(|error| error::of_statement(link, error, None))?;
    Ok(Some(Saved(among(answer))))
}

impl Saved {
    /// Makes again what is not there any more. Where that cannot be done (the transaction has failed) the
    /// statements that need it say so.
    pub(crate) async fn restore(self, link: &Link) {
        let Ok(answer) = link.client.simple_query(PREPARED).await else {
            return;
        };
        let there = among(answer);
        for gone in self.0.into_iter().filter(|saved| !there.contains(saved)) {
            let mut text = String::new();
            gone.push_to(&mut text);
            let _made = link.client.batch_execute(&text).await;
        }
    }
}

//! What a borrower may leave behind in a session, and the text that clears it.
//!
//! Statements made by the query builders leave nothing. Text of the user's own may set a role, a `search_path`, take an
//! advisory lock, make a temporary table … After such a text the connection is reset when it is given back.

use orm_core::Statement;

use crate::link::Link;

/// Clears what `DISCARD ALL` clears, but keeps prepared statements and plans: they stay valid.
pub(crate) const RESET: &str = "SET SESSION AUTHORIZATION DEFAULT; RESET ALL; CLOSE ALL; UNLISTEN *; \
     SELECT pg_advisory_unlock_all(); DISCARD TEMP; DISCARD SEQUENCES";

/// The same for a session that may be inside a transaction, which ends first.
pub(crate) const ROLLBACK_AND_RESET: &str = "ROLLBACK; SET SESSION AUTHORIZATION DEFAULT; RESET ALL; CLOSE ALL; \
     UNLISTEN *; SELECT pg_advisory_unlock_all(); DISCARD TEMP; DISCARD SEQUENCES";

/// Clears the statements that a text has prepared (`PREPARE`), and not the driver's own, nor those by which types are looked
/// up and that were made again.
pub(crate) const DEALLOCATE: &str = "; DO $$ DECLARE statement text; BEGIN \
     FOR statement IN SELECT name FROM pg_catalog.pg_prepared_statements p WHERE from_sql \
     AND p.statement !~ 'FROM pg_catalog.pg_(type|enum|attribute)' LOOP \
     EXECUTE pg_catalog.format('DEALLOCATE %I', statement); END LOOP; END $$";

/// Commands that read or write rows and leave nothing in the session.
const ROWS_ONLY: &[&str] = &[
    "SELECT", "INSERT", "UPDATE", "DELETE", "MERGE", "VALUES", "WITH", "TABLE",
];

/// What in them changes the session all the same.
const CHANGES: &[&str] = &["set_config", "pg_advisory_lock", "pg_try_advisory_lock", "into temp"];

/// What running a statement may do beyond the statement itself.
#[derive(Clone, Copy)]
pub(crate) struct Effects {
    /// It changes the session, so that the connection must be reset.
    pub(crate) on_session: bool,
    /// It makes types anew, or has their names mean others.
    pub(crate) on_types: bool,
    /// It begins a transaction.
    pub(crate) begins_transaction: bool,
}

impl Effects {
    pub(crate) fn of(statement: &Statement) -> Self {
        if statement.only_reads {
            return Self {
                on_session: false,
                on_types: false,
                begins_transaction: false,
            };
        }
        let on_session = is_changed_by(statement.operation, &statement.text);
        Self {
            on_session,
            on_types: on_session || changes_search_path(&statement.text),
            begins_transaction: may_begin_transaction(first_word(&statement.text)),
        }
    }

    /// Marks the connection, before the statement is sent on it.
    pub(crate) fn announce(self, link: &Link, text: &str) {
        if self.on_session {
            link.session_may_change_by(text);
        }
        if self.on_types {
            link.types_may_change();
        }
        if self.begins_transaction {
            link.may_be_in_raw_transaction();
        }
    }
}

/// Whether a write returns no rows for sure.
pub(crate) fn returns_nothing(statement: &Statement) -> bool {
    statement.operation == "DECLARE"
        || matches!(statement.operation, "INSERT" | "UPDATE" | "DELETE" | "MERGE")
            && statement.operation.eq_ignore_ascii_case(first_word(&statement.text))
            && !contains(&statement.text, "returning")
}

/// Whether a single statement changes the session. Looked at once, when it is prepared.
pub(crate) fn is_changed_by(operation: &str, text: &str) -> bool {
    if is_rows_only(operation, text) {
        return CHANGES.iter().any(|word| contains(text, word));
    }
    !is_local(text)
}

/// Whether a single statement is a query or a write of rows.
pub(crate) fn is_rows_only(operation: &str, text: &str) -> bool {
    is_one_of(ROWS_ONLY, operation, text)
}

/// Whether a text is one `SET LOCAL`, which ends with its transaction.
pub(crate) fn is_local(text: &str) -> bool {
    let mut words = text.split_ascii_whitespace();
    let mut next_is = |word: &str| words.next().is_some_and(|found| found.eq_ignore_ascii_case(word));
    next_is("set") && next_is("local") && !text.trim_end().trim_end_matches(';').contains(';')
}

/// Whether a query ends in `FOR UPDATE` or another lock on its rows.
pub(crate) fn locks_rows(text: &str) -> bool {
    const LOCKS: [&str; 4] = ["for update", "for no key update", "for share", "for key share"];
    let text = text.to_ascii_lowercase();
    LOCKS.iter().any(|lock| {
        text.rmatch_indices(lock).any(|(at, _)| {
            // Not in a literal, an expression or a subquery, which would still be closed after it.
            let rest = &text[at + lock.len()..];
            text[..at].ends_with([' ', '\n', '\t']) && !rest.contains(['\'', ')', '('])
        })
    })
}

/// Whether a cursor can be declared for a statement.
pub(crate) fn is_query(operation: &str, text: &str) -> bool {
    is_one_of(&["SELECT", "VALUES", "TABLE"], operation, text)
}

fn is_one_of(commands: &[&str], operation: &str, text: &str) -> bool {
    let first = first_word(text);
    commands
        .iter()
        .any(|command| command.eq_ignore_ascii_case(operation) || command.eq_ignore_ascii_case(first))
}

/// Whether a text may prepare a statement by itself.
pub(crate) fn may_prepare(text: &str) -> bool {
    contains(text, "prepare")
}

/// Whether a text may make types anew, or have their names mean others.
pub(crate) fn may_change_types(text: &str) -> bool {
    !is_local(text) || changes_search_path(text)
}

pub(crate) fn changes_search_path(text: &str) -> bool {
    contains(text, "search_path")
}

pub(crate) fn first_word(text: &str) -> &str {
    let text = text.trim_start();
    let end = text
        .find(|letter: char| !letter.is_ascii_alphabetic())
        .unwrap_or(text.len());
    &text[..end]
}

/// What a text of one or more statements would keep in its session beyond its transaction, in words for an error.
/// What stands in quotes is not looked at.
pub(crate) fn keeps_in_session(text: &str) -> Option<&'static str> {
    let plain = without_quotes(text);
    const LOCKS: [&str; 4] = [
        "pg_advisory_lock(",
        "pg_advisory_lock_shared(",
        "pg_try_advisory_lock(",
        "pg_try_advisory_lock_shared(",
    ];
    if LOCKS.iter().any(|lock| contains(&plain, lock)) {
        return Some("an advisory lock that is not a transaction's (`pg_advisory_xact_lock`)");
    }
    plain.split(';').find_map(one_keeps_in_session)
}

fn one_keeps_in_session(statement: &str) -> Option<&'static str> {
    let mut words = statement.split_ascii_whitespace().map(str::to_ascii_lowercase);
    let (first, second) = (words.next()?, words.next().unwrap_or_default());
    let has = |word: &str| {
        statement
            .split_ascii_whitespace()
            .any(|found| found.eq_ignore_ascii_case(word))
    };
    match first.as_str() {
        "set" if !matches!(second.as_str(), "local" | "transaction" | "constraints") => {
            Some("a setting that is not a transaction's (`SET LOCAL`)")
        }
        "listen" => Some("LISTEN"),
        "prepare" if second != "transaction" => Some("a prepared statement"),
        "load" => Some("LOAD"),
        "declare" if has("hold") && !has("without") => Some("a cursor WITH HOLD"),
        "create" if matches!(second.as_str(), "temp" | "temporary") && !(has("commit") && has("drop")) => {
            Some("a temporary table without ON COMMIT DROP")
        }
        _ => None,
    }
}

/// The text with what stands in quotes (`'…'`, `"…"`, `$tag$…$tag$`) and comments left out.
fn without_quotes(text: &str) -> String {
    let mut plain = String::with_capacity(text.len());
    let mut rest = text;
    while let Some(at) = rest.find(['\'', '"', '$', '-', '/']) {
        plain.push_str(&rest[..at]);
        rest = &rest[at..];
        let length = quoted_length(rest);
        if length == 0 {
            plain.push_str(&rest[..1]);
            rest = &rest[1..];
        } else {
            plain.push(' ');
            rest = &rest[length..];
        }
    }
    plain.push_str(rest);
    plain
}

/// How long the quoted part or comment is that a text begins with; 0 if it begins with none.
fn quoted_length(text: &str) -> usize {
    let through = |end: &str, from: usize| text[from..].find(end).map_or(text.len(), |at| from + at + end.len());
    match text.as_bytes() {
        [quote @ (b'\'' | b'"'), ..] => through(if *quote == b'"' { "\"" } else { "'" }, 1),
        [b'-', b'-', ..] => through("\n", 2),
        [b'/', b'*', ..] => through("*/", 2),
        [b'$', ..] => {
            let end = text[1..].find(|letter: char| !letter.is_alphanumeric() && letter != '_');
            match end.map(|end| (end + 1, text.as_bytes()[end + 1])) {
                Some((end, b'$')) if !text[1..].starts_with(|letter: char| letter.is_ascii_digit()) => {
                    through(&text[..=end], end + 1)
                }
                _ => 0,
            }
        }
        _ => 0,
    }
}

/// Whether a text may remove prepared statements.
pub(crate) fn removes_statements(text: &str) -> bool {
    contains(text, "deallocate") || contains(text, "discard")
}

/// Whether a text of several statements may begin a transaction of its own.
pub(crate) fn may_begin_transaction(text: &str) -> bool {
    text.split(|letter: char| !letter.is_ascii_alphanumeric() && letter != '_')
        .any(|word| word.eq_ignore_ascii_case("begin") || word.eq_ignore_ascii_case("start"))
}

/// Whether `text` holds `word`, in capitals or not. `word` is in small letters.
fn contains(text: &str, word: &str) -> bool {
    let (text, word) = (text.as_bytes(), word.as_bytes());
    text.windows(word.len()).any(|part| part.eq_ignore_ascii_case(word))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_text_that_can_change_the_session_asks_for_a_reset() {
        assert!(!is_changed_by("SELECT", "SELECT id FROM users"));
        assert!(!is_changed_by("insert", "insert into users values ($1)"));
        assert!(!is_changed_by("SQL", " with x as (select 1) select * from x"));
        assert!(is_changed_by("SET", "SET ROLE x"));
        assert!(is_changed_by("SQL", "set role x"));
        assert!(!is_changed_by("SET", "SET LOCAL app.tenant = '7';"));
        assert!(is_changed_by("SET", "SET LOCAL a.b = 1; SET c.d = 2"));
        assert!(is_changed_by("SELECT", "SELECT Set_Config('a.b', $1, false)"));
        assert!(is_changed_by("SELECT", "SELECT pg_advisory_lock($1)"));
        assert!(!is_changed_by("SELECT", "SELECT pg_advisory_xact_lock($1)"));
    }

    #[test]
    fn a_lock_on_the_rows_of_a_query_is_seen() {
        assert!(locks_rows("SELECT id FROM t ORDER BY id FOR UPDATE"));
        assert!(locks_rows("select id from t\nfor no key update of t skip locked"));
        assert!(!locks_rows("SELECT id FROM t WHERE name = 'for update'"));
        assert!(!locks_rows("SELECT id FROM (SELECT id FROM t FOR SHARE) t"));
        assert!(!locks_rows("SELECT id FROM t"));
    }

    #[test]
    fn what_would_stay_in_a_session_is_named() {
        for text in [
            "SET search_path = x",
            "select 1; set role y",
            "LISTEN jobs",
            "SELECT pg_advisory_lock($1)",
            "CREATE TEMP TABLE t (id int)",
            "PREPARE p AS SELECT 1",
            "DECLARE c CURSOR WITH HOLD FOR SELECT 1",
        ] {
            assert!(keeps_in_session(text).is_some(), "{text}");
        }
        for text in [
            "SET LOCAL search_path = x",
            "SELECT ';SET role' AS \"; LISTEN\" -- ; SET x\n, $a$; SET y; $a$ /* ; SET z */",
            "UPDATE t SET a = $1",
            "SELECT pg_advisory_xact_lock($1)",
            "CREATE TEMP TABLE t (id int) ON COMMIT DROP",
            "CREATE FUNCTION f() RETURNS int LANGUAGE sql SET search_path = '' AS $$ SELECT 1; $$",
            "DECLARE c CURSOR WITHOUT HOLD FOR SELECT 1",
            "SELECT $1 -$2",
            "",
            "it's",
            "$",
        ] {
            assert!(keeps_in_session(text).is_none(), "{text}: {:?}", keeps_in_session(text));
        }
    }

    #[test]
    fn a_text_that_may_begin_a_transaction_is_seen() {
        assert!(may_begin_transaction("  Begin; SELECT 1"));
        assert!(may_begin_transaction("START TRANSACTION"));
        assert!(!may_begin_transaction("CREATE TABLE t (start_at int, beginning int)"));
    }
}

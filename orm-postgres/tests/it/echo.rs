//! `echo`: statements on stderr.

use crate::child;
use crate::support::*;

/// The lines of the echo, without their times.
fn echoed(stderr: &str) -> Vec<(&str, &str)> {
    let lines = stderr.lines().filter_map(|line| line.strip_prefix('['));
    lines
        .map(|line| {
            let (time, text) = line.split_once("] ").unwrap();
            let (number, outcome) = time.split_once(" ms").unwrap();
            assert!(number.parse::<f64>().unwrap() > 0.0, "{line}");
            (outcome, text)
        })
        .collect()
}

#[test]
fn the_text_of_each_statement_its_time_and_whether_it_failed_are_on_stderr_but_no_value() {
    let said = child::run("echo", &[("DATABASE_URL", url())]);
    let lines = echoed(&said.stderr);
    for line in [
        ("", "SELECT $1::text"),
        (" (failed)", "SELECT $1::text::int4"),
        ("", "BEGIN"),
        ("", "SELECT 2"),
        ("", "COMMIT"),
        ("", "SELECT 3; SELECT 4"),
        ("", "SELECT 5"),
    ] {
        assert!(lines.contains(&line), "{line:?} in {lines:?}");
    }
    // What was dropped tells its rollback, too.
    for text in ["ROLLBACK", "ROLLBACK TO SAVEPOINT orm_s0; RELEASE SAVEPOINT orm_s0"] {
        assert!(lines.contains(&(" (on drop)", text)), "{text:?} in {lines:?}");
    }
    assert!(!said.stderr.contains("canary"), "{}", said.stderr);
}

#[test]
fn the_place_of_a_statement_and_an_n_plus_one_are_on_stderr() {
    let said = child::run("echo", &[("DATABASE_URL", url())]);
    let lines = echoed(&said.stderr);
    let places = lines
        .iter()
        .filter_map(|(_, text)| text.strip_prefix("SELECT $1::int4 -- "));
    let places: Vec<&str> = places.collect();
    let [place, rest @ ..] = &places[..] else {
        panic!("{lines:?}")
    };
    assert!(place.starts_with("orm-postgres/tests/it/child.rs:"), "{place}");
    assert!(
        rest.len() == 19 && rest.iter().all(|other| other == place),
        "{places:?}"
    );
    let warnings = said
        .stderr
        .lines()
        .filter_map(|line| line.strip_prefix("warning: N+1: "));
    let warnings: Vec<&str> = warnings.collect();
    let [warning] = &warnings[..] else {
        panic!("{}", said.stderr)
    };
    let told = format!("the same SELECT was sent 20 times from {place}, after a statement gave 20 rows; ");
    assert!(warning.starts_with(&told), "{warning}");
}

#[test]
fn without_echo_nothing_is_on_stderr() {
    let said = child::run("silence", &[("DATABASE_URL", url())]);
    assert_eq!((said.line.as_str(), said.stderr.as_str()), ("done", ""));
}

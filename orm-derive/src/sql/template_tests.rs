//! What a text is taken for, and what is refused.

use super::template::{Form, Part, Template};

fn template(text: &str) -> Template {
    Template::parse(text, Form::Statement).unwrap_or_else(|problem| panic!("{text}: {}", problem.message))
}

/// The text as it is sent.
fn numbered(text: &str) -> String {
    let mut number = 0;
    let parts = template(text).parts;
    let texts = parts.into_iter().map(|part| match part {
        Part::Sql(sql) => sql,
        Part::Capture(..) => {
            number += 1;
            format!("${number}")
        }
    });
    texts.collect()
}

#[track_caller]
fn refused(form: Form, text: &str, words: &str, part: &str) {
    let problem = Template::parse(text, form).expect_err(text);
    assert!(problem.message.contains(words), "{text}: {}", problem.message);
    assert_eq!(&text[problem.at], part, "{text}");
}

#[test]
fn captures_become_parameters() {
    for (text, sent) in [
        ("SELECT {a}, {b.c}", "SELECT $1, $2"),
        ("select f({a}, 'x')", "select f($1, 'x')"),
        ("SELECT {a}::int8[1:2]", "SELECT $1::int8[1:2]"),
        ("SELECT '{{}}', {a}, \"{{\"", "SELECT '{}', $1, \"{\""),
        ("SELECT '''{{a}}''' || {a}", "SELECT '''{a}''' || $1"),
        ("SELECT $$ '{{a}} $$, {a}", "SELECT $$ '{a} $$, $1"),
        ("SELECT $a$ $$ $b$ $a$, {a}", "SELECT $a$ $$ $b$ $a$, $1"),
        ("SELECT a$1$, {a}", "SELECT a$1$, $1"),
        ("SELECT /* /* ' */ ' */ {a}", "SELECT /* /* ' */ ' */ $1"),
        ("SELECT -- '\n {a}", "SELECT -- '\n $1"),
        ("SELECT E'\\'' || {a}", "SELECT E'\\'' || $1"),
        ("SELECT '\\' || {a}", "SELECT '\\' || $1"),
        (
            "SELECT e'a' -- b\n '\\'' || {a} || '\\'",
            "SELECT e'a' -- b\n '\\'' || $1 || '\\'",
        ),
        ("SELECT e'a' '\\', {a}", "SELECT e'a' '\\', $1"),
        ("SELECT U&'\\0061' || {a}", "SELECT U&'\\0061' || $1"),
        ("SELECT 1.5e3 + {a} - 1e-2 * 0xFF", "SELECT 1.5e3 + $1 - 1e-2 * 0xFF"),
        (" SELECT {a} ; -- the end", "SELECT $1"),
        ("SELECT {f(\"}'\")}, '{{'", "SELECT $1, '{'"),
        ("SELECT ß.é = {ä}", "SELECT ß.é = $1"),
    ] {
        assert_eq!(numbered(text), sent);
    }
}

#[test]
fn a_capture_is_refused_where_no_parameter_can_stand() {
    for (text, words, part) in [
        ("SELECT '%{a}%'", "write it outside: `'%' || {a} || '%'`", "'%{a}%'"),
        (
            "SELECT '{a.b}x{c}'",
            "write it outside: `{a.b} || 'x' || {c}`",
            "'{a.b}x{c}'",
        ),
        ("SELECT E'{a}'", "write it outside: `'%' || {name} || '%'`", "E'{a}'"),
        ("SELECT '{\"a\": 1}'", "is written twice", "'{\"a\": 1}'"),
        ("SELECT '{1,2}'::int[]", "is written twice", "'{1,2}'"),
        ("SELECT '{}'::int[]", "is written twice", "'{}'"),
        ("SELECT 1 AS \"{a}\"", "never a name", "\"{a}\""),
        ("SELECT $x$ {a} $x$", "inside of a dollar quote", "$x$ {a} $x$"),
        ("SELECT 1 -- {a}", "inside of a comment", "-- {a}"),
        ("SELECT 1 /* {a} */", "inside of a comment", "/* {a} */"),
        ("SELECT E'a'\n '\\'{a}'", "string literal", "E'a'\n '\\'{a}'"),
        ("SELECT a_{b}", "never a part of a name", "a_{b}"),
        ("SELECT {b}_a", "never a part of a name", "{b}_a"),
        ("SELECT {b}1", "stands alone", "{b}1"),
        ("SELECT 1{b}", "stands alone", "1{b}"),
        ("SELECT {a}{b}", "stands alone", "{a}{b}"),
        ("SELECT {a}$$b$$", "stands alone", "{a}$$b$$"),
        ("SELECT { }", "capture nothing", "{ }"),
        ("SELECT {a", "has no `}`", "{a"),
        ("SELECT {a}, $1", "numbered by the macro", "$1"),
        ("SELECT $2", "numbered by the macro", "$2"),
    ] {
        refused(Form::Statement, text, words, part);
    }
}

#[test]
fn a_text_is_one_whole_statement() {
    for (text, words, part) in [
        ("", "no statement", ""),
        (" -- only a comment", "no statement", " -- only a comment"),
        ("SELECT 1; SELECT 2", "one statement", "; SELECT 2"),
        ("SELECT 1;;", "one statement", ";;"),
        ("SELECT f(1", "never closed", "(1"),
        ("SELECT f(1))", "closes nothing", ")"),
        ("SELECT (a[1)]", "closes nothing", ")]"),
        ("SELECT 'a", "string literal does not end", "'a"),
        ("SELECT E'a\\'", "string literal does not end", "E'a\\'"),
        ("SELECT \"a", "quoted name does not end", "\"a"),
        ("SELECT $a$ $b$", "dollar quote does not end", "$a$ $b$"),
        ("SELECT /* /* */", "comment does not end", "/* /* */"),
        ("SELECT 1E'a'", "run into each other", "1E"),
        ("'a'", "begins with its command", "'a'"),
        ("commit", "db.transaction", "commit"),
        ("COPY t FROM STDIN", "insert_many", "COPY"),
    ] {
        refused(Form::Statement, text, words, part);
    }
    refused(Form::Statement, "SELECT }", "has no `{`", "SELECT }");
    refused(Form::Statement, "SELECT \0", "NUL", "SELECT ");
}

#[test]
fn an_expression_is_one_and_known_for_an_atom() {
    for (text, words, part) in [
        ("", "no expression", ""),
        ("a, b", "one expression", ", b"),
        ("a; b", "holds no `;`", "; b"),
        ("true) OR (true", "closes nothing", ") OR (true"),
    ] {
        refused(Form::Expression, text, words, part);
    }
    let is_atom = |text| Template::parse(text, Form::Expression).expect(text).is_atom;
    for text in [
        "a",
        "a.b",
        "\"a\".b",
        "{a}",
        "1.5",
        "'x'",
        "f()",
        "s.f({a}, 1 + 2)",
        "(a + b)",
        "coalesce(a, (b))",
    ] {
        assert!(is_atom(text), "{text}");
    }
    for text in [
        "a + b",
        "-a",
        "{a}[1]",
        "{a}::text",
        "{a}.b",
        "a b",
        "f(a) + 1",
        "(a)(b)",
        "(a).b",
        "(a) AND (b)",
        "NOT (a)",
        "a[1]",
        "interval '1 day'",
        "f(a) FILTER (WHERE b)",
        "a IS NULL",
        "EXISTS (SELECT 1) OR a",
    ] {
        assert!(!is_atom(text), "{text}");
    }
}

#[test]
fn the_command_is_known_behind_comments_and_parentheses() {
    for (text, operation) in [
        ("/* a */ select 1", "SELECT"),
        ("(SELECT 1) UNION (SELECT 2)", "SELECT"),
        ("insert into a values ({b})", "INSERT"),
        ("WITH a AS (SELECT 'delete') SELECT \"update\"", "SELECT"),
        ("WITH a AS (DELETE FROM b RETURNING *) SELECT * FROM a", "WITH"),
        ("EXPLAIN SELECT 1", "EXPLAIN"),
    ] {
        assert_eq!(template(text).operation, operation, "{text}");
    }
}

//! `check_sql`: has the server look at every `sql!` of a program, and runs none.

use crate::__private::{Registered, SqlText};
use crate::driver::{Executor, Param, ResultColumn, Row, RowSink, Statement};
use crate::error::{Error, ErrorKind};
use crate::types::PgType;

/// A parameter whose type the server infers. `inventory` gathers statics, and a static knows no types of expressions.
const UNKNOWN: &PgType = &PgType::scalar("unknown", 705, 0);

/// Has the server prepare every `sql!` of the program, and runs none; gives their number. For a test, behind the feature
/// `check-sql`:
///
/// ```ignore
/// #[orm::test(setup = migrate)]
/// async fn every_statement_is_valid(db: Database) -> Result<(), orm::Error> {
///     orm::check_sql(&db).await?;
///     Ok(())
/// }
/// ```
///
/// It knows each `sql!` of each crate that is linked into the test, called or not, also in generic functions. A crate
/// that a test in `tests/` never names is not linked: write `use my_crate as _;`. The server infers the parameters'
/// types from the text; where it cannot, write the type behind the capture: `{value}::int8`. What is found is syntax,
/// names of tables, columns, functions and types, and operators that do not exist; what only shows in running is not: a
/// capture of another type than the one inferred, a row type that does not fit, permissions. `sql_expr!` is a part of
/// other statements and is not looked at.
///
/// # Errors
/// [`ErrorKind::InvalidQuery`] with all statements that the server refuses, each with its file and line, the server's
/// message and the place in the text; also if the program has no `sql!`. Those of connecting.
pub async fn check_sql(db: &dyn Executor) -> Result<usize, Error> {
    let mut texts: Vec<&SqlText> = inventory::iter::<Registered>().map(|registered| registered.0).collect();
    texts.sort_by_key(|text| (text.file, text.line, text.column));
    if texts.is_empty() {
        return Err(Error::new(
            ErrorKind::InvalidQuery,
            "there is no `sql!` in this program; a crate is linked into a test only if the test names it: `use my_crate as _;`",
        ));
    }
    let mut refused = Vec::new();
    for text in &texts {
        match prepare(text, db).await {
            Ok(()) => {}
            Err(error) if is_verdict(&error) => refused.push(report(text, &error)),
            Err(error) => return Err(error),
        }
    }
    if refused.is_empty() {
        return Ok(texts.len());
    }
    Err(Error::new(
        ErrorKind::InvalidQuery,
        format!(
            "the server refuses {} of the {} `sql!` of this program:\n\n{}",
            refused.len(),
            texts.len(),
            refused.join("\n")
        ),
    ))
}

/// Whether the server speaks of the statement, and not of itself or the connection.
fn is_verdict(error: &Error) -> bool {
    let about_the_statement = |code: &str| {
        ["0A", "22", "42", "3F", "0L", "2B", "54"]
            .iter()
            .any(|class| code.starts_with(class))
    };
    error.sqlstate().is_some_and(about_the_statement)
}

async fn prepare(text: &SqlText, db: &dyn Executor) -> Result<(), Error> {
    if db.is_transaction() {
        // An error aborts it, but a savepoint brings it back.
        let savepoint = db.begin().await?;
        let prepared = prepare_only(text, &savepoint).await;
        savepoint.rollback().await?;
        return prepared;
    }
    prepare_only(text, db).await
}

/// Runs it with a sink that wants none of its columns: [`Executor::run`] asks the sink before it executes anything.
async fn prepare_only(text: &SqlText, db: &dyn Executor) -> Result<(), Error> {
    let param = Param::null(UNKNOWN);
    let statement = Statement {
        text: text.text.into(),
        params: vec![param; text.captures.len()],
        operation: text.operation,
        table: None,
        place: None,
        only_reads: false,
        options: None,
    };
    let mut sink = Prepared(false);
    match db.run(&statement, &mut sink).await {
        Err(_) if sink.0 => Ok(()),
        Err(error) => Err(error),
        Ok(_) => Err(Error::new(
            ErrorKind::Database,
            "this executor has run a statement whose columns were refused",
        )),
    }
}

/// Whether the server has prepared the statement.
struct Prepared(bool);

impl RowSink for Prepared {
    fn columns(&mut self, _: &[ResultColumn]) -> Result<(), Error> {
        self.0 = true;
        Err(Error::new(ErrorKind::InvalidQuery, "the statement is prepared only"))
    }

    fn row(&mut self, _: &Row<'_>) -> Result<(), Error> {
        Ok(())
    }
}

/// Where it is, what the server says, and the line of the text with a mark below the place.
fn report(text: &SqlText, error: &Error) -> String {
    let database = error.database();
    // The server's own words: what it quotes is the text's, as there are no values.
    let message = database.map_or(String::new(), |database| {
        format!("{} (SQLSTATE {})", database.message, database.code)
    });
    let mut report = format!("{}:{}:{}: {message}\n", text.file, text.line, text.column);
    if database.is_some_and(|database| database.code == "42P18") {
        report.push_str("    write its type behind the capture: `{value}::int8`\n");
    }
    let position = database.and_then(|database| database.position);
    let (shown, mark) = as_written(text, position);
    let (line, before) = match mark {
        Some(mark) => {
            let start = shown[..mark].rfind('\n').map_or(0, |newline| newline + 1);
            let line = shown[start..].lines().next().unwrap_or_default();
            (line, Some(shown[start..mark].chars().count()))
        }
        None => (shown.as_str(), None),
    };
    // The text's own indentation says nothing.
    let indented = line.chars().take_while(|char| char.is_whitespace()).count();
    report.push_str(&format!("    {}\n", line.trim()));
    if let Some(before) = before {
        report.push_str(&format!("    {}^\n", " ".repeat(before.saturating_sub(indented))));
    }
    if let Some(hint) = database.and_then(|database| database.hint.as_deref()) {
        report.push_str(&format!("    {hint}\n"));
    }
    report
}

/// The text with its captures instead of numbers, and the server's position, in characters from 1, as one in bytes of it.
fn as_written(text: &SqlText, position: Option<u32>) -> (String, Option<usize>) {
    let at = position.and_then(|position| {
        let index = usize::try_from(position).ok()?.checked_sub(1)?;
        let mut places = text.text.char_indices().map(|(at, _)| at);
        places.nth(index).or_else(|| (index > 0).then_some(text.text.len()))
    });
    let (mut shown, mut mark, mut from) = (String::new(), None, 0);
    let mut copy = |shown: &mut String, until: usize, from: usize| {
        if let Some(at) = at.filter(|at| (from..until).contains(at)) {
            mark = Some(shown.len() + at - from);
        }
        shown.push_str(&text.text[from..until]);
    };
    for (end, index) in text.places {
        let number = text.text[..*end].rfind('$').unwrap_or(from);
        copy(&mut shown, number, from);
        // A position on the number is one on the capture.
        let start = shown.len();
        copy(&mut shown, *end, number);
        shown.truncate(start);
        shown.push_str(&format!("{{{}}}", text.captures[*index]));
        from = *end;
    }
    copy(&mut shown, text.text.len(), from);
    if at == Some(text.text.len()) {
        mark = Some(shown.len());
    }
    (shown, mark)
}

//! What rows become, and how a statement is run.

use orm::ErrorKind;
use orm::prelude::*;

use super::{User, users};
use crate::support::Recorder;

#[derive(Row, Debug, Clone, PartialEq)]
struct Card {
    id: i64,
    name: String,
    nickname: Option<String>,
}

#[derive(Row, Debug, PartialEq)]
struct Contact {
    name: String,
    email: String,
}

#[derive(Row, Debug, PartialEq)]
struct Pair {
    #[orm(nested)]
    left: Card,
    #[orm(nested)]
    right: Option<Card>,
    distance: i64,
}

fn message<T: std::fmt::Debug>(result: Result<T, Error>) -> String {
    result.expect_err("this is refused").to_string()
}

#[orm::test(setup = users)]
async fn rows_are_models_structs_tuples_or_values(db: Database) -> Result<(), Error> {
    let ids = [1_i64, 2];
    let models: Vec<User> =
        sql!(r#"SELECT id, "Email", name, nickname, mood FROM sql_users WHERE id = ANY({ids}) ORDER BY id"#)
            .all(&db)
            .await?;
    assert_eq!(
        models,
        User::query()
            .filter(|u| u.id.in_(ids))
            .order_by(|u| u.id.asc())
            .all(&db)
            .await?
    );
    let cards = sql!("SELECT id, name, nickname FROM sql_users WHERE id = {ids[1]}")
        .all::<Card>(&db)
        .await?;
    assert_eq!(cards[0].nickname.as_deref(), Some("bobby"));
    let tuples: Vec<(String, i64)> = sql!("SELECT name, id * {10_i64} AS ten FROM sql_users ORDER BY 2")
        .all(&db)
        .await?;
    assert_eq!(tuples[2], ("Cleo".to_owned(), 30));
    let names: Vec<Option<String>> = sql!("SELECT nickname FROM sql_users ORDER BY id").all(&db).await?;
    assert_eq!(names, [None, Some("bobby".to_owned()), None]);
    let both: Option<(User, Card)> = sql!("SELECT u.*, id, name, nickname FROM sql_users u WHERE id = 3")
        .first(&db)
        .await?;
    assert_eq!(both.map(|(user, card)| user.id + card.id), Some(6));
    Ok(())
}

#[orm::test(setup = users)]
async fn a_row_within_a_row_has_the_names_of_its_own_fields(db: Database) -> Result<(), Error> {
    let pairs: Vec<Pair> = sql!(
        "SELECT a.id, a.name, a.nickname, b.id, b.name, b.nickname, coalesce(b.id - a.id, 0) AS distance
         FROM sql_users a LEFT JOIN sql_users b ON b.id = a.id + {2_i64} ORDER BY a.id"
    )
    .all(&db)
    .await?;
    assert_eq!(pairs.len(), 3);
    assert_eq!(pairs[0].right.as_ref().map(|card| card.id), Some(3));
    assert_eq!((&pairs[1].right, pairs[1].distance), (&None, 0));
    Ok(())
}

/// Both are texts, so their types say nothing.
#[orm::test(setup = users)]
async fn swapped_columns_are_refused_by_their_names(db: Database) -> Result<(), Error> {
    let right = sql!(r#"SELECT name, "Email" AS email FROM sql_users ORDER BY id"#);
    assert_eq!(
        right.first::<Contact>(&db).await?.map(|contact| contact.name),
        Some("Ann".to_owned())
    );
    let swapped = sql!(r#"SELECT "Email", name FROM sql_users"#);
    let error = swapped
        .clone()
        .all::<Contact>(&db)
        .await
        .expect_err("the columns are swapped");
    assert_eq!(error.kind(), ErrorKind::ColumnType);
    assert_eq!(
        error.to_string(),
        "column 1 is \"Email\", but the field is `Contact.name`; select the columns in the order of the fields, or rename \
         it: `… AS \"name\"`"
    );
    assert_eq!(swapped.all::<(String, String)>(&db).await?.len(), 3);
    let nameless = sql!("SELECT name, lower(name) FROM sql_users").one::<Contact>(&db);
    assert!(message(nameless.await).contains("column 2 is \"lower\", but the field is `Contact.email`"));
    let model = sql!(r#"SELECT id, name, "Email", nickname, mood FROM sql_users"#).all::<User>(&db);
    assert!(message(model.await).contains("column 2 is \"name\", but the field is `email`"));
    let mut stream = sql!(r#"SELECT "Email", name FROM sql_users"#).stream::<Contact>(&db);
    assert!(message(stream.try_next().await).contains("column 1 is \"Email\""));
    Ok(())
}

/// The columns are looked at before anything is executed.
#[orm::test(setup = users)]
async fn a_write_whose_result_does_not_fit_writes_nothing(db: Database) -> Result<(), Error> {
    let error = sql!("DELETE FROM sql_users RETURNING id, name")
        .all::<(i64, i64)>(&db)
        .await;
    assert_eq!(error.map_err(|error| error.kind()), Err(ErrorKind::ColumnType));
    let error = sql!("DELETE FROM sql_users RETURNING name, id AS nickname")
        .all::<Contact>(&db)
        .await;
    assert_eq!(error.map_err(|error| error.kind()), Err(ErrorKind::ColumnType));
    let error = sql!("DELETE FROM sql_users RETURNING id")
        .all::<(i64, String)>(&db)
        .await;
    assert!(message(error).contains("gives 1 columns"));
    assert_eq!(User::query().count(&db).await?, 3);
    Ok(())
}

#[orm::test(setup = users)]
async fn null_in_a_field_that_is_no_option_is_an_error(db: Database) {
    let error = sql!("SELECT nickname FROM sql_users WHERE id = 1")
        .one::<String>(&db)
        .await;
    assert_eq!(error.map_err(|error| error.kind()), Err(ErrorKind::Decode));
}

#[orm::test(setup = users)]
async fn first_and_one_take_what_there_is(db: Database) -> Result<(), Error> {
    assert_eq!(
        sql!("SELECT id FROM sql_users ORDER BY id DESC")
            .first::<i64>(&db)
            .await?,
        Some(3)
    );
    assert_eq!(
        sql!("SELECT id FROM sql_users WHERE false").first::<i64>(&db).await?,
        None
    );
    assert_eq!(sql!("SELECT count(*) FROM sql_users").one::<i64>(&db).await?, 3);
    let none = sql!("SELECT id FROM sql_users WHERE false").one::<i64>(&db).await;
    assert_eq!(none.map_err(|error| error.kind()), Err(ErrorKind::NotFound));
    let many = sql!("SELECT id FROM sql_users").one::<i64>(&db).await;
    assert_eq!(many.map_err(|error| error.kind()), Err(ErrorKind::TooManyRows));
    Ok(())
}

#[orm::test(setup = users)]
async fn writes_tell_how_many_rows_they_wrote(db: Database) -> Result<(), Error> {
    let (name, id) = (String::from("O'Hara; --"), 2_i64);
    assert_eq!(
        sql!("UPDATE sql_users SET name = {name} WHERE id = {id}")
            .execute(&db)
            .await?,
        1
    );
    assert_eq!(name, "O'Hara; --", "it was captured by reference");
    assert_eq!(User::find(2).one(&db).await?.name, name);
    assert_eq!(
        sql!("DELETE FROM sql_users WHERE id > {id - 1};").execute(&db).await?,
        2
    );
    assert_eq!(sql!("CREATE TABLE sql_made (id int)").execute(&db).await?, 0);
    let tx = db.begin().await?;
    assert_eq!(sql!("DELETE FROM sql_users").execute(&tx).await?, 1);
    tx.rollback().await?;
    assert_eq!(User::query().count(&db).await?, 1);
    Ok(())
}

/// A reading WITH goes through a cursor as a SELECT does, in bounded memory; a writing one cannot.
#[orm::test(setup = users)]
async fn streams_read_through_cursors_where_they_can(db: Database) -> Result<(), Error> {
    let last = 1_000_i64;
    let mut reading = sql!(
        "-- numbers
        WITH RECURSIVE n(i) AS (SELECT 1::int8 UNION ALL SELECT i + 1 FROM n WHERE i < {last}) SELECT i FROM n"
    )
    .stream::<i64>(&db);
    let mut sum = 0;
    while let Some(number) = reading.try_next().await? {
        sum += number;
    }
    assert_eq!(sum, last * (last + 1) / 2);
    let endless = sql!("WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n) SELECT i FROM n");
    assert_eq!(endless.stream::<i32>(&db).try_next().await?, Some(1));
    let mut writing = sql!("WITH gone AS (DELETE FROM sql_users RETURNING id) SELECT max(id) FROM gone").stream(&db);
    assert_eq!(writing.try_next().await?, Some(3_i64));
    drop(writing);
    assert_eq!(User::query().count(&db).await?, 0);
    Ok(())
}

#[orm::test(setup = users)]
async fn what_is_shown_holds_no_value(db: Database) -> Result<(), Error> {
    let secret = "SECRET";
    let statement = sql!("SELECT id FROM sql_users WHERE name = {secret} OR nickname = {secret}");
    assert_eq!(
        statement.to_string(),
        "SELECT id FROM sql_users WHERE name = $1 OR nickname = $1\n-- $1: text"
    );
    assert!(!format!("{statement:?}").contains(secret));
    assert_eq!(statement.clone().to_sql().params.len(), 1);
    assert!(statement.explain().text(&db).await?.contains("sql_users"));
    Ok(())
}

#[orm::test(setup = users)]
async fn one_text_is_one_statement_whatever_its_values_are(db: Database) -> Result<(), Error> {
    let db = Recorder::new(&db);
    for name in ["Ann", "Bob"] {
        sql!("SELECT id FROM sql_users WHERE name = {name}")
            .one::<i64>(&db)
            .await?;
    }
    let sent = db.take();
    assert_eq!(sent.len(), 2);
    assert_eq!(sent[0], sent[1]);
    Ok(())
}

/// As in a web framework's handler, which wants `Send` and gives no lifetimes.
#[orm::test(setup = users)]
async fn it_runs_in_a_spawned_task(db: Database) -> Result<(), Error> {
    let (local, id) = (db.clone(), String::from("2").parse::<i64>().unwrap());
    let task = tokio::spawn(async move {
        sql!("SELECT name FROM sql_users WHERE id = {id}")
            .one::<String>(&local)
            .await
    });
    assert_eq!(task.await.unwrap()?, "Bob");
    Ok(())
}

#[orm::test(setup = users)]
async fn a_transaction_is_pipelined_over_texts(db: Database) -> Result<(), Error> {
    let tx = db.begin().await?;
    let (one, two) = tokio::try_join!(
        sql!("SELECT name FROM sql_users WHERE id = 1").one::<String>(&tx),
        sql!("SELECT name FROM sql_users WHERE id = 2").one::<String>(&tx),
    )?;
    assert_eq!((&*one, &*two), ("Ann", "Bob"));
    tx.rollback().await
}

//! The place in the program that sends a statement.

use std::panic::Location;

use orm::count_statements;
use orm::prelude::*;

use super::support::*;

/// The lines of this file that sent something, in order.
fn lines(statements: &orm::Statements) -> Vec<u32> {
    let places = statements.iter().flat_map(|sent| sent.places());
    places
        .map(|(place, count)| {
            assert_eq!((place.file(), *count), (file!(), 1));
            place.line()
        })
        .collect()
}

#[orm::test(setup = tables)]
#[rustfmt::skip] // Each in the line after its number.
async fn each_terminal_of_a_read_knows_the_line_that_called_it(db: Database) -> Result<(), Error> {
    let first = line!() + 2;
    let (done, statements) = count_statements(async {
        Author::query().all(&db).await?;
        Author::query().first(&db).await?;
        Author::query().filter(|a| a.id.eq(1)).one(&db).await?;
        Author::query().count(&db).await?;
        Author::query().exists(&db).await?;
        Author::query().page(5, None, &db).await?;
        Author::query().explain().text(&db).await?;
        Author::find(1).first(&db).await?;
        Author::find(2).exists(&db).await?;
        sql!("SELECT name FROM authors").all::<String>(&db).await?;
        sql!("SELECT name FROM authors WHERE id = 1").first::<String>(&db).await?;
        sql!("SELECT count(*) FROM authors").one::<i64>(&db).await?;
        sql!("SELECT 1").execute(&db).await?;
        Author::query().filter(|a| a.id.gt(1)).stream(&db).try_next().await?;
        sql!("SELECT 2").stream::<i32>(&db).try_next().await
    })
    .await;
    done?;
    assert_eq!(lines(&statements), (first..first + 15).collect::<Vec<_>>(), "{statements}");
    Ok(())
}

#[orm::test(setup = tables)]
#[rustfmt::skip] // Each in the line after its number.
async fn each_terminal_of_a_write_knows_the_line_that_called_it(db: Database) -> Result<(), Error> {
    let mut ann = Author { id: 100, name: "a".into() };
    let first = line!() + 2;
    let (done, statements) = count_statements(async {
        Author::insert(author(100)).one(&db).await?;
        Author::insert(author(101)).execute(&db).await?;
        Author::insert(author(101)).on_conflict_do_nothing().one(&db).await?;
        ann = ann.update(&db).await?;
        ann.delete(&db).await?;
        Author::query().filter(|a| a.id.eq(101)).update(|a| a.name.set("b")).execute(&db).await?;
        Author::query().filter(|a| a.id.eq(101)).update(|a| a.name.set("b")).returning(|a| a.id).all(&db).await?;
        Author::query().filter(|a| a.id.eq(101)).delete().returning(|a| a.id).one(&db).await?;
        Author::insert_many((200..210).map(author)).all(&db).await?;
        Author::insert_many((300..310).map(author)).execute(&db).await
    })
    .await;
    done?;
    assert_eq!(lines(&statements), (first..first + 10).collect::<Vec<_>>(), "{statements}");
    Ok(())
}

#[orm::test(setup = tables)]
async fn a_copy_and_the_question_before_it_have_the_line_of_the_insert(db: Database) -> Result<(), Error> {
    let rows = (1_000..1_010).map(author);
    let line = line!() + 1;
    let (done, statements) = count_statements(Author::insert_many(rows).copy(true).execute(&db)).await;
    assert_eq!(done?, 10);
    assert_eq!(lines(&statements), [line, line], "{statements}");
    Ok(())
}

/// A terminal of the user's own passes its caller's place on.
#[track_caller]
fn by_id(id: i64, db: &Database) -> impl Future<Output = Result<Author, Error>> {
    Author::find(id).one(db)
}

#[orm::test(setup = tables)]
async fn a_function_of_the_users_can_pass_its_callers_place_on(db: Database) -> Result<(), Error> {
    let line = line!() + 1;
    let (found, statements) = count_statements(by_id(1, &db)).await;
    assert_eq!(found?.id, 1);
    assert_eq!(lines(&statements), [line]);
    Ok(())
}

#[orm::test(setup = tables)]
async fn a_statement_made_by_hand_has_the_place_that_is_put_into_it(db: Database) -> Result<(), Error> {
    let mut statement = Author::find(1).to_sql()?;
    assert_eq!(statement.place, None);
    statement.place = Some(Location::caller());
    let (done, statements) = count_statements(orm::Executor::open(&db, statement)).await;
    done?;
    assert_eq!(lines(&statements).len(), 1);
    Ok(())
}

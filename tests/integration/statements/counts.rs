//! What counts as a statement: each terminal, each executor.

use orm::prelude::*;
use orm::{Prepared, Query, count_statements};

use super::support::*;

static BY_NAME: Prepared<(String,), Query<Author>> =
    Prepared::new(|(name,)| Author::query().filter(|a| a.name.eq(name)));

#[orm::test(setup = tables)]
async fn every_terminal_of_a_read_is_one_statement(db: Database) -> Result<(), Error> {
    let (done, statements) = count_statements(async {
        Author::query().all(&db).await?;
        Author::query().first(&db).await?;
        Author::query().filter(|a| a.id.eq(1)).one(&db).await?;
        Author::query().count(&db).await?;
        Author::query().exists(&db).await?;
        Author::query().page(5, None, &db).await?;
        Author::query().explain().text(&db).await?;
        Author::find(1).first(&db).await?;
        Author::find(1).one(&db).await?;
        Author::find(1).exists(&db).await?;
        BY_NAME.bind(("author 1".to_owned(),)).all(&db).await?;
        sql!("SELECT name FROM authors").all::<String>(&db).await?;
        sql!("SELECT name FROM authors").first::<String>(&db).await?;
        sql!("SELECT count(*) FROM authors").one::<i64>(&db).await?;
        sql!("SELECT 1").execute(&db).await
    })
    .await;
    done?;
    assert_eq!(statements.total(), 15, "{statements}");
    assert_eq!(statements.transaction_commands(), 0);
    let of_authors = statements
        .iter()
        .filter(|sent| sent.table().is_some_and(|table| table.name == "authors"));
    assert_eq!(of_authors.map(|sent| sent.count()).sum::<usize>(), 11, "{statements}");
    Ok(())
}

#[orm::test(setup = tables)]
async fn every_terminal_of_a_write_is_one_statement(db: Database) -> Result<(), Error> {
    let (done, statements) = count_statements(async {
        let ann = Author::insert(author(100)).one(&db).await?;
        Author::insert(author(101)).execute(&db).await?;
        Author::insert(author(101)).on_conflict_do_nothing().one(&db).await?;
        ann.update(&db).await?;
        ann.delete(&db).await?;
        Author::query()
            .filter(|a| a.id.eq(101))
            .update(|a| a.name.set("b"))
            .returning(|a| a.id)
            .all(&db)
            .await?;
        Author::query()
            .filter(|a| a.id.eq(101))
            .delete()
            .returning(|a| a.id)
            .one(&db)
            .await?;
        Author::insert_many((200..210).map(author)).all(&db).await?;
        Author::insert_many((300..310).map(author)).execute(&db).await
    })
    .await;
    done?;
    let expected = [
        ("INSERT", 1),
        ("INSERT", 1),
        ("INSERT", 1),
        ("UPDATE", 1),
        ("DELETE", 1),
        ("UPDATE", 1),
        ("DELETE", 1),
        ("INSERT", 1),
        ("INSERT", 1),
    ];
    assert_eq!(statements.total(), expected.len(), "{statements}");
    Ok(())
}

#[orm::test(setup = tables)]
async fn nothing_to_write_is_no_statement_and_neither_is_what_cannot_be_sent(db: Database) -> Result<(), Error> {
    let (done, statements) = count_statements(async {
        Author::insert_many(Vec::<NewAuthor>::new()).execute(&db).await?;
        Author::query()
            .filter(|a| a.id.eq(1))
            .update(|_| Vec::new())
            .execute(&db)
            .await?;
        assert!(Author::query().delete().execute(&db).await.is_err());
        assert!(Author::query().page(0, None, &db).await.is_err());
        db.close();
        assert!(Author::query().all(&db).await.is_err());
        Ok::<_, Error>(())
    })
    .await;
    done?;
    assert_eq!(statements.to_string(), "no statements");
    Ok(())
}

#[orm::test(setup = tables)]
async fn a_statement_that_the_server_refuses_was_sent(db: Database) {
    let (refused, statements) = count_statements(sql!("SELECT nothing FROM authors").execute(&db)).await;
    assert!(refused.is_err());
    assert_eq!(statements.total(), 1);
}

#[orm::test(setup = tables)]
async fn a_stream_is_one_statement_however_many_pieces_it_is_read_in(db: Database) -> Result<(), Error> {
    Author::insert_many((1_000..2_000).map(author)).execute(&db).await?;
    let connection = db.connection().await?;
    let (done, statements) = count_statements(async {
        let mut rows = 0;
        for executor in [&db as &dyn Executor, &connection, &db.begin().await?] {
            let mut stream = Author::query().stream(executor);
            while stream.try_next().await?.is_some() {
                rows += 1;
            }
        }
        let mut written = sql!("UPDATE authors SET name = name RETURNING id").stream::<i64>(&db);
        while written.try_next().await?.is_some() {
            rows += 1;
        }
        Ok::<_, Error>(rows)
    })
    .await;
    assert_eq!(done?, 4 * (1_000 + AUTHORS));
    assert_eq!(operations(&statements), [("SELECT", 3), ("UPDATE", 1)], "{statements}");
    Ok(())
}

#[orm::test(setup = tables)]
async fn a_copy_is_one_statement_and_the_question_before_it_another(db: Database) -> Result<(), Error> {
    let (done, statements) = count_statements(Author::insert_many((1_000..7_000).map(author)).execute(&db)).await;
    assert_eq!(done?, 6_000);
    assert_eq!(operations(&statements), [("SELECT", 1), ("COPY", 1)], "{statements}");
    Ok(())
}

#[orm::test(setup = tables)]
async fn statements_count_on_connections_and_in_transactions_whose_own_commands_count_apart(
    db: Database,
) -> Result<(), Error> {
    let connection = db.connection().await?;
    let (done, statements) = count_statements(async {
        Author::find(1).one(&connection).await?;
        connection.batch("SELECT 1; SELECT 2").await?;
        db.transaction(async |tx| {
            Author::find(2).one(tx).await?;
            tx.batch("SELECT 1; SELECT 2").await?;
            tx.transaction(async |savepoint| Author::find(3).one(savepoint).await)
                .await
        })
        .await?;
        let dropped = db.begin().await?;
        Author::find(4).one(&dropped).await?;
        drop(dropped);
        Ok::<_, Error>(())
    })
    .await;
    done?;
    assert_eq!(operations(&statements), [("SELECT", 4), ("BATCH", 2)], "{statements}");
    // BEGIN, SAVEPOINT, RELEASE, COMMIT; BEGIN, ROLLBACK.
    assert_eq!(statements.transaction_commands(), 6);
    Ok(())
}

#[orm::test(setup = tables)]
async fn equal_shapes_are_one_statement_whatever_their_values_and_no_value_is_shown(db: Database) -> Result<(), Error> {
    let (done, statements) = count_statements(async {
        for name in ["canary 1", "canary 2", "canary 3"] {
            Author::query().filter(|a| a.name.eq(name)).all(&db).await?;
        }
        Author::query().filter(|a| a.id.eq(77_777)).all(&db).await
    })
    .await;
    done?;
    assert_eq!(operations(&statements), [("SELECT", 3), ("SELECT", 1)]);
    let shown = format!("{statements} {statements:?}");
    assert!(!shown.contains("canary") && !shown.contains("77777"), "{shown}");
    Ok(())
}

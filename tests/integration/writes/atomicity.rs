//! A row that fails, wherever it stands: nothing of the batch is stored.

use orm::prelude::*;

use super::models::{NewSample, NewTicket, NewUser, NewUserWith, Sample, Ticket, User, new_user, new_users, tables};
use super::support::scalar;

/// Rows of which one has an age that the table refuses.
fn rows(count: usize, bad: usize) -> Vec<NewUser> {
    let row = |(n, row): (usize, NewUser)| NewUser {
        age: if n == bad { -1 } else { row.age },
        ..row
    };
    new_users(0..count).enumerate().map(row).collect()
}

#[orm::test(setup = tables)]
async fn a_failing_row_anywhere_stores_nothing(db: Database) -> Result<(), Error> {
    for (count, bads) in [
        (3, vec![0, 1, 2]),
        (5_000, vec![0, 4_999]),
        (45_000, vec![0, 20_000, 44_999]),
    ] {
        for bad in bads {
            for copy in [false, true] {
                let error = User::insert_many(rows(count, bad))
                    .copy(copy)
                    .execute(&db)
                    .await
                    .unwrap_err();
                assert_eq!(error.kind(), ErrorKind::CheckViolation, "{count} {bad} {copy}");
                assert_eq!(
                    (error.constraint(), error.fields()),
                    (Some("users_age_check"), vec!["age"])
                );
                assert!(error.to_string().starts_with("User: "), "{error}");
            }
            assert_eq!(
                User::insert_many(rows(count, bad)).all(&db).await.unwrap_err().kind(),
                ErrorKind::CheckViolation
            );
        }
    }
    assert_eq!(User::query().count(&db).await?, 0);
    Ok(())
}

#[orm::test(setup = tables)]
async fn a_failing_row_in_a_later_group_stores_nothing(db: Database) -> Result<(), Error> {
    let mixed = || -> Vec<NewUserWith> {
        let last = NewUser {
            age: -1,
            ..new_user("last")
        };
        vec![
            new_user("a").into(),
            new_user("b").id(9),
            new_user("c").version(3),
            last.version(1).id(10),
        ]
    };
    for copy in [true, false] {
        assert!(User::insert_many(mixed()).copy(copy).execute(&db).await.is_err());
    }
    assert!(User::insert_many(mixed()).all(&db).await.is_err());
    assert_eq!(User::query().count(&db).await?, 0);
    Ok(())
}

#[orm::test(setup = tables)]
async fn a_failing_row_in_a_later_piece_stores_nothing(db: Database) -> Result<(), Error> {
    let rows = || {
        (0..3_000).map(|n| NewSample {
            id: n % 2_999,
            label: None,
            values: vec![],
        })
    };
    for copy in [true, false] {
        let error = Sample::insert_many(rows()).copy(copy).execute(&db).await.unwrap_err();
        assert!(error.violates(|key: super::models::SampleKeys| key.id), "{error}");
    }
    assert!(Sample::insert_many(rows()).all(&db).await.is_err());
    assert_eq!(Sample::query().count(&db).await?, 0);
    Ok(())
}

#[orm::test(setup = tables)]
async fn a_value_that_cannot_be_stored_anywhere_stores_nothing(db: Database) -> Result<(), Error> {
    let rows = |bad: usize| {
        new_users(0..6_000).enumerate().map(move |(n, row)| NewUser {
            name: if n == bad { "a\0b".into() } else { row.name },
            ..row
        })
    };
    for bad in [0, 5_999] {
        for copy in [true, false] {
            let error = User::insert_many(rows(bad)).copy(copy).execute(&db).await.unwrap_err();
            assert_eq!(error.kind(), ErrorKind::Encode, "{error}");
            if copy {
                let place = format!("`name` of row {}", bad + 1);
                assert!(error.to_string().contains(&place), "{error}");
            }
        }
        assert_eq!(
            User::insert_many(rows(bad)).all(&db).await.unwrap_err().kind(),
            ErrorKind::Encode
        );
    }
    assert_eq!(User::query().count(&db).await?, 0);
    Ok(())
}

#[orm::test(setup = tables)]
async fn a_failed_batch_in_a_transaction_is_undone_by_a_savepoint(db: Database) -> Result<(), Error> {
    for (count, copy) in [(3, false), (45_000, false), (10, true)] {
        let tx = db.begin().await?;
        Ticket::insert(NewTicket {}).one(&tx).await?;
        let result = tx
            .transaction(async |savepoint| User::insert_many(rows(count, 1)).copy(copy).execute(savepoint).await)
            .await;
        assert_eq!(result.unwrap_err().kind(), ErrorKind::CheckViolation);
        User::insert(new_user(&format!("user{count}"))).one(&tx).await?;
        tx.commit().await?;
    }
    assert_eq!(
        (User::query().count(&db).await?, Ticket::query().count(&db).await?),
        (3, 3)
    );
    Ok(())
}

#[orm::test(setup = tables)]
async fn a_failed_batch_without_a_savepoint_aborts_the_transaction(db: Database) -> Result<(), Error> {
    // Of one statement, of several, and by COPY.
    for (count, bad, copy) in [
        (3, 1, false),
        (45_000, 0, false),
        (45_000, 44_999, false),
        (10, 1, true),
    ] {
        let tx = db.begin().await?;
        Ticket::insert(NewTicket {}).one(&tx).await?;
        let batch = User::insert_many(rows(count, bad)).copy(copy);
        assert_eq!(batch.execute(&tx).await.unwrap_err().kind(), ErrorKind::CheckViolation);
        let next = User::query().count(&tx).await.unwrap_err();
        assert_eq!(next.kind(), ErrorKind::TransactionAborted, "{count} {copy}");
        assert_eq!(tx.commit().await.unwrap_err().kind(), ErrorKind::TransactionAborted);
    }
    let tx = db.begin().await?;
    assert!(User::insert_many(rows(45_000, 44_999)).all(&tx).await.is_err());
    assert_eq!(tx.commit().await.unwrap_err().kind(), ErrorKind::TransactionAborted);
    assert_eq!(
        (User::query().count(&db).await?, Ticket::query().count(&db).await?),
        (0, 0)
    );
    Ok(())
}

#[orm::test(setup = tables)]
async fn a_value_that_cannot_be_sent_leaves_the_transaction_as_it_was(db: Database) -> Result<(), Error> {
    let mut rows = rows(45_000, usize::MAX);
    rows[44_999].name = "\0".into();
    let tx = db.begin().await?;
    Ticket::insert(NewTicket {}).one(&tx).await?;
    let error = User::insert_many(rows).copy(false).execute(&tx).await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Encode);
    let mixed = || {
        vec![
            new_user("a").into(),
            NewUser {
                name: "\0".into(),
                ..new_user("b")
            }
            .id(5),
        ]
    };
    assert_eq!(
        User::insert_many(mixed()).execute(&tx).await.unwrap_err().kind(),
        ErrorKind::Encode
    );
    assert_eq!(
        User::insert_many(mixed()).all(&tx).await.unwrap_err().kind(),
        ErrorKind::Encode
    );
    assert_eq!(User::query().count(&tx).await?, 0);
    tx.commit().await?;
    assert_eq!(
        (User::query().count(&db).await?, Ticket::query().count(&db).await?),
        (0, 1)
    );
    Ok(())
}

#[orm::test(setup = tables)]
async fn batches_of_several_statements_can_be_pipelined_in_a_transaction(db: Database) -> Result<(), Error> {
    let mixed = |name: &str| {
        vec![
            new_user(&format!("{name} 1")).into(),
            new_user(&format!("{name} 2")).version(5),
        ]
    };
    let tx = db.begin().await?;
    let (a, b, c) = tokio::try_join!(
        User::insert_many(mixed("a")).execute(&tx),
        User::insert_many(mixed("b")).all(&tx),
        User::insert_many(mixed("c")).execute(&tx),
    )?;
    assert_eq!((a, b.len(), c), (2, 2, 2));
    tx.commit().await?;
    assert_eq!(User::query().count(&db).await?, 6);
    // When one of them fails, an `Ok` of another one is not committed without it.
    let tx = db.begin().await?;
    let mut bad = mixed("d");
    bad.push(
        NewUser {
            age: -1,
            ..new_user("bad")
        }
        .version(1),
    );
    let (bad, _) = tokio::join!(
        User::insert_many(bad).execute(&tx),
        User::insert(new_user("e")).one(&tx)
    );
    assert!(bad.is_err());
    assert_eq!(tx.commit().await.unwrap_err().kind(), ErrorKind::TransactionAborted);
    assert_eq!(User::query().count(&db).await?, 6);
    Ok(())
}

#[orm::test(setup = tables)]
async fn a_large_batch_in_a_transaction_is_rolled_back_with_it(db: Database) -> Result<(), Error> {
    let tx = db.begin().await?;
    assert_eq!(User::insert_many(new_users(0..25_000)).all(&tx).await?.len(), 25_000);
    assert_eq!(User::insert_many(new_users(25_000..50_000)).execute(&tx).await?, 25_000);
    assert_eq!(User::query().count(&tx).await?, 50_000);
    assert_eq!(User::query().count(&db).await?, 0);
    drop(tx);
    assert_eq!(scalar::<i64>(&db, "SELECT count(*) FROM users").await, 0);
    Ok(())
}

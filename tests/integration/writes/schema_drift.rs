//! A schema that is not the model's, or changes under the program.

use orm::prelude::*;

use super::models::{Line, NewLine, NewSample, NewUser, Sample, User, new_user, new_users, tables};
use super::support::{another, scalar};
use crate::support::Recorder;

#[orm::test(setup = tables)]
async fn a_missing_table_or_column_is_an_error_that_says_so(db: Database) -> Result<(), Error> {
    User::insert(new_user("ann")).one(&db).await?;
    db.batch("ALTER TABLE users DROP nickname").await?;
    let errors = [
        User::insert(new_user("bob")).one(&db).await.unwrap_err(),
        User::insert_many(new_users(0..2)).execute(&db).await.unwrap_err(),
        User::insert_many(new_users(0..2))
            .copy(true)
            .execute(&db)
            .await
            .unwrap_err(),
        User::query()
            .filter(|u| u.id.eq(1))
            .update(|u| u.nickname.set("x"))
            .execute(&db)
            .await
            .unwrap_err(),
        User::query().all(&db).await.unwrap_err(),
    ];
    for (n, error) in errors.iter().enumerate() {
        assert_eq!(
            (error.kind(), error.sqlstate()),
            (ErrorKind::UndefinedObject, Some("42703")),
            "{n}: {error}"
        );
        let text = error.to_string();
        assert!(
            text.contains("\"nickname\"") && text.contains("migrations"),
            "{n}: {text}"
        );
    }
    db.batch("DROP TABLE users CASCADE").await?;
    let errors = [
        User::insert(new_user("bob")).one(&db).await.unwrap_err(),
        User::insert_many(new_users(0..2))
            .copy(true)
            .execute(&db)
            .await
            .unwrap_err(),
        User::insert_many(new_users(0..6_000)).execute(&db).await.unwrap_err(),
        User::query().all_rows().delete().execute(&db).await.unwrap_err(),
    ];
    for (n, error) in errors.iter().enumerate() {
        assert_eq!(
            (error.kind(), error.sqlstate()),
            (ErrorKind::UndefinedObject, Some("42P01")),
            "{n}: {error}"
        );
        assert!(error.to_string().contains("users"), "{n}: {error}");
    }
    Ok(())
}

#[orm::test(setup = tables)]
async fn a_column_of_another_type_is_an_error_that_names_it(db: Database) -> Result<(), Error> {
    User::insert(new_user("ann")).one(&db).await?;
    db.batch("ALTER TABLE users ALTER age TYPE int8").await?;
    let pool = another(&db, 1).await;
    for db in [&db, &pool] {
        for error in [
            User::query().all(db).await.unwrap_err(),
            User::insert(new_user("bob")).one(db).await.unwrap_err(),
            User::insert_many(new_users(0..3)).all(db).await.unwrap_err(),
            User::query()
                .limit(1)
                .update(|u| u.name.set("x"))
                .all(db)
                .await
                .unwrap_err(),
            User::query().limit(1).delete().all(db).await.unwrap_err(),
        ] {
            assert_eq!(error.kind(), ErrorKind::ColumnType, "{error}");
            let text = error.to_string();
            assert!(
                text.contains("\"age\"") && text.contains("int8") && text.contains("int4"),
                "{text}"
            );
        }
        // Refused before it was run: nothing was written or deleted.
        let names: Vec<String> = User::query().select(|u| u.name).all(db).await?;
        assert_eq!(names, ["ann"]);
    }
    Ok(())
}

#[orm::test(setup = tables)]
async fn a_batch_into_a_column_of_another_type_is_right_or_refused_but_never_garbled(
    db: Database,
) -> Result<(), Error> {
    // COPY sends bytes without types: those of an int4 would be taken for a float4, a date …
    for (ty, stored) in [("float4", "7"), ("int8", "7"), ("numeric", "7"), ("float8", "7")] {
        db.batch(&format!(
            "TRUNCATE users CASCADE; ALTER TABLE users ALTER age TYPE {ty}"
        ))
        .await?;
        for (n, copy) in [Some(true), Some(false), None].into_iter().enumerate() {
            let rows = (0..if copy.is_none() { 5_000 } else { 2 }).map(|i| NewUser {
                age: 7,
                ..new_user(&format!("{n} {i}"))
            });
            let insert = User::insert_many(rows);
            let insert = match copy {
                Some(copy) => insert.copy(copy),
                None => insert,
            };
            insert.execute(&db).await?;
        }
        let ages: Vec<String> = super::support::column(&db, "SELECT DISTINCT age::text FROM users").await?;
        assert_eq!(ages, [stored], "{ty}");
    }
    db.batch("TRUNCATE users CASCADE; ALTER TABLE users DROP age; ALTER TABLE users ADD age date")
        .await?;
    for copy in [true, false] {
        let error = User::insert_many(new_users(0..2))
            .copy(copy)
            .execute(&db)
            .await
            .unwrap_err();
        assert_eq!(
            (error.kind(), error.sqlstate()),
            (ErrorKind::ColumnType, Some("42804")),
            "{error}"
        );
        assert!(error.to_string().contains("\"age\""), "{error}");
    }
    assert_eq!(User::query().count(&db).await?, 0);
    Ok(())
}

#[orm::test(setup = tables)]
async fn columns_of_kindred_types_take_batches(db: Database) -> Result<(), Error> {
    db.batch(
        "CREATE DOMAIN short AS varchar(20) CHECK (value <> 'bad'); CREATE DOMAIN shorter AS short; \
         ALTER TABLE order_lines ALTER text TYPE shorter; ALTER TABLE samples ALTER label TYPE char(5)",
    )
    .await?;
    let recorder = Recorder::new(&db);
    let lines = |order_id| {
        (0..3).map(move |number| NewLine {
            number,
            order_id,
            text: Some("good".into()),
        })
    };
    Line::insert_many(lines(1)).copy(true).execute(&recorder).await?;
    assert!(recorder.take().iter().any(|text| text.starts_with("COPY")));
    Line::insert_many(lines(2)).copy(false).execute(&db).await?;
    for copy in [true, false] {
        let bad = lines(3).map(|line| NewLine {
            text: Some("bad".into()),
            ..line
        });
        assert_eq!(
            Line::insert_many(bad).copy(copy).execute(&db).await.unwrap_err().kind(),
            ErrorKind::CheckViolation
        );
        let sample = NewSample {
            id: i32::from(copy),
            label: Some("abc".into()),
            values: vec![],
        };
        Sample::insert_many([sample]).copy(copy).execute(&db).await?;
    }
    assert_eq!(
        scalar::<i64>(&db, "SELECT count(*) FROM order_lines WHERE text = 'good'").await,
        6
    );
    assert_eq!(
        scalar::<i64>(&db, "SELECT count(*) FROM samples WHERE octet_length(label) = 5").await,
        2
    );
    db.batch("TRUNCATE samples; ALTER TABLE samples ALTER values TYPE int4[]")
        .await?;
    let sample = NewSample {
        id: 1,
        label: None,
        values: vec![Some(1), None],
    };
    Sample::insert_many([sample]).copy(true).execute(&db).await?;
    assert_eq!(
        scalar::<String>(&db, "SELECT values::text FROM samples").await,
        "{1,NULL}"
    );
    Ok(())
}

#[orm::test(setup = tables)]
async fn a_table_that_is_altered_under_a_cached_statement_goes_on(db: Database) -> Result<(), Error> {
    let pool = another(&db, 1).await;
    let ann = User::insert(new_user("ann")).one(&pool).await?;
    let find = || User::find(ann.id).one(&pool);
    for (n, alter) in [
        "ALTER TABLE users ADD extra int4 DEFAULT 5",
        "ALTER TABLE users DROP extra",
        "ALTER TABLE users ALTER name TYPE varchar(100)",
        "ALTER TABLE users ALTER age TYPE int8; ALTER TABLE users ALTER age TYPE int4",
        "CREATE INDEX ON users (age)",
    ]
    .into_iter()
    .enumerate()
    {
        let mut before = find().await?;
        db.batch(alter).await?;
        assert_eq!(find().await?, before, "{alter}");
        before.age += 1;
        before.update(&pool).await?;
        User::insert(new_user(&format!("one{n}"))).one(&pool).await?;
        let many = (0..3).map(|i| new_user(&format!("many{n} {i}")));
        assert_eq!(User::insert_many(many).all(&pool).await?.len(), 3);
        let copied = (0..3).map(|i| new_user(&format!("copied{n} {i}")));
        assert_eq!(User::insert_many(copied).copy(true).execute(&pool).await?, 3);
        let touched = User::query()
            .filter(|u| u.name.eq(format!("many{n} 1")))
            .update(|u| u.age.set(0));
        assert_eq!(touched.all(&pool).await?.len(), 1);
    }
    Ok(())
}

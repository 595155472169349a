//! No error shows a value or a password: a canary goes through every kind of failure.

use std::error::Error as _;
use std::fmt::Write;

use orm::prelude::*;

use super::models::{Line, NewLine, NewPost, NewUser, Post, Sample, User, new_post, new_user, tables};
use super::support::{builder_of, column, run};

const CANARY: &str = "SECRET-c4n4ry";

/// All that a log could show of an error.
fn shown(error: &Error) -> String {
    let mut text = format!("{error}\n{error:?}\n{error:#?}\n");
    let mut cause = error.source();
    while let Some(error) = cause {
        let _ = write!(text, "{error}\n{error:?}\n{error:#?}\n");
        cause = error.source();
    }
    if let Some(database) = error.database() {
        let _ = write!(text, "{database:?}\n{database:#?}");
    }
    text
}

fn check(what: &str, kind: ErrorKind, error: Error) {
    assert_eq!(error.kind(), kind, "{what}: {error}");
    let shown = shown(&error);
    assert!(!shown.contains("c4n4ry"), "{what}:\n{shown}");
}

fn secret(name: &str) -> NewUser {
    NewUser {
        email: format!("{CANARY}@{name}"),
        name: format!("a\"{CANARY}\"b"),
        nickname: Some(CANARY.into()),
        ..new_user(name)
    }
}

#[orm::test(setup = tables)]
async fn an_error_of_a_constraint_shows_no_value(db: Database) -> Result<(), Error> {
    let ann = User::insert(secret("ann")).one(&db).await?;
    check(
        "unique",
        ErrorKind::UniqueViolation,
        User::insert(secret("ann")).one(&db).await.unwrap_err(),
    );
    for copy in [true, false] {
        let many = User::insert_many([secret("new"), secret("ann")])
            .copy(copy)
            .execute(&db)
            .await;
        check("unique, many", ErrorKind::UniqueViolation, many.unwrap_err());
        let young = User::insert_many([NewUser {
            age: -1,
            ..secret("new")
        }])
        .copy(copy)
        .execute(&db)
        .await;
        check("check", ErrorKind::CheckViolation, young.unwrap_err());
    }
    let nobodys = NewPost {
        author_id: 99,
        tags: vec![CANARY.into()],
        ..new_post(&ann, CANARY)
    };
    check(
        "foreign key",
        ErrorKind::ForeignKeyViolation,
        Post::insert(nobodys).one(&db).await.unwrap_err(),
    );
    let unique = User::insert(secret("ann")).one(&db).await.unwrap_err();
    let detail = unique
        .database()
        .and_then(|database| database.detail())
        .unwrap_or_default();
    assert!(detail.contains(CANARY), "who asks for DETAIL gets it: {detail}");
    db.batch("ALTER TABLE users ALTER nickname SET NOT NULL").await?;
    let null = NewUser {
        nickname: None,
        ..secret("null")
    };
    check(
        "not null",
        ErrorKind::NotNullViolation,
        User::insert(null).one(&db).await.unwrap_err(),
    );
    db.batch("ALTER TABLE users ADD CONSTRAINT apart EXCLUDE USING btree (nickname WITH =)")
        .await?;
    check(
        "exclusion",
        ErrorKind::ExclusionViolation,
        User::insert(secret("bob")).one(&db).await.unwrap_err(),
    );
    Ok(())
}

#[orm::test(setup = tables)]
async fn an_error_about_a_value_does_not_show_it(db: Database) -> Result<(), Error> {
    let ann = User::insert(secret("ann")).one(&db).await?;
    let number = User::query()
        .select(|u| u.name.cast::<i32>())
        .all(&db)
        .await
        .unwrap_err();
    check("a text as a number", ErrorKind::InvalidValue, number);
    let found = User::query()
        .filter(|u| u.name.matches(format!("({CANARY}")))
        .all(&db)
        .await
        .unwrap_err();
    check("a regular expression", ErrorKind::InvalidValue, found);
    for copy in [true, false] {
        let zero = NewUser {
            name: format!("{CANARY}\0"),
            ..secret("zero")
        };
        let zero = User::insert_many([zero]).copy(copy).execute(&db).await.unwrap_err();
        check("a NUL byte", ErrorKind::Encode, zero);
    }
    db.batch("ALTER TABLE order_lines ALTER text TYPE varchar(3)").await?;
    let long = || NewLine {
        number: 1,
        order_id: 1,
        text: Some(CANARY.into()),
    };
    check(
        "too long",
        ErrorKind::InvalidValue,
        Line::insert(long()).one(&db).await.unwrap_err(),
    );
    check(
        "too long",
        ErrorKind::InvalidValue,
        Line::insert_many([long()]).copy(true).execute(&db).await.unwrap_err(),
    );
    let age = User::find(ann.id)
        .into_query()
        .update(|u| u.age.set(u.age + i32::MAX))
        .execute(&db)
        .await;
    check("out of range", ErrorKind::InvalidValue, age.unwrap_err());
    db.batch("ALTER TYPE status ADD VALUE 'SECRET-c4n4ry'").await?;
    db.batch("INSERT INTO parcels (\"to\", status) VALUES (ROW('', 1), 'SECRET-c4n4ry')")
        .await?;
    let unknown = super::models::Parcel::query().all(&db).await.unwrap_err();
    check("an unknown label", ErrorKind::Decode, unknown);
    Sample::insert(super::models::NewSample {
        id: 1,
        label: Some(CANARY.into()),
        values: vec![],
    })
    .one(&db)
    .await?;
    let json = run(&db, "SELECT label::jsonb IS NULL FROM samples", vec![])
        .await
        .unwrap_err();
    check("no JSON", ErrorKind::InvalidValue, json);
    Ok(())
}

#[orm::test(setup = tables)]
async fn other_errors_show_no_value(db: Database) -> Result<(), Error> {
    let ann = User::insert(secret("ann")).one(&db).await?;
    check("two", ErrorKind::TooManyRows, {
        User::insert(secret("bob")).one(&db).await?;
        User::query()
            .filter(|u| u.nickname.eq(CANARY))
            .one(&db)
            .await
            .unwrap_err()
    });
    check(
        "none",
        ErrorKind::NotFound,
        User::query().filter(|u| u.name.eq(CANARY)).one(&db).await.unwrap_err(),
    );
    let mut stale = ann.clone();
    ann.update(&db).await?;
    stale.nickname = Some(format!("{CANARY}!"));
    check("stale", ErrorKind::Stale, stale.update(&db).await.unwrap_err());
    let tx = db.begin().await?;
    tx.batch("SET LOCAL statement_timeout = 20").await?;
    db.batch("CREATE FUNCTION nap(text) RETURNS boolean LANGUAGE sql VOLATILE AS 'SELECT pg_sleep(1) IS NOT NULL'")
        .await?;
    let slow = run(&tx, "SELECT nap($1)", vec![orm::Param::new(&CANARY.to_owned())])
        .await
        .unwrap_err();
    check("timeout", ErrorKind::QueryCanceled, slow);
    check(
        "aborted",
        ErrorKind::TransactionAborted,
        User::insert(secret("x")).one(&tx).await.unwrap_err(),
    );
    drop(tx);
    let twice = || [secret("twice"), secret("twice")];
    let twice = User::insert_many(twice())
        .on_conflict(|key| key.email)
        .update(|u, _| u.name.set(CANARY));
    check(
        "twice in an upsert",
        ErrorKind::Database,
        twice.execute(&db).await.unwrap_err(),
    );
    db.batch("ALTER TABLE users DROP nickname CASCADE").await?;
    check(
        "a missing column",
        ErrorKind::UndefinedObject,
        User::insert(secret("new")).one(&db).await.unwrap_err(),
    );
    Ok(())
}

#[orm::test(setup = tables)]
async fn builders_and_rows_show_no_value(db: Database) -> Result<(), Error> {
    let update = User::query()
        .filter(|u| u.name.eq(CANARY))
        .update(|u| u.nickname.set(CANARY));
    let shown = [
        format!("{:?}", secret("a")),
        format!("{:?}", secret("a").id(1)),
        format!("{:?}", User::insert(secret("a"))),
        format!("{:?}", User::insert_many([secret("a")])),
        format!("{:?}", User::query().filter(|u| u.name.eq(CANARY))),
        format!("{update:?}"),
        update.to_sql()?.to_string(),
        format!(
            "{:?}",
            User::insert(secret("a"))
                .on_conflict(|key| key.email)
                .do_nothing()
                .to_sql()?
        ),
    ];
    for text in shown {
        assert!(!text.contains("c4n4ry"), "{text}");
    }
    drop(db);
    Ok(())
}

#[orm::test(setup = tables)]
async fn no_error_of_connecting_shows_the_password(db: Database) -> Result<(), Error> {
    let role: String = column(&db, "SELECT 'p_' || current_database()::text").await?.remove(0);
    let unreachable = Database::connect(&format!("postgres://ann:{CANARY}@127.0.0.1:1/x"))
        .await
        .unwrap_err();
    check("unreachable", ErrorKind::Connect, unreachable);
    for url in [
        format!("postgres://ann:{CANARY}@host:port/x"),
        format!("postgres//ann:{CANARY}@host/x"),
        CANARY.to_owned(),
        format!("postgres://ann:{CANARY}@host/x?sslmode=maybe"),
    ] {
        check(&url, ErrorKind::Config, Database::connect(&url).await.unwrap_err());
    }
    let builder = builder_of(&db).await.user(role).password(CANARY);
    assert!(!format!("{builder:?} {builder:#?}").contains(CANARY));
    let error = builder.connect().await.unwrap_err();
    let shown = shown(&error);
    assert!(!shown.contains(CANARY), "{shown}");
    assert!(
        matches!(error.kind(), ErrorKind::Authentication | ErrorKind::Connect),
        "{error}"
    );
    assert!(!format!("{db:?} {:#?}", db.status()).contains(CANARY));
    Ok(())
}

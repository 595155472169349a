//! When a batch goes by COPY, and when not.

use orm::prelude::*;

use super::models::{NewUser, Post, Status, User, new_post, new_users, tables};
use super::support::{another, drop_role, make_role, scalar};
use crate::support::Recorder;

fn copies(sent: &[String]) -> usize {
    sent.iter().filter(|text| text.starts_with("COPY ")).count()
}

#[orm::test(setup = tables)]
async fn many_rows_are_copied_when_nothing_is_returned(db: Database) -> Result<(), Error> {
    let recorder = Recorder::new(&db);
    User::insert_many(new_users(0..4_999)).execute(&recorder).await?;
    assert_eq!(copies(&recorder.take()), 0);
    User::insert_many(new_users(5_000..10_000)).execute(&recorder).await?;
    assert_eq!(copies(&recorder.take()), 1);
    User::insert_many(new_users(10_000..15_000)).all(&recorder).await?;
    assert_eq!(copies(&recorder.take()), 0);
    User::insert_many(new_users(15_000..20_000))
        .copy(false)
        .execute(&recorder)
        .await?;
    assert_eq!(copies(&recorder.take()), 0);
    User::insert_many(new_users(20_000..20_001))
        .copy(true)
        .execute(&recorder)
        .await?;
    assert_eq!(copies(&recorder.take()), 1);
    let again = new_users(0..6_000);
    let stored = User::insert_many(again)
        .copy(true)
        .on_conflict(|key| key.email)
        .do_nothing();
    assert_eq!(stored.execute(&recorder).await?, 1);
    assert_eq!(copies(&recorder.take()), 0);
    assert_eq!(User::query().count(&db).await?, 20_001);
    Ok(())
}

#[orm::test(setup = tables)]
async fn a_role_under_row_level_security_inserts_without_copy(db: Database) -> Result<(), Error> {
    let role = make_role(&db).await;
    db.batch("ALTER TABLE users ENABLE ROW LEVEL SECURITY; CREATE POLICY young ON users USING (age < 5000)")
        .await?;
    let pool = another(&db, 1).await;
    let connection = pool.connection().await?;
    connection.batch(&format!("SET ROLE {role}")).await?;
    let recorder = Recorder::new(&connection);
    assert_eq!(User::insert_many(new_users(0..5_000)).execute(&recorder).await?, 5_000);
    assert_eq!(copies(&recorder.take()), 0);
    // A row that the policy refuses: nothing is stored.
    let refused = User::insert_many(new_users(4_999..10_000).map(|row| NewUser {
        email: row.email + "x",
        ..row
    }))
    .execute(&recorder)
    .await
    .unwrap_err();
    assert_eq!(
        (refused.kind(), refused.sqlstate()),
        (ErrorKind::PermissionDenied, Some("42501"))
    );
    assert_eq!(User::query().count(&connection).await?, 5_000);
    // Asking for COPY does not change that.
    let row = User::insert_many(new_users(100..101).map(|row| NewUser {
        email: "x".into(),
        ..row
    }))
    .copy(true);
    assert_eq!(row.execute(&recorder).await?, 1);
    assert_eq!(copies(&recorder.take()), 0);
    drop(connection);
    assert_eq!(User::query().count(&pool).await?, 5_001);
    drop_role(&db, &role).await;
    Ok(())
}

#[orm::test(setup = tables)]
async fn triggers_and_defaults_work_under_copy(db: Database) -> Result<(), Error> {
    db.batch(
        "CREATE FUNCTION shout() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN NEW.name = upper(NEW.name); RETURN NEW; END $$; \
         CREATE TRIGGER shout BEFORE INSERT ON users FOR EACH ROW EXECUTE FUNCTION shout()",
    )
    .await?;
    User::insert_many(new_users(0..10)).copy(true).execute(&db).await?;
    let loud: i64 = scalar(
        &db,
        "SELECT count(*) FROM users WHERE name = upper(name) AND version = 1",
    )
    .await;
    assert_eq!(loud, 10);
    Ok(())
}

#[orm::test(setup = tables)]
async fn enums_generated_columns_and_arrays_can_be_copied(db: Database) -> Result<(), Error> {
    let ann = User::insert(super::models::new_user("ann")).one(&db).await?;
    let rows = (0..10).map(|n| {
        let mut row = new_post(&ann, &n.to_string());
        row.tags = (0..n).map(|tag| tag.to_string()).collect();
        row.status(if n % 2 == 0 { Status::Draft } else { Status::Published })
    });
    let recorder = Recorder::new(&db);
    assert_eq!(Post::insert_many(rows).copy(true).execute(&recorder).await?, 10);
    assert_eq!(copies(&recorder.take()), 1);
    for (n, post) in Post::query()
        .order_by(|p| p.id.asc())
        .all(&db)
        .await?
        .into_iter()
        .enumerate()
    {
        assert_eq!((post.title, post.tags.len(), post.twice), (n.to_string(), n, 3.0));
        assert_eq!(post.status == Status::Published, n % 2 == 1);
    }
    Ok(())
}

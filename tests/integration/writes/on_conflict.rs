//! Upserts.

use orm::prelude::*;

use super::models::{
    Line, Membership, NewLine, NewMembership, NewUser, Post, User, new_post, new_user, new_users, tables,
};
use crate::support::Recorder;

#[orm::test(setup = tables)]
async fn an_upsert_updates_the_row_with_the_key(db: Database) -> Result<(), Error> {
    let upsert = |name: &str, age| {
        User::insert(NewUser {
            age,
            name: name.to_uppercase(),
            ..new_user(name)
        })
        .on_conflict(|key| key.email)
        .update(|u, new| (u.name.set(new.name), u.age.set(u.age + new.age)))
    };
    let ann = upsert("ann", 3).one(&db).await?;
    assert_eq!((ann.name.as_str(), ann.age, ann.version), ("ANN", 3, 1));
    let again = upsert("ann", 4).one(&db).await?;
    assert_eq!((again.id, again.age, again.version), (ann.id, 7, 2));
    assert_eq!(upsert("bob", 1).execute(&db).await?, 1);
    let age: i32 = upsert("ann", 1).returning(|u| u.age).one(&db).await?;
    assert_eq!(age, 8);
    assert_eq!(User::query().count(&db).await?, 2);
    Ok(())
}

#[orm::test(setup = tables)]
async fn do_nothing_gives_the_row_or_none(db: Database) -> Result<(), Error> {
    let insert = |age| {
        User::insert(NewUser { age, ..new_user("ann") })
            .on_conflict(|key| key.email)
            .do_nothing()
    };
    let ann = insert(1).one(&db).await?.expect("it was not there");
    assert_eq!(insert(2).one(&db).await?, None);
    assert_eq!(insert(2).execute(&db).await?, 0);
    assert_eq!(User::query().all(&db).await?, [ann]);
    Ok(())
}

#[orm::test(setup = tables)]
async fn another_key_that_exists_is_still_an_error(db: Database) -> Result<(), Error> {
    let ann = User::insert(new_user("ann")).one(&db).await?;
    let error = User::insert(new_user("bob").id(ann.id))
        .on_conflict(|key| key.email)
        .do_nothing()
        .one(&db)
        .await
        .unwrap_err();
    assert!(error.violates(|key: super::models::UserKeys| key.id), "{error}");
    let kept = User::insert(new_user("bob").id(ann.id))
        .on_conflict(|key| key.id)
        .do_nothing()
        .one(&db)
        .await?;
    assert_eq!(kept, None);
    Ok(())
}

#[orm::test(setup = tables)]
async fn keys_of_several_columns_can_conflict(db: Database) -> Result<(), Error> {
    let ann = User::insert(new_user("ann")).one(&db).await?;
    for score in [1.0, 5.0] {
        let mut row = new_post(&ann, "first");
        row.score = score;
        Post::insert(row)
            .on_conflict(|key| key.author_id_title)
            .update(|p, new| p.score.set(new.score))
            .one(&db)
            .await?;
    }
    let post = Post::query().one(&db).await?;
    assert_eq!((post.score, post.twice), (5.0, 10.0));
    let line = |text: &str| NewLine {
        number: 1,
        order_id: 2,
        text: Some(text.to_owned()),
    };
    for text in ["a", "b"] {
        Line::insert(line(text))
            .on_conflict(|key| key.order_id_number)
            .update(|l, new| l.text.set(new.text))
            .one(&db)
            .await?;
    }
    assert_eq!(Line::find((2, 1)).one(&db).await?.text.as_deref(), Some("b"));
    let member = || NewMembership {
        group_id: 1,
        user_id: 2,
    };
    let join = || {
        Membership::insert(member())
            .on_conflict(|key| key.group_id_user_id)
            .do_nothing()
    };
    assert_eq!(join().execute(&db).await?, 1);
    assert_eq!(join().execute(&db).await?, 0);
    Ok(())
}

#[orm::test(setup = tables)]
async fn batches_upsert(db: Database) -> Result<(), Error> {
    User::insert_many(new_users(0..10)).execute(&db).await?;
    let rows = || {
        new_users(5..6_000).map(|row| NewUser {
            nickname: Some("new".into()),
            ..row
        })
    };
    let recorder = Recorder::new(&db);
    let upsert = User::insert_many(rows())
        .on_conflict(|key| key.email)
        .update(|u, new| u.nickname.set(new.nickname));
    let users = upsert.all(&recorder).await?;
    assert_eq!(recorder.take().len(), 1);
    assert_eq!(
        users.iter().map(|user| user.age).collect::<Vec<_>>(),
        (5..6_000).collect::<Vec<_>>()
    );
    assert!(users.iter().all(|user| user.nickname.as_deref() == Some("new")));
    assert!(
        users
            .iter()
            .all(|user| user.version == if user.age < 10 { 2 } else { 1 })
    );
    let ignored = User::insert_many(new_users(5_990..6_010))
        .on_conflict(|key| key.email)
        .do_nothing();
    assert_eq!(ignored.all(&db).await?.len(), 10);
    assert_eq!(User::query().count(&db).await?, 6_010);
    Ok(())
}

#[orm::test(setup = tables)]
async fn one_key_twice_in_a_batch_is_an_error_of_an_update_but_not_of_do_nothing(db: Database) -> Result<(), Error> {
    let twice = || [new_user("ann"), new_user("ann")];
    let error = User::insert_many(twice())
        .on_conflict(|key| key.email)
        .update(|u, new| u.age.set(new.age))
        .execute(&db)
        .await
        .unwrap_err();
    assert_eq!(error.sqlstate(), Some("21000"));
    assert_eq!(User::query().count(&db).await?, 0);
    let stored = User::insert_many(twice())
        .on_conflict(|key| key.email)
        .do_nothing()
        .execute(&db)
        .await?;
    assert_eq!(stored, 1);
    Ok(())
}

#[orm::test(setup = tables)]
async fn no_assignments_do_nothing(db: Database) -> Result<(), Error> {
    let upsert = || {
        User::insert(new_user("ann"))
            .on_conflict(|key| key.email)
            .update(|_, _| Vec::new())
    };
    assert_eq!(upsert().execute(&db).await?, 1);
    assert_eq!(upsert().execute(&db).await?, 0);
    assert_eq!(upsert().one(&db).await.unwrap_err().kind(), ErrorKind::NotFound);
    Ok(())
}

#[orm::test(setup = tables)]
async fn concurrent_upserts_of_one_key_all_succeed(db: Database) -> Result<(), Error> {
    let upsert = || {
        User::insert(NewUser {
            age: 1,
            ..new_user("ann")
        })
        .on_conflict(|key| key.email)
        .update(|u, new| u.age.set(u.age + new.age))
    };
    let tasks: Vec<_> = (0..40)
        .map(|_| {
            let (db, upsert) = (db.clone(), upsert());
            tokio::spawn(async move { upsert.execute(&db).await })
        })
        .collect();
    for task in tasks {
        assert_eq!(task.await.unwrap()?, 1);
    }
    let ann = User::query().one(&db).await?;
    assert_eq!((ann.age, ann.version), (40, 40));
    Ok(())
}

/// A name is taken once among those that are not deleted.
#[derive(Model, Debug, Clone, PartialEq)]
#[orm(table = "accounts", unique(name, where = "deleted_at IS NULL"))]
struct Account {
    #[orm(primary_key, generated)]
    id: i64,
    name: String,
    deleted_at: Option<i32>,
    #[orm(default = "1")]
    visits: i32,
}

async fn accounts(db: Database) -> Result<(), Error> {
    orm::create_all(&[Account::TABLE], &db).await
}

#[orm::test(setup = accounts)]
async fn a_unique_key_of_some_rows_is_one_to_upsert_by(db: Database) -> Result<(), Error> {
    let visit = |deleted_at| {
        let name = String::from("ann");
        Account::insert(NewAccount { name, deleted_at })
            .on_conflict(|key| key.name)
            .update(|stored, _| stored.visits.set(stored.visits + 1))
    };
    assert_eq!(
        visit(None).to_sql()?.text,
        "INSERT INTO \"accounts\" AS target (\"name\", \"deleted_at\") VALUES ($1, $2) ON CONFLICT (\"name\") \
         WHERE deleted_at IS NULL DO UPDATE SET \"visits\" = target.\"visits\" + $3"
    );
    assert_eq!(visit(Some(1)).one(&db).await?.visits, 1);
    assert_eq!(visit(Some(1)).one(&db).await?.visits, 1);
    assert_eq!(visit(None).one(&db).await?.visits, 1);
    assert_eq!(visit(None).one(&db).await?.visits, 2);
    assert_eq!(Account::query().count(&db).await?, 3);
    let name = String::from("ann");
    let error = Account::insert(NewAccount { name, deleted_at: None })
        .one(&db)
        .await
        .unwrap_err();
    assert!(error.violates(|key: AccountKeys| key.name));
    Ok(())
}

#[orm::test(setup = tables)]
async fn an_upsert_can_have_a_condition(db: Database) -> Result<(), Error> {
    let upsert = |age| {
        User::insert(NewUser { age, ..new_user("ann") })
            .on_conflict(|key| key.email)
            .filter(|stored, new| stored.age.lt(new.age))
            .filter(|stored, _| stored.nickname.is_null())
            .update(|stored, new| stored.age.set(new.age))
    };
    assert_eq!(
        upsert(1).to_sql()?.text,
        "INSERT INTO \"users\" AS target (\"email\", \"name\", \"age\", \"nickname\") VALUES ($1, $2, $3, $4) \
         ON CONFLICT (\"email\") DO UPDATE SET \"age\" = excluded.\"age\", \"version\" = target.\"version\" + 1 \
         WHERE target.\"age\" < excluded.\"age\" AND target.\"nickname\" IS NULL"
    );
    assert_eq!(upsert(5).one(&db).await?.map(|user| user.age), Some(5));
    assert_eq!(upsert(4).one(&db).await?, None);
    assert_eq!(upsert(4).execute(&db).await?, 0);
    assert_eq!(upsert(6).one(&db).await?.map(|user| user.age), Some(6));
    let many = || {
        [3, 9].map(|age| NewUser {
            age,
            ..new_user(&format!("user{age}"))
        })
    };
    User::insert_many(many()).execute(&db).await?;
    let changed = User::insert_many(many().map(|new| NewUser { age: 5, ..new }))
        .on_conflict(|key| key.email)
        .filter(|stored, new| stored.age.lt(new.age))
        .update(|stored, new| stored.age.set(new.age))
        .all(&db)
        .await?;
    assert_eq!(changed.iter().map(|user| &*user.name).collect::<Vec<_>>(), ["user3"]);
    Ok(())
}

#[orm::test(setup = tables)]
async fn a_conflict_with_any_key_can_do_nothing(db: Database) -> Result<(), Error> {
    let ann = User::insert(new_user("ann")).one(&db).await?;
    let again = || User::insert(new_user("ann")).on_conflict_do_nothing();
    assert!(again().to_sql()?.text.ends_with(" ON CONFLICT DO NOTHING"));
    assert_eq!(again().one(&db).await?, None);
    let by_id = User::insert(new_user("bob").id(ann.id)).on_conflict_do_nothing();
    assert_eq!(by_id.one(&db).await?, None);
    let some = User::insert_many([new_user("ann"), new_user("bob")]).on_conflict_do_nothing();
    assert_eq!(some.execute(&db).await?, 1);
    Ok(())
}

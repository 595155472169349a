//! Updates by query and by key.

use orm::prelude::*;

use super::models::{
    Line, Membership, NewLine, NewMembership, Post, Status, User, new_post, new_user, new_users, tables,
};
use crate::support::Recorder;

#[orm::test(setup = tables)]
async fn an_update_changes_the_rows_that_its_query_finds(db: Database) -> Result<(), Error> {
    User::insert_many(new_users(0..10)).execute(&db).await?;
    let older = User::query()
        .filter(|u| u.age.ge(5) & u.nickname.is_null())
        .update(|u| (u.age.set(u.age * 10), u.nickname.set("old"), u.name.set(u.name.upper())));
    let mut rows = older.all(&db).await?;
    rows.sort_by_key(|row| row.age);
    let changed: Vec<_> = rows
        .iter()
        .map(|row| (row.age, row.name.as_str(), row.version))
        .collect();
    assert_eq!(changed, [(50, "USER5", 2), (70, "USER7", 2), (80, "USER8", 2)]);
    let set_null = User::query().filter(|u| u.age.ge(50)).update(|u| u.nickname.set(None));
    assert_eq!(set_null.execute(&db).await?, 3);
    assert_eq!(
        User::query()
            .filter(|u| u.version.eq(3) & u.nickname.is_null())
            .count(&db)
            .await?,
        3
    );
    Ok(())
}

#[orm::test(setup = tables)]
async fn an_update_returns_expressions_and_one_row(db: Database) -> Result<(), Error> {
    User::insert_many(new_users(0..3)).execute(&db).await?;
    let one = |age| {
        User::query()
            .filter(move |u| u.age.eq(age))
            .update(|u| u.age.set(u.age + 10))
    };
    let (name, age): (String, i32) = one(1).returning(|u| (u.name, u.age)).one(&db).await?;
    assert_eq!((name.as_str(), age), ("user1", 11));
    assert_eq!(one(2).one(&db).await?.age, 12);
    assert_eq!(one(99).one(&db).await.unwrap_err().kind(), ErrorKind::NotFound);
    let several = User::query()
        .filter(|u| u.age.ge(0))
        .update(|u| u.age.set(0))
        .one(&db)
        .await
        .unwrap_err();
    assert_eq!(several.kind(), ErrorKind::TooManyRows);
    Ok(())
}

#[orm::test(setup = tables)]
async fn a_column_can_be_set_to_its_default(db: Database) -> Result<(), Error> {
    let ann = User::insert(new_user("ann")).one(&db).await?;
    let post = Post::insert(new_post(&ann, "first").status(Status::Published))
        .one(&db)
        .await?;
    let reset = Post::find(post.id)
        .into_query()
        .update(|p| p.status.set_default())
        .one(&db)
        .await?;
    assert_eq!(reset.status, Status::Draft);
    Ok(())
}

#[orm::test(setup = tables)]
async fn an_order_and_a_limit_hold_for_updates(db: Database) -> Result<(), Error> {
    User::insert_many(new_users(0..10)).execute(&db).await?;
    let oldest = User::query()
        .order_by(|u| u.age.desc())
        .limit(3)
        .update(|u| u.name.set("old"));
    assert_eq!(oldest.execute(&db).await?, 3);
    let next = User::query()
        .filter(|u| u.name.ne("old"))
        .order_by(|u| u.age.desc())
        .limit(2)
        .offset(1)
        .update(|u| u.name.set(u.name.concat("!")));
    let mut names: Vec<String> = next.returning(|u| u.name).all(&db).await?;
    names.sort();
    assert_eq!(names, ["user4!", "user5!"]);
    assert_eq!(
        User::query()
            .filter(|u| u.name.eq("old") & u.age.ge(7))
            .count(&db)
            .await?,
        3
    );
    // Composite keys, too.
    let lines = (0..6).map(|n| NewLine {
        number: n,
        order_id: 1,
        text: None,
    });
    Line::insert_many(lines).execute(&db).await?;
    let last = Line::query()
        .order_by(|l| l.number.desc())
        .limit(2)
        .update(|l| l.text.set("last"));
    let mut numbers: Vec<i32> = last.returning(|l| l.number).all(&db).await?;
    numbers.sort_unstable();
    assert_eq!(numbers, [4, 5]);
    Ok(())
}

#[orm::test(setup = tables)]
async fn an_update_without_a_filter_is_refused_before_it_is_sent(db: Database) -> Result<(), Error> {
    User::insert_many(new_users(0..3)).execute(&db).await?;
    let recorder = Recorder::new(&db);
    let all = User::query;
    let set = |u: orm::FieldsOf<User>| u.name.set("x");
    let refused = [
        all().update(set),
        all().order_by(|u| u.id.asc()).update(set),
        all().for_update().update(set),
        all().filter(|_| Cond::all()).update(set),
        all().filter(|_| Cond::all() & Cond::all()).update(set),
        all().filter(|_| orm::all_of([Cond::all(), Cond::all()])).update(set),
        all().filter(|u| Cond::all() | u.id.eq(1)).update(set),
        all().filter(|_| orm::any_of([orm::all_of([Cond::all()])])).update(set),
        all()
            .filter(|_| orm::all_of(Vec::<Cond>::new()))
            .filter(|_| Cond::all())
            .update(set),
    ];
    for (n, update) in refused.into_iter().enumerate() {
        let error = update.execute(&recorder).await.expect_err(&format!("{n}"));
        assert_eq!(error.kind(), ErrorKind::AllRows, "{n}");
    }
    let returning = all().update(set).returning(|u| u.id).all(&recorder).await.unwrap_err();
    assert_eq!(returning.kind(), ErrorKind::AllRows);
    assert_eq!(recorder.take(), [""; 0]);
    assert_eq!(User::query().filter(|u| u.name.eq("x")).count(&db).await?, 0);

    assert_eq!(all().filter(|_| Cond::any()).update(set).execute(&db).await?, 0);
    assert_eq!(all().all_rows().update(set).execute(&db).await?, 3);
    let either = all().filter(|u| Cond::any() | u.age.eq(1)).update(|u| u.name.set("y"));
    assert_eq!(either.execute(&db).await?, 1);
    Ok(())
}

#[orm::test(setup = tables)]
async fn an_update_that_sets_nothing_sends_nothing(db: Database) -> Result<(), Error> {
    let recorder = Recorder::new(&db);
    let update = || User::query().filter(|u| u.id.eq(1)).update(|_| Vec::new());
    assert_eq!(update().execute(&recorder).await?, 0);
    assert_eq!(update().all(&recorder).await?, []);
    assert_eq!(recorder.take(), [""; 0]);
    assert_eq!(update().to_sql().unwrap_err().kind(), ErrorKind::InvalidQuery);
    Ok(())
}

#[orm::test(setup = tables)]
async fn one_column_set_twice_is_refused(db: Database) -> Result<(), Error> {
    let update = User::query()
        .filter(|u| u.id.eq(1))
        .update(|u| (u.age.set(1), u.name.set("x"), u.age.set(2)));
    let error = update.execute(&db).await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::InvalidQuery);
    assert!(error.to_string().contains("`age`"), "{error}");
    Ok(())
}

#[orm::test(setup = tables)]
async fn a_record_writes_all_of_its_columns(db: Database) -> Result<(), Error> {
    let mut ann = User::insert(new_user("ann")).one(&db).await?;
    User::insert(new_user("bob")).one(&db).await?;
    (ann.name, ann.age, ann.nickname) = ("Ann".into(), 31, Some(String::new()));
    let stored = ann.update(&db).await?;
    ann.version += 1;
    assert_eq!(stored, ann);
    assert_eq!(User::find(ann.id).one(&db).await?, ann);
    assert_eq!(User::query().filter(|u| u.age.eq(31)).count(&db).await?, 1);
    let mut post = Post::insert(new_post(&ann, "first")).one(&db).await?;
    (post.score, post.tags) = (4.0, vec!["a".into(), "b".into()]);
    let stored = post.update(&db).await?;
    assert_eq!((stored.score, stored.twice, stored.tags.len()), (4.0, 8.0, 2));
    post.id += 1;
    assert_eq!(post.update(&db).await.unwrap_err().kind(), ErrorKind::NotFound);
    Ok(())
}

#[orm::test(setup = tables)]
async fn a_record_that_is_only_a_key_is_looked_for(db: Database) -> Result<(), Error> {
    let row = NewMembership {
        group_id: 1,
        user_id: 2,
    };
    let member = Membership::insert(row).one(&db).await?;
    assert_eq!(member.update(&db).await?, member);
    member.delete(&db).await?;
    assert_eq!(member.update(&db).await.unwrap_err().kind(), ErrorKind::NotFound);
    assert_eq!(member.delete(&db).await.unwrap_err().kind(), ErrorKind::NotFound);
    Ok(())
}

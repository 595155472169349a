//! Relations of the rows that are written, in every clause of a write.

use orm::prelude::*;

use super::models::{Line, NewLine, NewPost, NewPostExpr, Post, User, new_post, new_users, tables};
use super::support::scalar;

async fn shop(db: &Database) -> Result<(Vec<User>, Vec<Post>), Error> {
    let users = User::insert_many(new_users(0..5)).all(db).await?;
    for user in &users {
        for n in 0..user.age {
            Post::insert(new_post(user, &format!("post {n}"))).execute(db).await?;
        }
    }
    let posts = Post::query().order_by(|p| p.id.asc()).all(db).await?;
    Ok((users, posts))
}

#[orm::test(setup = tables)]
async fn returning_follows_the_row_as_it_is_written(db: Database) -> Result<(), Error> {
    let (users, posts) = shop(&db).await?;
    let last = &users[4];
    let moved = Post::query()
        .filter(|p| p.title.eq("post 0"))
        .update(|p| (p.author_id.set(last.id), p.title.set(p.author().email)));
    let mut moved: Vec<(i64, String, String)> = moved.returning(|p| (p.id, p.title, p.author().name)).all(&db).await?;
    moved.sort();
    let expected: Vec<_> = posts
        .iter()
        .filter(|post| post.title == "post 0")
        .map(|post| {
            let before = users.iter().find(|user| user.id == post.author_id).unwrap();
            (post.id, before.email.clone(), last.name.clone())
        })
        .collect();
    assert_eq!(moved, expected);

    let (name, author): (String, User) = Post::insert(NewPost {
        title: "new".into(),
        ..new_post(&users[1], "")
    })
    .returning(|p| (p.author().name, p.author()))
    .one(&db)
    .await?;
    assert_eq!((&name, &author), (&users[1].name, &users[1]));

    let mut deleted: Vec<(i64, i32)> = Post::query()
        .filter(|p| p.author().age.lt(4))
        .delete()
        .returning(|p| (p.id, p.author().age))
        .all(&db)
        .await?;
    deleted.sort_unstable();
    let mut expected: Vec<(i64, i32)> = posts
        .iter()
        .filter(|post| post.title != "post 0" && post.author_id != last.id)
        .map(|post| {
            (
                post.id,
                users.iter().find(|user| user.id == post.author_id).unwrap().age,
            )
        })
        .collect();
    expected.push((posts.len() as i64 + 1, users[1].age));
    assert_eq!(deleted, expected);
    Ok(())
}

#[orm::test(setup = tables)]
async fn upserts_follow_the_row_that_is_there_and_the_one_that_was_proposed(db: Database) -> Result<(), Error> {
    let (users, posts) = shop(&db).await?;
    let post = posts.iter().find(|post| post.author_id == users[3].id).unwrap();
    let upsert = |least: i32| {
        Post::insert(new_post(&users[3], &post.title))
            .on_conflict(|key| key.author_id_title)
            .filter(move |stored, new| stored.author().age.ge(least) & new.author().age.ge(least))
            .update(|stored, new| stored.title.set(stored.author().name.concat(new.author().email)))
    };
    assert_eq!(upsert(4).one(&db).await?, None);
    let stored = upsert(3).one(&db).await?.unwrap();
    assert_eq!(
        (stored.id, stored.title),
        (post.id, format!("{}{}", users[3].name, users[3].email))
    );
    Ok(())
}

#[orm::test(setup = tables)]
async fn joined_rows_have_their_relations(db: Database) -> Result<(), Error> {
    let (users, posts) = shop(&db).await?;
    // A relation to many as what is joined, and a path behind it.
    let update = User::query()
        .using(|u| u.posts().filter(|p| p.title.eq("post 2")))
        .filter(|(u, p)| p.author().age.eq(u.age))
        .update(|(u, p)| u.nickname.set(p.author().email));
    assert_eq!(
        update.clone().to_sql()?.text,
        "UPDATE \"users\" AS target SET \"nickname\" = u2.\"email\", \"version\" = target.\"version\" + 1 \
         FROM \"posts\" AS p1 JOIN \"users\" AS u2 ON u2.\"id\" = p1.\"author_id\" \
         WHERE p1.\"author_id\" = target.\"id\" AND p1.\"title\" = $1 AND u2.\"age\" = target.\"age\""
    );
    let mut named: Vec<(i64, Option<String>)> = update.returning(|(u, _)| (u.id, u.nickname)).all(&db).await?;
    named.sort();
    let expected: Vec<_> = users[3..]
        .iter()
        .map(|user| (user.id, Some(user.email.clone())))
        .collect();
    assert_eq!(named, expected);
    // A path of the table that is written, beside a join: a sub-select.
    let lines = posts.iter().map(|post| NewLine {
        number: (post.id % 3) as i32,
        order_id: post.id,
        text: None,
    });
    Line::insert_many(lines).execute(&db).await?;
    let update = Post::query()
        .filter(|p| p.author().age.ge(2))
        .using(|p| Line::query().filter(|l| l.number.eq(1)).on(|l| l.order_id.eq(p.id)))
        .filter(|(p, l)| p.author().age.gt(l.number + 1))
        .update(|(p, l)| p.score.set(p.author().age.cast::<f64>() + l.number.cast::<f64>()));
    let mut scores: Vec<(i64, f64)> = update.returning(|(p, _)| (p.id, p.score)).all(&db).await?;
    scores.sort_by_key(|row| row.0);
    let expected: Vec<(i64, f64)> = posts
        .iter()
        .map(|post| (post, users.iter().find(|user| user.id == post.author_id).unwrap().age))
        .filter(|(post, age)| *age > 2 && post.id % 3 == 1)
        .map(|(post, age)| (post.id, f64::from(age + 1)))
        .collect();
    assert!(!expected.is_empty());
    assert_eq!(scores, expected);
    Ok(())
}

#[orm::test(setup = tables)]
async fn what_is_inserted_from_and_merged_has_its_relations(db: Database) -> Result<(), Error> {
    let (users, posts) = shop(&db).await?;
    let stored = Post::insert_select(Post::query().filter(|p| p.author().age.eq(4)), |p| NewPostExpr {
        author_id: p.author_id,
        title: p.author().name.concat(p.title),
        tags: p.tags,
        score: p.score,
    });
    let mut titles: Vec<String> = stored.returning(|p| p.title).all(&db).await?;
    titles.sort();
    assert_eq!(titles, (0..4).map(|n| format!("user4post {n}")).collect::<Vec<_>>());
    if scalar::<i32>(&db, "SELECT current_setting('server_version_num')::int4").await < 150_000 {
        return Ok(());
    }
    let merged = Post::merge(|p| Line::query().on(|l| l.order_id.eq(p.id) & p.author().age.ge(l.number)))
        .when_matched_and(|(p, _)| p.author().age.eq(3))
        .update(|(p, l)| p.title.set(p.author().name.concat(l.text.coalesce("!"))))
        .when_matched()
        .delete();
    let lines = posts.iter().map(|post| NewLine {
        number: 2,
        order_id: post.id,
        text: None,
    });
    Line::insert_many(lines).execute(&db).await?;
    let of = |age: usize| -> Vec<&Post> { posts.iter().filter(|post| post.author_id == users[age].id).collect() };
    let changed = of(2).len() + 1 + of(4).len();
    // Two posts of one author with the same title are refused, so all but one go first.
    let first = of(3)[0].id;
    Post::query()
        .filter(|p| p.author().age.eq(3) & p.id.ne(first))
        .delete()
        .execute(&db)
        .await?;
    assert_eq!(merged.execute(&db).await?, changed as u64);
    assert_eq!(Post::find(first).one(&db).await?.title, "user3!");
    let back = Post::merge(|p| {
        Post::query()
            .filter(|q| q.author().age.eq(1))
            .on(|q| q.title.eq(p.title) & p.id.lt(0))
    })
    .when_not_matched()
    .insert(|q| NewPostExpr {
        author_id: q.author_id,
        title: q.author().email,
        tags: q.tags,
        score: q.score,
    });
    assert_eq!(back.execute(&db).await?, 1);
    assert_eq!(
        Post::query()
            .filter(|p| p.title.eq("user1@example.org"))
            .count(&db)
            .await?,
        1
    );
    Ok(())
}

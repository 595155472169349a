//! `UPDATE … FROM` and `DELETE … USING`, and sub-selects in updates and deletes.

use orm::Statement;
use orm::prelude::*;

use super::models::{Job, NewJob, Post, Status, User, new_post, new_users, tables};

/// Ten users; each third one has as many posts as its age says.
async fn shop(db: &Database) -> Result<(Vec<User>, Vec<Post>), Error> {
    let users = User::insert_many(new_users(0..10)).all(db).await?;
    for user in users.iter().filter(|user| user.age % 3 == 0) {
        for n in 0..user.age {
            Post::insert(new_post(user, &format!("post {n}"))).execute(db).await?;
        }
    }
    let posts = Post::query().order_by(|p| p.id.asc()).all(db).await?;
    Ok((users, posts))
}

fn text(statement: Result<Statement, Error>) -> String {
    statement.unwrap().text.into_owned()
}

async fn posts(db: &Database) -> Result<Vec<Post>, Error> {
    Post::query().order_by(|p| p.id.asc()).all(db).await
}

fn author<'u>(users: &'u [User], post: &Post) -> &'u User {
    users.iter().find(|user| user.id == post.author_id).unwrap()
}

#[orm::test(setup = tables)]
async fn an_update_takes_values_from_another_table(db: Database) -> Result<(), Error> {
    let (users, before) = shop(&db).await?;
    let update = Post::query()
        .filter(|p| p.title.ne("post 0"))
        .using(|p| User::query().filter(|u| u.age.gt(3)).on(|u| u.id.eq(p.author_id)))
        .filter(|(p, u)| p.title.ne(u.name))
        .update(|(p, u)| {
            (
                p.score.set(u.age.cast::<f64>() + p.score),
                p.title.set(u.name.concat(p.title)),
            )
        });
    assert_eq!(
        text(update.clone().to_sql()),
        "UPDATE \"posts\" AS target SET \"score\" = u1.\"age\"::float8 + target.\"score\", \
         \"title\" = u1.\"name\" || target.\"title\" FROM \"users\" AS u1 \
         WHERE target.\"title\" <> $1 AND u1.\"id\" = target.\"author_id\" AND u1.\"age\" > $2 \
         AND target.\"title\" <> u1.\"name\""
    );
    let mut returned: Vec<(i64, String, f64)> = update.returning(|(p, u)| (p.id, u.name, p.score)).all(&db).await?;
    returned.sort_by_key(|row| row.0);
    let mut expected = Vec::new();
    let mut rows = Vec::new();
    for mut post in before {
        let author = author(&users, &post);
        if post.title != "post 0" && author.age > 3 {
            post.score += f64::from(author.age);
            post.twice = post.score * 2.0;
            post.title = format!("{}{}", author.name, post.title);
            rows.push((post.id, author.name.clone(), post.score));
        }
        expected.push(post);
    }
    assert!(rows.len() > 5 && rows.len() < expected.len());
    assert_eq!(returned, rows);
    assert_eq!(posts(&db).await?, expected);
    Ok(())
}

#[orm::test(setup = tables)]
async fn an_update_gives_the_rows_of_its_table(db: Database) -> Result<(), Error> {
    let (users, _) = shop(&db).await?;
    let updated = User::query()
        .using(|u| Post::query().on(|p| p.author_id.eq(u.id) & p.title.eq("post 7")))
        .update(|(u, p)| u.name.set(p.title))
        .one(&db)
        .await?;
    assert_eq!(
        (updated.id, &*updated.name, updated.version),
        (users[9].id, "post 7", 2)
    );
    // Several rows of the source: written once, counted once.
    let once = User::query()
        .using(|u| Post::query().on(|p| p.author_id.eq(u.id)))
        .filter(|(u, _)| u.id.eq(users[9].id))
        .update(|(u, p)| u.name.set(p.title));
    assert_eq!(once.execute(&db).await?, 1);
    let user = User::find(users[9].id).one(&db).await?;
    assert!(user.name.starts_with("post "));
    assert_eq!(user.version, 3);
    Ok(())
}

#[orm::test(setup = tables)]
async fn a_delete_looks_at_another_table(db: Database) -> Result<(), Error> {
    let (users, before) = shop(&db).await?;
    let delete = Post::query()
        .using(|p| User::query().on(|u| u.id.eq(p.author_id)))
        .filter(|(p, u)| u.age.gt(3) & p.title.ne("post 1"))
        .delete();
    assert_eq!(
        text(delete.clone().to_sql()),
        "DELETE FROM \"posts\" AS target USING \"users\" AS u1 \
         WHERE u1.\"id\" = target.\"author_id\" AND (u1.\"age\" > $1 AND target.\"title\" <> $2)"
    );
    let mut deleted: Vec<(Post, String)> = delete.returning(|(p, u)| (p, u.email)).all(&db).await?;
    deleted.sort_by_key(|(post, _)| post.id);
    let (gone, kept): (Vec<Post>, Vec<Post>) = before
        .into_iter()
        .partition(|post| author(&users, post).age > 3 && post.title != "post 1");
    assert!(!gone.is_empty() && !kept.is_empty());
    let expected: Vec<_> = gone
        .into_iter()
        .map(|post| {
            let email = author(&users, &post).email.clone();
            (post, email)
        })
        .collect();
    assert_eq!(deleted, expected);
    assert_eq!(posts(&db).await?, kept);
    Ok(())
}

#[orm::test(setup = tables)]
async fn several_sources_and_derived_tables_are_joined(db: Database) -> Result<(), Error> {
    let (users, before) = shop(&db).await?;
    for user in &users {
        Job::insert(NewJob { worker: Some(user.age) }.attempts(user.age * 2))
            .execute(&db)
            .await?;
    }
    let counts = Post::query().group_by(|p| p.author_id).select(|g| (g.key(), g.count()));
    let update = Post::query()
        .using(|p| counts.on(|(author, _)| author.eq(p.author_id)))
        .using(|(p, _)| User::query().on(|u| u.id.eq(p.author_id)))
        .using(|(_, _, u)| Job::query().on(|j| j.worker.eq(u.age)))
        .filter(|(_, (_, count), _, _)| count.gt(3))
        .update(|(p, (_, count), _, j)| p.score.set(count.cast::<f64>() + j.attempts.cast::<f64>()));
    assert_eq!(update.execute(&db).await?, 15);
    let expected: Vec<Post> = before
        .into_iter()
        .map(|mut post| {
            let age = author(&users, &post).age;
            if age > 3 {
                post.score = f64::from(age + age * 2);
                post.twice = post.score * 2.0;
            }
            post
        })
        .collect();
    assert_eq!(posts(&db).await?, expected);
    Ok(())
}

#[orm::test(setup = tables)]
async fn a_table_is_joined_with_itself(db: Database) -> Result<(), Error> {
    let users = User::insert_many(new_users(0..6)).all(&db).await?;
    let update = User::query()
        .using(|u| User::query().on(|next| next.age.eq(u.age + 1)))
        .update(|(u, next)| u.nickname.set(next.name));
    assert_eq!(update.execute(&db).await?, 5);
    let names = User::query()
        .order_by(|u| u.age.asc())
        .select(|u| u.nickname)
        .all(&db)
        .await?;
    let mut expected: Vec<Option<String>> = users[1..].iter().map(|user| Some(user.name.clone())).collect();
    expected.push(users[5].nickname.clone());
    assert_eq!(names, expected);
    Ok(())
}

#[orm::test(setup = tables)]
async fn a_limit_before_using_holds_for_the_rows_that_are_written(db: Database) -> Result<(), Error> {
    let (users, before) = shop(&db).await?;
    let delete = Post::query()
        .order_by(|p| p.id.desc())
        .limit(4)
        .using(|p| User::query().on(|u| u.id.eq(p.author_id) & u.age.ge(0)))
        .delete();
    assert_eq!(
        text(delete.clone().to_sql()),
        "WITH picked AS MATERIALIZED (SELECT p1.\"id\" FROM \"posts\" AS p1 ORDER BY p1.\"id\" DESC LIMIT $1 \
         FOR UPDATE) DELETE FROM \"posts\" AS target USING picked, \"users\" AS u2 \
         WHERE target.\"id\" = picked.\"id\" AND u2.\"id\" = target.\"author_id\" AND u2.\"age\" >= $2"
    );
    assert_eq!(delete.execute(&db).await?, 4);
    assert_eq!(posts(&db).await?, before[..before.len() - 4]);
    let update = User::query()
        .filter(|u| u.age.ge(6))
        .for_update()
        .skip_locked()
        .using(|u| Post::query().on(|p| p.author_id.eq(u.id) & p.title.eq("post 1")))
        .update(|(u, p)| u.name.set(p.title));
    let mut named: Vec<i64> = update.returning(|(u, _)| u.id).all(&db).await?;
    named.sort_unstable();
    assert_eq!(named, [users[6].id, users[9].id]);
    Ok(())
}

#[orm::test(setup = tables)]
async fn a_join_that_says_nothing_is_refused_as_all_rows(db: Database) -> Result<(), Error> {
    shop(&db).await?;
    let all = || Post::query().using(|_| User::query().on(|_| Cond::all()));
    let error = all().delete().execute(&db).await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::AllRows);
    let error = all().update(|(p, _)| p.score.set(0.0)).execute(&db).await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::AllRows);
    assert_eq!(all().delete().all_rows().execute(&db).await?, 18);
    Ok(())
}

#[orm::test(setup = tables)]
async fn updates_and_deletes_ask_sub_selects(db: Database) -> Result<(), Error> {
    let (users, before) = shop(&db).await?;
    let busy = User::query()
        .filter(|u| exists(Post::query().filter(|p| p.author_id.eq(u.id) & p.title.eq("post 4"))))
        .update(|u| {
            u.age.set(
                Post::query()
                    .filter(|p| p.author_id.eq(u.id))
                    .aggregate(|g| g.count().cast::<i32>())
                    .scalar()
                    * 10,
            )
        });
    let text = text(busy.clone().to_sql());
    let set = "UPDATE \"users\" AS target SET \"age\" = (SELECT count(*)::int4 FROM \"posts\" AS p1 \
               WHERE p1.\"author_id\" = target.\"id\") * $1, \"version\" = target.\"version\" + 1 WHERE EXISTS (SELECT ";
    let exists = " FROM \"posts\" AS p2 WHERE p2.\"author_id\" = target.\"id\" AND p2.\"title\" = $2)";
    assert!(text.starts_with(set) && text.ends_with(exists), "{text}");
    let mut ages: Vec<i32> = busy.returning(|u| u.age).all(&db).await?;
    ages.sort_unstable();
    assert_eq!(ages, [60, 90]);
    let orphans = User::query()
        .filter(|u| not_exists(Post::query().filter(|p| p.author_id.eq(u.id))))
        .delete()
        .returning(|u| (u.id, Post::query().aggregate(|g| g.count()).scalar()));
    let mut gone: Vec<(i64, i64)> = orphans.all(&db).await?;
    gone.sort_unstable();
    let expected: Vec<(i64, i64)> = users
        .iter()
        .filter(|user| !before.iter().any(|post| post.author_id == user.id))
        .map(|user| (user.id, before.len() as i64))
        .collect();
    assert_eq!(gone, expected);
    Ok(())
}

#[orm::test(setup = tables)]
async fn errors_of_computed_values_leave_the_rows_as_they_were(db: Database) -> Result<(), Error> {
    let users = User::insert_many(new_users(0..3)).all(&db).await?;
    let by_zero = User::query()
        .filter(|u| u.id.gt(0))
        .update(|u| u.age.set(u.age / (u.age - 1)));
    let error = by_zero.execute(&db).await.unwrap_err();
    assert_eq!(error.sqlstate(), Some("22012"));
    let overflow = User::query()
        .filter(|u| u.id.gt(0))
        .update(|u| u.age.set(u.age + i32::MAX));
    let error = overflow.execute(&db).await.unwrap_err();
    assert_eq!(error.sqlstate(), Some("22003"));
    let two = User::query()
        .filter(|u| u.id.gt(0))
        .update(|u| u.nickname.set(User::query().select(|other| other.name).scalar()));
    let error = two.execute(&db).await.unwrap_err();
    assert_eq!(error.sqlstate(), Some("21000"));
    let check = User::query()
        .using(|u| User::query().on(|other| other.id.eq(u.id)))
        .update(|(u, other)| u.age.set(other.age - 1));
    let error = check.execute(&db).await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::CheckViolation);
    let rows = User::query().order_by(|u| u.id.asc()).all(&db).await?;
    assert_eq!(rows, users);
    Ok(())
}

#[orm::test(setup = tables)]
async fn a_column_of_a_side_that_is_not_joined_is_refused(db: Database) -> Result<(), Error> {
    shop(&db).await?;
    let mut stray = None;
    let _ = User::query().filter(|u| {
        stray = Some(u);
        u.id.eq(1)
    });
    let stray = stray.unwrap();
    let update = Post::query()
        .using(|p| User::query().on(|u| u.id.eq(p.author_id)))
        .update(|(p, _)| (p.title.set(stray.name), p.status.set(Status::Published)));
    let error = update.execute(&db).await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::InvalidQuery);
    Ok(())
}

#[orm::test(setup = tables)]
async fn a_query_for_each_row_gives_it_several_values(db: Database) -> Result<(), Error> {
    let (users, before) = shop(&db).await?;
    let update = User::query()
        .using_lateral(|u| {
            Post::query()
                .filter(|p| p.author_id.eq(u.id))
                .order_by(|p| p.id.desc())
                .limit(1)
        })
        .filter(|(u, _)| u.age.gt(3))
        .update(|(u, p)| (u.name.set(p.title), u.nickname.set(p.score.cast::<String>())));
    assert_eq!(
        text(update.clone().to_sql()),
        "UPDATE \"users\" AS target SET \"name\" = p2.\"title\", \"nickname\" = p2.\"score\"::text, \
         \"version\" = target.\"version\" + 1 FROM \"users\" AS u1, LATERAL (SELECT p3.\"id\", p3.\"author_id\", \
         p3.\"title\", p3.\"status\", p3.\"tags\", p3.\"score\", p3.\"twice\" FROM \"posts\" AS p3 \
         WHERE p3.\"author_id\" = u1.\"id\" ORDER BY p3.\"id\" DESC LIMIT $1) AS p2(\"id\", \"author_id\", \
         \"title\", \"status\", \"tags\", \"score\", \"twice\") WHERE target.\"age\" > $2 AND target.\"id\" = u1.\"id\""
    );
    let mut named: Vec<(i64, String, Option<String>)> =
        update.returning(|(u, _)| (u.id, u.name, u.nickname)).all(&db).await?;
    named.sort();
    let expected: Vec<_> = users
        .iter()
        .filter(|user| user.age > 3)
        .filter_map(|user| {
            let last = before.iter().rfind(|post| post.author_id == user.id)?;
            Some((user.id, last.title.clone(), Some(last.score.to_string())))
        })
        .collect();
    assert_eq!(named.len(), 2);
    assert_eq!(named, expected);
    let delete = Post::query()
        .using_lateral(|p| {
            User::query()
                .filter(|u| u.id.eq(p.author_id))
                .select(|u| u.age)
                .limit(1)
        })
        .filter(|(_, age)| age.eq(9))
        .delete();
    assert_eq!(delete.execute(&db).await?, 9);
    Ok(())
}

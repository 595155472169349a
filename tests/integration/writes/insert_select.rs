//! `INSERT … SELECT`.

use orm::Statement;
use orm::prelude::*;

use super::models::{
    Line, NewLineExpr, NewPostExpr, NewTicketExpr, NewUserExpr, Post, Status, Ticket, User, new_post, new_user,
    new_users, tables,
};

fn text(statement: Result<Statement, Error>) -> String {
    statement.unwrap().text.into_owned()
}

#[orm::test(setup = tables)]
async fn rows_are_made_out_of_others(db: Database) -> Result<(), Error> {
    let users = User::insert_many(new_users(0..10)).all(&db).await?;
    let copies = || {
        User::insert_select(User::query().filter(|u| u.age.ge(4)), |u| {
            NewUserExpr {
                email: u.email.concat(".copy"),
                name: "copy",
                age: u.age + 100,
                nickname: u.name,
            }
            .version(7)
        })
    };
    assert_eq!(
        text(copies().to_sql()),
        "INSERT INTO \"users\" (\"email\", \"name\", \"age\", \"nickname\", \"version\") \
         SELECT \"email\" || $1, $2, \"age\" + $3, \"name\", $4 FROM \"users\" WHERE \"age\" >= $5"
    );
    let mut stored = copies().all(&db).await?;
    stored.sort_by_key(|user| user.age);
    let expected: Vec<_> = users[4..]
        .iter()
        .map(|user| {
            (
                format!("{}.copy", user.email),
                user.age + 100,
                Some(user.name.clone()),
                7,
            )
        })
        .collect();
    let found: Vec<_> = stored
        .iter()
        .map(|user| (user.email.clone(), user.age, user.nickname.clone(), user.version))
        .collect();
    assert_eq!(found, expected);
    assert!(
        stored
            .iter()
            .all(|user| user.name == "copy" && user.created_at == users[0].created_at)
    );
    assert_eq!(User::query().count(&db).await?, 16);
    Ok(())
}

#[orm::test(setup = tables)]
async fn values_defaults_and_identities_can_be_given(db: Database) -> Result<(), Error> {
    let ann = User::insert(new_user("ann")).one(&db).await?;
    Post::insert(new_post(&ann, "first")).execute(&db).await?;
    let copy = Post::insert_select(Post::query(), |p| {
        NewPostExpr {
            author_id: p.author_id,
            title: String::from("second"),
            tags: vec![String::from("a")],
            score: p.twice,
        }
        .id(p.id + 100)
        .status(Status::Draft)
        .status(Status::Published)
    });
    let (id, status, tags): (i64, Status, Vec<String>) = copy.returning(|p| (p.id, p.status, p.tags)).one(&db).await?;
    assert_eq!((id, status, tags), (101, Status::Published, vec!["a".to_owned()]));
    // All columns by the database.
    let tickets = Ticket::insert_select(Post::query(), |_| NewTicketExpr {})
        .all(&db)
        .await?;
    assert_eq!(tickets.iter().map(|ticket| ticket.priority).collect::<Vec<_>>(), [7, 7]);
    // NULL, and no rows.
    let line = |order| {
        Line::insert_select(Post::query().filter(move |p| p.id.eq(order)), |p| NewLineExpr {
            number: 1,
            order_id: p.id,
            text: None,
        })
    };
    assert_eq!(line(101).one(&db).await?.text, None);
    assert_eq!(line(999).execute(&db).await?, 0);
    Ok(())
}

#[orm::test(setup = tables)]
async fn joins_groups_limits_and_sub_selects_are_inserted(db: Database) -> Result<(), Error> {
    let users = User::insert_many(new_users(0..6)).all(&db).await?;
    for user in &users {
        for n in 0..user.age {
            Post::insert(new_post(user, &format!("{n}"))).execute(&db).await?;
        }
    }
    let joined = User::query().join(|u| Post::query().filter(|p| p.title.eq("3")).on(|p| p.author_id.eq(u.id)));
    let stored = Line::insert_select(joined, |(u, p)| NewLineExpr {
        number: u.age,
        order_id: p.id,
        text: u.name,
    });
    let mut texts: Vec<Option<String>> = stored.returning(|l| l.text).all(&db).await?;
    texts.sort();
    assert_eq!(texts, [Some("user4".to_owned()), Some("user5".to_owned())]);

    let counted = Post::query().group_by(|p| p.author_id).select(|g| (g.key(), g.count()));
    let stored = Line::insert_select(counted, |(author, count)| NewLineExpr {
        number: -1,
        order_id: author + 1000,
        text: count.cast::<String>(),
    });
    assert_eq!(
        text(stored.to_sql()),
        "INSERT INTO \"order_lines\" AS target (\"number\", \"order_id\", \"text\") SELECT $1, p1.\"author_id\" + $2, \
         p1.\"c2\"::text FROM (SELECT p2.\"author_id\", count(*) FROM \"posts\" AS p2 GROUP BY p2.\"author_id\") AS \
         p1(\"author_id\", \"c2\")"
    );
    let counted = Post::query().group_by(|p| p.author_id).select(|g| (g.key(), g.count()));
    let stored = Line::insert_select(counted, |(author, count)| NewLineExpr {
        number: -1,
        order_id: author + 1000,
        text: count.cast::<String>(),
    });
    let mut rows: Vec<(i64, Option<String>)> = stored.returning(|l| (l.order_id, l.text)).all(&db).await?;
    rows.sort();
    let expected: Vec<_> = users[1..]
        .iter()
        .map(|user| (user.id + 1000, Some(user.age.to_string())))
        .collect();
    assert_eq!(rows, expected);

    let oldest = User::query().order_by(|u| u.age.desc()).limit(2);
    let stored = Line::insert_select(oldest, |u| NewLineExpr {
        number: -2,
        order_id: u.id,
        text: Post::query()
            .filter(|p| p.author_id.eq(u.id))
            .aggregate(|g| g.max(|p| p.title))
            .scalar(),
    });
    let mut rows: Vec<(i64, Option<String>)> = stored.returning(|l| (l.order_id, l.text)).all(&db).await?;
    rows.sort();
    assert_eq!(
        rows,
        [(users[4].id, Some("3".to_owned())), (users[5].id, Some("4".to_owned()))]
    );
    Ok(())
}

#[orm::test(setup = tables)]
async fn rows_that_are_there_already_are_updated_or_left_out(db: Database) -> Result<(), Error> {
    let users = User::insert_many(new_users(0..4)).all(&db).await?;
    let again = || {
        User::insert_select(User::query(), |u| NewUserExpr {
            email: u.email,
            name: u.name.concat("!"),
            age: u.age + 1,
            nickname: None,
        })
    };
    assert_eq!(again().on_conflict(|key| key.email).do_nothing().execute(&db).await?, 0);
    assert_eq!(again().on_conflict_do_nothing().execute(&db).await?, 0);
    let mut updated = again()
        .on_conflict(|key| key.email)
        .filter(|stored, new| stored.age.ge(1) & new.age.le(3))
        .update(|stored, new| (stored.name.set(new.name), stored.age.set(stored.age + new.age)))
        .all(&db)
        .await?;
    updated.sort_by_key(|user| user.id);
    let found: Vec<_> = updated
        .iter()
        .map(|user| (user.id, &*user.name, user.age, user.version))
        .collect();
    assert_eq!(found, [(users[1].id, "user1!", 3, 2), (users[2].id, "user2!", 5, 2)]);
    let error = again().execute(&db).await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::UniqueViolation);
    Ok(())
}

//! What belongs to rows that the program has already.

use super::*;
use crate::support::Recorder;

#[orm::test(setup = world)]
async fn a_row_gives_queries_of_what_belongs_to_it(db: Database) -> Result<(), Error> {
    let world = World::read(&db).await?;
    let db = Recorder::new(&db);
    for user in &world.users {
        let posts = user
            .posts()
            .filter(|p| p.score.gt(3))
            .order_by(|p| p.id.asc())
            .all(&db)
            .await?;
        let expected: Vec<Post> = world
            .posts_of(user)
            .into_iter()
            .filter(|post| post.score > Some(3))
            .collect();
        assert_eq!(posts, expected);
        assert_eq!(user.manager().first(&db).await?, world.user(user.manager_id));
        assert_eq!(user.profile().first(&db).await?, world.profile(user));
        assert_eq!(user.posts().count(&db).await?, world.posts_of(user).len() as i64);
        assert_eq!(db.take().len(), 4);
    }
    for post in &world.posts {
        assert_eq!(post.author().one(&db).await?, world.user(Some(post.author_id)).unwrap());
        let tags: Vec<Tag> = post.tags().order_by(|t| t.id.asc()).all(&db).await?;
        assert_eq!(tags, world.tags_of(post));
    }
    let sql = world.posts[0].tags().to_sql()?.text;
    assert_eq!(
        sql,
        r#"SELECT t1."id", t1."label" FROM "tags" AS t1 JOIN "posts_tags" AS p2 ON p2."tag_id" = t1."id" WHERE p2."post_id" = $1"#
    );
    Ok(())
}

#[orm::test(setup = world)]
async fn what_belongs_to_many_rows_is_one_statement(db: Database) -> Result<(), Error> {
    let world = World::read(&db).await?;
    let db = Recorder::new(&db);
    // Rows twice, in an order of their own.
    let mut users = world.users.clone();
    users.extend_from_slice(&world.users[2..5]);
    users.reverse();
    let posts: Vec<Vec<Post>> = orm::load(&users, |u| u.posts().order_by(|p| p.id.asc()))
        .all(&db)
        .await?;
    assert_eq!(posts, users.iter().map(|user| world.posts_of(user)).collect::<Vec<_>>());
    assert_eq!(db.take().len(), 1);

    let managers: Vec<Option<User>> = orm::load(&users, |u| u.manager()).all(&db).await?;
    assert_eq!(
        managers,
        users.iter().map(|user| world.user(user.manager_id)).collect::<Vec<_>>()
    );
    let texts = db.take();
    assert_eq!(
        texts,
        [
            r#"SELECT u2."id", u2."name", u2."manager_id", k1."n" FROM unnest($1) WITH ORDINALITY AS k1("manager_id", "n") LEFT JOIN "users" AS u2 ON u2."id" = k1."manager_id" ORDER BY k1."n""#
        ]
    );

    type Author = (User, Vec<Post>, Option<Profile>);
    let authors: Vec<Author> = orm::load(&world.posts, |p| {
        p.author()
            .with(|a| a.posts().order_by(|p| p.id.asc()))
            .with(|a| a.profile())
    })
    .all(&db)
    .await?;
    let expected = world.posts.iter().map(|post| {
        let author = world.user(Some(post.author_id)).unwrap();
        (author.clone(), world.posts_of(&author), world.profile(&author))
    });
    assert_eq!(authors, expected.collect::<Vec<_>>());
    assert_eq!(db.take().len(), 2);

    assert!(orm::load(&world.users[..0], |u| u.posts()).all(&db).await?.is_empty());
    assert!(db.take().is_empty());
    Ok(())
}

#[orm::test(setup = world)]
async fn a_row_that_is_gone_is_an_error_and_not_a_shift(db: Database) -> Result<(), Error> {
    let mut posts = Post::query().order_by(|p| p.id.asc()).all(&db).await?;
    posts[3].author_id = 999;
    let error = orm::load(&posts, |p| p.author()).all(&db).await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::NotFound);
    assert_eq!(
        error.to_string(),
        "Post: the row that `author` leads to is not there (any more)"
    );
    Ok(())
}

#[orm::test(setup = world)]
async fn a_filter_names_columns_of_the_row_above(db: Database) -> Result<(), Error> {
    let world = World::read(&db).await?;
    let db = Recorder::new(&db);
    let loaded: Vec<(User, Vec<Post>)> = User::query()
        .with(|u| {
            u.posts()
                .filter(|p| p.editor_id.eq(u.manager_id) | p.id.gt(u.id * 5))
                .order_by(|p| p.id.asc())
        })
        .order_by(|u| u.id.asc())
        .all(&db)
        .await?;
    let holds = |user: &User, post: &Post| {
        (post.editor_id.is_some() && post.editor_id == user.manager_id) || post.id > user.id * 5
    };
    let posts = |user: &User| {
        world
            .posts_of(user)
            .into_iter()
            .filter(|post| holds(user, post))
            .collect()
    };
    let expected: Vec<_> = world.users.iter().map(|user| (user.clone(), posts(user))).collect();
    assert_eq!(loaded, expected);
    assert_eq!(db.take().len(), 2);
    let users = world.users.clone();
    let posts: Vec<Vec<Post>> = orm::load(&users, |u| {
        u.posts().filter(|p| p.id.gt(u.id * 5)).order_by(|p| p.id.asc())
    })
    .all(&db)
    .await?;
    for (user, posts) in users.iter().zip(posts) {
        assert!(
            posts
                .iter()
                .all(|post| post.id > user.id * 5 && post.author_id == user.id)
        );
    }
    Ok(())
}

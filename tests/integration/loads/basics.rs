//! Each relation, alone, beside others, and nested.

use super::*;

#[orm::test(setup = world)]
async fn many_rows_are_a_list_beside_each_row(db: Database) -> Result<(), Error> {
    let world = World::read(&db).await?;
    let loaded: Vec<(User, Vec<Post>)> = User::query()
        .with(|u| u.posts().order_by(|p| p.id.asc()))
        .order_by(|u| u.id.desc())
        .all(&db)
        .await?;
    let expected: Vec<_> = world
        .users
        .iter()
        .rev()
        .map(|user| (user.clone(), world.posts_of(user)))
        .collect();
    assert_eq!(loaded, expected);
    assert!(loaded.iter().any(|(_, posts)| posts.is_empty()));
    Ok(())
}

#[orm::test(setup = world)]
async fn a_row_is_itself_or_an_option_by_its_key(db: Database) -> Result<(), Error> {
    let world = World::read(&db).await?;
    let loaded: Vec<(Post, User, Option<User>)> = Post::query()
        .with(|p| p.author())
        .with(|p| p.editor())
        .order_by(|p| p.id.asc())
        .all(&db)
        .await?;
    let posts = world.posts.iter().cloned();
    let expected: Vec<_> = posts
        .map(|post| {
            let (author, editor) = (world.user(Some(post.author_id)).unwrap(), world.user(post.editor_id));
            (post, author, editor)
        })
        .collect();
    assert_eq!(loaded, expected);
    let loaded: Vec<(User, Option<Profile>)> = User::query()
        .with(|u| u.profile())
        .order_by(|u| u.id.asc())
        .all(&db)
        .await?;
    let expected: Vec<_> = world
        .users
        .iter()
        .map(|user| (user.clone(), world.profile(user)))
        .collect();
    assert_eq!(loaded, expected);
    Ok(())
}

#[orm::test(setup = world)]
async fn levels_are_nested_to_any_depth(db: Database) -> Result<(), Error> {
    let world = World::read(&db).await?;
    type Comments = Vec<(Comment, Vec<Like>)>;
    let loaded: Vec<(User, Vec<(Post, Comments, Vec<Tag>)>)> = User::query()
        .with(|u| {
            u.posts()
                .order_by(|p| p.id.asc())
                .with(|p| {
                    p.comments()
                        .order_by(|c| c.id.asc())
                        .with(|c| c.likes().order_by(|l| l.id.asc()))
                })
                .with(|p| p.tags().order_by(|t| t.id.asc()))
        })
        .order_by(|u| u.id.asc())
        .all(&db)
        .await?;
    let comments = |post: &Post| -> Comments {
        let comments = world.comments_of(post).into_iter();
        comments
            .map(|comment| (comment.clone(), world.likes_of(&comment)))
            .collect()
    };
    let posts = |user: &User| {
        let posts = world.posts_of(user).into_iter();
        posts
            .map(|post| (post.clone(), comments(&post), world.tags_of(&post)))
            .collect()
    };
    let expected: Vec<_> = world.users.iter().map(|user| (user.clone(), posts(user))).collect();
    assert_eq!(loaded, expected);
    Ok(())
}

#[orm::test(setup = world)]
async fn what_belongs_to_a_row_that_may_be_missing(db: Database) -> Result<(), Error> {
    let world = World::read(&db).await?;
    type Editor = Option<(User, Vec<Post>, Option<User>)>;
    let loaded: Vec<(Post, Editor)> = Post::query()
        .with(|p| {
            p.editor()
                .with(|e| e.posts().order_by(|p| p.id.asc()))
                .with(|e| e.manager())
        })
        .order_by(|p| p.id.asc())
        .all(&db)
        .await?;
    let editor = |post: &Post| -> Editor {
        let editor = world.user(post.editor_id)?;
        Some((editor.clone(), world.posts_of(&editor), world.user(editor.manager_id)))
    };
    let expected: Vec<_> = world.posts.iter().map(|post| (post.clone(), editor(post))).collect();
    assert_eq!(loaded, expected);
    Ok(())
}

#[orm::test(setup = world)]
async fn a_limit_holds_for_each_row(db: Database) -> Result<(), Error> {
    let world = World::read(&db).await?;
    let loaded: Vec<(User, Vec<(Post, Vec<Comment>)>)> = User::query()
        .with(|u| {
            u.posts()
                .filter(|p| p.score.gt(2))
                .order_by(|p| p.id.desc())
                .limit_per_parent(3)
                .with(|p| p.comments().order_by(|c| c.id.desc()).limit_per_parent(1))
        })
        .order_by(|u| u.id.asc())
        .all(&db)
        .await?;
    let posts = |user: &User| -> Vec<(Post, Vec<Comment>)> {
        let posts = world
            .posts_of(user)
            .into_iter()
            .rev()
            .filter(|post| post.score > Some(2))
            .take(3);
        posts
            .map(|post| {
                (
                    post.clone(),
                    world.comments_of(&post).into_iter().rev().take(1).collect(),
                )
            })
            .collect()
    };
    let expected: Vec<_> = world.users.iter().map(|user| (user.clone(), posts(user))).collect();
    assert_eq!(loaded, expected);
    Ok(())
}

#[orm::test(setup = world)]
async fn only_some_columns_are_read(db: Database) -> Result<(), Error> {
    let world = World::read(&db).await?;
    let loaded: Vec<(User, Vec<String>, Option<(i64, String)>)> = User::query()
        .with(|u| u.posts().order_by(|p| p.id.asc()).select(|p| p.title))
        .with(|u| u.manager().select(|m| (m.id, m.name)))
        .order_by(|u| u.id.asc())
        .all(&db)
        .await?;
    let expected: Vec<_> = world
        .users
        .iter()
        .map(|user| {
            let titles = world.posts_of(user).into_iter().map(|post| post.title).collect();
            let manager = world.user(user.manager_id).map(|manager| (manager.id, manager.name));
            (user.clone(), titles, manager)
        })
        .collect();
    assert_eq!(loaded, expected);
    let loaded: Vec<(User, Vec<i64>)> = User::query()
        .with(|u| u.posts().select(|p| p.id))
        .order_by(|u| u.id.asc())
        .all(&db)
        .await?;
    for (user, mut ids) in loaded {
        ids.sort_unstable();
        assert_eq!(
            ids,
            world.posts_of(&user).iter().map(|post| post.id).collect::<Vec<_>>()
        );
    }
    Ok(())
}

#[orm::test(setup = world)]
async fn each_level_is_one_statement_whatever_the_number_of_rows(db: Database) -> Result<(), Error> {
    let recorder = crate::support::Recorder::new(&db);
    User::query()
        .with(|u| {
            u.posts()
                .with(|p| p.comments().order_by(|c| c.id.asc()))
                .with(|p| p.tags())
        })
        .with(|u| u.manager())
        .all(&recorder)
        .await?;
    assert_eq!(
        recorder.take(),
        [
            r#"SELECT u1."id", u1."name", u1."manager_id", u2."id", u2."name", u2."manager_id" FROM "users" AS u1 LEFT JOIN "users" AS u2 ON u2."id" = u1."manager_id""#,
            r#"SELECT "id", "title", "score", "author_id", "editor_id" FROM "posts" WHERE "author_id" = ANY ((SELECT $1)::int8[])"#,
            // By the keys of the users, so that it need not wait for the posts.
            r#"SELECT c2."id", c2."text", c2."post_id", c2."user_id", p1."id" FROM "posts" AS p1 LEFT JOIN "comments" AS c2 ON c2."post_id" = p1."id" WHERE p1."author_id" = ANY ((SELECT $1)::int8[]) ORDER BY p1."id", c2."id""#,
            r#"SELECT t2."id", t2."label", p3."post_id", p1."id" FROM "posts" AS p1 LEFT JOIN ("tags" AS t2 JOIN "posts_tags" AS p3 ON p3."tag_id" = t2."id") ON p3."post_id" = p1."id" WHERE p1."author_id" = ANY ((SELECT $1)::int8[])"#,
        ]
    );
    // Without an index, and with a limit, the rows above are numbered.
    User::query()
        .with(|u| u.edited())
        .with(|u| u.posts().order_by(|p| p.id.desc()).limit_per_parent(2))
        .all(&recorder)
        .await?;
    assert_eq!(
        recorder.take()[1..],
        [
            r#"SELECT p2."id", p2."title", p2."score", p2."author_id", p2."editor_id", k1."n" FROM unnest($1) WITH ORDINALITY AS k1("id", "n") JOIN "posts" AS p2 ON p2."editor_id" = k1."id""#,
            r#"SELECT p2."id", p2."title", p2."score", p2."author_id", p2."editor_id", k1."n" FROM unnest($1) WITH ORDINALITY AS k1("id", "n") JOIN LATERAL (SELECT p3."id", p3."title", p3."score", p3."author_id", p3."editor_id", row_number() OVER (ORDER BY p3."id" DESC) FROM "posts" AS p3 WHERE p3."author_id" = k1."id" ORDER BY p3."id" DESC LIMIT $2) AS p2("id", "title", "score", "author_id", "editor_id", "c6") ON TRUE ORDER BY k1."n", p2."c6""#,
        ]
    );
    Ok(())
}

#[orm::test(setup = world)]
async fn one_row_by_its_key_with_what_belongs_to_it(db: Database) -> Result<(), Error> {
    let world = World::read(&db).await?;
    let loaded = User::find(3)
        .with(|u| u.posts().order_by(|p| p.id.asc()))
        .with(|u| u.profile())
        .one(&db)
        .await?;
    let user = world.user(Some(3)).unwrap();
    assert_eq!(loaded, (user.clone(), world.posts_of(&user), world.profile(&user)));
    assert_eq!(User::find(99).with(|u| u.posts()).first(&db).await?, None);
    Ok(())
}

#[orm::test(setup = world)]
async fn what_is_selected_of_a_relation_is_an_expression_and_can_be_loaded(db: Database) -> Result<(), Error> {
    let world = World::read(&db).await?;
    let newest = |user: &User, most: usize| -> Vec<i64> {
        let posts = world
            .posts_of(user)
            .into_iter()
            .rev()
            .filter(|post| post.score.is_some());
        posts.map(|post| post.id).take(most).collect()
    };
    let arrays: Vec<(i64, Vec<i64>)> = User::query()
        .select(|u| {
            let ids = u
                .posts()
                .select(|p| p.id)
                .filter(|p| p.score.is_not_null())
                .order_by(|p| p.id.desc());
            (u.id, ids.limit(2).array())
        })
        .order_by(|u| u.id.asc())
        .all(&db)
        .await?;
    let loaded: Vec<(User, Vec<i64>)> = User::query()
        .with(|u| {
            u.posts()
                .select(|p| p.id)
                .filter(|p| p.score.is_not_null())
                .order_by(|p| p.id.desc())
                .limit(2)
        })
        .order_by(|u| u.id.asc())
        .all(&db)
        .await?;
    for ((user, ids), (id, array)) in loaded.into_iter().zip(arrays) {
        assert_eq!((user.id, &ids), (id, &array));
        assert_eq!(ids, newest(&user, 2));
    }
    Ok(())
}

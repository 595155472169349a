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
async fn shown(db: Database) -> Result<(), Error> {
    let query = || {
        User::query()
            .with(|u| {
                u.posts()
                    .filter(|p| p.score.gt(2))
                    .order_by(|p| p.id.desc())
                    .limit_per_parent(3)
                    .with(|p| p.comments().order_by(|c| c.id.desc()).with(|c| c.likes()))
                    .with(|p| p.tags())
                    .with(|p| p.editor().with(|e| e.comments()))
            })
            .order_by(|u| u.id.asc())
    };
    for statement in query().to_sql()? {
        println!("{statement}\n");
    }
    let recorder = crate::support::Recorder::new(&db);
    query().all(&recorder).await?;
    for text in recorder.take() {
        println!("SENT {text}\n");
    }
    User::query()
        .with(|u| u.posts().with(|p| p.comments().order_by(|c| c.id.asc())))
        .all(&recorder)
        .await?;
    for text in recorder.take() {
        println!("SENT {text}\n");
    }
    Ok(())
}

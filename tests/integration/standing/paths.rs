//! Relations to one: a hidden row is none.

use orm::prelude::*;

use super::*;

#[orm::test(setup = world)]
async fn a_hidden_parent_is_none(db: Database) -> Result<(), Error> {
    let world = World::read(&db).await?.visible();
    // The key is never NULL, but the columns behind it are: in the type.
    let read: Vec<(i64, Option<String>, Option<String>)> = Post::query()
        .order_by(|p| p.id.asc())
        .select(|p| (p.id, p.author().name, p.editor().name))
        .all(&db)
        .await?;
    let name = |id: Option<i64>| world.user(id).map(|user| user.name);
    let expected: Vec<_> = world
        .posts
        .iter()
        .map(|post| (post.id, name(Some(post.author_id)), name(post.editor_id)))
        .collect();
    assert_eq!(read, expected);
    assert!(expected.iter().any(|row| row.1.is_none()));
    Ok(())
}

#[orm::test(setup = world)]
async fn nothing_is_behind_a_hidden_row(db: Database) -> Result<(), Error> {
    let world = World::read(&db).await?.visible();
    let read = Comment::query()
        .order_by(|c| c.id.asc())
        .select(|c| {
            (
                c.id,
                c.post().status,
                c.post().author().name,
                c.user().manager().profile().secret,
            )
        })
        .all(&db)
        .await?;
    let expected: Vec<_> = world
        .comments
        .iter()
        .map(|comment| {
            let post = world.post(comment.post_id);
            let author = post.as_ref().and_then(|post| world.user(post.author_id));
            let manager = world.user(comment.user_id).and_then(|user| world.user(user.manager_id));
            let profile = manager.and_then(|manager| world.profile_of(manager.id));
            (
                comment.id,
                post.map(|post| post.status),
                author.map(|user| user.name),
                profile.map(|profile| profile.secret),
            )
        })
        .collect();
    assert_eq!(read, expected);
    Ok(())
}

#[orm::test(setup = world)]
async fn filters_and_orders_by_paths(db: Database) -> Result<(), Error> {
    let world = World::read(&db).await?.visible();
    let found = Post::query()
        .filter(|p| p.author().name.eq("user 2"))
        .order_by(|p| (p.author().id.desc(), p.id.asc()));
    let mut expected: Vec<Post> = world.posts.clone();
    expected.retain(|post| world.user(post.author_id).is_some_and(|user| user.name == "user 2"));
    expected.sort_by_key(|post| (-post.author_id, post.id));
    assert_eq!(found.all(&db).await?, expected);
    let orphans = Post::query().filter(|p| p.author().id.is_null()).count(&db).await?;
    assert_eq!(
        orphans,
        world
            .posts
            .iter()
            .filter(|post| world.user(post.author_id).is_none())
            .count() as i64
    );
    Ok(())
}

#[orm::test(setup = world)]
async fn a_hidden_row_is_shown_where_that_is_said(db: Database) -> Result<(), Error> {
    let (all, world) = (World::read(&db).await?, World::read(&db).await?.visible());
    let read = Post::query()
        .order_by(|p| p.id.asc())
        .select(|p| {
            (
                p.author().id,
                p.author().with_hidden().id,
                p.author().with_hidden().manager().id,
            )
        })
        .all(&db)
        .await?;
    let expected: Vec<_> = world
        .posts
        .iter()
        .map(|post| {
            let hidden = all.user(post.author_id);
            let manager = hidden.as_ref().and_then(|user| world.user(user.manager_id));
            (
                world.user(post.author_id).map(|user| user.id),
                hidden.map(|user| user.id),
                manager.map(|user| user.id),
            )
        })
        .collect();
    assert_eq!(read, expected);
    Ok(())
}

#[orm::test(setup = world)]
async fn paths_of_joined_rows_and_of_groups(db: Database) -> Result<(), Error> {
    let world = World::read(&db).await?.visible();
    let mut read = User::query()
        .left_join(|u| u.posts())
        .select(|(u, p)| (u.id, u.manager().name, p.id, p.editor().name))
        .all(&db)
        .await?;
    read.sort();
    let mut expected = Vec::new();
    for user in &world.users {
        let manager = world.user(user.manager_id).map(|user| user.name);
        let posts = world.posts_of(user.id);
        for post in &posts {
            let editor = world.user(post.editor_id).map(|user| user.name);
            expected.push((user.id, manager.clone(), Some(post.id), editor));
        }
        if posts.is_empty() {
            expected.push((user.id, manager, None, None));
        }
    }
    expected.sort();
    assert_eq!(read, expected);
    let mut counts = Post::query()
        .group_by(|p| p.author().id)
        .select(|g| (g.key(), g.count()))
        .all(&db)
        .await?;
    counts.sort_unstable();
    let mut keys: Vec<Option<i64>> = world
        .posts
        .iter()
        .map(|post| world.user(post.author_id).map(|user| user.id))
        .collect();
    keys.sort_unstable();
    let mut expected: Vec<(Option<i64>, i64)> = Vec::new();
    for key in keys {
        match expected.last_mut() {
            Some(last) if last.0 == key => last.1 += 1,
            _ => expected.push((key, 1)),
        }
    }
    assert_eq!(counts, expected);
    Ok(())
}

//! What is joined.

use orm::prelude::*;

use super::*;

/// Sorted, to be compared.
fn sorted<T: Ord>(mut rows: Vec<T>) -> Vec<T> {
    rows.sort();
    rows
}

#[orm::test(setup = world)]
async fn inner_and_left_joins(db: Database) -> Result<(), Error> {
    let world = World::read(&db).await?.visible();
    let inner = User::query()
        .join(|u| u.posts())
        .select(|(u, p)| (u.id, p.id))
        .all(&db)
        .await?;
    let mut expected = Vec::new();
    let mut left = Vec::new();
    for user in &world.users {
        let posts = world.posts_of(user.id);
        expected.extend(posts.iter().map(|post| (user.id, post.id)));
        left.extend(posts.iter().map(|post| (user.id, Some(post.id))));
        if posts.is_empty() {
            left.push((user.id, None));
        }
    }
    assert_eq!(sorted(inner), sorted(expected));
    let found = User::query()
        .left_join(|u| u.posts())
        .select(|(u, p)| (u.id, p.id))
        .all(&db)
        .await?;
    assert_eq!(sorted(found), sorted(left.clone()));
    let found: Vec<(User, Option<Post>)> = User::query().left_join(|u| u.posts()).all(&db).await?;
    assert_eq!(
        sorted(found.iter().map(|(u, p)| (u.id, p.as_ref().map(|p| p.id))).collect()),
        sorted(left.clone())
    );
    let found = User::query().left_join(|u| Post::query().on(move |p| p.author_id.eq(u.id)));
    assert_eq!(
        sorted(found.select(|(u, p)| (u.id, p.id)).all(&db).await?),
        sorted(left)
    );
    Ok(())
}

#[orm::test(setup = world)]
async fn right_and_full_joins(db: Database) -> Result<(), Error> {
    let world = World::read(&db).await?.visible();
    let mut right = Vec::new();
    for post in &world.posts {
        right.push((world.user(post.author_id).map(|user| user.id), Some(post.id)));
    }
    let found = User::query()
        .right_join(|u| u.posts())
        .select(|(u, p)| (u.id, p.id))
        .all(&db)
        .await?;
    let found = found.into_iter().map(|(user, post)| (user, Some(post))).collect();
    assert_eq!(sorted(found), sorted(right.clone()));
    let mut full = right;
    full.extend(
        world
            .users
            .iter()
            .filter(|user| world.posts_of(user.id).is_empty())
            .map(|user| (Some(user.id), None)),
    );
    let found = User::query()
        .full_join(|u| u.posts())
        .select(|(u, p)| (u.id, p.id))
        .all(&db)
        .await?;
    assert_eq!(sorted(found), sorted(full.clone()));
    // With filters of their own, which hold before.
    let found = User::query()
        .full_join(|u| u.posts().filter(|p| p.id.gt(20)))
        .select(|(u, p)| (u.id, p.id))
        .all(&db)
        .await?;
    let mut expected: Vec<(Option<i64>, Option<i64>)> = full
        .into_iter()
        .filter(|(_, post)| post.is_some_and(|id| id > 20))
        .collect();
    let has = |user: &&User| !world.posts_of(user.id).iter().any(|post| post.id > 20);
    expected.extend(world.users.iter().filter(has).map(|user| (Some(user.id), None)));
    assert_eq!(sorted(found), sorted(expected));
    Ok(())
}

#[orm::test(setup = world)]
async fn a_right_join_after_others(db: Database) -> Result<(), Error> {
    let world = World::read(&db).await?.visible();
    let found = Post::query()
        .join(|p| User::query().on(move |u| u.id.eq(p.author_id)))
        .right_join(|(p, _)| Comment::query().on(move |c| c.post_id.eq(p.id)))
        .select(|(p, u, c)| (p.id, u.id, c.id));
    let mut expected = Vec::new();
    for comment in &world.comments {
        let pair = world
            .post(comment.post_id)
            .and_then(|post| Some((post.id, world.user(post.author_id)?.id)));
        expected.push((pair.map(|pair| pair.0), pair.map(|pair| pair.1), comment.id));
    }
    assert_eq!(sorted(found.all(&db).await?), sorted(expected));
    Ok(())
}

#[orm::test(setup = world)]
async fn cross_and_lateral_joins(db: Database) -> Result<(), Error> {
    let world = World::read(&db).await?.visible();
    let found = User::query()
        .cross_join(|_| Tag::query())
        .select(|(u, t)| (u.id, t.id))
        .all(&db)
        .await?;
    let pairs = world
        .users
        .iter()
        .flat_map(|user| world.tags.iter().map(|tag| (user.id, tag.id)));
    assert_eq!(sorted(found), sorted(pairs.collect()));
    let found = User::query().left_join_lateral(|u| u.posts().query().order_by(|p| p.id.desc()).limit(1));
    let found = found.select(|(u, p)| (u.id, p.id)).all(&db).await?;
    let last = world
        .users
        .iter()
        .map(|user| (user.id, world.posts_of(user.id).last().map(|post| post.id)));
    assert_eq!(sorted(found), sorted(last.collect()));
    let found = User::query()
        .left_join_lateral(|u| u.posts().query())
        .select(|(u, p)| (u.id, p.id))
        .count(&db)
        .await?;
    let expected: usize = world
        .users
        .iter()
        .map(|user| world.posts_of(user.id).len().max(1))
        .sum();
    assert_eq!(found, expected as i64);
    Ok(())
}

#[orm::test(setup = world)]
async fn the_model_between(db: Database) -> Result<(), Error> {
    let world = World::read(&db).await?.visible();
    let found = Post::query()
        .left_join(|p| p.tags())
        .select(|(p, t)| (p.id, t.id))
        .all(&db)
        .await?;
    let mut expected = Vec::new();
    for post in &world.posts {
        let tags = world.tags_of(post.id);
        expected.extend(tags.iter().map(|tag| (post.id, Some(tag.id))));
        if tags.is_empty() {
            expected.push((post.id, None));
        }
    }
    assert_eq!(sorted(found), sorted(expected));
    let found = Post::query()
        .right_join(|p| p.tags())
        .select(|(p, t)| (p.id, t.id))
        .all(&db)
        .await?;
    let mut expected = Vec::new();
    for tag in &world.tags {
        // A key to a hidden post leads from the tag to nothing, as one that is not there does.
        let keys: Vec<_> = world.posts_tags.iter().filter(|key| key.tag_id == tag.id).collect();
        expected.extend(
            keys.iter()
                .map(|key| (world.post(key.post_id).map(|post| post.id), tag.id)),
        );
        if keys.is_empty() {
            expected.push((None, tag.id));
        }
    }
    assert_eq!(sorted(found), sorted(expected));
    Ok(())
}

#[orm::test(setup = world)]
async fn hidden_rows_can_be_joined(db: Database) -> Result<(), Error> {
    let (all, world) = (World::read(&db).await?, World::read(&db).await?.visible());
    let found = User::query()
        .join(|u| u.posts().with_hidden())
        .select(|(u, p)| (u.id, p.id))
        .all(&db)
        .await?;
    let mut expected = Vec::new();
    for user in &world.users {
        expected.extend(all.posts_of(user.id).iter().map(|post| (user.id, post.id)));
    }
    assert_eq!(sorted(found), sorted(expected));
    let full = User::query()
        .with_hidden()
        .full_join(|u| Post::query().with_hidden().on(move |p| p.author_id.eq(u.id)));
    let found = full.select(|(u, p)| (u.id, p.id)).all(&db).await?;
    let mut expected: Vec<_> = all
        .posts
        .iter()
        .map(|post| (Some(post.author_id), Some(post.id)))
        .collect();
    expected.extend(
        all.users
            .iter()
            .filter(|user| all.posts_of(user.id).is_empty())
            .map(|user| (Some(user.id), None)),
    );
    assert_eq!(sorted(found), sorted(expected));
    Ok(())
}

#[orm::test(setup = world)]
async fn what_a_row_has_is_asked_of_visible_rows(db: Database) -> Result<(), Error> {
    let world = World::read(&db).await?.visible();
    let asked = User::query()
        .order_by(|u| u.id.asc())
        .select(|u| {
            (
                u.id,
                u.posts().count(),
                u.posts().any(|p| p.status.eq("draft")),
                u.posts().every(|p| p.score.ge(0)),
                u.edited().max(|p| p.id),
            )
        })
        .all(&db)
        .await?;
    let expected: Vec<_> = world
        .users
        .iter()
        .map(|user| {
            let posts = world.posts_of(user.id);
            let every = posts.iter().all(|post| post.score.is_some());
            let last = world
                .posts
                .iter()
                .filter(|post| post.editor_id == Some(user.id))
                .map(|post| post.id)
                .max();
            (user.id, posts.len() as i64, false, every, last)
        })
        .collect();
    assert_eq!(asked, expected);
    let asked = Post::query()
        .order_by(|p| p.id.asc())
        .select(|p| (p.tags().count(), p.tags().with_hidden().count()))
        .all(&db)
        .await?;
    let all = World::read(&db).await?;
    let with_hidden = |post: &Post| {
        let keys = world.posts_tags.iter().filter(|key| key.post_id == post.id);
        keys.filter(|key| all.tags.iter().any(|tag| tag.id == key.tag_id))
            .count() as i64
    };
    let expected: Vec<_> = world
        .posts
        .iter()
        .map(|post| (world.tags_of(post.id).len() as i64, with_hidden(post)))
        .collect();
    assert_eq!(asked, expected);
    Ok(())
}

//! The code of the guide's chapter "Loading".

use orm::{Cte, Page, recursive};

use super::*;

#[orm::test(setup = world)]
async fn the_guide_s_loads(db: Database) -> Result<(), Error> {
    let users: Vec<(User, Vec<Post>)> = User::query().with(|u| u.posts()).all(&db).await?;
    let posts: Vec<(Post, User, Option<User>)> =
        Post::query().with(|p| p.author()).with(|p| p.editor()).all(&db).await?;
    assert_eq!((users.len(), posts.len()), (9, 40));
    let load = User::query()
        .filter(|u| u.name.starts_with("u"))
        .with(|u| {
            u.posts()
                .filter(|p| p.score.gt(3))
                .order_by(|p| p.id.desc())
                .limit_per_parent(3)
                .with(|p| p.comments().order_by(|c| c.id.asc()))
                .with(|p| p.tags())
        })
        .order_by(|u| u.name.asc())
        .limit(20)
        .all(&db);
    let (feed, sent) = orm::count_statements(load).await;
    let feed: Vec<(User, Vec<(Post, Vec<Comment>, Vec<Tag>)>)> = feed?;
    assert_eq!((feed.len(), sent.total()), (9, 4));
    let others: Vec<(User, Vec<Post>)> = User::query()
        .with(|u| u.posts().filter(move |p| p.editor_id.ne(u.manager_id)))
        .all(&db)
        .await?;
    assert!(others.iter().any(|(_, posts)| !posts.is_empty()));
    let one: Option<(User, Option<Profile>)> = User::find(7).with(|u| u.profile()).first(&db).await?;
    assert_eq!(
        one.map(|(user, profile)| (user.id, profile.map(|profile| profile.user_id))),
        Some((7, Some(7)))
    );
    let authors: Vec<(Post, (User, Vec<Post>))> =
        Post::query().with(|p| p.author().with(|a| a.posts())).all(&db).await?;
    assert!(authors.iter().all(|(post, (_, posts))| posts.contains(post)));
    let titles: Vec<(User, Vec<String>, Option<(i64, String)>)> = User::query()
        .with(|u| u.posts().order_by(|p| p.id.asc()).select(|p| p.title))
        .with(|u| u.manager().select(|m| (m.id, m.name)))
        .all(&db)
        .await?;
    assert_eq!(titles.len(), 9);
    Ok(())
}

#[orm::test(setup = world)]
async fn the_guide_s_rows_that_are_there_already(db: Database) -> Result<(), Error> {
    let users = User::query().order_by(|u| u.id.asc()).all(&db).await?;
    let user = &users[4];
    let posts: Vec<Post> = user.posts().order_by(|p| p.id.desc()).limit(5).all(&db).await?;
    let n: i64 = user.posts().count(&db).await?;
    let manager: Option<User> = user.manager().first(&db).await?;
    assert_eq!(n.min(5), posts.len() as i64);
    assert_eq!(manager.map(|manager| manager.id), user.manager_id);
    let lists: Vec<Vec<Post>> = orm::load(&users, |u| u.posts()).all(&db).await?;
    let authors: Vec<User> = orm::load(&posts, |p| p.author()).all(&db).await?;
    assert_eq!((lists.len(), authors.len()), (9, posts.len()));
    let tree: Cte<User> = recursive(User::query().filter(|u| u.manager_id.is_null()), |above| {
        User::query()
            .join(|u| above.on(move |above| u.manager_id.eq(above.id)))
            .select(|(u, _)| u)
    });
    let users: Vec<User> = tree.query().all(&db).await?;
    let posts: Vec<Vec<Post>> = orm::load(&users, |u| u.posts()).all(&db).await?;
    assert_eq!(posts.iter().map(Vec::len).sum::<usize>(), 40);
    Ok(())
}

#[orm::test(setup = world)]
async fn the_guide_s_stream_and_page(db: Database) -> Result<(), Error> {
    let mut rows = User::query().with(|u| u.posts()).snapshot().stream(&db);
    let mut seen = 0;
    while let Some((user, posts)) = rows.try_next().await? {
        assert!(posts.iter().all(|post| post.author_id == user.id));
        seen += posts.len();
    }
    assert_eq!(seen, 40);
    let page: Page<(User, Vec<Post>)> = User::query()
        .with(|u| u.posts())
        .order_by(|u| u.name.asc())
        .page(20, None, &db)
        .await?;
    assert_eq!(page.items.len(), 9);
    Ok(())
}

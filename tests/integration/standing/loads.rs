//! What is loaded beside rows.

use orm::prelude::*;
use orm::{Shape, Strategy, load};

use super::*;

#[orm::test(setup = world)]
async fn hidden_rows_are_not_loaded(db: Database) -> Result<(), Error> {
    let world = World::read(&db).await?.visible();
    for strategy in [Strategy::Auto, Strategy::Keys, Strategy::Lateral] {
        let loaded: Vec<(User, Vec<(Post, Vec<Comment>, Vec<Tag>)>)> = User::query()
            .with(move |u| {
                u.posts()
                    .order_by(|p| p.id.asc())
                    .strategy(strategy)
                    .with(move |p| p.comments().order_by(|c| c.id.asc()).strategy(strategy))
                    .with(|p| p.tags().order_by(|t| t.id.asc()))
            })
            .order_by(|u| u.id.asc())
            .all(&db)
            .await?;
        let posts = |user: &User| {
            let posts = world.posts_of(user.id).into_iter();
            posts
                .map(|post| (post.clone(), world.comments_of(post.id), world.tags_of(post.id)))
                .collect()
        };
        let expected: Vec<_> = world.users.iter().map(|user| (user.clone(), posts(user))).collect();
        assert_eq!(loaded, expected);
    }
    Ok(())
}

#[orm::test(setup = world)]
async fn a_hidden_parent_is_loaded_as_none(db: Database) -> Result<(), Error> {
    let (all, world) = (World::read(&db).await?, World::read(&db).await?.visible());
    type Author = Option<(User, Vec<Post>)>;
    let loaded: Vec<(Post, Author, Option<User>, Option<String>, Option<User>)> = Post::query()
        .with(|p| p.author().with(|a| a.posts().order_by(|p| p.id.asc())))
        .with(|p| p.editor())
        .with(|p| p.author().select(|a| a.name))
        .with(|p| p.author().with_hidden())
        .order_by(|p| p.id.asc())
        .all(&db)
        .await?;
    let expected: Vec<_> = world
        .posts
        .iter()
        .map(|post| {
            let author = world.user(post.author_id);
            let name = author.clone().map(|author| author.name);
            let with_posts = author.map(|author| (author.clone(), world.posts_of(author.id)));
            (
                post.clone(),
                with_posts,
                world.user(post.editor_id),
                name,
                all.user(post.author_id),
            )
        })
        .collect();
    assert_eq!(loaded, expected);
    Ok(())
}

#[orm::test(setup = world)]
async fn a_limit_counts_visible_rows(db: Database) -> Result<(), Error> {
    let world = World::read(&db).await?.visible();
    let loaded: Vec<(User, Vec<Post>)> = User::query()
        .with(|u| u.posts().order_by(|p| p.id.desc()).limit_per_parent(2))
        .order_by(|u| u.id.asc())
        .all(&db)
        .await?;
    let last = |user: &User| world.posts_of(user.id).into_iter().rev().take(2).collect();
    let expected: Vec<_> = world.users.iter().map(|user| (user.clone(), last(user))).collect();
    assert_eq!(loaded, expected);
    Ok(())
}

#[orm::test(setup = world)]
async fn what_belongs_to_rows_at_hand(db: Database) -> Result<(), Error> {
    let (all, world) = (World::read(&db).await?, World::read(&db).await?.visible());
    // Rows that are hidden themselves, too: what belongs to them is asked for, not they.
    let posts = load(&all.users, |u| u.posts().order_by(|p| p.id.asc()))
        .all(&db)
        .await?;
    let expected: Vec<Vec<Post>> = all.users.iter().map(|user| world.posts_of(user.id)).collect();
    assert_eq!(posts, expected);
    let posts = load(&all.users, |u| u.posts().with_hidden().order_by(|p| p.id.asc()))
        .all(&db)
        .await?;
    let expected: Vec<Vec<Post>> = all.users.iter().map(|user| all.posts_of(user.id)).collect();
    assert_eq!(posts, expected);
    let authors: Vec<Option<User>> = load(&all.posts, |p| p.author()).all(&db).await?;
    let expected: Vec<Option<User>> = all.posts.iter().map(|post| world.user(post.author_id)).collect();
    assert_eq!(authors, expected);
    for post in all.posts.iter().take(12) {
        assert_eq!(post.author().first(&db).await?, world.user(post.author_id));
        assert_eq!(post.author().with_hidden().first(&db).await?, all.user(post.author_id));
        let tags = post.tags().order_by(|t| t.id.asc()).all(&db).await?;
        assert_eq!(tags, world.tags_of(post.id));
    }
    for user in &all.users {
        assert_eq!(user.posts().count(&db).await?, world.posts_of(user.id).len() as i64);
        assert_eq!(user.profile().first(&db).await?, world.profile_of(user.id));
    }
    Ok(())
}

#[derive(Shape, Debug, PartialEq)]
#[orm(of = Post)]
struct PostCard {
    id: i64,
    author: Option<AuthorCard>,
    #[orm(order_by = |t| t.id.asc())]
    tags: Vec<TagCard>,
}

#[derive(Shape, Debug, PartialEq)]
#[orm(of = User)]
struct AuthorCard {
    name: String,
    #[orm(expr = |u| u.posts().count())]
    posts: i64,
}

#[derive(Shape, Debug, PartialEq)]
#[orm(of = Tag)]
struct TagCard {
    id: i64,
}

#[orm::test(setup = world)]
async fn shapes_hold_no_hidden_rows(db: Database) -> Result<(), Error> {
    let world = World::read(&db).await?.visible();
    let cards = PostCard::query().order_by(|p| p.id.asc()).all(&db).await?;
    let card = |post: &Post| PostCard {
        id: post.id,
        author: world.user(post.author_id).map(|user| AuthorCard {
            posts: world.posts_of(user.id).len() as i64,
            name: user.name,
        }),
        tags: world
            .tags_of(post.id)
            .into_iter()
            .map(|tag| TagCard { id: tag.id })
            .collect(),
    };
    assert_eq!(cards, world.posts.iter().map(card).collect::<Vec<_>>());
    Ok(())
}

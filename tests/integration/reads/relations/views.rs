//! Relations of views: no constraint holds their rows to anything.

use orm::prelude::*;

use super::{Person, Post, World, world};

#[derive(Model, Debug, Clone, PartialEq)]
#[orm(
    view = "titles",
    definition = "SELECT id, title, author_id + 8 * (id % 2) AS author_id FROM posts"
)]
struct Title {
    id: i64,
    title: String,
    #[orm(belongs_to(author: Person, inverse = titles))]
    author_id: i64,
}

#[orm::test(setup = world)]
async fn what_a_view_belongs_to_may_be_missing(db: Database) -> Result<(), Error> {
    orm::create_all(&[Title::TABLE], &db).await?;
    let world = World::read(&db).await?;
    let found: Vec<(i64, Option<String>)> = Title::query()
        .order_by(|t| t.id.asc())
        .select(|t| (t.id, t.author().name))
        .all(&db)
        .await?;
    let author = |post: &Post| world.person(Some(post.author_id + 8 * (post.id % 2)));
    let expected: Vec<_> = world
        .posts
        .iter()
        .map(|post| (post.id, author(post).map(|author| author.name.clone())))
        .collect();
    assert!(expected.iter().any(|row| row.1.is_none()));
    assert_eq!(found, expected);

    let found: Vec<(i64, i64)> = Person::query()
        .order_by(|p| p.id.asc())
        .select(|p| (p.id, p.titles().count()))
        .all(&db)
        .await?;
    for (id, count) in found {
        let titles = world
            .posts
            .iter()
            .filter(|post| author(post).is_some_and(|author| author.id == id));
        assert_eq!(count, i64::try_from(titles.count()).unwrap());
    }
    Ok(())
}

//! Relations in the conditions and values of updates and deletes.

use orm::prelude::*;

use super::{Person, Post, PostTag, World, world};

#[orm::test(setup = world)]
async fn rows_are_updated_by_what_they_belong_to(db: Database) -> Result<(), Error> {
    let world = World::read(&db).await?;
    let written = Post::query()
        .filter(|p| p.author().company().name.eq("company 1") & p.editor().name.is_not_null())
        .update(|p| (p.title.set(p.author().name), p.score.set(p.author().id.cast::<i32>())))
        .returning(|p| (p.id, p.category().name))
        .all(&db)
        .await?;
    let fits = |post: &&Post| {
        let company = world.company(world.author(post).company_id);
        company.is_some_and(|company| company.name == "company 1") && post.editor_id.is_some()
    };
    let mut expected = world.posts.clone();
    let mut returned = Vec::new();
    for post in expected.iter_mut().filter(|post| fits(&&**post)) {
        post.title = world.author(post).name.clone();
        post.score = Some(post.author_id as i32);
        returned.push((post.id, world.category(post.category_id).name.clone()));
    }
    let mut written: Vec<(i64, String)> = written;
    written.sort();
    assert!(!returned.is_empty() && returned.len() < expected.len());
    assert_eq!(written, returned);
    assert_eq!(Post::query().order_by(|p| p.id.asc()).all(&db).await?, expected);
    Ok(())
}

#[orm::test(setup = world)]
async fn rows_are_deleted_by_what_belongs_to_them(db: Database) -> Result<(), Error> {
    let world = World::read(&db).await?;
    PostTag::query()
        .filter(|t| t.post().author().name.eq("person 2"))
        .delete()
        .execute(&db)
        .await?;
    let kept: Vec<_> = world
        .posts_tags
        .iter()
        .filter(|key| {
            world
                .author(world.posts.iter().find(|post| post.id == key.post_id).unwrap())
                .id
                != 2
        })
        .cloned()
        .collect();
    assert!(kept.len() < world.posts_tags.len());
    let found = PostTag::query()
        .order_by(|t| (t.post_id.asc(), t.tag_id.asc()))
        .all(&db)
        .await?;
    assert_eq!(found, kept);

    let deleted = Post::query()
        .filter(|p| !p.tags().exists())
        .delete()
        .execute(&db)
        .await?;
    let without = world
        .posts
        .iter()
        .filter(|post| !kept.iter().any(|key| key.post_id == post.id));
    assert_eq!(deleted, without.count() as u64);
    Ok(())
}

#[orm::test(setup = world)]
async fn the_first_rows_by_a_path_are_updated(db: Database) -> Result<(), Error> {
    let world = World::read(&db).await?;
    let mut written: Vec<i64> = Person::query()
        .order_by(|p| (p.manager().name.desc().nulls_last(), p.id.asc()))
        .limit(3)
        .update(|p| p.name.set("first"))
        .returning(|p| p.id)
        .all(&db)
        .await?;
    written.sort_unstable();
    let mut people: Vec<_> = world.people.iter().collect();
    people.sort_by_key(|person| {
        let manager = world.person(person.manager_id).map(|manager| manager.name.clone());
        (manager.is_none(), std::cmp::Reverse(manager), person.id)
    });
    let mut expected: Vec<i64> = people.iter().take(3).map(|person| person.id).collect();
    expected.sort_unstable();
    assert_eq!(written, expected);
    Ok(())
}

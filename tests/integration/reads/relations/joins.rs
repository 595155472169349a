//! `left_join(|u| u.posts())`: relations as joins, and paths from what is joined.

use orm::prelude::*;

use super::{Company, NewTag, Person, Post, Tag, World, world};

#[orm::test(setup = world)]
async fn a_left_join_keeps_rows_to_which_nothing_belongs(db: Database) -> Result<(), Error> {
    let world = World::read(&db).await?;
    let query = Person::query()
        .left_join(|u| u.posts())
        .order_by(|(u, p)| (u.id.asc(), p.id.asc()))
        .select(|(u, p)| (u.name, p.title));
    assert_eq!(
        query.clone().to_sql()?.text,
        "SELECT p1.\"name\", p2.\"title\" FROM \"people\" AS p1 \
         LEFT JOIN \"posts\" AS p2 ON p2.\"author_id\" = p1.\"id\" ORDER BY p1.\"id\", p2.\"id\""
    );
    let found: Vec<(String, Option<String>)> = query.all(&db).await?;
    let mut expected = Vec::new();
    for person in &world.people {
        let posts = world.posts_of(person.id);
        expected.extend(posts.iter().map(|post| (person.name.clone(), Some(post.title.clone()))));
        if posts.is_empty() {
            expected.push((person.name.clone(), None));
        }
    }
    assert!(expected.iter().any(|row| row.1.is_none()));
    assert_eq!(found, expected);
    Ok(())
}

#[orm::test(setup = world)]
async fn a_filtered_relation_is_filtered_before_it_is_joined(db: Database) -> Result<(), Error> {
    let world = World::read(&db).await?;
    let found: Vec<(Person, Option<Post>)> = Person::query()
        .left_join(|u| u.posts().filter(|p| p.score.gt(7)))
        .order_by(|(u, p)| (u.id.asc(), p.id.asc()))
        .all(&db)
        .await?;
    let mut expected = Vec::new();
    for person in &world.people {
        let posts: Vec<_> = world
            .posts_of(person.id)
            .into_iter()
            .filter(|post| post.score > Some(7))
            .collect();
        expected.extend(posts.iter().map(|post| (person.clone(), Some((*post).clone()))));
        if posts.is_empty() {
            expected.push((person.clone(), None));
        }
    }
    assert_eq!(found, expected);
    Ok(())
}

#[orm::test(setup = world)]
async fn many_to_many_is_joined_from_left_and_inner(db: Database) -> Result<(), Error> {
    let world = World::read(&db).await?;
    let inner: Vec<(i64, String)> = Post::query()
        .join(|p| p.tags())
        .order_by(|(p, t)| (p.id.asc(), t.id.asc()))
        .select(|(p, t)| (p.id, t.label))
        .all(&db)
        .await?;
    let left: Vec<(i64, Option<String>)> = Post::query()
        .left_join(|p| p.tags())
        .order_by(|(p, t)| (p.id.asc(), t.id.asc()))
        .select(|(p, t)| (p.id, t.label))
        .all(&db)
        .await?;
    let (mut expected_inner, mut expected_left) = (Vec::new(), Vec::new());
    for post in &world.posts {
        let tags = world.tags_of(post.id);
        expected_inner.extend(tags.iter().map(|tag| (post.id, tag.label.clone())));
        expected_left.extend(tags.iter().map(|tag| (post.id, Some(tag.label.clone()))));
        if tags.is_empty() {
            expected_left.push((post.id, None));
        }
    }
    assert!(expected_inner.len() < expected_left.len());
    assert_eq!(inner, expected_inner);
    assert_eq!(left, expected_left);
    Ok(())
}

#[orm::test(setup = world)]
async fn a_path_from_a_side_that_is_missing_takes_no_row_away(db: Database) -> Result<(), Error> {
    let world = World::read(&db).await?;
    let query = Person::query()
        .left_join(|u| u.posts())
        .order_by(|(u, p)| (u.id.asc(), p.id.asc()))
        .select(|(u, p)| (u.id, p.category().name, p.author().name));
    let text = query.clone().to_sql()?.text.to_string();
    assert!(
        text.contains("LEFT JOIN (\"posts\" AS p2 JOIN \"categories\" AS "),
        "{text}"
    );
    let found: Vec<(i64, Option<String>, Option<String>)> = query.all(&db).await?;
    let mut expected = Vec::new();
    for person in &world.people {
        let posts = world.posts_of(person.id);
        let row = |post: &&Post| {
            (
                person.id,
                Some(world.category(post.category_id).name.clone()),
                Some(person.name.clone()),
            )
        };
        expected.extend(posts.iter().map(row));
        if posts.is_empty() {
            expected.push((person.id, None, None));
        }
    }
    assert_eq!(found, expected);
    Ok(())
}

#[orm::test(setup = world)]
async fn a_path_stands_in_the_condition_of_a_join(db: Database) -> Result<(), Error> {
    let world = World::read(&db).await?;
    // Posts beside the people of the company that their author works for.
    let found: Vec<(i64, Option<i64>)> = Post::query()
        .left_join(|p| Person::query().on(move |other| other.company().name.eq(p.author().company().name)))
        .order_by(|(p, other)| (p.id.asc(), other.id.asc()))
        .select(|(p, other)| (p.id, other.id))
        .all(&db)
        .await?;
    let mut expected = Vec::new();
    let name = |company: Option<i64>| world.company(company).map(|company| company.name.clone());
    for post in &world.posts {
        let of_author = name(world.author(post).company_id);
        let same = world
            .people
            .iter()
            .filter(|other| of_author.is_some() && name(other.company_id) == of_author);
        let before = expected.len();
        expected.extend(same.map(|other| (post.id, Some(other.id))));
        if expected.len() == before {
            expected.push((post.id, None));
        }
    }
    assert_eq!(found, expected);
    Ok(())
}

#[orm::test(setup = world)]
async fn a_path_goes_on_behind_a_derived_table(db: Database) -> Result<(), Error> {
    let world = World::read(&db).await?;
    // In the derived table the post may be missing, and its author is never NULL: the person must stay all the same.
    let found: Vec<(i64, Option<String>, Option<String>)> = Person::query()
        .left_join(|u| u.posts().filter(|p| p.score.gt(8)))
        .subquery()
        .order_by(|(u, p)| (u.id.asc(), p.id.asc()))
        .select(|(u, p)| (u.id, p.category().name, u.manager().name))
        .all(&db)
        .await?;
    let mut expected = Vec::new();
    for person in &world.people {
        let manager = world.person(person.manager_id).map(|manager| manager.name.clone());
        let posts: Vec<_> = world
            .posts_of(person.id)
            .into_iter()
            .filter(|post| post.score > Some(8))
            .collect();
        for post in &posts {
            expected.push((
                person.id,
                Some(world.category(post.category_id).name.clone()),
                manager.clone(),
            ));
        }
        if posts.is_empty() {
            expected.push((person.id, None, manager));
        }
    }
    assert!(expected.iter().any(|row| row.1.is_none() && row.2.is_some()));
    assert_eq!(found, expected);
    Ok(())
}

#[orm::test(setup = world)]
async fn relations_are_joined_to_themselves_without_names(db: Database) -> Result<(), Error> {
    let world = World::read(&db).await?;
    let found: Vec<(i64, i64)> = Person::query()
        .join(|p| p.reports())
        .join(|(_, report)| report.reports())
        .order_by(|(p, _, last)| (p.id.asc(), last.id.asc()))
        .select(|(p, _, last)| (p.id, last.id))
        .all(&db)
        .await?;
    let mut expected: Vec<(i64, i64)> = Vec::new();
    for person in &world.people {
        for last in &world.people {
            let above = world.person(last.manager_id).and_then(|manager| manager.manager_id);
            if above == Some(person.id) {
                expected.push((person.id, last.id));
            }
        }
    }
    assert!(!expected.is_empty());
    assert_eq!(found, expected);
    Ok(())
}

#[orm::test(setup = world)]
async fn right_and_full_joins_lose_nothing_by_paths(db: Database) -> Result<(), Error> {
    let world = World::read(&db).await?;
    let found: Vec<(Option<String>, i64)> = Person::query()
        .filter(|p| p.manager().name.is_not_null())
        .full_join(|p| Company::query().on(move |c| p.company_id.eq(c.id)))
        .select(|(p, c)| (p.manager().name, c.id.coalesce(0)))
        .all(&db)
        .await?;
    // The filter of the query holds for the rows that come out.
    let people = world.people.iter().filter(|person| person.manager_id.is_some());
    let mut expected: Vec<_> = people
        .map(|person| {
            let manager = world.person(person.manager_id).unwrap();
            (Some(manager.name.clone()), person.company_id.unwrap_or(0))
        })
        .collect();
    let mut found = found;
    found.sort();
    expected.sort();
    assert_eq!(found, expected);

    let tags: Vec<(Option<String>, String)> = Post::query()
        .right_join(|p| Tag::query().on(move |t| t.id.eq(p.id)))
        .order_by(|(_, t)| t.id.asc())
        .select(|(p, t)| (p.author().name, t.label))
        .all(&db)
        .await?;
    assert_eq!(tags.len(), world.tags.len());
    assert!(tags.iter().all(|(author, _)| author.is_some()));
    Ok(())
}

#[orm::test(setup = world)]
async fn a_right_join_of_many_to_many_gives_every_row_that_its_filter_leaves(db: Database) -> Result<(), Error> {
    let world = World::read(&db).await?;
    let alone = Tag::insert(NewTag {
        id: 77,
        label: "alone".to_owned(),
    });
    let alone = alone.one(&db).await?;
    let left_out = world.tags[0].id;
    let found: Vec<(Option<i64>, i64)> = Post::query()
        .right_join(|p| p.tags().filter(|t| t.id.ne(left_out)))
        .order_by(|(p, t)| (t.id.asc(), p.id.asc()))
        .select(|(p, t)| (p.id, t.id))
        .all(&db)
        .await?;
    let mut expected = Vec::new();
    for tag in world.tags.iter().chain([&alone]).filter(|tag| tag.id != left_out) {
        let mut posts: Vec<_> = world
            .posts_tags
            .iter()
            .filter(|link| link.tag_id == tag.id)
            .map(|link| link.post_id)
            .collect();
        posts.sort_unstable();
        if posts.is_empty() {
            expected.push((None, tag.id));
        }
        expected.extend(posts.into_iter().map(|post| (Some(post), tag.id)));
    }
    expected.sort_unstable_by_key(|(post, tag)| (*tag, *post));
    assert!(expected.iter().any(|row| row.0.is_none()) && expected.iter().any(|row| row.0.is_some()));
    assert_eq!(found, expected);
    Ok(())
}

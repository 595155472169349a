//! `#[derive(Row)]` structs as the rows of derived tables: their columns go by name.

use orm::prelude::*;

use super::{Category, Company, Person, Post, World, world};

#[derive(Row, Debug, Clone, PartialEq)]
struct Busy {
    author_id: i64,
    posts: i64,
    best: Option<i32>,
}

#[derive(Row, Debug, Clone, PartialEq)]
struct Rated {
    rank: i32,
    #[orm(nested)]
    post: Post,
    title: String,
    #[orm(nested)]
    editor: Option<Person>,
    #[orm(nested)]
    inner: Inner,
}

#[derive(Row, Debug, Clone, PartialEq)]
struct Inner {
    id: i64,
    category: String,
}

fn busy(world: &World) -> Vec<Busy> {
    let mut rows = Vec::new();
    for person in &world.people {
        let posts = world.posts_of(person.id);
        if !posts.is_empty() {
            let best = posts.iter().filter_map(|post| post.score).max();
            rows.push(Busy {
                author_id: person.id,
                posts: posts.len() as i64,
                best,
            });
        }
    }
    rows
}

fn per_author() -> orm::Query<Busy> {
    Post::query()
        .group_by(|p| p.author_id)
        .select(|g| BusyExpr {
            author_id: g.key(),
            posts: g.count(),
            best: g.max(|p| p.score),
        })
        .subquery()
}

#[orm::test(setup = world)]
async fn a_derived_table_has_the_fields_by_name(db: Database) -> Result<(), Error> {
    let world = World::read(&db).await?;
    let found = per_author()
        .filter(|b| b.posts.gt(4) & b.best.lt(10))
        .order_by(|b| b.author_id.asc())
        .all(&db)
        .await?;
    let expected: Vec<_> = busy(&world)
        .into_iter()
        .filter(|b| b.posts > 4 && b.best.is_some_and(|b| b < 10))
        .collect();
    assert!(!expected.is_empty());
    assert_eq!(found, expected);
    Ok(())
}

#[orm::test(setup = world)]
async fn a_derived_row_is_joined_and_may_be_missing(db: Database) -> Result<(), Error> {
    let world = World::read(&db).await?;
    let found: Vec<(i64, Option<i64>, Option<i32>, Option<Busy>)> = Person::query()
        .left_join(|u| per_author().on(move |b| b.author_id.eq(u.id)))
        .order_by(|(u, _)| u.id.asc())
        .select(|(u, b)| (u.id, b.posts, b.best, b))
        .all(&db)
        .await?;
    let rows = busy(&world);
    let expected: Vec<_> = world
        .people
        .iter()
        .map(|person| {
            let row = rows.iter().find(|row| row.author_id == person.id).cloned();
            (
                person.id,
                row.as_ref().map(|row| row.posts),
                row.as_ref().and_then(|row| row.best),
                row,
            )
        })
        .collect();
    assert!(expected.iter().any(|row| row.3.is_none()));
    assert_eq!(found, expected);
    Ok(())
}

#[orm::test(setup = world)]
async fn nested_models_and_rows_keep_their_columns_at_any_depth(db: Database) -> Result<(), Error> {
    let world = World::read(&db).await?;
    let rated = || {
        Post::query()
            .left_join(|p| Person::query().on(move |e| p.editor_id.eq(e.id)))
            .select(|(p, e)| RatedExpr {
                rank: p.score.coalesce(-1),
                post: p,
                title: p.title,
                editor: e,
                inner: InnerExpr {
                    id: p.id,
                    category: p.category().name,
                },
            })
    };
    let found: Vec<Rated> = rated()
        .subquery()
        .filter(|r| r.rank.ge(0) & r.inner.id.gt(3))
        .subquery()
        .filter(|r| r.post.title.eq(r.title) & r.inner.category.ne("category 2"))
        .order_by(|r| r.post.id.asc())
        .all(&db)
        .await?;
    let expected: Vec<Rated> = world
        .posts
        .iter()
        .filter(|post| post.score.is_some() && post.id > 3)
        .map(|post| Rated {
            rank: post.score.unwrap(),
            post: post.clone(),
            title: post.title.clone(),
            editor: world.person(post.editor_id).cloned(),
            inner: Inner {
                id: post.id,
                category: world.category(post.category_id).name.clone(),
            },
        })
        .filter(|rated| rated.inner.category != "category 2")
        .collect();
    assert!(expected.iter().any(|row| row.editor.is_none()));
    assert_eq!(found, expected);

    // Paths and rows that belong to a model inside of a derived row.
    let found: Vec<(i64, String, Option<String>, i64)> = rated()
        .subquery()
        .order_by(|r| r.post.id.asc())
        .select(|r| {
            (
                r.post.id,
                r.post.author().name,
                r.editor.company().name,
                r.post.tags().count(),
            )
        })
        .all(&db)
        .await?;
    let expected: Vec<_> = world
        .posts
        .iter()
        .map(|post| {
            let company = world
                .person(post.editor_id)
                .and_then(|editor| world.company(editor.company_id));
            let tags = world.tags_of(post.id).len() as i64;
            (
                post.id,
                world.author(post).name.clone(),
                company.map(|company| company.name.clone()),
                tags,
            )
        })
        .collect();
    assert_eq!(found, expected);
    Ok(())
}

#[orm::test(setup = world)]
async fn a_row_is_the_key_of_groups(db: Database) -> Result<(), Error> {
    #[derive(Row, Debug, PartialEq, PartialOrd)]
    struct Key {
        category: String,
        scored: bool,
    }
    let world = World::read(&db).await?;
    let found: Vec<(Key, i64)> = Post::query()
        .group_by(|p| KeyExpr {
            category: p.category().name,
            scored: p.score.is_not_null(),
        })
        .order_by(|g| (g.key().category.asc(), g.key().scored.asc()))
        .select(|g| (g.key(), g.count()))
        .all(&db)
        .await?;
    let mut expected = Vec::new();
    for category in &world.categories {
        for scored in [false, true] {
            let posts = world
                .posts
                .iter()
                .filter(|p| p.category_id == category.id && p.score.is_some() == scored);
            expected.push((
                Key {
                    category: category.name.clone(),
                    scored,
                },
                posts.count() as i64,
            ));
        }
    }
    assert_eq!(found, expected);
    assert_eq!(Category::query().count(&db).await?, 3);
    Ok(())
}

#[derive(Row, Debug, Clone, PartialEq)]
struct Employed {
    id: i64,
    #[orm(nested)]
    company: Option<Company>,
}

#[derive(Row, Debug, Clone, PartialEq)]
struct Leads {
    company: Option<String>,
    manager_id: Option<i64>,
}

/// A part that is an `Option` may be missing from a row that is there.
#[orm::test(setup = world)]
async fn an_optional_part_that_is_missing_takes_no_row_away(db: Database) -> Result<(), Error> {
    let world = World::read(&db).await?;
    let employed = || {
        Person::query()
            .filter(|p| p.id.le(6))
            .select(|p| EmployedExpr {
                id: p.id,
                company: p.company(),
            })
            .subquery()
    };
    let found: Vec<(i64, Option<Employed>)> = Person::query()
        .left_join(|u| employed().on(move |e| e.id.eq(u.id)))
        .order_by(|(u, _)| u.id.asc())
        .select(|(u, e)| (u.id, e))
        .all(&db)
        .await?;
    let expected: Vec<_> = world
        .people
        .iter()
        .map(|person| {
            let company = world.company(person.company_id).cloned();
            let row = Employed { id: person.id, company };
            (person.id, (person.id <= 6).then_some(row))
        })
        .collect();
    assert!(
        expected
            .iter()
            .any(|(_, row)| row.as_ref().is_some_and(|row| row.company.is_none()))
    );
    assert_eq!(found, expected);
    let text = sql!("SELECT 1::int8, NULL::text UNION ALL SELECT NULL, 'a' ORDER BY 1");
    let pairs: Vec<Option<(i64, Option<String>)>> = text.all(&db).await?;
    assert_eq!(pairs, [Some((1, None)), None]);
    Ok(())
}

/// A row of NULLs alone cannot be told from one that is missing.
#[orm::test(setup = world)]
async fn a_row_of_optional_parts_is_missing_if_all_are_null(db: Database) -> Result<(), Error> {
    let world = World::read(&db).await?;
    let leads = || {
        Person::query()
            .select(|p| LeadsExpr {
                company: p.company().name,
                manager_id: p.manager_id,
            })
            .subquery()
    };
    let found: Vec<(i64, Option<Leads>)> = Person::query()
        .left_join(|u| leads().on(move |l| l.manager_id.eq(u.id)))
        .order_by(|(u, l)| (u.id.asc(), l.company.asc()))
        .select(|(u, l)| (u.id, l))
        .all(&db)
        .await?;
    let mut expected = Vec::new();
    for person in &world.people {
        let mut led: Vec<_> = world
            .people
            .iter()
            .filter(|other| other.manager_id == Some(person.id))
            .map(|other| Leads {
                company: world.company(other.company_id).map(|company| company.name.clone()),
                manager_id: other.manager_id,
            })
            .collect();
        led.sort_by_key(|row| (row.company.is_none(), row.company.clone()));
        match led.is_empty() {
            true => expected.push((person.id, None)),
            false => expected.extend(led.into_iter().map(|row| (person.id, Some(row)))),
        }
    }
    assert!(
        expected
            .iter()
            .any(|(_, row)| row.as_ref().is_some_and(|row| row.company.is_none()))
    );
    assert_eq!(found, expected);
    Ok(())
}

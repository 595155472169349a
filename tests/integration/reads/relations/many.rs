//! `u.posts()`: relations that lead to many rows, inside of conditions and selections.

use orm::prelude::*;

use super::{Category, Company, Person, Post, Tag, World, world};

#[orm::test(setup = world)]
async fn any_and_every_ask_the_rows(db: Database) -> Result<(), Error> {
    let world = World::read(&db).await?;
    let query = Person::query().order_by(|p| p.id.asc()).select(|p| {
        (
            p.id,
            p.posts().any(|p| p.score.gt(8)),
            p.posts().every(|p| p.score.gt(1)),
            p.posts().exists(),
        )
    });
    let text = query.clone().to_sql()?.text.to_string();
    assert!(
        text.contains("EXISTS (SELECT FROM \"posts\" AS p2 WHERE p2.\"author_id\" = p1.\"id\" AND p2.\"score\" > $1)"),
        "{text}"
    );
    let found: Vec<(i64, bool, bool, bool)> = query.all(&db).await?;
    let expected: Vec<_> = world
        .people
        .iter()
        .map(|person| {
            let posts = world.posts_of(person.id);
            let any = posts.iter().any(|post| post.score > Some(8));
            // A NULL score is not above 1.
            let every = posts.iter().all(|post| post.score > Some(1));
            (person.id, any, every, !posts.is_empty())
        })
        .collect();
    for part in 0..3 {
        let holds = |row: &(i64, bool, bool, bool)| [row.1, row.2, row.3][part];
        assert!(
            expected.iter().any(holds) && !expected.iter().all(holds),
            "{expected:?}"
        );
    }
    assert_eq!(found, expected);
    Ok(())
}

#[orm::test(setup = world)]
async fn the_rows_are_counted_and_summed_up(db: Database) -> Result<(), Error> {
    let world = World::read(&db).await?;
    let found: Vec<(i64, i64, Option<i64>, Option<i32>, Option<i32>)> = Person::query()
        .order_by(|p| p.id.asc())
        .select(|p| {
            let posts = || p.posts().filter(|p| p.category_id.ne(2));
            (
                p.id,
                posts().count(),
                posts().sum(|p| p.score),
                posts().min(|p| p.score),
                p.edited().max(|p| p.score),
            )
        })
        .all(&db)
        .await?;
    let expected: Vec<_> = world
        .people
        .iter()
        .map(|person| {
            let mut posts = world.posts_of(person.id);
            posts.retain(|post| post.category_id != 2);
            let scores: Vec<i32> = posts.iter().filter_map(|post| post.score).collect();
            let sum = (!scores.is_empty()).then(|| scores.iter().map(|score| i64::from(*score)).sum());
            let edited = world.posts.iter().filter(|post| post.editor_id == Some(person.id));
            (
                person.id,
                i64::try_from(posts.len()).unwrap(),
                sum,
                scores.iter().copied().min(),
                edited.filter_map(|post| post.score).max(),
            )
        })
        .collect();
    assert!(expected.iter().any(|row| row.1 == 0 && row.2.is_none()));
    assert_eq!(found, expected);
    Ok(())
}

#[orm::test(setup = world)]
async fn an_average_is_null_of_no_rows(db: Database) -> Result<(), Error> {
    let world = World::read(&db).await?;
    let found: Vec<(i64, Option<f64>)> = Person::query()
        .order_by(|p| p.id.asc())
        .select(|p| (p.id, p.posts().avg(|p| p.score.cast::<f64>())))
        .all(&db)
        .await?;
    for (id, average) in found {
        let posts = world.posts_of(id);
        let scores: Vec<f64> = posts.iter().filter_map(|post| post.score.map(f64::from)).collect();
        match average {
            None => assert!(scores.is_empty()),
            Some(average) => {
                let expected = scores.iter().sum::<f64>() / f64::from(u32::try_from(scores.len()).unwrap());
                assert!((average - expected).abs() < 1e-9);
            }
        }
    }
    Ok(())
}

#[orm::test(setup = world)]
async fn a_filtered_relation_stands_in_a_condition(db: Database) -> Result<(), Error> {
    let world = World::read(&db).await?;
    let found: Vec<i64> = Person::query()
        .filter(|u| {
            u.posts()
                .filter(|p| p.score.gt(4))
                .filter(|p| p.category_id.eq(1))
                .count()
                .ge(1)
        })
        .order_by(|u| u.id.asc())
        .select(|u| u.id)
        .all(&db)
        .await?;
    let busy = |person: &&Person| {
        let posts = world.posts_of(person.id);
        posts.iter().any(|post| post.score > Some(4) && post.category_id == 1)
    };
    let expected: Vec<i64> = world.people.iter().filter(busy).map(|person| person.id).collect();
    assert!(!expected.is_empty() && expected.len() < world.people.len());
    assert_eq!(found, expected);
    Ok(())
}

#[orm::test(setup = world)]
async fn many_to_many_goes_through_the_model_between_from_both_sides(db: Database) -> Result<(), Error> {
    let world = World::read(&db).await?;
    let found: Vec<(i64, i64, bool)> = Post::query()
        .order_by(|p| p.id.asc())
        .select(|p| (p.id, p.tags().count(), p.tags().any(|t| t.label.eq("tag 4"))))
        .all(&db)
        .await?;
    let expected: Vec<_> = world
        .posts
        .iter()
        .map(|post| {
            let tags = world.tags_of(post.id);
            let count = i64::try_from(tags.len()).unwrap();
            (post.id, count, tags.iter().any(|tag| tag.label == "tag 4"))
        })
        .collect();
    assert!(expected.iter().any(|row| row.1 == 0) && expected.iter().any(|row| row.2));
    assert_eq!(found, expected);

    let found: Vec<(i64, i64)> = Tag::query()
        .order_by(|t| t.id.asc())
        .select(|t| (t.id, t.posts().filter(|p| p.score.is_not_null()).count()))
        .all(&db)
        .await?;
    let has =
        |post: &&Post, tag: i64| post.score.is_some() && world.tags_of(post.id).iter().any(|other| other.id == tag);
    let count = |tag: i64| i64::try_from(world.posts.iter().filter(|post| has(post, tag)).count()).unwrap();
    let expected: Vec<_> = world.tags.iter().map(|tag| (tag.id, count(tag.id))).collect();
    assert_eq!(found, expected);
    Ok(())
}

#[orm::test(setup = world)]
async fn relations_nest_and_rows_of_one_table_stay_apart(db: Database) -> Result<(), Error> {
    let world = World::read(&db).await?;
    // Managers of whose reports everybody has written something that another one of the company edited.
    let found: Vec<(i64, i64)> = Company::query()
        .order_by(|c| c.id.asc())
        .select(|c| {
            let writers = c
                .people()
                .filter(|p| p.reports().any(|r| r.posts().any(|post| post.editor_id.eq(p.id))));
            (c.id, writers.count())
        })
        .all(&db)
        .await?;
    let expected: Vec<(i64, i64)> = world
        .companies
        .iter()
        .map(|company| {
            let fits = |person: &&Person| {
                let mut reports = world
                    .people
                    .iter()
                    .filter(|report| report.manager_id == Some(person.id));
                person.company_id == Some(company.id)
                    && reports.any(|report| {
                        world
                            .posts_of(report.id)
                            .iter()
                            .any(|post| post.editor_id == Some(person.id))
                    })
            };
            (
                company.id,
                i64::try_from(world.people.iter().filter(fits).count()).unwrap(),
            )
        })
        .collect();
    assert!(expected.iter().any(|row| row.1 > 0));
    assert_eq!(found, expected);
    Ok(())
}

#[orm::test(setup = world)]
async fn paths_are_followed_inside_of_a_relation_and_to_one(db: Database) -> Result<(), Error> {
    let world = World::read(&db).await?;
    let query = Category::query().order_by(|c| c.id.asc()).select(|c| {
        let posts = c.posts().filter(|p| p.author().company().name.eq("company 1"));
        (c.id, posts.count())
    });
    let found: Vec<(i64, i64)> = query.all(&db).await?;
    let of_company = |post: &&Post| {
        let company = world.company(world.author(post).company_id);
        company.is_some_and(|company| company.name == "company 1")
    };
    let expected: Vec<(i64, i64)> = world
        .categories
        .iter()
        .map(|category| {
            let posts = world.posts.iter().filter(|post| post.category_id == category.id);
            (category.id, i64::try_from(posts.filter(of_company).count()).unwrap())
        })
        .collect();
    assert_eq!(found, expected);

    // The rows that belong to a row at the end of a path.
    let found: Vec<(i64, i64)> = Post::query()
        .order_by(|p| p.id.asc())
        .select(|p| (p.id, p.editor().company().people().count()))
        .all(&db)
        .await?;
    let expected: Vec<(i64, i64)> = world
        .posts
        .iter()
        .map(|post| {
            let company = world
                .person(post.editor_id)
                .and_then(|editor| world.company(editor.company_id));
            let people = world
                .people
                .iter()
                .filter(|person| company.is_some_and(|company| person.company_id == Some(company.id)));
            (post.id, i64::try_from(people.count()).unwrap())
        })
        .collect();
    assert_eq!(found, expected);
    Ok(())
}

//! `p.author().company().name`: relations that lead to one row.

use orm::prelude::*;

use super::{Badge, Person, Post, PostTag, World, world};

#[orm::test(setup = world)]
async fn a_path_is_a_column_of_the_other_row(db: Database) -> Result<(), Error> {
    let world = World::read(&db).await?;
    let query = Post::query()
        .order_by(|p| (p.author().name.desc(), p.id.asc()))
        .select(|p| (p.id, p.author().name, p.category().name));
    assert_eq!(
        query.clone().to_sql()?.text,
        "SELECT p1.\"id\", p2.\"name\", c3.\"name\" FROM \"posts\" AS p1 \
         JOIN \"people\" AS p2 ON p2.\"id\" = p1.\"author_id\" \
         JOIN \"categories\" AS c3 ON c3.\"id\" = p1.\"category_id\" \
         ORDER BY p2.\"name\" DESC, p1.\"id\""
    );
    let found: Vec<(i64, String, String)> = query.all(&db).await?;
    let mut expected: Vec<_> = world.posts.iter().collect();
    expected.sort_by_key(|post| (std::cmp::Reverse(&world.author(post).name), post.id));
    let expected: Vec<_> = expected
        .into_iter()
        .map(|post| {
            (
                post.id,
                world.author(post).name.clone(),
                world.category(post.category_id).name.clone(),
            )
        })
        .collect();
    assert_eq!(found, expected);
    Ok(())
}

#[orm::test(setup = world)]
async fn a_path_filters_whole_rows(db: Database) -> Result<(), Error> {
    let world = World::read(&db).await?;
    let found = Post::query()
        .filter(|p| p.author().name.eq("person 3") | p.category().name.eq("category 2"))
        .order_by(|p| p.id.asc())
        .all(&db)
        .await?;
    let fits = |post: &&super::Post| {
        world.author(post).name == "person 3" || world.category(post.category_id).name == "category 2"
    };
    let expected: Vec<_> = world.posts.iter().filter(fits).cloned().collect();
    assert!(!expected.is_empty() && expected.len() < world.posts.len());
    assert_eq!(found, expected);
    let count = Post::query()
        .filter(|p| p.author().name.eq("person 3") | p.category().name.eq("category 2"))
        .count(&db)
        .await?;
    assert_eq!(count, i64::try_from(expected.len()).unwrap());
    Ok(())
}

#[orm::test(setup = world)]
async fn behind_an_optional_key_columns_are_options_and_no_row_is_lost(db: Database) -> Result<(), Error> {
    let world = World::read(&db).await?;
    let query = Post::query().order_by(|p| p.id.asc()).select(|p| {
        (
            p.id,
            p.editor().name,
            p.editor().company().name,
            p.editor().company().id,
        )
    });
    let found: Vec<(i64, Option<String>, Option<String>, Option<i64>)> = query.all(&db).await?;
    let expected: Vec<_> = world
        .posts
        .iter()
        .map(|post| {
            let editor = world.person(post.editor_id);
            let company = editor.and_then(|editor| world.company(editor.company_id));
            let name = company.map(|company| company.name.clone());
            (
                post.id,
                editor.map(|editor| editor.name.clone()),
                name,
                company.map(|company| company.id),
            )
        })
        .collect();
    assert_eq!(found.len(), world.posts.len());
    assert_eq!(found, expected);
    Ok(())
}

#[orm::test(setup = world)]
async fn each_path_is_joined_once_wherever_it_is_followed(db: Database) -> Result<(), Error> {
    let query = Post::query()
        .filter(|p| p.author().name.ne("x") & p.author().company().name.ne("y"))
        .filter(|p| p.author().company().id.gt(0))
        .order_by(|p| (p.author().company().name.asc(), p.author().id.asc(), p.id.asc()))
        .select(|p| (p.title, p.author().name, p.editor().name));
    let text = query.clone().to_sql()?.text.to_string();
    assert_eq!(
        text[text.find(" FROM ").unwrap()..text.find(" WHERE ").unwrap()],
        *" FROM \"posts\" AS p1 JOIN \"people\" AS p2 ON p2.\"id\" = p1.\"author_id\" \
          LEFT JOIN \"people\" AS p3 ON p3.\"id\" = p1.\"editor_id\" \
          LEFT JOIN \"companies\" AS c4 ON c4.\"id\" = p2.\"company_id\""
    );
    let found: Vec<(String, String, Option<String>)> = query.all(&db).await?;
    assert!(!found.is_empty());
    Ok(())
}

#[orm::test(setup = world)]
async fn a_relation_leads_back_to_its_own_table(db: Database) -> Result<(), Error> {
    let world = World::read(&db).await?;
    let found: Vec<(String, Option<String>, Option<String>)> = Person::query()
        .order_by(|p| p.id.asc())
        .select(|p| (p.name, p.manager().name, p.manager().manager().name))
        .all(&db)
        .await?;
    let expected: Vec<_> = world
        .people
        .iter()
        .map(|person| {
            let manager = world.person(person.manager_id);
            let above = manager.and_then(|manager| world.person(manager.manager_id));
            let name = |person: &super::Person| person.name.clone();
            (person.name.clone(), manager.map(name), above.map(name))
        })
        .collect();
    assert_eq!(found, expected);
    Ok(())
}

#[orm::test(setup = world)]
async fn has_one_is_an_option_and_goes_on(db: Database) -> Result<(), Error> {
    let world = World::read(&db).await?;
    let found: Vec<(i64, Option<String>, Option<Badge>)> = Person::query()
        .order_by(|p| p.id.asc())
        .select(|p| (p.id, p.manager().badge().code, p.badge()))
        .all(&db)
        .await?;
    let expected: Vec<_> = world
        .people
        .iter()
        .map(|person| {
            let code = person
                .manager_id
                .and_then(|id| world.badge(id))
                .map(|badge| badge.code.clone());
            (person.id, code, world.badge(person.id).cloned())
        })
        .collect();
    assert!(
        expected
            .iter()
            .any(|(_, code, badge)| code.is_none() && badge.is_some())
    );
    assert_eq!(found, expected);
    Ok(())
}

#[orm::test(setup = world)]
async fn a_whole_model_is_selected_over_a_path(db: Database) -> Result<(), Error> {
    let world = World::read(&db).await?;
    let found: Vec<(i64, Person, Option<Person>)> = Post::query()
        .order_by(|p| p.id.asc())
        .select(|p| (p.id, p.author(), p.editor()))
        .all(&db)
        .await?;
    let expected: Vec<_> = world
        .posts
        .iter()
        .map(|post| {
            (
                post.id,
                world.author(post).clone(),
                world.person(post.editor_id).cloned(),
            )
        })
        .collect();
    assert_eq!(found, expected);
    Ok(())
}

#[orm::test(setup = world)]
async fn groups_go_by_a_path(db: Database) -> Result<(), Error> {
    let world = World::read(&db).await?;
    let found: Vec<(Option<String>, i64)> = Post::query()
        .group_by(|p| p.author().company().name)
        .order_by(|g| g.key().asc())
        .select(|g| (g.key(), g.count()))
        .all(&db)
        .await?;
    let mut expected = std::collections::BTreeMap::new();
    for post in &world.posts {
        let company = world.company(world.author(post).company_id);
        *expected
            .entry((company.is_none(), company.map(|company| company.name.clone())))
            .or_insert(0_i64) += 1;
    }
    let expected: Vec<_> = expected.into_iter().map(|((_, name), count)| (name, count)).collect();
    assert_eq!(found, expected);
    Ok(())
}

#[orm::test(setup = world)]
async fn more_than_six_relations_in_a_row_are_refused(db: Database) -> Result<(), Error> {
    let six = Person::query().select(|p| p.manager().manager().manager().manager().manager().manager().name);
    assert_eq!(six.all(&db).await?, vec![None; 12]);
    let seven = PostTag::query().filter(|t| {
        let person = t.post().author().manager().manager().manager().manager();
        person.manager().name.is_null()
    });
    let error = seven.all(&db).await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::InvalidQuery);
    assert!(error.to_string().contains("more than 6 relations"), "{error}");
    Ok(())
}

#[orm::test(setup = world)]
async fn pages_are_ordered_by_a_path_and_the_other_rows_key_breaks_no_tie(db: Database) -> Result<(), Error> {
    let world = World::read(&db).await?;
    let query = || Post::query().order_by(|p| (p.editor().name.desc().nulls_last(), p.author().id.asc()));
    let (mut found, mut cursor) = (Vec::new(), None);
    loop {
        let page = query().page(7, cursor.as_ref(), &db).await?;
        found.extend(page.items);
        cursor = page.next;
        if cursor.is_none() {
            break;
        }
    }
    let mut expected = world.posts.clone();
    expected.sort_by_key(|post| {
        let editor = world.person(post.editor_id).map(|editor| &editor.name);
        (editor.is_none(), std::cmp::Reverse(editor), post.author_id, post.id)
    });
    assert_eq!(found, expected);
    Ok(())
}

#[orm::test(setup = world)]
async fn a_lock_is_on_the_rows_and_not_on_what_they_lead_to(db: Database) -> Result<(), Error> {
    let first = db.begin().await?;
    let locked = || {
        let posts = Post::query().filter(|p| p.author().id.eq(1) & p.editor().name.is_distinct_from("x"));
        posts.order_by(|p| p.id.asc()).for_update()
    };
    let rows = locked().all(&first).await?;
    assert!(!rows.is_empty());
    let second = db.begin().await?;
    let author = Person::query()
        .filter(|p| p.id.eq(1))
        .for_update()
        .nowait()
        .all(&second)
        .await?;
    assert_eq!(author.len(), 1);
    assert_eq!(
        locked().nowait().all(&second).await.unwrap_err().kind(),
        ErrorKind::LockNotAvailable
    );
    Ok(())
}

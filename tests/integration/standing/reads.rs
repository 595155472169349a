//! A query's own table, and what queries are put together to.

use orm::prelude::*;
use orm::{Cursor, Page};

use super::*;
use crate::support::Recorder;

#[orm::test(setup = world)]
async fn a_query_finds_no_hidden_rows(db: Database) -> Result<(), Error> {
    let (all, world) = (World::read(&db).await?, World::read(&db).await?.visible());
    assert!(world.posts.len() < all.posts.len() && world.posts.len() > 10);
    let posts = || Post::query().order_by(|p| p.id.asc());
    assert_eq!(posts().all(&db).await?, world.posts);
    assert_eq!(posts().count(&db).await?, world.posts.len() as i64);
    assert_eq!(posts().first(&db).await?, world.posts.first().cloned());
    assert_eq!(posts().limit(5).offset(3).all(&db).await?, world.posts[3..8]);
    assert_eq!(posts().limit(5).count(&db).await?, 5);
    let high: Vec<Post> = world
        .posts
        .iter()
        .filter(|post| post.score > Some(4))
        .cloned()
        .collect();
    assert_eq!(posts().filter(|p| p.score.gt(4)).all(&db).await?, high);
    assert!(!Post::query().filter(|p| p.status.eq("draft")).exists(&db).await?);
    let either: Vec<Post> = world
        .posts
        .iter()
        .filter(|post| post.id < 6 || post.id > 30)
        .cloned()
        .collect();
    assert_eq!(posts().filter(|p| p.id.lt(6) | p.id.gt(30)).all(&db).await?, either);
    let ids: Vec<i64> = world.posts.iter().map(|post| post.id).collect();
    assert_eq!(posts().select(|p| p.id).all(&db).await?, ids);
    Ok(())
}

#[orm::test(setup = world)]
async fn the_filter_is_said_where_it_belongs(db: Database) -> Result<(), Error> {
    let sql = User::query().filter(|u| u.id.gt(1)).to_sql()?.text;
    assert!(
        sql.ends_with(r#"FROM "users" WHERE "id" > $1 AND "deleted_at" IS NULL"#),
        "{sql}"
    );
    let sql = User::query()
        .left_join(|u| u.posts())
        .select(|(u, p)| (u.id, p.id))
        .to_sql()?
        .text;
    assert_eq!(
        sql,
        r#"SELECT u1."id", p2."id" FROM "users" AS u1 LEFT JOIN "posts" AS p2 ON p2."author_id" = u1."id" AND p2."status" <> $1 AND (p2."score" IS NULL OR p2."score" >= $2) WHERE u1."deleted_at" IS NULL"#
    );
    let recorder = Recorder::new(&db);
    let _ = User::find(1).first(&recorder).await?;
    let sent = recorder.take();
    assert!(
        sent[0].ends_with(r#"WHERE "id" = $1 AND "deleted_at" IS NULL"#),
        "{sent:?}"
    );
    // A model without one keeps its constant text.
    assert_eq!(Comment::find(1).to_sql()?.text, Comment::FIND);
    Ok(())
}

#[orm::test(setup = world)]
async fn one_row_by_its_key(db: Database) -> Result<(), Error> {
    let world = World::read(&db).await?;
    for user in &world.users {
        let visible = user.deleted_at.is_none();
        assert_eq!(User::find(user.id).first(&db).await?.is_some(), visible);
        assert_eq!(User::find(user.id).one(&db).await.is_ok(), visible);
        assert_eq!(User::find(user.id).exists(&db).await?, visible);
        assert_eq!(User::find(user.id).with_hidden().first(&db).await?.as_ref(), Some(user));
    }
    Ok(())
}

#[orm::test(setup = world)]
async fn pages_and_streams(db: Database) -> Result<(), Error> {
    let world = World::read(&db).await?.visible();
    let mut read = Vec::new();
    let mut cursor: Option<Cursor> = None;
    loop {
        let page: Page<Post> = Post::query()
            .order_by(|p| p.score.desc())
            .page(7, cursor.as_ref(), &db)
            .await?;
        read.extend(page.items);
        match page.next {
            Some(next) => cursor = Some(next),
            None => break,
        }
    }
    read.sort_by_key(|post| post.id);
    assert_eq!(read, world.posts);
    let mut stream = Post::query().order_by(|p| p.id.asc()).stream(&db);
    let mut streamed = Vec::new();
    while let Some(post) = stream.try_next().await? {
        streamed.push(post);
    }
    assert_eq!(streamed, world.posts);
    Ok(())
}

#[orm::test(setup = world)]
async fn groups_and_distinct_rows(db: Database) -> Result<(), Error> {
    let world = World::read(&db).await?.visible();
    let mut counts: Vec<(i64, i64)> = Post::query()
        .group_by(|p| p.author_id)
        .select(|g| (g.key(), g.count()))
        .all(&db)
        .await?;
    counts.sort_unstable();
    let mut authors: Vec<i64> = world.posts.iter().map(|post| post.author_id).collect();
    authors.sort_unstable();
    authors.dedup();
    let expected: Vec<(i64, i64)> = authors
        .iter()
        .map(|id| (*id, world.posts_of(*id).len() as i64))
        .collect();
    assert_eq!(counts, expected);
    let distinct = Post::query()
        .select(|p| p.author_id)
        .distinct()
        .order_by(|p| p.author_id.asc());
    assert_eq!(distinct.all(&db).await?, authors);
    Ok(())
}

#[orm::test(setup = world)]
async fn derived_tables_sets_and_ctes(db: Database) -> Result<(), Error> {
    let world = World::read(&db).await?.visible();
    let ids: Vec<i64> = world.posts.iter().map(|post| post.id).collect();
    let derived = Post::query()
        .limit(1000)
        .subquery()
        .order_by(|p| p.id.asc())
        .select(|p| p.id);
    assert_eq!(derived.all(&db).await?, ids);
    let cte = Post::query().cte();
    assert_eq!(
        cte.query().order_by(|p| p.id.asc()).select(|p| p.id).all(&db).await?,
        ids
    );
    let both = Post::query()
        .filter(|p| p.id.le(20))
        .union_all(Post::query().filter(|p| p.id.gt(20)));
    let mut found: Vec<i64> = both.all(&db).await?.iter().map(|post| post.id).collect();
    found.sort_unstable();
    assert_eq!(found, ids);
    let inside = User::query()
        .filter(|u| u.id.in_(Post::query().select(|p| p.author_id)))
        .order_by(|u| u.id.asc());
    let expected: Vec<User> = world
        .users
        .iter()
        .filter(|user| !world.posts_of(user.id).is_empty())
        .cloned()
        .collect();
    assert_eq!(inside.all(&db).await?, expected);
    // Down from the first: hidden users end it.
    let below = recursive(User::query().filter(|u| u.manager_id.is_null()), |up| {
        User::query()
            .join(|u| up.on(move |m| u.manager_id.eq(m.id)))
            .select(|(u, _)| u)
    });
    let mut found = below.query().select(|u| u.id).all(&db).await?;
    found.sort_unstable();
    let mut expected: Vec<i64> = world
        .users
        .iter()
        .filter(|u| u.manager_id.is_none())
        .map(|u| u.id)
        .collect();
    let mut at = 0;
    while at < expected.len() {
        expected.extend(
            world
                .users
                .iter()
                .filter(|u| u.manager_id == Some(expected[at]))
                .map(|u| u.id)
                .collect::<Vec<_>>(),
        );
        at += 1;
    }
    expected.sort_unstable();
    assert_eq!(found, expected);
    Ok(())
}

#[orm::test(setup = world)]
async fn hidden_rows_are_shown_where_that_is_said(db: Database) -> Result<(), Error> {
    let all = World::read(&db).await?;
    assert_eq!(all.posts.len(), 40);
    assert_eq!(all.users.len(), 9);
    let drafts = Post::query().with_hidden().filter(|p| p.status.eq("draft"));
    assert_eq!(drafts.clone().count(&db).await?, 8);
    assert_eq!(drafts.all(&db).await?.len(), 8);
    // Only of the query's own table.
    let count = Post::query()
        .with_hidden()
        .filter(|p| p.author().id.is_not_null())
        .count(&db)
        .await?;
    let expected = all
        .posts
        .iter()
        .filter(|post| all.user(post.author_id).is_some_and(|user| user.deleted_at.is_none()));
    assert_eq!(count, expected.count() as i64);
    Ok(())
}

#[derive(Model, Debug)]
#[orm(table = "posts", filter = |p| p.author().id.is_not_null())]
struct ByAuthor {
    #[orm(primary_key)]
    id: i64,
    #[orm(belongs_to(author: User))]
    author_id: i64,
}

#[derive(Model, Debug)]
#[orm(table = "posts", filter = |p| exists(User::query().filter(|u| u.id.eq(p.author_id))))]
struct OfUsers {
    #[orm(primary_key)]
    id: i64,
    author_id: i64,
}

#[derive(Model, Debug)]
#[orm(table = "posts", filter = |p| exists(Endless::query().filter(|e| e.id.eq(p.id))))]
struct Endless {
    #[orm(primary_key)]
    id: i64,
}

#[orm::test(setup = world)]
async fn a_filter_can_hold_sub_selects_but_follows_no_relations(db: Database) -> Result<(), Error> {
    let world = World::read(&db).await?;
    let visible = world.clone().visible();
    let expected = world.posts.iter().filter(|post| visible.user(post.author_id).is_some());
    let expected: Vec<i64> = expected.map(|post| post.id).collect();
    assert_eq!(
        OfUsers::query()
            .order_by(|p| p.id.asc())
            .select(|p| p.id)
            .all(&db)
            .await?,
        expected
    );
    assert_eq!(
        OfUsers::query()
            .update(|p| p.author_id.set(p.author_id))
            .all_rows()
            .execute(&db)
            .await?,
        expected.len() as u64
    );
    let error = ByAuthor::query().all(&db).await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::InvalidQuery);
    assert!(
        error
            .to_string()
            .contains("the standing filter of `ByAuthor` follows a relation"),
        "{error}"
    );
    let error = Endless::query().all(&db).await.unwrap_err();
    assert!(
        error
            .to_string()
            .contains("the standing filter of `Endless` leads to itself"),
        "{error}"
    );
    Ok(())
}

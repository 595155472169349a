//! What is asked of one statement, on every builder.

use std::time::Duration;

use orm::prelude::*;
use orm::{Prepared, Query, Statement};

use super::support::*;

static TAGGED: Prepared<(String,), Query<Author>> =
    Prepared::new(|(name,)| Author::query().filter(|a| a.name.eq(name)).tag("by", "prepared"));

/// Whether the statement is sent with this tag, and its text is without it.
fn is_tagged(statement: Result<Statement, Error>, tag: &str) {
    let statement = statement.unwrap();
    let text = statement.sent_text().into_owned();
    assert_eq!(text, format!("{} /*by='{tag}'*/", statement.text));
}

#[orm::test(setup = tables)]
async fn every_builder_hands_them_to_its_statement(db: Database) -> Result<(), Error> {
    is_tagged(Author::query().tag("by", "a").filter(|a| a.id.eq(1)).to_sql(), "a");
    is_tagged(
        Author::query()
            .select(|a| a.name)
            .tag("by", "a")
            .order_by(|a| a.id.asc())
            .to_sql(),
        "a",
    );
    is_tagged(
        Author::query().tag("by", "a").select(|a| a.name).distinct().to_sql(),
        "a",
    );
    is_tagged(Author::query().tag("by", "a").for_update().to_sql(), "a");
    is_tagged(Author::query().for_update().tag("by", "a").to_sql(), "a");
    is_tagged(Author::query().aggregate(|a| a.count()).tag("by", "a").to_sql(), "a");
    is_tagged(Author::find(1).tag("by", "a").to_sql(), "a");
    is_tagged(Author::find(1).tag("by", "a").into_query().to_sql(), "a");
    is_tagged(Ok(sql!("SELECT 1").tag("by", "a").to_sql()), "a");
    is_tagged(TAGGED.bind(("x".to_owned(),)).to_sql(), "prepared");
    is_tagged(TAGGED.bind(("x".to_owned(),)).tag("by", "bound").to_sql(), "bound");
    is_tagged(Author::insert(author(100)).tag("by", "a").to_sql(), "a");
    is_tagged(
        Author::insert(author(100)).tag("by", "a").returning(|a| a.id).to_sql(),
        "a",
    );
    is_tagged(
        Author::insert(author(100)).returning(|a| a.id).tag("by", "a").to_sql(),
        "a",
    );
    is_tagged(
        Author::insert(author(1))
            .on_conflict_do_nothing()
            .tag("by", "a")
            .to_sql(),
        "a",
    );
    let update = || Author::query().filter(|a| a.id.eq(1)).update(|a| a.name.set("x"));
    is_tagged(update().tag("by", "a").to_sql(), "a");
    is_tagged(
        Author::query().tag("by", "a").filter(|a| a.id.eq(1)).delete().to_sql(),
        "a",
    );
    let loads = Author::query()
        .tag("by", "a")
        .with(|a| a.posts())
        .tag("by", "b")
        .to_sql()?;
    is_tagged(Ok(loads[0].clone()), "b");
    // What stands inside of another query is not asked for by it.
    let inner = Author::query().tag("by", "inner").select(|a| a.id);
    let outer = Post::query().filter(|p| p.author_id.in_(inner)).to_sql()?;
    assert_eq!(outer.sent_text(), outer.text);
    assert!(Author::query().to_sql()?.options.is_none());
    drop(db);
    Ok(())
}

#[orm::test(setup = tables)]
async fn all_terminals_send_the_tag(db: Database) -> Result<(), Error> {
    // Its own text in the list of sessions shows the comment that it was sent with.
    let seen = || sql!("SELECT query FROM pg_stat_activity WHERE pid = pg_backend_pid()").tag("request", "7 or so");
    for text in [
        seen().one::<String>(&db).await?,
        seen().all(&db).await?.remove(0),
        seen().first(&db).await?.unwrap(),
    ] {
        assert!(text.ends_with("/*request='7%20or%20so'*/"), "{text}");
    }
    Author::insert_many((200..203).map(author))
        .tag("by", "many")
        .execute(&db)
        .await?;
    assert_eq!(Author::query().tag("by", "count").count(&db).await?, AUTHORS + 3);
    assert!(Author::query().tag("by", "exists").unprepared().exists(&db).await?);
    assert_eq!(Author::query().custom_plan().page(5, None, &db).await?.items.len(), 5);
    assert_eq!(
        TAGGED
            .bind(("author 1".to_owned(),))
            .custom_plan()
            .all(&db)
            .await?
            .len(),
        1
    );
    let mut stream = Author::query()
        .tag("by", "stream")
        .timeout(Duration::from_secs(60))
        .stream(&db);
    let mut rows = 0;
    while stream.try_next().await?.is_some() {
        rows += 1;
    }
    assert_eq!(rows, AUTHORS + 3);
    Ok(())
}

#[orm::test(setup = tables)]
async fn limits_hold_for_each_level_of_a_load(db: Database) -> Result<(), Error> {
    let loads = |most| {
        Author::query()
            .filter(|a| a.id.le(5))
            .with(|a| a.posts())
            .max_rows(most)
    };
    assert_eq!(loads(10).all(&db).await?.len(), 5);
    let error = loads(9).all(&db).await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::LimitExceeded, "ten posts");
    let error = loads(4).all(&db).await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::LimitExceeded, "five authors");
    let error = Author::query().max_bytes(50).all(&db).await.unwrap_err();
    assert!(
        error.to_string().starts_with("Author: ") && error.to_string().contains("`max_bytes`"),
        "{error}"
    );
    let mut stream = loads(9).stream(&db);
    let error = loop {
        match stream.try_next().await {
            Ok(row) => assert!(row.is_some(), "the posts are too many"),
            Err(error) => break error,
        }
    };
    assert_eq!(error.kind(), ErrorKind::LimitExceeded);
    drop(stream);
    assert_eq!(Author::query().count(&db).await?, AUTHORS);
    Ok(())
}

#[orm::test(setup = tables)]
async fn all_levels_of_a_load_share_its_time(db: Database) -> Result<(), Error> {
    let slow = || Author::query().filter(|a| sql_expr!("pg_sleep(20)::text = {a.name}" => bool));
    let limit = Duration::from_millis(200);
    let error = slow().timeout(limit).with(|a| a.posts()).all(&db).await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Timeout);
    assert!(error.to_string().contains("200ms"), "{error}");
    let error = slow()
        .update(|a| a.name.set("x"))
        .timeout(limit)
        .execute(&db)
        .await
        .unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Timeout);
    let error = slow().timeout(limit).stream(&db).try_next().await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Timeout);
    let far = Author::query()
        .timeout(Duration::from_secs(60))
        .with(|a| a.posts())
        .all(&db)
        .await?;
    assert_eq!(far.len(), AUTHORS as usize);
    Ok(())
}

//! Hidden rows are not written.

use orm::prelude::*;

use super::*;

#[orm::test(setup = world)]
async fn an_update_leaves_hidden_rows_alone(db: Database) -> Result<(), Error> {
    let before = World::read(&db).await?;
    let visible = before.clone().visible();
    let written = Post::query()
        .update(|p| p.status.set("new"))
        .all_rows()
        .execute(&db)
        .await?;
    assert_eq!(written, visible.posts.len() as u64);
    let mut expected = before.posts.clone();
    for post in expected.iter_mut().filter(|post| is_visible(post)) {
        post.status = "new".into();
    }
    assert_eq!(World::read(&db).await?.posts, expected);
    // The filter alone is no filter.
    let error = Post::query()
        .update(|p| p.status.set("x"))
        .execute(&db)
        .await
        .unwrap_err();
    assert_eq!(error.kind(), ErrorKind::AllRows);
    let written = Post::query()
        .with_hidden()
        .update(|p| p.status.set("all"))
        .all_rows()
        .execute(&db)
        .await?;
    assert_eq!(written, 40);
    Ok(())
}

#[orm::test(setup = world)]
async fn rows_that_are_picked_first(db: Database) -> Result<(), Error> {
    let visible = World::read(&db).await?.visible();
    let first = Post::query()
        .order_by(|p| p.id.asc())
        .limit(4)
        .update(|p| p.score.set(100))
        .all(&db)
        .await?;
    let mut ids: Vec<i64> = first.iter().map(|post| post.id).collect();
    ids.sort_unstable();
    let expected: Vec<i64> = visible.posts.iter().take(4).map(|post| post.id).collect();
    assert_eq!(ids, expected);
    // By a relation: one whose row is hidden finds nothing.
    let by_author = Post::query()
        .filter(|p| p.author().name.is_not_null())
        .update(|p| p.score.set(200));
    let expected = visible
        .posts
        .iter()
        .filter(|post| visible.user(post.author_id).is_some())
        .count();
    assert_eq!(by_author.execute(&db).await?, expected as u64);
    Ok(())
}

#[orm::test(setup = world)]
async fn what_is_written_by_other_rows(db: Database) -> Result<(), Error> {
    let visible = World::read(&db).await?.visible();
    let written = Post::query()
        .using(|p| User::query().on(move |u| u.id.eq(p.author_id)))
        .update(|(p, u)| p.status.set(u.name))
        .returning(|(p, u)| (p.id, u.id, p.editor().id))
        .all(&db)
        .await?;
    let mut written = written;
    written.sort_unstable();
    let mut expected = Vec::new();
    for post in &visible.posts {
        if let Some(user) = visible.user(post.author_id) {
            expected.push((post.id, user.id, visible.user(post.editor_id).map(|user| user.id)));
        }
    }
    assert_eq!(written, expected);
    let removed = Post::query()
        .filter(|p| p.id.gt(37))
        .using(|p| p.tags())
        .delete()
        .execute(&db)
        .await?;
    assert_eq!(removed, 0);
    let sql = Post::query().using(|p| p.tags()).delete().to_sql()?.text;
    assert!(
        sql.contains(r#""removed" IS NULL"#) && sql.contains(r#""retired""#) && sql.contains(r#"target."status" <>"#),
        "{sql}"
    );
    Ok(())
}

#[orm::test(setup = world)]
async fn one_row_that_is_hidden_is_not_found(db: Database) -> Result<(), Error> {
    for mut tag in World::read(&db).await?.tags {
        let visible = !tag.retired;
        tag.retired = true;
        match tag.update(&db).await {
            Ok(stored) => assert!(visible && stored == tag),
            Err(error) => assert!(!visible && error.kind() == ErrorKind::NotFound),
        }
        // Now all are hidden.
        assert_eq!(tag.update(&db).await.unwrap_err().kind(), ErrorKind::NotFound);
        assert_eq!(tag.delete(&db).await.unwrap_err().kind(), ErrorKind::NotFound);
    }
    Ok(())
}

#[orm::test(setup = world)]
async fn insert_select_reads_visible_rows(db: Database) -> Result<(), Error> {
    let visible = World::read(&db).await?.visible();
    let copied = Tag::insert_select(Post::query(), |p| NewTagExpr {
        id: p.id + 100,
        retired: value(false),
    });
    assert_eq!(copied.execute(&db).await?, visible.posts.len() as u64);
    Ok(())
}

#[orm::test(setup = world)]
async fn a_merge_sees_visible_rows_on_both_sides(db: Database) -> Result<(), Error> {
    if !at_least_15(&db).await? {
        return Ok(());
    }
    PostTag::query().with_hidden().delete().all_rows().execute(&db).await?;
    let before = World::read(&db).await?;
    let visible = before.clone().visible();
    // Of each visible post one tag: that which is there is counted, those that are not are made.
    let merged = Tag::merge(|t| Post::query().filter(|p| p.id.ge(7)).on(move |p| p.id.eq(t.id)))
        .when_matched()
        .update(|(t, _)| t.retired.set(false))
        .when_not_matched()
        .insert(|p| NewTagExpr {
            id: p.id,
            retired: value(false),
        })
        .execute(&db)
        .await?;
    assert_eq!(merged, visible.posts.iter().filter(|post| post.id >= 7).count() as u64);
    // A hidden row of the source is not one without a match.
    let tags = World::read(&db).await?.visible().tags;
    let made = Tag::merge(|t| Post::query().on(move |p| p.id.eq(t.id)))
        .when_not_matched()
        .insert(|p| NewTagExpr {
            id: p.id + 1000,
            retired: value(false),
        })
        .execute(&db)
        .await?;
    let without = visible
        .posts
        .iter()
        .filter(|post| !tags.iter().any(|tag| tag.id == post.id));
    let without = without.count();
    assert!(without > 0 && made == without as u64);
    let hidden = Tag::merge(|t| Tag::query().on(move |same| same.id.eq(t.id)))
        .when_matched()
        .delete();
    let tags = World::read(&db).await?.tags;
    assert_eq!(
        hidden.execute(&db).await?,
        tags.iter().filter(|tag| !tag.retired).count() as u64
    );
    assert_eq!(
        Tag::query().with_hidden().count(&db).await?,
        tags.iter().filter(|tag| tag.retired).count() as i64
    );
    Ok(())
}

pub(super) async fn at_least_15(db: &Database) -> Result<bool, Error> {
    let version: i32 = sql!("SELECT current_setting('server_version_num')::int4")
        .one(db)
        .await?;
    Ok(version >= 150_000)
}

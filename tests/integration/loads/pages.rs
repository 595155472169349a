//! Pages, streams, counts and snapshots of what is loaded.

use super::*;
use crate::support::Recorder;

fn with_posts() -> orm::Loading<User, (User, Vec<Post>)> {
    User::query().with(|u| u.posts().order_by(|p| p.id.asc()))
}

#[orm::test(setup = world)]
async fn pages_of_loaded_rows_are_the_pages_of_the_rows(db: Database) -> Result<(), Error> {
    let world = World::read(&db).await?;
    let ordered = || with_posts().order_by(|u| u.name.asc());
    let all = ordered().order_by(|u| u.id.asc()).all(&db).await?;
    assert_eq!(all.len(), world.users.len());
    let recorder = Recorder::new(&db);
    let (mut seen, mut cursor, mut back) = (Vec::new(), None, Vec::new());
    loop {
        let page = ordered().page(4, cursor.as_ref(), &recorder).await?;
        assert_eq!(recorder.take().len(), 2);
        seen.extend(page.items);
        if let Some(previous) = page.previous {
            let page = ordered().page(4, Some(&previous), &db).await?;
            back.push(page.items);
        }
        let Some(next) = page.next else { break };
        // It is the cursor of the query without what is loaded, too.
        let plain = User::query()
            .order_by(|u| u.name.asc())
            .page(4, Some(&next), &db)
            .await?;
        assert!(!plain.items.is_empty());
        cursor = Some(next);
    }
    assert_eq!(seen, all);
    assert_eq!(back, [all[..4].to_vec(), all[4..8].to_vec()]);
    Ok(())
}

#[orm::test(setup = world)]
async fn counting_loads_nothing(db: Database) -> Result<(), Error> {
    let recorder = Recorder::new(&db);
    assert_eq!(with_posts().filter(|u| u.id.le(4)).count(&recorder).await?, 4);
    assert!(with_posts().exists(&recorder).await?);
    assert_eq!(
        recorder.take(),
        [
            r#"SELECT count(*) FROM "users" WHERE "id" <= $1"#,
            r#"SELECT EXISTS (SELECT FROM "users")"#
        ]
    );
    assert_eq!(
        with_posts().order_by(|u| u.id.desc()).first(&db).await?.unwrap().0.id,
        9
    );
    assert_eq!(with_posts().filter(|u| u.id.eq(3)).one(&db).await?.0.id, 3);
    let error = with_posts().one(&db).await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::TooManyRows);
    assert_eq!(with_posts().filter(|u| u.id.eq(99)).first(&db).await?, None);
    Ok(())
}

#[orm::test(setup = world)]
async fn a_stream_loads_piece_by_piece(db: Database) -> Result<(), Error> {
    let likes = (1000..4000).map(|id: i64| NewLike {
        id,
        comment_id: id % 90 + 1,
    });
    Like::insert_many(likes).execute(&db).await?;
    let expected: Vec<(Like, Comment, Vec<Like>)> = all_likes().all(&db).await?;
    assert_eq!(expected.len(), 3120);
    for snapshot in [false, true] {
        let query = if snapshot { all_likes().snapshot() } else { all_likes() };
        let (mut stream, mut seen) = (query.stream(&db), Vec::new());
        while let Some(row) = stream.try_next().await? {
            seen.push(row);
        }
        assert_eq!(seen, expected);
        assert!(stream.try_next().await?.is_none());
    }
    let tx = db.begin().await?;
    let mut stream = all_likes().stream(&tx);
    assert_eq!(stream.try_next().await?.as_ref(), expected.first());
    // Other statements of the transaction run in between, and a stream can be left.
    assert_eq!(User::query().count(&tx).await?, 9);
    drop(stream);
    assert_eq!(User::query().count(&tx).await?, 9);
    tx.commit().await?;
    assert_eq!(db.status().available, db.status().size);
    Ok(())
}

fn all_likes() -> orm::Loading<Like, (Like, Comment, Vec<Like>)> {
    Like::query()
        .with(|l| l.comment())
        .with(|l| l.comment().likes().filter(|l| l.id.lt(30)).order_by(|l| l.id.asc()))
        .order_by(|l| l.id.asc())
}

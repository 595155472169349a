//! What goes wrong: the error is told, and the connections stay good.

use std::pin::pin;
use std::task::Poll;
use std::time::Duration;

use super::*;
use crate::support::Recorder;

type Nested = Vec<(User, Vec<(Post, Vec<Comment>, Vec<Tag>)>)>;

fn nested() -> orm::Loading<User, (User, Vec<(Post, Vec<Comment>, Vec<Tag>)>)> {
    User::query().order_by(|u| u.id.asc()).with(|u| {
        u.posts()
            .order_by(|p| p.id.asc())
            .with(|p| p.comments().order_by(|c| c.id.asc()))
            .with(|p| p.tags().order_by(|t| t.id.asc()))
    })
}

/// No session of the pool is in a transaction or runs a statement, and each connection answers.
async fn is_clean(db: &Database) -> Result<(), Error> {
    let status = db.status();
    for tries in 0.. {
        let status = db.status();
        if status.available == status.size {
            break;
        }
        assert!(tries < 500, "a connection is not back: {status:?}");
        tokio::time::sleep(Duration::from_millis(10)).await;
    }
    let mut held = Vec::new();
    for _ in 0..status.size.max(1) {
        let connection = db.connection().await?;
        assert_eq!(User::query().count(&connection).await?, 9);
        held.push(connection);
    }
    // A session whose connection was given up ends when the server comes to see it.
    for tries in 0.. {
        let busy: Vec<String> = orm::sql!(
            "SELECT state || ': ' || query FROM pg_stat_activity WHERE datname = current_database() \
             AND backend_type = 'client backend' AND pid <> pg_backend_pid() AND state <> 'idle'"
        )
        .all(&held[0])
        .await?;
        if busy.is_empty() {
            break;
        }
        assert!(tries < 500, "a session is not idle: {busy:?}");
        tokio::time::sleep(Duration::from_millis(10)).await;
    }
    Ok(())
}

/// Polls a future so many times, then drops it; `None` if it was not ready.
async fn polled<F: Future>(future: F, most: usize) -> Option<F::Output> {
    let mut future = pin!(future);
    let mut polls = 0;
    std::future::poll_fn(|context| {
        polls += 1;
        match future.as_mut().poll(context) {
            Poll::Ready(output) => Poll::Ready(Some(output)),
            Poll::Pending if polls >= most => Poll::Ready(None),
            Poll::Pending => Poll::Pending,
        }
    })
    .await
}

#[orm::test(setup = world)]
async fn a_ring_of_models_is_as_long_as_its_type(db: Database) -> Result<(), Error> {
    let world = World::read(&db).await?;
    let recorder = Recorder::new(&db);
    type Ring = Vec<(User, Vec<(Post, (User, Vec<(Post, User)>))>)>;
    let loaded: Ring = User::query()
        .with(|u| {
            u.posts().order_by(|p| p.id.asc()).with(|p| {
                p.author()
                    .with(|a| a.posts().order_by(|p| p.id.asc()).with(|p| p.author()))
            })
        })
        .order_by(|u| u.id.asc())
        .all(&recorder)
        .await?;
    assert_eq!(recorder.take().len(), 3);
    let inner = |user: &User| -> Vec<(Post, User)> {
        let posts = world.posts_of(user).into_iter();
        posts.map(|post| (post, user.clone())).collect()
    };
    for (user, posts) in &loaded {
        let expected = world.posts_of(user).into_iter();
        let expected = expected.map(|post| (post, (user.clone(), inner(user))));
        assert!(expected.eq(posts.iter().cloned()));
    }
    Ok(())
}

#[orm::test(setup = world)]
async fn a_key_that_the_database_does_not_have_is_named(db: Database) -> Result<(), Error> {
    db.batch("ALTER TABLE comments RENAME post_id TO article_id").await?;
    let error = nested().all(&db).await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::UndefinedObject, "{error}");
    for word in ["Comment", "post_id"] {
        assert!(error.to_string().contains(word), "{error}");
    }
    is_clean(&db).await?;
    db.batch("ALTER TABLE posts RENAME id TO number").await?;
    let error = nested().all(&db).await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::UndefinedObject);
    assert!(error.to_string().contains("Post"), "{error}");
    is_clean(&db).await
}

#[orm::test(setup = world)]
async fn a_key_of_another_type_is_named(db: Database) -> Result<(), Error> {
    db.batch("ALTER TABLE comments DROP CONSTRAINT comments_post_id_fkey, ALTER post_id TYPE text")
        .await?;
    let error = Post::query().with(|p| p.comments()).all(&db).await.unwrap_err();
    assert!(error.to_string().contains("Comment"), "{error}");
    is_clean(&db).await
}

#[orm::test(setup = world)]
async fn a_load_that_is_dropped_leaves_nothing_behind(db: Database) -> Result<(), Error> {
    let expected: Nested = nested().all(&db).await?;
    for snapshot in [false, true] {
        let query = || if snapshot { nested().snapshot() } else { nested() };
        let mut polls = 1;
        let loaded = loop {
            if let Some(loaded) = polled(query().all(&db), polls).await {
                break loaded?;
            }
            is_clean(&db).await?;
            polls += 1;
        };
        assert_eq!(loaded, expected);
        assert!(polls > 1, "it waits: {polls}");
        let mut polls = 1;
        loop {
            let mut stream = query().stream(&db);
            let mut rows = 0;
            let read = async {
                while stream.try_next().await?.is_some() {
                    rows += 1;
                }
                Ok::<_, Error>(())
            };
            let ended = polled(read, polls).await;
            drop(stream);
            is_clean(&db).await?;
            if let Some(ended) = ended {
                ended?;
                assert_eq!(rows, expected.len());
                break;
            }
            polls += 1;
        }
    }
    Ok(())
}

#[orm::test(setup = world)]
async fn a_load_that_is_dropped_leaves_a_transaction_usable_or_rolls_it_back(db: Database) -> Result<(), Error> {
    for polls in 1..12 {
        let tx = db.begin().await?;
        if polled(nested().all(&tx), polls).await.is_none() {
            // What was sent is cancelled, so the transaction may be lost; never is it committed by half.
            drop(tx);
        } else {
            tx.commit().await?;
        }
        is_clean(&db).await?;
    }
    Ok(())
}

#[orm::test(setup = world)]
async fn a_table_that_another_one_has_locked(db: Database) -> Result<(), Error> {
    let other = db.begin().await?;
    other.batch("LOCK TABLE comments IN ACCESS EXCLUSIVE MODE").await?;
    for (limit, kind) in [
        ("lock_timeout", ErrorKind::LockNotAvailable),
        ("statement_timeout", ErrorKind::QueryCanceled),
    ] {
        let connection = db.connection().await?;
        connection.batch(&format!("SET {limit} = '50ms'")).await?;
        let error = nested().all(&connection).await.unwrap_err();
        assert_eq!(error.kind(), kind, "{error}");
        assert_eq!(User::query().count(&connection).await?, 9);
        drop(connection);
        let tx = db.begin().await?;
        tx.batch(&format!("SET LOCAL {limit} = '50ms'")).await?;
        let error = nested().all(&tx).await.unwrap_err();
        assert_eq!(error.kind(), kind, "{error}");
        tx.rollback().await?;
    }
    // A load that is given up while it waits for the lock.
    assert!(
        tokio::time::timeout(Duration::from_millis(100), nested().all(&db))
            .await
            .is_err()
    );
    other.rollback().await?;
    is_clean(&db).await
}

#[orm::test(setup = world)]
async fn of_levels_that_run_at_the_same_time_the_first_error_is_told(db: Database) -> Result<(), Error> {
    let failing = |at: usize| {
        let wrong = move |here: usize| i64::from(at != here);
        User::query()
            .with(move |u| u.posts().filter(move |p| (p.id / wrong(0)).gt(0)))
            .with(move |u| u.comments().filter(move |c| (c.id / wrong(1)).gt(0)))
            .with(move |u| u.reports().filter(move |r| (r.id / wrong(2)).gt(0)))
    };
    for at in 0..3 {
        let recorder = Recorder::new(&db);
        let error = failing(at).all(&recorder).await.unwrap_err();
        assert_eq!(error.sqlstate(), Some("22012"), "{error}");
        let model = ["Post", "Comment", "User"][at];
        assert!(error.to_string().starts_with(model), "{error}");
        assert_eq!(recorder.take().len(), 4, "the others ran to their end");
        is_clean(&db).await?;
        let connection = db.connection().await?;
        assert_eq!(
            failing(at).all(&connection).await.unwrap_err().sqlstate(),
            Some("22012")
        );
        assert_eq!(failing(3).all(&connection).await?.len(), 9);
        drop(connection);
        let tx = db.begin().await?;
        // That the transaction is aborted, as the others are told, is not the reason.
        assert_eq!(failing(at).all(&tx).await.unwrap_err().sqlstate(), Some("22012"));
        tx.rollback().await?;
        is_clean(&db).await?;
    }
    Ok(())
}

#[derive(Model, Debug, Clone, PartialEq)]
#[orm(table = "rooms", has_many(stays: Stay))]
struct Room {
    #[orm(primary_key)]
    id: i64,
}

#[derive(Model, Debug, Clone, PartialEq)]
#[orm(table = "stays", has_many(nights: Night))]
struct Stay {
    #[orm(primary_key)]
    id: i64,
    #[orm(belongs_to(room: Room), index)]
    room_id: i64,
}

#[derive(Model, Debug, Clone, PartialEq)]
#[orm(table = "nights")]
struct Night {
    #[orm(primary_key)]
    id: i64,
    #[orm(belongs_to(stay: Stay), index)]
    stay_id: i64,
    day: chrono::NaiveDate,
}

#[orm::test(setup = world)]
async fn a_value_that_its_field_cannot_hold(db: Database) -> Result<(), Error> {
    orm::create_all(&[Room::TABLE, Stay::TABLE, Night::TABLE], &db).await?;
    db.batch(
        "INSERT INTO rooms SELECT generate_series(1, 5);
         INSERT INTO stays SELECT i, i % 5 + 1 FROM generate_series(1, 50) AS i;
         INSERT INTO nights SELECT i, i % 50 + 1, '2024-01-01' FROM generate_series(1, 500) AS i;
         UPDATE nights SET day = 'infinity' WHERE id = 250",
    )
    .await?;
    let rooms = || Room::query().with(|r| r.stays().with(|s| s.nights()));
    let error = rooms().all(&db).await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Decode);
    for word in ["Night", "day"] {
        assert!(error.to_string().contains(word), "{error}");
    }
    is_clean(&db).await?;
    let mut stream = rooms().stream(&db);
    let mut seen = Vec::new();
    loop {
        match stream.try_next().await {
            Ok(Some(row)) => seen.push(row),
            Ok(None) => panic!("the stream ended before the error"),
            Err(error) => break assert_eq!(error.kind(), ErrorKind::Decode),
        }
    }
    assert_eq!(stream.try_next().await?, None, "it ends after an error");
    drop(stream);
    is_clean(&db).await
}

#[derive(Model, Debug, Clone, PartialEq)]
#[orm(table = "parents", has_many(children: Child))]
struct Parent {
    #[orm(primary_key)]
    key: String,
}

#[derive(Model, Debug, Clone, PartialEq)]
#[orm(table = "children")]
struct Child {
    #[orm(primary_key)]
    id: i64,
    #[orm(belongs_to(parent: Parent), index)]
    key: String,
}

/// 64 MB of keys go in one statement: these are a little more.
#[orm::test]
async fn more_keys_than_one_statement_gets(db: Database) -> Result<(), Error> {
    orm::create_all(&[Parent::TABLE, Child::TABLE], &db).await?;
    db.batch(
        "INSERT INTO parents SELECT lpad(i::text, 1000, 'x') FROM generate_series(1, 70000) AS i;
         INSERT INTO children SELECT i, lpad(i::text, 1000, 'x') FROM (VALUES (1), (69000), (70000)) AS t(i)",
    )
    .await?;
    let recorder = Recorder::new(&db);
    let loaded = Parent::query()
        .order_by(|p| p.key.asc())
        .with(|p| p.children())
        .all(&recorder)
        .await?;
    assert_eq!(recorder.take().len(), 3);
    assert_eq!(loaded.len(), 70_000);
    let with_children = loaded.iter().filter(|(_, children)| !children.is_empty());
    let ids = with_children.map(|(parent, children)| {
        assert_eq!((children.len(), &children[0].key), (1, &parent.key));
        children[0].id
    });
    let mut ids: Vec<i64> = ids.collect();
    ids.sort_unstable();
    assert_eq!(ids, [1, 69_000, 70_000]);
    let parents: Vec<Parent> = loaded.into_iter().map(|(parent, _)| parent).collect();
    let lists = orm::load(&parents, |p| p.children()).all(&recorder).await?;
    assert_eq!(recorder.take().len(), 2);
    assert_eq!(lists.iter().filter(|list| !list.is_empty()).count(), 3);
    Ok(())
}

/// A hundred thousand parents, each with two children, in two statements.
#[orm::test]
async fn many_parents(db: Database) -> Result<(), Error> {
    orm::create_all(&[Room::TABLE, Stay::TABLE, Night::TABLE], &db).await?;
    db.batch(
        "INSERT INTO rooms SELECT generate_series(1, 100000);
         INSERT INTO stays SELECT i, (i - 1) / 2 + 1 FROM generate_series(1, 200000) AS i; ANALYZE",
    )
    .await?;
    let recorder = Recorder::new(&db);
    let loaded = Room::query().with(|r| r.stays()).all(&recorder).await?;
    assert_eq!(recorder.take().len(), 2);
    assert_eq!(loaded.len(), 100_000);
    assert!(
        loaded
            .iter()
            .all(|(room, stays)| stays.len() == 2 && stays.iter().all(|stay| (stay.id - 1) / 2 + 1 == room.id))
    );
    Ok(())
}

//! Streams into tables and out of queries by COPY.

use std::sync::atomic::{AtomicUsize, Ordering};

use bytes::Bytes;
use futures_util::{Stream, StreamExt, TryStreamExt, stream};
use orm::CopyFormat;
use orm::prelude::*;

use super::models::{
    NewPost, NewRoute, NewTicket, NewTicketWith, NewUser, Post, Route, Sample, Status, Ticket, User, new_post,
    new_user, new_users, tables,
};
use super::support::{Watched, dropped_after, scalar};
use crate::support::Recorder;

fn users(rows: std::ops::Range<usize>) -> impl Stream<Item = Result<NewUser, Error>> + Send {
    stream::iter(new_users(rows)).map(Ok)
}

/// A text in pieces that are cut anywhere.
fn pieces(text: &str) -> impl Stream<Item = Result<Bytes, std::io::Error>> + Send + use<> {
    let pieces: Vec<Bytes> = text.as_bytes().chunks(7).map(Bytes::copy_from_slice).collect();
    stream::iter(pieces).map(Ok)
}

async fn csv_of(mut stream: orm::CopyStream<'_>) -> Result<String, Error> {
    let mut all = Vec::new();
    while let Some(piece) = stream.try_next().await? {
        all.extend_from_slice(&piece);
    }
    Ok(String::from_utf8(all).unwrap())
}

#[orm::test(setup = tables)]
async fn rows_of_a_stream_are_stored_as_insert_many_stores_them(db: Database) -> Result<(), Error> {
    assert_eq!(User::copy_from(users(0..30_000)).execute(&db).await?, 30_000);
    assert_eq!(User::query().count(&db).await?, 30_000);
    let copied: Vec<User> = User::query().order_by(|u| u.id.asc()).limit(100).all(&db).await?;
    let inserted = db
        .transaction(async |tx| {
            User::query().delete().all_rows().execute(tx).await?;
            User::insert_many(new_users(0..100)).all(tx).await
        })
        .await?;
    for (copied, inserted) in copied.iter().zip(&inserted) {
        let inserted = User {
            id: copied.id,
            ..inserted.clone()
        };
        assert_eq!(*copied, inserted);
    }
    Ok(())
}

#[orm::test(setup = tables)]
async fn a_stream_without_rows_sends_nothing(db: Database) -> Result<(), Error> {
    let recorder = Recorder::new(&db);
    assert_eq!(User::copy_from(users(0..0)).execute(&recorder).await?, 0);
    assert_eq!(recorder.take(), [""; 0]);
    assert_eq!(User::copy_csv_from(pieces("")).execute(&db).await?, 0);
    Ok(())
}

#[orm::test(setup = tables)]
async fn enums_arrays_and_nulls_are_stored(db: Database) -> Result<(), Error> {
    let ann = User::insert(new_user("ann")).one(&db).await?;
    let posts = (0..3).map(|n| NewPost {
        tags: vec![format!("tag {n}"), "a,\"b".to_owned()],
        ..new_post(&ann, &format!("post {n}"))
    });
    let posts = stream::iter(posts).map(|post| Ok::<_, Error>(post.status(Status::Published)));
    assert_eq!(Post::copy_from(posts).execute(&db).await?, 3);
    let stored = Post::query().order_by(|p| p.id.asc()).all(&db).await?;
    assert_eq!(stored[2].tags, ["tag 2", "a,\"b"]);
    assert!(
        stored
            .iter()
            .all(|post| post.status == Status::Published && post.twice == 3.0)
    );
    Ok(())
}

#[orm::test(setup = tables)]
async fn it_joins_a_transaction_and_goes_with_its_rollback(db: Database) -> Result<(), Error> {
    let tx = db.begin().await?;
    assert_eq!(User::copy_from(users(0..10)).execute(&tx).await?, 10);
    assert_eq!(User::query().count(&tx).await?, 10);
    tx.rollback().await?;
    assert_eq!(User::query().count(&db).await?, 0);
    Ok(())
}

#[orm::test(setup = tables)]
async fn an_error_tells_the_row_or_line_and_leaves_nothing_stored(db: Database) -> Result<(), Error> {
    let twice = users(0..5_000).chain(users(17..18)).chain(users(6_000..9_000));
    let error = User::copy_from(twice).execute(&db).await.unwrap_err();
    assert!(error.violates(|key: super::models::UserKeys| key.email), "{error}");
    assert_eq!(error.copy_line(), Some(5_001));
    assert!(error.to_string().contains("line 5001"), "{error}");

    let csv = "email,name,age\na@x,A,1\nb@x,B,canary\n";
    let of_three = || User::copy_csv_from(pieces(csv)).columns(|u| (u.email, u.name, u.age));
    let error = of_three().execute(&db).await.unwrap_err();
    assert_eq!((error.kind(), error.copy_line()), (ErrorKind::InvalidValue, Some(3)));
    assert!(!format!("{error} {error:?}").contains("canary"), "{error}");

    let tx = db.begin().await?;
    of_three().execute(&tx).await.unwrap_err();
    assert_eq!(tx.commit().await.unwrap_err().kind(), ErrorKind::TransactionAborted);

    let wrong = stream::iter([Ok(new_user("a")), Err(std::io::Error::other("the file has ended"))]);
    let error = User::copy_from(wrong).execute(&db).await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Source);
    let source = std::error::Error::source(&error).unwrap();
    assert_eq!(source.to_string(), "the file has ended");

    let own = Error::new(ErrorKind::NotFound, "one of ours");
    let error = User::copy_from(users(0..10).chain(stream::iter([Err(own)])))
        .execute(&db)
        .await;
    assert_eq!(error.unwrap_err().kind(), ErrorKind::NotFound);
    let nul = NewUser {
        name: "a\0b".to_owned(),
        ..new_user("nul")
    };
    let error = User::copy_from(users(0..10).chain(stream::iter([Ok(nul)])))
        .execute(&db)
        .await
        .unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Encode);
    assert!(error.to_string().contains("row 11"), "{error}");
    assert_eq!(User::query().count(&db).await?, 0);
    Ok(())
}

#[orm::test(setup = tables)]
async fn what_copy_cannot_write_is_an_error_that_says_what_to_do(db: Database) -> Result<(), Error> {
    let of = |tickets: Vec<NewTicketWith>| stream::iter(tickets).map(Ok::<_, Error>);
    let varying = of(vec![NewTicket {}.id(1).priority(2), NewTicket {}.priority(2)]);
    let error = Ticket::copy_from(varying).execute(&db).await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::InvalidQuery);
    assert!(error.to_string().contains("row 2 gives other columns"), "{error}");
    let defaults = of(vec![NewTicket {}.into()]);
    let error = Ticket::copy_from(defaults).execute(&db).await.unwrap_err();
    assert!(error.to_string().contains("defaults only"), "{error}");
    let same = of(vec![NewTicket {}.id(1).priority(2), NewTicket {}.id(3).priority(4)]);
    assert_eq!(Ticket::copy_from(same).execute(&db).await?, 2);

    let route = NewRoute {
        stops: Vec::new(),
        history: None,
    };
    let error = Route::copy_from(stream::iter([Ok::<_, Error>(route)]))
        .execute(&db)
        .await
        .unwrap_err();
    assert!(error.to_string().contains("insert_many"), "{error}");

    let computed = User::copy_csv_from(pieces("a\nb\n")).columns(|u| u.age + 1);
    assert_eq!(computed.execute(&db).await.unwrap_err().kind(), ErrorKind::InvalidQuery);

    db.batch("ALTER TABLE users ALTER age TYPE int8").await?;
    let error = User::copy_from(users(0..10)).execute(&db).await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::ColumnType);
    assert!(error.to_string().contains("\"age\""), "{error}");
    db.batch("ALTER TABLE users DROP COLUMN age").await?;
    let error = User::copy_from(users(0..10)).execute(&db).await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::UndefinedObject);
    Ok(())
}

#[orm::test(setup = tables)]
async fn what_goes_out_as_csv_comes_in_again(db: Database) -> Result<(), Error> {
    let samples = (0..1_000).map(|id| super::models::NewSample {
        id,
        label: match id % 4 {
            0 => None,
            1 => Some(String::new()),
            _ => Some(format!("\"a, {id}\"\n\\N \r ä")),
        },
        values: vec![Some(i64::from(id)), None],
    });
    Sample::insert_many(samples).execute(&db).await?;
    let before = Sample::query().order_by(|s| s.id.asc()).all(&db).await?;
    let query = || Sample::query().order_by(|s| s.id.asc());
    for format in [
        CopyFormat::csv(),
        CopyFormat::csv().header(false).delimiter(';').null("NULL"),
        CopyFormat::text(),
        CopyFormat::binary(),
    ] {
        let bytes: Vec<Bytes> = query().copy_out(format.clone(), &db).try_collect().await?;
        Sample::query().delete().all_rows().execute(&db).await?;
        let cut = bytes
            .concat()
            .chunks(1_001)
            .map(Bytes::copy_from_slice)
            .collect::<Vec<_>>();
        let stored = Sample::copy_csv_from(stream::iter(cut).map(Ok::<_, Error>)).format(format.clone());
        assert_eq!(stored.execute(&db).await?, 1_000, "{format:?}");
        assert_eq!(query().all(&db).await?, before, "{format:?}");
    }
    Ok(())
}

#[orm::test(setup = tables)]
async fn queries_of_all_sorts_are_copied_with_their_parameters(db: Database) -> Result<(), Error> {
    User::insert_many(new_users(0..50)).execute(&db).await?;
    let names = ["user3".to_owned(), "it's \"$1\"".to_owned(), "user7".to_owned()];
    let query = User::query()
        .filter(|u| u.name.in_(names) & u.age.ge(1))
        .order_by(|u| u.age.desc())
        .limit(5)
        .select(|u| (u.name, u.age, u.nickname));
    assert_eq!(
        csv_of(query.copy_csv(&db)).await?,
        "name,age,nickname\nuser7,7,\nuser3,3,nick3\n"
    );

    let draft = Post::query().filter(|p| p.status.eq(Status::Draft)).select(|p| p.title);
    let ann = User::query().first(&db).await?.unwrap();
    Post::insert(new_post(&ann, "a title")).execute(&db).await?;
    assert_eq!(csv_of(draft.copy_csv(&db)).await?, "title\na title\n");

    let least = 48;
    let typed = sql!("SELECT name AS \"Name $1\" FROM users WHERE age >= {least} -- $1\n ORDER BY age");
    assert_eq!(csv_of(typed.copy_csv(&db)).await?, "Name $1\nuser48\nuser49\n");
    let trailing = sql!("SELECT {least}::int4 AS n -- the end");
    assert_eq!(csv_of(trailing.copy_csv(&db)).await?, "n\n48\n");
    Ok(())
}

#[orm::test(setup = tables)]
async fn rows_are_taken_from_the_stream_as_the_server_takes_them(db: Database) -> Result<(), Error> {
    // A lock on the table stops the server, and then the stream is not read on.
    let taken = AtomicUsize::new(0);
    let rows = users(0..2_000_000).inspect(|_| {
        taken.fetch_add(1, Ordering::Relaxed);
    });
    let tx = db.begin().await?;
    tx.batch("LOCK TABLE users IN ROW EXCLUSIVE MODE").await?;
    tx.batch(
        "CREATE FUNCTION wait() RETURNS trigger LANGUAGE plpgsql AS
         $$BEGIN IF NEW.age = 1000 THEN PERFORM pg_advisory_xact_lock(7); END IF; RETURN NEW; END$$;
         CREATE TRIGGER wait BEFORE INSERT ON users FOR EACH ROW EXECUTE FUNCTION wait()",
    )
    .await?;
    tx.commit().await?;
    let holder = db.connection().await?;
    holder.batch("SELECT pg_advisory_lock(7)").await?;
    let copying = User::copy_from(rows).execute(&db);
    let waiting = async {
        let text =
            "SELECT 1 - least(count(*), 1) FROM pg_locks WHERE locktype = 'advisory' AND objid = 7 AND NOT granted";
        while scalar::<i64>(&holder, text).await != 0 {
            tokio::time::sleep(std::time::Duration::from_millis(5)).await;
        }
        let mut before = taken.load(Ordering::Relaxed);
        loop {
            tokio::time::sleep(std::time::Duration::from_millis(200)).await;
            let now = taken.load(Ordering::Relaxed);
            if now == before {
                return now;
            }
            before = now;
        }
    };
    let stopped = tokio::select! {
        stopped = waiting => stopped,
        done = copying => panic!("{done:?}"),
    };
    assert!((1_000..1_000_000).contains(&stopped), "{stopped}");
    drop(holder);
    Ok(())
}

#[orm::test(setup = tables)]
async fn dropped_at_any_poll_all_or_nothing_is_stored_and_the_pool_is_whole(db: Database) -> Result<(), Error> {
    let watched = Watched::new(&db, 2).await;
    let csv: String = (0..2_000).map(|n| format!("{n}@x,{n},1\n")).collect();
    let csv = format!("email,name,age\n{csv}");
    for polls in 1..2_000 {
        let copying = User::copy_csv_from(pieces(&csv)).columns(|u| (u.email, u.name, u.age));
        let done = dropped_after(polls, copying.execute(&watched.db)).await;
        watched.is_clean().await;
        let count = User::query().count(&watched.db).await?;
        assert!(count == 0 || count == 2_000, "{count} after {polls} polls");
        if done.is_some() {
            assert_eq!(count, 2_000);
            return Ok(());
        }
        User::query().delete().all_rows().execute(&watched.db).await?;
    }
    panic!("it is never done");
}

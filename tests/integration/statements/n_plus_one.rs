//! N+1 is warned of, once, with the place in the program.

use std::panic::Location;

use orm::prelude::*;
use orm::{Recorder, count_statements};
use tracing::instrument::WithSubscriber as _;

use super::support::*;

/// What is said of an N+1 that a line of this file sends.
#[track_caller]
fn said_of(warnings: &Warnings, line: u32) {
    let said = warnings.take();
    let [said] = &said[..] else {
        panic!("one warning, at {}: {said:?}", Location::caller())
    };
    let place = format!("N+1: the same SELECT was sent 5 times from {}:{line}:", file!());
    assert!(said.starts_with(&place), "{place}\n{said}");
}

#[test]
fn a_read_for_each_row_of_another_is_told_once_with_both_places_and_what_to_do() {
    with_threshold(Some(5), async |db, warnings| {
        let from = line!() + 2;
        let read = async || {
            let authors = Author::query().filter(|a| a.id.le(7)).all(&db).await?;
            for author in &authors {
                posts_of(author).all(&db).await?;
            }
            Ok::<_, Error>(())
        };
        read().await?;
        let (file, to) = (file!(), from + 2);
        let expected = format!(
            "N+1: the same SELECT was sent 5 times from {file}:{to}:34, after {file}:{from}:66 gave 7 rows; read both at \
             once: `.with(…)` in the query, or `load(&rows, …)` for rows that are there"
        );
        assert_eq!(warnings.take(), [expected]);
        read().await?;
        assert!(warnings.take().is_empty());
        Ok(())
    });
}

#[test]
fn each_place_is_told_by_itself() {
    with_threshold(Some(5), async |db, warnings| {
        for author in all_authors(&db).await? {
            posts_of(&author).count(&db).await?;
        }
        said_of(&warnings, line!() - 2);
        for author in all_authors(&db).await? {
            posts_of(&author).first(&db).await?;
        }
        said_of(&warnings, line!() - 2);
        Ok(())
    });
}

#[test]
fn to_one_rows_read_by_key_are_told_also_of_some_equal_keys() {
    with_threshold(Some(5), async |db, warnings| {
        // Each author twice in a row.
        let posts = Post::query().order_by(|p| p.author_id.asc()).all(&db).await?;
        for post in posts {
            Author::find(post.author_id).one(&db).await?;
        }
        said_of(&warnings, line!() - 2);
        Ok(())
    });
}

async fn author_of(id: i64, db: &Database) -> Result<Author, Error> {
    Author::find(id).one(db).await
}
const AUTHOR_OF: u32 = line!() - 2;

#[test]
fn a_function_that_was_used_before_the_rows_were_there_is_told() {
    with_threshold(Some(5), async |db, warnings| {
        author_of(3, &db).await?;
        for post in Post::query().all(&db).await? {
            author_of(post.author_id, &db).await?;
        }
        said_of(&warnings, AUTHOR_OF);
        Ok(())
    });
}

#[test]
fn reads_that_run_at_the_same_time_are_told() {
    with_threshold(Some(5), async |db, warnings| {
        let a = all_authors(&db).await?;
        let read = async |at: usize| posts_of(&a[at]).all(&db).await;
        let line = line!() - 1;
        let done = tokio::join!(read(0), read(1), read(2), read(3), read(4));
        done.4?;
        said_of(&warnings, line);
        Ok(())
    });
}

#[test]
fn writes_in_the_loop_do_not_hide_it() {
    with_threshold(Some(5), async |db, warnings| {
        for author in all_authors(&db).await? {
            let posts = posts_of(&author).all(&db).await?;
            let name = format!("{} of {}", posts.len(), author.name);
            Author { name, ..author }.update(&db).await?;
        }
        said_of(&warnings, line!() - 4);
        Ok(())
    });
}

#[test]
fn rows_of_a_stream_count_as_well() {
    with_threshold(Some(5), async |db, warnings| {
        let mut authors = Author::query().stream(&db);
        while let Some(author) = authors.try_next().await? {
            posts_of(&author).all(&db).await?;
        }
        said_of(&warnings, line!() - 2);
        Ok(())
    });
}

#[test]
fn transactions_connections_and_texts_are_looked_at() {
    with_threshold(Some(5), async |db, warnings| {
        let tx = db.begin().await?;
        for author in all_authors(&tx).await? {
            posts_of(&author).all(&tx).await?;
        }
        said_of(&warnings, line!() - 2);
        let connection = db.connection().await?;
        for id in sql!("SELECT id FROM authors").all::<i64>(&connection).await? {
            sql!("SELECT title FROM posts WHERE author_id = {id}")
                .all::<String>(&connection)
                .await?;
        }
        said_of(&warnings, line!() - 3);
        Ok(())
    });
}

#[test]
fn a_spawned_task_is_looked_at_by_itself() {
    with_threshold(Some(5), async |db, warnings| {
        let line = line!() + 4;
        let task = async move {
            tokio::task::yield_now().await;
            for author in all_authors(&db).await? {
                posts_of(&author).all(&db).await?;
            }
            Ok::<_, Error>(())
        };
        tokio::spawn(task.with_subscriber(warnings.clone())).await.unwrap()?;
        said_of(&warnings, line);
        Ok(())
    });
}

#[test]
fn a_counted_block_is_looked_at_as_a_whole_whatever_tasks_it_spawns() {
    with_threshold(Some(5), async |db, warnings| {
        let line = line!() + 3;
        let read = async |author: Author| {
            let db = db.clone();
            let read = async move { posts_of(&author).all(&db).await };
            let attached = Recorder::current().attach(read.with_subscriber(warnings.clone()));
            tokio::spawn(attached).await.unwrap().map(drop)
        };
        let (done, _) = count_statements(async {
            for author in all_authors(&db).await? {
                read(author).await?;
            }
            Ok::<_, Error>(())
        })
        .await;
        done?;
        said_of(&warnings, line);
        for author in all_authors(&db).await? {
            read(author).await?; // Tasks of nobody: each has sent one statement.
        }
        assert!(warnings.take().is_empty());
        Ok(())
    });
}

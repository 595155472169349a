//! What sends the same SELECT many times and is no N+1: nothing is said.

use std::time::Duration;

use orm::count_statements;
use orm::prelude::*;

use super::support::*;

/// Runs a program with a threshold of 5 that must not be warned.
fn is_silent(program: impl AsyncFnOnce(&Database) -> Result<(), Error>) {
    with_threshold(Some(5), async |db, warnings| {
        program(&db).await?;
        assert_eq!(warnings.take(), Vec::<String>::new());
        Ok(())
    });
}

#[test]
fn a_worker_that_takes_job_after_job_from_a_queue() {
    is_silent(async |db| {
        all_authors(db).await?; // What a worker reads when it starts.
        loop {
            let next = Post::query()
                .filter(|p| p.title.ne("done"))
                .order_by(|p| p.id.asc())
                .limit(1)
                .for_update()
                .skip_locked();
            let Some(job) = next.first(db).await? else {
                return Ok(());
            };
            let author = Author::find(job.author_id).one(db).await?;
            Author::query().filter(|a| a.id.eq(author.id)).exists(db).await?;
            Post {
                title: "done".into(),
                ..job
            }
            .update(db)
            .await?;
        }
    });
}

#[test]
fn a_worker_that_takes_jobs_by_an_update() {
    is_silent(async |db| {
        all_authors(db).await?;
        loop {
            let next = Post::query()
                .filter(|p| p.title.ne("done"))
                .order_by(|p| p.id.asc())
                .limit(1);
            let taken = next.update(|p| p.title.set("done")).all(db).await?;
            let Some(job) = taken.first() else { return Ok(()) };
            Author::find(job.author_id).one(db).await?;
        }
    });
}

#[test]
fn a_worker_that_takes_jobs_by_a_lock_and_a_time_that_goes_on() {
    is_silent(async |db| {
        all_authors(db).await?;
        for time in 1..=AUTHORS {
            let due = Post::query().filter(|p| p.id.le(time)).order_by(|p| p.id.desc());
            due.for_update().skip_locked().first(db).await?;
        }
        Ok(())
    });
}

#[test]
fn a_loop_that_asks_the_same_again_and_again() {
    is_silent(async |db| {
        all_authors(db).await?;
        for _ in 0..50 {
            Post::query().filter(|p| p.title.eq("new")).all(db).await?;
        }
        Ok(())
    });
}

#[test]
fn requests_that_one_connection_of_a_web_server_handles_in_its_task() {
    is_silent(async |db| {
        all_authors(db).await?; // GET /authors
        for id in 1..=AUTHORS {
            sql!("SELECT name FROM authors WHERE id = {1_i64}")
                .one::<String>(db)
                .await?; // Whose session it is.
            Author::find(id).one(db).await?; // GET /authors/{id}
        }
        Ok(())
    });
}

#[test]
fn reads_that_follow_no_other_rows() {
    is_silent(async |db| {
        for id in 1..=AUTHORS {
            Author::find(id).one(db).await?;
        }
        Ok(())
    });
}

#[test]
fn reads_that_follow_a_write_which_gave_no_rows_back() {
    is_silent(async |db| {
        let renamed = Author::query().update(|a| a.name.set("a")).all_rows();
        assert_eq!(renamed.execute(db).await?, AUTHORS as u64);
        for id in 1..=AUTHORS {
            Author::find(id).one(db).await?;
        }
        Ok(())
    });
}

#[test]
fn fewer_rows_than_the_threshold() {
    is_silent(async |db| {
        for author in Author::query().limit(4).all(db).await? {
            posts_of(&author).all(db).await?;
        }
        Ok(())
    });
}

#[test]
fn a_loop_of_inserts() {
    is_silent(async |db| {
        for author in all_authors(db).await? {
            Post::insert(post(author.id, "third")).one(db).await?;
        }
        Ok(())
    });
}

#[test]
fn pages_of_a_large_table() {
    is_silent(async |db| {
        all_authors(db).await?;
        Author::insert_many((1_000..2_000).map(author)).execute(db).await?;
        let mut last = 0;
        loop {
            let after = Author::query().filter(|a| a.id.gt(last)).order_by(|a| a.id.asc());
            let page = after.limit(100).all(db).await?;
            match page.last() {
                Some(author) => last = author.id,
                None => return Ok(()),
            }
        }
    });
}

#[test]
fn one_statement_for_the_children_of_each_page() {
    is_silent(async |db| {
        let mut cursor = None;
        loop {
            let page = Author::query().page(2, cursor.as_ref(), db).await?;
            let ids: Vec<i64> = page.items.iter().map(|author| author.id).collect();
            Post::query().filter(|p| p.author_id.in_(ids)).all(db).await?;
            cursor = page.next;
            if cursor.is_none() {
                return Ok(());
            }
        }
    });
}

#[test]
fn what_comes_after_pauses() {
    is_silent(async |db| {
        for author in all_authors(db).await?.iter().take(6) {
            posts_of(author).all(db).await?;
            tokio::time::sleep(Duration::from_millis(300)).await;
        }
        Ok(())
    });
}

#[test]
fn the_rounds_of_a_loop_that_are_blocks_of_their_own() {
    is_silent(async |db| {
        for author in all_authors(db).await? {
            count_statements(posts_of(&author).all(db)).await.0?;
        }
        Ok(())
    });
}

#[test]
fn without_a_threshold_nothing_is_said() {
    with_threshold(None, async |db, warnings| {
        for author in all_authors(&db).await? {
            posts_of(&author).all(&db).await?;
        }
        assert!(warnings.take().is_empty());
        Ok(())
    });
}

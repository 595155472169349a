//! `at_most`, and what it says.

use orm::at_most;
use orm::prelude::*;

use super::support::*;

/// What a task panics with.
async fn panic_of<T: Send + 'static>(work: impl Future<Output = T> + Send + 'static) -> String {
    let Err(error) = tokio::spawn(work).await else {
        panic!("it did not panic")
    };
    *error.into_panic().downcast::<String>().expect("a message")
}

#[orm::test(setup = tables)]
async fn a_block_within_its_limit_gives_its_output(db: Database) -> Result<(), Error> {
    let ann = at_most(1, Author::find(1).one(&db)).await?;
    assert_eq!(
        ann,
        Author {
            id: 1,
            name: "author 1".into()
        }
    );
    at_most(0, async {}).await;
    Ok(())
}

#[orm::test(setup = tables)]
async fn a_block_beyond_its_limit_panics_with_its_statements_their_counts_and_their_places(db: Database) {
    let line = line!() + 2;
    let said = panic_of(async move {
        at_most(2, async {
            let authors = Author::query().filter(|a| a.id.le(3)).all(&db).await.unwrap();
            for author in &authors {
                posts_of(author).all(&db).await.unwrap();
            }
        })
        .await;
    })
    .await;
    let file = file!();
    let expected = format!(
        "{file}:{line}:9: at most 2 statements are expected here, but there were 4 statements:\n  \
           1 × SELECT \"id\", \"name\" FROM \"authors\" WHERE \"id\" <= $1\n      1 × at {file}:{}:66\n  \
           3 × SELECT \"id\", \"author_id\", \"title\" FROM \"posts\" WHERE \"author_id\" = $1\n      3 × at {file}:{}:34",
        line + 1,
        line + 3,
    );
    assert_eq!(said, expected);
}

#[orm::test(setup = tables)]
async fn long_texts_and_texts_of_several_lines_are_short_in_one_line(db: Database) {
    let said = panic_of(async move {
        let long = "x".repeat(10_000);
        at_most(0, db.batch(&format!("SELECT\n  1,\n  '{long}'"))).await
    })
    .await;
    let last = said.lines().last().unwrap();
    assert!(
        last.starts_with("  1 × SELECT 1, 'xxx") && last.ends_with('…'),
        "{said}"
    );
    assert!(last.chars().count() < 200 && said.lines().count() == 2, "{said}");
}

/// The setup sends more than that.
#[orm::test(setup = tables, at_most = 2)]
async fn a_test_may_have_a_limit(db: Database) -> Result<(), Error> {
    Author::find(1).one(&db).await?;
    Author::find(2).one(&db).await?;
    Ok(())
}

#[orm::test(setup = tables, at_most = 1)]
#[should_panic(expected = "at most 1 statement is expected here, but there were 2 statements")]
async fn a_test_beyond_its_limit_fails(db: Database) {
    Author::find(1).one(&db).await.unwrap();
    Author::find(2).one(&db).await.unwrap();
}

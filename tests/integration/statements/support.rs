//! Authors with their posts, and what is asked of a count.

use std::fmt;
use std::sync::{Arc, Mutex};

use orm::prelude::*;
use orm::{Query, Statements};
use tracing::field::{Field, Visit};
use tracing::instrument::WithSubscriber as _;
use tracing::span::{Attributes, Id, Record};
use tracing::{Event, Metadata, Subscriber};

#[derive(Model, Debug, Clone, PartialEq)]
#[orm(table = "authors", has_many(posts: Post))]
pub(super) struct Author {
    #[orm(primary_key)]
    pub(super) id: i64,
    pub(super) name: String,
}

#[derive(Model, Debug, Clone, PartialEq)]
#[orm(table = "posts")]
pub(super) struct Post {
    #[orm(primary_key, generated)]
    pub(super) id: i64,
    #[orm(belongs_to(author: Author))]
    pub(super) author_id: i64,
    pub(super) title: String,
}

pub(super) const AUTHORS: i64 = 20;

/// The authors 1 to 20, each with two posts.
pub(super) async fn tables(db: Database) -> Result<(), Error> {
    orm::create_all(&[Author::TABLE, Post::TABLE], &db).await?;
    Author::insert_many((1..=AUTHORS).map(author)).execute(&db).await?;
    let posts = (1..=AUTHORS).flat_map(|author| [post(author, "first"), post(author, "second")]);
    Post::insert_many(posts).execute(&db).await?;
    Ok(())
}

pub(super) fn author(id: i64) -> NewAuthor {
    NewAuthor {
        id,
        name: format!("author {id}"),
    }
}

pub(super) fn post(author_id: i64, title: &str) -> NewPost {
    NewPost {
        author_id,
        title: title.to_owned(),
    }
}

pub(super) fn posts_of(author: &Author) -> Query<Post> {
    let id = author.id;
    Post::query().filter(|p| p.author_id.eq(id))
}

/// How often each operation was sent, in the order of the first time.
pub(super) fn operations(statements: &Statements) -> Vec<(&'static str, usize)> {
    statements.iter().map(|sent| (sent.operation(), sent.count())).collect()
}

/// The warnings of a future: each its text. A subscriber of `tracing`.
#[derive(Clone, Default)]
pub(super) struct Warnings(Arc<Mutex<Vec<String>>>);

impl Warnings {
    /// Those since the last time this was asked.
    pub(super) fn take(&self) -> Vec<String> {
        std::mem::take(&mut self.0.lock().unwrap())
    }
}

struct Message<'a>(&'a mut String);

impl Visit for Message<'_> {
    fn record_debug(&mut self, field: &Field, value: &dyn fmt::Debug) {
        if field.name() == "message" {
            *self.0 = format!("{value:?}");
        }
    }
}

impl Subscriber for Warnings {
    fn enabled(&self, metadata: &Metadata<'_>) -> bool {
        metadata.target() == "orm" && *metadata.level() == tracing::Level::WARN
    }

    fn event(&self, event: &Event<'_>) {
        let mut said = String::new();
        event.record(&mut Message(&mut said));
        self.0.lock().unwrap().push(said);
    }

    fn new_span(&self, _: &Attributes<'_>) -> Id {
        Id::from_u64(1)
    }

    fn record(&self, _: &Id, _: &Record<'_>) {}
    fn record_follows_from(&self, _: &Id, _: &Id) {}
    fn enter(&self, _: &Id) {}
    fn exit(&self, _: &Id) {}
}

/// Runs a test with the tables and a threshold for N+1.
pub(super) fn with_threshold(threshold: Option<u32>, test: impl AsyncFnOnce(Database, Warnings) -> Result<(), Error>) {
    let connect = async |url: String| {
        let builder = Database::builder().url(&url).warn_n_plus_one(threshold);
        builder.connect().await
    };
    let test = async |db| {
        let warnings = Warnings::default();
        test(db, warnings.clone()).with_subscriber(warnings).await.unwrap();
    };
    let key = concat!(module_path!(), "::tables");
    orm_embedded::run_test_with_setup(key, connect, tables, test);
}

/// The authors, whose rows an N+1 goes over.
pub(super) async fn all_authors(db: &dyn Executor) -> Result<Vec<Author>, Error> {
    Author::query().order_by(|a| a.id.asc()).all(db).await
}

//! The tables that most tests write to.

use chrono::{DateTime, Utc};
use orm::prelude::*;

#[derive(Model, Debug, Clone, PartialEq)]
#[orm(table = "users", has_many(posts: Post))]
pub(crate) struct User {
    #[orm(primary_key, generated)]
    pub(crate) id: i64,
    #[orm(unique)]
    pub(crate) email: String,
    pub(crate) name: String,
    #[orm(check = "age >= 0")]
    pub(crate) age: i32,
    pub(crate) nickname: Option<String>,
    #[orm(default = "'2020-02-02T00:00:00Z'")]
    pub(crate) created_at: DateTime<Utc>,
    #[orm(version)]
    pub(crate) version: i32,
}

#[derive(DbEnum, Debug, Clone, Copy, PartialEq)]
pub(crate) enum Status {
    Draft,
    Published,
}

#[derive(Model, Debug, Clone, PartialEq)]
#[orm(table = "posts", unique(author_id, title))]
pub(crate) struct Post {
    #[orm(primary_key, generated = always)]
    pub(crate) id: i64,
    #[orm(belongs_to(author: User), on_delete = restrict)]
    pub(crate) author_id: i64,
    pub(crate) title: String,
    #[orm(default = "'draft'")]
    pub(crate) status: Status,
    pub(crate) tags: Vec<String>,
    pub(crate) score: f64,
    #[orm(generated = "score * 2")]
    pub(crate) twice: f64,
}

/// A composite key whose order is not the fields'.
#[derive(Model, Debug, Clone, PartialEq)]
#[orm(table = "order_lines", primary_key(order_id, number))]
pub(crate) struct Line {
    pub(crate) number: i32,
    pub(crate) order_id: i64,
    pub(crate) text: Option<String>,
}

/// Only a key.
#[derive(Model, Debug, Clone, PartialEq)]
#[orm(table = "memberships")]
pub(crate) struct Membership {
    #[orm(primary_key)]
    pub(crate) group_id: i32,
    #[orm(primary_key)]
    pub(crate) user_id: i64,
}

/// The database fills every column.
#[derive(Model, Debug, Clone, PartialEq)]
#[orm(table = "tickets")]
pub(crate) struct Ticket {
    #[orm(primary_key, generated)]
    pub(crate) id: i64,
    #[orm(default = "7")]
    pub(crate) priority: i32,
}

#[derive(Model, Debug, Clone, PartialEq)]
#[orm(table = "jobs")]
pub(crate) struct Job {
    #[orm(primary_key, generated)]
    pub(crate) id: i64,
    pub(crate) worker: Option<i32>,
    #[orm(default = "0")]
    pub(crate) attempts: i32,
}

#[derive(DbType, Debug, Clone, PartialEq)]
pub(crate) struct Address {
    pub(crate) street: String,
    pub(crate) number: Option<i32>,
}

/// Enums and composites, alone and in arrays.
#[derive(Model, Debug, Clone, PartialEq)]
#[orm(table = "parcels")]
pub(crate) struct Parcel {
    #[orm(primary_key, generated)]
    pub(crate) id: i64,
    pub(crate) status: Option<Status>,
    pub(crate) to: Address,
    pub(crate) from: Option<Address>,
}

#[derive(Model, Debug, Clone, PartialEq)]
#[orm(table = "routes")]
pub(crate) struct Route {
    #[orm(primary_key, generated)]
    pub(crate) id: i64,
    pub(crate) stops: Vec<Address>,
    pub(crate) history: Option<Vec<Option<Status>>>,
}

/// An array column that COPY can write.
#[derive(Model, Debug, Clone, PartialEq)]
#[orm(table = "samples")]
pub(crate) struct Sample {
    #[orm(primary_key)]
    pub(crate) id: i32,
    pub(crate) label: Option<String>,
    pub(crate) values: Vec<Option<i64>>,
    #[orm(default = "41 + 1")]
    pub(crate) answer: Option<i32>,
}

/// Makes all of them; for `#[orm::test(setup = …)]`.
pub(crate) async fn tables(db: Database) -> Result<(), Error> {
    let tables = [
        User::TABLE,
        Post::TABLE,
        Line::TABLE,
        Membership::TABLE,
        Ticket::TABLE,
        Job::TABLE,
        Parcel::TABLE,
        Route::TABLE,
        Sample::TABLE,
    ];
    orm::create_all(&tables, &db).await
}

pub(crate) fn new_user(name: &str) -> NewUser {
    NewUser {
        email: format!("{name}@example.org"),
        name: name.to_owned(),
        age: 30,
        nickname: None,
    }
}

pub(crate) fn new_post(author: &User, title: &str) -> NewPost {
    NewPost {
        author_id: author.id,
        title: title.to_owned(),
        tags: Vec::new(),
        score: 1.5,
    }
}

pub(crate) fn new_users(rows: std::ops::Range<usize>) -> impl Iterator<Item = NewUser> {
    rows.map(|n| NewUser {
        age: n as i32,
        nickname: n.is_multiple_of(3).then(|| format!("nick{n}")),
        ..new_user(&format!("user{n}"))
    })
}

//! The tables, and what the hand-written side reads into and writes from.

use chrono::{DateTime, TimeZone, Utc};
use orm::Table;
use orm::prelude::*;

use crate::loads::{Article, Author, Remark};

/// All tables.
pub(crate) const TABLES: &[&Table] = &[
    User::TABLE,
    Reading::TABLE,
    Item::TABLE,
    Author::TABLE,
    Article::TABLE,
    Remark::TABLE,
];

/// Read by its key.
#[derive(Model, Debug, Clone, PartialEq)]
#[orm(table = "users")]
pub(crate) struct User {
    #[orm(primary_key, generated)]
    pub(crate) id: i64,
    pub(crate) email: String,
    pub(crate) name: String,
    pub(crate) age: i32,
    pub(crate) nickname: Option<String>,
    pub(crate) created_at: DateTime<Utc>,
}

/// Read ten thousand at a time: ten columns.
#[derive(Model, Debug, Clone, PartialEq)]
#[orm(table = "readings")]
pub(crate) struct Reading {
    #[orm(primary_key)]
    pub(crate) id: i64,
    pub(crate) sensor: i32,
    pub(crate) kind: i16,
    pub(crate) place: String,
    pub(crate) note: Option<String>,
    pub(crate) unit: String,
    pub(crate) valid: bool,
    pub(crate) value: f64,
    pub(crate) quality: Option<i32>,
    pub(crate) taken_at: DateTime<Utc>,
}

/// Inserted: five columns and a key that the database makes.
#[derive(Model, Debug, Clone, PartialEq)]
#[orm(table = "items")]
pub(crate) struct Item {
    #[orm(primary_key, generated)]
    pub(crate) id: i64,
    pub(crate) owner: i32,
    pub(crate) title: String,
    pub(crate) comment: Option<String>,
    pub(crate) price: f64,
    pub(crate) created_at: DateTime<Utc>,
}

/// A moment, different for each number.
fn moment(number: usize) -> DateTime<Utc> {
    Utc.timestamp_nanos(1_700_000_000_000_000_000 + number as i64 * 1_234_567_000)
}

pub(crate) fn users(count: usize) -> impl Iterator<Item = NewUser> {
    (0..count).map(|number| NewUser {
        email: format!("user{number}@example.org"),
        name: format!("User number {number}"),
        age: (number % 90) as i32,
        nickname: (number.is_multiple_of(2)).then(|| format!("nick{number}")),
        created_at: moment(number),
    })
}

pub(crate) fn readings(count: usize) -> impl Iterator<Item = NewReading> {
    (0..count).map(|number| NewReading {
        id: number as i64,
        sensor: (number % 100) as i32,
        kind: (number % 7) as i16,
        place: format!("Building {} floor {}", number % 40, number % 9),
        note: (number.is_multiple_of(3)).then(|| format!("checked by hand, number {number}")),
        unit: "kilowatt hour".to_owned(),
        valid: !number.is_multiple_of(5),
        value: number as f64 * 0.37,
        quality: (!number.is_multiple_of(4)).then_some((number % 10) as i32),
        taken_at: moment(number),
    })
}

pub(crate) fn items(count: usize) -> Vec<NewItem> {
    let item = |number: usize| NewItem {
        owner: (number % 1000) as i32,
        title: format!("The item with the number {number}"),
        comment: (number.is_multiple_of(2)).then(|| format!("comment {number}")),
        price: number as f64 * 1.19,
        created_at: moment(number),
    };
    (0..count).map(item).collect()
}

//! The models that most tests look at.

use orm_derive::Model;

#[derive(Model, Debug, Clone, PartialEq)]
#[orm(table = "users", has_many(posts: Post), has_one(card: Post, via = author_id))]
pub struct User {
    #[orm(primary_key, generated)]
    pub id: i64,
    #[orm(unique)]
    pub email: String,
    pub name: String,
    #[orm(check = "age >= 0", check = "age < 200")]
    pub age: i32,
    pub nickname: Option<String>,
    #[orm(default = "now()")]
    pub created_at: i64,
    #[orm(version)]
    pub version: i32,
}

#[derive(Model)]
#[orm(
    table = "posts",
    schema = "shop",
    index(author_id, score desc nulls last, where = "score > 0", include(title), name = "hot"),
    index(tags, using = "gin"),
    unique(author_id, title),
    unique(title, where = "score > 1"),
    unique(slug, include(title)),
    check = "length(title) > 0",
    check("score <= 10", name = "score_is_small")
)]
pub struct Post {
    #[orm(primary_key, generated = always)]
    pub id: i64,
    #[orm(belongs_to(author: User, inverse = posts), on_delete = cascade, on_update = restrict, index)]
    pub author_id: i64,
    #[orm(belongs_to(editor: User), on_delete = set_null)]
    pub editor_id: Option<i64>,
    #[orm(type = "varchar(80)")]
    pub title: String,
    #[orm(unique = "one_slug", column = "url_slug")]
    pub slug: String,
    pub tags: Vec<String>,
    pub score: f64,
    #[orm(generated = "score * 2")]
    pub double: f64,
}

#[derive(Model, Debug, PartialEq)]
#[orm(table = "lines", primary_key(number, order_id))]
pub struct Line {
    pub order_id: i64,
    pub number: i32,
    pub text: Option<String>,
}

#[derive(Model, Debug, PartialEq)]
#[orm(view = "adults", definition = "SELECT name, nickname FROM users")]
pub struct Adult {
    pub name: String,
    pub nickname: Option<String>,
}

#[derive(Model)]
#[orm(materialized_view = "totals", unique(name), index(total desc))]
pub struct Total {
    pub name: String,
    pub total: i64,
}

/// Only a key: nothing can be updated.
#[derive(Model)]
#[orm(table = "tags_of_posts")]
pub struct PostTag {
    #[orm(primary_key, belongs_to(post: Post))]
    pub post_id: i64,
    #[orm(primary_key)]
    pub tag: String,
}

/// The database fills every column.
#[derive(Model)]
#[orm(table = "tickets")]
pub struct Ticket {
    #[orm(primary_key, generated)]
    pub id: i64,
    #[orm(default = "now()")]
    pub at: i64,
}

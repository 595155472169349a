//! The models that most tests look at.

use orm_derive::Model;

#[derive(Model, Debug, Clone, PartialEq)]
#[orm(table = "users", has_many(posts: Post, via = author_id), has_one(card: Post, via = author_id))]
pub(crate) struct User {
    #[orm(primary_key, generated)]
    pub(crate) id: i64,
    #[orm(unique)]
    pub(crate) email: String,
    pub(crate) name: String,
    #[orm(check = "age >= 0", check = "age < 200")]
    pub(crate) age: i32,
    pub(crate) nickname: Option<String>,
    #[orm(default = "now()")]
    pub(crate) created_at: i64,
    #[orm(version)]
    pub(crate) version: i32,
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
#[allow(dead_code, reason = "only its metadata is looked at")]
pub(crate) struct Post {
    #[orm(primary_key, generated = always)]
    pub(crate) id: i64,
    #[orm(belongs_to(author: User, inverse = posts), on_delete = cascade, on_update = restrict, index)]
    pub(crate) author_id: i64,
    #[orm(belongs_to(editor: User), on_delete = set_null)]
    pub(crate) editor_id: Option<i64>,
    #[orm(type = "varchar(80)")]
    pub(crate) title: String,
    #[orm(unique = "one_slug", column = "url_slug")]
    pub(crate) slug: String,
    pub(crate) tags: Vec<String>,
    pub(crate) score: f64,
    #[orm(generated = "score * 2")]
    pub(crate) double: f64,
}

#[derive(Model, Debug, PartialEq)]
#[orm(table = "lines", primary_key(number, order_id))]
pub(crate) struct Line {
    pub(crate) order_id: i64,
    pub(crate) number: i32,
    pub(crate) text: Option<String>,
}

#[derive(Model, Debug, PartialEq)]
#[orm(view = "adults", definition = "SELECT name, nickname FROM users")]
pub(crate) struct Adult {
    pub(crate) name: String,
    pub(crate) nickname: Option<String>,
}

#[derive(Model)]
#[orm(materialized_view = "totals", unique(name), index(total desc))]
#[allow(dead_code, reason = "only its metadata is looked at")]
pub(crate) struct Total {
    pub(crate) name: String,
    pub(crate) total: i64,
}

/// Only a key: nothing can be updated.
#[derive(Model)]
#[orm(table = "tags_of_posts")]
#[allow(dead_code, reason = "only its metadata is looked at")]
pub(crate) struct PostTag {
    #[orm(primary_key, belongs_to(post: Post))]
    pub(crate) post_id: i64,
    #[orm(primary_key)]
    pub(crate) tag: String,
}

/// The database fills every column.
#[derive(Model)]
#[orm(table = "tickets")]
#[allow(dead_code, reason = "only its metadata is looked at")]
pub(crate) struct Ticket {
    #[orm(primary_key, generated)]
    pub(crate) id: i64,
    #[orm(default = "now()")]
    pub(crate) at: i64,
}

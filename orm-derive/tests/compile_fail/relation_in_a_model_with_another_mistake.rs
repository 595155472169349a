//! One mistake elsewhere: relations are there all the same.

use orm_derive::Model;

#[derive(Model)]
#[orm(table = "users", has_many(posts: Post), has_one(card: Card), indx(id))]
struct User {
    #[orm(primary_key, generated)]
    id: i64,
}

#[derive(Model)]
#[orm(table = "posts")]
struct Post {
    #[orm(primary_key, generated, colum = "key")]
    id: i64,
    #[orm(belongs_to(author: User, inverse = written))]
    author_id: Option<i64>,
}

#[derive(Model)]
#[orm(table = "cards")]
struct Card {
    #[orm(primary_key, belongs_to(owner: User))]
    user_id: i64,
}

fn main() {
    let user: fn(UserFields) -> orm::Expr<i64> = |u| u.posts().filter(|p| orm::Compare::eq(p.author().id, 1)).count();
    let card: fn(UserFields) = |u| drop((u.card().user_id, u.card().owner().written()));
    drop((user, card));
}

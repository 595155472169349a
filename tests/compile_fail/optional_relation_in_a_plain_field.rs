//! Posts with the name of their editor, which they may not have.

use orm::prelude::*;

#[derive(Model)]
#[orm(table = "users")]
struct User {
    #[orm(primary_key, generated)]
    id: i64,
    name: String,
}

#[derive(Model)]
#[orm(table = "posts")]
struct Post {
    #[orm(primary_key, generated)]
    id: i64,
    #[orm(belongs_to(author: User))]
    author_id: i64,
    #[orm(belongs_to(editor: User))]
    editor_id: Option<i64>,
    title: String,
}

#[derive(Row)]
struct Edited {
    title: String,
    editor: String,
}

async fn run(db: &Database) -> Result<Vec<Edited>, Error> {
    let rows = Post::query().select(|p| EditedExpr { title: p.title, editor: p.editor().name }).all(db).await?;
    Ok(rows)
}

fn main() {}

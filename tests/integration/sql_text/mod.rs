//! `sql!` and `sql_expr!`: text of the program's own, with values in braces.

mod captures;
mod expressions;
mod rows;

use orm::prelude::*;

#[derive(DbEnum, Debug, Clone, Copy, PartialEq)]
#[orm(name = "sql_mood")]
enum Mood {
    Calm,
    Glad,
}

#[derive(DbType, Debug, Clone, PartialEq)]
#[orm(name = "sql_address")]
struct Address {
    street: String,
    zip: Option<String>,
}

#[derive(Model, Debug, Clone, PartialEq)]
#[orm(table = "sql_users")]
struct User {
    #[orm(primary_key)]
    id: i64,
    #[orm(unique, column = "Email")]
    email: String,
    name: String,
    nickname: Option<String>,
    mood: Mood,
}

fn user(id: i64, name: &str, mood: Mood) -> NewUser {
    NewUser {
        id,
        email: format!("{name}@example.org"),
        name: name.to_owned(),
        nickname: (id == 2).then(|| "bobby".to_owned()),
        mood,
    }
}

/// Ann is calm, Bob and Cleo are glad.
async fn users(db: Database) -> Result<(), Error> {
    orm::create_all(&[User::TABLE], &db).await?;
    db.batch("CREATE TYPE sql_address AS (street text, zip text)").await?;
    let all = [
        user(1, "Ann", Mood::Calm),
        user(2, "Bob", Mood::Glad),
        user(3, "Cleo", Mood::Glad),
    ];
    User::insert_many(all).execute(&db).await?;
    Ok(())
}

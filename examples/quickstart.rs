//! Define a model, create its table, insert, query, update, delete.
//!
//! `cargo run --example quickstart` starts a private PostgreSQL unless `DATABASE_URL` names one, and leaves nothing
//! behind.

use orm::prelude::*;

#[derive(Model, Debug, Clone, PartialEq)]
#[orm(table = "users", index(age desc))]
struct User {
    #[orm(primary_key, generated)]
    id: i64,
    #[orm(unique)]
    email: String,
    name: String,
    #[orm(check = "age >= 0")]
    age: i32,
    nickname: Option<String>,
    #[orm(default = "now()")]
    created_at: chrono::DateTime<chrono::Utc>,
    #[orm(version)]
    version: i32,
}

fn new_user(name: &str, age: i32, nickname: Option<&str>) -> NewUser {
    NewUser {
        email: format!("{}@example.org", name.to_lowercase()),
        name: name.to_owned(),
        age,
        nickname: nickname.map(str::to_owned),
    }
}

#[tokio::main]
async fn main() -> Result<(), Box<dyn std::error::Error>> {
    let server = orm_embedded::TestDatabase::create().await?;
    let db = Database::connect(server.url()).await?;

    step("Create the table from the model");
    println!("{}", orm::create_all_sql(&[User::TABLE]).trim_end());
    orm::create_all(&[User::TABLE], &db).await?;

    step("Insert one row, and a batch in one statement");
    let ann = User::insert(new_user("Ann", 42, None)).one(&db).await?;
    println!("{ann:#?}");
    let batch = [
        new_user("Bob", 17, Some("bobby")),
        new_user("Cleo", 30, Some("cc")),
        new_user("Dan", 71, None),
    ];
    let stored = User::insert_many(batch).execute(&db).await?;
    println!("{stored} more rows");

    step("Query: what compiles is valid SQL");
    let adults = User::query()
        .filter(|u| u.age.ge(18))
        .order_by(|u| (u.age.desc(), u.id.asc()))
        .limit(20);
    println!("{}", adults.clone().to_sql()?);
    for user in adults.all(&db).await? {
        println!(
            "  {:>3}  {:<5} {}",
            user.age,
            user.name,
            user.nickname.as_deref().unwrap_or("(no nickname)")
        );
    }
    let shouted: Vec<(String, Option<i32>)> = User::query()
        .filter(|u| u.nickname.is_not_null())
        .order_by(|u| u.name.asc())
        .select(|u| (u.name.upper(), u.nickname.length()))
        .all(&db)
        .await?;
    println!("names in capitals, and how long the nickname is: {shouted:?}");

    step("Update: by query, and by key with an optimistic lock");
    let older = User::query().filter(|u| u.age.lt(18)).update(|u| u.age.set(u.age + 1));
    println!("{} row(s) are a year older", older.execute(&db).await?);
    let mut mine = ann.clone();
    mine.nickname = Some("annie".into());
    let mine = mine.update(&db).await?;
    println!("Ann is at version {}", mine.version);
    let mut stale = ann;
    stale.age = 99;
    println!("writing an old version is refused. {}", expect_error(stale.update(&db).await));

    step("Errors name the field");
    let twice = User::insert(new_user("Ann", 1, None)).one(&db).await;
    let error = expect_error(twice);
    println!("{error}");
    println!("is it the e-mail? {}", error.violates(|key: UserKeys| key.email));

    step("A transaction: all or nothing");
    let outcome = db
        .transaction(async |tx| {
            User::query().filter(|u| u.name.eq("Dan")).delete().execute(tx).await?;
            User::insert(new_user("Eve", -1, None)).one(tx).await
        })
        .await;
    println!("{}", expect_error(outcome));
    println!(
        "Dan is still there: {}",
        User::query().filter(|u| u.name.eq("Dan")).exists(&db).await?
    );

    step("Delete");
    let gone = User::query().filter(|u| u.age.gt(70)).delete().execute(&db).await?;
    println!("{gone} row deleted, {} left", User::query().count(&db).await?);
    Ok(())
}

fn step(title: &str) {
    println!("\n== {title}");
}

fn expect_error<T>(result: Result<T, Error>) -> Error {
    match result {
        Err(error) => error,
        Ok(_) => unreachable!("the database accepted what it must refuse"),
    }
}

//! Input from the web: a form with serde becomes a row, a JSON merge patch becomes an update, a cursor goes into a URL.

use orm::prelude::*;
use serde::Deserialize;

#[derive(Model, Debug)]
#[orm(table = "accounts")]
struct Account {
    #[orm(primary_key, generated)]
    id: AccountId,
    #[orm(unique)]
    email: String,
    name: String,
    phone: Option<String>,
    #[orm(default = "'free'")]
    plan: Plan,
}

/// A key of a type of its own: no other key can be mistaken for it.
#[derive(DbType, Debug, Clone, Copy, PartialEq, Eq)]
struct AccountId(i64);

/// A PostgreSQL enum; a label that this program does not know yet is kept.
#[derive(DbEnum, Debug, Clone, PartialEq, Eq)]
enum Plan {
    Free,
    Paid,
    #[orm(other)]
    Unknown(String),
}

/// What the sign-up form sends. A column that an insert must give and that is not here would be a compile error.
#[derive(Insert, Deserialize)]
#[orm(of = Account)]
struct SignUp {
    email: String,
    name: String,
    phone: Option<String>,
}

/// What the settings page sends: absent keeps a column, `null` empties it.
#[derive(Patch, Deserialize, Default)]
#[orm(of = Account)]
#[serde(default)]
struct Settings {
    name: Change<String>,
    phone: Change<Option<String>>,
}

#[tokio::main]
async fn main() -> Result<(), Box<dyn std::error::Error>> {
    let server = orm_embedded::TestDatabase::create().await?;
    let db = Database::connect(server.url()).await?;
    orm::create_all(&[Account::TABLE], &db).await?;

    let form: SignUp = serde_json::from_str(r#"{"email": "ann@example.org", "name": "Ann", "phone": "555"}"#)?;
    let ann = Account::insert(form).one(&db).await?;
    println!("signed up: {ann:?}");

    let again: SignUp = serde_json::from_str(r#"{"email": "ann@example.org", "name": "Anne"}"#)?;
    match Account::insert(again).one(&db).await {
        Err(error) if error.violates(|key: AccountKeys| key.email) => {
            println!("409: this e-mail has an account already")
        }
        other => println!("unexpected: {other:?}"),
    }

    for body in [r#"{"name": "Ann B."}"#, r#"{"phone": null}"#, "{}"] {
        let settings: Settings = serde_json::from_str(body)?;
        let account = Account::patch(ann.id, settings).one(&db).await?;
        println!("{body:>20} -> name {:?}, phone {:?}", account.name, account.phone);
    }

    let more = (1..=7).map(|n| NewAccount {
        email: format!("{n}@example.org"),
        name: format!("Number {n}"),
        phone: None,
    });
    Account::insert_many(more).execute(&db).await?;
    let mut query_string: Option<String> = None;
    loop {
        let cursor = query_string.as_deref().map(str::parse).transpose()?;
        let page = Account::query()
            .order_by(|a| a.name.asc())
            .page(3, cursor.as_ref(), &db)
            .await?;
        let names: Vec<&str> = page.items.iter().map(|account| account.name.as_str()).collect();
        println!("page: {names:?}");
        match page.next {
            Some(next) => query_string = Some(next.to_string()),
            None => break,
        }
    }
    let tampered = "not-a-cursor".parse::<orm::Cursor>().map(drop);
    println!("a forged cursor: {tampered:?}");
    let paid = Account::query().filter(|a| a.plan.eq(Plan::Paid)).count(&db).await?;
    println!("{paid} paying accounts");
    Ok(())
}

//! `#[derive(Insert)]`: structs that come from outside.

use orm::prelude::*;
use serde::Deserialize;

use super::models::{Address, NewSampleWith, NewTicketWith, NewUserWith, Parcel, Sample, Status, Ticket, User, tables};

#[derive(Insert, Deserialize)]
#[orm(of = User)]
struct SignUp {
    email: String,
    name: String,
    #[orm(into)]
    age: i16,
    #[serde(default)]
    nickname: Option<String>,
    #[orm(skip)]
    password: String,
}

#[derive(Insert, Deserialize)]
#[orm(of = User)]
struct Import {
    #[orm(with)]
    id: i64,
    #[orm(rename = "email")]
    address: String,
    name: String,
    age: i32,
    nickname: Option<String>,
}

#[derive(Insert)]
#[orm(of = Parcel)]
struct Home {
    status: Option<Status>,
    to: Address,
    #[orm(rename = "from")]
    sender: Option<Address>,
}

fn sign_up(name: &str) -> SignUp {
    let json = format!(r#"{{ "email": "{name}@x", "name": "{name}", "age": 20, "password": "hidden" }}"#);
    serde_json::from_str(&json).unwrap()
}

#[orm::test(setup = tables)]
async fn a_form_is_inserted_alone_and_in_batches(db: Database) -> Result<(), Error> {
    let form = sign_up("ann");
    assert_eq!(form.password, "hidden");
    let ann = User::insert(form).one(&db).await?;
    assert_eq!((ann.name.as_str(), ann.age, ann.nickname), ("ann", 20, None));
    let many = (0..50).map(|n| sign_up(&format!("user{n}")));
    assert_eq!(User::insert_many(many).execute(&db).await?, 50);
    let again = User::insert(sign_up("ann")).on_conflict(|key| key.email).do_nothing();
    assert_eq!(again.execute(&db).await?, 0);
    Ok(())
}

#[orm::test(setup = tables)]
async fn a_struct_may_give_what_the_database_would_make(db: Database) -> Result<(), Error> {
    let rows: Vec<Import> = serde_json::from_str(
        r#"[{ "id": 7, "address": "a", "name": "a", "age": 1, "nickname": null },
            { "id": 5, "address": "b", "name": "b", "age": 2, "nickname": "bb" }]"#,
    )
    .unwrap();
    let users = User::insert_many(rows).all(&db).await?;
    let seen: Vec<_> = users
        .iter()
        .map(|user| (user.id, user.email.as_str(), user.nickname.as_deref()))
        .collect();
    assert_eq!(seen, [(7, "a", None), (5, "b", Some("bb"))]);
    let to = Address {
        street: "road".into(),
        number: None,
    };
    let home = Home {
        status: None,
        to: to.clone(),
        sender: None,
    };
    assert_eq!(Parcel::insert(home).one(&db).await?.to, to);
    Ok(())
}

/// What is absent is left to the default; an `Option` column is set to NULL by its own `None`.
#[derive(Insert, Deserialize, Default)]
#[orm(of = Sample)]
#[serde(default)]
struct SampleForm {
    id: i32,
    label: Option<String>,
    values: Vec<Option<i64>>,
    #[orm(with)]
    answer: Change<Option<i32>>,
}

#[derive(Insert, Deserialize, Default)]
#[orm(of = Ticket)]
#[serde(default)]
struct TicketForm {
    #[orm(with)]
    priority: Option<i32>,
    #[orm(with)]
    id: Change<i64>,
}

#[derive(Insert)]
#[orm(of = Sample)]
struct Answered {
    id: i32,
    label: Option<String>,
    values: Vec<Option<i64>>,
    #[orm(with)]
    answer: Option<i32>,
}

#[orm::test(setup = tables)]
async fn what_a_form_leaves_out_is_the_default(db: Database) -> Result<(), Error> {
    let forms: Vec<TicketForm> =
        serde_json::from_str(r#"[{}, { "priority": 3 }, { "priority": 4, "id": 50 }]"#).unwrap();
    let tickets = Ticket::insert_many(forms).all(&db).await?;
    let seen: Vec<_> = tickets.iter().map(|t| (t.id, t.priority)).collect();
    assert_eq!(seen, [(1, 7), (2, 3), (50, 4)]);
    let sample = |json| serde_json::from_str::<SampleForm>(json).unwrap();
    let default = Sample::insert(sample(r#"{ "id": 1 }"#)).one(&db).await?;
    let null = Sample::insert(sample(r#"{ "id": 2, "answer": null }"#))
        .one(&db)
        .await?;
    let given = Sample::insert(sample(r#"{ "id": 3, "answer": 5 }"#)).one(&db).await?;
    assert_eq!((default.answer, null.answer, given.answer), (Some(42), None, Some(5)));
    // A field of the column's own type is that value.
    let answered = Answered {
        id: 4,
        label: None,
        values: Vec::new(),
        answer: None,
    };
    assert_eq!(Sample::insert(answered).one(&db).await?.answer, None);
    Ok(())
}

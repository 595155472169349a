//! The table that most tests read.

use orm::prelude::*;

#[derive(Model, Debug, Clone, PartialEq)]
#[orm(table = "people")]
pub(crate) struct Person {
    #[orm(primary_key)]
    pub(crate) id: i32,
    pub(crate) name: String,
    pub(crate) nickname: Option<String>,
    pub(crate) age: i32,
    pub(crate) height: Option<f64>,
    pub(crate) active: bool,
    pub(crate) checked: Option<bool>,
    pub(crate) tags: Vec<String>,
}

fn person(id: i32, name: &str, nickname: Option<&str>, age: i32, height: Option<f64>) -> NewPerson {
    NewPerson {
        id,
        name: name.to_owned(),
        nickname: nickname.map(str::to_owned),
        age,
        height,
        active: id % 2 == 1,
        checked: [None, Some(true), Some(false)][id as usize % 3],
        tags: (0..id).map(|tag| format!("t{tag}")).collect(),
    }
}

/// The table with five people.
pub(crate) async fn people(db: Database) -> Result<(), Error> {
    orm::create_all(&[Person::TABLE], &db).await?;
    let all = [
        person(1, "Ann", None, 42, Some(1.7)),
        person(2, "Bob", Some("bobby"), 17, None),
        person(3, "Cleo", Some("50%_off\\"), 30, Some(1.6)),
        person(4, "Dan", Some("Ann"), 71, Some(f64::NAN)),
        person(5, "Élodie", Some(""), 30, Some(-0.0)),
    ];
    Person::insert_many(all).execute(&db).await?;
    Ok(())
}

/// The ids of the rows that a query finds, in order.
pub(crate) async fn ids(query: orm::Query<Person>, db: &Database) -> Vec<i32> {
    query
        .order_by(|p| p.id.asc())
        .select(|p| p.id)
        .all(db)
        .await
        .expect("the server takes the query")
}

//! Queries that are built once.

use std::sync::Mutex;

use orm::prelude::*;
use orm::{ErrorKind, Prepared, Query};

use super::people::{Person, people};
use crate::support::Recorder;

static OLDER: Prepared<(i32, bool), Query<Person>> = Prepared::new(|(age, active)| {
    let query = Person::query().filter(|p| p.age.gt(age) & p.active.eq(active) & p.age.ne(age));
    query.order_by(|p| p.id.asc())
});

#[orm::test(setup = people)]
async fn a_prepared_query_finds_what_its_values_say(db: Database) {
    let everyone = Person::query().order_by(|p| p.id.asc()).all(&db).await.unwrap();
    let recorder = Recorder::new(&db);
    for age in [-1, 17, 30, 41, 100] {
        for active in [true, false] {
            let found = OLDER.bind((age, active)).all(&recorder).await.unwrap();
            let expected = everyone.iter().filter(|p| p.age > age && p.active == active);
            // A NaN among the heights equals nothing.
            let ids = |p: &Person| p.id;
            assert!(found.iter().map(ids).eq(expected.map(ids)), "{age}, {active}");
        }
    }
    let texts = recorder.take();
    assert_eq!(texts.len(), 10);
    assert!(texts.iter().all(|text| *text == texts[0]), "one text for all values");
    assert!(
        texts[0].contains(r#""age" > $1 AND "active" = $2 AND "age" <> $1"#),
        "{}",
        texts[0]
    );
}

#[orm::test(setup = people)]
async fn lists_and_texts_are_given_as_in_any_query(db: Database) {
    let named = Prepared::new(
        |(ids, prefix): (orm::Placeholder<Vec<i32>>, orm::Placeholder<String>)| {
            let query = Person::query().filter(|p| p.id.in_(ids) & p.name.ge(prefix));
            query.select(|p| p.id).order_by(|p| p.id.asc())
        },
    );
    let all = Person::query().order_by(|p| p.id.asc()).select(|p| (p.id, p.name));
    let all = all.all(&db).await.unwrap();
    let (ids, from) = ([1, 2, 3], "B");
    let found = named.bind((&ids[..], from)).all(&db).await.unwrap();
    let collated = Person::query().filter(|p| p.id.in_(ids) & p.name.ge(from));
    let expected = collated
        .select(|p| p.id)
        .order_by(|p| p.id.asc())
        .all(&db)
        .await
        .unwrap();
    assert_eq!(found, expected);
    assert!(all.len() > found.len());
}

static SLOT: Mutex<Option<orm::Placeholder<i32>>> = Mutex::new(None);

#[orm::test(setup = people)]
async fn a_parameter_of_a_prepared_query_is_refused_in_another_one(db: Database) {
    let query: Prepared<(i32,), Query<Person>> = Prepared::new(|(age,)| {
        *SLOT.lock().unwrap() = Some(age);
        Person::query().filter(|p| p.age.eq(age))
    });
    let _ = query.bind((1,)).to_sql().unwrap();
    let age = SLOT.lock().unwrap().unwrap();
    let error = Person::query().filter(|p| p.age.eq(age)).all(&db).await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::InvalidQuery);
}

#[orm::test(setup = people)]
async fn arrays_are_bound_to_lists(db: Database) {
    let found: Prepared<(Vec<i32>, Vec<String>), Query<Person>> =
        Prepared::new(|(ids, names)| Person::query().filter(|p| p.id.in_(ids) | p.name.in_(names)));
    let (ids, names) = ([1, 2], ["Cleo"]);
    assert_eq!(found.bind((ids, names)).all(&db).await.unwrap().len(), 3);
    assert_eq!(found.bind((&ids, &names)).all(&db).await.unwrap().len(), 3);
    assert_eq!(found.bind((&ids[..], &names[..])).all(&db).await.unwrap().len(), 3);
    assert_eq!(found.bind((vec![1], names.to_vec())).all(&db).await.unwrap().len(), 2);
}

//! ORDER BY, LIMIT, OFFSET, DISTINCT, SELECT.

use orm::Order;
use orm::prelude::*;

use super::people::{Person, PersonFields, ids, people};
use crate::support::Recorder;

async fn ordered<O: orm::Orders<Phase = orm::PerRow>>(db: &Database, order: fn(PersonFields) -> O) -> Vec<i32> {
    let query = Person::query().order_by(order).select(|p| p.id);
    query.all(db).await.expect("the server takes the query")
}

#[orm::test(setup = people)]
async fn an_order_has_directions_and_places_for_nulls(db: Database) {
    assert_eq!(ordered(&db, |p| p.age.asc().nulls_first()).await[0], 2);
    assert_eq!(ordered(&db, |p| (p.age.asc(), p.id.desc())).await, [2, 5, 3, 1, 4]);
    assert_eq!(ordered(&db, |p| (p.age.desc(), p.id.asc())).await, [4, 1, 3, 5, 2]);
    // NaN is above all numbers; NULLs come last, and first when descending, unless told otherwise.
    assert_eq!(ordered(&db, |p| p.height.asc()).await, [5, 3, 1, 4, 2]);
    assert_eq!(ordered(&db, |p| p.height.desc()).await, [2, 4, 1, 3, 5]);
    assert_eq!(ordered(&db, |p| p.height.asc().nulls_first()).await, [2, 5, 3, 1, 4]);
    assert_eq!(ordered(&db, |p| p.height.desc().nulls_last()).await, [4, 1, 3, 5, 2]);
    assert_eq!(ordered(&db, |p| p.height.asc().reverse()).await, [2, 4, 1, 3, 5]);
    assert_eq!(
        ordered(&db, |p| p.height.asc().nulls_first().reverse()).await,
        [4, 1, 3, 5, 2]
    );
    assert_eq!(
        ordered(&db, |p| (p.name.length().desc(), (p.age + 1).asc())).await,
        [5, 3, 2, 1, 4]
    );
}

#[orm::test(setup = people)]
async fn order_by_appends(db: Database) {
    let query = Person::query().order_by(|p| p.active.asc()).order_by(|p| p.age.desc());
    let found = query.select(|p| p.id).order_by(|p| p.id.desc()).all(&db).await.unwrap();
    assert_eq!(found, [4, 2, 1, 5, 3]);
}

/// What a user may sort by.
#[derive(Clone, Copy)]
enum SortBy {
    Name,
    Age,
    Nickname,
}

impl SortBy {
    fn order(self, p: PersonFields, descending: bool) -> Order {
        let order = match self {
            Self::Name => p.name.asc(),
            Self::Age => p.age.asc(),
            Self::Nickname => p.nickname.asc(),
        };
        if descending { order.reverse() } else { order }
    }
}

#[orm::test(setup = people)]
async fn a_user_chooses_the_order_at_run_time(db: Database) {
    let sorted = |chosen: Vec<(SortBy, bool)>| {
        let query = Person::query().order_by(|p| {
            let terms = chosen.iter().map(|(by, descending)| by.order(p, *descending));
            terms.collect::<Vec<Order>>()
        });
        let db = &db;
        async move { query.order_by(|p| p.id.asc()).select(|p| p.id).all(db).await.unwrap() }
    };
    assert_eq!(sorted(vec![]).await, [1, 2, 3, 4, 5]);
    assert_eq!(
        sorted(vec![(SortBy::Age, false), (SortBy::Name, true)]).await,
        [2, 5, 3, 1, 4]
    );
    assert_eq!(sorted(vec![(SortBy::Nickname, true)]).await[0], 1);
}

#[orm::test(setup = people)]
async fn limit_and_offset_cut_the_rows_and_the_last_call_counts(db: Database) {
    let query = || Person::query().order_by(|p| p.id.asc()).select(|p| p.id);
    assert_eq!(query().limit(2).all(&db).await.unwrap(), [1, 2]);
    assert_eq!(
        query().limit(9).limit(2).offset(1).offset(3).all(&db).await.unwrap(),
        [4, 5]
    );
    let whole = Person::query().limit(9).limit(1).offset(9).offset(1);
    assert_eq!(whole.order_by(|p| p.id.asc()).one(&db).await.unwrap().id, 2);
    assert_eq!(query().limit(0).all(&db).await.unwrap(), [] as [i32; 0]);
    assert_eq!(query().offset(5).all(&db).await.unwrap(), [] as [i32; 0]);
    assert_eq!(query().limit(u64::MAX).all(&db).await.unwrap().len(), 5);
    assert_eq!(query().offset(u64::MAX).all(&db).await.unwrap().len(), 0);
    assert_eq!(query().limit(i64::MAX as u64).offset(4).all(&db).await.unwrap(), [5]);
}

#[orm::test(setup = people)]
async fn distinct_gives_each_row_once(db: Database) {
    let ages = Person::query().select(|p| p.age).distinct().order_by(|p| p.age.desc());
    assert_eq!(ages.clone().all(&db).await.unwrap(), [71, 42, 30, 17]);
    assert_eq!(ages.clone().count(&db).await.unwrap(), 4);
    assert_eq!(ages.clone().limit(2).offset(1).all(&db).await.unwrap(), [42, 30]);
    assert_eq!(ages.clone().limit(2).offset(3).count(&db).await.unwrap(), 1);
    assert_eq!(ages.clone().filter(|p| p.age.eq(30)).one(&db).await.unwrap(), 30);
    let whole = Person::query().distinct().order_by(|p| p.height.asc());
    assert_eq!(whole.all(&db).await.unwrap().len(), 5);
    let later = Person::query()
        .distinct()
        .select(|p| (p.active, p.age.ge(30)))
        .order_by(|p| (p.active.asc(), p.age.ge(30).asc()));
    assert_eq!(
        later.all(&db).await.unwrap(),
        [(false, false), (false, true), (true, true)]
    );
}

#[orm::test(setup = people)]
async fn whether_a_distinct_row_exists_behind_an_offset_counts_distinct_rows(db: Database) {
    let thirty = || Person::query().filter(|p| p.age.eq(30)).select(|p| p.age).distinct();
    assert!(thirty().exists(&db).await.unwrap());
    assert_eq!(thirty().offset(1).all(&db).await.unwrap(), [] as [i32; 0]);
    assert!(!thirty().offset(1).exists(&db).await.unwrap());
    let first = Person::query().filter(|p| p.age.eq(30)).distinct_on(|p| p.age);
    assert!(!first.offset(1).exists(&db).await.unwrap());
}

#[orm::test(setup = people)]
async fn a_distinct_query_is_ordered_by_an_expression_with_values(db: Database) {
    let rest = Person::query()
        .select(|p| p.age % 10)
        .distinct()
        .order_by(|p| (p.age % 10).desc());
    assert_eq!(rest.all(&db).await.unwrap(), [7, 2, 1, 0]);
    let other = Person::query()
        .select(|p| p.age % 10)
        .distinct()
        .order_by(|p| (p.age % 7).desc());
    let error = other.all(&db).await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::InvalidQuery, "{error}");
}

#[orm::test(setup = people)]
async fn distinct_on_takes_the_first_row_of_each_key(db: Database) {
    let youngest = Person::query()
        .distinct_on(|p| p.active)
        .order_by(|p| (p.active.desc(), p.age.asc(), p.id.desc()));
    let found: Vec<i32> = youngest
        .all(&db)
        .await
        .unwrap()
        .iter()
        .map(|person| person.id)
        .collect();
    assert_eq!(found, [5, 2]);
    // The keys are put before the order.
    let oldest = Person::query()
        .distinct_on(|p| p.active)
        .order_by(|p| p.age.desc())
        .select(|p| p.id);
    assert_eq!(oldest.all(&db).await.unwrap(), [4, 1]);
    let two = Person::query()
        .distinct_on(|p| (p.age, p.active))
        .order_by(|p| (p.active.desc(), p.age.desc(), p.name.asc()));
    let found = two.select(|p| p.id).all(&db).await.unwrap();
    assert_eq!(found, [1, 3, 4, 2]);
    let count = Person::query().select(|p| p.id).distinct_on(|p| p.active);
    assert_eq!(count.count(&db).await.unwrap(), 2);
}

#[orm::test(setup = people)]
async fn distinct_on_takes_expressions_with_values(db: Database) {
    let first = Person::query()
        .distinct_on(|p| p.age % 10)
        .order_by(|p| ((p.age % 10).desc(), p.id.asc()));
    assert_eq!(first.select(|p| p.id).all(&db).await.unwrap(), [2, 1, 4, 3]);
    // Another value is another expression.
    let first = Person::query()
        .distinct_on(|p| p.age % 10)
        .order_by(|p| (p.age % 2).desc());
    assert_eq!(first.select(|p| p.age % 10).all(&db).await.unwrap(), [0, 1, 2, 7]);
}

/// `"age"::text` is selected as `age`, and a mere name in ORDER BY is first looked for among what is selected.
#[orm::test(setup = people)]
async fn an_order_is_by_the_models_columns_whatever_is_selected(db: Database) {
    db.batch("INSERT INTO people SELECT 6, name, nickname, 9, height, active, checked, tags FROM people WHERE id = 1")
        .await
        .unwrap();
    let ages = || Person::query().filter(|p| p.id.ne(5)).order_by(|p| p.age.asc());
    let expected = ["9", "17", "30", "42", "71"];
    assert_eq!(
        ages().select(|p| p.age.cast::<String>()).all(&db).await.unwrap(),
        expected
    );
    let page = ages()
        .select(|p| p.age.cast::<String>())
        .page(3, None, &db)
        .await
        .unwrap();
    assert_eq!(page.items, expected[..3]);
    let first = ages().select(|p| p.age.cast::<String>()).distinct_on(|p| p.age);
    assert_eq!(first.all(&db).await.unwrap(), expected);
    let pairs = ages().select(|p| (p.age.cast::<String>(), p.age)).distinct();
    let pairs = pairs.all(&db).await.unwrap();
    assert_eq!(pairs.iter().map(|(text, _)| text).collect::<Vec<_>>(), expected);
}

#[derive(Row, Debug, PartialEq)]
struct Card {
    label: String,
    name: String,
    maybe: Option<i32>,
    truth: bool,
    #[orm(nested)]
    whole: Person,
}

#[orm::test(setup = people)]
async fn a_struct_is_selected_by_the_names_of_its_fields(db: Database) {
    let card = Person::query().filter(|p| p.id.eq(2)).select(|p| CardExpr {
        whole: p,
        truth: p.age.lt(18),
        maybe: p.age,
        name: p.name,
        label: p.name.upper(),
    });
    let card = card.one(&db).await.unwrap();
    let whole = Person::find(2).one(&db).await.unwrap();
    let expected = Card {
        label: "BOB".into(),
        name: "Bob".into(),
        maybe: Some(17),
        truth: true,
        whole,
    };
    assert_eq!(card, expected);
}

#[orm::test(setup = people)]
async fn columns_expressions_values_models_and_tuples_are_selected(db: Database) {
    let bob = || Person::query().filter(|p| p.id.eq(2));
    assert_eq!(
        bob().select(|p| p.nickname).one(&db).await.unwrap(),
        Some("bobby".into())
    );
    assert_eq!(
        bob().select(|p| (p.checked, p.active)).one(&db).await.unwrap(),
        (Some(false), false)
    );
    assert_eq!(
        bob().select(|p| (p.height, p.tags)).one(&db).await.unwrap(),
        (None, vec!["t0".into(), "t1".into()])
    );
    let flags = bob().select(|p| {
        (
            p.age.gt(3),
            !p.active,
            p.nickname.eq("x"),
            p.height.gt(1.0),
            p.height.is_null(),
        )
    });
    assert_eq!(flags.one(&db).await.unwrap(), (true, true, Some(false), None, true));
    assert_eq!(bob().select(|_| orm::value(7_i64)).one(&db).await.unwrap(), 7);
    assert_eq!(bob().select(|_| orm::value(None::<i64>)).one(&db).await.unwrap(), None);
    let (person, (next, name)) = bob().select(|p| (p, (p.age + 1, p.name))).one(&db).await.unwrap();
    assert_eq!((person.id, next, &*name), (2, 18, "Bob"));
    let twelve = bob().select(|p| (p.id, p.id, p.id, p.id, p.id, p.id, p.id, p.id, p.id, p.id, p.id, p.name));
    assert_eq!(twelve.one(&db).await.unwrap().11, "Bob");
    assert_eq!(bob().select(|p| p.age.nullable()).one(&db).await.unwrap(), Some(17));
}

#[orm::test(setup = people)]
async fn a_selected_query_is_still_filtered_and_ordered_by_the_models_columns(db: Database) {
    let mut names = Person::query().select(|p| p.name);
    if true {
        names = names.filter(|p| p.age.ge(30)).order_by(|p| p.age.desc()).limit(2);
    }
    assert_eq!(names.all(&db).await.unwrap(), ["Dan", "Ann"]);
}

#[orm::test(setup = people)]
async fn a_column_of_another_query_is_refused_before_sending(db: Database) {
    let mut carried = None;
    let _ = Person::query().filter(|p| {
        carried = Some(p);
        p.active
    });
    let stolen = carried.expect("the closure ran");
    let recorder = Recorder::new(&db);
    let query = || Person::query();
    let errors = [
        query().filter(|_| stolen.active).all(&recorder).await.unwrap_err(),
        query()
            .filter(|p| p.age.eq(stolen.age))
            .count(&recorder)
            .await
            .unwrap_err(),
        query()
            .order_by(|_| stolen.age.asc())
            .first(&recorder)
            .await
            .unwrap_err(),
        query()
            .select(|_| stolen.age)
            .one(&recorder)
            .await
            .map(drop)
            .unwrap_err(),
        query().filter(|_| stolen.active).exists(&recorder).await.unwrap_err(),
        query()
            .distinct_on(|_| stolen.age)
            .all(&recorder)
            .await
            .map(drop)
            .unwrap_err(),
        query()
            .select(|p| p.age)
            .distinct()
            .order_by(|_| stolen.age.asc())
            .all(&recorder)
            .await
            .map(drop)
            .unwrap_err(),
        query()
            .order_by(|_| stolen.age.asc())
            .page(2, None, &recorder)
            .await
            .map(drop)
            .unwrap_err(),
        query()
            .filter(|_| stolen.active)
            .stream(&recorder)
            .try_next()
            .await
            .map(drop)
            .unwrap_err(),
        query()
            .filter(|_| stolen.active)
            .explain()
            .text(&recorder)
            .await
            .map(drop)
            .unwrap_err(),
        query().filter(|_| stolen.active).to_sql().map(drop).unwrap_err(),
    ];
    for error in errors {
        assert_eq!(error.kind(), ErrorKind::InvalidQuery);
        assert!(
            error
                .to_string()
                .contains("of `Person` is used in a query of `Person` that does not have it in scope"),
            "{error}"
        );
    }
    assert_eq!(recorder.take(), [] as [&str; 0]);
}

#[orm::test(setup = people)]
async fn a_clone_of_a_query_is_independent(db: Database) {
    let adults = Person::query().filter(|p| p.age.ge(18));
    let active = adults.clone().filter(|p| p.active);
    assert_eq!(ids(adults, &db).await, [1, 3, 4, 5]);
    assert_eq!(ids(active, &db).await, [1, 3, 5]);
}

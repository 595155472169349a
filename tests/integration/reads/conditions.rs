//! Filters: comparisons, AND, OR, NOT, NULLs, lists, and what may stand on either side.

use std::borrow::Cow;
use std::collections::{BTreeSet, HashSet};
use std::sync::Arc;

use orm::prelude::*;

use super::people::{Person, PersonFields, ids, people};
use crate::support::Recorder;

#[orm::test(setup = people)]
async fn comparisons_select_the_rows_for_which_they_are_true(db: Database) {
    let age = |condition: fn(PersonFields) -> orm::Expr<bool>| ids(Person::query().filter(condition), &db);
    assert_eq!(age(|p| p.age.eq(30)).await, [3, 5]);
    assert_eq!(age(|p| p.age.ne(30)).await, [1, 2, 4]);
    assert_eq!(age(|p| p.age.lt(30)).await, [2]);
    assert_eq!(age(|p| p.age.le(30)).await, [2, 3, 5]);
    assert_eq!(age(|p| p.age.gt(42)).await, [4]);
    assert_eq!(age(|p| p.age.ge(42)).await, [1, 4]);
    assert_eq!(age(|p| p.age.between(17, 30)).await, [2, 3, 5]);
    assert_eq!(age(|p| p.age.not_between(17, 30)).await, [1, 4]);
    assert_eq!(age(|p| p.age.between(30, 17)).await, [] as [i32; 0]);
}

#[orm::test(setup = people)]
async fn without_a_filter_all_rows_are_selected_and_two_filters_are_joined_by_and(db: Database) {
    assert_eq!(ids(Person::query(), &db).await, [1, 2, 3, 4, 5]);
    let both = Person::query().filter(|p| p.age.eq(30)).filter(|p| p.name.eq("Cleo"));
    assert_eq!(ids(both, &db).await, [3]);
    // An OR in a filter stays together.
    let either = Person::query()
        .filter(|p| p.age.eq(30) | p.age.eq(17))
        .filter(|p| p.id.gt(2) | p.id.lt(1));
    assert_eq!(ids(either, &db).await, [3, 5]);
}

#[orm::test(setup = people)]
async fn and_or_and_not_bind_as_rust_writes_them(db: Database) {
    let found = |condition: fn(PersonFields) -> orm::Expr<bool>| ids(Person::query().filter(condition), &db);
    assert_eq!(found(|p| p.id.eq(1) | p.id.eq(2) & p.age.eq(0)).await, [1]);
    assert_eq!(found(|p| (p.id.eq(1) | p.id.eq(2)) & p.age.eq(17)).await, [2]);
    assert_eq!(found(|p| !p.id.eq(1) & p.age.gt(30)).await, [4]);
    assert_eq!(found(|p| !(p.id.eq(1) | p.age.gt(30))).await, [2, 3, 5]);
    assert_eq!(found(|p| !!p.id.eq(1)).await, [1]);
    assert_eq!(found(|p| p.active & !p.age.eq(30)).await, [1]);
    assert_eq!(found(|p| !p.active).await, [2, 4]);
    assert_eq!(found(|p| p.active | p.id.eq(2)).await, [1, 2, 3, 5]);
    assert_eq!(found(|p| (p.age.gt(20)).eq(p.active)).await, [1, 2, 3, 5]);
    assert_eq!(found(|p| p.active.eq(false) & p.active.ne(true)).await, [2, 4]);
}

#[orm::test(setup = people)]
async fn a_bool_column_is_a_condition_and_null_counts_as_false(db: Database) {
    assert_eq!(ids(Person::query().filter(|p| p.active), &db).await, [1, 3, 5]);
    assert_eq!(ids(Person::query().filter(|p| p.checked), &db).await, [1, 4]);
    assert_eq!(ids(Person::query().filter(|p| !p.checked), &db).await, [2, 5]);
    assert_eq!(
        ids(Person::query().filter(|p| p.checked | p.active), &db).await,
        [1, 3, 4, 5]
    );
    assert_eq!(
        ids(Person::query().filter(|p| p.checked.is_null() & p.active), &db).await,
        [3]
    );
}

#[orm::test(setup = people)]
async fn null_is_found_by_is_null_and_by_no_comparison(db: Database) {
    assert_eq!(ids(Person::query().filter(|p| p.nickname.is_null()), &db).await, [1]);
    assert_eq!(
        ids(Person::query().filter(|p| p.nickname.is_not_null()), &db).await,
        [2, 3, 4, 5]
    );
    assert_eq!(ids(Person::query().filter(|p| p.nickname.eq("bobby")), &db).await, [2]);
    assert_eq!(
        ids(Person::query().filter(|p| p.nickname.ne("bobby")), &db).await,
        [3, 4, 5]
    );
    assert_eq!(
        ids(Person::query().filter(|p| !p.nickname.eq("bobby")), &db).await,
        [3, 4, 5]
    );
    let distinct = |other: Option<&str>| {
        let other = other.map(str::to_owned);
        Person::query().filter(|p| p.nickname.is_distinct_from(other))
    };
    assert_eq!(ids(distinct(Some("bobby")), &db).await, [1, 3, 4, 5]);
    assert_eq!(ids(distinct(None), &db).await, [2, 3, 4, 5]);
    let same = |other: Option<&str>| {
        let other = other.map(str::to_owned);
        Person::query().filter(|p| p.nickname.is_not_distinct_from(other))
    };
    assert_eq!(ids(same(Some("")), &db).await, [5]);
    assert_eq!(ids(same(None), &db).await, [1]);
    let columns = Person::query().filter(|p| p.nickname.is_not_distinct_from(p.name));
    assert_eq!(ids(columns, &db).await, [] as [i32; 0]);
    // The nullness of a comparison is a value, too.
    let unknown = Person::query().filter(|p| p.nickname.eq(p.name).is_null());
    assert_eq!(ids(unknown, &db).await, [1]);
}

#[orm::test(setup = people)]
async fn lists_are_one_parameter_and_an_empty_one_is_false(db: Database) {
    let none: [i32; 0] = [];
    assert_eq!(ids(Person::query().filter(|p| p.id.in_([1, 3, 99])), &db).await, [1, 3]);
    assert_eq!(
        ids(Person::query().filter(|p| p.id.not_in(&[1, 3])), &db).await,
        [2, 4, 5]
    );
    assert_eq!(ids(Person::query().filter(|p| p.id.in_(none)), &db).await, none);
    assert_eq!(
        ids(Person::query().filter(|p| p.id.not_in(none)), &db).await,
        [1, 2, 3, 4, 5]
    );
    assert_eq!(
        ids(Person::query().filter(|p| p.nickname.in_(["Ann", ""])), &db).await,
        [4, 5]
    );
    // A NULL is neither in a list nor outside of it, but of an empty list all rows are outside.
    assert_eq!(
        ids(Person::query().filter(|p| p.nickname.not_in(["Ann", ""])), &db).await,
        [2, 3]
    );
    assert_eq!(
        ids(Person::query().filter(|p| p.nickname.not_in(Vec::<String>::new())), &db).await,
        [1, 2, 3, 4, 5]
    );
    let statement = Person::query().filter(|p| p.id.in_(vec![1; 1000])).to_sql().unwrap();
    assert_eq!(statement.params.len(), 1);
}

#[orm::test(setup = people)]
async fn any_vector_slice_array_or_set_of_values_or_references_is_a_list(db: Database) {
    let names = vec!["Ann".to_owned(), "Dan".to_owned()];
    let found = |query| ids(query, &db);
    let query = Person::query;
    let slice: &[String] = &names;
    assert_eq!(found(query().filter(|p| p.name.in_(&names))).await, [1, 4]);
    assert_eq!(found(query().filter(|p| p.name.in_(slice))).await, [1, 4]);
    assert_eq!(found(query().filter(|p| p.name.in_(["Ann", "Dan"]))).await, [1, 4]);
    let references: Vec<&str> = names.iter().map(String::as_str).collect();
    assert_eq!(found(query().filter(|p| p.name.in_(references))).await, [1, 4]);
    let references: Vec<&String> = names.iter().collect();
    assert_eq!(found(query().filter(|p| p.name.in_(references))).await, [1, 4]);
    let set: HashSet<String> = names.iter().cloned().collect();
    assert_eq!(found(query().filter(|p| p.name.in_(&set))).await, [1, 4]);
    assert_eq!(
        found(query().filter(|p| p.id.in_(BTreeSet::from([1, 4])))).await,
        [1, 4]
    );
    assert_eq!(found(query().filter(|p| p.id.in_(&[1, 4][..]))).await, [1, 4]);
    assert_eq!(found(query().filter(|p| p.name.in_(names))).await, [1, 4]);
}

#[orm::test(setup = people)]
async fn values_columns_and_expressions_stand_on_either_side(db: Database) {
    let owned = String::from("Ann");
    let found = |query| ids(query, &db);
    let query = Person::query;
    assert_eq!(found(query().filter(|p| p.name.eq("Ann"))).await, [1]);
    assert_eq!(found(query().filter(|p| p.name.eq(&owned))).await, [1]);
    assert_eq!(found(query().filter(|p| p.name.eq(owned.clone()))).await, [1]);
    assert_eq!(found(query().filter(|p| p.name.eq(&&*owned))).await, [1]);
    assert_eq!(found(query().filter(|p| p.name.eq(Cow::Borrowed("Ann")))).await, [1]);
    assert_eq!(found(query().filter(|p| p.name.eq(Arc::<str>::from("Ann")))).await, [1]);
    assert_eq!(found(query().filter(|p| p.name.eq(Box::<str>::from("Ann")))).await, [1]);
    assert_eq!(found(query().filter(|p| p.age.eq(&42))).await, [1]);
    assert_eq!(found(query().filter(|p| p.nickname.eq(p.name))).await, [] as [i32; 0]);
    assert_eq!(found(query().filter(|p| p.name.ne(p.nickname))).await, [2, 3, 4, 5]);
    assert_eq!(found(query().filter(|p| orm::value(42).eq(p.age))).await, [1]);
    assert_eq!(
        found(query().filter(|p| orm::value(20).between(p.id, p.age))).await,
        [1, 3, 4, 5]
    );
    assert_eq!(found(query().filter(|p| p.age.gt(p.id + 40))).await, [1, 4]);
    assert_eq!(found(query().filter(|p| (1 + p.age).eq(43))).await, [1]);
    assert_eq!(
        found(query().filter(|p| p.height.lt(p.age.cast::<f64>()))).await,
        [1, 3, 5]
    );
}

#[orm::test(setup = people)]
async fn nan_equals_itself_and_is_greater_than_all_numbers(db: Database) {
    let found = |query| ids(query, &db);
    let query = Person::query;
    assert_eq!(found(query().filter(|p| p.height.eq(f64::NAN))).await, [4]);
    assert_eq!(found(query().filter(|p| p.height.gt(f64::INFINITY))).await, [4]);
    assert_eq!(found(query().filter(|p| p.height.lt(f64::NAN))).await, [1, 3, 5]);
    assert_eq!(found(query().filter(|p| p.height.ne(f64::NAN))).await, [1, 3, 5]);
    assert_eq!(found(query().filter(|p| p.height.in_([f64::NAN, 1.7]))).await, [1, 4]);
    assert_eq!(found(query().filter(|p| p.height.eq(0.0))).await, [5]);
}

#[orm::test(setup = people)]
async fn conditions_are_accumulated_in_a_cond_of_any_nullness(db: Database) {
    let search = |name: Option<&str>, nick: Option<&str>| {
        Person::query().filter(|p| {
            let mut cond = Cond::all();
            if let Some(name) = name {
                cond = cond & p.name.eq(name);
            }
            if let Some(nick) = nick {
                cond = cond & p.nickname.eq(nick);
            }
            cond
        })
    };
    assert_eq!(ids(search(None, None), &db).await, [1, 2, 3, 4, 5]);
    assert_eq!(ids(search(Some("Dan"), None), &db).await, [4]);
    assert_eq!(ids(search(Some("Dan"), Some("Ann")), &db).await, [4]);
    assert_eq!(ids(search(Some("Dan"), Some("Bob")), &db).await, [] as [i32; 0]);
    let query = Person::query;
    assert_eq!(ids(query().filter(|_| Cond::any()), &db).await, [] as [i32; 0]);
    assert_eq!(ids(query().filter(|p| Cond::any() | p.id.eq(2)), &db).await, [2]);
    assert_eq!(
        ids(query().filter(|p| Cond::all() | p.id.eq(2)), &db).await,
        [1, 2, 3, 4, 5]
    );
    assert_eq!(
        ids(query().filter(|p| Cond::any() & p.id.eq(2)), &db).await,
        [] as [i32; 0]
    );
    assert_eq!(ids(query().filter(|p| !Cond::new(p.id.eq(2))), &db).await, [1, 3, 4, 5]);
    assert_eq!(ids(query().filter(|_| !Cond::all()), &db).await, [] as [i32; 0]);
    assert_eq!(
        ids(
            query().filter(|p| p.active & Cond::new(p.nickname.ne("")) & p.id.gt(0)),
            &db
        )
        .await,
        [3]
    );
}

#[orm::test(setup = people)]
async fn any_of_nothing_is_false_and_all_of_nothing_is_true(db: Database) {
    let found = |query| ids(query, &db);
    let query = Person::query;
    let any = |names: &'static [&'static str]| {
        Person::query().filter(move |p| any_of(names.iter().map(|name| p.name.eq(*name))))
    };
    let all = |least: &'static [i32]| Person::query().filter(move |p| all_of(least.iter().map(|age| p.age.ge(*age))));
    assert_eq!(found(any(&["Ann", "Dan"])).await, [1, 4]);
    assert_eq!(found(any(&["Ann"])).await, [1]);
    assert_eq!(found(any(&[])).await, [] as [i32; 0]);
    assert_eq!(found(all(&[20, 40])).await, [1, 4]);
    assert_eq!(found(all(&[])).await, [1, 2, 3, 4, 5]);
    let nested = query().filter(|p| any_of([all_of([p.id.gt(1), p.id.lt(3)]), Cond::new(p.id.eq(5))]) & p.age.gt(0));
    assert_eq!(found(nested).await, [2, 5]);
}

/// One filter per field of a search form.
#[derive(Default, Clone)]
struct Search {
    numbers: [Option<i32>; 6],
    texts: [Option<&'static str>; 6],
}

fn search(form: Search) -> orm::Query<Person> {
    let [eq, ne, lt, le, gt, ge] = form.numbers;
    let [name, nick, like, starts, contains, tag] = form.texts;
    let mut q = Person::query();
    if let Some(age) = eq {
        q = q.filter(|p| p.age.eq(age));
    }
    if let Some(age) = ne {
        q = q.filter(|p| p.age.ne(age));
    }
    if let Some(age) = lt {
        q = q.filter(|p| p.age.lt(age));
    }
    if let Some(age) = le {
        q = q.filter(|p| p.age.le(age));
    }
    if let Some(age) = gt {
        q = q.filter(|p| p.age.gt(age));
    }
    if let Some(age) = ge {
        q = q.filter(|p| p.age.ge(age));
    }
    if let Some(name) = name {
        q = q.filter(|p| p.name.eq(name));
    }
    if let Some(nick) = nick {
        q = q.filter(|p| p.nickname.eq(nick));
    }
    if let Some(pattern) = like {
        q = q.filter(|p| p.name.ilike(pattern));
    }
    if let Some(prefix) = starts {
        q = q.filter(|p| p.name.starts_with(prefix));
    }
    if let Some(part) = contains {
        q = q.filter(|p| p.name.contains(part));
    }
    if let Some(tag) = tag {
        q = q.filter(|p| p.tags.contains(tag));
    }
    q
}

#[orm::test(setup = people)]
async fn twelve_optional_filters_are_twelve_ifs(db: Database) {
    assert_eq!(ids(search(Search::default()), &db).await, [1, 2, 3, 4, 5]);
    let full = Search {
        numbers: [Some(42), Some(1), Some(43), Some(42), Some(41), Some(42)],
        texts: [Some("Ann"), None, Some("a%"), Some("An"), Some("nn"), Some("t0")],
    };
    assert_eq!(ids(search(full.clone()), &db).await, [1]);
    for without in 0..12 {
        let mut form = full.clone();
        match without {
            0..6 => form.numbers[without] = None,
            _ => form.texts[without - 6] = None,
        }
        assert_eq!(ids(search(form), &db).await, [1]);
    }
    let nothing = Search {
        texts: [None, Some("bobby"), None, None, None, None],
        ..full
    };
    assert_eq!(ids(search(nothing), &db).await, [] as [i32; 0]);
}

#[orm::test(setup = people)]
async fn a_thousand_conditions_and_seventy_thousand_values_are_one_statement(db: Database) {
    let recorder = Recorder::new(&db);
    let mut query = Person::query();
    for number in 100..1100 {
        query = query.filter(|p| p.id.ne(number));
    }
    assert_eq!(query.count(&recorder).await.unwrap(), 5);
    let either = Person::query().filter(|p| {
        let mut cond = Cond::any();
        for number in 3..1003 {
            cond = cond | p.id.eq(number);
        }
        cond
    });
    assert_eq!(either.count(&recorder).await.unwrap(), 3);
    let list: Vec<i32> = (4..70_004).collect();
    let in_list = Person::query().filter(|p| p.id.in_(&list));
    assert_eq!(in_list.all(&recorder).await.unwrap().len(), 2);
    let sent = recorder.take();
    assert_eq!(sent.len(), 3);
    assert_eq!(sent[0].matches(" AND ").count(), 999);
    assert!(!sent[1].contains("(("), "conditions are one flat list");
    assert!(sent[2].ends_with(r#"WHERE "id" = ANY($1)"#), "{}", sent[2]);
}

#[test]
fn equal_shapes_give_equal_text() {
    let shape = |age: i32, name: &str| {
        Person::query()
            .filter(|p| p.age.gt(age) & p.name.ne(name))
            .limit(u64::from(age.unsigned_abs()))
            .to_sql()
            .unwrap()
            .text
    };
    assert_eq!(shape(1, "a"), shape(70, "b"));
    assert_eq!(
        shape(1, "a"),
        "SELECT \"id\", \"name\", \"nickname\", \"age\", \"height\", \"active\", \"checked\", \"tags\" \
         FROM \"people\" WHERE \"age\" > $1 AND \"name\" <> $2 LIMIT $3"
    );
}

#[orm::test(setup = people)]
async fn what_a_filter_proves_is_taken_at_its_word(db: Database) {
    let recorder = Recorder::new(&db);
    let named = Person::query().filter(|p| p.nickname.is_not_null());
    let named = named.order_by(|p| p.id.asc()).select(|p| p.nickname.assume_not_null());
    let names: Vec<String> = named.all(&recorder).await.unwrap();
    assert_eq!(names, ["bobby", "50%_off\\", "Ann", ""]);
    assert!(recorder.take()[0].starts_with(r#"SELECT "nickname" FROM "people" WHERE"#));
    // A NULL all the same is told by whoever reads it.
    let all = Person::query().select(|p| p.nickname.assume_not_null()).all(&db).await;
    assert_eq!(all.unwrap_err().kind(), ErrorKind::Decode);
}

//! Queries inside of queries: what a review found wrong, each with its name.

use orm::prelude::*;
use orm::{ErrorKind, Placeholder, Prepared, Query};

use super::people::{Person, people};

#[derive(Model, Debug, Clone, PartialEq)]
#[orm(table = "picked")]
struct Picked {
    #[orm(primary_key)]
    id: i32,
}

#[orm::test(setup = people)]
async fn a_prepared_query_keeps_its_ctes(db: Database) {
    static WITH: Prepared<(i32,), Query<Person>> = Prepared::new(|(age,)| {
        let removed = Person::query().filter(|p| p.id.eq(5)).delete().cte();
        Person::query().filter(|p| p.age.gt(age)).with_cte(removed)
    });
    let found = WITH.bind((20,)).all(&db).await.unwrap();
    assert_eq!(found.len(), 4, "all parts see the rows as they were before");
    assert_eq!(Person::query().count(&db).await.unwrap(), 4, "the delete has run");
    let read: Prepared<(i32,), orm::Selected<i32, i32>> = Prepared::new(|(age,): (Placeholder<i32>,)| {
        let older = Person::query().filter(|p| p.age.gt(age)).select(|p| p.id).cte();
        older.query().select(|id| id).order_by(|id| id.asc())
    });
    assert_eq!(read.bind((30,)).all(&db).await.unwrap(), [1, 4]);
}

#[orm::test(setup = people)]
async fn a_parameter_beside_a_value_keeps_both_numbers_where_an_expression_is_repeated(db: Database) {
    let counted: Prepared<(i32,), orm::Selected<orm::Group<Person, orm::Expr<i64>>, (i64, i64)>> =
        Prepared::new(|(least,): (Placeholder<i32>,)| {
            Person::query()
                .group_by(|p| {
                    let older = Person::query().filter(|o| o.age.gt(least) & o.age.lt(60) & o.id.ne(p.id));
                    older.aggregate(|g| g.count()).scalar()
                })
                .select(|g| (g.key(), g.count()))
                .order_by(|g| g.key().asc())
        });
    // Of 42, 17, 30, 71, 30 there are three between 18 and 60.
    assert_eq!(counted.bind((18,)).all(&db).await.unwrap(), [(2, 3), (3, 2)]);
}

#[orm::test(setup = people)]
async fn aggregates_of_no_rows_are_one_row(db: Database) {
    let none = || Person::query().filter(|p| p.id.lt(0));
    let oldest = || none().aggregate(|g| g.max(|p| p.age));
    assert!(oldest().exists(&db).await.unwrap());
    assert_eq!(oldest().count(&db).await.unwrap(), 1);
    assert_eq!(none().aggregate(|_| value(1)).all(&db).await.unwrap(), [1]);
    assert_eq!(Person::query().aggregate(|_| value(1)).all(&db).await.unwrap(), [1]);
}

#[orm::test(setup = people)]
async fn a_table_that_is_called_picked_is_not_taken_for_the_rows_of_an_update(db: Database) {
    orm::create_all(&[Picked::TABLE], &db).await.unwrap();
    Picked::insert_many([1, 2, 3].map(|id| NewPicked { id }))
        .execute(&db)
        .await
        .unwrap();
    let count = Picked::query().aggregate(|g| g.count()).scalar().cast::<i32>();
    let one = Person::query().filter(|p| p.id.eq(1)).limit(1);
    let rows = one.update(|p| p.age.set(count)).all(&db).await.unwrap();
    assert_eq!(rows[0].age, 3);
}

#[orm::test(setup = people)]
async fn an_order_before_a_limit_holds_behind_a_join_too(db: Database) {
    let oldest = Person::query().order_by(|p| p.age.desc()).limit(3);
    let rows = oldest.join(|p| Person::query().on(move |q| q.id.eq(p.id)));
    let sql = rows.clone().to_sql().unwrap().text.to_string();
    assert!(sql.ends_with(r#" ORDER BY p1."age" DESC"#), "{sql}");
    let ages: Vec<i32> = rows.select(|(p, _)| p.age).all(&db).await.unwrap();
    assert!(ages.is_sorted_by(|one, other| one >= other), "{ages:?}");
}

#[orm::test(setup = people)]
async fn queries_nested_without_end_are_refused_and_unions_are_flat(db: Database) {
    let mut nested = Person::query();
    for _ in 0..5_000 {
        nested = nested.limit(9).subquery();
    }
    assert_eq!(nested.all(&db).await.unwrap_err().kind(), ErrorKind::InvalidQuery);
    let mut all = Person::query().filter(|p| p.id.eq(1));
    for id in 0..1_000 {
        all = Person::query().filter(|p| p.id.eq(id % 5 + 1)).union_all(all);
    }
    assert_eq!(all.count(&db).await.unwrap(), 1_001);
}

#[orm::test(setup = people)]
async fn rows_of_a_derived_table_are_written_to_their_own_table(db: Database) {
    let pairs = Person::query().join(|p| Person::query().on(move |q| q.age.gt(p.age) & p.id.eq(2)));
    let older = pairs.select(|(_, q)| q).subquery();
    assert_eq!(older.delete().execute(&db).await.unwrap(), 4);
    assert_eq!(Person::query().count(&db).await.unwrap(), 1);
}

#[orm::test(setup = people)]
async fn a_wide_derived_table_is_written_fast_through_many_levels(db: Database) {
    let started = std::time::Instant::now();
    let mut query = Person::query();
    for _ in 0..20 {
        query = query.limit(100).subquery();
    }
    assert_eq!(query.all(&db).await.unwrap().len(), 5);
    // Exponential work would take hours.
    assert!(started.elapsed().as_secs() < 60);
}

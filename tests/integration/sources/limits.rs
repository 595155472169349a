//! How much a statement can hold.

use orm::prelude::*;

use super::items::{Item, all_items, items, sorted};

#[orm::test(setup = items)]
async fn sixty_four_tables_are_joined_by_derived_tables(db: Database) {
    // Eight times eight: each derived table joins eight items.
    let eight = |id: i32| {
        let mut ids = Item::query().filter(move |i| i.id.eq(id)).select(|i| i.id).subquery();
        for _ in 1..8 {
            let joined = ids.join(|id| Item::query().on(move |i| i.id.eq(id)));
            ids = joined.select(|(_, i)| i.id).subquery();
        }
        ids
    };
    let mut all = eight(3);
    for _ in 1..8 {
        let joined = all.join(|id| eight(3).on(move |other| other.eq(id)));
        all = joined.select(|(id, _)| id).subquery();
    }
    let text = all.clone().to_sql().unwrap().text;
    assert_eq!(text.matches("\"items\"").count(), 64);
    // The planner looks for the best order of 64 joins for long; not here.
    let connection = db.connection().await.unwrap();
    connection
        .batch("SET join_collapse_limit = 1; SET from_collapse_limit = 1")
        .await
        .unwrap();
    assert_eq!(all.all(&connection).await.unwrap(), [3]);
}

#[orm::test(setup = items)]
async fn a_chain_of_many_ctes_is_one_statement(db: Database) {
    let chain = |length: i32| {
        let first = Item::query().select(|i| i.id).cte();
        (0..length).fold(first, |cte, _| cte.query().select(|id| id + 1).cte())
    };
    let error = chain(1_000).query().to_sql().unwrap_err();
    assert_eq!(error.kind(), ErrorKind::InvalidQuery);
    assert!(chain(199).query().to_sql().is_ok());
    let cte = chain(100);
    let text = cte.query().to_sql().unwrap().text;
    assert_eq!(text.matches(" AS (").count(), 101);
    let expected: Vec<i32> = all_items().iter().map(|item| item.id + 100).collect();
    assert_eq!(sorted(cte.query().all(&db).await.unwrap()), expected);
}

#[orm::test]
async fn equal_shapes_give_equal_text(_db: Database) {
    let shape = |least: i32| {
        let items = Item::query().filter(move |i| i.id.gt(least)).cte();
        let both = items.query().select(|i| i.id).union(values([least, 1]).query());
        both.join(|id| items.on(move |i| i.id.eq(id))).to_sql().unwrap().text
    };
    assert_eq!(shape(1), shape(2));
}

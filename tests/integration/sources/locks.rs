//! Limits with ties, DISTINCT ON over joins, and locks of some tables.

use orm::Fetch;
use orm::prelude::*;

use super::items::{Item, Sale, all_sales, items, sorted};

fn text(query: impl Fetch) -> String {
    query.to_sql().unwrap().text.into_owned()
}

#[orm::test(setup = items)]
async fn ties_let_in_what_is_equal_to_the_last_row(db: Database) {
    let most = Sale::query().order_by(|s| s.amount.desc()).limit_with_ties(1);
    assert!(text(most.clone()).ends_with(" ORDER BY \"amount\" DESC FETCH FIRST $1 ROWS WITH TIES"));
    let greatest = all_sales().iter().map(|sale| sale.amount).max().unwrap();
    let expected: Vec<i32> = all_sales()
        .iter()
        .filter(|s| s.amount == greatest)
        .map(|s| s.id)
        .collect();
    assert_eq!(sorted(most.clone().select(|s| s.id).all(&db).await.unwrap()), expected);
    assert_eq!(most.clone().count(&db).await.unwrap(), expected.len() as i64);
    assert_eq!(most.clone().one(&db).await.unwrap_err().kind(), ErrorKind::TooManyRows);
    assert!(most.clone().first(&db).await.unwrap().is_some() && most.clone().exists(&db).await.unwrap());
    assert_eq!(most.clone().limit(1).all(&db).await.unwrap().len(), 1);
    let selected = Sale::query()
        .select(|s| s.amount)
        .order_by(|s| s.amount.asc())
        .offset(1)
        .limit_with_ties(1);
    assert_eq!(selected.all(&db).await.unwrap(), [2, 2]);
    let distinct = Sale::query()
        .select(|s| s.amount)
        .distinct()
        .order_by(|s| s.amount.desc())
        .limit_with_ties(2);
    assert_eq!(distinct.all(&db).await.unwrap(), [4, 3]);
    // Joined afterwards, and in a set, the limit holds for the rows before.
    let joined = most.clone().join(|s| Item::query().on(move |i| i.id.eq(s.item_id)));
    assert_eq!(joined.count(&db).await.unwrap(), 2);
    assert_eq!(most.clone().union(most.clone()).count(&db).await.unwrap(), 2);
    assert_eq!(most.delete().execute(&db).await.unwrap(), 2);

    let without = Sale::query().limit_with_ties(1).to_sql().unwrap_err();
    assert!(without.kind() == ErrorKind::InvalidQuery && without.to_string().contains("needs an order"));
    let skipped = Sale::query()
        .order_by(|s| s.id.asc())
        .limit_with_ties(1)
        .for_update()
        .skip_locked();
    assert_eq!(skipped.to_sql().unwrap_err().kind(), ErrorKind::InvalidQuery);
}

#[orm::test(setup = items)]
async fn distinct_on_takes_the_first_row_of_each_key_of_a_join(db: Database) {
    let joined = Item::query().join(|i| Sale::query().on(move |s| s.item_id.eq(i.id)));
    let best = joined
        .distinct_on(|(i, _)| i.id)
        .order_by(|(_, s)| (s.amount.desc(), s.id.asc()));
    let best = best.select(|(i, s)| (i.id, s.id));
    let mut expected: Vec<(i32, i32)> = Vec::new();
    let mut sales = all_sales();
    sales.sort_by_key(|sale| (sale.item_id, -sale.amount, sale.id));
    for sale in sales {
        if expected.last().is_none_or(|(item, _)| *item != sale.item_id) {
            expected.push((sale.item_id, sale.id));
        }
    }
    assert_eq!(best.all(&db).await.unwrap(), expected);
    let left = Item::query().left_join(|i| Sale::query().on(move |s| s.item_id.eq(i.id)));
    let rows = left.distinct_on(|(i, _)| i.id).all(&db).await.unwrap();
    assert_eq!(rows.iter().filter(|(_, sale)| sale.is_none()).count(), 3);
}

#[orm::test(setup = items)]
async fn some_tables_of_a_join_are_locked(db: Database) {
    let joined = || Item::query().left_join(|i| Sale::query().on(move |s| s.item_id.eq(i.id)));
    let both = || Item::query().join(|i| Sale::query().on(move |s| s.item_id.eq(i.id)));
    assert!(text(joined().for_update_of(|(i, _)| i)).ends_with(" FOR UPDATE OF i1"));
    assert!(text(both().for_no_key_update_of(|(i, s)| (i, s))).ends_with(" FOR NO KEY UPDATE OF i1, s2"));
    assert!(text(both().for_share_of(|(_, s)| s).nowait()).ends_with(" FOR SHARE OF s2 NOWAIT"));
    assert!(text(both().select(|(i, _)| i.id).for_key_share_of(|(i, _)| i)).ends_with(" FOR KEY SHARE OF i1"));
    assert!(text(Item::query().for_update_of(|i| i)).ends_with(" FOR UPDATE OF \"items\""));

    // One transaction holds the sales of the saw; another one skips them, gets the rest, and the items of all.
    let tx = db.begin().await.unwrap();
    let held = both()
        .filter(|(i, _)| i.id.eq(4))
        .for_update_of(|(_, s)| s)
        .all(&tx)
        .await
        .unwrap();
    assert_eq!(held.len(), 2);
    let other = db.begin().await.unwrap();
    let free = both()
        .order_by(|(_, s)| s.id.asc())
        .for_update_of(|(_, s)| s)
        .skip_locked()
        .all(&other)
        .await
        .unwrap();
    assert_eq!(free.iter().map(|(_, sale)| sale.id).collect::<Vec<_>>(), [3, 4, 5, 6]);
    let items = joined().for_update_of(|(i, _)| i).nowait().all(&other).await.unwrap();
    assert_eq!(items.len(), 9);
    let error = both().for_share_of(|(_, s)| s).nowait().all(&other).await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::LockNotAvailable);
    other.rollback().await.unwrap();
    tx.rollback().await.unwrap();
}

#[orm::test(setup = items)]
async fn rows_that_no_lock_can_reach_are_refused(db: Database) {
    let refused = |query: orm::Query<Item>| {
        let error = query.for_update().to_sql().unwrap_err();
        assert_eq!(error.kind(), ErrorKind::InvalidQuery);
        assert!(error.to_string().contains("lock them in the query inside"), "{error}");
    };
    refused(Item::query().cte().query());
    refused(Item::query().union(Item::query()));
    refused(Item::query().distinct().subquery());
    refused(Item::query().group_by(|i| i).select(|g| g.key()).subquery());
    let left = Item::query().left_join(|i| Sale::query().on(move |s| s.item_id.eq(i.id)));
    refused(left.select(|(i, _)| i).subquery());
    // A derived table of mere rows passes the lock on.
    let passed = Item::query().order_by(|i| i.id.asc()).limit(2).subquery().for_update();
    assert_eq!(passed.all(&db).await.unwrap().len(), 2);
    // A CTE beside a table is left alone, where the table is named.
    let items = Item::query().filter(|i| i.id.lt(5)).cte();
    let beside = Sale::query().join(|s| items.on(move |i| i.id.eq(s.item_id)));
    assert_eq!(
        beside.clone().for_update_of(|(s, _)| s).all(&db).await.unwrap().len(),
        2
    );
    assert_eq!(
        beside.for_update_of(|(_, i)| i).to_sql().unwrap_err().kind(),
        ErrorKind::InvalidQuery
    );
}

#[orm::test(setup = items)]
async fn a_lock_keeps_its_clauses_in_any_order_of_calls(db: Database) {
    let before = Sale::query()
        .filter(|s| s.amount.gt(1))
        .order_by(|s| s.id.asc())
        .limit(2)
        .offset(1)
        .select(|s| s.id);
    let behind = Sale::query()
        .for_update()
        .filter(|s| s.amount.gt(1))
        .limit(2)
        .select(|s| s.id)
        .order_by(|s| s.id.asc())
        .offset(1)
        .skip_locked();
    assert_eq!(text(behind.clone()), text(before.clone().for_update().skip_locked()));
    assert_eq!(behind.all(&db).await.unwrap(), before.all(&db).await.unwrap());
    let changed = Sale::query()
        .for_update()
        .filter(|s| s.id.eq(1))
        .order_by(|s| s.id.asc())
        .limit(1);
    assert_eq!(changed.update(|s| s.amount.set(9)).execute(&db).await.unwrap(), 1);
    let joined = Item::query().join(|i| i.sales()).for_update_of(|(_, s)| s);
    let of_the_saw = joined.filter(|(i, _)| i.id.eq(4)).select(|(_, s)| s.id);
    assert!(text(of_the_saw.clone()).ends_with(" FOR UPDATE OF s2"));
    assert_eq!(
        of_the_saw.filter(|(_, s)| s.amount.gt(0)).all(&db).await.unwrap().len(),
        2
    );
}

//! UNION, INTERSECT, EXCEPT.

use orm::prelude::*;

use super::items::{Item, Sale, all_items, all_sales, items, sorted};

/// The values of both lists by an operator of sets, as PostgreSQL defines them: counts of equal rows.
fn combined(left: &[i32], right: &[i32], count: fn(usize, usize) -> usize) -> Vec<i32> {
    let mut values = sorted([left, right].concat());
    values.dedup();
    let of = |list: &[i32], value: i32| list.iter().filter(|&&other| other == value).count();
    let times = |value: i32| count(of(left, value), of(right, value));
    values.into_iter().flat_map(|value| vec![value; times(value)]).collect()
}

#[orm::test(setup = items)]
async fn each_operator_gives_the_rows_that_postgresql_defines(db: Database) {
    let (parents, sold): (Vec<i32>, Vec<i32>) = (
        all_items().iter().filter_map(|item| item.parent_id).collect(),
        all_sales().iter().map(|sale| sale.item_id).collect(),
    );
    let left = || {
        Item::query()
            .filter(|i| i.parent_id.is_not_null())
            .select(|i| i.parent_id.coalesce(0))
    };
    let right = || Sale::query().select(|s| s.item_id);
    let all = async |query: orm::Query<i32>| sorted(query.all(&db).await.unwrap());

    let once = |present: bool| usize::from(present);
    assert_eq!(
        all(left().union(right())).await,
        combined(&parents, &sold, |l, r| usize::from(l + r > 0))
    );
    assert_eq!(
        all(left().union_all(right())).await,
        combined(&parents, &sold, |l, r| l + r)
    );
    assert_eq!(
        all(left().intersect(right())).await,
        combined(&parents, &sold, |l, r| usize::from(l.min(r) > 0))
    );
    assert_eq!(
        all(right().intersect_all(right())).await,
        combined(&sold, &sold, usize::min)
    );
    assert_eq!(
        all(right().except(left())).await,
        combined(&sold, &parents, |l, r| usize::from(l > 0 && r == 0))
    );
    assert_eq!(all(right().except_all(right().distinct())).await, {
        let mut distinct = sold.clone();
        distinct.dedup();
        combined(&sold, &distinct, |l, r| l.saturating_sub(r))
    });
    let none = Sale::query().filter(|s| s.amount.lt(0)).select(|s| s.item_id);
    assert_eq!(all(none.clone().union(none.clone())).await, Vec::<i32>::new());
    assert_eq!(all(none.union_all(right())).await.len(), sold.len() * once(true));
}

#[orm::test]
async fn a_set_is_written_plainly_and_nested_ones_keep_their_grouping(_db: Database) {
    let ids = || Item::query().select(|i| i.id);
    let sold = || Sale::query().select(|s| s.item_id);
    let text = |query: orm::Query<i32>| query.to_sql().unwrap().text.into_owned();
    let (a, b) = (
        |n: u32| format!("SELECT i{n}.\"id\" FROM \"items\" AS i{n}"),
        |n: u32| format!("SELECT s{n}.\"item_id\" FROM \"sales\" AS s{n}"),
    );
    assert_eq!(text(ids().union(sold())), format!("{} UNION {}", a(1), b(2)));
    assert_eq!(text(ids().union_all(sold())), format!("{} UNION ALL {}", a(1), b(2)));
    assert_eq!(text(ids().intersect(sold())), format!("{} INTERSECT {}", a(1), b(2)));
    assert_eq!(
        text(ids().intersect_all(sold())),
        format!("{} INTERSECT ALL {}", a(1), b(2))
    );
    assert_eq!(text(ids().except(sold())), format!("{} EXCEPT {}", a(1), b(2)));
    assert_eq!(text(ids().except_all(sold())), format!("{} EXCEPT ALL {}", a(1), b(2)));
    // The operators bind from the left: the same one goes on, another one is grouped.
    assert_eq!(
        text(ids().except(sold()).except(ids())),
        format!("{} EXCEPT {} EXCEPT {}", a(1), b(2), a(3))
    );
    assert_eq!(
        text(ids().except(sold().except(ids()))),
        format!("{} EXCEPT ({} EXCEPT {})", a(1), b(2), a(3))
    );
    assert_eq!(
        text(ids().union(sold()).intersect(ids())),
        format!("({} UNION {}) INTERSECT {}", a(1), b(2), a(3))
    );
    // An operand with an order or a limit of its own; the limit of the whole.
    assert_eq!(
        text(ids().order_by(|i| i.id.desc()).limit(1).union(sold()).limit(3)),
        format!("({} ORDER BY i1.\"id\" DESC LIMIT $1) UNION {} LIMIT $2", a(1), b(2))
    );
    assert_eq!(
        text(ids().union(sold()).filter(|id| id.gt(2)).order_by(|id| id.desc())),
        format!(
            "SELECT i1.\"id\" FROM ({} UNION {}) AS i1(\"id\") WHERE i1.\"id\" > $1 ORDER BY i1.\"id\" DESC",
            a(2),
            b(3)
        )
    );
}

#[orm::test(setup = items)]
async fn clauses_after_a_set_hold_for_all_its_rows(db: Database) {
    let both = || {
        let items = Item::query().select(|i| (i.id, i.name));
        let sales = Sale::query().select(|s| (s.amount, s.note.coalesce("none")));
        items.union_all(sales)
    };
    let mut expected: Vec<(i32, String)> = all_items().into_iter().map(|item| (item.id, item.name)).collect();
    expected.extend(
        all_sales()
            .into_iter()
            .map(|s| (s.amount, s.note.unwrap_or("none".into()))),
    );
    assert_eq!(sorted(both().all(&db).await.unwrap()), sorted(expected.clone()));
    assert_eq!(both().count(&db).await.unwrap(), expected.len() as i64);
    assert!(both().filter(|(number, _)| number.eq(7)).exists(&db).await.unwrap());

    let found = both()
        .filter(|(number, _)| number.gt(2))
        .order_by(|(number, text)| (number.desc(), text.asc()));
    let wanted: Vec<(i32, String)> = {
        let mut rows: Vec<_> = expected.iter().filter(|(number, _)| *number > 2).cloned().collect();
        rows.sort_by(|a, b| b.0.cmp(&a.0).then(a.1.cmp(&b.1)));
        rows
    };
    assert_eq!(found.clone().limit(3).all(&db).await.unwrap(), wanted[..3]);
    assert_eq!(found.first(&db).await.unwrap().as_ref(), wanted.first());

    let grouped = both().group_by(|(number, _)| number).select(|g| (g.key(), g.count()));
    let grouped: Vec<(i32, i64)> = sorted(grouped.all(&db).await.unwrap());
    let mut counts = std::collections::BTreeMap::new();
    for (number, _) in &expected {
        *counts.entry(*number).or_insert(0_i64) += 1;
    }
    assert_eq!(grouped, counts.into_iter().collect::<Vec<_>>());
    let sum = both()
        .aggregate(|g| g.sum(|(number, _)| number))
        .one(&db)
        .await
        .unwrap();
    assert_eq!(sum, Some(expected.iter().map(|(number, _)| i64::from(*number)).sum()));
}

#[orm::test(setup = items)]
async fn a_set_of_models_gives_models_and_can_be_joined(db: Database) {
    let roots = Item::query().filter(|i| i.parent_id.is_null());
    let leaves = Item::query().filter(|i| i.id.ge(5));
    // Columns of the types varchar(80) and numeric(12, 2): equal Rust types, other ones in the database.
    let both = roots.union(leaves);
    let expected: Vec<Item> = all_items()
        .into_iter()
        .filter(|i| i.parent_id.is_none() || i.id >= 5)
        .collect();
    assert_eq!(both.clone().order_by(|i| i.id.asc()).all(&db).await.unwrap(), expected);

    let joined = both.join(|i| Sale::query().on(move |s| s.item_id.eq(i.id)));
    let found = joined.select(|(i, s)| (i.name, s.id)).all(&db).await.unwrap();
    let names = all_items();
    let wanted: Vec<(String, i32)> = all_sales()
        .into_iter()
        .filter(|sale| expected.iter().any(|item| item.id == sale.item_id))
        .map(|sale| (names[sale.item_id as usize - 1].name.clone(), sale.id))
        .collect();
    assert_eq!(sorted(found), sorted(wanted));

    let subset = Item::query()
        .filter(|i| i.id.lt(3))
        .union_all(Item::query().filter(|i| i.id.lt(2)));
    let joined = Sale::query().right_join(|s| subset.on(move |i| i.id.eq(s.item_id)));
    assert_eq!(joined.count(&db).await.unwrap(), 3);
}

#[orm::test(setup = items)]
async fn computed_texts_and_numbers_go_with_columns_of_narrower_types(db: Database) {
    let columns = Item::query().select(|i| (i.name, i.price));
    let computed = Item::query().select(|i| (i.name.concat("!"), i.price * rust_decimal::Decimal::new(12345, 4)));
    let rows = columns.union_all(computed).all(&db).await.unwrap();
    let mut expected: Vec<(String, rust_decimal::Decimal)> = Vec::new();
    for item in all_items() {
        expected.push((
            format!("{}!", item.name),
            item.price * rust_decimal::Decimal::new(12345, 4),
        ));
        expected.push((item.name, item.price));
    }
    assert_eq!(sorted(rows), sorted(expected));
}

#[orm::test(setup = items)]
async fn distinct_and_aggregated_queries_are_operands(db: Database) {
    let distinct = Sale::query().select(|s| s.item_id).distinct();
    let most = Sale::query().aggregate(|g| g.max(|s| s.amount)).all(&db).await.unwrap();
    let aggregated = Sale::query()
        .aggregate(|g| g.count())
        .union(Item::query().aggregate(|g| g.count()));
    assert_eq!(sorted(aggregated.all(&db).await.unwrap()), [6, 7]);
    assert_eq!(most, [Some(4)]);
    let on = Sale::query().distinct_on(|s| s.item_id).select(|s| s.item_id);
    assert_eq!(sorted(distinct.intersect(on).all(&db).await.unwrap()), [4, 5, 6, 7]);
    // Ordered by what it selects, and that is a varchar.
    let names = Item::query()
        .select(|i| i.name)
        .distinct()
        .order_by(|i| i.name.asc())
        .limit(2);
    let rows = names
        .union(Item::query().select(|i| i.name.upper()))
        .all(&db)
        .await
        .unwrap();
    assert_eq!(rows.len(), 9);
}

#[orm::test(setup = items)]
async fn a_thousand_operands_are_one_flat_statement(db: Database) {
    let one = |id: i32| Item::query().filter(move |i| i.id.eq(id)).select(|i| i.id);
    let mut query = one(1).union_all(one(2));
    for id in 3..=1_000 {
        query = query.union_all(one(id % 8));
    }
    let expected = 2 + (3..=1_000).filter(|id| id % 8 != 0).count();
    assert_eq!(query.all(&db).await.unwrap().len(), expected);
}

//! WITH RECURSIVE.

use orm::prelude::*;
use orm::{Cte, recursive_union};
use rust_decimal::Decimal;

use super::items::{Item, Sale, all_items, items, sorted};

/// Each item with its depth and the names on its way, from the roots.
fn tree() -> Cte<(i32, i32, String)> {
    let roots = Item::query()
        .filter(|i| i.parent_id.is_null())
        .select(|i| (i.id, value(0), i.name));
    recursive(roots, |tree| {
        let children = Item::query().join(|i| tree.on(move |(id, _, _)| i.parent_id.eq(id)));
        children.select(|(i, (_, depth, path))| (i.id, depth + 1, path.concat("/").concat(i.name)))
    })
}

fn tree_in_rust() -> Vec<(i32, i32, String)> {
    let items = all_items();
    let way = |item: &Item| {
        let (mut depth, mut path, mut at) = (0, item.name.clone(), item.parent_id);
        while let Some(parent) = at {
            let parent = &items[parent as usize - 1];
            (depth, path, at) = (depth + 1, format!("{}/{path}", parent.name), parent.parent_id);
        }
        (item.id, depth, path)
    };
    items.iter().map(way).collect()
}

#[orm::test(setup = items)]
async fn a_tree_is_walked_from_its_roots_with_texts_that_grow(db: Database) {
    let query = tree().query();
    assert_eq!(
        query.clone().to_sql().unwrap().text,
        "WITH RECURSIVE cte1(\"id\", \"c2\", \"name\") AS (SELECT i1.\"id\", $1, i1.\"name\"::text FROM \"items\" AS i1 \
         WHERE i1.\"parent_id\" IS NULL UNION ALL SELECT i2.\"id\", i3.\"c2\" + $2, \
         ((i3.\"name\" || $3) || i2.\"name\")::text FROM \"items\" AS i2 JOIN cte1 AS i3 ON i2.\"parent_id\" = \
         i3.\"id\") SELECT i4.\"id\", i4.\"c2\", i4.\"name\" FROM cte1 AS i4"
    );
    assert_eq!(sorted(query.all(&db).await.unwrap()), tree_in_rust());
    // Read twice, with a condition and an order.
    let tree = tree();
    let pairs = tree
        .query()
        .join(|(id, _, _)| (&tree).on(move |(other, _, _)| other.eq(id + 1)));
    let pairs = pairs
        .filter(|(_, depth, _, (_, other, _))| depth.lt(other))
        .select(|(id, _, _, _)| id);
    let expected: Vec<i32> = tree_in_rust()
        .windows(2)
        .filter(|p| p[0].1 < p[1].1)
        .map(|p| p[0].0)
        .collect();
    assert_eq!(sorted(pairs.all(&db).await.unwrap()), expected);
}

#[orm::test(setup = items)]
async fn models_recur_and_numbers_keep_their_digits(db: Database) {
    // The ancestors of the blade, as models.
    let above = recursive(Item::query().filter(|i| i.id.eq(6)), |below| {
        below
            .join(|b| Item::query().on(move |i| b.parent_id.eq(i.id)))
            .select(|(_, i)| i)
    });
    let found = above.query().order_by(|i| i.id.asc()).all(&db).await.unwrap();
    let all = all_items();
    assert_eq!(found, [&all[0], &all[1], &all[3], &all[5]].map(Item::clone));

    // numeric(12, 2) begins, and products of it go on.
    let halves = recursive(Item::query().filter(|i| i.id.eq(7)).select(|i| i.price), |price| {
        price.filter(|p| p.gt(Decimal::ONE)).select(|p| p * Decimal::new(5, 1))
    });
    let mut expected = vec![Decimal::new(875, 2)];
    while expected[expected.len() - 1] > Decimal::ONE {
        expected.push(expected[expected.len() - 1] * Decimal::new(5, 1));
    }
    let found = halves.query().order_by(|p| p.desc()).all(&db).await.unwrap();
    assert_eq!(found, expected);
}

#[orm::test(setup = items)]
async fn union_ends_on_rings_and_so_does_a_way_that_is_kept(db: Database) {
    // 1 is made a child of 6: a ring of 1, 2, 4, 6.
    Item::query()
        .filter(|i| i.id.eq(1))
        .update(|i| i.parent_id.set(6))
        .execute(&db)
        .await
        .unwrap();
    let base = || Item::query().filter(|i| i.id.eq(2));
    let reached = recursive_union(base().select(|i| i.id), |seen| {
        Item::query()
            .join(|i| seen.on(move |id| i.parent_id.eq(id)))
            .select(|(i, _)| i.id)
    });
    assert!(reached.query().to_sql().unwrap().text.contains(" UNION SELECT "));
    assert_eq!(sorted(reached.query().all(&db).await.unwrap()), [1, 2, 3, 4, 5, 6]);

    let ways = recursive(base().select(|i| (i.id, value(vec![2_i32]))), |way| {
        let next = Item::query().join(|i| way.on(move |(id, _)| i.parent_id.eq(id)));
        next.filter(|(i, (_, seen))| !seen.contains(i.id))
            .select(|(i, (_, seen))| (i.id, seen.append(i.id)))
    });
    let mut ways = ways.query().all(&db).await.unwrap();
    ways.sort_by_key(|(_, way)| way.clone());
    let expected: [&[i32]; 6] = [
        &[2],
        &[2, 4],
        &[2, 4, 6],
        &[2, 4, 6, 1],
        &[2, 4, 6, 1, 3],
        &[2, 4, 6, 1, 3, 5],
    ];
    assert_eq!(ways.iter().map(|(_, way)| way.as_slice()).collect::<Vec<_>>(), expected);
}

#[orm::test(setup = items)]
async fn a_recursion_without_end_is_a_typed_error_and_leaves_a_clean_connection(db: Database) {
    let endless = recursive(generate_series(1_i64, 1).query(), |n| n.select(|n| n + 1));
    let connection = db.connection().await.unwrap();
    connection.batch("SET statement_timeout = '300ms'").await.unwrap();
    let error = endless.query().count(&connection).await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::QueryCanceled);
    // Only what is asked for is computed, and the same connection goes on.
    assert_eq!(endless.query().limit(3).all(&connection).await.unwrap(), [1, 2, 3]);
    assert_eq!(Item::query().count(&connection).await.unwrap(), 7);
}

#[orm::test(setup = items)]
async fn what_postgresql_does_not_take_in_a_step_is_refused_before_it_is_sent(_db: Database) {
    let base = || Item::query().select(|i| i.id);
    let refusal = |cte: Cte<i32>| {
        let error = cte.query().to_sql().unwrap_err();
        assert_eq!(error.kind(), ErrorKind::InvalidQuery);
        error.to_string()
    };
    let inside = recursive(base(), |tree| {
        Item::query()
            .filter(|i| exists(tree.filter(|id| id.eq(i.id))))
            .select(|i| i.id)
    });
    assert!(refusal(inside).contains("sub-select of an expression"));
    let twice = recursive(base(), |tree| {
        let again = tree.clone();
        tree.join(|id| again.on(move |other| other.eq(id))).select(|(id, _)| id)
    });
    assert!(refusal(twice).contains("only once"));
    let missing = recursive(base(), |tree| {
        Item::query()
            .left_join(|i| tree.on(move |id| i.id.eq(id)))
            .select(|(i, _)| i.id)
    });
    assert!(refusal(missing).contains("outer join"));
    let aggregated = recursive(base(), |tree| tree.aggregate(|g| g.max(|id| id).coalesce(0)));
    assert!(refusal(aggregated).contains("aggregates"));
    let subtracted = recursive(base(), |tree| Item::query().select(|i| i.id).except(tree));
    assert!(refusal(subtracted).contains("except"));
}

#[orm::test(setup = items)]
async fn the_rows_of_a_recursion_are_read_in_its_own_step_only(_db: Database) {
    let mut carried = None;
    let tree = recursive(Item::query().select(|i| i.id), |tree| {
        carried = Some(tree.clone());
        tree.filter(|id| id.lt(3)).select(|id| id + 1)
    });
    assert!(tree.query().to_sql().is_ok());
    let error = carried.unwrap().to_sql().unwrap_err();
    assert_eq!(error.kind(), ErrorKind::InvalidQuery);
    assert!(error.to_string().contains("outside of its own step"));
    let within = recursive(Item::query().select(|i| i.id), |tree| {
        let other = tree.cte();
        Sale::query()
            .join(|s| other.on(move |id| s.item_id.eq(id)))
            .select(|(s, _)| s.id)
    });
    assert!(
        within
            .query()
            .to_sql()
            .unwrap_err()
            .to_string()
            .contains("in another CTE")
    );
}

#[orm::test(setup = items)]
async fn every_shape_of_a_step_that_builds_is_accepted(db: Database) {
    let base = || Item::query().filter(|i| i.id.eq(1)).select(|i| (i.id, i.name, i.tags));
    let children = |tree: orm::Query<(i32, String, Vec<String>)>| {
        Item::query()
            .join(|i| tree.on(move |(id, _, _)| i.parent_id.eq(id)))
            .select(|(i, _)| (i.id, i.name, i.tags))
    };
    let shapes = [
        recursive(base(), children),
        recursive(base(), |tree| children(tree).limit(10)),
        recursive(base(), |tree| children(tree).order_by(|(i, _)| i.id.asc())),
        recursive_union(base(), |tree| children(tree).distinct()),
        recursive(base(), |tree| children(tree).subquery()),
        recursive(base().distinct(), children),
        recursive(base().order_by(|i| i.id.asc()).limit(1), children),
        recursive(base().union(base()), children),
        recursive_union(base(), |tree| children(tree).union(base())),
        recursive(base().cte().query(), children),
    ];
    for (at, shape) in shapes.into_iter().enumerate() {
        let found = shape.materialized().query().select(|(id, _, _)| id).all(&db).await;
        let found = sorted(found.unwrap_or_else(|error| panic!("shape {at}: {error}")));
        assert_eq!(found, [1, 2, 3, 4, 5, 6], "shape {at}");
    }
}

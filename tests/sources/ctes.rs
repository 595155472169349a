//! WITH.

use std::collections::{BTreeMap, BTreeSet};

use orm::prelude::*;
use orm::{Cte, recursive_union};

use crate::items::{Item, Sale, all_items, all_sales, items, sorted};

/// Items that were sold, and how many of each.
fn sold() -> Cte<(i32, Option<i64>)> {
    let sums = Sale::query().group_by(|s| s.item_id);
    sums.select(|g| (g.key(), g.sum(|s| s.amount))).cte()
}

fn sold_in_rust() -> BTreeMap<i32, i64> {
    let mut sums = BTreeMap::new();
    for sale in all_sales() {
        *sums.entry(sale.item_id).or_insert(0) += i64::from(sale.amount);
    }
    sums
}

#[orm::test(setup = items)]
async fn a_cte_that_is_read_twice_is_written_once(db: Database) {
    let sold = sold();
    // Items that were sold more often than their parent's other children: the same rows on both sides.
    let query = sold
        .query()
        .join(|(item, _)| Item::query().on(move |i| i.id.eq(item)))
        .left_join(|(_, _, i)| sold.clone().on(move |(other, _)| i.parent_id.eq(other)))
        .select(|(_, sum, i, (_, of_parent))| (i.name, sum, of_parent));
    let text = query.clone().to_sql().unwrap().text;
    assert_eq!(
        text,
        "WITH cte1(\"item_id\", \"c2\") AS (SELECT s1.\"item_id\", sum(s1.\"amount\") FROM \"sales\" AS s1 GROUP BY \
         s1.\"item_id\") SELECT i3.\"name\", s2.\"c2\", s4.\"c2\" FROM cte1 AS s2 JOIN \"items\" AS i3 ON i3.\"id\" = \
         s2.\"item_id\" LEFT JOIN cte1 AS s4 ON i3.\"parent_id\" = s4.\"item_id\""
    );
    let sums = sold_in_rust();
    let items = all_items();
    let expected: Vec<(String, Option<i64>, Option<i64>)> = sums
        .iter()
        .map(|(item, sum)| {
            let item = &items[*item as usize - 1];
            let of_parent = item.parent_id.and_then(|parent| sums.get(&parent).copied());
            (item.name.clone(), Some(*sum), of_parent)
        })
        .collect();
    assert_eq!(sorted(query.all(&db).await.unwrap()), sorted(expected));
}

//! Window functions: values, frames, named windows, windows over groups.

use orm::prelude::*;
use orm::window::{self, Window};

use super::sales::{Sale, SaleFields, day, sales};

#[orm::test(setup = sales)]
async fn functions_that_number_rows(db: Database) {
    let rows = Sale::query()
        .select(|s| {
            (
                s.amount,
                window::row_number().over(|w| w.order_by((s.amount.asc(), s.id.asc()))),
                window::rank().over(|w| w.order_by(s.amount.asc())),
                window::dense_rank().over(|w| w.order_by(s.amount.asc())),
                window::percent_rank().over(|w| w.order_by(s.amount.asc())),
                window::cume_dist().over(|w| w.order_by(s.amount.asc())),
                window::ntile(4).over(|w| w.order_by(s.amount.asc())),
            )
        })
        .order_by(|s| {
            window::row_number()
                .over(|w| w.order_by((s.amount.asc(), s.id.asc())))
                .asc()
        })
        .all(&db)
        .await
        .unwrap();
    assert_eq!(
        rows,
        [
            (1, 1, 1, 1, 0.0, 1.0 / 6.0, 1),
            (3, 2, 2, 2, 0.2, 0.5, 1),
            (3, 3, 2, 2, 0.2, 0.5, 2),
            (5, 4, 4, 3, 0.6, 4.0 / 6.0, 2),
            (7, 5, 5, 4, 0.8, 5.0 / 6.0, 3),
            (8, 6, 6, 5, 1.0, 1.0, 4),
        ]
    );
}

#[orm::test(setup = sales)]
async fn values_of_other_rows(db: Database) {
    let rows = Sale::query()
        .select(|s| {
            let w = Window::new().partition_by(s.region).order_by(s.id.asc());
            (
                s.id,
                window::lag(s.amount).over_window(&w),
                window::lag_by(s.amount, 2).over_window(&w),
                window::lead_or(s.amount, 1, -1).over_window(&w),
                window::lead_or(s.discount, 1, -1.0).over_window(&w),
                window::first_value(s.city).over_window(&w),
                window::last_value(s.amount).over(|_| w.clone().rows(..)),
                window::nth_value(s.amount, 2).over_window(&w),
            )
        })
        .order_by(|s| s.id.asc());
    let sql = rows.clone().to_sql().unwrap();
    assert!(
        sql.text.ends_with(
            " FROM \"sales\" WINDOW w1 AS (PARTITION BY \"region\" ORDER BY \"id\") ORDER BY \"sales\".\"id\""
        ),
        "{}",
        sql.text
    );
    let city = |name: &str| Some(name.to_owned());
    assert_eq!(
        rows.all(&db).await.unwrap(),
        [
            (1, None, None, 3, None, city("Oslo"), Some(3), None),
            (2, Some(5), None, 3, Some(0.25), city("Oslo"), Some(3), Some(3)),
            (3, Some(3), Some(5), -1, Some(-1.0), city("Oslo"), Some(3), Some(3)),
            (4, None, None, 1, Some(0.0), city("Rome"), Some(1), None),
            (5, Some(8), None, -1, Some(-1.0), city("Rome"), Some(1), Some(1)),
            (6, None, None, -1, Some(-1.0), None, Some(7), None),
        ]
    );
}

/// The ids of the frame of each row, in the order of ids.
async fn frames<S>(db: &Database, frame: impl Fn(Window, SaleFields) -> Window<S>) -> Vec<Vec<i32>> {
    let query = Sale::query()
        .select(|s| window::array_agg(s.id).over(|w| frame(w, s)))
        .order_by(|s| s.id.asc());
    let rows = query.all(db).await.unwrap();
    let sorted = rows.into_iter().map(|row| {
        let mut ids = row.unwrap_or_default();
        ids.sort_unstable();
        ids
    });
    sorted.collect()
}

#[orm::test(setup = sales)]
async fn frames_of_rows(db: Database) {
    let all = vec![1, 2, 3, 4, 5, 6];
    assert_eq!(frames(&db, |w, _| w).await, vec![all.clone(); 6]);
    assert_eq!(frames(&db, |w, s| w.order_by(s.id.asc()).rows(..)).await, vec![all; 6]);
    let up_to: Vec<Vec<i32>> = (1..=6).map(|end| (1..=end).collect()).collect();
    assert_eq!(frames(&db, |w, s| w.order_by(s.id.asc()).rows(..=0)).await, up_to);
    assert_eq!(frames(&db, |w, s| w.order_by(s.id.asc())).await, up_to);
    let near: Vec<Vec<i32>> = (1..=6)
        .map(|id| ((id - 2).max(1)..=(id + 1).min(6)).collect())
        .collect();
    assert_eq!(frames(&db, |w, s| w.order_by(s.id.asc()).rows(-2..=1)).await, near);
    let behind: Vec<Vec<i32>> = (1..=6).map(|id| (id + 2..=6).collect()).collect();
    assert_eq!(frames(&db, |w, s| w.order_by(s.id.asc()).rows(2..)).await, behind);
    let before: Vec<Vec<i32>> = (1..=6).map(|id| (1..id).collect()).collect();
    assert_eq!(frames(&db, |w, s| w.order_by(s.id.asc()).rows(..=-1)).await, before);
    let others: Vec<Vec<i32>> = (1..=6)
        .map(|id| (1..=6).filter(|other| *other != id).collect())
        .collect();
    assert_eq!(frames(&db, |w, _| w.rows(..).exclude_current_row()).await, others);
    let far = frames(&db, |w, s| w.order_by(s.id.asc()).rows(i64::MIN..=i64::MAX)).await;
    assert_eq!(far, vec![vec![1, 2, 3, 4, 5, 6]; 6]);
}

#[orm::test(setup = sales)]
async fn frames_that_end_before_they_begin_are_empty(db: Database) {
    let empty = vec![Vec::<i32>::new(); 6];
    for (start, end) in [(0, -1), (1, 0), (1, -1), (2, 1), (-1, -2), (i64::MAX, i64::MIN)] {
        assert_eq!(
            frames(&db, |w, s| w.order_by(s.id.asc()).rows(start..=end)).await,
            empty
        );
        assert_eq!(
            frames(&db, |w, s| w.order_by(s.id.asc()).groups(start..=end)).await,
            empty
        );
    }
    let (behind, before) = (1, -1);
    assert_eq!(frames(&db, |w, s| w.range_asc(s.amount, behind..=before)).await, empty);
    let sums = Sale::query()
        .select(|s| window::count(s.id).over(|w| w.rows(i64::from(behind)..=0)))
        .all(&db)
        .await
        .unwrap();
    assert_eq!(sums, [0; 6]);
}

#[orm::test(setup = sales)]
async fn frames_of_groups_and_exclusions(db: Database) {
    // Amounts by id: 5, 3, 3, 8, 1, 7; 2 and 3 are peers.
    let groups = frames(&db, |w, s| w.order_by(s.amount.asc()).groups(-1..=0)).await;
    assert_eq!(
        groups,
        [
            vec![1, 2, 3],
            vec![2, 3, 5],
            vec![2, 3, 5],
            vec![4, 6],
            vec![5],
            vec![1, 6]
        ]
    );
    let peers = frames(&db, |w, s| w.order_by(s.amount.asc()).groups(0..=0)).await;
    assert_eq!(peers, [vec![1], vec![2, 3], vec![2, 3], vec![4], vec![5], vec![6]]);
    let ties = frames(&db, |w, s| w.order_by(s.amount.asc()).groups(..=0).exclude_ties()).await;
    assert_eq!(ties[1..3], [vec![2, 5], vec![3, 5]]);
    let group = frames(&db, |w, s| w.order_by(s.amount.asc()).groups(..=0).exclude_group()).await;
    assert_eq!(group[..3], [vec![2, 3, 5], vec![5], vec![5]]);
    let none = frames(&db, |w, s| {
        w.order_by(s.amount.asc())
            .groups(0..=0)
            .exclude_group()
            .exclude_no_others()
    })
    .await;
    assert_eq!(none, peers);
}

#[orm::test(setup = sales)]
async fn frames_of_values(db: Database) {
    let near = frames(&db, |w, s| w.range_asc(s.amount, -2..=1)).await;
    assert_eq!(
        near,
        [
            vec![1, 2, 3],
            vec![2, 3, 5],
            vec![2, 3, 5],
            vec![4, 6],
            vec![5],
            vec![1, 4, 6]
        ]
    );
    let greater = frames(&db, |w, s| w.range_desc(s.amount, -2..=0)).await;
    assert_eq!(
        greater,
        [
            vec![1, 6],
            vec![1, 2, 3],
            vec![1, 2, 3],
            vec![4],
            vec![2, 3, 5],
            vec![4, 6]
        ]
    );
    let week = frames(&db, |w, s| w.range_asc(s.day, Interval::days(-7)..=Interval::days(-1))).await;
    assert_eq!(week, [vec![], vec![1], vec![], vec![1, 2], vec![], vec![1, 2, 4]]);
    let later = frames(&db, |w, s| w.range_asc(s.day, Interval::months(1)..)).await;
    assert_eq!(later[..5], [vec![3, 5], vec![3, 5], vec![], vec![5], vec![]]);
    let real = frames(&db, |w, s| w.range_asc(s.discount, -0.25..=0.0)).await;
    // Rows without a discount have each other.
    assert_eq!(
        real,
        [
            vec![1, 3],
            vec![2, 4, 6],
            vec![3, 5],
            vec![2, 4, 6],
            vec![5],
            vec![2, 4, 6]
        ]
    );
    let hours = frames(&db, |w, s| {
        w.range_desc(s.took, Interval::hours(-1)..=Interval::hours(-1))
    })
    .await;
    assert_eq!(hours, [vec![2], vec![3], vec![4], vec![5], vec![6], vec![]]);
    let price = frames(&db, |w, s| w.range_asc(s.price, ..=rust_decimal::Decimal::new(-300, 2))).await;
    assert_eq!(price[0], [2, 3, 5]);
}

#[orm::test(setup = sales)]
async fn aggregates_over_windows_with_filters(db: Database) {
    let rows = Sale::query()
        .filter(|s| s.region.eq("north"))
        .order_by(|s| s.id.asc())
        .select(|s| {
            let w = Window::new().order_by(s.id.asc());
            (
                window::count_all().filter(s.paid).over_window(&w),
                window::sum(s.amount)
                    .filter(s.paid)
                    .filter(s.amount.lt(5))
                    .over_window(&w),
                window::avg(s.discount).over_window(&w),
                window::min(s.city).over_window(&w),
                window::bool_and(s.paid).over_window(&w),
                window::string_agg(s.city, "/").over_window(&w),
                window::jsonb_agg(s.discount).over_window(&w),
                window::stddev_pop(s.discount).over_window(&w),
                window::regr_count(s.amount, s.discount).over_window(&w),
                window::sum(s.amount + 1).over(|w| w) - s.amount.cast::<i64>(),
            )
        })
        .all(&db)
        .await
        .unwrap();
    let text = |text: &str| Some(text.to_owned());
    let json = |text: &str| Some(serde_json::from_str::<serde_json::Value>(text).unwrap());
    let firsts: Vec<_> = rows.iter().map(|r| (r.0, r.1, r.2, r.3.clone(), r.4)).collect();
    assert_eq!(
        firsts,
        [
            (1, None, Some(0.5), text("Oslo"), Some(true)),
            (1, None, Some(0.5), text("Bergen"), Some(false)),
            (2, Some(3), Some(0.375), text("Bergen"), Some(false)),
        ]
    );
    let last = &rows[2];
    assert_eq!(
        (last.5.clone(), last.6.clone()),
        (text("Oslo/Bergen"), json("[0.5, null, 0.25]"))
    );
    assert_eq!((last.7, last.8, last.9), (Some(0.125), 2, Some(11)));
}

#[orm::test(setup = sales)]
async fn windows_over_groups(db: Database) {
    let rows = Sale::query()
        .group_by(|s| s.region)
        .having(|g| g.count().gt(0))
        .select(|g| {
            (
                g.key(),
                window::rank().over(|w| w.order_by(g.sum(|s| s.amount).desc())),
                window::sum(g.sum(|s| s.amount)).over(|w| w.order_by(g.key().asc()).rows(..=0)),
                window::lag_or(g.count(), 1, 0).over(|w| w.order_by(g.key().asc())),
            )
        })
        .order_by(|g| window::rank().over(|w| w.order_by(g.sum(|s| s.amount).desc())).asc())
        .all(&db)
        .await
        .unwrap();
    let number = |n: i64| Some(rust_decimal::Decimal::from(n));
    let north = ("north".to_owned(), 1, number(11), 0);
    let south = ("south".to_owned(), 2, number(20), 3);
    assert_eq!(rows, [north, south, ("west".to_owned(), 3, number(27), 2)]);
    let total = Sale::query()
        .aggregate(|g| (g.count(), window::sum(g.count()).over(|w| w)))
        .one(&db)
        .await
        .unwrap();
    assert_eq!(total, (6, number(6)));
}

#[orm::test(setup = sales)]
async fn a_window_over_a_key_with_parameters(db: Database) {
    let query = Sale::query()
        .group_by(|s| s.amount / 4)
        .select(|g| {
            (
                g.key(),
                window::row_number().over(|w| w.partition_by(g.key() % 2).order_by(g.key().desc())),
            )
        })
        .order_by(|g| g.key().asc());
    assert_eq!(query.all(&db).await.unwrap(), [(0, 2), (1, 1), (2, 1)]);
}

#[orm::test(setup = sales)]
async fn a_window_is_written_once_and_copies_of_queries_keep_it(db: Database) {
    let query = Sale::query()
        .select(|s| {
            let w = Window::new().partition_by(s.amount % 2).order_by((s.amount + 1).asc());
            let wide = w.clone().rows(-1..=1);
            let first = window::rank().over_window(&w);
            (
                first,
                window::sum(s.amount).over_window(&wide),
                window::count_all().over_window(&w),
                s.id,
            )
        })
        .order_by(|s| s.id.asc());
    let sql = query.clone().to_sql().unwrap();
    assert_eq!(
        &*sql.text,
        "SELECT rank() OVER w1, sum(\"amount\") OVER w2, count(*) OVER w1, \"id\" FROM \"sales\" WINDOW \
         w1 AS (PARTITION BY mod(\"amount\", $1) ORDER BY \"amount\" + $2), \
         w2 AS (PARTITION BY mod(\"amount\", $3) ORDER BY \"amount\" + $4 ROWS BETWEEN $5 PRECEDING AND $6 FOLLOWING) \
         ORDER BY \"sales\".\"id\""
    );
    let rows = query.clone().all(&db).await.unwrap();
    assert_eq!(rows[3], (1, Some(8), 1, 4));
    // Inside and outside have windows of their own.
    let outer = query
        .clone()
        .subquery()
        .select(|(rank, ..)| {
            let w = Window::new().order_by(rank.asc());
            (
                rank,
                window::row_number().over_window(&w),
                window::lag(rank).over_window(&w),
            )
        })
        .order_by(|(rank, ..)| rank.asc());
    let sql = outer.clone().to_sql().unwrap();
    assert_eq!(sql.text.matches("WINDOW w1 AS").count(), 2, "{}", sql.text);
    assert_eq!(outer.all(&db).await.unwrap().len(), 6);
    assert_eq!(query.clone().distinct().all(&db).await.unwrap().len(), 6);
    assert_eq!(query.count(&db).await.unwrap(), 6);
}

#[orm::test(setup = sales)]
async fn the_result_of_a_window_is_filtered_in_a_derived_table(db: Database) {
    let best: Vec<(String, i32)> = Sale::query()
        .select(|s| {
            (
                s.region,
                s.id,
                window::rank().over(|w| w.partition_by(s.region).order_by(s.amount.desc())),
            )
        })
        .subquery()
        .filter(|(_, _, rank)| rank.eq(1))
        .select(|(region, id, _)| (region, id))
        .order_by(|(region, ..)| region.asc())
        .all(&db)
        .await
        .unwrap();
    let best: Vec<(&str, i32)> = best.iter().map(|(region, id)| (&**region, *id)).collect();
    assert_eq!(best, [("north", 1), ("south", 4), ("west", 6)]);
}

#[orm::test(setup = sales)]
async fn distinct_windows_are_ordered_by_what_is_selected(db: Database) {
    let rows = Sale::query()
        .select(|s| window::count_all().over(|w| w.partition_by((s.amount + 1) % 2)))
        .order_by(|s| window::count_all().over(|w| w.partition_by((s.amount + 1) % 2)).desc())
        .distinct()
        .all(&db)
        .await
        .unwrap();
    assert_eq!(rows, [5, 1]);
}

#[orm::test(setup = sales)]
async fn what_postgresql_refuses_of_windows_is_refused_before(db: Database) {
    let ranked = || Sale::query().select(|s| (s.id, window::rank().over(|w| w.order_by(s.amount.asc()))));
    let locked = ranked().for_update().all(&db).await.unwrap_err();
    let page = ranked().order_by(|s| s.day.asc()).page(2, None, &db).await.unwrap_err();
    let updated = Sale::query()
        .order_by(|s| window::rank().over(|w| w.order_by(s.amount.asc())).asc())
        .limit(1)
        .update(|s| s.day.set(day(1)))
        .execute(&db)
        .await
        .unwrap_err();
    for error in [locked, page, updated] {
        assert_eq!(error.kind(), ErrorKind::InvalidQuery);
        assert!(error.to_string().contains("window functions"), "{error}");
    }
}

//! What groups are made by, and that PostgreSQL recognises it wherever it is repeated.

use chrono::{NaiveDate, NaiveDateTime};
use orm::prelude::*;

use super::sales::{Sale, SaleFields, sales};

#[orm::test(setup = sales)]
async fn a_key_with_parameters_is_the_same_everywhere(db: Database) {
    let half = |s: SaleFields| {
        case()
            .when(s.amount.gt(4), "much")
            .when(s.paid, "little")
            .otherwise("nothing")
    };
    let query = Sale::query()
        .filter(|s| s.amount.gt(0))
        .group_by(half)
        .having(|g| g.key().ne("nowhere") & g.count().gt(0))
        .select(|g| (g.key(), g.key().length() + 1, g.count()))
        .order_by(|g| (g.key().length().desc(), g.key().asc()));
    let sql = query.clone().to_sql().unwrap();
    assert_eq!(
        &*sql.text,
        "SELECT CASE WHEN \"amount\" > $1 THEN $2 WHEN \"paid\" THEN $3 ELSE $4 END, \
         length(CASE WHEN \"amount\" > $1 THEN $2 WHEN \"paid\" THEN $3 ELSE $4 END) + $5, count(*) FROM \"sales\" \
         WHERE \"amount\" > $6 GROUP BY CASE WHEN \"amount\" > $1 THEN $2 WHEN \"paid\" THEN $3 ELSE $4 END \
         HAVING CASE WHEN \"amount\" > $1 THEN $2 WHEN \"paid\" THEN $3 ELSE $4 END <> $7 AND count(*) > $8 \
         ORDER BY length(CASE WHEN \"amount\" > $1 THEN $2 WHEN \"paid\" THEN $3 ELSE $4 END) DESC, \
         CASE WHEN \"amount\" > $1 THEN $2 WHEN \"paid\" THEN $3 ELSE $4 END"
    );
    let expected = [("nothing", 8, 1), ("little", 7, 2), ("much", 5, 3)];
    let expected = expected.map(|(key, length, count)| (key.to_owned(), length, count));
    assert_eq!(query.clone().all(&db).await.unwrap(), expected);
    // A copy's parts still belong together, inside of another query, too.
    let inner = query
        .clone()
        .subquery()
        .order_by(|(key, ..)| key.asc())
        .all(&db)
        .await
        .unwrap();
    assert_eq!(inner.len(), 3);
    assert_eq!(query.clone().count(&db).await.unwrap(), 3);
    assert_eq!(query.first(&db).await.unwrap(), Some(expected[0].clone()));
}

#[orm::test(setup = sales)]
async fn a_key_that_is_a_subquery_is_the_same_everywhere(db: Database) {
    let before = |s: SaleFields| {
        Sale::query()
            .filter(|other| other.region.eq(s.region) & other.id.lt(s.id) & other.amount.gt(2))
            .order_by(|other| other.id.desc())
            .limit(1)
            .select(|other| other.amount + 1)
            .scalar()
    };
    let query = Sale::query()
        .group_by(before)
        .having(|g| g.key().is_null() | g.key().gt(0))
        .select(|g| (g.count(), g.key(), g.key() + 1))
        .order_by(|g| g.key().asc().nulls_first());
    let expected = [
        (3, None, None),
        (1, Some(4), Some(5)),
        (1, Some(6), Some(7)),
        (1, Some(9), Some(10)),
    ];
    assert_eq!(query.clone().all(&db).await.unwrap(), expected);
    assert_eq!(query.distinct().all(&db).await.unwrap(), expected);
}

#[orm::test(setup = sales)]
async fn keys_of_dates_tuples_and_whole_models(db: Database) {
    let months: Vec<(NaiveDate, Option<i64>)> = Sale::query()
        .group_by(|s| {
            s.day
                .cast::<NaiveDateTime>()
                .date_trunc(TimeUnit::Month)
                .cast::<NaiveDate>()
        })
        .select(|g| (g.key(), g.sum(|s| s.amount)))
        .order_by(|g| g.key().asc())
        .all(&db)
        .await
        .unwrap();
    let first = |month| NaiveDate::from_ymd_opt(2024, month, 1).unwrap();
    assert_eq!(months, [(first(1), Some(23)), (first(2), Some(4))]);
    let two = Sale::query()
        .group_by(|s| (s.region, s.paid))
        .select(|g| (g.key().0, g.key().1, g.count()))
        .order_by(|g| (g.key().0.asc(), g.key().1.asc()))
        .all(&db)
        .await
        .unwrap();
    let two: Vec<_> = two
        .iter()
        .map(|(region, paid, count)| (&**region, *paid, *count))
        .collect();
    assert_eq!(
        two,
        [
            ("north", false, 1),
            ("north", true, 2),
            ("south", true, 2),
            ("west", false, 1)
        ]
    );
    let whole: Vec<(Sale, i64)> = Sale::query()
        .group_by(|s| s)
        .select(|g| (g.key(), g.count()))
        .order_by(|g| g.key().id.asc())
        .all(&db)
        .await
        .unwrap();
    assert_eq!(whole.iter().map(|(sale, count)| (sale.id, *count)).next(), Some((1, 1)));
    assert_eq!(whole.len(), 6);
}

/// An output of an aggregate is named after it: `max(region)` is `max`, `lower(region)` is `lower`, `"region"::text` is
/// `region`; none of them is what the order means.
#[orm::test(setup = sales)]
async fn the_order_is_by_the_key_and_not_by_an_output_of_its_name(db: Database) {
    let query = Sale::query()
        .group_by(|s| s.amount)
        .select(|g| (-g.key(), g.key().cast::<i64>(), g.max(|s| s.region)))
        .order_by(|g| g.key().asc());
    let amounts: Vec<i64> = query.all(&db).await.unwrap().into_iter().map(|row| row.1).collect();
    assert_eq!(amounts, [1, 3, 5, 7, 8]);
    let regions = Sale::query()
        .group_by(|s| s.region)
        .select(|g| (g.max(|s| s.amount), g.key()))
        .order_by(|g| (g.max(|s| s.amount).desc(), g.key().asc()))
        .all(&db)
        .await
        .unwrap();
    let regions: Vec<&str> = regions.iter().map(|row| &*row.1).collect();
    assert_eq!(regions, ["south", "west", "north"]);
}

#[orm::test(setup = sales)]
async fn groups_of_what_a_limit_left_and_order_before_groups(db: Database) {
    let rows = Sale::query()
        .order_by(|s| s.id.asc())
        .limit(4)
        .group_by(|s| s.region)
        .select(|g| (g.key(), g.count()))
        .order_by(|g| g.count().desc())
        .all(&db)
        .await
        .unwrap();
    assert_eq!(rows, [("north".to_owned(), 3), ("south".to_owned(), 1)]);
    // The order of single rows means nothing to groups, and is left away.
    let count = Sale::query()
        .order_by(|s| s.id.asc())
        .group_by(|s| s.region)
        .select(|g| g.count())
        .all(&db)
        .await;
    assert_eq!(count.unwrap().len(), 3);
}

#[orm::test(setup = sales)]
async fn distinct_aggregates_with_an_order_inside(db: Database) {
    let rows = Sale::query()
        .group_by(|s| s.region)
        .select(|g| {
            (
                g.order_by(|s| (s.amount + 1).asc()).array_agg(|s| s.amount + 2),
                g.count() + 1,
            )
        })
        .order_by(|g| {
            (
                g.order_by(|s| (s.amount + 1).asc()).array_agg(|s| s.amount + 2).desc(),
                (g.count() + 1).asc(),
            )
        })
        .distinct()
        .all(&db)
        .await
        .unwrap();
    assert_eq!(
        rows,
        [(Some(vec![9]), 2), (Some(vec![5, 5, 7]), 4), (Some(vec![3, 10]), 3)]
    );
}

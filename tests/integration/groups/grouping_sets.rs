//! ROLLUP, CUBE and GROUPING SETS.

use orm::GroupingSet;
use orm::prelude::*;

use super::sales::{Sale, sales};

type Line = (Option<String>, Option<bool>, i32, i64);

fn line(region: impl Into<Option<&'static str>>, paid: impl Into<Option<bool>>, mask: i32, count: i64) -> Line {
    (region.into().map(str::to_owned), paid.into(), mask, count)
}

#[orm::test(setup = sales)]
async fn rollup_gives_subtotals_and_a_total(db: Database) {
    let query = Sale::query()
        .filter(|s| s.amount.ge(3))
        .rollup(|s| (s.region, s.paid))
        .select(|g| (g.key().0, g.key().1, g.grouping(), g.count()))
        .order_by(|g| (g.grouping().asc(), g.key().0.asc(), g.key().1.asc()));
    let sql = query.clone().to_sql().unwrap();
    assert!(
        sql.text.contains("GROUP BY ROLLUP (\"region\", \"paid\")"),
        "{}",
        sql.text
    );
    assert_eq!(
        query.all(&db).await.unwrap(),
        [
            line("north", false, 0, 1),
            line("north", true, 0, 2),
            line("south", true, 0, 1),
            line("west", false, 0, 1),
            line("north", None, 1, 3),
            line("south", None, 1, 1),
            line("west", None, 1, 1),
            line(None, None, 3, 5),
        ]
    );
}

#[orm::test(setup = sales)]
async fn cube_gives_every_choice_and_tuples_stay_together(db: Database) {
    let masks = Sale::query()
        .cube(|s| (s.region, s.paid))
        .select(|g| g.grouping())
        .order_by(|g| g.grouping().asc())
        .distinct()
        .all(&db)
        .await
        .unwrap();
    assert_eq!(masks, [0, 1, 2, 3]);
    let query = Sale::query()
        .cube(|s| ((s.region, s.city), s.paid))
        .having(|g| g.key().0.1.is_null())
        .select(|g| (g.key().0.0, g.key().0.1, g.key().1, g.grouping(), g.count()));
    let sql = query.clone().to_sql().unwrap();
    assert!(
        sql.text.contains("CUBE ((\"region\", \"city\"), \"paid\")"),
        "{}",
        sql.text
    );
    let mut masks: Vec<i32> = query.all(&db).await.unwrap().into_iter().map(|row| row.3).collect();
    masks.sort_unstable();
    masks.dedup();
    assert_eq!(masks, [0, 1, 6, 7]);
}

#[orm::test(setup = sales)]
async fn a_key_that_is_null_is_told_from_one_that_is_not_grouped(db: Database) {
    let rows: Vec<(Option<String>, i32, i64)> = Sale::query()
        .rollup(|s| s.city)
        .having(|g| g.key().is_null())
        .select(|g| (g.key(), g.grouping(), g.count()))
        .order_by(|g| g.grouping().asc())
        .all(&db)
        .await
        .unwrap();
    assert_eq!(rows, [(None, 0, 2), (None, 1, 6)]);
    // The one group of all rows is there without rows, too.
    let none = Sale::query()
        .filter(|s| s.id.lt(0))
        .rollup(|s| s.city)
        .select(|g| (g.key(), g.count()))
        .all(&db)
        .await;
    assert_eq!(none.unwrap(), [(None, 0)]);
}

#[orm::test(setup = sales)]
async fn grouping_sets_with_computed_keys(db: Database) {
    let query = Sale::query()
        .grouping_sets(
            |s| (s.amount / 4 + 1, s.paid, s.region),
            |(size, paid, region)| [size & paid, region, GroupingSet::ALL_ROWS],
        )
        .select(|g| (g.key(), g.grouping(), g.sum(|s| s.amount)))
        .order_by(|g| (g.grouping().asc(), g.key().0.asc(), g.key().1.asc(), g.key().2.desc()));
    let sql = query.clone().to_sql().unwrap();
    let sets = "GROUPING SETS ((\"amount\" / $1 + $2, \"paid\"), (\"region\"), ())";
    assert!(sql.text.contains(sets), "{}", sql.text);
    let region = |name: &str| Some(name.to_owned());
    assert_eq!(
        query.all(&db).await.unwrap(),
        [
            ((Some(1), Some(false), None), 1, Some(3)),
            ((Some(1), Some(true), None), 1, Some(4)),
            ((Some(2), Some(false), None), 1, Some(7)),
            ((Some(2), Some(true), None), 1, Some(5)),
            ((Some(3), Some(true), None), 1, Some(8)),
            ((None, None, region("west")), 6, Some(7)),
            ((None, None, region("south")), 6, Some(9)),
            ((None, None, region("north")), 6, Some(11)),
            ((None, None, None), 7, Some(27)),
        ]
    );
}

#[orm::test(setup = sales)]
async fn sets_that_postgresql_would_refuse_are_refused_before(db: Database) {
    let nothing = Sale::query().grouping_sets(|s| s.region, |_| []).select(|g| g.count());
    let error = nothing.all(&db).await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::InvalidQuery);
    assert!(error.to_string().contains("has no set"), "{error}");
    let left_out = Sale::query()
        .grouping_sets(|s| (s.region, s.city), |(region, _)| [region])
        .select(|g| g.key());
    let error = left_out.all(&db).await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::InvalidQuery);
    assert!(error.to_string().contains("in none of its sets"), "{error}");
}

#[orm::test(setup = sales)]
async fn grouping_of_plain_groups_is_zero(db: Database) {
    let masks = Sale::query()
        .group_by(|s| (s.region, s.city))
        .select(|g| g.grouping())
        .all(&db)
        .await
        .unwrap();
    assert_eq!(masks, [0; 5]);
}
